// Runs that are saved say of themselves what they said when they ran; files that were cut, damaged
// or could not be written are told of, in a line.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support_saved.h"

#include "base/random.h"

#include <sys/resource.h>

static char dir[64];
static char path[96], second[96];

static uint64_t seed_of_run(void)
{
    const char *text = getenv("RACELANE_SEED");
    return text ? strtoull(text, NULL, 0) : 1;
}

// --- what is read is what was

// What was produced is there, or was given up, or was dropped and has gap events in its stead.
static void adds_up(const struct session *s, const char *what)
{
    struct session_view view = session_view(s);
    struct timeline_kept kept;
    struct column column;
    uint64_t hidden = 0;
    assert_true(session_kept(s, &kept));
    if (kept.kept + kept.given_up != view.events)
        fail_msg("%s: %llu events are kept and %llu given up, of %llu", what,
                 (unsigned long long)kept.kept, (unsigned long long)kept.given_up,
                 (unsigned long long)view.events);
    for (size_t lane = 0; lane < view.n_lanes; lane++) {
        timeline_column(view.timeline, lane, 0, view.now_ns + 1, &column);
        hidden += column.gap_events;
    }
    assert_int_equal(hidden, view.dropped);
}

static void same_report(const struct session_options *options, const char *what)
{
    char trouble[240];
    unlink(path);
    char *ran = run_and_report(options, trouble);
    assert_string_equal(trouble, "");
    struct session *s = open_saved(path);
    assert_true(session_file(s).is_complete);
    assert_int_equal(session_check_file(s, NULL, NULL), 0);
    adds_up(s, what);
    char *read = report_json(s);
    if (strcmp(ran, read) != 0)
        fail_msg("%s: %s\nwas saved as\n%s\nand read as\n%s", options->name, what, ran, read);
    mem_free(ran);
    mem_free(read);
    session_free(s);
}

static void test_every_scenario_simulated(void **state)
{
    (void)state;
    const struct lang_options as_written = {0};
    for (size_t i = 0; i < session_library_count(); i++) {
        struct session_title title = session_library_title(i);
        struct session_options options = saved_options(title.name, &as_written, path);
        options.is_simulated = true;
        same_report(&options, "simulated");
        mem_free(title.title);
        mem_free(title.about);
    }
}

static void test_real_lanes_in_every_mode(void **state)
{
    (void)state;
    static const struct lang_setting few = {.name = "N", .value = 500};
    static const char *const names[] = {"race", "buffer", "bank", "deadlock", "philosophers"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct lang_options lang = {0};
        struct session_options options = saved_options(names[i], &lang, path);
        same_report(&options, "threads");
    }
    static const char *const modes[] = {"threads", "processes", "sequential"};
    for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
        struct lang_options lang = {.mode = modes[i], .settings = &few, .n_settings = 1};
        struct session_options options = saved_options("race", &lang, path);
        for (options.lock = 0; options.lock <= 1; options.lock++)
            same_report(&options, modes[i]);
        options.is_bare = true;
        same_report(&options, "bare");
    }
    struct lang_options private = {.mode = "processes", .memory = "private"};
    struct session_options options = saved_options("race", &private, path);
    same_report(&options, "private memory");
    struct lang_options gil = {.gil = "3.9", .settings = &few, .n_settings = 1};
    options = saved_options("race", &gil, path);
    same_report(&options, "with a GIL");
}

// A small limit: what the memory has given up, the file has.
static void test_more_than_memory_holds(void **state)
{
    (void)state;
    const struct lang_options as_written = {0};
    struct session_options options = saved_options("race", &as_written, path);
    options.lock = 0;
    options.memory_bytes = 1 << 20;
    same_report(&options, "with little memory");
    struct session *s = open_saved(path);
    struct session_view view = session_view(s);
    for (size_t lane = 0; lane < view.n_lanes; lane++)
        assert_int_equal(timeline_first(view.timeline, lane), 0);
    assert_int_equal(session_file(s).n_events, view.events);
    session_free(s);
}

static bool has_lost(const struct session_view *view)
{
    return ledger_cell(view->ledger, 0)->lost > 100;
}

// The key: what there is by then, while the run goes on.
static void test_saved_while_it_runs(void **state)
{
    (void)state;
    struct watch w;
    struct error err;
    struct lang_options many = {.settings = &(struct lang_setting){.name = "N", .value = 100000000},
                                .n_settings = 1};
    struct session_options options = saved_options("race", &many, NULL);
    options.lock = 0;
    options.is_headless = false;
    struct session *s = open_session(&w, &options);
    pump_until(s, has_lost, "losses");
    assert_true(session_save(s, path, &err));
    struct session_view view = session_view(s);
    uint64_t lost = ledger_cell(view.ledger, 0)->lost;
    struct session *saved = open_saved(path);
    struct session_view was = session_view(saved);
    assert_true(session_file(saved).is_complete);
    assert_int_equal(session_check_file(saved, NULL, NULL), 0);
    assert_int_equal(ledger_cell(was.ledger, 0)->lost, lost);
    for (size_t lane = 0; lane < view.n_lanes; lane++)
        assert_int_equal(timeline_count(was.timeline, lane), timeline_count(view.timeline, lane));
    // It has been saved, and is not saved again.
    assert_false(session_save(saved, second, &err));
    session_free(saved);
    session_free(s);
}

static void test_the_next_run_goes_beside(void **state)
{
    (void)state;
    struct watch w;
    struct error err;
    const struct lang_options few = {.settings = &(struct lang_setting){.name = "N", .value = 50},
                                     .n_settings = 1};
    struct session_options options = saved_options("race", &few, path);
    unlink(path);
    unlink(second);
    struct session *s = open_session(&w, &options);
    pump_until(s, is_over, "its end");
    assert_true(session_restart(s, 99, &err));
    pump_until(s, is_over, "its end");
    session_free(s);
    struct session *one = open_saved(path), *two = open_saved(second);
    assert_int_equal(session_view(one).seed, 7);
    assert_int_equal(session_view(two).seed, 99);
    session_free(one);
    session_free(two);
}

// --- what cannot be written

static void is_told(const char *where, const char *why)
{
    char trouble[240];
    const struct lang_options few = {.settings = &(struct lang_setting){.name = "N", .value = 3000},
                                     .n_settings = 1};
    struct session_options options = saved_options("race", &few, where);
    char *json = run_and_report(&options, trouble);
    assert_non_null(strstr(json, "\"updates\": 6000"));
    if (!strstr(trouble, why) || strchr(trouble, '\n'))
        fail_msg("%s: said \"%s\", not \"%s\"", where, trouble, why);
    mem_free(json);
}

static void test_what_cannot_be_written_is_told(void **state)
{
    (void)state;
    char name[128];
    is_told("/dev/full", "not an ordinary file");
    is_told(dir, "Is a directory");
    snprintf(name, sizeof name, "%s/there/is/none.rlt", dir);
    is_told(name, "No such file");
    snprintf(name, sizeof name, "%s/pipe", dir);
    assert_int_equal(mkfifo(name, 0600), 0);
    is_told(name, "not an ordinary file");
    unlink(name);
    snprintf(name, sizeof name, "%s/letter.txt", dir);
    FILE *letter = fopen(name, "w");
    assert_non_null(letter);
    fputs("Dear Sir or Madam", letter);
    fclose(letter);
    is_told(name, "choose another name");
    char text[32] = "";
    letter = fopen(name, "r");
    assert_non_null(fgets(text, sizeof text, letter));
    fclose(letter);
    assert_string_equal(text, "Dear Sir or Madam");
    assert_int_equal(chmod(name, 0400), 0);
    if (geteuid() != 0)
        is_told(name, "Permission denied");
    unlink(name);
}

// As on a full disk, a write goes so far and no further.
static void test_a_disk_that_gets_full(void **state)
{
    (void)state;
    struct rlimit old;
    struct error err;
    struct watch w;
    unlink(path);
    const struct lang_options as_written = {0};
    struct session_options options = saved_options("race", &as_written, path);
    options.lock = 0;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    struct session *run = open_session(&w, &options);
    // Not before it has its own memory, which counts as a file.
    const struct rlimit small = {.rlim_cur = 20000, .rlim_max = old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    pump_until(run, is_over, "its end");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    signal(SIGXFSZ, handler);
    struct session_view view = session_view(run);
    assert_non_null(view.save_trouble);
    assert_non_null(strstr(view.save_trouble, "File too large"));
    assert_false(view.is_saving);
    assert_int_equal(ledger_cell(view.ledger, 0)->updates, 200000);
    session_free(run);
    // What had been written is told for what it is.
    struct session *s = session_replay(path, NULL, NULL, &err);
    if (s)
        assert_false(session_file(s).is_complete);
    session_free(s);
}

// --- cut and damaged

// A changed file is refused, or told to be cut or damaged, or says the same as the whole one.
static void look_at(const struct patient *p, const char *json, const struct timeline *whole,
                    size_t at)
{
    struct error err;
    struct session *s = session_replay(p->path, NULL, NULL, &err);
    if (!s)
        return;
    struct session_view view = session_view(s);
    uint64_t n_bad = session_check_file(s, NULL, NULL);
    bool is_complete = session_file(s).is_complete;
    char *said = report_json(s);
    if (is_complete && strcmp(said, json) != 0)
        fail_msg("changed at byte %zu, it says as if it were right:\n%s", at, said);
    if (!is_complete && !view.trouble)
        fail_msg("changed at byte %zu, it is cut and does not say so", at);
    for (size_t lane = 0; lane < view.n_lanes; lane++)
        for (uint64_t i = 0; i < timeline_count(view.timeline, lane); i++) {
            const struct event *a = timeline_at(view.timeline, lane, i);
            const struct event *b = timeline_at(whole, lane, i);
            bool is_hidden = n_bad > 0 && a->kind == EVENT_GAP;
            if (!is_hidden && (a->t_ns != b->t_ns || a->kind != b->kind || a->value != b->value))
                fail_msg("changed at byte %zu, event %llu of lane %zu is another", at,
                         (unsigned long long)i, lane);
        }
    mem_free(said);
    session_free(s);
}

static struct patient small_file(char **json)
{
    char trouble[240];
    const struct lang_options three = {.settings = &(struct lang_setting){.name = "N", .value = 3},
                                       .n_settings = 1};
    struct session_options options = saved_options("race", &three, path);
    options.is_simulated = true;
    options.lock = 0;
    *json = run_and_report(&options, trouble);
    assert_string_equal(trouble, "");
    return patient_open(path);
}

static void test_every_byte_changed(void **state)
{
    (void)state;
    char *json;
    struct patient p = small_file(&json);
    struct session *s = open_saved(path);
    struct random dice = random_stream(seed_of_run(), 5);
    unsigned char *changed = mem_alloc(p.len);
    memcpy(changed, p.bytes, p.len);
    for (size_t at = 0; at < p.len; at++) {
        const unsigned char flips[] = {(unsigned char)(1u << random_below(&dice, 8)),
                                       (unsigned char)(1 + random_below(&dice, 255))};
        for (size_t i = 0; i < ARRAY_LEN(flips); i++) {
            changed[at] ^= flips[i];
            patient_write(&p, changed, p.len);
            look_at(&p, json, session_view(s).timeline, at);
            changed[at] = p.bytes[at];
        }
    }
    mem_free(changed);
    session_free(s);
    patient_close(&p);
    mem_free(json);
}

static void test_cut_at_every_byte(void **state)
{
    (void)state;
    char *json;
    struct patient p = small_file(&json);
    struct session *s = open_saved(path);
    for (size_t len = 0; len < p.len; len++) {
        patient_write(&p, p.bytes, len);
        look_at(&p, json, session_view(s).timeline, len);
    }
    session_free(s);
    patient_close(&p);
    mem_free(json);
}

// --- killed

static void record_for_ever(void)
{
    struct watch w;
    const struct lang_options many = {
        .settings = &(struct lang_setting){.name = "N", .value = 1000000000}, .n_settings = 1};
    struct session_options options = saved_options("race", &many, path);
    options.lock = 0;
    struct session *s = open_session(&w, &options);
    for (;;)
        pump(s);
}

static void await_size(off_t size)
{
    struct stat st;
    uint64_t deadline = clock_now_ns() + DEADLINE_NS;
    while (stat(path, &st) != 0 || st.st_size < size)
        if (clock_now_ns() > deadline)
            fail_msg("the file does not grow to %lld bytes", (long long)size);
}

static void test_killed_at_any_moment(void **state)
{
    (void)state;
    struct random dice = random_stream(seed_of_run(), 6);
    for (size_t i = 0; i < 5; i++) {
        unlink(path);
        pid_t pid = fork();
        if (pid == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            record_for_ever();
        }
        await_size((off_t)(2000 + random_below(&dice, 8 << 20)));
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        struct session *s = open_saved(path);
        struct session_view view = session_view(s);
        struct rlt_facts facts = session_file(s);
        assert_false(facts.is_complete);
        assert_non_null(view.trouble);
        assert_int_equal(session_check_file(s, NULL, NULL), 0);
        const struct ledger_cell *cell = ledger_cell(view.ledger, 0);
        assert_int_equal(cell->lost, (int64_t)cell->updates - cell->value);
        assert_true(facts.n_events > 0);
        session_free(s);
    }
}

static int make_dir(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "test_saved-%ld", (long)getpid());
    snprintf(path, sizeof path, "%s/run.rlt", dir);
    snprintf(second, sizeof second, "%s/run-2.rlt", dir);
    return mkdir(dir, 0700);
}

static int remove_dir(void **state)
{
    (void)state;
    unlink(path);
    unlink(second);
    return rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_scenario_simulated),
        cmocka_unit_test(test_real_lanes_in_every_mode),
        cmocka_unit_test(test_more_than_memory_holds),
        cmocka_unit_test(test_saved_while_it_runs),
        cmocka_unit_test(test_the_next_run_goes_beside),
        cmocka_unit_test(test_what_cannot_be_written_is_told),
        cmocka_unit_test(test_a_disk_that_gets_full),
        cmocka_unit_test(test_every_byte_changed),
        cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_killed_at_any_moment),
    };
    print_message("RACELANE_SEED=%llu\n", (unsigned long long)seed_of_run());
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
