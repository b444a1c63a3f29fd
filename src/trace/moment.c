#include "trace/moment_private.h"

#include "base/mem.h"

enum { GONE_MAX = 1024 }; // updates that are followed back

// --- the ops of a loss

static void note_part(struct moment *m, enum moment_part part, uint16_t lane, uint64_t index)
{
    if (index == UINT64_MAX)
        return;
    m->parts[part].lane = lane;
    m->parts[part].index = index;
    m->parts[part].is_found = true;
}

// Back from the write that was replaced, over the write that each of them was computed from, to the
// one that the store had loaded.
static size_t count_gone(const struct moment *m, const struct event *load)
{
    const struct timeline *tl = m->ask.timeline;
    uint16_t lane = m->parts[MOMENT_VICTIM_STORE].lane;
    uint64_t store = m->parts[MOMENT_VICTIM_STORE].index;
    // Of a saved run what is handed out does not stay.
    uint32_t loaded = load->turn;
    uint16_t cell = load->object;
    for (size_t gone = 0; gone < GONE_MAX; gone++) {
        uint64_t own = timeline_find_load(tl, lane, store);
        if (own == UINT64_MAX)
            return 0;
        uint32_t mark = timeline_at(tl, lane, own)->turn;
        if (mark == loaded)
            return gone + 1;
        lane = (uint16_t)(mark >> WRITE_MARK_SEQ_BITS);
        store = lane < m->ask.n_lanes ? timeline_find_store(tl, lane, cell, mark) : UINT64_MAX;
        if (store == UINT64_MAX)
            return 0;
    }
    return 0;
}

static void find_parts(struct moment *m)
{
    const struct timeline *tl = m->ask.timeline;
    uint16_t lane = m->ask.lane;
    const struct event *store = moment_event(m, lane, m->ask.index);
    m->view.is_loss = store->kind == EVENT_STORE && (store->flags & ACCESS_LOSS);
    note_part(m, MOMENT_STORE, lane, m->ask.index);
    if (!m->view.is_loss)
        return;
    uint64_t load = timeline_find_load(tl, lane, m->ask.index);
    note_part(m, MOMENT_LOAD, lane, load);
    uint16_t victim = (uint16_t)(store->replaced >> WRITE_MARK_SEQ_BITS);
    if (victim >= m->ask.n_lanes)
        return;
    uint64_t lost = timeline_find_store(tl, victim, store->object, store->replaced);
    note_part(m, MOMENT_VICTIM_STORE, victim, lost);
    if (lost == UINT64_MAX)
        return;
    note_part(m, MOMENT_VICTIM_LOAD, victim, timeline_find_load(tl, victim, lost));
    if (load != UINT64_MAX)
        m->view.n_gone = count_gone(m, moment_event(m, lane, load));
}

// --- the order

// Whether what a LOAD read had been written before all events that are here, or before those behind
// the gap. Unless what replaced it is here as well, the LOAD comes before what follows upon that.
static void note_old(const struct moment *m, struct order_node *node)
{
    if (node->event->kind != EVENT_LOAD || !m->ask.has_ids)
        return;
    uint64_t store = moment_find_write(m, node->event);
    size_t writer = moment_writer(m, node->event);
    if (store == UINT64_MAX || store < m->lanes[writer].at[0].from) {
        node->is_old = true;
    } else if (moment_event(m, writer, store)->t_ns < m->gap_to_ns) {
        node->is_old = true;
        node->old_ns = m->gap_to_ns;
    }
}

// At native speed a lane tells a load with its store. A stop from outside, which the lane does not
// report itself, comes before both then, and the load has the time of that.
static bool is_free(const struct moment *m, size_t lane, uint64_t index)
{
    const struct timeline *tl = m->ask.timeline;
    const struct event *load = moment_event(m, lane, index);
    if (load->kind != EVENT_LOAD || !(load->flags & ACCESS_UPDATE) ||
        index <= timeline_first(tl, lane) || index + 1 >= timeline_count(tl, lane))
        return false;
    const struct event *store = moment_event(m, lane, index + 1);
    return store->kind == EVENT_STORE && store->pc == load->pc && store->object == load->object &&
           moment_event(m, lane, index - 1)->t_ns == load->t_ns;
}

static void gather(struct moment *m)
{
    size_t n = 0;
    for (size_t lane = 0; lane < m->ask.n_lanes; lane++)
        for (size_t k = 0; k < m->lanes[lane].n; k++)
            n += (size_t)(m->lanes[lane].at[k].to - m->lanes[lane].at[k].from);
    m->nodes = mem_array(n, sizeof *m->nodes);
    m->events = mem_array(n, sizeof *m->events);
    for (size_t lane = 0; lane < m->ask.n_lanes; lane++)
        for (size_t k = 0; k < m->lanes[lane].n; k++)
            for (uint64_t i = m->lanes[lane].at[k].from; i < m->lanes[lane].at[k].to; i++) {
                struct event *event = &m->events[m->n];
                *event = *moment_event(m, lane, i);
                // One that cannot be read has no lane and no time of its own.
                event->lane = (uint16_t)lane;
                if (timeline_is_unreadable(event) && m->n > 0)
                    event->t_ns = event[-1].t_ns;
                m->nodes[m->n] =
                    (struct order_node){.event = event, .index = i, .is_free = is_free(m, lane, i)};
                note_old(m, &m->nodes[m->n++]);
            }
}

// --- what does not belong here

// An op that its lane had done long before, and looked at the clock only now: the first of its lane
// here, or behind the gap, since the next one is begun after that look.
static bool leave_out(struct moment *m, const struct order_node *node)
{
    struct pieces *pieces = &m->lanes[node->event->lane];
    for (size_t k = 0; k < pieces->n && !moment_is_part(m, node->event->lane, node->index); k++) {
        struct piece *piece = &pieces->at[k];
        if (piece->from == node->index && piece->from < piece->to) {
            piece->from++;
            return true;
        }
    }
    return false;
}

static bool is_gap_between(const struct moment *m, const struct order_node *a,
                           const struct order_node *b)
{
    return a->bound_ns < m->gap_to_ns && b->bound_ns >= m->gap_from_ns;
}

// The newest write to the cell before that place in the order; NULL: none is here, or events in
// between are left out.
static const struct order_node *write_before(const struct moment *m, const size_t *order, size_t at)
{
    uint16_t cell = m->nodes[order[at]].event->object;
    for (size_t i = at; i-- > 0;) {
        const struct order_node *node = &m->nodes[order[i]];
        if (node->event->kind == EVENT_STORE && node->event->object == cell)
            return is_gap_between(m, node, &m->nodes[order[at]]) ? NULL : node;
    }
    return NULL;
}

// Whether the access at that place in the order follows upon another write than the one before.
static const struct order_node *wrong_write(const struct moment *m, const size_t *order, size_t at)
{
    const struct event *event = m->nodes[order[at]].event;
    if (!moment_is_access(event))
        return NULL;
    const struct order_node *write = write_before(m, order, at);
    return write && write->event->turn != moment_write_needed(event) ? write : NULL;
}

// Whether something is in the wrong place, which is then left out.
static bool has_stray(struct moment *m, const size_t *order)
{
    for (size_t i = 0; moment_has_order(m) && i < m->n; i++) {
        const struct order_node *write = wrong_write(m, order, i);
        if (write && (leave_out(m, &m->nodes[order[i]]) || leave_out(m, write)))
            return true;
    }
    return false;
}

// --- rows

// What is left out: of each lane, from the event behind its last row to its next row, or to the end
// of its pieces.
struct left_out {
    uint64_t from, to;
};

static void next_left_out(const struct moment *m, struct left_out *left, size_t node)
{
    uint16_t lane = m->nodes[node].event->lane;
    const struct pieces *pieces = &m->lanes[lane];
    bool is_last = node + 1 == m->n || m->nodes[node + 1].event->lane != lane;
    uint64_t from = m->nodes[node].index + 1;
    left[lane].from = left[lane].from > from ? left[lane].from : from;
    left[lane].to = is_last ? pieces->at[pieces->n - 1].to : m->nodes[node + 1].index;
}

static struct left_out *first_left_out(const struct moment *m)
{
    struct left_out *left = mem_array(m->ask.n_lanes, sizeof *left);
    for (size_t lane = 0; lane < m->ask.n_lanes; lane++) {
        const struct pieces *pieces = &m->lanes[lane];
        left[lane] = (struct left_out){pieces->at[0].from, pieces->at[pieces->n - 1].to};
    }
    for (size_t i = m->n; i-- > 0;)
        left[m->nodes[i].event->lane].to = m->nodes[i].index;
    return left;
}

// What any lane did before this row, and nobody has been told of.
static uint64_t hidden_before(const struct moment *m, struct left_out *left, size_t node)
{
    uint64_t n = 0;
    if (m->gap_to_ns == 0 || m->nodes[node].bound_ns < m->gap_from_ns)
        return 0;
    for (size_t lane = 0; lane < m->ask.n_lanes; lane++) {
        uint64_t to = left[lane].to;
        // As far as its clock says; of the row's own lane, all.
        if (lane != m->nodes[node].event->lane && m->nodes[node].bound_ns < m->gap_to_ns &&
            left[lane].from < to) {
            uint64_t at = timeline_find(m->ask.timeline, lane, m->nodes[node].bound_ns);
            to = at < left[lane].from ? left[lane].from : at < to ? at : to;
        }
        if (to <= left[lane].from)
            continue;
        n += to - left[lane].from;
        left[lane].from = to;
    }
    return n;
}

static void make_rows(struct moment *m, const size_t *order)
{
    struct left_out *left = first_left_out(m);
    m->rows = mem_array(m->n, sizeof *m->rows);
    for (size_t i = 0; i < m->n; i++) {
        const struct order_node *node = &m->nodes[order[i]];
        m->rows[i] =
            (struct moment_row){.event = node->event,
                                .index = node->index,
                                .t_ns = node->bound_ns,
                                .is_late = node->is_free || node->bound_ns < node->event->t_ns,
                                .is_gap = moment_has_order(m) && wrong_write(m, order, i),
                                .hidden = hidden_before(m, left, order[i])};
        next_left_out(m, left, order[i]);
        for (size_t part = 0; part < MOMENT_PARTS; part++)
            if (m->parts[part].is_found && m->parts[part].lane == node->event->lane &&
                m->parts[part].index == node->index)
                m->view.parts[part] = (int)i;
    }
    mem_free(left);
}

static size_t *put_in_order(struct moment *m)
{
    const struct order_rules rules = {.is_private = m->ask.is_private, .has_ids = m->ask.has_ids};
    for (int round = 0;; round++) {
        gather(m);
        size_t *order = mem_array(m->n, sizeof *order);
        m->view.is_broken = !moment_order(m->nodes, m->n, rules, order);
        if (round == MOMENT_ROUNDS || !has_stray(m, order))
            return order;
        mem_free(order);
        mem_free(m->nodes);
        mem_free(m->events);
        m->n = 0;
    }
}

struct moment *moment_new(const struct moment_question *question)
{
    struct moment *m = mem_alloc(sizeof *m);
    m->ask = *question;
    m->lanes = mem_array(question->n_lanes, sizeof *m->lanes);
    for (size_t part = 0; part < MOMENT_PARTS; part++)
        m->view.parts[part] = MOMENT_NO_ROW;
    find_parts(m);
    moment_choose(m);
    size_t *order = put_in_order(m);
    make_rows(m, order);
    mem_free(order);
    m->view.rows = m->rows;
    m->view.n_rows = m->n;
    m->view.middle = (size_t)m->view.parts[MOMENT_STORE];
    if (!m->view.is_loss)
        m->view.parts[MOMENT_STORE] = MOMENT_NO_ROW;
    mem_free(m->lanes);
    m->lanes = NULL;
    mem_free(m->nodes);
    m->nodes = NULL;
    return m;
}

void moment_free(struct moment *moment)
{
    if (!moment)
        return;
    mem_free(moment->rows);
    mem_free(moment->events);
    mem_free(moment);
}

struct moment_view moment_view(const struct moment *moment)
{
    return moment->view;
}
