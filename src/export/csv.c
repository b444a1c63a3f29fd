#include "export/csv.h"

#include "export/event_text.h"
#include "export/merge.h"
#include "export/sink.h"

#include <assert.h>

static void put_mark(struct sink *sink, const struct session_view *view, uint32_t mark)
{
    char out[EVENT_TEXT];
    // Without the ledger nobody knows whose write it was.
    if (!view->is_bare)
        sink_csv(sink, event_mark(view, mark, out));
}

static void put_marks(struct sink *sink, const struct session_view *view, const struct event *event)
{
    if (event->kind == EVENT_LOAD)
        put_mark(sink, view, event->turn);
    sink_char(sink, ',');
    if (event->kind == EVENT_STORE)
        put_mark(sink, view, event->turn);
    sink_char(sink, ',');
    if (event->kind == EVENT_STORE)
        put_mark(sink, view, event->replaced);
}

static void put_event(struct sink *sink, const struct session_view *view, const struct event *event)
{
    char out[EVENT_TEXT];
    sink_uint(sink, event->t_ns);
    sink_char(sink, ',');
    sink_csv(sink, view->lanes[event->lane].name);
    sink_char(sink, ',');
    sink_csv(sink, event_info[event->kind].label);
    sink_char(sink, ',');
    sink_csv(sink, event_object(view, event, out));
    sink_char(sink, ',');
    sink_csv(sink, event_value(view, event, out));
    sink_char(sink, ',');
    put_marks(sink, view, event);
    sink_char(sink, ',');
    uint32_t line = event_line(view->prog, event);
    if (line)
        sink_uint(sink, line);
    sink_char(sink, ',');
    sink_csv(sink, event_flags(event, out));
    sink_text(sink, "\r\n");
}

static void put_missing(struct sink *sink, uint64_t t_ns, const char *lane, const char *kind,
                        uint64_t n)
{
    sink_uint(sink, t_ns);
    sink_char(sink, ',');
    sink_csv(sink, lane);
    sink_char(sink, ',');
    sink_csv(sink, kind);
    sink_text(sink, ",,");
    sink_uint(sink, n);
    sink_text(sink, ",,,,,\r\n");
}

// Where the detail of the lanes begins, the earliest first.
static void put_given_up(struct sink *sink, const struct session_view *view)
{
    for (size_t lane = 0; lane < view->n_lanes; lane++) {
        uint64_t n = timeline_first(view->timeline, lane);
        if (n)
            put_missing(sink, timeline_detail_from(view->timeline, lane), view->lanes[lane].name,
                        "given up", n);
    }
}

// Dropped at the end of a lane, where no gap event could follow any more, or told by one that is
// given up.
static uint64_t untold_drops(const struct session_view *view)
{
    uint64_t told = 0;
    for (size_t lane = 0; lane < view->n_lanes; lane++) {
        struct column column;
        timeline_column(view->timeline, lane, 0, UINT64_MAX, &column);
        told += column.gap_events;
    }
    return view->dropped > told ? view->dropped - told : 0;
}

uint64_t csv_write(FILE *out, const struct session_view *view)
{
    assert(view->timeline);
    struct sink *sink = sink_open(out);
    sink_text(sink, "t_ns,lane,kind,object,value,read_from,wrote,replaced,line,flags\r\n");
    put_given_up(sink, view);
    struct merge *merge = merge_open(view->timeline, view->n_lanes);
    for (struct merged next; merge_next(merge, &next);)
        if (next.n_unreadable)
            put_missing(sink, next.event.t_ns, view->lanes[next.event.lane].name, "unreadable",
                        next.n_unreadable);
        else
            put_event(sink, view, &next.event);
    merge_close(merge);
    uint64_t untold = untold_drops(view);
    if (untold)
        put_missing(sink, view->now_ns, "", "gap", untold);
    return sink_close(sink);
}
