#include "export/still.h"

#include "export/svg.h"
#include "view/app.h"

#include <assert.h>

void still_write(FILE *out, struct session *session, const struct still *still)
{
    struct error err;
    const struct app_options how = {.theme = still->theme};
    struct app *app = app_new(&how, &err);
    assert(app);
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
}
