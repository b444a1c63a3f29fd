#include "tui/screen_private.h"

#include "base/text.h"

#include <stdlib.h>

enum { WHITE = 7, BLACK = 0, PALETTE = 256 };

static bool is_unwanted(void)
{
    const char *value = getenv("NO_COLOR");
    return value && value[0];
}

static int levels(int colours)
{
    return colours >= PALETTE ? PALETTE : colours >= 16 ? 16 : colours >= 8 ? 8 : 0;
}

void colour_open(struct screen *screen)
{
    if (is_unwanted() || !has_colors() || start_color() == ERR)
        return;
    // One pair a role.
    if (COLOR_PAIRS <= ROLE_COUNT)
        return;
    screen->has_own_default = use_default_colors() != ERR;
    screen->is_direct = COLORS > PALETTE;
    screen->colours = levels(COLORS);
}

static int number_of(const struct screen *screen, int16_t colour, int otherwise)
{
    if (colour == STYLE_DEFAULT)
        return screen->has_own_default ? -1 : otherwise;
    return screen->is_direct ? (int)theme_rgb(colour) : colour;
}

static attr_t attributes_of(unsigned attributes)
{
    attr_t out = A_NORMAL;
    if (attributes & STYLE_BOLD)
        out |= A_BOLD;
    if (attributes & STYLE_REVERSE)
        out |= A_REVERSE;
    if (attributes & STYLE_UNDERLINE)
        out |= A_UNDERLINE;
    return out;
}

// What sets a colour: by setaf or setab. -1 is the pen's own, so nothing.
static void write_colour(char out[COLOUR_BYTES], const char *capability, int number)
{
    const char *set = screen_terminfo(capability);
    text_format(out, COLOUR_BYTES, "%s", set && number >= 0 ? tiparm(set, number) : "");
}

static struct look look_of(const struct screen *screen, const struct theme *theme, int role)
{
    struct style style = theme_style(theme, (enum role)role, screen->colours);
    struct look look = {.attributes = attributes_of(style.attributes), .style = style.attributes};
    bool is_plain = style.fg == STYLE_DEFAULT && style.bg == STYLE_DEFAULT;
    if (screen->colours == 0 || (is_plain && screen->has_own_default) || role + 1 >= COLOR_PAIRS)
        return look;
    int foreground = number_of(screen, style.fg, WHITE);
    int background = number_of(screen, style.bg, BLACK);
    look.pair = role + 1;
    init_extended_pair(look.pair, foreground, background);
    write_colour(look.foreground, "setaf", foreground);
    write_colour(look.background, "setab", background);
    return look;
}

void colour_use_theme(struct screen *screen, const struct theme *theme)
{
    for (int role = 0; role < ROLE_COUNT + theme->n_more; role++)
        screen->looks[role] = look_of(screen, theme, role);
    screen->theme = theme;
}
