#include "trace/ledger_private.h"

#include <assert.h>

struct segment *segment_new(struct ledger *ledger, struct segment *parent, uint64_t value_before)
{
    struct segment *segment = pool_take(&ledger->segments);
    *segment = (struct segment){.parent = parent, .value_before = value_before};
    if (!parent)
        return segment;
    segment->right = parent->child;
    if (segment->right)
        segment->right->left = segment;
    parent->child = segment;
    parent->n_children++;
    return segment;
}

void segment_free(struct ledger *ledger, struct segment *segment)
{
    counts_clear(&segment->counts);
    pool_give(&ledger->segments, segment);
}

void segment_append(struct segment *segment, struct run *run)
{
    run->segment = segment;
    run->prev = segment->last;
    run->next = NULL;
    if (segment->last)
        segment->last->next = run;
    else
        segment->first = run;
    segment->last = run;
    segment->n_runs++;
    segment->n_live++;
}

static void run_unlink(struct segment *segment, struct run *run)
{
    if (run->prev)
        run->prev->next = run->next;
    else
        segment->first = run->next;
    if (run->next)
        run->next->prev = run->prev;
    else
        segment->last = run->prev;
    segment->n_runs--;
}

// Counts of segments: made when the segment is first blamed on somebody, kept from then on.

static void count_run(struct segment *segment, struct run *run)
{
    if (run->lump.list)
        counts_add_all(&segment->counts, &run->lump);
    else if (!run->is_blind)
        counts_add(&segment->counts, run->lane, run->n);
    run->is_counted = true;
    segment->counted_to = run;
}

static void uncount_run(struct segment *segment, struct run *run)
{
    for (uint32_t i = 0; i < run->lump.len; i++)
        counts_subtract(&segment->counts, run->lump.list[i].lane, run->lump.list[i].n);
    if (!run->lump.list && !run->is_blind)
        counts_subtract(&segment->counts, run->lane, run->n);
    run->is_counted = false;
}

static struct run *first_uncounted(const struct segment *segment)
{
    return segment->counted_to ? segment->counted_to->next : segment->first;
}

static void count_before(struct segment *segment, const struct run *end)
{
    for (struct run *run = first_uncounted(segment); run != end; run = run->next)
        count_run(segment, run);
}

void segment_cut(struct ledger *ledger, struct cell *cell, struct run *run, uint64_t value)
{
    struct segment *head = run->segment;
    struct segment *tail = segment_new(ledger, NULL, value);
    tail->parent = head;
    tail->value_after = head->value_after;
    tail->entry = head->entry;
    tail->culprit = head->culprit;
    tail->phase = head->phase;
    tail->is_absent = head->is_absent;
    if (tail->is_absent)
        log_open(ledger, tail->entry);

    tail->first = run->next;
    tail->last = head->last;
    for (struct run *moved = tail->first; moved; moved = moved->next) {
        if (moved->is_counted) {
            uncount_run(head, moved);
            head->counted_to = run;
        }
        moved->segment = tail;
        tail->n_runs++;
        tail->n_live += !moved->is_dead;
        tail->n_pins += moved->pins;
    }
    run->next->prev = NULL;
    run->next = NULL;
    head->last = run;
    head->value_after = value;
    head->n_runs -= tail->n_runs;
    head->n_live -= tail->n_live;
    head->n_pins -= tail->n_pins;

    for (struct segment *child = head->child; child; child = child->right)
        child->parent = tail;
    tail->child = head->child;
    tail->n_children = head->n_children;
    head->child = tail;
    head->n_children = 1;
    // What only the pin on `run` had kept open.
    if (!tail->n_live)
        segment_settle(ledger, cell, tail);
}

bool segment_can_join(const struct segment *segment)
{
    if (segment->n_children != 1)
        return false;
    const struct segment *child = segment->child;
    // The last write's path goes through every present segment but the last.
    assert(segment->is_absent == child->is_absent);
    return !segment->is_absent ||
           (segment->entry == child->entry && segment->culprit == child->culprit &&
            segment->phase == child->phase);
}

// Gives the counted runs of two neighbours one common count.
static void join_counts(struct segment *head, struct segment *tail)
{
    if (!tail->counted_to)
        return;
    count_before(head, NULL);
    counts_add_all(&head->counts, &tail->counts);
    head->counted_to = tail->counted_to;
}

// Puts `heir` in the place that `segment` has among its siblings.
static void take_place(struct cell *cell, struct segment *heir, const struct segment *segment)
{
    heir->parent = segment->parent;
    heir->left = segment->left;
    heir->right = segment->right;
    if (heir->left)
        heir->left->right = heir;
    else if (heir->parent)
        heir->parent->child = heir;
    else
        cell->root = heir;
    if (heir->right)
        heir->right->left = heir;
}

static void relabel(struct run *first, struct segment *segment)
{
    for (struct run *run = first; run; run = run->next)
        run->segment = segment;
}

struct segment *segment_join(struct ledger *ledger, struct cell *cell, struct segment *head)
{
    struct segment *tail = head->child;
    struct run *seam = tail->first;
    bool keeps_head = head->n_runs >= tail->n_runs;
    struct segment *kept = keeps_head ? head : tail;
    struct segment *gone = keeps_head ? tail : head;
    if (head->is_absent)
        log_close(ledger, head->entry);
    join_counts(head, tail);

    // The shorter one is relabelled, before the lists become one.
    relabel(gone->first, kept);
    seam->prev = head->last;
    if (head->last)
        head->last->next = seam;
    struct segment joined = *head;
    joined.first = head->first ? head->first : seam;
    joined.last = tail->last;
    joined.value_after = tail->value_after;
    joined.child = tail->child;
    joined.n_children = tail->n_children;
    joined.n_runs += tail->n_runs;
    joined.n_live += tail->n_live;
    joined.n_pins += tail->n_pins;
    gone->counts = tail->counts; // what is freed below
    *kept = joined;
    take_place(cell, kept, &joined);
    for (struct segment *child = kept->child; child; child = child->right)
        child->parent = kept;
    segment_free(ledger, gone);
    if (seam->is_dead)
        segment_melt(ledger, cell, seam);
    return kept;
}

static void segment_remove(struct ledger *ledger, struct segment *segment)
{
    if (segment->left)
        segment->left->right = segment->right;
    else
        segment->parent->child = segment->right;
    if (segment->right)
        segment->right->left = segment->left;
    segment->parent->n_children--;
    for (struct run *run = segment->first; run;) {
        struct run *next = run->next;
        run_free(ledger, run);
        run = next;
    }
    segment_free(ledger, segment);
}

void segment_settle(struct ledger *ledger, struct cell *cell, struct segment *segment)
{
    for (;;) {
        if (segment->is_absent && !segment->n_children && !segment->n_live && !segment->n_pins) {
            struct segment *parent = segment->parent;
            log_close(ledger, segment->entry);
            segment_remove(ledger, segment);
            segment = parent;
        } else if (segment_can_join(segment)) {
            segment = segment_join(ledger, cell, segment);
        } else {
            return;
        }
    }
}

// Makes what two dead runs have counted one lump, in `into`.
static void lump_take(struct run *into, struct run *gone)
{
    if (!gone->lump.list && !into->lump.list) {
        if (!into->n)
            into->lane = gone->lane;
        if (!gone->n || into->lane == gone->lane) {
            into->n += gone->n;
            return;
        }
    }
    if (!into->lump.list) {
        into->lump = gone->lump;
        gone->lump = (struct counts){0};
        counts_add(&into->lump, into->lane, into->n);
        into->n = 0;
    }
    if (gone->lump.list)
        counts_add_all(&into->lump, &gone->lump);
    else if (gone->n)
        counts_add(&into->lump, gone->lane, gone->n);
}

// `into` swallows the run before it; both are dead and nothing pins the seam.
static void run_absorb(struct ledger *ledger, struct run *into)
{
    struct segment *segment = into->segment;
    struct run *gone = into->prev;
    if (gone->is_counted && !into->is_counted)
        count_run(segment, into);
    run_unlink(segment, gone);
    assert(segment->counted_to != gone);
    lump_take(into, gone);
    run_free(ledger, gone);
}

// What is dead at the beginning of the root can never be taken away: it needs no counting, and the
// counts of the root are never asked for.
static void root_shed(struct ledger *ledger, struct segment *root)
{
    while (root->first && root->first->is_dead && !root->first->pins) {
        struct run *run = root->first;
        if (root->counted_to == run)
            root->counted_to = NULL;
        run_unlink(root, run);
        run_free(ledger, run);
    }
}

void segment_melt(struct ledger *ledger, struct cell *cell, struct run *run)
{
    struct segment *segment = run->segment;
    if (segment == cell->root && !run->prev) {
        root_shed(ledger, segment);
        return;
    }
    while (run->prev && run->prev->is_dead && !run->prev->pins)
        run_absorb(ledger, run);
    if (run->next && run->next->is_dead && !run->pins)
        run_absorb(ledger, run->next);
    if (segment == cell->root)
        root_shed(ledger, segment);
}

static void blame_lane(struct ledger *ledger, size_t cell, const struct segment *segment,
                       uint16_t victim, uint64_t n)
{
    ledger->lanes[victim].cells[cell]->lost += n;
    ledger->pairs[segment->culprit * ledger->n_lanes + victim] += n;
}

// Long segments are counted once; short ones are cheaper to walk through.
static void segment_recount(struct segment *segment)
{
    const struct run *run = first_uncounted(segment);
    for (int i = 0; run && i < 8; i++)
        run = run->next;
    // The last run is left out, since it may grow again.
    if (run)
        count_before(segment, segment->last);
}

// Adds `factor` (1 or its negative) times the segment's updates to what its culprit destroyed.
static uint64_t blame_change(struct ledger *ledger, struct cell *cell, struct segment *segment,
                             uint64_t factor)
{
    size_t index = (size_t)(cell - ledger->cells);
    uint64_t total = 0;
    segment_recount(segment);
    for (uint32_t i = 0; segment->counted_to && i < segment->counts.len; i++) {
        const struct count *count = &segment->counts.list[i];
        blame_lane(ledger, index, segment, count->lane, count->n * factor);
        total += count->n;
    }
    for (const struct run *run = first_uncounted(segment); run; run = run->next) {
        for (uint32_t i = 0; i < run->lump.len; i++) {
            const struct count *count = &run->lump.list[i];
            blame_lane(ledger, index, segment, count->lane, count->n * factor);
            total += count->n;
        }
        if (!run->lump.list && !run->is_blind) {
            blame_lane(ledger, index, segment, run->lane, run->n * factor);
            total += run->n;
        }
    }
    uint64_t amount = segment->value_after - segment->value_before;
    ledger->lanes[segment->culprit].cells[index]->destroyed += total * factor;
    ledger->tallies[segment->phase].lost += total * factor;
    cell->sum.lost += total * factor;
    cell->sum.lost_amount = (int64_t)((uint64_t)cell->sum.lost_amount + amount * factor);
    return total;
}

uint64_t blame_put(struct ledger *ledger, struct cell *cell, struct segment *segment)
{
    return blame_change(ledger, cell, segment, 1);
}

uint64_t blame_take(struct ledger *ledger, struct cell *cell, struct segment *segment)
{
    uint64_t total = blame_change(ledger, cell, segment, UINT64_MAX);
    log_count(ledger, segment->entry, 0 - total);
    return total;
}
