#include "tape/player.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

#include <string.h>

static const uint64_t quantum_ns = PLAYER_QUANTUM_MS * (uint64_t)NS_PER_MS;
// What somebody would take to read, where nobody does.
static const uint64_t page_ns = 2 * NS_PER_S, question_ns = 4 * NS_PER_S, answer_ns = 2 * NS_PER_S;

enum {
    HURRY_QUANTA = 250,  // at most, of one call
    LAG_MS = 250,        // longer steps of the driver's clock are cut: it was stopped meanwhile
    STEPS_AT_ONCE = 256, // of the tape, at most, in one call
    NO_REST = -1,
};

// What the player is in the middle of.
enum phase {
    PHASE_NEXT,    // of nothing: the next step begins
    PHASE_WAIT,    // for ends_ns
    PHASE_UNTIL,   // for a condition, at most until ends_ns
    PHASE_REST,    // for PageDown
    PHASE_ASKING,  // for the answer, alone until ends_ns
    PHASE_FINALLY, // for the end of the run, and then the answer is told
    PHASE_ENDED,
    PHASE_FAILED,
};

struct player {
    const struct tape *tape;
    enum player_audience audience;
    char label[160];
    size_t at; // of tape->steps
    enum phase phase;
    uint64_t ends_ns;
    uint64_t now_ns;    // of the driver
    uint64_t played_ns; // of it, without the time that a key has held it
    uint64_t clock_ns;  // its own, in whole quanta
    uint64_t driver_ns; // of player_advance: where it was asked to play to
    uint64_t credit_ns; // of that, what has not been played
    bool is_held, is_held_by_pause;
    int rests;       // that are behind it
    int hurries_to;  // NO_REST: it does not
    bool steps_over; // then: what real lanes have not done by now is not waited for
    unsigned asked;  // number of the last question
    bool has_guess;  // in the answer to it
    int64_t guess;
    char text[480];
};

struct player *player_new(const struct tape *tape, const char *label, enum player_audience audience)
{
    struct player *player = mem_alloc(sizeof *player);
    player->tape = tape;
    player->audience = audience;
    player->hurries_to = NO_REST;
    text_safe_z(player->label, sizeof player->label, label);
    return player;
}

void player_free(struct player *player)
{
    mem_free(player);
}

bool player_has_ended(const struct player *player)
{
    return player->phase == PHASE_ENDED;
}

bool player_has_failed(const struct player *player)
{
    return player->phase == PHASE_FAILED;
}

static bool is_resting(const struct player *player)
{
    return player->phase == PHASE_ENDED || player->phase == PHASE_FAILED ||
           (player->phase == PHASE_REST && player->audience == PLAYER_WATCHED);
}

bool player_is_going(const struct player *player)
{
    return !player->is_held && !is_resting(player);
}

static bool is_hurrying(const struct player *player)
{
    return player->hurries_to != NO_REST || player->audience == PLAYER_QUICK;
}

static void hurry(struct player *player, int to_rest, bool steps_over)
{
    player->hurries_to = to_rest;
    player->steps_over = steps_over;
}

static struct player_news fail(struct player *player, struct app *app, const char *why)
{
    const struct tape_step *step = &player->tape->steps[player->at];
    player->phase = PHASE_FAILED;
    hurry(player, NO_REST, false);
    text_format(player->text, sizeof player->text, "%s:%u:%u: error: %s", player->label, step->line,
                step->column, why);
    app_caption(app, CAPTION_TEXT, player->text);
    return (struct player_news){
        .kind = NEWS_FAILED, .reactions = REACT_REDRAW, .text = player->text, .due_ns = UINT64_MAX};
}

static void begin_phase(struct player *player, enum phase phase, uint64_t lasts_ns)
{
    player->phase = phase;
    player->ends_ns = player->played_ns + lasts_ns;
}

static void go_on(struct player *player)
{
    player->phase = PHASE_NEXT;
    player->at++;
}

// Arrived where a page ends.
static void rest(struct player *player, struct app *app, enum phase phase)
{
    bool is_passed = player->hurries_to > player->rests || player->audience == PLAYER_QUICK;
    if (!is_passed)
        hurry(player, NO_REST, false);
    if (phase == PHASE_REST && is_passed) {
        player->rests++;
        go_on(player);
        return;
    }
    begin_phase(player, phase, page_ns);
    bool is_awaited = phase == PHASE_REST || app_is_teaching(app);
    app_await_page(app, is_awaited && player->audience == PLAYER_WATCHED);
}

static void begin_until(struct player *player, struct session *session,
                        const struct tape_step *step)
{
    bool is_about_pause = step->condition.left.kind == QUANTITY_PAUSED;
    if (session_view(session).is_paused && !is_about_pause)
        session_pause(session, false);
    begin_phase(player, PHASE_UNTIL, step->ns);
}

static void begin_question(struct player *player, struct app *app, const struct tape_step *step)
{
    // Somebody who hurries has seen it.
    if (is_hurrying(player)) {
        go_on(player);
        return;
    }
    app_caption(app, CAPTION_QUESTION, step->text);
    player->asked = app_ask(app, step->text);
    begin_phase(player, PHASE_ASKING, question_ns);
}

// The title of a part that begins with a run stays on the screen.
static void say_chapter(const struct player *player, struct app *app)
{
    const struct tape_step *before = player->at > 0 ? &player->tape->steps[player->at - 1] : NULL;
    if (before && before->word == TAPE_CHAPTER)
        app_say(app, "%s", before->text);
}

// Begins the step that is next. False with the reason when it cannot be done.
static bool begin_step(struct player *player, struct app *app, struct session *session,
                       struct player_news *news, struct error *err)
{
    const struct tape_step *step = &player->tape->steps[player->at];
    unsigned reactions = REACT_REDRAW;
    bool is_done = true;
    switch (step->word) {
    case TAPE_COMMAND:
        is_done = app_wish(app, step->command, &step->wish, &reactions, err);
        break;
    case TAPE_PACE:
        app_set_pace(app, step->ns);
        break;
    case TAPE_SAY:
        app_caption(app, CAPTION_TEXT, step->text);
        break;
    case TAPE_CAPTION:
        app_caption(app, CAPTION_TITLE, step->text);
        break;
    case TAPE_CHAPTER:
        *news = (struct player_news){.kind = NEWS_CHAPTER, .text = step->text};
        app_say(app, "%s", step->text);
        break;
    case TAPE_WAIT:
        begin_phase(player, PHASE_WAIT, step->ns);
        return true;
    case TAPE_UNTIL:
        begin_until(player, session, step);
        return true;
    case TAPE_ASK:
        begin_question(player, app, step);
        return true;
    case TAPE_PAGE:
        rest(player, app, PHASE_REST);
        return true;
    case TAPE_RUN:
        app_unsay(app);
        say_chapter(player, app);
        *news = (struct player_news){.kind = NEWS_RUN, .run = step->run};
        break;
    }
    news->reactions |= reactions;
    if (is_done)
        go_on(player);
    return is_done;
}

// A simulated run comes to the end of its page at once; real lanes take their time, and whoever has
// pressed PageDown is not kept waiting for them.
static bool is_stepped_over(const struct player *player, const struct session_view *view)
{
    return player->steps_over && !view->is_simulated;
}

static void go_on_until(struct player *player, struct session *session, struct error *err)
{
    char bound[16];
    const struct tape_step *step = &player->tape->steps[player->at];
    struct session_view view = session_view(session);
    bool is_over = (view.is_ended || view.is_deadlocked || view.is_saved) &&
                   step->condition.left.kind != QUANTITY_PAUSED;
    if (tape_condition_holds(&step->condition, &view) || is_stepped_over(player, &view))
        go_on(player);
    else if (is_over)
        error_set(err, "the run has ended, and `%s` has not come", step->condition.text);
    else if (player->played_ns >= player->ends_ns)
        error_set(err, "`%s` has not come within %s", step->condition.text,
                  text_duration(bound, step->ns));
}

static void tell_answer(struct player *player, struct app *app, const struct session_view *view)
{
    const struct tape_step *step = &player->tape->steps[player->at];
    const char *what = step->answer.kind == QUANTITY_NUMBER ? "it" : step->answer.name;
    app_reveal(app, player->asked, what, tape_quantity_now(&step->answer, view),
               player->has_guess ? &player->guess : NULL);
    begin_phase(player, PHASE_WAIT, answer_ns);
}

static void go_on_asking(struct player *player, struct app *app, struct session *session)
{
    bool is_out = player->audience == PLAYER_ALONE && player->played_ns >= player->ends_ns;
    if (is_out || is_hurrying(player))
        app_stop_asking(app);
    if (app_is_asking(app))
        return;
    player->has_guess = app_guess(app, &player->guess);
    struct session_view view = session_view(session);
    if (!player->tape->steps[player->at].is_of_end) {
        tell_answer(player, app, &view);
        return;
    }
    if (view.is_paused)
        session_pause(session, false);
    begin_phase(player, PHASE_FINALLY, TAPE_UNTIL_S * NS_PER_S);
}

static void go_on_finally(struct player *player, struct app *app, struct session *session,
                          struct error *err)
{
    struct session_view view = session_view(session);
    if (view.is_ended || view.is_deadlocked)
        tell_answer(player, app, &view);
    else if (is_stepped_over(player, &view))
        go_on(player);
    else if (player->played_ns >= player->ends_ns)
        error_set(err, "the run has not ended within %d s, so there is no answer", TAPE_UNTIL_S);
}

// Waits are waited for where time is the run's too: a simulated run has to come as far by them.
static bool is_time_over(const struct player *player, const struct session *session)
{
    bool is_skipped = is_hurrying(player) && !session_view(session).is_simulated;
    return is_skipped || player->played_ns >= player->ends_ns;
}

// What the player is in the middle of, a little further. err->text says what went wrong.
static void go_on_phase(struct player *player, struct app *app, struct session *session,
                        struct error *err)
{
    switch (player->phase) {
    case PHASE_WAIT:
        if (is_time_over(player, session))
            go_on(player);
        return;
    case PHASE_REST:
        if (player->audience == PLAYER_ALONE && player->played_ns >= player->ends_ns) {
            player->rests++;
            go_on(player);
        }
        return;
    case PHASE_UNTIL:
        go_on_until(player, session, err);
        return;
    case PHASE_ASKING:
        go_on_asking(player, app, session);
        return;
    case PHASE_FINALLY:
        go_on_finally(player, app, session, err);
        return;
    case PHASE_NEXT:
    case PHASE_ENDED:
    case PHASE_FAILED:
        return;
    }
}

static uint64_t due_ns(const struct player *player)
{
    bool waits_for_time = player->phase == PHASE_WAIT ||
                          (player->audience == PLAYER_ALONE &&
                           (player->phase == PHASE_REST || player->phase == PHASE_ASKING));
    if (player->is_held || !waits_for_time)
        return UINT64_MAX;
    return player->now_ns +
           (player->ends_ns > player->played_ns ? player->ends_ns - player->played_ns : 0);
}

// Whether something else has to be done before the tape goes on.
static bool must_react(const struct player_news *news)
{
    return (news->reactions & ~(unsigned)REACT_REDRAW) != 0;
}

// Of several things to tell each has a call of its own; what is only done comes with what is told
// before it, so that a chapter's first frame has its words. Of another run nothing is done before
// it has been opened.
static bool must_return(const struct player *player, const struct player_news *news)
{
    const struct tape *tape = player->tape;
    bool tells_next =
        player->phase == PHASE_NEXT && player->at < tape->n_steps &&
        (tape->steps[player->at].word == TAPE_CHAPTER || tape->steps[player->at].word == TAPE_RUN);
    return must_react(news) || news->kind == NEWS_RUN || (news->kind != NEWS_NONE && tells_next);
}

static struct player_news step_on(struct player *player, struct app *app, struct session *session,
                                  uint64_t now_ns)
{
    struct player_news news = {.kind = NEWS_NONE, .due_ns = UINT64_MAX};
    if (!player->is_held)
        player->played_ns += now_ns - player->now_ns;
    player->now_ns = now_ns;
    for (int i = 0; i < STEPS_AT_ONCE && player_is_going(player) && !must_return(player, &news);
         i++) {
        struct error err = {.text = ""};
        if (player->phase != PHASE_NEXT)
            go_on_phase(player, app, session, &err);
        if (err.text[0] != '\0' && news.kind == NEWS_NONE)
            return fail(player, app, err.text);
        if (player->phase != PHASE_NEXT)
            break;
        if (player->at == player->tape->n_steps) {
            if (news.kind != NEWS_NONE)
                break;
            rest(player, app, PHASE_ENDED);
            return (struct player_news){
                .kind = NEWS_ENDED, .reactions = news.reactions, .due_ns = UINT64_MAX};
        }
        if (begin_step(player, app, session, &news, &err))
            continue;
        if (news.kind != NEWS_NONE)
            break; // it fails again in the next call, and is told then
        return fail(player, app, err.text);
    }
    news.due_ns = player->phase == PHASE_NEXT ? now_ns : due_ns(player);
    return news;
}

struct player_news player_step(struct player *player, struct app *app, struct session *session,
                               uint64_t now_ns)
{
    const struct tape *tape = player->tape;
    enum phase phase = player->phase;
    size_t at = player->at;
    struct player_news news = step_on(player, app, session, now_ns);
    // A question or an answer is to be seen though the run stands still.
    if (player->phase != phase || player->at != at)
        news.reactions |= REACT_REDRAW;
    bool ends_with_page = tape->n_steps > 0 && tape->steps[tape->n_steps - 1].word == TAPE_PAGE;
    size_t n_pages = tape->n_pages + !ends_with_page, page = (size_t)player->rests + 1;
    app_show_page(app, page < n_pages ? page : n_pages, n_pages);
    return news;
}

static bool orders_are_open(const struct session *session)
{
    struct session_orders orders = session_orders(session);
    return orders.is_begun && (orders.status == EXPLORE_GOING || orders.is_seeking);
}

struct player_news player_play_quantum(struct player *player, struct app *app,
                                       struct session *session, bool *changed)
{
    // How long the cores take to try every order is no time of the tape.
    if (orders_are_open(session)) {
        *changed |= session_pump(session);
        return (struct player_news){.due_ns = UINT64_MAX};
    }
    player->clock_ns += quantum_ns;
    session_set_clock(session, player->clock_ns);
    *changed |= session_pump(session);
    struct player_news news = player_step(player, app, session, player->clock_ns);
    *changed |= (news.reactions & REACT_REDRAW) != 0;
    return news;
}

// The clock of a simulated run can: real lanes would have had no time to do anything.
static bool runs_ahead(const struct player *player, const struct session *session)
{
    return is_hurrying(player) && session_view(session).is_simulated;
}

struct player_news player_advance(struct player *player, struct app *app, struct session *session,
                                  uint64_t now_ns, bool *changed)
{
    struct player_news news = {.due_ns = UINT64_MAX};
    uint64_t lag_ns = now_ns - player->driver_ns, most_ns = LAG_MS * (uint64_t)NS_PER_MS;
    player->driver_ns = now_ns;
    player->credit_ns += lag_ns < most_ns ? lag_ns : most_ns;
    // Real lanes do not wait for a quantum of the tape.
    *changed = !session_view(session).is_simulated && session_pump(session);
    for (int i = 0;
         player->credit_ns >= quantum_ns || (runs_ahead(player, session) && i < HURRY_QUANTA);
         i++) {
        player->credit_ns -= player->credit_ns >= quantum_ns ? quantum_ns : player->credit_ns;
        news = player_play_quantum(player, app, session, changed);
        if (news.kind != NEWS_NONE || must_react(&news) || orders_are_open(session))
            break;
    }
    return news;
}

uint64_t player_clock_ns(const struct player *player)
{
    return player->clock_ns;
}

void player_next_page(struct player *player, struct app *app)
{
    bool was_held = player->is_held;
    player->is_held = false;
    app_await_page(app, false);
    if (player->phase == PHASE_REST) {
        player->rests++;
        go_on(player);
    } else if (player->phase == PHASE_ASKING) {
        app_stop_asking(app); // the answer is told, and the page plays on
    } else if (!was_held && !is_resting(player)) {
        int rest = player->hurries_to == NO_REST ? player->rests : player->hurries_to;
        hurry(player, rest, true);
    }
}

size_t player_previous_page(struct player *player, struct app *app)
{
    int rest = player->rests - 1;
    app_stop_asking(app);
    app_reset(app);
    player->phase = PHASE_NEXT;
    player->is_held = false;
    hurry(player, rest < 0 ? NO_REST : rest, false);
    player->clock_ns = player->credit_ns = 0;
    player->now_ns = player->played_ns = 0;
    struct tape_place place = tape_place_before(player->tape, rest);
    player->at = place.step;
    player->rests = place.rests;
    return place.run;
}

void player_note_key(struct player *player, struct app *app, const struct session *session,
                     enum command command)
{
    if (!command_changes_run(command) || is_resting(player))
        return;
    bool is_paused = session_view(session).is_paused;
    if (command == COMMAND_PAUSE && player->is_held_by_pause && !is_paused) {
        player->is_held = player->is_held_by_pause = false;
        app_await_page(app, false);
        return;
    }
    player->is_held_by_pause = command == COMMAND_PAUSE && !player->is_held;
    player->is_held = true;
    hurry(player, NO_REST, false);
    app_await_page(app, true);
}
