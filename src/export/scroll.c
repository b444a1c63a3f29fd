#include "export/scroll.h"

#include "export/cast.h"

#include "base/clock.h"
#include "view/app.h"

#include <assert.h>

enum { FRAMES_PER_S = 25, ZOOMS = 3 };

// At native speed the whole run would be in view, and nothing would scroll.
static void zoom_in(struct app *app, const struct session_view *view)
{
    for (int i = 0; i < ZOOMS && view->pace_ns == 0; i++)
        app_command(app, COMMAND_ZOOM_IN);
}

void scroll_write(FILE *out, struct session *session, const struct still *still, uint64_t per_s_ns)
{
    struct error err;
    struct session_view view = session_view(session);
    const struct app_options how = {.theme = still->theme};
    struct app *app = app_new(&how, &err);
    assert(app);
    struct frame *frame =
        frame_new(still->w, still->h, still->is_ascii ? GLYPHS_ASCII : GLYPHS_UTF8);
    struct cast *cast = cast_new(out);
    app_attach(app, session);
    app_resize(app, still->w, still->h);
    zoom_in(app, &view);
    uint64_t from_ns = still->has_time && still->t_ns < view.now_ns ? still->t_ns : 0;
    uint64_t length_ns = view.now_ns - from_ns;
    if (per_s_ns == 0)
        per_s_ns = length_ns / SCROLL_UNASKED_S;
    if (per_s_ns <= length_ns / SCROLL_MAX_S)
        per_s_ns = length_ns / SCROLL_MAX_S + 1;
    uint64_t n_frames = (uint64_t)((unsigned __int128)length_ns * FRAMES_PER_S / per_s_ns);
    for (uint64_t i = 0; i <= n_frames; i++) {
        uint64_t at_ns = (uint64_t)((unsigned __int128)i * per_s_ns / FRAMES_PER_S);
        app_show_time(app, i == n_frames ? view.now_ns : from_ns + at_ns);
        app_draw(app, frame);
        cast_frame(cast, frame, app_theme(app), i * (NS_PER_S / FRAMES_PER_S));
    }
    cast_free(cast);
    frame_free(frame);
    app_free(app);
}
