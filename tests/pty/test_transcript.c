// `--transcript` on the screen: a prediction is in the file when it is made, and `check` tells it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "support_pty.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct desk {
    char folder[40], path[60];
    struct pty *pty;
};

// Of a scenario with options, NULL behind the last one.
static struct desk start(const char *const *words)
{
    struct desk desk = {.folder = "/tmp/racelane-desk-XXXXXX"};
    assert_non_null(mkdtemp(desk.folder));
    text_format(desk.path, sizeof desk.path, "%s/my.transcript", desk.folder);
    const char *argv[16] = {RACELANE, "run", "race", "--transcript", desk.path};
    for (size_t i = 0; words[i]; i++)
        argv[5 + i] = words[i];
    desk.pty = pty_start(&(struct pty_options){.argv = argv});
    return desk;
}

static void await(struct desk *desk, const char *text)
{
    if (!pty_wait_text(desk->pty, text, PTY_LIMIT_MS))
        fail_msg("no `%s`:\n%s", text, pty_screen(desk->pty));
}

static void predict(struct desk *desk, const char *guess)
{
    await(desk, "LOCK");
    pty_type(desk->pty, "p");
    await(desk, "your guess:");
    pty_type(desk->pty, guess);
    pty_type(desk->pty, "\r");
}

static void end(struct desk *desk)
{
    assert_true(pty_wait_nothing_left(desk->pty, PTY_LIMIT_MS));
    pty_free(desk->pty);
    unlink(desk->path);
    assert_int_equal(rmdir(desk->folder), 0);
}

// What `racelane check` prints of it.
static void check(const struct desk *desk, char *out, size_t size, int wanted)
{
    char line[400];
    text_format(line, sizeof line, "'%s' check '%s'", RACELANE, desk->path);
    FILE *pipe = popen(line, "r");
    assert_non_null(pipe);
    size_t len = fread(out, 1, size - 1, pipe);
    out[len] = '\0';
    int status = pclose(pipe);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), wanted);
}

static void assert_says(const char *said, const char *what)
{
    if (!strstr(said, what))
        fail_msg("no `%s` in:\n%s", what, said);
}

// One byte of it becomes another one.
static void change(const struct desk *desk, const char *from, char to)
{
    char text[4000];
    FILE *file = fopen(desk->path, "r+");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    assert_non_null(strstr(text, from));
    fseek(file, strstr(text, from) - text, SEEK_SET);
    fputc(to, file);
    assert_int_equal(fclose(file), 0);
}

static void test_predict(void **state)
{
    (void)state;
    char said[2000];
    int status = -1;
    // With the lock on, so that what comes out is certain.
    struct desk desk = start((const char *const[]){"--simulate", "--seed", "7", "--set", "N=2",
                                                   "--lock", "on", "--pace", "20ms", NULL});
    predict(&desk, "4");
    await(&desk, "right; 1 of 1 right");
    pty_type(desk.pty, "q");
    assert_true(pty_wait_ended(desk.pty, &status, PTY_LIMIT_MS));
    assert_int_equal(status, 0);
    check(&desk, said, sizeof said, 0);
    assert_says(said, "my.transcript: valid: 1 of 1 right, 0 passed over\n"
                      "scenario race, seed 7, simulated\n"
                      "   1. What will counter be at the end?\n"
                      "      right: guessed 4, it was 4 (2");
    change(&desk, "\"guess\": 4", ' ');
    check(&desk, said, sizeof said, 4);
    assert_says(said, "my.transcript: refused: it was cut or changed: its checksum does not fit\n");
    end(&desk);
}

// Killed before the run has told anything: the guess is there.
static void test_killed(void **state)
{
    (void)state;
    char said[2000];
    int status = -1;
    struct desk desk = start((const char *const[]){"--seed", "8", "--pace", "200ms", NULL});
    predict(&desk, "199999");
    await(&desk, "your guess is 199999");
    kill(pty_job(desk.pty), SIGKILL);
    assert_true(pty_wait_ended(desk.pty, &status, PTY_LIMIT_MS));
    check(&desk, said, sizeof said, 0);
    assert_says(said, "valid: 0 of 0 right, 0 passed over, 1 not told\nscenario race, seed 8\n");
    assert_says(said, "guessed 199,999; what it was has not been told (2");
    end(&desk);
}

// It is told before there is a screen.
static void test_another_file(void **state)
{
    (void)state;
    int status = -1;
    const char *const argv[] = {RACELANE, "run", "race", "--transcript", RACELANE, NULL};
    struct pty *pty = pty_start(&(struct pty_options){.argv = argv});
    assert_true(pty_wait_ended(pty, &status, PTY_LIMIT_MS));
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 2);
    pty_free(pty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_predict),
        cmocka_unit_test(test_killed),
        cmocka_unit_test(test_another_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
