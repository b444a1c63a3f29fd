#include "export/still.h"

#include "base/text.h"
#include "export/svg.h"
#include "view/app.h"

bool still_write(FILE *out, struct session *session, const struct still *still, struct error *err)
{
    uint64_t end_ns = session_view(session).now_ns;
    if (still->has_time && still->t_ns > end_ns) {
        char at[16], end[16];
        return error_set(err, "%s is after the end of the run, which took %s",
                         text_duration(at, still->t_ns), text_duration(end, end_ns));
    }
    const struct app_options how = {.theme = still->theme};
    struct app *app = app_new(&how, err);
    if (!app)
        return false;
    app_attach(app, session);
    app_resize(app, still->w, still->h);
    if (still->has_time)
        app_show_time(app, still->t_ns);
    struct frame *frame =
        frame_new(still->w, still->h, still->is_ascii ? GLYPHS_ASCII : GLYPHS_UTF8);
    app_draw(app, frame);
    svg_write(out, frame, app_theme(app));
    frame_free(frame);
    app_free(app);
    return true;
}
