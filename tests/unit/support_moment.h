#ifndef SUPPORT_MOMENT_H
#define SUPPORT_MOMENT_H

// Reads moments row by row, as somebody who believes what they say.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/random.h"
#include "trace/moment.h"

#include <stdlib.h>
#include <string.h>

enum { CONTEXT = 12, WITHOUT_LOSS = 50 };

static inline uint64_t seed(void)
{
    const char *text = getenv("RACELANE_SEED");
    return text ? strtoull(text, NULL, 10) : 1;
}

// The run that is looked at.
struct recorded {
    const struct timeline *timeline;
    size_t n_lanes, n_cells;
    bool is_private;
};

// What a reader of the rows knows of a cell: its last write, where a row has shown it.
struct reader {
    uint32_t *marks;
    int64_t *values;
    bool *is_known;
    uint64_t *next; // event of each lane
    size_t n_cells, n_lanes;
    uint64_t last_ns, n_gaps;
    bool is_private;
};

// Moments that were read, and those of them with a row that nothing explains: where two lanes lost
// their cores at once and both clocks are late, that can be, and the view says it. Hardly ever.
static uint64_t n_moments, n_with_gap;

static inline void check_gaps(void)
{
    assert_true(n_with_gap <= 2 + n_moments / 1000);
}

static inline struct reader new_reader(const struct recorded *run)
{
    size_t lanes = run->n_lanes, n = run->n_cells * lanes;
    return (struct reader){.marks = mem_array(n, sizeof(uint32_t)),
                           .values = mem_array(n, sizeof(int64_t)),
                           .is_known = mem_array(n, sizeof(bool)),
                           .next = mem_array(lanes, sizeof(uint64_t)),
                           .n_cells = n,
                           .n_lanes = lanes,
                           .is_private = run->is_private};
}

static inline void free_reader(struct reader *reader)
{
    mem_free(reader->marks);
    mem_free(reader->values);
    mem_free(reader->is_known);
    mem_free(reader->next);
}

static inline void read_row(struct reader *reader, const struct moment_row *row)
{
    const struct event *event = row->event;
    size_t cell = event->object;
    if (reader->is_private)
        cell = cell * reader->n_lanes + event->lane;
    if (row->hidden || row->is_gap)
        memset(reader->is_known, 0, reader->n_cells * sizeof(bool));
    reader->n_gaps += row->is_gap;
    // A load that was told of with its store alone may come before what the lane did in between.
    bool is_told_late = event->kind == EVENT_LOAD && row->is_late;
    assert_true(is_told_late || row->index >= reader->next[event->lane]);
    assert_true(row->t_ns >= reader->last_ns);
    if (!is_told_late)
        reader->next[event->lane] = row->index + 1;
    reader->last_ns = row->t_ns;
    assert_true(row->t_ns <= event->t_ns);
    if (event->kind == EVENT_LOAD && reader->is_known[cell]) {
        assert_int_equal(event->turn, reader->marks[cell]);
        assert_int_equal(event->value, reader->values[cell]);
    }
    if (event->kind == EVENT_STORE) {
        if (reader->is_known[cell])
            assert_int_equal(event->replaced, reader->marks[cell]);
        reader->is_known[cell] = true;
        reader->marks[cell] = event->turn;
        reader->values[cell] = event->value;
    }
}

static inline const struct event *part(const struct moment_view *moment, enum moment_part part)
{
    int row = moment->parts[part];
    return row == MOMENT_NO_ROW ? NULL : moment->rows[row].event;
}

// The store that overwrote had loaded an older write than the one that it replaced.
static inline void check_loss(const struct moment_view *moment)
{
    const struct event *load = part(moment, MOMENT_LOAD), *store = part(moment, MOMENT_STORE);
    const struct event *victim = part(moment, MOMENT_VICTIM_STORE);
    assert_true(moment->is_loss && load && store && victim);
    assert_ptr_equal(moment->rows[moment->middle].event, store);
    assert_int_equal(load->lane, store->lane);
    assert_int_equal(load->object, store->object);
    assert_int_equal(store->replaced, victim->turn);
    assert_int_not_equal(load->turn, victim->turn);
    assert_true(moment->parts[MOMENT_LOAD] < moment->parts[MOMENT_VICTIM_STORE]);
    assert_true(moment->parts[MOMENT_VICTIM_STORE] < moment->parts[MOMENT_STORE]);
    const struct event *victim_load = part(moment, MOMENT_VICTIM_LOAD);
    if (victim_load && victim_load->turn == load->turn)
        assert_int_equal(moment->n_gone, 1);
}

static inline void check_moment(const struct recorded *run, uint16_t lane, uint64_t index,
                                bool is_loss)
{
    const struct moment_question question = {.timeline = run->timeline,
                                             .n_lanes = run->n_lanes,
                                             .lane = lane,
                                             .index = index,
                                             .before = CONTEXT,
                                             .after = CONTEXT,
                                             .is_private = run->is_private,
                                             .has_ids = true};
    struct moment *made = moment_new(&question);
    struct moment_view moment = moment_view(made);
    assert_false(moment.is_broken);
    assert_int_equal(moment.rows[moment.middle].event->lane, lane);
    assert_int_equal(moment.rows[moment.middle].index, index);
    struct reader reader = new_reader(run);
    for (size_t i = 0; i < moment.n_rows; i++)
        read_row(&reader, &moment.rows[i]);
    n_moments++;
    n_with_gap += reader.n_gaps > 0;
    free_reader(&reader);
    if (is_loss)
        check_loss(&moment);
    moment_free(made);
}

// Every loss that the timeline has, and some events that are none. Returns the losses.
static inline uint64_t check_losses(const struct recorded *run)
{
    const struct timeline *tl = run->timeline;
    struct random dice = random_stream(seed(), 9);
    uint64_t n = 0;
    for (size_t lane = 0; lane < run->n_lanes; lane++) {
        assert_int_equal(timeline_first(tl, lane), 0);
        uint64_t count = timeline_count(tl, lane);
        for (uint64_t i = timeline_next_mark(tl, lane, MARK_LOSS, 0); i != UINT64_MAX;
             i = timeline_next_mark(tl, lane, MARK_LOSS, i + 1), n++)
            check_moment(run, (uint16_t)lane, i, true);
        for (int k = 0; k < WITHOUT_LOSS && count > 0; k++)
            check_moment(run, (uint16_t)lane, random_below(&dice, count), false);
    }
    return n;
}

#endif
