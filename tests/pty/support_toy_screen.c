#include "support_toy_screen.h"

#include "tui/screen.h"

#include <fcntl.h>
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
    int scrolled;
};

// What scrolls is no pattern that a shift by another number of columns could leave as it is.
static void draw_cell(const struct toy *toy, struct area all, int x, int y)
{
    bool is_plot = toy->scrolled > 0 && x >= TOY_PLOT_X && x < all.w - TOY_PLOT_RIGHT;
    unsigned n = (unsigned)(x + y), role = n;
    if (is_plot) {
        n = (unsigned)(x + toy->scrolled * (1 + y % 3) + 1000 * y) * 2654435761u;
        n = (n ^ n >> 15) * 2246822519u >> 8;
        role = n >> 8;
    }
    // Beside some rows there is nothing.
    bool is_bare = toy->scrolled > 0 && x >= all.w - TOY_PLOT_RIGHT && y % 4 == 1;
    if (is_bare)
        return;
    char text[2] = {is_plot && n % 4 == 0 ? ' ' : (char)('a' + n % 26), '\0'};
    draw_text(all, x, y, (enum role)(role % ROLE_COUNT), text);
    if (is_plot && n % 16 == 3)
        draw_attributes(all, x, y, 1, STYLE_REVERSE);
}

static void draw_toy(struct toy *toy)
{
    int w;
    int h;
    screen_size(toy->screen, &w, &h);
    frame_free(toy->frame);
    bool is_utf8 = screen_is_utf8(toy->screen);
    toy->frame = frame_new(w, h, is_utf8 ? GLYPHS_UTF8 : GLYPHS_ASCII);
    struct area all = frame_area(toy->frame);
    for (int y = TOY_PLOT_Y; y < h; y++)
        for (int x = 0; x < w; x++)
            draw_cell(toy, all, x, y);
    draw_textf(all, 0, 0, ROLE_TITLE, "size %dx%d colours %d utf8 %d", w, h,
               screen_colours(toy->screen), is_utf8);
    int x = draw_textf(all, 0, 1, ROLE_TEXT, "keys %d:", toy->n_keys);
    int n = toy->n_keys < KEYS_SHOWN ? toy->n_keys : KEYS_SHOWN;
    for (int i = toy->n_keys - n; i < toy->n_keys; i++)
        x = draw_textf(all, x, 1, ROLE_TEXT, " %s", toy->keys[i % KEYS_SHOWN]);
    // Of what is looked at the last that is written, from the top to the bottom.
    if (toy->scrolled > 0)
        draw_textf(all, w - TOY_PLOT_RIGHT + 1, h - 1, ROLE_TEXT, "end %d.", toy->n_keys);
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
        if (strchr(TOY_SCROLL_KEYS, key[0]) && !key[1])
            toy->scrolled += key[0] - '0';
        snprintf(toy->keys[toy->n_keys++ % KEYS_SHOWN], KEY_BYTES, "%s", key);
    }
    return -1;
}

int toy_screen_main(const char *kind)
{
    struct screen_options options = {.sync = SCREEN_SYNC_ON};
    if (!strcmp(kind, TOY_ASKING))
        options.sync = SCREEN_SYNC_AUTO;
    if (!strcmp(kind, TOY_UNSYNCHRONIZED))
        options.sync = SCREEN_SYNC_OFF;
    options.has_mouse = !strcmp(kind, TOY_MOUSE);
    if (!strcmp(kind, TOY_UNWAITING))
        fcntl(STDOUT_FILENO, F_SETFL, fcntl(STDOUT_FILENO, F_GETFL) | O_NONBLOCK);
    // Sanitizers would make an exit of them.
    const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
        signal(faults[i], SIG_DFL);
    struct error err;
    struct toy toy = {.screen = screen_open(&options, &err), .theme = themes[0]};
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
