#include "view/moment.h"

#include "base/mem.h"
#include "base/text.h"
#include "view/loss_words.h"
#include "view/paragraph.h"
#include "view/theme.h"

#include <string.h>

enum {
    LANE_W_MAX = 22,
    NARROW = 60,      // columns of a window in which everything is said shorter
    VALUE_W_MAX = 24, // of a cell's column
    VALUES_MAX = 3,
    COLUMNS_MAX = 32,
    FOOT_ROWS = 2, // below the table: the loss in a sentence, and what there is to note
    HEAD_ROWS = 2,
};

// A cell's column: what it is after each row.
struct value_column {
    size_t cell;
    int64_t value;
    bool is_known;
    int x, w;
};

struct columns {
    uint16_t lanes[COLUMNS_MAX];
    size_t n_lanes;
    bool has_others; // one more, for all other lanes
    int time_w;      // with the sign of a late clock before it
    int lane_w;
    struct value_column values[VALUES_MAX];
    size_t n_values;
    int end;       // after the last of them
    bool has_late; // among the rows that are seen
};

int moment_room(int h)
{
    return h - HEAD_ROWS - FOOT_ROWS;
}

// --- what gets a column

static bool is_access(const struct event *event)
{
    return event->kind == EVENT_LOAD || event->kind == EVENT_STORE;
}

static bool has_lane(const struct columns *columns, uint16_t lane)
{
    for (size_t i = 0; i < columns->n_lanes; i++)
        if (columns->lanes[i] == lane)
            return true;
    return false;
}

static void add_lane(struct columns *columns, uint16_t lane, size_t most)
{
    if (has_lane(columns, lane))
        return;
    if (columns->n_lanes == most) {
        columns->has_others = true;
        return;
    }
    size_t i = columns->n_lanes++;
    for (; i > 0 && columns->lanes[i - 1] > lane; i--)
        columns->lanes[i] = columns->lanes[i - 1];
    columns->lanes[i] = lane;
}

static void add_value(const struct scene *scene, const struct moment_table *table,
                      struct columns *columns, size_t cell, size_t most)
{
    for (size_t i = 0; i < columns->n_values; i++)
        if (columns->values[i].cell == cell)
            return;
    if (columns->n_values == most || cell >= scene->view->prog->n_cells)
        return;
    struct value_column *value = &columns->values[columns->n_values++];
    *value = (struct value_column){.cell = cell};
    value->is_known = moment_value_before(scene->view, &table->view, cell, &value->value);
}

// The cell that the moment is about, then those that its rows touch.
static void choose_values(const struct scene *scene, const struct moment_table *table,
                          struct columns *columns, int w)
{
    // Without ids nothing says what a cell was, and of private memory there is not one value.
    if (scene->view->is_private || scene->view->is_bare)
        return;
    size_t most = w >= 120 ? VALUES_MAX : w >= 60 ? 2 : 1;
    const struct event *middle = table->view.rows[table->view.middle].event;
    if (is_access(middle))
        add_value(scene, table, columns, middle->object, most);
    for (size_t i = 0; i < table->view.n_rows; i++)
        if (is_access(table->view.rows[i].event))
            add_value(scene, table, columns, table->view.rows[i].event->object, most);
    for (size_t i = 0; i < columns->n_values; i++) {
        char name[48];
        program_cell_name(scene->view->prog, columns->values[i].cell, name);
        int needed = (int)text_columns(name), number_w = scene_number_columns(scene);
        needed = (needed > number_w ? needed : number_w) + 2;
        columns->values[i].w = needed < VALUE_W_MAX ? needed : VALUE_W_MAX;
    }
}

// A row that is seen, or lies between the ops of the loss.
static bool is_wanted(const struct moment_table *table, size_t line, size_t room)
{
    return table->lines[line].row != MOMENT_NO_ROW &&
           ((line >= table->top && line < table->top + room) ||
            (line >= table->core_first && line <= table->core_last));
}

static void choose_lanes(const struct moment_table *table, struct columns *columns, int w,
                         size_t seen)
{
    int room = w - columns->time_w - 1, least = w < NARROW ? 9 : 15;
    for (size_t i = 0; i < columns->n_values; i++)
        room -= columns->values[i].w;
    size_t most = room / least > 0 ? (size_t)(room / least) : 1;
    most = most < COLUMNS_MAX ? most : COLUMNS_MAX;
    size_t n = 0;
    struct columns all = {0};
    for (size_t i = 0; i < table->n_lines; i++)
        if (is_wanted(table, i, seen))
            add_lane(&all, table->view.rows[table->lines[i].row].event->lane, COLUMNS_MAX);
    n = all.n_lanes + all.has_others;
    size_t own = n <= most ? n : most > 1 ? most - 1 : 1;
    // Those of the loss first, then by the order of the rows around it.
    for (size_t part = 0; part < MOMENT_PARTS; part++)
        if (table->view.parts[part] != MOMENT_NO_ROW)
            add_lane(columns, table->view.rows[table->view.parts[part]].event->lane, own);
    add_lane(columns, table->view.rows[table->view.middle].event->lane, own);
    for (size_t i = table->core_first; i < table->n_lines; i++)
        if (is_wanted(table, i, seen))
            add_lane(columns, table->view.rows[table->lines[i].row].event->lane, own);
    for (size_t i = 0; i < table->core_first; i++)
        if (is_wanted(table, i, seen))
            add_lane(columns, table->view.rows[table->lines[i].row].event->lane, own);
    size_t shown = columns->n_lanes + columns->has_others;
    int lane_w = room / (int)(shown ? shown : 1);
    columns->lane_w = lane_w < LANE_W_MAX ? lane_w : LANE_W_MAX;
    int x = columns->time_w + 1 + (int)shown * columns->lane_w;
    for (size_t i = 0; i < columns->n_values; i++) {
        columns->values[i].x = x;
        x += columns->values[i].w;
    }
    columns->end = x;
}

static int lane_x(const struct columns *columns, uint16_t lane)
{
    size_t i = 0;
    while (i < columns->n_lanes && columns->lanes[i] != lane)
        i++;
    return columns->time_w + 1 + (int)i * columns->lane_w;
}

// --- drawing

static void draw_titles(const struct scene *scene, const struct columns *columns, struct area row)
{
    draw_right(row, columns->time_w - 1, 0, ROLE_DIM, "time");
    for (size_t i = 0; i < columns->n_lanes; i++)
        draw_text_cut(row, lane_x(columns, columns->lanes[i]), 0, columns->lane_w - 1,
                      lane_role(columns->lanes[i]), lane_name(scene, columns->lanes[i]));
    if (columns->has_others)
        draw_text_cut(row, columns->time_w + 1 + (int)columns->n_lanes * columns->lane_w, 0,
                      columns->lane_w - 1, ROLE_DIM, "other lanes");
    for (size_t i = 0; i < columns->n_values; i++) {
        const struct value_column *value = &columns->values[i];
        char name[48];
        struct area part = area_part(row, value->x, 0, value->w, 1);
        draw_text_cut(part, 1, 0, value->w - 1, ROLE_TITLE,
                      program_cell_name(scene->view->prog, value->cell, name));
    }
}

static enum role op_role(const struct event *event)
{
    bool is_store = event->kind == EVENT_STORE;
    if (is_store && (event->flags & (ACCESS_LOSS | ACCESS_LOST)))
        return ROLE_LOST;
    if (is_store)
        return ROLE_STORE;
    if (event->kind == EVENT_LOAD)
        return ROLE_LOAD;
    if (event->kind == EVENT_ACQUIRE || event->kind == EVENT_RELEASE)
        return ROLE_HOLDING;
    return event->kind == EVENT_CONTEND ? ROLE_BLOCKED : ROLE_TEXT;
}

static void draw_op(const struct scene *scene, const struct columns *columns,
                    const struct event *event, struct area row)
{
    bool is_other = !has_lane(columns, event->lane);
    int x = lane_x(columns, event->lane), room = columns->lane_w - 1;
    if (is_other) {
        int end =
            draw_text_cut(row, x, 0, 6, lane_role(event->lane), lane_name(scene, event->lane));
        room -= end + 1 - x;
        x = end + 1;
    }
    bool is_store = event->kind == EVENT_STORE;
    bool is_loss = is_store && (event->flags & ACCESS_LOSS);
    bool is_lost = is_store && (event->flags & ACCESS_LOST);
    room -= 2 * is_loss + 2 * is_lost;
    char text[96];
    moment_op_text(scene, event, room, text, sizeof(text));
    x = draw_text_cut(row, x, 0, room, op_role(event), text);
    if (is_lost)
        x = draw_glyph(row, x + 1, 0, ROLE_LOST, GLYPH_MARK_LOST);
    if (is_loss)
        draw_glyph(row, x + 1, 0, ROLE_LOST, GLYPH_MARK_LOSS);
}

static void draw_values(const struct columns *columns, const struct event *event, struct area row)
{
    for (size_t i = 0; i < columns->n_values; i++) {
        const struct value_column *value = &columns->values[i];
        char number[28];
        bool is_changed = event->kind == EVENT_STORE && event->object == value->cell;
        if (value->is_known)
            draw_text(row, value->x + 1, 0, is_changed ? ROLE_TITLE : ROLE_DIM,
                      scene_number(number, value->value, value->w - 1));
    }
}

// Follows the values over one row, drawn or not.
static void pass_row(struct columns *columns, const struct moment_row *row)
{
    for (size_t i = 0; i < columns->n_values; i++) {
        struct value_column *value = &columns->values[i];
        if (row->hidden > 0 || row->is_gap)
            value->is_known = false;
        if (!is_access(row->event) || row->event->object != value->cell)
            continue;
        value->value = row->event->value;
        value->is_known = true;
    }
}

static void draw_fold(const struct moment_line *line, int x, struct area row)
{
    char number[28];
    draw_run(row, 0, 0, row.w, ROLE_EDGE, GLYPH_TICKS);
    if (line->folded > 0)
        draw_textf(row, x, 0, ROLE_GAP, " %s %s ", text_grouped(number, (int64_t)line->folded),
                   line->folded == 1 ? "event" : "events");
    else
        draw_text(row, x, 0, ROLE_GAP, " something in between is not kept ");
}

static void draw_row(const struct scene *scene, const struct moment_table *table,
                     struct columns *columns, int number, struct area row)
{
    const struct moment_row *moment_row = &table->view.rows[number];
    const struct moment_row *zero = &table->view.rows[table->zero];
    uint64_t span_ns = table->view.rows[table->view.middle].t_ns - zero->t_ns;
    char time[32];
    moment_time(time, moment_row->t_ns, zero->t_ns, span_ns);
    int x = draw_right(row, columns->time_w - 1, 0, ROLE_DIM, time);
    if (moment_row->is_late)
        draw_glyph(row, x - 1, 0, ROLE_GAP, GLYPH_AT_MOST);
    columns->has_late |= moment_row->is_late;
    if (number == (int)table->view.middle)
        draw_glyph(row, 0, 0, table->view.is_loss ? ROLE_LOST : ROLE_TITLE, GLYPH_POINTER);
    draw_op(scene, columns, moment_row->event, row);
    draw_values(columns, moment_row->event, row);
    if (number == (int)table->view.middle)
        draw_attributes(row, 0, 0, row.w, STYLE_BOLD);
}

static void draw_rows(const struct scene *scene, const struct moment_table *table,
                      struct columns *columns, struct area area)
{
    int passed = 0;
    for (size_t i = 0; i < table->n_lines; i++) {
        const struct moment_line *line = &table->lines[i];
        bool is_seen = i >= table->top && i < table->top + (size_t)area.h;
        struct area row = area_part(area, 0, is_seen ? (int)(i - table->top) : 0, area.w, 1);
        if (line->row == MOMENT_NO_ROW) {
            if (is_seen)
                draw_fold(line, columns->time_w, row);
            continue;
        }
        while (passed <= line->row)
            pass_row(columns, &table->view.rows[passed++]);
        if (is_seen)
            draw_row(scene, table, columns, line->row, row);
    }
}

// --- the words below

// Lanes that were at work then and have no row here.
static size_t lanes_elsewhere(const struct scene *scene, const struct moment_table *table)
{
    const struct moment_view *moment = &table->view;
    uint64_t t0_ns = moment->rows[0].t_ns, t1_ns = moment->rows[moment->n_rows - 1].t_ns + 1;
    size_t n = 0;
    for (size_t lane = 1; lane < scene->view->n_lanes; lane++) {
        bool is_here = false;
        for (size_t i = 0; i < moment->n_rows && !is_here; i++)
            is_here = moment->rows[i].event->lane == lane;
        if (is_here)
            continue;
        struct column column;
        timeline_column(scene->view->timeline, lane, t0_ns, t1_ns, &column);
        n += column.state_ns[LANE_RUNNING] + column.state_ns[LANE_HOLDING] +
                 column.state_ns[LANE_PREEMPTED] >
             0;
    }
    return n;
}

static int draw_note(struct area row, int x, const char *text)
{
    int columns = (int)text_columns(text);
    if (x + columns + (x > 1 ? 2 : 0) > row.w - 1)
        return x;
    if (x > 1)
        x = draw_text(row, x, 0, ROLE_DIM, "; ");
    return draw_text(row, x, 0, ROLE_DIM, text);
}

static void draw_notes(const struct scene *scene, const struct moment_table *table,
                       const struct columns *columns, bool is_old, struct area row)
{
    char text[96];
    int x = 1;
    size_t elsewhere = lanes_elsewhere(scene, table);
    if (table->view.is_broken)
        x = draw_note(row, x, "what the lanes say of the order contradicts itself");
    if (columns->has_late) {
        x = draw_glyph(row, x, 0, ROLE_GAP, GLYPH_AT_MOST);
        x = draw_text(row, x, 0, ROLE_DIM, " its clock was read late: by then it had happened");
    }
    if (elsewhere > 0) {
        text_format(text, sizeof(text), "%zu more %s at work", elsewhere,
                    elsewhere == 1 ? "lane" : "lanes");
        x = draw_note(row, x, text);
    }
    if (scene->view->is_bare)
        x = draw_note(row, x, "bare: by the clocks alone");
    if (is_old)
        x = draw_note(row, x, "older than the log: not known if restored");
    if (scene->view->is_private)
        draw_note(row, x, "each process has its own copy");
}

// Beside the row of the loss where it has room there, as in a textbook, else below the table.
// Returns how many of the rows below it takes.
static int draw_sentence(const struct moment_table *table, const struct columns *columns,
                         const char *sentence, struct area area)
{
    int y = 1, room = moment_room(area.h + 1), x = columns->end + 2;
    for (size_t i = table->top; i < table->n_lines; i++, y++)
        if (table->lines[i].row == (int)table->view.middle)
            break;
    if (y <= room && x + (int)text_columns(sentence) < area.w) {
        draw_text(area, x, y, ROLE_LOST, sentence);
        return 0;
    }
    struct area foot = area_part(area, 1, area.h - FOOT_ROWS, area.w - 2, FOOT_ROWS);
    return paragraph_draw(foot, 0, ROLE_LOST, sentence);
}

static void make_title(const struct scene *scene, const struct moment_table *table,
                       const struct ledger_entry *entry, char *out, size_t size)
{
    const struct event *event = table->view.rows[table->view.middle].event;
    if (entry)
        text_format(out, size, "moment of loss #%llu", (unsigned long long)entry->number);
    else if (table->view.is_loss)
        text_format(out, size, "moment of a loss");
    else
        text_format(out, size, "moment of %s", lane_name(scene, event->lane));
}

void moment_draw(const struct scene *scene, struct moment_look look, struct area area)
{
    struct moment_table table = moment_table_new(scene->view, look, moment_room(area.h));
    const struct moment_row *middle = &table.view.rows[table.view.middle];
    const struct ledger_entry *entry =
        table.view.is_loss ? loss_entry(scene->view, middle->event) : NULL;
    struct columns columns = {.time_w = area.w < NARROW ? 12 : 16};
    choose_values(scene, &table, &columns, area.w);
    choose_lanes(&table, &columns, area.w, (size_t)moment_room(area.h));
    char title[64], at[24], note[48], sentence[200];
    make_title(scene, &table, entry, title, sizeof(title));
    text_format(note, sizeof(note), "time from %s",
                time_text(at, table.view.rows[table.zero].t_ns, 1));
    struct area below = panel_heading(area, title, ROLE_DIM, note);
    draw_titles(scene, &columns, area_part(below, 0, 0, below.w, 1));
    draw_rows(scene, &table, &columns, area_part(below, 0, 1, below.w, below.h - 1 - FOOT_ROWS));
    loss_sentence(scene, &table.view, entry, sentence, sizeof(sentence));
    int rows = draw_sentence(&table, &columns, sentence, below);
    draw_notes(scene, &table, &columns, table.view.is_loss && !entry,
               area_part(below, 0, below.h - FOOT_ROWS + rows, below.w, rows < FOOT_ROWS));
    moment_table_free(&table);
}
