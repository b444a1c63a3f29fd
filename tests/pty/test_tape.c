// Tapes on the screen: they play, wait for PageDown, go back, and give way to whoever presses keys.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support_pty.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PAGE_UP   "\x1b[5~"
#define PAGE_DOWN "\x1b[6~"

static const char lesson[] = "run race --simulate --seed 7 --set N=10 --pace 20ms\n"
                             "say \"the first page\"\n"
                             "until lost > 0\n"
                             "pause on\n"
                             "page\n"
                             "say \"the second page\"\n"
                             "lock on\n"
                             "page\n"
                             "ask \"how many?\" answer 12\n"
                             "say \"the third page\"\n"
                             "wait 60m\n";

struct stage {
    char path[40];
    struct pty *pty;
};

static struct stage start(const char *tape, size_t len_bytes)
{
    struct stage stage = {.path = "/tmp/racelane-tape-XXXXXX"};
    int fd = mkstemp(stage.path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, tape, len_bytes), (ssize_t)len_bytes);
    close(fd);
    const char *const argv[] = {RACELANE, "--tape", stage.path, NULL};
    stage.pty = pty_start(&(struct pty_options){.argv = argv, .w = 100, .h = 30});
    return stage;
}

static void await(struct stage *stage, const char *text)
{
    if (!pty_wait_text(stage->pty, text, PTY_LIMIT_MS))
        fail_msg("no `%s`:\n%s", text, pty_screen(stage->pty));
}

static void quit(struct stage *stage)
{
    int status = -1;
    pty_type(stage->pty, "q");
    assert_true(pty_wait_ended(stage->pty, &status, PTY_LIMIT_MS));
    assert_int_equal(status, 0);
    assert_true(pty_wait_restored(stage->pty, PTY_LIMIT_MS));
    assert_true(pty_wait_nothing_left(stage->pty, PTY_LIMIT_MS));
    pty_free(stage->pty);
    unlink(stage->path);
}

static void test_lesson(void **state)
{
    (void)state;
    struct stage stage = start(lesson, sizeof lesson - 1);
    await(&stage, "the first page");
    await(&stage, "PageDown");
    await(&stage, "LOCK OFF");
    pty_type(stage.pty, PAGE_DOWN);
    await(&stage, "the second page");
    await(&stage, "LOCK ON");
    pty_type(stage.pty, PAGE_UP);
    await(&stage, "the first page");
    await(&stage, "LOCK OFF");
    pty_type(stage.pty, PAGE_DOWN);
    await(&stage, "LOCK ON");
    pty_type(stage.pty, PAGE_DOWN);
    await(&stage, "how many?");
    pty_type(stage.pty, "12\r");
    await(&stage, "right; 1 of 1 right");
    await(&stage, "the third page");
    quit(&stage);
}

static void test_key_holds_it(void **state)
{
    (void)state;
    static const char tape[] = "run race --simulate --set N=1000\n"
                               "say \"the first page\"\npause off\nuntil lost > 0\n"
                               "say \"the second page\"\n";
    struct stage stage = start(tape, sizeof tape - 1);
    await(&stage, "the first page");
    pty_type(stage.pty, " ");
    await(&stage, "goes on");
    assert_true(pty_has_text(stage.pty, "the first page"));
    pty_type(stage.pty, " ");
    await(&stage, "the second page");
    quit(&stage);
}

static void test_mistake_in_the_middle(void **state)
{
    (void)state;
    static const char tape[] = "run race --simulate\nsay \"the first page\"\nkill A\n";
    struct stage stage = start(tape, sizeof tape - 1);
    await(&stage, ":3:1: error: in a simulation no lane can be killed");
    quit(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lesson),
        cmocka_unit_test(test_key_holds_it),
        cmocka_unit_test(test_mistake_in_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
