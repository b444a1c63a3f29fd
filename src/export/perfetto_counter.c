// The counters of a trace: what each cell held, one event a store.
#include "base/mem.h"
#include "base/text.h"
#include "export/coherence.h"
#include "export/perfetto_private.h"

enum { CELL_NAME = 48 };

struct counters {
    struct perfetto *p;
    char (*names)[CELL_NAME]; // of the cells; letters, digits, _ and []
    uint64_t *last_ns;        // [cell], of the shared ones
};

static void begin_value(struct perfetto *p, size_t lane, uint64_t t_ns)
{
    perfetto_begin(p, 'C', perfetto_pid(p, lane), perfetto_tid(lane, TRACK_STATES), t_ns);
    sink_text(p->sink, ",\"name\":");
}

static void put_value(struct perfetto *p, size_t lane, uint64_t t_ns, const char *name,
                      int64_t value)
{
    begin_value(p, lane, t_ns);
    sink_json(p->sink, name);
    sink_text(p->sink, ",\"args\":{\"value\":");
    sink_int(p->sink, value);
    sink_text(p->sink, "}}");
}

static void set_end(uint64_t *ends, uint64_t first, uint64_t index)
{
    ends[(index - first) / 64] |= UINT64_C(1) << (index - first) % 64;
}

bool perfetto_is_end(const uint64_t *ends, uint64_t first, uint64_t index)
{
    return ends[(index - first) / 64] >> (index - first) % 64 & 1;
}

void perfetto_note_moved(struct perfetto *p, uint64_t by_ns)
{
    p->n_moved++;
    p->moved_max_ns = by_ns > p->moved_max_ns ? by_ns : p->moved_max_ns;
}

// A store whose victim is kept has a flow to it.
static void note_flow(struct perfetto *p, const struct coherence_step *step)
{
    if (!(step->store->flags & ACCESS_LOSS))
        return;
    if (!step->is_linked) {
        p->n_unpaired++;
        return;
    }
    struct flow_ends *culprit = &p->ends[step->store->lane];
    struct flow_ends *victim = &p->ends[step->old_lane];
    set_end(culprit->culprits, culprit->first, step->index);
    set_end(victim->victims, victim->first, step->old_index);
    culprit->stored_ns =
        mem_room(culprit->stored_ns, &culprit->cap, culprit->n + 1, sizeof *culprit->stored_ns);
    culprit->stored_ns[culprit->n++] = step->old_ns;
    p->n_flows++;
}

static void on_store(void *context, const struct coherence_step *step)
{
    struct counters *c = context;
    const struct event *store = step->store;
    if (step->is_own) {
        put_value(c->p, store->lane, store->t_ns, c->names[store->object], store->value);
        return;
    }
    note_flow(c->p, step);
    uint64_t *last_ns = &c->last_ns[store->object];
    // Clocks of two lanes: the order of the stores is known better than their times.
    if (store->t_ns < *last_ns)
        perfetto_note_moved(c->p, *last_ns - store->t_ns);
    else
        *last_ns = store->t_ns;
    put_value(c->p, 0, *last_ns, c->names[store->object], store->value);
}

// Whether the stores that are kept begin with the first one.
static bool is_from_the_beginning(const struct session_view *view, size_t lane)
{
    return timeline_first(view->timeline, lane) == 0;
}

// What the cells began with. A process has its copies from its start on, with the values that main
// had then, which no event tells; so theirs begin with their first store.
static void put_initial(struct counters *c)
{
    const struct session_view *view = c->p->view;
    bool is_known = true;
    for (size_t lane = 0; lane < (view->is_private ? 1 : view->n_lanes); lane++)
        is_known &= is_from_the_beginning(view, lane);
    for (size_t cell = 0; is_known && cell < view->prog->n_cells; cell++)
        put_value(c->p, 0, 0, c->names[cell], program_cell_initial(view->prog, cell));
}

void perfetto_counters(struct perfetto *p)
{
    const struct session_view *view = p->view;
    size_t n_cells = view->prog->n_cells;
    struct counters c = {
        .p = p,
        .names = mem_array(n_cells + 1, sizeof *c.names),
        .last_ns = mem_array(n_cells + 1, sizeof *c.last_ns),
    };
    for (size_t cell = 0; cell < n_cells; cell++)
        program_cell_name(view->prog, cell, c.names[cell]);
    put_initial(&c);
    if (!view->is_bare) {
        p->n_unordered = coherence_walk(view, on_store, &c);
    } else {
        // Only the end is known: without the ledger nobody knows in which order the lanes stored.
        for (size_t cell = 0; cell < n_cells; cell++)
            put_value(p, 0, view->now_ns, c.names[cell], view->cells[cell]);
    }
    mem_free(c.names);
    mem_free(c.last_ns);
}

static void put_share(struct perfetto *p, size_t lane, uint64_t t_ns, double percent)
{
    char text[64];
    begin_value(p, lane, t_ns);
    text_format(text, sizeof text, "%s without a core", p->view->lanes[lane].name);
    sink_json(p->sink, text);
    text_format(text, sizeof text, ",\"args\":{\"percent\":%.1f}}", percent);
    sink_text(p->sink, text);
}

void perfetto_waits(struct perfetto *p, size_t lane)
{
    const struct timeline *tl = p->view->timeline;
    size_t n = timeline_stretches(tl, lane);
    for (size_t i = 0; i < n; i++) {
        struct stretch stretch = timeline_stretch(tl, lane, i);
        double len_ns = (double)(stretch.t1_ns - stretch.t0_ns);
        put_share(p, lane, stretch.t0_ns, 100 * (double)stretch.waited_ns / len_ns);
        if (i + 1 == n || timeline_stretch(tl, lane, i + 1).t0_ns > stretch.t1_ns)
            put_share(p, lane, stretch.t1_ns, 0);
    }
}
