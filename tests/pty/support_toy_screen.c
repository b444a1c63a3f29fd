#include "support_toy_screen.h"

#include "tui/screen.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { KEYS_SHOWN = 12, KEY_BYTES = 40 };

struct toy {
    struct screen *screen;
    struct frame *frame;
    const struct theme *theme;
    char keys[KEYS_SHOWN][KEY_BYTES];
    int n_keys;
};

static void draw_toy(struct toy *toy)
{
    int w;
    int h;
    screen_size(toy->screen, &w, &h);
    frame_free(toy->frame);
    bool is_utf8 = screen_is_utf8(toy->screen);
    toy->frame = frame_new(w, h, is_utf8 ? GLYPHS_UTF8 : GLYPHS_ASCII);
    struct area all = frame_area(toy->frame);
    for (int y = 3; y < h; y++)
        for (int x = 0; x < w; x++) {
            char text[2] = {(char)('a' + (x + y) % 26), '\0'};
            draw_text(all, x, y, (enum role)((x + y) % ROLE_COUNT), text);
        }
    draw_textf(all, 0, 0, ROLE_TITLE, "size %dx%d colours %d utf8 %d", w, h,
               screen_colours(toy->screen), is_utf8);
    int x = draw_textf(all, 0, 1, ROLE_TEXT, "keys %d:", toy->n_keys);
    int n = toy->n_keys < KEYS_SHOWN ? toy->n_keys : KEYS_SHOWN;
    for (int i = toy->n_keys - n; i < toy->n_keys; i++)
        x = draw_textf(all, x, 1, ROLE_TEXT, " %s", toy->keys[i % KEYS_SHOWN]);
    draw_run(all, 0, 2, 8, ROLE_LOST, GLYPH_STATE_RUNNING);
    screen_present(toy->screen, toy->frame, toy->theme);
}

static _Noreturn void end_by(int signal_number)
{
    signal(signal_number, SIG_DFL);
    raise(signal_number);
    _exit(9);
}

// Returns the exit status, or -1 to go on.
static int obey(struct toy *toy, const char *key)
{
    if (!strcmp(key, "Q"))
        return 0;
    if (!strcmp(key, "gone"))
        return 128 + screen_end_signal(toy->screen);
    if (!strcmp(key, "T")) {
        toy->theme = theme_next(toy->theme, NULL);
    } else if (!strcmp(key, "ctrl-l")) {
        screen_redraw(toy->screen);
    } else if (!strcmp(key, "ctrl-z")) {
        screen_leave(toy->screen);
        raise(SIGSTOP);
        screen_return(toy->screen);
    } else if (!strcmp(key, "N")) {
        return -1; // the same frame again
    } else if (!strcmp(key, "click") || !strncmp(key, "wheel", 5)) {
        int x, y;
        screen_pointer(toy->screen, &x, &y);
        snprintf(toy->keys[toy->n_keys++ % KEYS_SHOWN], KEY_BYTES, "%s@%d,%d", key, x, y);
    } else if (strcmp(key, "resize") != 0) {
        snprintf(toy->keys[toy->n_keys++ % KEYS_SHOWN], KEY_BYTES, "%s", key);
    }
    return -1;
}

int toy_screen_main(const struct screen_options *options)
{
    // Sanitizers would make an exit of them.
    const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
        signal(faults[i], SIG_DFL);
    struct error err;
    struct toy toy = {.screen = screen_open(options, &err), .theme = themes[0]};
    if (!toy.screen) {
        fprintf(stderr, "%s\n", err.text);
        _exit(3); // as a UI does; ncurses keeps what it has read of a terminal it refuses
    }
    int status = -1;
    while (status < 0) {
        draw_toy(&toy);
        screen_wait(toy.screen, UINT64_C(1000000000));
        const char *key;
        while (status < 0 && (key = screen_read_key(toy.screen)))
            status = obey(&toy, key);
    }
    screen_close(toy.screen);
    frame_free(toy.frame);
    if (status > 128)
        end_by(status - 128);
    return status;
}
