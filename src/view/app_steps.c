#include "view/app_steps.h"

unsigned steps_simulate(struct app *app, int unused)
{
    (void)unused;
    struct error err;
    bool is_simulated = session_view(app->session).is_simulated;
    if (!session_simulate(app->session, !is_simulated, &err))
        app_hint(app, err.text);
    else if (is_simulated)
        app_say(app, "real lanes again");
    else
        app_hint(app, "simulated: {step} and {back} step, 1 to 9 choose the lane, {pause} plays");
    app_begin_run(app);
    return REACT_REDRAW;
}

// What a step did is on the screen; only what it could not do is told.
static unsigned told(struct app *app, bool is_done, const struct error *err)
{
    if (!is_done)
        app_hint(app, err->text);
    else
        app->toast[0] = '\0';
    return REACT_REDRAW;
}

unsigned steps_step(struct app *app, int unused)
{
    (void)unused;
    struct error err;
    return told(app, session_step(app->session, SESSION_ANY_LANE, &err), &err);
}

unsigned steps_back(struct app *app, int unused)
{
    (void)unused;
    struct error err;
    return told(app, session_step_back(app->session, &err), &err);
}

unsigned steps_lane(struct app *app, int unused)
{
    (void)unused;
    struct error err;
    return told(app, session_step(app->session, app->key_lane, &err), &err);
}

unsigned steps_next_line(struct app *app, int unused)
{
    (void)unused;
    struct error err;
    return told(app, session_next_line(app->session, &err), &err);
}
