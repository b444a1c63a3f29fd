// The mouse in the whole program: off unless asked for; then a click selects a lane or a loss, and
// the wheel zooms.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support_cast.h"

#include <stdlib.h>
#include <string.h>

enum { W = 100, H = 30, LABEL_X = 1, LANES_X = 40 };

static const char zoom[] = " per column";

// A simulated run that stands still, with two losses.
static struct pty *start(const char *option)
{
    const char *const argv[] = {RACELANE, "run",    "race", "--simulate", "--seed",
                                "7",      "--pace", "20ms", option,       NULL};
    struct pty *pty = pty_start(&(struct pty_options){.argv = argv, .w = W, .h = H});
    assert_true(pty_wait_text(pty, "MODEL", PTY_LIMIT_MS));
    pty_type(pty, " ");
    assert_true(pty_wait_text(pty, "#2 ", PTY_LIMIT_MS));
    pty_type(pty, " ");
    assert_true(pty_wait_text(pty, "||", PTY_LIMIT_MS));
    return pty;
}

static void quit(struct pty *pty)
{
    int status = -1;
    pty_type(pty, "q");
    assert_true(pty_wait_ended(pty, &status, PTY_LIMIT_MS));
    assert_int_equal(status, 0);
    assert_true(pty_wait_restored(pty, PTY_LIMIT_MS));
    pty_free(pty);
}

// From 0; H: none has it.
static int row_with(struct pty *pty, const char *text)
{
    int y = 0;
    while (y < H && !strstr(pty_row(pty, y), text))
        y++;
    return y;
}

static void point(struct pty *pty, int button, int x, int y)
{
    char bytes[64];
    snprintf(bytes, sizeof bytes, "\x1b[<%d;%d;%dM", button, x + 1, y + 1);
    pty_type(pty, bytes);
    snprintf(bytes, sizeof bytes, "\x1b[<%d;%d;%dm", button, x + 1, y + 1);
    if (button == 0)
        pty_type(pty, bytes);
}

// What is said of a loss stands below it.
static bool is_first_explained(struct pty *pty, void *context)
{
    (void)context;
    int y = row_with(pty, "#1 ");
    return y + 1 < H && strstr(pty_row(pty, y + 1), " had loaded ") != NULL;
}

struct label {
    int y;
    VTermScreenCell was;
};

static bool looks_other(struct pty *pty, void *context)
{
    const struct label *label = context;
    VTermScreenCell now = pty_cell(pty, LABEL_X, label->y);
    return !cells_look_alike(&now, &label->was);
}

static bool is_zoomed(struct pty *pty, void *was)
{
    int y = row_with(pty, zoom);
    return y < H && strcmp(pty_row(pty, y), was) != 0;
}

static void test_clicks(void **state)
{
    (void)state;
    struct pty *pty = start("--mouse");
    assert_int_equal(pty_mouse(pty), VTERM_PROP_MOUSE_CLICK);
    assert_false(is_first_explained(pty, NULL));
    point(pty, 0, W - 20, row_with(pty, "#1 "));
    assert_true(pty_wait(pty, is_first_explained, NULL, PTY_LIMIT_MS));

    struct label label = {.y = row_with(pty, " B  ")};
    label.was = pty_cell(pty, LABEL_X, label.y);
    point(pty, 0, LABEL_X, label.y);
    assert_true(pty_wait(pty, looks_other, &label, PTY_LIMIT_MS));
    quit(pty);
}

static void test_wheel(void **state)
{
    (void)state;
    static const int buttons[] = {64, 65}; // up, down
    struct pty *pty = start("--mouse");
    for (size_t i = 0; i < 2; i++) {
        char was[W * 4];
        int y = row_with(pty, zoom);
        snprintf(was, sizeof was, "%s", pty_row(pty, y));
        point(pty, buttons[i], LANES_X, row_with(pty, " B  "));
        assert_true(pty_wait(pty, is_zoomed, was, PTY_LIMIT_MS));
    }
    quit(pty);
}

// The terminal is not told to report it; a report that comes all the same selects nothing.
static void test_off_unless_asked_for(void **state)
{
    (void)state;
    struct pty *pty = start("--theme=dark");
    assert_int_equal(pty_mouse(pty), VTERM_PROP_MOUSE_NONE);
    point(pty, 0, W - 20, row_with(pty, "#1 "));
    pty_type(pty, "t"); // which shows that it has been read
    assert_true(pty_wait_text(pty, "theme light: ", PTY_LIMIT_MS));
    assert_false(is_first_explained(pty, NULL));
    quit(pty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clicks),
        cmocka_unit_test(test_wheel),
        cmocka_unit_test(test_off_unless_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
