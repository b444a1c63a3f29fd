#include "view/copies.h"
#include "view/digits.h"
#include "view/scene.h"

#include "base/mem.h"
#include "base/text.h"

#include <string.h>

// The counter: its value in big digits, what it should be, what was lost, and whose.

// One line of the table below the digits: a name and right-aligned numbers. The columns before
// which they end, narrow and wide.
struct table_columns {
    int name_w, made, lost, overwrote;
};

static struct table_columns table_columns(struct area area)
{
    enum { WIDE = 52 };
    if (area.w >= WIDE)
        return (struct table_columns){13, 25, 37, 49};
    return (struct table_columns){10, 18, 26, 36};
}

struct table_line {
    const char *name;
    enum role role;
    uint64_t made, lost, overwrote;
    bool has_overwrote;
};

// After column x, which stays blank.
static void draw_number(struct area area, int x, int x_end, int y, enum role role, int64_t number)
{
    char text[28];
    draw_right(area, x_end, y, role, scene_number(text, number, x_end - x - 1));
}

static void draw_line(struct area area, int y, const struct table_line *line)
{
    const struct table_columns at = table_columns(area);
    draw_text_cut(area, 1, y, at.name_w - 1, line->role, line->name);
    draw_number(area, at.name_w - 1, at.made, y, ROLE_TEXT, (int64_t)line->made);
    draw_number(area, at.made, at.lost, y, line->lost ? ROLE_LOST : ROLE_DIM, (int64_t)line->lost);
    if (line->has_overwrote)
        draw_number(area, at.lost, at.overwrote, y, ROLE_TEXT, (int64_t)line->overwrote);
}

static void draw_table_head(struct area area, int y)
{
    const struct table_columns at = table_columns(area);
    draw_right(area, at.made, y, ROLE_DIM, "made");
    draw_right(area, at.lost, y, ROLE_DIM, "lost");
    draw_right(area, at.overwrote, y, ROLE_DIM, "overwrote");
}

// Updates by how the store had found the lock.
struct tally_line {
    enum ledger_phase phase;
    const char *name;
    enum role role;
    bool is_always_shown; // while the program has a lock
};

static const struct tally_line tally_lines[] = {
    {PHASE_OFF, "lock off", ROLE_LOST_QUIET, true},
    {PHASE_ON, "lock on", ROLE_HOLDING, true},
    {PHASE_SETTLING, "switching", ROLE_BLOCKED, false},
    {PHASE_NONE, "no lock", ROLE_TEXT, false},
};

static bool is_tally_shown(const struct scene *scene, const struct tally_line *line)
{
    struct ledger_tally tally = ledger_tally(scene->view->ledger, line->phase);
    return tally.made + tally.lost > 0 || (line->is_always_shown && scene_has_lock(scene));
}

static int tally_rows(const struct scene *scene)
{
    int rows = 0;
    for (size_t i = 0; i < ARRAY_LEN(tally_lines); i++)
        rows += is_tally_shown(scene, &tally_lines[i]);
    return rows;
}

static void draw_tallies(const struct scene *scene, struct area area, int y)
{
    for (size_t i = 0; i < ARRAY_LEN(tally_lines); i++) {
        const struct tally_line *tally_line = &tally_lines[i];
        struct ledger_tally tally = ledger_tally(scene->view->ledger, tally_line->phase);
        const struct table_line line = {.name = tally_line->name,
                                        .role = tally_line->role,
                                        .made = tally.made,
                                        .lost = tally.lost};
        if (is_tally_shown(scene, tally_line))
            draw_line(area, y++, &line);
    }
}

// Whether the lanes' lines are worth their heading: all of them, or enough of them.
static bool has_lanes_table(const struct scene *scene, int rows)
{
    enum { ROWS_MIN = 4 }; // the heading, two lanes, and how many more there are
    return rows >= (int)scene->view->n_lanes || rows >= ROWS_MIN;
}

// As many as there is room for.
static int draw_lanes_table(const struct scene *scene, struct area area, int y)
{
    size_t hidden = 0;
    for (size_t lane = 1; lane < scene->view->n_lanes; lane++) {
        if (y >= area.h - 1 && lane + 1 < scene->view->n_lanes) {
            hidden++;
            continue;
        }
        struct ledger_lane made = scene_lane_counts(scene, lane);
        const struct table_line line = {.name = lane_name(scene, lane),
                                        .role = lane_role(lane),
                                        .made = made.updates,
                                        .lost = made.lost,
                                        .has_overwrote = true,
                                        .overwrote = made.destroyed};
        if (hidden == 0)
            draw_line(area, y++, &line);
        else
            hidden++;
    }
    if (hidden > 0 && y < area.h)
        draw_textf(area, 1, y++, ROLE_DIM, "and %zu more lanes", hidden);
    return y;
}

// "25 %", "0.7 %", "0.04 %": a share that is not nothing never reads as nothing.
static void share_text(char *out, size_t size, uint64_t lost, uint64_t made)
{
    double share = made ? 100.0 * (double)lost / (double)made : 0;
    if (lost > 0 && share < 0.01) {
        text_format(out, size, "<0.01 %%");
        return;
    }
    int decimals = share >= 10 || lost == 0 ? 0 : share >= 0.1 ? 1 : 2;
    text_format(out, size, "%.*f %%", decimals, share);
}

// "expected 200,000 lost   1,467 0.7 %", at fixed places.
static void draw_sum(struct area area, int y, const struct counter_facts *facts, int columns)
{
    static const char expected[] = "expected ", lost[] = " lost ";
    char share[16], number[28];
    share_text(share, sizeof(share), facts->lost, facts->made);
    enum role role = facts->lost ? ROLE_LOST : ROLE_DIM;
    // The last column is left to the line between the panels.
    int room = (area.w - 2 - (int)(strlen(expected) + strlen(lost))) / 2;
    columns = columns < room ? columns : room;
    int x = draw_text(area, 1, y, ROLE_DIM, expected) + columns;
    draw_right(area, x, y, ROLE_TITLE, scene_number(number, facts->expected, columns));
    x = draw_text(area, x, y, ROLE_DIM, lost) + columns;
    draw_right(area, x, y, role, scene_number(number, (int64_t)facts->lost, columns));
    if (area.w - x - 2 >= (int)strlen(share))
        draw_text(area, x + 1, y, role, share);
}

// The numbers of the short line as texts. A number that is cut would be a wrong one, so what is
// expected gives way to what is lost.
struct short_texts {
    char value[28], expected[48], lost[40];
};

static int short_columns(const struct short_texts *texts)
{
    return (int)(strlen(texts->value) + strlen(texts->expected) + strlen(texts->lost));
}

static void make_short(const struct counter_facts *facts, int columns, struct short_texts *texts)
{
    static const char lost_word[] = " lost ";
    char expected[28], lost[28];
    text_grouped(texts->value, facts->value);
    text_format(texts->expected, sizeof(texts->expected), " expected %s",
                text_grouped(expected, facts->expected));
    text_format(texts->lost, sizeof(texts->lost), "%s%s", lost_word,
                text_grouped(lost, (int64_t)facts->lost));
    if (!facts->has_ledger)
        texts->expected[0] = texts->lost[0] = '\0';
    if (short_columns(texts) > columns)
        texts->expected[0] = '\0';
    if (short_columns(texts) <= columns)
        return;
    int room = facts->has_ledger ? (columns - (int)strlen(lost_word)) / 2 : columns;
    scene_number(texts->value, facts->value, room);
    if (facts->has_ledger)
        text_format(texts->lost, sizeof(texts->lost), "%s%s", lost_word,
                    scene_number(lost, (int64_t)facts->lost, room));
}

// All in one line, where there is no room for more.
static void draw_short(const struct scene *scene, struct area area,
                       const struct counter_facts *facts)
{
    char name[64];
    scene_cell_name(scene, name);
    enum { NUMBERS_MIN = 24 }; // a longer name gives way
    int room = area.w - 2 - (int)text_columns(name);
    struct short_texts texts;
    make_short(facts, room > NUMBERS_MIN ? room : NUMBERS_MIN, &texts);
    int name_w = area.w - 2 - short_columns(&texts);
    int x = draw_text_cut(area, 1, 0, name_w, ROLE_DIM, name) + 1;
    x = draw_text(area, x, 0, ROLE_TITLE, texts.value);
    x = draw_text(area, x, 0, ROLE_TEXT, texts.expected);
    x = draw_text(area, x, 0, facts->lost ? ROLE_LOST : ROLE_DIM, texts.lost);
    if (scene_is_private(scene))
        copies_draw_row(scene, area_part(area, x, 0, area.w - x, 1));
}

// Other shared variables than the counter: name, value, lost.
static int draw_other_cells(const struct scene *scene, struct area area, int y)
{
    const struct session_view *view = scene->view;
    const struct table_columns at = table_columns(area);
    for (size_t cell = 0; cell < view->prog->n_cells && y < area.h; cell++) {
        if (cell == scene->cell)
            continue;
        char name[48], number[28];
        program_cell_name(view->prog, cell, name);
        draw_text_cut(area, 1, y, at.name_w, ROLE_TEXT, name);
        text_grouped(number, view->cells[cell]);
        int end = (int)strlen(number) < at.made - at.name_w ? at.made : at.lost;
        draw_number(area, at.name_w, end, y, ROLE_TITLE, view->cells[cell]);
        uint64_t lost = view->ledger && !view->is_bare ? ledger_cell(view->ledger, cell)->lost : 0;
        int room = area.w - end - 2 - (int)strlen(" lost");
        if (lost > 0)
            draw_textf(area, end + 1, y, ROLE_LOST, "%s lost",
                       scene_number(number, (int64_t)lost, room));
        y++;
    }
    return y;
}

static uint64_t updates_made(const struct session_view *view)
{
    uint64_t made = 0;
    for (size_t lane = 0; lane < view->n_lanes; lane++)
        made += view->lanes[lane].updates;
    return made;
}

static void draw_details(const struct scene *scene, struct area area)
{
    if (scene_is_private(scene)) {
        int y = copies_draw_table(scene, area);
        draw_other_cells(scene, area, y + 1);
        return;
    }
    if (scene->view->is_bare) {
        char number[28];
        draw_text(area, 1, 0, ROLE_TEXT, "bare: totals only");
        draw_text(area, 1, 1, ROLE_DIM, "plain loads and stores, no ledger");
        draw_textf(area, 1, 2, ROLE_TEXT, "%s updates made",
                   text_grouped(number, (int64_t)updates_made(scene->view)));
        draw_other_cells(scene, area, 4);
        return;
    }
    int y = 0;
    int others = scene_other_rows(scene);
    // The lock's lines are worth more than a long list of lanes, and the other variables more than
    // the lock's lines, which count all of them.
    int tallies = tally_rows(scene);
    struct area lanes = area;
    lanes.h -= others == 0 ? tallies : others;
    bool has_lanes = has_lanes_table(scene, lanes.h);
    if (has_lanes || others == 0)
        draw_table_head(area, y++);
    if (has_lanes)
        y = draw_lanes_table(scene, lanes, y);
    if (others == 0) {
        draw_tallies(scene, area, y);
        return;
    }
    y = draw_other_cells(scene, area, y);
    if (tallies == 0 || area.h - y < tallies + 2)
        return;
    draw_text(area, 1, y + 1, ROLE_DIM, "all of them");
    draw_tallies(scene, area, y + 2);
}

// Where each process has a copy of its own: main's, and one beside it.
static void draw_big_copies(const struct scene *scene, struct area area,
                            const struct counter_facts *facts)
{
    int half = area.w / 2;
    const struct digit_size *size = digits_fit(scene_digits(scene), half - 4, area.h - 2);
    if (!size) {
        draw_short(scene, area, facts);
        return;
    }
    int top = 1 + (area.h - 1 - size->rows) / 2;
    char name[64];
    draw_right(area, half - 2, top - 1, ROLE_HEADING, scene_cell_name(scene, name));
    digits_draw(area, half - 2, top, ROLE_TITLE, size, (long long)facts->value);
    copies_draw_big(scene, area_part(area, half, top - 1, area.w - half, area.h - top), size);
}

// Its state as large as there is room: it has to be read where no word can be.
static void draw_big_lock(const struct scene *scene, struct area block)
{
    char lock[48];
    enum role role;
    if (!scene_lock_badge(scene->view, lock, &role))
        return;
    enum { WORD_W = 8 }; // "  LOCK  "
    const char *state = scene->view->lock == SWITCH_ON ? "On" : "OFF";
    bool is_settled = scene->view->lock != SWITCH_TURNING;
    int room = block.w - WORD_W - 2;
    // An F of three rows needs half blocks.
    enum { ROWS_MIN = 5 };
    bool is_ascii = frame_glyphs(block.frame) == GLYPHS_ASCII;
    int rows = block.h < ROWS_MIN || (is_ascii && block.h == ROWS_MIN) ? block.h : block.h - 2;
    bool has_room = is_settled && (!is_ascii || rows >= ROWS_MIN);
    const struct digit_size *size = has_room ? digits_fit(3, room, rows) : NULL;
    draw_fill(block, role);
    if (!size) {
        draw_text(block, (block.w - (int)strlen(lock)) / 2, block.h / 2, role, lock);
        return;
    }
    draw_text(block, 2, block.h / 2, role, "LOCK");
    int columns = digits_width(size, (int)strlen(state));
    digits_draw_text(block, WORD_W + (room + columns) / 2, (block.h - size->rows) / 2, role, size,
                     state);
}

// At the left the lock, as large as the row is; at the right what is lost.
static void draw_big_foot(const struct scene *scene, struct area area,
                          const struct counter_facts *facts)
{
    int half = area.w / 2;
    draw_big_lock(scene, area_part(area, 1, 0, half - 3, area.h));
    if (!facts->has_ledger)
        return;
    char share[64], number[28];
    enum role lost = facts->lost ? ROLE_LOST_QUIET : ROLE_DIM;
    share_text(share, sizeof(share), facts->lost, facts->made);
    struct area right = area_part(area, half, 0, area.w - half - 1, area.h);
    draw_text(right, 0, 0, ROLE_HEADING, "lost");
    if (right.h > 2)
        draw_text(right, 0, right.h / 2, lost, share);
    enum { LABEL_W = 8 };
    const struct digit_size *size = digits_fit(scene_digits(scene), right.w - LABEL_W, right.h);
    if (size)
        digits_draw(right, right.w, (right.h - size->rows) / 2, lost, size, (long long)facts->lost);
    else
        draw_right(right, right.w, 0, lost,
                   scene_number(number, (int64_t)facts->lost, right.w - LABEL_W));
}

// For a hall: the counter as wide as the screen, what is lost, the lock, and nothing else.
static void draw_big(const struct scene *scene, struct area area, const struct counter_facts *facts)
{
    if (scene_is_private(scene)) {
        draw_big_copies(scene, area, facts);
        return;
    }
    int digits = scene_digits(scene);
    int foot = area.h >= 34   ? 11
               : area.h >= 24 ? 7
               : area.h >= 14 ? 5
               : area.h >= 10 ? 3
               : area.h >= 7  ? 1
                              : 0;
    int rows = area.h - foot - (foot > 0);
    const struct digit_size *size = digits_fit(digits, area.w - 2, rows);
    if (!size || foot == 0) {
        draw_short(scene, area, facts);
        return;
    }
    int x_end = (area.w + digits_width(size, digits)) / 2;
    digits_draw(area, x_end, (rows - size->rows) / 2, ROLE_TITLE, size, (long long)facts->value);
    draw_big_foot(scene, area_part(area, 0, area.h - foot, area.w, foot), facts);
}

static int digits_needed(int64_t value)
{
    char text[28];
    text_format(text, sizeof(text), "%lld", (long long)value);
    return (int)strlen(text);
}

static void draw_digits(const struct scene *scene, struct area area,
                        const struct counter_facts *facts)
{
    // Main's does not count with the others, so there is nothing to leave room for.
    int digits = scene_is_private(scene) ? digits_needed(facts->value) : scene_digits(scene);
    int n_lanes = scene->view->n_lanes < 6 ? (int)scene->view->n_lanes : 6;
    int others = scene_other_rows(scene);
    int rows_below = 1 + n_lanes + (others > 0 ? others : scene_has_lock(scene) ? 2 : 0);
    int rows = area.h - rows_below;
    // Beside other panels they need not be those of a hall.
    enum { DIGIT_ROWS_MIN = 5, DIGIT_ROWS_MAX = 11 };
    int high = rows < DIGIT_ROWS_MIN   ? DIGIT_ROWS_MIN
               : rows > DIGIT_ROWS_MAX ? DIGIT_ROWS_MAX
                                       : rows;
    const struct digit_size *size = digits_fit(digits, area.w - 3, high);
    bool has_air = size && rows >= size->rows + 3;
    int y = has_air ? 1 : 0;
    if (size && area.h > size->rows) {
        int x_end = 1 + digits_width(size, digits);
        digits_draw(area, x_end, y, ROLE_TITLE, size, (long long)facts->value);
        y += size->rows + (has_air ? 1 : 0);
    } else {
        draw_textf(area, 1, y++, ROLE_TITLE, "%lld", (long long)facts->value);
    }
    if (facts->has_ledger)
        draw_sum(area, y, facts, scene_number_columns(scene));
    y += has_air ? 2 : 1;
    if (size && facts->has_ledger && area.h - y - rows_below >= size->rows + 2) {
        draw_text(area, 1, y, ROLE_HEADING, "lost");
        digits_draw(area, 1 + digits_width(size, digits), y + 1,
                    facts->lost ? ROLE_LOST_QUIET : ROLE_DIM, size, (long long)facts->lost);
        y += size->rows + 2;
    }
    draw_details(scene, area_part(area, 0, y, area.w, area.h - y));
}

void counter_draw(const struct scene *scene, struct area area)
{
    struct counter_facts facts = scene_counter(scene);
    if (area.h < 5) {
        draw_short(scene, area, &facts);
        return;
    }
    char name[64];
    scene_cell_name(scene, name);
    enum role role;
    const char *verdict = scene_verdict(scene, &role);
    struct area below;
    if (verdict[0] != '\0')
        below = panel_heading(area, name, role, verdict);
    else
        below = panel_heading(area, name, ROLE_DIM, scene->view->is_bare ? "bare" : "");
    if (scene->is_big)
        draw_big(scene, below, &facts);
    else
        draw_digits(scene, below, &facts);
}
