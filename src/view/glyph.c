#include "view/glyph.h"

#include "base/mem.h"

#include <assert.h>
#include <string.h>

struct glyph_line {
    const char *text[2]; // [enum glyph_set]
    const char *help;
};

static const struct glyph_line glyph_table[GLYPH_COUNT] = {
#define GLYPH(name, utf8, ascii, help) [GLYPH_##name] = {{utf8, ascii}, help},
#include "view/glyphs.def"
#undef GLYPH
};

// Characters that are not signs of the screen, but that texts are written with.
static const struct {
    const char *utf8, *ascii;
} spelled[] = {
    {"µ", "u"}, {"–", "-"}, {"—", "-"}, {"‘", "'"}, {"’", "'"}, {"“", "\""}, {"”", "\""},
};

const char *glyph_text(enum glyph glyph, enum glyph_set set)
{
    return glyph_table[glyph].text[set];
}

const char *glyph_help(enum glyph glyph)
{
    return glyph_table[glyph].help;
}

const char *glyph_to_ascii(const char *utf8)
{
    for (int glyph = 0; glyph < GLYPH_COUNT; glyph++)
        if (strcmp(glyph_table[glyph].text[GLYPHS_UTF8], utf8) == 0)
            return glyph_table[glyph].text[GLYPHS_ASCII];
    for (size_t i = 0; i < ARRAY_LEN(spelled); i++)
        if (strcmp(spelled[i].utf8, utf8) == 0)
            return spelled[i].ascii;
    return NULL;
}

enum glyph glyph_of_state(enum lane_state state)
{
    static_assert(GLYPH_STATE_FAILED - GLYPH_STATE_NEW == LANE_FAILED, "one glyph a state");
    return (enum glyph)(GLYPH_STATE_NEW + (int)state);
}

enum glyph glyph_of_mark(enum mark mark)
{
    static_assert(GLYPH_MARK_GAP - GLYPH_MARK_LOSS == MARK_GAP, "one glyph a mark");
    return (enum glyph)(GLYPH_MARK_LOSS + (int)mark);
}

enum glyph glyph_of_height(int eighths)
{
    if (eighths <= 0)
        return GLYPH_BLANK;
    return (enum glyph)(GLYPH_EIGHTH_1 + (eighths > 8 ? 8 : eighths) - 1);
}
