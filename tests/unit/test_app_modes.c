// Mode, memory and GIL by their keys, on every scenario that ships: each key switches, or says why
// it does not.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_screen.h"
#include "lang/library.h"
#include "session/comparison.h"
#include "support_session.h"
#include "view/app_state.h"

// Every reason that a key may give. One that is not among them is either new or says nothing.
static const char *const reasons[] = {
    "this scenario has no shared variable, so there is nothing to share",
    "threads always share their memory; m makes processes of them",
    "threads always share their memory; m twice makes processes of them",
    "calls in one thread always share their memory; m makes processes of them",
    "calls in one thread always share their memory; m twice makes processes of them",
    "each process has a GIL of its own; m makes threads of them",
    "each process has a GIL of its own; m twice makes threads of them",
    "one thread alone always has the GIL; m starts several",
    "one thread alone always has the GIL; m twice starts several",
};

static bool is_reason(const char *text)
{
    for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
        if (strcmp(text, reasons[i]) == 0)
            return true;
    return false;
}

static struct session *open_entry(struct watch *w, const struct library_entry *entry)
{
    struct lang_options as_written = {.n_lanes = 0};
    return open_session(w, &(struct session_options){.name = entry->name,
                                                     .text = entry->text,
                                                     .len_bytes = entry->len_bytes,
                                                     .lang = &as_written,
                                                     .lock = -1,
                                                     .seed = 7});
}

static struct app *app_of(struct session *s)
{
    struct error err;
    struct app *app = app_new(&(struct app_options){.menu = NULL}, &err);
    app_attach(app, s);
    app_resize(app, 80, 24);
    return app;
}

static enum run_mode mode_of(const struct session *s)
{
    return session_view(s).mode;
}

static bool has_processes(const struct session *s)
{
    return program_uses_processes(session_view(s).prog);
}

// True: it has begun again, as it says; false: it has not, and says why. All of it is to be read on
// a small screen.
static bool press_and_look(struct session *s, struct app *app, const char *key)
{
    size_t runs = session_view(s).runs;
    app_press(app, key);
    bool is_again = session_view(s).runs > runs;
    if (is_again == is_reason(app->toast) || app->toast[0] == '\0' ||
        !screen_has(app, 80, 24, app->toast))
        fail_msg("%s, %s, key %s: %s", session_view(s).prog->name, mode_names[mode_of(s)], key,
                 app->toast);
    return is_again;
}

// The reason promises what the key of the mode will do.
static void keep_promise(struct session *s, struct app *app)
{
    const char *twice = strstr(app->toast, " m twice "), *once = strstr(app->toast, " m ");
    bool wants_processes = strstr(app->toast, "makes processes") != NULL;
    if (!once && !twice)
        return;
    for (int i = twice ? 2 : 1; i > 0; i--)
        assert_true(press_and_look(s, app, "m"));
    assert_int_equal(has_processes(s), wants_processes);
    assert_true(wants_processes || mode_of(s) == MODE_THREADS);
}

static void check_memory(struct session *s, struct app *app)
{
    struct session_view before = session_view(s);
    bool is_private = before.is_private, has_cells = before.prog->n_cells > 0;
    bool can_switch = has_processes(s) && has_cells;
    assert_int_equal(press_and_look(s, app, "v"), can_switch);
    if (can_switch)
        assert_int_not_equal(session_view(s).is_private, is_private);
    else
        assert_int_equal(strstr(app->toast, "no shared variable") != NULL, !has_cells);
}

static void check_gil(struct session *s, struct app *app)
{
    enum gil_dial gil = session_view(s).prog->gil;
    bool can_switch = mode_of(s) == MODE_THREADS;
    assert_int_equal(press_and_look(s, app, "g"), can_switch);
    assert_int_equal(session_view(s).prog->gil != gil, can_switch);
}

static void test_every_scenario_in_every_mode(void **state)
{
    (void)state;
    for (const struct library_entry *entry = library; entry->name; entry++) {
        struct watch w;
        struct session *s = open_entry(&w, entry);
        struct app *app = app_of(s);
        enum run_mode first = mode_of(s);
        size_t n_modes = 0;
        do {
            check_memory(s, app);
            check_gil(s, app);
            assert_true(press_and_look(s, app, "m"));
            n_modes++;
        } while (mode_of(s) != first);
        assert_true(n_modes >= 2);
        app_free(app);
        session_free(s);
    }
}

static void test_reasons_are_true(void **state)
{
    (void)state;
    static const char *const keys[] = {"v", "g"};
    for (const struct library_entry *entry = library; entry->name; entry++) {
        struct watch w;
        struct session *s = open_entry(&w, entry);
        struct app *app = app_of(s);
        for (size_t i = 0; i < 8; i++) {
            if (!press_and_look(s, app, keys[i % 2]))
                keep_promise(s, app);
            if (i == 3)
                press_and_look(s, app, "m");
        }
        app_free(app);
        session_free(s);
    }
}

// A mode that is left out, and another kind of lock, are told.
static void test_what_else_a_mode_brings(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = open_entry(&w, library_find("pingpong"));
    struct app *app = app_of(s);
    press_and_look(s, app, "m");
    assert_string_equal(app->toast, "as processes");
    press_and_look(s, app, "m");
    assert_string_equal(app->toast,
                        "as threads; one after another, who waits for a later one waits for ever");
    app_free(app);
    session_free(s);
    s = open_entry(&w, library_find("race"));
    app = app_of(s);
    while (strcmp(session_view(s).lock_kind, "ticket") != 0)
        app_press(app, "L");
    press_and_look(s, app, "m");
    assert_string_equal(
        app->toast, "as processes, each with its own memory; lock mutex: ticket is for threads");
    app_free(app);
    session_free(s);
}

// Where every mode is measured the keys say so.
static void test_of_the_comparison(void **state)
{
    (void)state;
    static const struct {
        const char *key, *text;
    } said[] = {
        {"m", "every mode is measured here, one after another"},
        {"v", "no memory is shared here: each task waits or computes by itself"},
        {"g", "threads are measured here with the GIL and without it"},
    };
    struct error err;
    struct app *app = app_new(&(struct app_options){.menu = NULL}, &err);
    struct lang_problems problems;
    struct launch launch = {.pid = 0};
    size_t bad;
    const struct session_launcher launcher = {start_host, stop_host, host_ended, &launch};
    struct comparison *comparison = comparison_new(&launcher, 7, NULL, 0, &problems, &bad);
    app_compare(app, comparison);
    app_resize(app, 80, 24);
    for (size_t i = 0; i < ARRAY_LEN(said); i++) {
        app_press(app, said[i].key);
        assert_true(screen_has(app, 80, 24, said[i].text));
    }
    app_free(app);
    comparison_free(comparison);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_scenario_in_every_mode),
        cmocka_unit_test(test_reasons_are_true),
        cmocka_unit_test(test_what_else_a_mode_brings),
        cmocka_unit_test(test_of_the_comparison),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
