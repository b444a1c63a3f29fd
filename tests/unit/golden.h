#ifndef TESTS_GOLDEN_H
#define TESTS_GOLDEN_H

// Golden screens: what a run looks like, cell by cell, without a terminal. After a change that is
// meant, look at the new screens and write them with RACELANE_UPDATE_GOLDEN=1 in the environment of
// the tests.
#include "fake_screen.h"

static inline char *file_text(const char *path)
{
    FILE *in = fopen(path, "r");
    if (!in)
        return NULL;
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    for (int c; (c = fgetc(in)) != EOF;)
        fputc(c, out);
    fclose(in);
    fclose(out);
    return text;
}

static inline void write_golden(const char *path, const char *text)
{
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

// `text` is malloc'd and freed here.
static inline void check_golden_text(const char *name, char *text)
{
    char path[512];
    text_format(path, sizeof(path), "%s/golden/%s.txt", TESTS_DIR, name);
    if (getenv("RACELANE_UPDATE_GOLDEN"))
        write_golden(path, text);
    char *golden = file_text(path);
    if (!golden || strcmp(golden, text) != 0) {
        print_error("%s is not the screen now:\n%s", path, text);
        fail();
    }
    free(golden);
    free(text);
}

static inline void check_golden(const char *name, const struct app *app, int w, int h,
                                enum glyph_set glyphs)
{
    check_golden_text(name, screen_text(app, w, h, glyphs));
}

#endif
