#ifndef TESTS_FAKE_SCREEN_H
#define TESTS_FAKE_SCREEN_H

// The screen of a fake view as text, and keys pressed on it.
#include "export/text.h"
#include "fake_view.h"
#include "view/app.h"

#include <stdio.h>
#include <stdlib.h>

static inline struct app *new_app(const struct session_view *view, int w, int h)
{
    struct error err;
    struct app *app = app_new(&(struct app_options){0}, &err);
    app_show(app, view);
    app_resize(app, w, h);
    return app;
}

static inline char *screen_text(const struct app *app, int w, int h, enum glyph_set glyphs)
{
    struct frame *frame = frame_new(w, h, glyphs);
    app_draw(app, frame);
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    text_write(out, frame);
    fclose(out);
    frame_free(frame);
    return text;
}

static inline bool screen_has(const struct app *app, int w, int h, const char *what)
{
    char *text = screen_text(app, w, h, GLYPHS_UTF8);
    bool has = strstr(text, what) != NULL;
    free(text);
    return has;
}

static inline void press(struct app *app, const char *keys)
{
    for (; *keys; keys++) {
        const char key[2] = {*keys, '\0'};
        app_press(app, key);
    }
}

#endif
