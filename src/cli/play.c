// `racelane replay FILE.cast`: a recording on the terminal, drawn as everything else is.
#include "cli/play.h"

#include "base/clock.h"
#include "cli/config.h"
#include "cli/file.h"
#include "export/playback.h"
#include "guard/guard.h"
#include "tui/screen.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FRAME_NS = 16 * NS_PER_MS };

bool play_is_named(const char *operand)
{
    char first;
    return file_is_named(operand, ".cast") || (file_begin(operand, &first, 1) == 1 && first == '{');
}

struct play {
    struct playback *playback;
    const struct cli_options *options;
    struct config config;
    struct screen *screen;
    struct frame *frame;
    int channel; // to the guardian
};

static void adopt_size(struct play *play)
{
    int w, h;
    screen_size(play->screen, &w, &h);
    bool is_ascii =
        play->options->is_ascii || play->config.is_ascii || !screen_is_utf8(play->screen);
    frame_free(play->frame);
    play->frame = frame_new(w, h, is_ascii ? GLYPHS_ASCII : GLYPHS_UTF8);
}

static void draw(struct play *play)
{
    playback_draw(play->playback, play->frame);
    screen_present(play->screen, play->frame, playback_theme(play->playback));
}

// A recording that plays goes on where it was.
static void suspend(struct play *play)
{
    bool was_paused = playback_is_paused(play->playback);
    if (!was_paused)
        playback_press(play->playback, "space", clock_now_ns());
    screen_leave(play->screen);
    guard_ui_suspend(play->channel);
    screen_return(play->screen);
    if (!was_paused)
        playback_press(play->playback, "space", clock_now_ns());
    adopt_size(play);
}

enum keys { KEYS_NONE, KEYS_ACTED, KEYS_QUIT, KEYS_GONE };

static enum keys take_keys(struct play *play)
{
    enum keys result = KEYS_NONE;
    for (const char *key; (key = screen_read_key(play->screen));) {
        if (strcmp(key, "gone") == 0)
            return KEYS_GONE;
        result = KEYS_ACTED;
        if (strcmp(key, "resize") == 0)
            adopt_size(play);
        else if (strcmp(key, "ctrl-z") == 0)
            suspend(play);
        else if (strcmp(key, "ctrl-l") == 0)
            screen_redraw(play->screen);
        else if (!playback_press(play->playback, key, clock_now_ns()))
            return KEYS_QUIT;
    }
    return result;
}

// Returns whether the user has left; false: the terminal has gone.
static bool run(struct play *play)
{
    draw(play);
    for (;;) {
        enum keys keys = take_keys(play);
        if (keys == KEYS_QUIT || keys == KEYS_GONE)
            return keys == KEYS_QUIT;
        uint64_t now_ns = clock_now_ns();
        if (playback_tick(play->playback, now_ns) || keys == KEYS_ACTED)
            draw(play);
        uint64_t next_ns = playback_next_tick(play->playback);
        if (next_ns < now_ns + FRAME_NS)
            next_ns = now_ns + FRAME_NS;
        screen_wait(play->screen, next_ns == UINT64_MAX ? NS_PER_S : next_ns - now_ns);
    }
}

static int ui_main(void *context, int channel)
{
    struct play *play = context;
    struct error err;
    play->channel = channel;
    const struct screen_options how = {.sync = play->config.sync};
    play->screen = screen_open(&how, &err);
    if (!play->screen) {
        fprintf(stderr, "racelane: %s\n", err.text);
        return EXIT_REFUSED;
    }
    adopt_size(play);
    int status = run(play) ? EXIT_HELD : 128 + screen_end_signal(play->screen);
    screen_close(play->screen);
    frame_free(play->frame);
    return status;
}

int play_file(const char *path, const struct cli_options *options)
{
    struct error err;
    if (options->record) {
        fprintf(stderr,
                "racelane: a recording is played, not recorded again: leave out --record\n");
        return EXIT_USAGE;
    }
    struct play play = {.options = options};
    int status = EXIT_USAGE;
    config_read(&play.config);
    if (config_choose_theme(&play.config, options->theme, &err))
        play.playback = playback_open(path, config_theme(&play.config), &err);
    if (!play.playback) {
        fprintf(stderr, "racelane: %s\n", err.text);
        return status;
    }
    const struct guard_roles roles = {.ui = ui_main, .context = &play};
    status = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) ? guard_supervise(&roles, &err) : -2;
    if (status == -2)
        fprintf(stderr, "racelane: a recording is played on a terminal; this is none\n");
    else if (status < 0)
        fprintf(stderr, "racelane: %s\n", err.text);
    playback_free(play.playback);
    return status < 0 ? EXIT_REFUSED : status;
}
