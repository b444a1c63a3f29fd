// What asciinema makes of a recording that was made without a terminal. Where it is not installed
// nothing is tested, and CTest says that it was skipped.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support_pty.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SKIPPED = 77, FOLDER_MAX = 40, HOW_MAX = 200, START_LIMIT_MS = 60000 };

static char folder[FOLDER_MAX];

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/racelane-asciinema-XXXXXX");
    assert_non_null(mkdtemp(folder));
    return 0;
}

static int remove_folder(void **state)
{
    char command[HOW_MAX];
    (void)state;
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

// The demonstration's recording, and the screen that racelane prints at its end; to be freed.
static char *make_take(int w, int h)
{
    char command[HOW_MAX * 3];
    char *screen = NULL;
    size_t size = 0;
    snprintf(command, sizeof command,
             "exec %s --tape " TESTS_DIR "/../assets/tapes/demo.tape --size %dx%d --record "
             "%s/take.cast",
             RACELANE, w, h, folder);
    FILE *out = popen(command, "r");
    assert_non_null(out);
    assert_true(getdelim(&screen, &size, '\0', out) > 0);
    assert_int_equal(pclose(out), 0);
    return screen;
}

static bool shows(struct pty *pty, void *meant)
{
    char *shown = pty_screen(pty);
    bool is_same = strcmp(shown, meant) == 0;
    free(shown);
    return is_same;
}

// asciinema shows the take at a terminal of its size, as `how` says, and ends well; what stays on
// the screen is the program's own last one.
static void check_shown(const char *how, int w, int h)
{
    char *meant = make_take(w, h);
    char home[HOW_MAX], command[HOW_MAX];
    int status = -1;
    snprintf(home, sizeof home, "ASCIINEMA_CONFIG_HOME=%s", folder);
    snprintf(command, sizeof command, "exec asciinema %s %s/take.cast", how, folder);
    const char *const argv[] = {"/bin/sh", "-c", command, NULL};
    const char *const env[] = {home, NULL};
    struct pty *pty = pty_start(&(struct pty_options){.argv = argv, .env = env, .w = w, .h = h});
    bool has_ended = pty_wait_ended(pty, &status, START_LIMIT_MS);
    if (!has_ended || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("asciinema %s: status %x\n%s", how, (unsigned)status, pty_screen(pty));
    // What it wrote at last may still be on its way.
    if (!pty_wait(pty, shows, meant, PTY_LIMIT_MS))
        fail_msg("asciinema %s shows\n%s\nand not\n%s", how, pty_screen(pty), meant);
    pty_free(pty);
    free(meant);
}

static void test_cat(void **state)
{
    (void)state;
    check_shown("cat", 100, 30);
    check_shown("cat", 80, 24);
}

static void test_play(void **state)
{
    (void)state;
    check_shown("play -s 1000 -i 0.01", 100, 30);
}

int main(void)
{
    if (system("asciinema --version >/dev/null 2>&1") != 0)
        return SKIPPED;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cat, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_play, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
