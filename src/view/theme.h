#ifndef VIEW_THEME_H
#define VIEW_THEME_H

#include "view/role.h"

#include <stdbool.h>
#include <stdint.h>

// How roles look: for terminals with 256, 16, 8 and no colours, and for pictures.
//
// Backgrounds of the terminal are left as they are: a light theme is for a light terminal, it does
// not paint one.
enum style_attribute {
    STYLE_BOLD = 1,
    STYLE_REVERSE = 2,
    STYLE_UNDERLINE = 4,
    STYLE_STRIKE = 8, // where it can be shown: pictures; never the only sign of anything
};

enum { STYLE_DEFAULT = -1 };

struct style {
    int16_t fg, bg;     // number of the colour in the terminal, STYLE_DEFAULT: the terminal's own
    uint8_t attributes; // enum style_attribute
};

struct theme {
    const char *name; // as --theme has it
    const char *help;
    bool is_light;               // for a light background
    const struct style *full;    // [ROLE_COUNT] for 256 colours; xterm's numbers
    const struct style *sixteen; // numbers 0 to 15
    const struct style *eight;   // numbers 0 to 7
    // What a picture that is no screen of ours brings along: the looks of the roles from ROLE_COUNT
    // up, for 256 colours.
    const struct style *more;
    int n_more; // at most THEME_MORE_MAX
};

enum { THEME_MORE_MAX = 256 - ROLE_COUNT };

// NULL-terminated; the first is the default.
extern const struct theme *const themes[];

const struct theme *theme_find(const char *name); // NULL when there is none
// The one after it, and round; `own` is one more, after the last; NULL: there is none.
const struct theme *theme_next(const struct theme *theme, const struct theme *own);

// How a role, or one of those that the theme has besides, looks on a terminal with that many
// colours: 256 or more, 16, 8, or fewer (then only attributes are used).
struct style theme_style(const struct theme *theme, enum role role, int colours);

// 0xRRGGBB of one of xterm's 256 colours.
uint32_t theme_rgb(int number);
// What a picture is drawn on, 0xRRGGBB, and what STYLE_DEFAULT is as a foreground.
uint32_t theme_background(const struct theme *theme);
uint32_t theme_foreground(const struct theme *theme);

#endif
