#include "cli/headless.h"

#include "base/clock.h"
#include "export/report.h"

#include <string.h>

static const uint64_t frame_ns = HEADLESS_FRAME_MS * (uint64_t)NS_PER_MS;

struct reel {
    const struct headless *headless;
    struct session *session;
    struct frame *last; // that the sink has
    uint64_t began_ns;  // real lanes: on the real clock
    uint64_t t_ns;      // of the frame that is next
    bool has_quit;
    struct error *err;
};

// One that ends has its time, although nothing has moved since its last frame.
static void switch_recording(struct reel *reel)
{
    const struct headless *h = reel->headless;
    if (reel->last && h->sink->frame)
        h->sink->frame(h->sink->context, reel->last, app_theme(h->app), reel->t_ns);
    h->hooks->record(h->hooks->context, h->app);
}

// What the app asks of whoever drives it, as far as it can be done here.
static void react(struct reel *reel, unsigned reactions)
{
    const struct headless *h = reel->headless;
    if (reactions & REACT_SCREENSHOT) {
        app_draw(h->app, h->frame);
        h->hooks->screenshot(h->hooks->context, h->app, h->frame);
    }
    if (reactions & REACT_SAVE)
        h->hooks->save(h->hooks->context, h->app);
    if (reactions & REACT_RECORD)
        switch_recording(reel);
    reel->has_quit |= (reactions & REACT_QUIT) != 0;
}

// Its time may have gone by at another speed until now.
static void open_run(struct reel *reel, size_t run)
{
    const struct headless *h = reel->headless;
    reel->session = h->hooks->open_run(h->hooks->context, h->app, run);
    reel->began_ns = clock_now_ns() - player_clock_ns(h->player);
}

static void take_news(struct reel *reel, const struct player_news *news)
{
    const struct headless *h = reel->headless;
    const struct frame_sink *sink = h->sink;
    if (news->kind == NEWS_CHAPTER && sink->marker)
        sink->marker(sink->context, reel->t_ns, news->text);
    if (news->kind == NEWS_RUN)
        open_run(reel, news->run);
    if (!reel->session)
        error_set(reel->err, "the next run of the tape could not begin");
    if (news->kind == NEWS_FAILED)
        error_set(reel->err, "%s", news->text);
    react(reel, news->reactions);
}

static bool is_over(const struct reel *reel)
{
    const struct player *player = reel->headless->player;
    return !reel->session || reel->has_quit || player_has_ended(player) ||
           player_has_failed(player);
}

// Real lanes take their time.
static void wait_for_lanes(const struct reel *reel)
{
    const struct headless *h = reel->headless;
    if (!session_view(reel->session).is_simulated)
        clock_sleep_until(reel->began_ns + player_clock_ns(h->player));
}

// Lets the tape play up to a time of its clock.
static void play_until(struct reel *reel, uint64_t until_ns)
{
    const struct headless *h = reel->headless;
    bool has_changed = false;
    while (!is_over(reel) && player_clock_ns(h->player) < until_ns) {
        wait_for_lanes(reel);
        struct player_news news =
            player_play_quantum(h->player, h->app, reel->session, &has_changed);
        take_news(reel, &news);
    }
}

static void show(struct reel *reel, bool is_last)
{
    const struct headless *h = reel->headless;
    app_draw(h->app, h->frame);
    bool is_new = !reel->last || !frame_equal(reel->last, h->frame);
    if ((is_new || is_last) && h->sink->frame)
        h->sink->frame(h->sink->context, h->frame, app_theme(h->app), reel->t_ns);
    if (!reel->last)
        reel->last =
            frame_new(frame_width(h->frame), frame_height(h->frame), frame_glyphs(h->frame));
    frame_copy(reel->last, h->frame);
}

// As the report has it; what could only be judged at the end of the run counts once it has ended.
static bool holds(const struct session_view *view)
{
    if (view->is_ended)
        return report_holds(view);
    for (size_t i = 0; i < view->n_claims; i++)
        if (view->claims[i].is_judged && !view->claims[i].holds)
            return false;
    return !view->has_failed && !view->is_deadlocked;
}

enum exit_status headless_run(const struct headless *headless, struct error *err)
{
    struct reel reel = {
        .headless = headless, .session = headless->session, .began_ns = clock_now_ns(), .err = err};
    err->text[0] = '\0';
    // What stands at the beginning of the tape is on the first frame.
    play_until(&reel, PLAYER_QUANTUM_MS * (uint64_t)NS_PER_MS);
    app_tick(headless->app, 0);
    show(&reel, false);
    while (!is_over(&reel)) {
        reel.t_ns += frame_ns;
        play_until(&reel, reel.t_ns);
        app_tick(headless->app, reel.t_ns);
        show(&reel, is_over(&reel));
    }
    frame_free(reel.last);
    if (err->text[0] != '\0')
        return EXIT_BROKEN;
    struct session_view view = session_view(reel.session);
    return holds(&view) ? EXIT_HELD : EXIT_BROKEN;
}
