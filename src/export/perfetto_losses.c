// Updates that overwrote others or were overwritten, from load to store, and the flows between
// them.
#include "export/event_text.h"
#include "export/perfetto_private.h"

enum { LOAD_SEEK = 256 }; // events that are looked at to find an update's load

static bool is_update(const struct event *event, const struct event *store)
{
    return event->object == store->object && (event->flags & ACCESS_UPDATE);
}

// The load that the store built on; NULL where there is none, or none is known.
static const struct event *find_load(const struct timeline *tl, const struct event *store,
                                     uint64_t index)
{
    uint64_t first = timeline_first(tl, store->lane);
    size_t inner = 0; // updates of the cell inside of this one
    if (!(store->flags & ACCESS_UPDATE) || (store->flags & ACCESS_ATOMIC))
        return NULL;
    for (size_t i = 0; i < LOAD_SEEK && index-- > first; i++) {
        const struct event *event = timeline_at(tl, store->lane, index);
        if (event->kind == EVENT_GAP)
            return NULL;
        if (!is_update(event, store))
            continue;
        if (event->kind == EVENT_STORE)
            inner += !(event->flags & ACCESS_ATOMIC);
        else if (event->kind == EVENT_LOAD && inner-- == 0)
            return event;
    }
    return NULL;
}

// One write is replaced once, so its mark names the flow.
static void put_flow(struct perfetto *p, char phase, const struct event *store, uint64_t t_ns,
                     uint32_t victim)
{
    perfetto_begin(p, phase, perfetto_pid(p, store->lane), perfetto_tid(store->lane, TRACK_LOSSES),
                   t_ns);
    sink_text(p->sink, ",\"id\":");
    sink_uint(p->sink, (uint64_t)store->object << 32 | victim);
    sink_text(p->sink, ",\"cat\":\"loss\",\"name\":\"lost\"");
    sink_text(p->sink, phase == 'f' ? ",\"bp\":\"e\"}" : "}");
}

static void put_update(struct perfetto *p, const struct event *store, const struct event *load,
                       uint64_t t0_ns, uint64_t t1_ns)
{
    static const char *const names[] = {"overwrote", "overwritten", "both"};
    bool is_loss = store->flags & ACCESS_LOSS;
    bool is_lost = store->flags & ACCESS_LOST;
    char name[48];
    perfetto_slice(p, perfetto_pid(p, store->lane), perfetto_tid(store->lane, TRACK_LOSSES), t0_ns,
                   t1_ns,
                   names[is_loss && is_lost ? 2
                         : is_loss          ? 0
                                            : 1]);
    sink_text(p->sink, ",\"args\":{");
    sink_json(p->sink, program_cell_name(p->view->prog, store->object, name));
    sink_text(p->sink, ":[");
    if (load) {
        sink_int(p->sink, load->value);
        sink_char(p->sink, ',');
    }
    sink_int(p->sink, store->value);
    sink_text(p->sink, "]}}");
}

static uint64_t later(uint64_t a_ns, uint64_t b_ns)
{
    return a_ns > b_ns ? a_ns : b_ns;
}

// Where the slice begins. A culprit had loaded before its victim stored, which is why that store is
// lost; where the clocks of the two say otherwise the load is drawn just before.
static uint64_t load_time(struct perfetto *p, const struct event *load, uint64_t victim_ns,
                          uint64_t free_ns)
{
    uint64_t load_ns = load->t_ns;
    if (load_ns >= victim_ns && victim_ns > free_ns) {
        perfetto_note_moved(p, load_ns - (victim_ns - 1));
        load_ns = victim_ns - 1;
    }
    return later(load_ns, free_ns);
}

// Returns until when the track is taken. A flow must not end before it begins, or viewers leave it
// out; so it begins where the culprit's slice does.
static uint64_t put_loss(struct perfetto *p, const struct event *store, uint64_t index,
                         uint64_t free_ns)
{
    struct flow_ends *ends = &p->ends[store->lane];
    bool is_culprit = perfetto_is_end(ends->culprits, ends->first, index);
    uint64_t victim_ns = is_culprit ? ends->stored_ns[ends->n_done++] : UINT64_MAX;
    const struct event *load = find_load(p->view->timeline, store, index);
    uint64_t store_ns = later(store->t_ns, free_ns);
    if (store_ns > store->t_ns)
        perfetto_note_moved(p, store_ns - store->t_ns);
    uint64_t load_ns = load ? load_time(p, load, victim_ns, free_ns) : store_ns;
    // The nanosecond of the store is part of it, so that the flow is inside.
    put_update(p, store, load, load_ns, store_ns + 1);
    if (is_culprit) {
        put_flow(p, 's', store, load_ns, store->replaced);
        p->n_backward += load_ns >= victim_ns;
    }
    if (perfetto_is_end(ends->victims, ends->first, index))
        put_flow(p, 'f', store, store_ns, store->turn);
    return store_ns + 1;
}

void perfetto_losses(struct perfetto *p, size_t lane)
{
    const struct timeline *tl = p->view->timeline;
    const struct flow_ends *ends = &p->ends[lane];
    uint64_t n = timeline_count(tl, lane);
    uint64_t free_ns = 0; // until then the track is taken
    for (uint64_t i = timeline_first(tl, lane); i < n; i++) {
        const struct event store = *timeline_at(tl, lane, i);
        bool is_one = (store.flags & (ACCESS_LOSS | ACCESS_LOST)) ||
                      perfetto_is_end(ends->victims, ends->first, i);
        if (store.kind == EVENT_STORE && is_one)
            free_ns = put_loss(p, &store, i, free_ns);
    }
}
