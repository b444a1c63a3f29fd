// Recording with the program itself: by key, by option, without a terminal, and from a saved run.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/random.h"
#include "support_cast.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { W = 100, H = 30, FOLDER_MAX = 40, PATH_MAX_BYTES = 120 };

static char folder[FOLDER_MAX];

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/racelane-record-XXXXXX");
    assert_non_null(mkdtemp(folder));
    return 0;
}

static int remove_folder(void **state)
{
    char command[PATH_MAX_BYTES];
    (void)state;
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static const char *path_of(char out[PATH_MAX_BYTES], const char *name)
{
    snprintf(out, PATH_MAX_BYTES, "%s/%s", folder, name);
    return out;
}

static long size_of(const char *name)
{
    char path[PATH_MAX_BYTES];
    struct stat status;
    return stat(path_of(path, name), &status) == 0 ? (long)status.st_size : -1;
}

static char *text_of(const char *name)
{
    char path[PATH_MAX_BYTES];
    char *text = NULL;
    size_t size = 0;
    FILE *in = fopen(path_of(path, name), "r");
    assert_non_null(in);
    assert_true(getdelim(&text, &size, '\0', in) > 0);
    fclose(in);
    return text;
}

static struct played play(const char *name)
{
    char path[PATH_MAX_BYTES];
    struct played played;
    played_open_path(&played, path_of(path, name));
    played_assert_whole(&played);
    return played;
}

// --- on a terminal

// In the folder.
static struct pty *start(const char *arguments)
{
    char command[400];
    snprintf(command, sizeof command, "cd %s && exec %s %s", folder, RACELANE, arguments);
    const char *const argv[] = {"/bin/sh", "-c", command, NULL};
    return pty_start(&(struct pty_options){.argv = argv, .w = W, .h = H});
}

static void await(struct pty *pty, const char *text)
{
    if (!pty_wait_text(pty, text, PTY_LIMIT_MS))
        fail_msg("no `%s`:\n%s", text, pty_screen(pty));
}

static void check_end(struct pty *pty, int wanted)
{
    int status = -1;
    assert_true(pty_wait_ended(pty, &status, PTY_LIMIT_MS));
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), wanted);
    assert_true(pty_wait_restored(pty, PTY_LIMIT_MS));
    assert_true(pty_wait_nothing_left(pty, PTY_LIMIT_MS));
    pty_free(pty);
}

static bool looks_like(const struct played *played, struct pty *pty, int *x, int *y)
{
    for (*y = 0; *y < H; ++*y)
        for (*x = 0; *x < W; ++*x) {
            VTermScreenCell there = pty_cell(pty, *x, *y), here = played_cell(played, *x, *y);
            if (!cells_look_alike(&there, &here))
                return false;
        }
    return true;
}

struct sight {
    const char *name;
    int x, y; // of the first cell that differs
    size_t n_outputs;
};

// The recording so far ends in what is on the screen now.
static bool is_seen(struct pty *pty, void *context)
{
    char path[PATH_MAX_BYTES];
    struct sight *sight = context;
    struct played played;
    if (pty_private_mode(pty, 2026))
        return false;
    played_open_path(&played, path_of(path, sight->name));
    bool is_same = played.vterm && !played.is_cut && played.w == W && played.h == H &&
                   looks_like(&played, pty, &sight->x, &sight->y);
    sight->n_outputs = played.n_outputs;
    played_close(&played);
    return is_same;
}

// How many events of output it has then. While the screen stands still, or will soon.
static size_t check_as_seen(struct pty *pty, const char *name)
{
    struct sight sight = {.name = name};
    if (!pty_wait(pty, is_seen, &sight, PTY_LIMIT_MS))
        fail_msg("%s is not as seen at column %d of row %d:\n%s", name, sight.x, sight.y,
                 pty_screen(pty));
    return sight.n_outputs;
}

// Frames that the terminal was given, from the one in which that text was first written.
static size_t frames_since(struct pty *pty, const char *text)
{
    static const char begins[] = "\x1b[?2026h";
    const char *bytes;
    size_t len, n = 0;
    pty_record(pty, &bytes, &len);
    const char *end = bytes + len, *at = memmem(bytes, len, text, strlen(text));
    assert_non_null(at);
    // The frame in which it stands began before it.
    for (n = 1; (at = memmem(at, (size_t)(end - at), begins, sizeof begins - 1)); n++)
        at += sizeof begins - 1;
    return n;
}

// On, and while it runs off and on again; the run that is left while it is recorded.
static void test_key(void **state)
{
    (void)state;
    struct pty *pty = start("run race --simulate --seed 7 --pace 20ms");
    await(pty, "MODEL");
    pty_type(pty, "o");
    await(pty, " REC ");
    pty_type(pty, " ");
    await(pty, "#1 ");
    pty_type(pty, " ");
    size_t n_outputs = check_as_seen(pty, "racelane-race-1.cast");
    assert_int_equal(n_outputs, frames_since(pty, " REC "));
    pty_type(pty, " ");
    pty_type(pty, "o");
    await(pty, "recorded racelane-race-1.cast");
    assert_true(pty_wait_no_text(pty, " REC ", PTY_LIMIT_MS));
    struct played first = play("racelane-race-1.cast");
    assert_true(played_has_marker(&first, "lost update #"));
    played_close(&first);
    long size = size_of("racelane-race-1.cast");

    pty_type(pty, "o");
    await(pty, " REC ");
    pty_type(pty, "x");
    check_as_seen(pty, "racelane-race-2.cast");
    pty_type(pty, "q");
    await(pty, "recorded racelane-race-2.cast");
    check_end(pty, 0);
    struct played second = play("racelane-race-2.cast");
    played_close(&second);
    assert_int_equal(size_of("racelane-race-1.cast"), size);
    assert_int_equal(size_of("racelane-race-3.cast"), -1);
}

// What is recorded of real lanes is what was on the screen.
static void test_option(void **state)
{
    (void)state;
    struct pty *pty = start("run race --pace 5ms --record take.cast");
    await(pty, " REC ");
    await(pty, "LOCK OFF");
    pty_type(pty, "l");
    await(pty, "LOCK ON");
    pty_type(pty, "t");
    pty_type(pty, " ");
    await(pty, "||");
    check_as_seen(pty, "take.cast");
    pty_resize(pty, 80, 24);
    await(pty, "||");
    pty_resize(pty, W, H);
    check_as_seen(pty, "take.cast");
    pty_type(pty, "q");
    check_end(pty, 0);
    struct played played = play("take.cast");
    assert_true(played.n_outputs > 3);
    played_close(&played);
}

// Whatever ends the program, what was recorded until then is whole.
static void test_killed(void **state)
{
    (void)state;
    uint64_t seed = pty_seed(12);
    struct random random = random_stream(seed, 0);
    for (int i = 0; i < 5; i++) {
        struct pty *pty = start("run race --pace native --record take.cast");
        await(pty, "LOCK OFF");
        uint64_t moment_ns = clock_now_ns() + random_below(&random, 100 * (uint64_t)NS_PER_MS);
        while (clock_now_ns() < moment_ns)
            pty_pump(pty, 1);
        kill(pty_job(pty), SIGKILL);
        assert_true(pty_wait_nothing_left(pty, PTY_LIMIT_MS));
        pty_free(pty);
        struct played played = play("take.cast");
        if (played.n_outputs == 0)
            fail_msg("nothing is recorded, RACELANE_SEED=%llu", (unsigned long long)seed);
        played_close(&played);
    }
}

// A file that is no recording is not touched; one that is is replaced.
static void test_what_may_be_replaced(void **state)
{
    (void)state;
    static const char *const names[] = {"take.cast", "take.svg"};
    char path[PATH_MAX_BYTES], arguments[120];
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        FILE *file = fopen(path_of(path, names[i]), "w");
        assert_non_null(file);
        fputs("precious", file);
        fclose(file);
        snprintf(arguments, sizeof arguments, "run race --record %s", names[i]);
        struct pty *pty = start(arguments);
        await(pty, "exists and is not such a recording");
        check_end(pty, 2);
        assert_int_equal(size_of(names[i]), strlen("precious"));
        assert_int_equal(truncate(path, 0), 0);
        for (int take = 0; take < 2; take++) {
            pty = start(arguments);
            await(pty, "LOCK OFF");
            pty_type(pty, "q");
            check_end(pty, 0);
        }
        assert_true(size_of(names[i]) > 1000);
    }
}

// --- without one

// Its status. What it prints goes to `printed`, in the folder.
static int run(const char *arguments, const char *printed)
{
    char command[400];
    snprintf(command, sizeof command, "cd %s && exec %s %s >%s 2>&1 </dev/null", folder, RACELANE,
             arguments, printed);
    int status = system(command);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void check_same_text(const char *a, const char *b)
{
    if (strcmp(a, b) != 0)
        fail_msg("this is shown:\n%s\nand this is meant:\n%s", a, b);
}

// The last screen that is printed is what the recording ends in.
static void test_headless(void **state)
{
    (void)state;
    static const char *const hows[] = {"--size 80x24 --theme light", "--size 100x30",
                                       "--size 200x60 --theme mono", "--size 60x20 --ascii"};
    char arguments[300];
    for (size_t i = 0; i < ARRAY_LEN(hows); i++) {
        snprintf(arguments, sizeof arguments,
                 "--tape " TESTS_DIR "/../assets/tapes/demo.tape %s --record take.cast", hows[i]);
        assert_int_equal(run(arguments, "printed"), 0);
        struct played played = play("take.cast");
        char *shown = played_text(&played), *printed = text_of("printed");
        check_same_text(shown, printed);
        assert_true(played_has_marker(&played, "The race"));
        assert_true(played_has_marker(&played, "Predict"));
        assert_true(played_has_marker(&played, "The lock"));
        assert_true(played_has_marker(&played, "lost update #1: "));
        free(shown);
        free(printed);
        played_close(&played);
    }
}

// A line of a tape records as the key does.
static void test_line_of_a_tape(void **state)
{
    (void)state;
    char path[PATH_MAX_BYTES];
    FILE *out = fopen(path_of(path, "short.tape"), "w");
    assert_non_null(out);
    fputs("run race --simulate --seed 7\nwait 1s\nrecord\nwait 2s\nrecord\nwait 1s\nrecord\n", out);
    fclose(out);
    assert_int_equal(run("--tape short.tape --size 60x20", "printed"), 0);
    char *printed = text_of("printed");
    assert_non_null(strstr(printed, "racelane: recorded racelane-race-2.cast\n"));
    free(printed);
    struct played played = play("racelane-race-1.cast");
    assert_in_range(played.length_ns, 19 * NS_PER_S / 10, 21 * NS_PER_S / 10);
    played_close(&played);
}

// Whether every element that begins ends, in the right order.
static bool is_well_formed(const char *xml)
{
    enum { DEPTH_MAX = 16, NAME_MAX_BYTES = 24 };
    char open[DEPTH_MAX][NAME_MAX_BYTES];
    size_t depth = 0;
    for (const char *at = xml; (at = strchr(at, '<')); at++) {
        char name[NAME_MAX_BYTES] = "";
        const char *end = strchr(at, '>');
        if (!end || sscanf(at[1] == '/' ? at + 2 : at + 1, "%23[a-zA-Z]", name) != 1)
            return false;
        if (at[1] == '/' && (depth == 0 || strcmp(open[--depth], name) != 0))
            return false;
        if (at[1] == '/' || end[-1] == '/')
            continue;
        if (depth == DEPTH_MAX)
            return false;
        strcpy(open[depth++], name);
    }
    return depth == 0;
}

static void test_moving_picture(void **state)
{
    (void)state;
    static const char tape[] = "--tape " TESTS_DIR "/../assets/tapes/demo.tape --size 100x30 "
                               "--record take.svg";
    assert_int_equal(run(tape, "printed"), 0);
    char *first = text_of("take.svg");
    assert_true(strncmp(first, "<svg ", 5) == 0);
    assert_true(is_well_formed(first));
    assert_non_null(strstr(first, "<animate "));
    assert_non_null(strstr(first, "Nothing is lost: 20 additions, and the counter says 20."));
    // Nothing that would be fetched from elsewhere, or run.
    assert_null(strstr(first, "href=\"http"));
    assert_null(strstr(first, "<script"));
    assert_int_equal(run(tape, "printed"), 0);
    char *second = text_of("take.svg");
    assert_string_equal(first, second);
    free(first);
    free(second);
}

// A saved run, scrolled through.
static void test_export(void **state)
{
    (void)state;
    enum { UNASKED_S = 20, AT_HALF_S = 1 };
    run("report race --set N=200 --lock on --save run.rlt", "printed");
    assert_int_equal(run("export run.rlt --to cast --out run.cast", "printed"), 0);
    assert_int_equal(run("export run.rlt --to cast", "again.cast"), 0);
    char *first = text_of("run.cast"), *second = text_of("again.cast");
    assert_string_equal(first, second);
    struct played played = play("run.cast");
    assert_int_equal(played.w, 100);
    assert_int_equal(played.h, 30);
    assert_true(played.length_ns <= UNASKED_S * NS_PER_S + NS_PER_S / 10);
    assert_true(played.length_ns >= (UNASKED_S - 1) * NS_PER_S);
    char *shown = played_text(&played);
    assert_non_null(strstr(shown, "Final Counter: 400"));
    free(shown);
    played_close(&played);
    free(first);
    free(second);

    assert_int_equal(run("export run.rlt --to cast --size 80x24 --theme light --speed 1s --out "
                         "short.cast",
                         "printed"),
                     0);
    played = play("short.cast");
    assert_int_equal(played.w, 80);
    assert_true(played.length_ns < AT_HALF_S * NS_PER_S);
    played_close(&played);
}

// --- played again

// What must not reach a terminal, and the recording that holds it.
static const char *const harmful[] = {
    "\x1b]0;owned", "\x1b]52;",    "\x1b]8;",     "\x1bP",       "\x1b_",    "\x1b^",
    "\x1b[6n",      "\x1b[c",      "\x1b[>c",     "\x1b\x63",    "\x1b[5i",  "\x1b[21t",
    "\x1b[3;1t",    "\x1b[?1000h", "\x1b[?1003h", "\x1b[?2004l", "\x1b[?5h", "\x1b]1337;",
    "\x1b]4;1;",    "\x1b#8",      "\x1b%@",      "\xc2\x9b",    "\x07",     "owned"};

static const char hostile[] =
    "{\"version\": 2, \"width\": 100, \"height\": 29, \"title\": \"\\u001b]0;owned\\u0007\", "
    "\"theme\": {\"fg\": \"\\u001b[6n\", \"bg\": \"#000000\", \"palette\": \"\\u001bc\"}}\n"
    "[0, \"o\", \"begins\\r\\n\\u001b]0;owned\\u0007\\u001b]52;c;b3duZWQ=\\u0007\"]\n"
    "[0, \"o\", \"\\u001b]8;;http://owned\\u001b\\\\\\u001bPq#0owned\\u001b\\\\\"]\n"
    "[0, \"o\", \"\\u001b_owned\\u001b\\\\\\u001b^owned\\u001b\\\\\"]\n"
    "[0, \"o\", \"\\u001b[6n\\u001b[c\\u001b[>c\\u001b[5i\\u001b[21t\\u001b[3;1t\"]\n"
    "[0, \"o\", \"\\u001b[?1000h\\u001b[?1003h\\u001b[?2004l\\u001b[?1049l\\u001b[?25h\"]\n"
    "[0, \"o\", \"\\u001b]1337;File=owned\\u0007\\u001b]4;1;#ff0000\\u0007\\u001b[?5h\"]\n"
    "[0, \"o\", \"\\u001b#8\\u001b%@\\u009b6n\\u0007\"]\n"
    "[0, \"m\", \"\\u001b]52;label\\u0007\"]\n[0, \"r\", \"\\u001b[6n\"]\n"
    "[0, \"o\", \"\\u001bc\\u001b[2J\\u001b[5;3Hends well\"]\n";

// Of a recording that somebody else has made nothing reaches the terminal but its text.
static void test_hostile(void **state)
{
    (void)state;
    char path[PATH_MAX_BYTES];
    FILE *out = fopen(path_of(path, "hostile.cast"), "w");
    assert_non_null(out);
    fputs(hostile, out);
    fclose(out);
    struct pty *pty = start("replay hostile.cast");
    await(pty, "ends well");
    await(pty, "]52;label");
    assert_true(pty_is_alternate(pty));
    assert_false(pty_is_cursor_visible(pty));
    assert_int_equal(pty_mouse(pty), VTERM_PROP_MOUSE_NONE);
    assert_true(pty_private_mode(pty, 2004));
    assert_int_equal(strncmp(pty_row(pty, 4), "  ends well", 11), 0);
    const char *bytes;
    size_t len;
    pty_record(pty, &bytes, &len);
    for (size_t i = 0; i < ARRAY_LEN(harmful); i++)
        if (memmem(bytes, len, harmful[i], strlen(harmful[i])))
            fail_msg("harmful sequence %zu has reached the terminal", i);
    pty_type(pty, "q");
    check_end(pty, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_key, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_option, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_killed, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_what_may_be_replaced, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_headless, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_line_of_a_tape, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_moving_picture, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_export, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_hostile, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
