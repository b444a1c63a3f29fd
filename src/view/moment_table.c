#include "view/moment_table.h"

#include "base/mem.h"

// Rows on either side of an op of the loss that are never folded.
enum { NEAR = 1, FOLD_MIN = 2 };

bool event_is_kept(const struct session_view *view, struct event_place place)
{
    return place.is_set && view->timeline && place.lane < view->n_lanes &&
           place.index >= timeline_first(view->timeline, place.lane) &&
           place.index < timeline_count(view->timeline, place.lane);
}

static bool is_near_op(const struct moment_view *view, int row)
{
    for (size_t part = 0; part < MOMENT_PARTS; part++) {
        int op = view->parts[part];
        if (op != MOMENT_NO_ROW && row >= op - NEAR && row <= op + NEAR)
            return true;
    }
    return false;
}

// First and last row of the loss; both the one that was asked for where there is none.
static void find_core(const struct moment_view *view, int *first, int *last)
{
    *first = *last = (int)view->middle;
    for (size_t part = 0; part < MOMENT_PARTS; part++) {
        int op = view->parts[part];
        if (op == MOMENT_NO_ROW)
            continue;
        *first = op < *first ? op : *first;
        *last = op > *last ? op : *last;
    }
}

static void add_line(struct moment_table *table, int row, uint64_t folded)
{
    table->lines[table->n_lines++] = (struct moment_line){.row = row, .folded = folded};
}

// How many rows from this one on can be one fold.
static int fold_length(const struct moment_view *view, int row, int last)
{
    int n = 0;
    while (row + n < last && !is_near_op(view, row + n))
        n++;
    return n;
}

static void make_lines(struct moment_table *table, int first, int last, bool folds)
{
    const struct moment_view *view = &table->view;
    // Every row may have a fold before it.
    table->lines = mem_array(2 * view->n_rows + 1, sizeof *table->lines);
    for (int row = 0; row < (int)view->n_rows; row++) {
        uint64_t hidden = view->rows[row].hidden;
        int n = folds && row > first && row < last ? fold_length(view, row, last) : 0;
        if (n >= FOLD_MIN) {
            for (int k = 1; k < n; k++)
                hidden += view->rows[row + k].hidden;
            // What is left out right behind is part of it.
            hidden += view->rows[row + n].hidden;
            add_line(table, MOMENT_NO_ROW, hidden + (uint64_t)n);
            row += n;
        } else if (hidden > 0 || view->rows[row].is_gap) {
            add_line(table, MOMENT_NO_ROW, hidden);
        }
        if (row == first)
            table->core_first = table->n_lines;
        if (row == last)
            table->core_last = table->n_lines;
        add_line(table, row, 0);
    }
}

// The ops of the loss in the middle, or the last of them at the foot where they need more room.
static void place_top(struct moment_table *table, int scroll, int room)
{
    int n = (int)table->n_lines, core = (int)(table->core_last - table->core_first) + 1;
    int top =
        core < room ? (int)table->core_first - (room - core) / 2 : (int)table->core_last - room + 1;
    int most = n > room ? n - room : 0;
    int begin = top < 0 ? 0 : top > most ? most : top;
    top = begin + scroll;
    top = top < 0 ? 0 : top > most ? most : top;
    table->top = (size_t)top;
    table->scroll = top - begin;
    while (begin < n && table->lines[begin].row == MOMENT_NO_ROW)
        begin++;
    table->zero = begin < n ? (size_t)table->lines[begin].row : 0;
}

struct moment_table moment_table_new(const struct session_view *view, struct moment_look look,
                                     int room)
{
    room = room > 1 ? room : 1;
    size_t around = (size_t)room;
    const struct moment_question question = {
        .timeline = view->timeline,
        .n_lanes = view->n_lanes,
        .lane = look.place.lane,
        .index = look.place.index,
        .before = around + (look.scroll < 0 ? (size_t)-look.scroll : 0),
        .after = around + (look.scroll > 0 ? (size_t)look.scroll : 0),
        .is_private = view->is_private,
        .has_ids = !view->is_bare,
    };
    struct moment_table table = {.moment = moment_new(&question)};
    table.view = moment_view(table.moment);
    int first, last;
    find_core(&table.view, &first, &last);
    make_lines(&table, first, last, !look.is_unfolded && last - first >= room);
    place_top(&table, look.scroll, room);
    return table;
}

void moment_table_free(struct moment_table *table)
{
    mem_free(table->lines);
    moment_free(table->moment);
}

static bool value_of_write(const struct session_view *view, size_t cell, uint32_t mark,
                           int64_t *value)
{
    size_t lane = mark >> WRITE_MARK_SEQ_BITS;
    if (mark == write_mark(WRITE_INITIAL)) {
        *value = program_cell_initial(view->prog, cell);
        return true;
    }
    if (lane >= view->n_lanes)
        return false;
    uint64_t store = timeline_find_store(view->timeline, lane, cell, mark);
    if (store == UINT64_MAX)
        return false;
    *value = timeline_at(view->timeline, lane, store)->value;
    return true;
}

bool moment_value_before(const struct session_view *view, const struct moment_view *moment,
                         size_t cell, int64_t *value)
{
    for (size_t i = 0; i < moment->n_rows; i++) {
        const struct moment_row *row = &moment->rows[i];
        bool is_load = row->event->kind == EVENT_LOAD, is_store = row->event->kind == EVENT_STORE;
        if (row->hidden > 0 || row->is_gap)
            return false;
        if (row->event->object != cell || (!is_load && !is_store))
            continue;
        *value = row->event->value;
        return is_load || value_of_write(view, cell, row->event->replaced, value);
    }
    return false;
}
