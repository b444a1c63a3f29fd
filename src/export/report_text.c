#include "export/report.h"

#include "base/mem.h"
#include "base/text.h"
#include "export/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAIRS_SHOWN = 12, COPIES_SHOWN = 6, ITEMS_SHOWN = 32 };

bool report_holds(const struct session_view *view)
{
    for (size_t i = 0; i < view->n_claims; i++)
        if (view->claims[i].is_judged ? !view->claims[i].holds : !view->claims[i].is_always)
            return false;
    return !view->has_failed && !view->is_deadlocked;
}

struct report_cell report_cell(const struct session *session, size_t cell)
{
    struct session_view view = session_view(session);
    struct report_cell sums = {.initial = program_cell_initial(view.prog, cell),
                               .final = view.cells[cell]};
    if (view.is_bare) {
        struct session_bare bare = session_bare(session, cell);
        sums.updates = bare.updates;
        sums.expected = (int64_t)((uint64_t)sums.initial + (uint64_t)bare.amount);
        uint64_t net = (uint64_t)sums.final - (uint64_t)sums.initial;
        sums.is_lost_known = bare.is_by_one;
        sums.lost = bare.is_by_one ? bare.updates - net : 0;
        return sums;
    }
    sums.is_lost_known = true;
    const struct ledger_cell *counts = ledger_cell(view.ledger, cell);
    sums.updates = counts->updates;
    sums.lost = counts->lost;
    sums.expected = (int64_t)((uint64_t)sums.final + (uint64_t)counts->lost_amount);
    return sums;
}

static void add_head(struct page *page, const struct session_view *view)
{
    char pace[16], elapsed[16];
    page_add(page, "%s%s%s\n", view->prog->name, view->prog->title[0] ? ": " : "",
             view->prog->title);
    page_add(page, "%s x%zu", mode_names[view->mode], view->n_lanes - 1);
    if (view->gil != GIL_OFF)
        page_add(page, ", GIL as in CPython %s (%llu switches)", gil_names[view->gil],
                 (unsigned long long)view->gil_switches);
    if (program_uses_processes(view->prog) && view->prog->n_cells > 0)
        page_add(page, ", %s memory", memory_names[view->prog->memory]);
    if (view->lock != SWITCH_NONE)
        page_add(page, ", lock %s (%s)", view->lock_wanted ? "on" : "off", view->lock_kind);
    if (view->pace_ns)
        page_add(page, ", %s before each access", text_duration(pace, view->pace_ns));
    else
        page_add(page, ", native speed");
    page_add(page, "%s, seed %llu, took %s\n", view->is_bare ? ", bare" : "",
             (unsigned long long)view->seed, text_duration(elapsed, view->now_ns));
    if (view->is_simulated)
        page_add(page, "simulated: %zu steps on a virtual clock\n", view->n_steps);
    if (view->trouble)
        page_add(page, "%s\n", view->trouble);
}

// Long ones are for --json.
static void add_schedule(struct page *page, const struct session *session)
{
    enum { SHOWN = 400 };
    char *schedule = session_schedule(session);
    size_t len = strlen(schedule);
    page_add(page, "schedule: %.*s%s\n", SHOWN, schedule,
             len > SHOWN ? " ... (--json has all)" : "");
    mem_free(schedule);
}

static void add_output(struct page *page, const struct session_view *view)
{
    char n[28];
    page_add(page, "\n");
    if (view->n_output_dropped)
        page_add(page, "    (%s older lines are not kept)\n",
                 text_grouped(n, (int64_t)view->n_output_dropped));
    for (size_t i = 0; i < view->n_output; i++)
        page_add(page, "    %s\n", view->output[i].text);
}

static void add_cells(struct page *page, const struct session *session,
                      const struct session_view *view)
{
    char name[48], a[28], b[28], c[28], d[28], e[28];
    if (view->prog->n_cells == 0)
        return;
    page_add(page, "\n%-16s %12s %14s %14s %14s %14s\n", "cell", "initial", "final", "expected",
             "updates", "lost");
    for (size_t i = 0; i < view->prog->n_cells; i++) {
        struct report_cell cell = report_cell(session, i);
        page_add(page, "%-16s %12s %14s %14s %14s %14s", program_cell_name(view->prog, i, name),
                 text_grouped(a, cell.initial), text_grouped(b, cell.final),
                 cell.is_lost_known ? text_grouped(c, cell.expected) : "?",
                 text_grouped(d, (int64_t)cell.updates),
                 cell.is_lost_known ? text_grouped(e, (int64_t)cell.lost) : "?");
        if (cell.updates && cell.is_lost_known)
            page_add(page, "  %.2f %%", 100.0 * (double)cell.lost / (double)cell.updates);
        page_add(page, "\n");
    }
}

static void add_lanes(struct page *page, const struct session_view *view)
{
    char start[16], finish[16], made[28], lost[28], over[28];
    page_add(page, "\n%-16s %-8s %-12s %9s %9s %14s %12s %12s\n", "lane", "kind", "state", "start",
             "finish", "made", "lost", "overwrote");
    for (size_t i = 0; i < view->n_lanes; i++) {
        const struct session_lane *lane = &view->lanes[i];
        struct ledger_lane counts = ledger_lane(view->ledger, i);
        page_add(page, "%-16s %-8s %-12s %9s %9s %14s %12s %12s\n", lane->name,
                 lane_kind_name(lane->kind), lane_state_name(lane->state),
                 lane->is_started ? text_duration(start, lane->start_ns) : "-",
                 lane->is_started && lane->end_ns != UINT64_MAX
                     ? text_duration(finish, lane->end_ns)
                     : "-",
                 text_grouped(made, (int64_t)lane->updates),
                 view->is_bare ? "?" : text_grouped(lost, (int64_t)counts.lost),
                 view->is_bare ? "?" : text_grouped(over, (int64_t)counts.destroyed));
        if (lane->failure[0])
            page_add(page, "    %s: %s\n", lane->name, lane->failure);
        if (lane->death[0])
            page_add(page, "    %s: %s\n", lane->name, lane->death);
    }
}

struct pair {
    uint64_t count;
    size_t culprit, victim;
};

static int by_count(const void *a, const void *b)
{
    const struct pair *x = a;
    const struct pair *y = b;
    return x->count != y->count ? (x->count < y->count ? 1 : -1) : 0;
}

static void add_pairs(struct page *page, const struct session_view *view)
{
    char count[28];
    struct pair *pairs = NULL;
    size_t n = 0, cap = 0;
    for (size_t victim = 0; victim < view->n_lanes; victim++)
        for (size_t culprit = 0; culprit < view->n_lanes; culprit++) {
            uint64_t lost = ledger_pair(view->ledger, culprit, victim);
            if (lost == 0)
                continue;
            pairs = mem_room(pairs, &cap, n + 1, sizeof *pairs);
            pairs[n++] = (struct pair){lost, culprit, victim};
        }
    if (n)
        qsort(pairs, n, sizeof *pairs, by_count);
    for (size_t i = 0; i < n && i < PAIRS_SHOWN; i++)
        page_add(page, "%s overwrote %s updates of %s\n", view->lanes[pairs[i].culprit].name,
                 text_grouped(count, (int64_t)pairs[i].count),
                 pairs[i].victim == pairs[i].culprit ? "its own lane"
                                                     : view->lanes[pairs[i].victim].name);
    if (n > PAIRS_SHOWN)
        page_add(page, "and %zu more pairs; --json has them all\n", n - PAIRS_SHOWN);
    mem_free(pairs);
}

static uint64_t total_lost(const struct session_view *view)
{
    uint64_t lost = 0;
    for (size_t i = 0; i < view->n_lanes; i++)
        lost += ledger_lane(view->ledger, i).lost;
    return lost;
}

// Processes that share nothing: what became of their own copies, and why main's are as they were.
static void add_copies(struct page *page, const struct session_view *view)
{
    char name[48], own[28];
    if (view->prog->n_cells == 0)
        return;
    page_add(
        page,
        "each process has worked on its own copy of every variable; main's are as they were:\n");
    for (size_t lane = 1; lane < view->n_lanes; lane++) {
        page_add(page, "%-16s", view->lanes[lane].name);
        for (size_t cell = 0; cell < view->prog->n_cells && cell < COPIES_SHOWN; cell++)
            page_add(page, "  %s %s", program_cell_name(view->prog, cell, name),
                     text_grouped(own, view->lanes[lane].copies[cell]));
        page_add(page, "%s\n", view->prog->n_cells > COPIES_SHOWN ? "  ..." : "");
    }
}

// A run that could lose and lost nothing: say why, from what was measured.
static void add_reason(struct page *page, const struct session_view *view)
{
    char overlap[16], elapsed[16];
    if (view->is_private) {
        add_copies(page, view);
        return;
    }
    if (view->is_bare || view->lock_wanted || total_lost(view) || view->prog->n_cells == 0 ||
        view->lock == SWITCH_NONE)
        return;
    text_duration(elapsed, view->now_ns);
    if (view->overlap_ns == 0)
        page_add(page,
                 "\nno update was lost: the lanes did not overlap, each ended before the next "
                 "began\n");
    else
        page_add(
            page,
            "\nno update was lost, though the lanes overlapped for %s of %s: no store fell between "
            "another lane's load and its store\n",
            text_duration(overlap, view->overlap_ns), elapsed);
}

static void add_pool(struct page *page, const struct session *session,
                     const struct session_view *view)
{
    for (size_t i = 0; i < view->prog->pool.n_items && i < ITEMS_SHOWN; i++) {
        struct session_item item = session_item(session, i);
        char input[48], result[48];
        bool is_taken = item.lane != EVENT_NO_OBJECT;
        page_add(page, "%-24s by %-16s = %s\n", program_item_text(view->prog, i, input),
                 is_taken ? view->lanes[item.lane].name : "nobody",
                 item.is_done ? program_result_text(view->prog, item.result, result) : "nothing");
    }
    if (view->prog->pool.n_items > ITEMS_SHOWN)
        page_add(page, "and %u more inputs; --json has them all\n",
                 view->prog->pool.n_items - ITEMS_SHOWN);
}

// Nothing where nobody waited.
static void add_waits(struct page *page, const struct session *session, size_t lock,
                      const struct session_wait *wait)
{
    char p50[16], p99[16], max[16];
    struct session_waits waits;
    session_waits(session, lock, &waits);
    if (waits.n)
        page_add(page, "; waits p50 %s, p99 %s, max %s", text_duration(p50, wait->p50_ns),
                 text_duration(p99, wait->p99_ns), text_duration(max, wait->max_ns));
}

static void add_semaphore(struct page *page, const struct session *session, size_t lock)
{
    char waits[28], contended[28], posts[28];
    struct session_semaphore semaphore = session_semaphore(session, lock);
    page_add(page, "semaphore %s: %s taken, %s of them waited for, %s posted; %lld at the end",
             semaphore.name, text_grouped(waits, (int64_t)semaphore.waits),
             text_grouped(contended, (int64_t)semaphore.contended),
             text_grouped(posts, (int64_t)semaphore.posts), (long long)semaphore.value);
    add_waits(page, session, lock, &semaphore.wait);
    page_add(page, "\n");
}

static void add_condition(struct page *page, const struct session *session, size_t lock)
{
    char waits[28], notifies[28];
    struct session_condition condition = session_condition(session, lock);
    page_add(page, "condition %s of %s: %s waits, %s notifies", condition.name, condition.lock,
             text_grouped(waits, (int64_t)condition.waits),
             text_grouped(notifies, (int64_t)condition.notifies));
    add_waits(page, session, lock, &condition.wait);
    page_add(page, "\n");
}

static void add_hold(struct page *page, const struct session_view *view,
                     const struct session_lock *lock)
{
    char longest[16], from[16];
    if (lock->hold_max_lane >= view->n_lanes)
        return;
    page_add(page, "; held at most %s, by %s at %s", text_duration(longest, lock->hold_max_ns),
             view->lanes[lock->hold_max_lane].name, text_duration(from, lock->hold_max_from_ns));
}

static void add_lock(struct page *page, const struct session *session,
                     const struct session_view *view, size_t number)
{
    char n[28], c[28];
    struct session_lock lock = session_lock(session, number);
    if (lock.acquisitions == 0)
        return;
    page_add(page, "lock %s: %s acquisitions, %s contended", lock.name,
             text_grouped(n, (int64_t)lock.acquisitions), text_grouped(c, (int64_t)lock.contended));
    add_waits(page, session, number, &lock.wait);
    add_hold(page, view, &lock);
    if (lock.recovered)
        page_add(page, "; taken over %s times from a process that had died with it",
                 text_grouped(n, (int64_t)lock.recovered));
    page_add(page, "\n");
}

static void add_locks(struct page *page, const struct session *session,
                      const struct session_view *view)
{
    for (size_t i = 0; i < view->prog->n_locks; i++) {
        if (view->prog->locks[i].type == LOCK_SEMAPHORE)
            add_semaphore(page, session, i);
        else if (view->prog->locks[i].type == LOCK_CONDITION)
            add_condition(page, session, i);
        else
            add_lock(page, session, view, i);
    }
}

static void add_place(struct page *page, const struct session_view *view,
                      const struct session_claim *claim)
{
    char when[16], value[28];
    page_add(page, "broken at %s by %s", text_duration(when, claim->broken_ns),
             view->lanes[claim->broken_lane].name);
    if (claim->has_value)
        page_add(page, ", value %s", text_grouped(value, claim->broken_value));
    page_add(page, "\n");
}

static void add_claims(struct page *page, const struct session_view *view)
{
    for (size_t i = 0; i < view->n_claims; i++) {
        const struct session_claim *claim = &view->claims[i];
        page_add(page, "%s %s: ", claim->is_always ? "always" : "expect", claim->text);
        if (!claim->is_judged && claim->is_always)
            page_add(page, "not judged: --bare keeps no record of single stores\n");
        else if (!claim->is_judged)
            page_add(page, "not judged, the run did not reach its end\n");
        else if (claim->holds)
            page_add(page, "holds\n");
        else if (claim->is_always && !claim->is_placed)
            page_add(page, "broken; where is not known, the event was dropped\n");
        else if (claim->is_always)
            add_place(page, view, claim);
        else
            page_add(page, "does not hold\n");
    }
}

static void add_honesty(struct page *page, const struct session_view *view)
{
    char n[28], held[16];
    if (view->held_ns)
        page_add(page, "the lanes waited %s in all for the ledger to take their records\n",
                 text_duration(held, view->held_ns));
    if (view->dropped)
        page_add(page, "%s events of the picture were dropped; no count depends on them\n",
                 text_grouped(n, (int64_t)view->dropped));
}

char *report_text(const struct session *session)
{
    struct session_view view = session_view(session);
    struct page page = {0};
    add_head(&page, &view);
    if (view.n_output)
        add_output(&page, &view);
    add_cells(&page, session, &view);
    add_lanes(&page, &view);
    page_add(&page, "\n");
    add_pool(&page, session, &view);
    add_pairs(&page, &view);
    add_locks(&page, session, &view);
    add_reason(&page, &view);
    add_claims(&page, &view);
    if (view.is_simulated)
        add_schedule(&page, session);
    add_honesty(&page, &view);
    return page.text;
}
