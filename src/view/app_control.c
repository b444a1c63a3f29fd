#include "view/app_control.h"

#include "base/text.h"

#include <string.h>

unsigned control_say_pace(struct app *app)
{
    struct session_view view = session_view(app->session);
    char pace[16];
    if (view.pace_ns == 0)
        app_say(app, "native speed");
    else
        app_say(app, "%s before each op on a shared cell", text_duration(pace, view.pace_ns));
    return REACT_REDRAW;
}

// A simulated run has begun again with another lock: what has become of the learner's own schedule.
static void say_begun(struct app *app, const char *lock)
{
    const char *kept = session_kept_schedule(app->session);
    app_say(app, "lock %s: %s", lock, kept[0] ? kept : "simulated from the beginning");
}

unsigned control_lock(struct app *app, int unused)
{
    (void)unused;
    session_lock_toggle(app->session);
    struct session_view view = session_view(app->session);
    if (view.lock == SWITCH_NONE)
        app_say(app, "this scenario has no lock");
    else if (view.is_simulated)
        say_begun(app, view.lock_wanted ? "on" : "off");
    else if (view.is_ended)
        app_say(app, "lock %s from the next run on", view.lock_wanted ? "on" : "off");
    else
        app_say(app, "lock %s from each lane's next `with`", view.lock_wanted ? "on" : "off");
    return REACT_REDRAW;
}

unsigned control_kind(struct app *app, int unused)
{
    (void)unused;
    session_lock_kind_next(app->session);
    struct session_view view = session_view(app->session);
    if (view.lock == SWITCH_NONE)
        app_say(app, "this scenario has no lock");
    else if (session_kept_schedule(app->session)[0])
        say_begun(app, view.lock_kind);
    else
        app_say(app, "lock %s: %s", view.lock_kind, view.lock_kind_help);
    app_begin_run(app);
    return REACT_REDRAW;
}

// With the same seed, or with the next.
unsigned control_restart(struct app *app, int next)
{
    struct session_view view = session_view(app->session);
    uint64_t seed = view.seed + (uint64_t)next;
    struct error err;
    if (!session_restart(app->session, seed, &err)) {
        app_hint(app, err.text);
        return REACT_REDRAW;
    }
    app_begin_run(app);
    app_say(app, "again, seed %llu", (unsigned long long)seed);
    return REACT_REDRAW;
}

unsigned control_pause(struct app *app, int unused)
{
    (void)unused;
    struct session_view view = session_view(app->session);
    session_pause(app->session, !view.is_paused);
    return REACT_REDRAW;
}

unsigned control_pace(struct app *app, int direction)
{
    if (direction < 0)
        session_pace_slower(app->session);
    else if (direction > 0)
        session_pace_faster(app->session);
    else
        session_pace_native(app->session);
    return control_say_pace(app);
}

unsigned control_arrange(struct app *app, int unused)
{
    (void)unused;
    struct session_view view = session_view(app->session);
    if (session_arrange(app->session))
        app_say(app, "a loss will be arranged at the next chance");
    else if (view.lock != SWITCH_NONE && view.lock_wanted && !view.is_ended)
        app_hint(app, "the lock is on: no loss can be arranged; {lock} switches it off");
    else if (view.gil != GIL_OFF && !view.is_ended)
        app_hint(app, "the GIL decides who runs: no loss can be arranged; {gil} switches it off");
    else if (view.is_private || view.mode == MODE_SEQUENTIAL)
        app_say(app, "no lane can overwrite another's update here: no loss can be arranged");
    else
        app_say(app, "no loss can be arranged now");
    return REACT_REDRAW;
}

// The next run may have other lanes.
static void begin_other_run(struct app *app)
{
    struct session_view view = session_view(app->session);
    if (app->cursor_lane >= view.n_lanes)
        app->cursor_lane = view.n_lanes > 0 ? view.n_lanes - 1 : 0;
    if (app->first_lane >= view.n_lanes)
        app->first_lane = 1;
    app_begin_run(app);
}

// What came of the mode beside the mode itself: another kind of lock, as processes need one that
// survives their death, or a mode that was left out.
static const char *mode_remark(const struct session_view *was, const struct session_view *view,
                               char *out, size_t size)
{
    out[0] = '\0';
    if (view->lock != SWITCH_NONE && strcmp(was->lock_kind, view->lock_kind) != 0)
        text_format(out, size, "; lock %s: %s is for threads", view->lock_kind, was->lock_kind);
    else if (was->mode == MODE_PROCESSES && view->mode == MODE_THREADS &&
             view->prog->pool.n_items == 0)
        text_format(out, size, "; one after another, who waits for a later one waits for ever");
    return out;
}

// "as processes, each with its own memory"
static void say_mode(struct app *app, const struct session_view *was)
{
    char remark[96];
    struct session_view view = session_view(app->session);
    bool has_processes = program_uses_processes(view.prog);
    const char *memory = view.is_private ? ", each with its own memory" : " that share the memory";
    if (view.mode == MODE_SEQUENTIAL)
        app_say(app, "one after another");
    else
        app_say(app, "as %s%s%s%s", view.prog->pool.n_items > 0 ? "a pool of " : "",
                has_processes ? "processes" : "threads",
                has_processes && view.prog->n_cells > 0 ? memory : "",
                mode_remark(was, &view, remark, sizeof remark));
}

// Where every mode is measured there is no scenario to change.
static bool is_of_comparison(struct app *app, const char *why_not)
{
    if (!app->comparison)
        return false;
    app_hint(app, why_not);
    return true;
}

unsigned control_mode(struct app *app, int unused)
{
    (void)unused;
    struct error err;
    if (is_of_comparison(app, "every mode is measured here, one after another"))
        return REACT_REDRAW;
    if (!app->session)
        return REACT_NONE;
    struct session_view was = session_view(app->session);
    if (session_mode_next(app->session, &err)) {
        begin_other_run(app);
        say_mode(app, &was);
    } else {
        app_hint(app, err.text);
    }
    return REACT_REDRAW;
}

// What the dial means, in a line that can be read out.
static void say_gil(struct app *app)
{
    struct session_view view = session_view(app->session);
    switch (view.gil) {
    case GIL_OFF:
        app_say(app, "no GIL, as in free-threaded Python: threads run at once");
        return;
    case GIL_3_10:
        app_say(app, "GIL of Python 3.10 to 3.13: switches at calls and where loops jump back");
        return;
    case GIL_3_9:
        app_say(app, "GIL of Python 3.9 and before: switches between any two steps");
        return;
    case GIL_COUNT:
        return;
    }
}

unsigned control_gil(struct app *app, int unused)
{
    (void)unused;
    struct error err;
    if (is_of_comparison(app, "threads are measured here with the GIL and without it"))
        return REACT_REDRAW;
    if (!app->session)
        return REACT_NONE;
    if (session_gil_next(app->session, &err)) {
        begin_other_run(app);
        say_gil(app);
    } else {
        app_hint(app, err.text);
    }
    return REACT_REDRAW;
}

unsigned control_memory(struct app *app, int unused)
{
    (void)unused;
    struct error err;
    if (is_of_comparison(app, "no memory is shared here: each task waits or computes by itself"))
        return REACT_REDRAW;
    if (!app->session)
        return REACT_NONE;
    struct session_view was = session_view(app->session);
    if (session_memory_next(app->session, &err)) {
        begin_other_run(app);
        say_mode(app, &was);
    } else {
        app_hint(app, err.text);
    }
    return REACT_REDRAW;
}

// Why the lane at the cursor cannot be killed; NULL when it can.
static const char *why_not_kill(const struct app *app, const struct session_view *view)
{
    if (!app->has_cursor || app->cursor_lane >= view->n_lanes)
        return "choose a lane with {up} and {down} first";
    if (app->cursor_lane == 0)
        return "main cannot be killed: it starts and joins the others";
    const struct session_lane *lane = &view->lanes[app->cursor_lane];
    if (view->is_simulated)
        return "in a simulation no lane can be killed; {simulate} runs real lanes";
    if (view->is_ended || lane->end_ns != UINT64_MAX)
        return "this lane has ended";
    return lane->is_started ? NULL : "this lane has not started";
}

unsigned control_kill(struct app *app, int unused)
{
    (void)unused;
    struct session_view view;
    if (!app_view(app, &view))
        return REACT_NONE;
    size_t lane = app->cursor_lane;
    bool is_answer = app->asked_lane != 0 && app->asked_lane == lane;
    const char *why_not = why_not_kill(app, &view);
    if (why_not) {
        app_hint(app, why_not);
    } else if (!is_answer) {
        char question[TOAST_MAX];
        text_format(question, sizeof question, "kill %s? {kill} again kills it",
                    view.lanes[lane].name);
        app_hint(app, question);
        app->asked_lane = lane;
    } else if (app->session && session_kill_lane(app->session, lane)) {
        // Of a process the message line says at once what became of it.
        if (view.lanes[lane].kind == LANE_PROCESS)
            app->toast[0] = '\0';
        else
            app_say(app, "%s is being killed", view.lanes[lane].name);
    } else {
        app_say(app, "%s cannot be killed", view.lanes[lane].name);
    }
    return REACT_REDRAW;
}
