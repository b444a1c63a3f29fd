// The states of a lane as slices, one after the other, and what happened in them as instants.
#include "base/text.h"
#include "export/event_text.h"
#include "export/perfetto_private.h"

// What is an instant wherever it happens.
static const bool is_instant[EVENT_KIND_COUNT] = {
    [EVENT_START] = true,   [EVENT_FINISH] = true, [EVENT_FAIL] = true,   [EVENT_KILL] = true,
    [EVENT_RECOVER] = true, [EVENT_POST] = true,   [EVENT_NOTIFY] = true, [EVENT_NOTIFIED] = true,
    [EVENT_TAKE] = true,    [EVENT_GIVE] = true,   [EVENT_SPAWN] = true,  [EVENT_PRINT] = true,
    [EVENT_TOGGLE] = true,  [EVENT_BROKEN] = true, [EVENT_GAP] = true,
};

// The member "args" of an event as it grows; left out when nothing was put into it.
struct args {
    struct perfetto *p;
    bool is_open;
};

static void put_text(struct args *args, const char *key, const char *text)
{
    struct sink *sink = args->p->sink;
    if (!text[0])
        return;
    sink_text(sink, args->is_open ? "," : ",\"args\":{");
    sink_json(sink, key);
    sink_char(sink, ':');
    sink_json(sink, text);
    args->is_open = true;
}

static void end_args(struct args *args)
{
    if (args->is_open)
        sink_char(args->p->sink, '}');
}

static void put_instant(struct perfetto *p, const struct event *event)
{
    const struct session_view *view = p->view;
    char object[EVENT_TEXT], value[EVENT_TEXT];
    bool is_loss = event->kind == EVENT_STORE;
    const char *printed = event_printed(view, event);
    perfetto_begin(p, 'i', perfetto_pid(p, event->lane), perfetto_tid(event->lane, TRACK_STATES),
                   event->t_ns);
    sink_text(p->sink, ",\"s\":\"t\",\"name\":");
    sink_json(p->sink, is_loss ? "lost update" : event_info[event->kind].label);
    struct args args = {.p = p};
    put_text(&args, "of", event_object(view, event, object));
    put_text(&args, printed ? "text" : "value",
             printed ? printed : event_value(view, event, value));
    end_args(&args);
    sink_char(p->sink, '}');
}

// The locks that the lane holds when the slice begins.
static void put_locks(struct perfetto *p, uint64_t held)
{
    const struct program *prog = p->view->prog;
    struct args args = {.p = p};
    char names[EVENT_TEXT];
    size_t len = 0;
    for (size_t lock = 0; lock < prog->n_locks; lock++)
        if (held >> lock & 1)
            len += text_format(names + len, sizeof names - len, "%s%s", len ? " " : "",
                               prog->locks[lock].name);
    if (len > 0)
        put_text(&args, "locks", names);
    end_args(&args);
}

// What the lane waits for, as the event that began it says.
static void put_cause(struct perfetto *p, const struct event *cause)
{
    char text[EVENT_TEXT];
    struct args args = {.p = p};
    put_text(&args, "for", event_object(p->view, cause, text));
    put_text(&args, "held by", event_value(p->view, cause, text));
    end_args(&args);
}

static bool is_shown(uint8_t state)
{
    return state != LANE_NEW && state != LANE_FINISHED && state != LANE_KILLED &&
           state != LANE_FAILED;
}

// A stretch in one state. `cause` is the event that began it.
static void put_state(struct perfetto *p, const struct event *cause, const struct walker *walker,
                      uint64_t t1_ns)
{
    uint64_t t0_ns = cause->t_ns;
    if (!is_shown(walker->state) || t1_ns <= t0_ns)
        return;
    perfetto_slice(p, perfetto_pid(p, cause->lane), perfetto_tid(cause->lane, TRACK_STATES), t0_ns,
                   t1_ns, lane_state_name((enum lane_state)walker->state));
    if (walker->state == LANE_HOLDING)
        put_locks(p, walker->locks_held);
    else if (event_info[cause->kind].state_after == walker->state &&
             walker->state != LANE_RUNNING && walker->state != LANE_SLEEPING)
        put_cause(p, cause);
    sink_char(p->sink, '}');
}

// Events of a lane that can be read, one after the other, and how the lane stands.
struct run_of_events {
    size_t lane;
    uint64_t index; // of the first that is not done
    uint64_t end;   // where they end: after the last, or where they cannot be read
    struct walker walker;
};

// Where the next state begins, walking from event `index` on, which has been walked already.
static uint64_t find_change(const struct timeline *tl, struct run_of_events *run)
{
    uint8_t state = run->walker.state;
    uint64_t n = timeline_count(tl, run->lane);
    for (uint64_t index = run->index + 1; index < n; index++) {
        const struct event *event = timeline_at(tl, run->lane, index);
        if (timeline_is_unreadable(event)) {
            run->end = index;
            return index;
        }
        walk_event(&run->walker, event);
        if (run->walker.state != state)
            return index;
    }
    run->end = n;
    return n;
}

// A lock taken or given back inside another one changes no state.
static bool is_nested(const struct event *event)
{
    return event->kind == EVENT_ACQUIRE || event->kind == EVENT_RELEASE;
}

static bool is_told(const struct event *event, bool is_cause)
{
    bool is_loss = event->kind == EVENT_STORE && (event->flags & ACCESS_LOSS);
    return is_instant[event->kind] || is_loss || (is_nested(event) && !is_cause);
}

// One state, from the event at run->index on, and what happened in it.
static void put_stretch(struct perfetto *p, struct run_of_events *run)
{
    const struct timeline *tl = p->view->timeline;
    // A copy: of a saved run pages come and go.
    const struct event cause = *timeline_at(tl, run->lane, run->index);
    const struct walker walker = run->walker;
    uint64_t next = find_change(tl, run);
    uint64_t n = timeline_count(tl, run->lane);
    bool is_cut = next == run->end && next < n;
    uint64_t until_ns =
        next == n ? timeline_now(tl) : timeline_at(tl, run->lane, is_cut ? next - 1 : next)->t_ns;
    put_state(p, &cause, &walker, until_ns);
    for (uint64_t i = run->index; i < next; i++) {
        const struct event *event = timeline_at(tl, run->lane, i);
        if (is_told(event, i == run->index))
            put_instant(p, event);
    }
    run->index = next;
}

static uint64_t time_at(const struct timeline *tl, size_t lane, uint64_t index)
{
    return index < timeline_count(tl, lane) ? timeline_at(tl, lane, index)->t_ns : timeline_now(tl);
}

// A stretch up to event `until` of which it is only known that n events were in it. Returns where
// it ends.
static uint64_t put_unknown(struct perfetto *p, size_t lane, uint64_t t0_ns, uint64_t until,
                            const char *why, uint64_t n)
{
    uint64_t t1_ns = time_at(p->view->timeline, lane, until);
    if (t1_ns <= t0_ns)
        return t0_ns;
    perfetto_slice(p, perfetto_pid(p, lane), perfetto_tid(lane, TRACK_STATES), t0_ns, t1_ns, why);
    sink_text(p->sink, ",\"args\":{\"events\":");
    sink_uint(p->sink, n);
    sink_text(p->sink, "}}");
    return t1_ns;
}

void perfetto_states(struct perfetto *p, size_t lane)
{
    const struct timeline *tl = p->view->timeline;
    uint64_t n = timeline_count(tl, lane);
    uint64_t known = timeline_first(tl, lane), known_ns = timeline_start(tl, lane);
    if (known > 0)
        known_ns = put_unknown(p, lane, known_ns, known, "given up", known);
    for (;;) {
        struct run_of_events run = {.lane = lane, .end = UINT64_MAX};
        run.index = timeline_walk_from(tl, lane, known, &run.walker);
        if (run.index > known)
            put_unknown(p, lane, known_ns, run.index, p->view->is_saved ? "unreadable" : "given up",
                        run.index - known);
        if (p->view->is_saved)
            p->n_unreadable += run.index - known;
        if (run.index == n)
            return;
        walk_event(&run.walker, timeline_at(tl, lane, run.index));
        while (run.index < run.end)
            put_stretch(p, &run);
        if (run.index == n)
            return;
        known = run.index;
        known_ns = timeline_at(tl, lane, known - 1)->t_ns;
    }
}
