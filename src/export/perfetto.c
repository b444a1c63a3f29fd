#include "export/perfetto.h"

#include "base/mem.h"
#include "base/text.h"
#include "export/perfetto_private.h"

#include <assert.h>
#include <stdlib.h>

static bool has_processes(const struct perfetto *p)
{
    return program_uses_processes(p->view->prog);
}

// The main thread of a process has its number, as on Linux.
uint64_t perfetto_pid(const struct perfetto *p, size_t lane)
{
    return has_processes(p) ? perfetto_tid(lane, TRACK_STATES) : 1;
}

uint64_t perfetto_tid(size_t lane, enum perfetto_track track)
{
    return TRACK_COUNT * lane + track + 1;
}

uint64_t perfetto_lock_tid(const struct perfetto *p)
{
    return perfetto_tid(p->view->n_lanes, TRACK_STATES);
}

static void begin_line(struct perfetto *p, char phase, uint64_t pid)
{
    sink_text(p->sink, p->has_records ? ",\n{\"ph\":\"" : "\n{\"ph\":\"");
    p->has_records = true;
    sink_char(p->sink, phase);
    sink_text(p->sink, "\",\"pid\":");
    sink_uint(p->sink, pid);
}

void perfetto_begin(struct perfetto *p, char phase, uint64_t pid, uint64_t tid, uint64_t t_ns)
{
    begin_line(p, phase, pid);
    sink_text(p->sink, ",\"tid\":");
    sink_uint(p->sink, tid);
    sink_text(p->sink, ",\"ts\":");
    sink_us(p->sink, t_ns);
}

void perfetto_slice(struct perfetto *p, uint64_t pid, uint64_t tid, uint64_t t0_ns, uint64_t t1_ns,
                    const char *name)
{
    perfetto_begin(p, 'X', pid, tid, t0_ns);
    sink_text(p->sink, ",\"dur\":");
    sink_us(p->sink, t1_ns - t0_ns);
    sink_text(p->sink, ",\"name\":");
    sink_json(p->sink, name);
}

// `key` is "name" with a text, or "sort_index" with a number.
static void put_metadata(struct perfetto *p, const char *what, uint64_t pid, uint64_t tid,
                         const char *name, uint64_t number)
{
    begin_line(p, 'M', pid);
    sink_text(p->sink, ",\"tid\":");
    sink_uint(p->sink, tid);
    sink_text(p->sink, ",\"name\":\"");
    sink_text(p->sink, what);
    sink_text(p->sink, name ? "\",\"args\":{\"name\":" : "\",\"args\":{\"sort_index\":");
    if (name)
        sink_json(p->sink, name);
    else
        sink_uint(p->sink, number);
    sink_text(p->sink, "}}");
}

static void put_process(struct perfetto *p, uint64_t pid, const char *name)
{
    put_metadata(p, "process_name", pid, pid, name, 0);
    put_metadata(p, "process_sort_index", pid, pid, NULL, pid);
}

static void put_thread(struct perfetto *p, uint64_t pid, uint64_t tid, const char *name)
{
    put_metadata(p, "thread_name", pid, tid, name, 0);
    put_metadata(p, "thread_sort_index", pid, tid, NULL, tid);
}

static bool has_losses(const struct perfetto *p, size_t lane)
{
    struct column column;
    timeline_column(p->view->timeline, lane, 0, UINT64_MAX, &column);
    return column.marks[MARK_LOSS] || column.marks[MARK_LOST];
}

static bool has_lock(const struct perfetto *p)
{
    return p->view->lock != SWITCH_NONE;
}

static void put_names(struct perfetto *p)
{
    const struct session_view *view = p->view;
    char name[128];
    text_format(name, sizeof name, "%s (%s)", view->prog->name, mode_names[view->mode]);
    put_process(p, 1, name);
    for (size_t lane = 0; lane < view->n_lanes; lane++) {
        uint64_t pid = perfetto_pid(p, lane);
        if (lane > 0 && has_processes(p))
            put_process(p, pid, view->lanes[lane].name);
        put_thread(p, pid, perfetto_tid(lane, TRACK_STATES), view->lanes[lane].name);
        if (!has_losses(p, lane))
            continue;
        text_format(name, sizeof name, "%s: losses", view->lanes[lane].name);
        put_thread(p, pid, perfetto_tid(lane, TRACK_LOSSES), name);
    }
    if (has_lock(p))
        put_thread(p, 1, perfetto_lock_tid(p), "lock");
}

static void make_ends(struct perfetto *p)
{
    p->ends = mem_array(p->view->n_lanes, sizeof *p->ends);
    for (size_t lane = 0; lane < p->view->n_lanes; lane++) {
        uint64_t first = timeline_first(p->view->timeline, lane);
        size_t words = (size_t)((timeline_count(p->view->timeline, lane) - first) / 64 + 1);
        p->ends[lane] = (struct flow_ends){
            .first = first,
            .culprits = mem_array(words, sizeof(uint64_t)),
            .victims = mem_array(words, sizeof(uint64_t)),
        };
    }
}

static void free_ends(struct perfetto *p)
{
    for (size_t lane = 0; lane < p->view->n_lanes; lane++) {
        mem_free(p->ends[lane].culprits);
        mem_free(p->ends[lane].victims);
        mem_free(p->ends[lane].stored_ns);
    }
    mem_free(p->ends);
}

uint64_t perfetto_write(FILE *out, const struct session_view *view)
{
    assert(view->timeline);
    struct perfetto p = {.sink = sink_open(out), .view = view};
    make_ends(&p);
    sink_text(p.sink, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[");
    put_names(&p);
    perfetto_counters(&p);
    if (has_lock(&p))
        perfetto_lock(&p);
    for (size_t lane = 0; lane < view->n_lanes; lane++) {
        perfetto_waits(&p, lane);
        perfetto_states(&p, lane);
        perfetto_losses(&p, lane);
    }
    sink_text(p.sink, "\n],\n\"otherData\":");
    char *facts = perfetto_facts(&p);
    sink_text(p.sink, facts);
    free(facts);
    sink_text(p.sink, "}\n");
    free_ends(&p);
    return sink_close(p.sink);
}
