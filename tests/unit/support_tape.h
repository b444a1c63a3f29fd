#ifndef SUPPORT_TAPE_H
#define SUPPORT_TAPE_H

// Tapes that play on a simulated run, without a terminal.
#include "base/mem.h"
#include "support_sim.h"
#include "tape/player.h"

struct show {
    struct tape *tape;
    struct session *session;
    struct app *app;
    struct player *player;
    uint64_t now_ns; // of whoever drives it by player_advance
    int h;           // of the screen; 0: 24
};

static inline struct app *tape_app_heard(struct session *session, int w, int h,
                                         struct app_listener listener)
{
    struct error err;
    struct app *app = app_new(&(struct app_options){.theme = "mono", .listener = listener}, &err);
    app_resize(app, w, h);
    app_attach(app, session);
    app_keep_captions(app, true);
    app_show_keys(app, true);
    return app;
}

static inline struct app *tape_app(struct session *session, int w, int h)
{
    return tape_app_heard(session, w, h, (struct app_listener){.context = NULL});
}

static inline struct show show_open_heard(const char *text, enum player_audience audience,
                                          struct app_listener listener)
{
    struct lang_problems problems;
    struct show show = {.tape = tape_parse(text, strlen(text), &problems)};
    if (!show.tape)
        fail_msg("%s", problems.items[0].text);
    show.session = open_sim(race, 7, NULL);
    assert_true(tape_bind(show.tape, 0, session_view(show.session).prog, &problems));
    show.app = tape_app_heard(show.session, 80, 24, listener);
    show.player = player_new(show.tape, "test.tape", audience);
    return show;
}

static inline struct show show_open(const char *text, enum player_audience audience)
{
    return show_open_heard(text, audience, (struct app_listener){.context = NULL});
}

static inline void show_close(struct show *show)
{
    player_free(show->player);
    app_free(show->app);
    session_free(show->session);
    tape_free(show->tape);
}

// Plays until the tape rests, is held, waits for an answer or has ended; the last news but none.
static inline struct player_news show_play(struct show *show)
{
    enum { QUANTA_MAX = 100000 };
    struct player_news last = {.kind = NEWS_NONE};
    bool has_changed = false;
    for (int i = 0; i < QUANTA_MAX && player_is_going(show->player); i++) {
        struct player_news news =
            player_play_quantum(show->player, show->app, show->session, &has_changed);
        app_tick(show->app, player_clock_ns(show->player));
        if (news.kind != NEWS_NONE)
            last = news;
    }
    return last;
}

// As show_play, but for as long.
static inline void show_play_for(struct show *show, uint64_t ns)
{
    bool has_changed = false;
    uint64_t until_ns = player_clock_ns(show->player) + ns;
    while (player_clock_ns(show->player) < until_ns) {
        player_play_quantum(show->player, show->app, show->session, &has_changed);
        app_tick(show->app, player_clock_ns(show->player));
    }
}

static inline char *show_text(const struct show *show)
{
    struct frame *frame = frame_new(80, show->h > 0 ? show->h : 24, GLYPHS_UTF8);
    app_draw(show->app, frame);
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    text_write(out, frame);
    fclose(out);
    frame_free(frame);
    char *copy = strdup(text); // the stream had the address of `text`
    free(text);
    return copy;
}

static inline bool show_has(const struct show *show, const char *what)
{
    char *text = show_text(show);
    bool has = strstr(text, what) != NULL;
    if (!has)
        print_message("no `%s` in:\n%s", what, text);
    free(text);
    return has;
}

static inline void key(struct show *show, const char *name)
{
    enum command command = app_is_asking(show->app) ? COMMAND_NONE : app_key(show->app, name);
    app_press(show->app, name);
    player_note_key(show->player, show->app, show->session, command);
}

static inline void type(struct show *show, const char *keys)
{
    for (; *keys; keys++) {
        const char name[] = {*keys, '\0'};
        key(show, name);
    }
}

// Where in the text that is: rows from 0; -1 when it is nowhere.
static inline int row_of(const struct show *show, const char *what)
{
    char *text = show_text(show), *found = strstr(text, what);
    int row = found ? 0 : -1;
    for (const char *at = text; found && at < found; at++)
        row += *at == '\n';
    free(text);
    return row;
}

#endif
