#include "tui/loop.h"

#include "base/clock.h"
#include "session/comparison.h"
#include "view/app_mouse.h"

#include <string.h>

enum {
    FRAME_MS = 33,
    STILL_MS = 250,       // how soon a picture that stands still learns that its host has died
    FLOOD_EVENTS = 16384, // from one frame to the next: more could fill a lane's channel
    FLOOD_MS = 2,         // so soon they are emptied again, and the lanes are not held
    KEYS_MAX = 64, // acted on before the next frame; a key held down must not stop the picture
};

struct loop {
    struct screen *screen;
    struct app *app;
    struct session *session;
    bool is_ascii;
    const struct loop_hooks *hooks;
    struct player *player; // NULL: no tape plays
    struct frame *frame;
    uint64_t drawn_ns;
    bool has_news;      // that no frame has shown yet
    bool has_more_keys; // than were acted on in one go
    bool is_flooded;    // the lanes are at native speed
    uint64_t pumped_ns;
};

static void adopt_size(struct loop *loop)
{
    int w;
    int h;
    screen_size(loop->screen, &w, &h);
    bool is_ascii = loop->is_ascii || !screen_is_utf8(loop->screen);
    frame_free(loop->frame);
    loop->frame = frame_new(w, h, is_ascii ? GLYPHS_ASCII : GLYPHS_UTF8);
    app_resize(loop->app, w, h);
}

static void draw(struct loop *loop)
{
    app_draw(loop->app, loop->frame);
    screen_present(loop->screen, loop->frame, app_theme(loop->app));
    loop->drawn_ns = clock_now_ns();
    loop->has_news = false;
    loop->hooks->drawn(loop->hooks->context, loop->app, loop->frame, loop->drawn_ns);
}

// The run waits meanwhile, at its gate, as if paused by key.
static void suspend(struct loop *loop)
{
    bool must_resume = loop->session && !session_view(loop->session).is_paused;
    if (must_resume)
        session_pause(loop->session, true);
    screen_leave(loop->screen);
    loop->hooks->suspend(loop->hooks->context);
    screen_return(loop->screen);
    if (must_resume)
        session_pause(loop->session, false);
    adopt_size(loop);
}

static void leave_lesson(struct loop *loop)
{
    loop->hooks->leave(loop->hooks->context, loop->app);
    loop->session = NULL;
    loop->player = NULL;
}

// A run of the tape begins.
static void open_run(struct loop *loop, size_t run)
{
    loop->session = loop->hooks->open_run(loop->hooks->context, loop->app, run);
    if (!loop->session)
        loop->player = NULL;
}

static void turn_page(struct loop *loop, unsigned reactions)
{
    if (!loop->player)
        return;
    bool is_over = player_has_ended(loop->player) || player_has_failed(loop->player);
    if (reactions & REACT_PREVIOUS_PAGE)
        open_run(loop, player_previous_page(loop->player, loop->app));
    else if (is_over && app_is_teaching(loop->app))
        leave_lesson(loop);
    else
        player_next_page(loop->player, loop->app);
}

static void react(struct loop *loop, unsigned reactions)
{
    const struct loop_hooks *hooks = loop->hooks;
    if (reactions & REACT_REPAINT)
        screen_redraw(loop->screen);
    if (reactions & REACT_SCREENSHOT)
        hooks->screenshot(hooks->context, loop->app, loop->frame);
    if (reactions & REACT_SAVE)
        hooks->save(hooks->context, loop->app);
    if (reactions & REACT_RECORD) {
        // One that ends has its time, although nothing has moved since its last frame.
        hooks->drawn(hooks->context, loop->app, loop->frame, clock_now_ns());
        hooks->record(hooks->context, loop->app);
    }
    if (reactions & REACT_CHOSEN) {
        loop->session =
            hooks->choose(hooks->context, loop->app, app_choice(loop->app), &loop->player);
    }
    if (reactions & REACT_LEAVE)
        leave_lesson(loop);
    if (reactions & (REACT_NEXT_PAGE | REACT_PREVIOUS_PAGE))
        turn_page(loop, reactions);
    if (reactions & REACT_SUSPEND)
        suspend(loop);
}

static bool is_pointing(const char *key)
{
    return strcmp(key, "click") == 0 || strncmp(key, "wheel-", strlen("wheel-")) == 0;
}

static unsigned point(struct loop *loop, const char *key)
{
    int x;
    int y;
    screen_pointer(loop->screen, &x, &y);
    if (strcmp(key, "click") == 0)
        return app_click(loop->app, x, y);
    return app_wheel(loop->app, x, y, strcmp(key, "wheel-up") == 0 ? -1 : 1);
}

enum keys { KEYS_NONE, KEYS_ACTED, KEYS_QUIT, KEYS_GONE };

// Acts on the keys that are waiting.
static enum keys take_keys(struct loop *loop)
{
    enum keys result = KEYS_NONE;
    loop->has_more_keys = false;
    for (int i = 0; i < KEYS_MAX; i++) {
        const char *key = screen_read_key(loop->screen);
        if (!key)
            return result;
        if (strcmp(key, "gone") == 0)
            return KEYS_GONE;
        result = KEYS_ACTED;
        if (strcmp(key, "resize") == 0) {
            adopt_size(loop);
            continue;
        }
        if (is_pointing(key)) {
            react(loop, point(loop, key));
            continue;
        }
        // A key of an answer commands nothing.
        enum command command = app_is_asking(loop->app) ? COMMAND_NONE : app_key(loop->app, key);
        unsigned reactions = app_press(loop->app, key);
        if (reactions & REACT_QUIT)
            return KEYS_QUIT;
        react(loop, reactions);
        if (loop->player)
            player_note_key(loop->player, loop->app, loop->session, command);
    }
    loop->has_more_keys = true;
    return result;
}

static uint64_t wait_limit(const struct loop *loop)
{
    if (loop->has_more_keys)
        return 0;
    uint64_t now_ns = clock_now_ns();
    bool is_playing = loop->player && player_is_going(loop->player);
    bool is_moving = loop->has_news || is_playing || !app_is_still(loop->app);
    uint64_t until_ns = is_moving ? loop->drawn_ns + FRAME_MS * (uint64_t)NS_PER_MS
                                  : now_ns + STILL_MS * (uint64_t)NS_PER_MS;
    uint64_t tick_ns = app_next_tick(loop->app);
    until_ns = tick_ns < until_ns ? tick_ns : until_ns;
    const struct comparison *comparison = app_comparison(loop->app);
    uint64_t pause_ns = comparison ? comparison_pause_ns(comparison) : UINT64_MAX;
    if (pause_ns != UINT64_MAX && now_ns + pause_ns < until_ns)
        until_ns = now_ns + pause_ns;
    if (loop->is_flooded && now_ns + FLOOD_MS * (uint64_t)NS_PER_MS < until_ns)
        until_ns = now_ns + FLOOD_MS * (uint64_t)NS_PER_MS;
    return until_ns > now_ns ? until_ns - now_ns : 0;
}

// Lets the tape do what is due. Returns reactions that are the loop's to act on.
static unsigned play(struct loop *loop)
{
    bool has_changed = false;
    struct player_news news =
        player_advance(loop->player, loop->app, loop->session, clock_now_ns(), &has_changed);
    loop->has_news |= has_changed;
    if (news.kind == NEWS_ENDED)
        loop->hooks->ended(loop->hooks->context, loop->app);
    if (news.kind == NEWS_RUN)
        open_run(loop, news.run);
    if (news.kind == NEWS_CHAPTER)
        loop->hooks->chapter(loop->hooks->context, clock_now_ns(), news.text);
    return news.reactions;
}

// Returns reactions, of the tape.
static unsigned take_news(struct loop *loop)
{
    unsigned reactions = REACT_NONE;
    struct comparison *comparison = app_comparison(loop->app);
    if (comparison && comparison_pump(comparison))
        loop->has_news = true;
    if (!loop->session)
        return reactions;
    uint64_t before = session_view(loop->session).events;
    if (loop->player)
        reactions = play(loop);
    else if (session_pump(loop->session))
        loop->has_news = true;
    if (!loop->session)
        return reactions;
    uint64_t now_ns = clock_now_ns(), events = session_view(loop->session).events;
    // Another run of the tape begins with none.
    uint64_t n_new = events > before ? events - before : 0;
    uint64_t per_frame = n_new * FRAME_MS * NS_PER_MS / (now_ns - loop->pumped_ns + 1);
    loop->is_flooded = per_frame >= FLOOD_EVENTS;
    loop->pumped_ns = now_ns;
    return reactions;
}

static bool is_frame_due(const struct loop *loop)
{
    bool is_moving = loop->has_news || !app_is_still(loop->app);
    return is_moving && clock_now_ns() - loop->drawn_ns >= FRAME_MS * (uint64_t)NS_PER_MS;
}

static enum loop_end run(struct loop *loop)
{
    draw(loop);
    for (;;) {
        enum keys keys = take_keys(loop);
        if (keys == KEYS_QUIT)
            return LOOP_QUIT;
        if (keys == KEYS_GONE)
            return LOOP_GONE;
        if (loop->session && !session_is_saved(loop->session) &&
            session_view(loop->session).host_signal)
            return LOOP_LOST;
        unsigned reactions = app_tick(loop->app, clock_now_ns());
        // Before the lanes' news, of which there may be much: a key is answered at once.
        if (keys == KEYS_ACTED || reactions)
            draw(loop);
        reactions = take_news(loop);
        if (reactions & REACT_QUIT)
            return LOOP_QUIT;
        react(loop, reactions);
        if (is_frame_due(loop))
            draw(loop);
        screen_wait(loop->screen, wait_limit(loop));
    }
}

enum loop_end loop_run(struct screen *screen, struct app *app, struct session *session, bool ascii,
                       const struct loop_hooks *hooks)
{
    struct loop loop = {.screen = screen,
                        .app = app,
                        .session = session,
                        .is_ascii = ascii,
                        .hooks = hooks,
                        .player = hooks->player};
    adopt_size(&loop);
    enum loop_end end = run(&loop);
    hooks->drawn(hooks->context, app, loop.frame, clock_now_ns());
    frame_free(loop.frame);
    return end;
}
