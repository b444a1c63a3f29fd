#ifndef SUPPORT_PROCESS_H
#define SUPPORT_PROCESS_H

// Sessions whose lanes are processes.
#include "session/private.h"
#include "support_session.h"

#include <stdlib.h>

static const char race[] = "param N = 20000\n"
                           "shared counter = 5\n"
                           "lock guard off\n"
                           "def add():\n"
                           "    for _ in range(N):\n"
                           "        with guard:\n"
                           "            counter += 1\n"
                           "lane A = add()\n"
                           "lane B = add()\n"
                           "after:\n"
                           "    print(\"{counter}\")\n";

struct how {
    const char *memory, *lock_kind;
    int lock;
    int64_t n_lanes, n; // 0: as written
    uint64_t pace_ns;
    bool is_bare;
};

static inline struct session *open_processes(struct watch *w, const char *text,
                                             const struct how *how)
{
    const struct lang_setting setting = {"N", how->n};
    struct lang_options lang = {.mode = "processes",
                                .memory = how->memory,
                                .n_lanes = how->n_lanes,
                                .settings = &setting,
                                .n_settings = how->n ? 1 : 0};
    return open_session(w, &(struct session_options){.name = "test",
                                                     .text = text,
                                                     .len_bytes = strlen(text),
                                                     .lang = &lang,
                                                     .lock_kind = how->lock_kind,
                                                     .lock = how->lock,
                                                     .pace_ns = how->pace_ns,
                                                     .is_bare = how->is_bare,
                                                     .seed = 7});
}

static inline uint64_t number_from(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : otherwise;
}

static inline bool is_over(const struct session_view *view)
{
    return view->is_ended || view->is_deadlocked;
}

static inline bool is_stopped(const struct session_view *view)
{
    return view->lanes[1].state == LANE_STOPPED || view->lanes[1].end_ns != UINT64_MAX;
}

static inline bool goes_on(const struct session_view *view)
{
    return view->lanes[1].state != LANE_STOPPED;
}

static inline bool all_started(const struct session_view *view)
{
    for (size_t lane = 1; lane < view->n_lanes; lane++)
        if (!view->lanes[lane].is_started)
            return false;
    return true;
}

// Every number agrees with the others, and with the cells.
static inline void check_identities(const struct session_view *view)
{
    uint64_t lost = 0, made = 0, pairs = 0, of_lanes[4] = {0};
    for (size_t cell = 0; cell < view->prog->n_cells; cell++) {
        const struct ledger_cell *sum = ledger_cell(view->ledger, cell);
        int64_t gained = sum->value - program_cell_initial(view->prog, cell);
        assert_int_equal(sum->unattributed, 0);
        assert_int_equal(sum->value, view->cells[cell]);
        assert_int_equal(sum->lost_amount, sum->attempted - gained);
        lost += sum->lost;
        made += sum->updates;
    }
    for (size_t lane = 0; lane < view->n_lanes; lane++) {
        struct ledger_lane counts = ledger_lane(view->ledger, lane);
        of_lanes[0] += counts.updates;
        of_lanes[1] += view->lanes[lane].updates;
        of_lanes[2] += counts.lost;
        of_lanes[3] += counts.destroyed;
        for (size_t victim = 0; victim < view->n_lanes; victim++)
            pairs += ledger_pair(view->ledger, lane, victim);
    }
    assert_int_equal(ledger_waiting(view->ledger), 0);
    assert_int_equal(of_lanes[0], made);
    assert_int_equal(of_lanes[1], made);
    assert_int_equal(of_lanes[2], lost);
    assert_int_equal(of_lanes[3], lost);
    assert_int_equal(pairs, lost);
}

// The lane has filled in the record of a write that it is about to make, or has made.
static inline bool is_in_a_store(const struct session *s, size_t lane)
{
    uint64_t published = atomic_load(&run_updates(&s->run, lane)->head);
    return atomic_load(&s->run.lanes[lane].draft) >> 1 == published + 1;
}

#endif
