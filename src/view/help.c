#include "view/hint.h"
#include "view/overlay.h"
#include "view/paragraph.h"

#include <limits.h>

// The help: what the scenario is about, every key with its command's name, then every sign. From
// the same tables as the keymap and the drawing, so that it cannot be wrong.

// It is a list of blocks, each of which stays whole, which flow from column to column where the
// screen is wide enough for more than one.

enum {
    KEY_W = 10,
    KEYS_SHOWN = 3, // of one command
    NAME_W = 15,
    NARROW = 70,   // below this the names of commands give way
    COLUMN_W = 80, // of a column, at least, where there are several
    COLUMNS_MAX = 3,
    FRAME_ROWS = 2,
    N_SIGNS = GLYPH_BLANK,
    N_COMMANDS = COMMAND_COUNT - 1,
    N_BLOCKS = 1 + N_COMMANDS + N_SIGNS + 1, // what it is about, keys, signs, the log
};

static const char log_help[] =
    "A number counts the stores that overwrote updates, not the updates: one store can overwrite "
    "several, and one whose updates are all restored keeps its number. An update is restored when "
    "a "
    "later store was built on it.";

struct help {
    const char *about;
    const struct keymap *keymap;
};

// Where the text beside the keys begins.
static int text_x(int w)
{
    return w < NARROW ? KEY_W : KEY_W + NAME_W;
}

// What stands above the first block of a kind; NULL above the others.
static const char *heading_of(size_t block)
{
    return block == 1                          ? "keys"
           : block == 1 + N_COMMANDS           ? "signs of lanes and their marks"
           : block == 1 + N_COMMANDS + N_SIGNS ? "numbers of lost updates"
                                               : NULL;
}

// Rows of a block without its heading.
static int text_rows(const struct help *help, size_t block, int w)
{
    if (block == 0)
        return hint_rows(help->keymap, help->about, paragraph_columns(w));
    if (block == 1 + N_COMMANDS + N_SIGNS)
        return paragraph_rows(log_help, w - 2);
    int rows =
        block <= N_COMMANDS
            ? paragraph_rows(command_table[block].help, w - text_x(w) - 1)
            : paragraph_rows(glyph_help((enum glyph)(block - 1 - N_COMMANDS)), w - KEY_W - 1);
    return rows > 0 ? rows : 1;
}

// With a heading, and a row between it and what is above.
static int block_rows(const struct help *help, size_t block, int w, int y)
{
    int rows = text_rows(help, block, w);
    return heading_of(block) ? rows + 1 + (y > 0) : rows;
}

// Where the blocks stand when no column is higher than `h`, unless a block alone is.
struct flow {
    int w, n_columns, h; // w: of each column; h: of the highest
};

// How many columns that takes.
static int columns_of(const struct help *help, int w, int h, int *highest)
{
    int n = 1, y = 0;
    *highest = 0;
    for (size_t block = 0; block < N_BLOCKS; block++) {
        if (y > 0 && y + block_rows(help, block, w, y) > h) {
            n++;
            y = 0;
        }
        y += block_rows(help, block, w, y);
        *highest = y > *highest ? y : *highest;
    }
    return n;
}

// As low as can be.
static struct flow flow_make(const struct help *help, int w)
{
    struct flow flow = {.n_columns = w / COLUMN_W};
    if (flow.n_columns > COLUMNS_MAX)
        flow.n_columns = COLUMNS_MAX;
    if (flow.n_columns < 1)
        flow.n_columns = 1;
    flow.w = w / flow.n_columns;
    int all;
    columns_of(help, flow.w, INT_MAX, &all);
    for (int h = all / flow.n_columns; columns_of(help, flow.w, h, &flow.h) > flow.n_columns; h++)
        continue;
    return flow;
}

int help_rows(int w, const char *about, const struct keymap *keymap)
{
    const struct help help = {about, keymap};
    return flow_make(&help, w).h;
}

int help_visible(int h)
{
    return h > FRAME_ROWS ? h - FRAME_ROWS : 0;
}

// A paragraph that begins in row y, which may lie above the area.
static void draw_wrapped(struct area area, int x, int y, const char *text)
{
    struct area part = area;
    part.x += x;
    part.w -= x + 1;
    paragraph_draw(part, y, ROLE_TEXT, text);
}

static void draw_command(struct area area, int y, enum command command, const struct keymap *keymap)
{
    char key[16];
    int x = 1;
    for (int n = 0; n < KEYS_SHOWN && keymap_key(keymap, command, n, key); n++)
        x = draw_text(area, x, y, ROLE_TITLE, key) + 1;
    if (keymap_key(keymap, command, KEYS_SHOWN, key))
        draw_glyph(area, x, y, ROLE_TITLE, GLYPH_CUT);
    if (area.w >= NARROW)
        draw_text(area, KEY_W, y, ROLE_DIM, command_table[command].name);
    draw_wrapped(area, text_x(area.w), y, command_table[command].help);
}

static enum role sign_role(enum glyph glyph)
{
    if (glyph <= GLYPH_STATE_FAILED)
        return state_role((enum lane_state)(glyph - GLYPH_STATE_NEW));
    if (glyph <= GLYPH_MARK_BROKEN)
        return ROLE_LOST;
    return ROLE_TITLE;
}

static void draw_sign(struct area area, int y, enum glyph glyph)
{
    draw_run(area, 2, y, glyph <= GLYPH_STATE_FAILED ? 5 : 1, sign_role(glyph), glyph);
    draw_wrapped(area, KEY_W, y, glyph_help(glyph));
}

static void draw_block(const struct help *help, size_t block, struct area area, int y)
{
    if (block == 0)
        hint_paragraph(area_part(area, 1, 0, paragraph_columns(area.w), area.h), y, ROLE_TEXT,
                       help->keymap, help->about);
    else if (block <= N_COMMANDS)
        draw_command(area, y, (enum command)block, help->keymap);
    else if (block <= N_COMMANDS + N_SIGNS)
        draw_sign(area, y, (enum glyph)(block - 1 - N_COMMANDS));
    else
        draw_wrapped(area, 1, y, log_help);
}

static void draw_blocks(const struct help *help, struct area area, int top)
{
    struct flow flow = flow_make(help, area.w);
    int x = 0, y = 0;
    for (size_t block = 0; block < N_BLOCKS; block++) {
        if (y > 0 && y + block_rows(help, block, flow.w, y) > flow.h) {
            x += flow.w;
            y = 0;
        }
        struct area column = area_part(area, x, 0, flow.w, area.h);
        int text_y = y + block_rows(help, block, flow.w, y) - text_rows(help, block, flow.w);
        if (heading_of(block))
            draw_text(column, 1, text_y - 1 - top, ROLE_HEADING, heading_of(block));
        draw_block(help, block, column, text_y - top);
        y = text_y + text_rows(help, block, flow.w);
    }
}

static void draw_foot(struct area area, int top, int hidden, const struct keymap *keymap)
{
    int y = area.h - 1;
    draw_run(area, 0, y, area.w, ROLE_EDGE, GLYPH_HORIZONTAL);
    if (hidden <= 0 && top == 0)
        return;
    int x = hint_draw(area, 1, y, area.w, ROLE_KEY, keymap, " {up} {down} ");
    if (hidden > 0)
        draw_textf(area, x, y, ROLE_TITLE, " scroll: %d more %s below ", hidden,
                   hidden == 1 ? "row" : "rows");
    else
        draw_text(area, x, y, ROLE_TITLE, " scroll: this is the end ");
}

void help_draw(struct area area, int top, const char *about, const struct keymap *keymap)
{
    const struct help help = {about, keymap};
    char note[32];
    draw_fill(area, ROLE_TEXT);
    hint_text(keymap, "{close} closes", note, sizeof note);
    struct area below = panel_heading(area, "help", ROLE_DIM, note);
    below.h = help_visible(area.h);
    draw_blocks(&help, below, top);
    draw_foot(area, top, help_rows(area.w, about, keymap) - top - below.h, keymap);
}
