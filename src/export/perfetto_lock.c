// The lock's switch as a track: on, off, and switching while some lanes have seen it and some not.
#include "base/mem.h"
#include "base/text.h"
#include "export/perfetto_private.h"

#include <stdlib.h>

// One switching: seen by n lanes, by the first and the last of them at these times.
struct switching {
    uint32_t number; // from 1
    bool is_on;
    uint64_t first_ns, last_ns;
    size_t n;
};

struct switchings {
    struct switching *items;
    size_t n, cap;
};

static int by_number(const void *a, const void *b)
{
    const struct switching *x = a;
    const struct switching *y = b;
    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return x->first_ns < y->first_ns ? -1 : x->first_ns > y->first_ns;
}

static void collect(const struct timeline *tl, size_t lane, struct switchings *all)
{
    struct column column;
    timeline_column(tl, lane, 0, UINT64_MAX, &column);
    if (column.marks[MARK_TOGGLE] == 0)
        return;
    uint64_t n = timeline_count(tl, lane);
    for (uint64_t i = timeline_first(tl, lane); i < n; i++) {
        const struct event *event = timeline_at(tl, lane, i);
        if (event->kind != EVENT_TOGGLE)
            continue;
        all->items = mem_room(all->items, &all->cap, all->n + 1, sizeof *all->items);
        all->items[all->n++] = (struct switching){.number = event->turn,
                                                  .is_on = event->value,
                                                  .first_ns = event->t_ns,
                                                  .last_ns = event->t_ns,
                                                  .n = 1};
    }
}

// What several lanes have seen of one switching becomes one.
static void gather(struct switchings *all)
{
    size_t kept = 0;
    if (all->n == 0)
        return;
    qsort(all->items, all->n, sizeof *all->items, by_number);
    for (size_t i = 1; i < all->n; i++) {
        struct switching *last = &all->items[kept];
        if (all->items[i].number == last->number) {
            last->last_ns = all->items[i].last_ns;
            last->n++;
        } else {
            all->items[++kept] = all->items[i];
        }
    }
    all->n = kept + 1;
}

static void put_stretch(struct perfetto *p, uint64_t t0_ns, uint64_t t1_ns, const char *name,
                        const struct switching *seen)
{
    if (t1_ns <= t0_ns)
        return;
    perfetto_slice(p, 1, perfetto_lock_tid(p), t0_ns, t1_ns, name);
    if (seen) {
        sink_text(p->sink, ",\"args\":{\"lanes\":");
        sink_uint(p->sink, seen->n);
        sink_char(p->sink, '}');
    }
    sink_char(p->sink, '}');
}

static uint64_t at_most(uint64_t ns, uint64_t most_ns)
{
    return ns < most_ns ? ns : most_ns;
}

// Whether the event tells of a `with` that found the switch off. At native speed only accesses do.
static bool found_off(const struct event *event)
{
    bool is_access = event->kind == EVENT_LOAD || event->kind == EVENT_STORE;
    return event->kind == EVENT_SKIP || (is_access && (event->flags & ACCESS_OFF));
}

// Or on. acquire() follows no switch.
static bool found_on(const struct program *prog, const struct event *event)
{
    return event->kind == EVENT_ACQUIRE && event->pc < prog->n_ops &&
           prog->ops[event->pc].code == OP_ENTER;
}

// How a lane found the switch before it saw it switched; false when it did not look.
static bool has_looked(const struct session_view *view, size_t lane, bool *is_on)
{
    uint64_t n = timeline_count(view->timeline, lane);
    for (uint64_t i = timeline_first(view->timeline, lane); i < n; i++) {
        const struct event *event = timeline_at(view->timeline, lane, i);
        if (event->kind == EVENT_TOGGLE)
            return false;
        *is_on = found_on(view->prog, event);
        if (*is_on || found_off(event))
            return true;
    }
    return false;
}

// As the lanes found it at first. Somebody may have switched it before they began, or after they
// had ended.
static bool first_switch(const struct session_view *view, const struct switchings *all)
{
    bool is_on;
    for (size_t lane = 0; lane < view->n_lanes; lane++)
        if (has_looked(view, lane, &is_on))
            return is_on;
    // Every switching turns it round.
    return all->n ? all->items[0].is_on ^ (all->items[0].number & 1) : view->lock_wanted;
}

void perfetto_lock(struct perfetto *p)
{
    const struct timeline *tl = p->view->timeline;
    struct switchings all = {0};
    for (size_t lane = 0; lane < p->view->n_lanes; lane++)
        collect(tl, lane, &all);
    gather(&all);
    uint64_t end_ns = timeline_now(tl);
    bool was_on = first_switch(p->view, &all);
    put_stretch(p, 0, all.n ? all.items[0].first_ns : end_ns, was_on ? "on" : "off", NULL);
    for (size_t i = 0; i < all.n; i++) {
        const struct switching *one = &all.items[i];
        uint64_t next_ns = i + 1 < all.n ? all.items[i + 1].first_ns : end_ns;
        uint64_t settled_ns = at_most(one->last_ns, next_ns);
        put_stretch(p, one->first_ns, settled_ns, one->is_on ? "switching on" : "switching off",
                    one);
        put_stretch(p, settled_ns, next_ns, one->is_on ? "on" : "off", NULL);
    }
    mem_free(all.items);
}
