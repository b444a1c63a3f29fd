#ifndef VIEW_GLYPH_H
#define VIEW_GLYPH_H

#include "trace/timeline.h"

// The signs that screens are made of, from one table with two sets.
enum glyph {
#define GLYPH(name, utf8, ascii, help) GLYPH_##name,
#include "view/glyphs.def"
#undef GLYPH
    GLYPH_COUNT
};

// ASCII is for LANG=C, the Linux console (whose font lacks most blocks) and old terminals.
enum glyph_set { GLYPHS_UTF8, GLYPHS_ASCII };

const char *glyph_text(enum glyph glyph, enum glyph_set set);
const char *glyph_help(enum glyph glyph);
// The sign of the ASCII set for one character of the other; NULL when the table has none.
const char *glyph_to_ascii(const char *utf8);

enum glyph glyph_of_state(enum lane_state state);
enum glyph glyph_of_mark(enum mark mark);
// Heights 0 to 8, as blocks; 0 is blank.
enum glyph glyph_of_height(int eighths);

#endif
