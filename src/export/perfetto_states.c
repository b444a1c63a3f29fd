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

// Where the next state begins, walking from event `index` on, which has been walked already.
static uint64_t find_change(const struct timeline *tl, size_t lane, uint64_t index,
                            struct walker *walker)
{
    uint64_t n = timeline_count(tl, lane);
    uint8_t state = walker->state;
    for (index++; index < n; index++) {
        walk_event(walker, timeline_at(tl, lane, index));
        if (walker->state != state)
            return index;
    }
    return n;
}

// A lock taken or given back inside another one changes no state.
static bool is_nested(const struct event *event, const struct event *cause)
{
    return (event->kind == EVENT_ACQUIRE || event->kind == EVENT_RELEASE) && event != cause;
}

static bool is_told(const struct event *event, const struct event *cause)
{
    bool is_loss = event->kind == EVENT_STORE && (event->flags & ACCESS_LOSS);
    return is_instant[event->kind] || is_loss || is_nested(event, cause);
}

static void put_given_up(struct perfetto *p, size_t lane, uint64_t n)
{
    const struct timeline *tl = p->view->timeline;
    uint64_t last_ns =
        n < timeline_count(tl, lane) ? timeline_at(tl, lane, n)->t_ns : timeline_now(tl);
    perfetto_slice(p, perfetto_pid(p, lane), perfetto_tid(lane, TRACK_STATES),
                   timeline_start(tl, lane), last_ns, "given up");
    sink_text(p->sink, ",\"args\":{\"events\":");
    sink_uint(p->sink, n);
    sink_text(p->sink, "}}");
}

void perfetto_states(struct perfetto *p, size_t lane)
{
    const struct timeline *tl = p->view->timeline;
    struct walker walker;
    uint64_t n = timeline_count(tl, lane);
    uint64_t index = timeline_walk_from(tl, lane, &walker);
    if (index > 0)
        put_given_up(p, lane, index);
    if (index < n)
        walk_event(&walker, timeline_at(tl, lane, index));
    while (index < n) {
        const struct event *cause = timeline_at(tl, lane, index);
        struct walker ahead = walker;
        uint64_t next = find_change(tl, lane, index, &ahead);
        put_state(p, cause, &walker,
                  next < n ? timeline_at(tl, lane, next)->t_ns : timeline_now(tl));
        for (; index < next; index++) {
            const struct event *event = timeline_at(tl, lane, index);
            if (is_told(event, cause))
                put_instant(p, event);
        }
        walker = ahead;
    }
}
