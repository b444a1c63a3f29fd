#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support_toy_screen.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool toy_is_asked_for(int argc, char **argv)
{
    return argc == 2 && strncmp(argv[1], TOY_SCREEN, strlen(TOY_SCREEN)) == 0;
}

struct pty *toy_start(const char *kind, const char *const *env, int w, int h)
{
    const char *const argv[] = {"/proc/self/exe", kind, NULL};
    return pty_start(&(struct pty_options){.argv = argv, .env = env, .w = w, .h = h});
}

struct pty *toy_start_ready(const char *const *env)
{
    struct pty *pty = toy_start(TOY_SCREEN, env, 0, 0);
    if (!pty_wait_text(pty, "keys 0:", PTY_LIMIT_MS))
        fail_msg("%s: no screen:\n%s", env ? env[0] : "", pty_screen(pty));
    return pty;
}

int toy_ended(struct pty *pty)
{
    int status = 0;
    assert_true(pty_wait_ended(pty, &status, PTY_LIMIT_MS));
    assert_true(pty_wait_restored(pty, PTY_LIMIT_MS));
    assert_true(pty_wait_nothing_left(pty, PTY_LIMIT_MS));
    return status;
}

void toy_finish(struct pty *pty)
{
    pty_type(pty, "Q");
    assert_int_equal(toy_ended(pty), 0);
    pty_free(pty);
}

bool toy_is_installed(const char *term)
{
    const char *const folders[] = {"/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo"};
    char path[100];
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        snprintf(path, sizeof(path), "%s/%c/%s", folders[i], term[0], term);
        if (!access(path, R_OK))
            return true;
    }
    return false;
}

bool toy_is_same_cell(const VTermScreenCell *a, const VTermScreenCell *b)
{
    // A cell that was erased has no character.
    bool is_blank = a->chars[0] <= ' ' && b->chars[0] <= ' ';
    bool is_same_ground = vterm_color_is_equal(&a->bg, &b->bg) &&
                          a->attrs.reverse == b->attrs.reverse &&
                          a->attrs.underline == b->attrs.underline;
    if (is_blank && is_same_ground && !a->attrs.reverse && !a->attrs.underline)
        return true;
    return is_same_ground && a->chars[0] == b->chars[0] && vterm_color_is_equal(&a->fg, &b->fg) &&
           a->attrs.bold == b->attrs.bold;
}

void toy_assert_like_fresh(struct pty *pty, int w, int h)
{
    struct pty *fresh = toy_start(TOY_SCREEN, NULL, w, h);
    assert_true(pty_wait_text(fresh, "keys 0:", PTY_LIMIT_MS));
    pty_settle(fresh, 50);
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            VTermScreenCell a = pty_cell(pty, x, y);
            VTermScreenCell b = pty_cell(fresh, x, y);
            if (!toy_is_same_cell(&a, &b))
                fail_msg("cell %d,%d differs from a fresh start:\n%s", x, y, pty_screen(pty));
        }
    toy_finish(fresh);
}
