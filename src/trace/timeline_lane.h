#ifndef TRACE_TIMELINE_LANE_H
#define TRACE_TIMELINE_LANE_H

#include "trace/page_cache.h"
#include "trace/timeline_nodes.h"

// The inside of a timeline, for the files that write and read it.

// A stretch in which the kernel measured that the lane waited for a core. The wait is spread over
// the time in which the lane was running (index 0) or holding a lock (1), evenly.
struct waited {
    uint64_t t0_ns, t1_ns;
    struct {
        uint64_t busy0_ns; // in that state before t0
        uint64_t busy_ns;  // in it from t0 to t1
        uint64_t wait0_ns; // waited in it before t0
        uint64_t wait_ns;  // waited in it from t0 to t1
    } in[2];
};

// A measurement that waits for the present to pass it.
struct preemption {
    uint64_t t0_ns, t1_ns, waited_ns;
};

// LOSS or LOST of stores that came so late that the sums behind them were left as they are: added
// on reading from that time on, when the page behind the store's own begins.
struct late_marks {
    uint64_t *t_ns; // rising
    size_t n, cap;
};

// What a lane had waited for a core by some instant.
struct core_wait {
    size_t n_stretches; // that began before
    uint64_t ns[2];     // in which state, as in struct waited
};

// Everything that a lane did before some instant.
struct reading {
    struct sum sum; // without the kernel's measurements
    struct walker walker;
    uint64_t index; // of the first event that is not in it
    struct core_wait wait;
    bool is_exact;
};

// A page that lies in a file.
struct saved_page {
    uint64_t t_ns; // of its first event
    uint64_t offset;
};

// LOSS or LOST of a store whose page had been written to the file before.
struct saved_mark {
    uint64_t page;  // that the store is in
    uint64_t index; // of the event; UINT64_MAX: not known
    uint32_t mark;  // write_mark of the store
    uint16_t cell;
    uint8_t flag;
};

// One lane. Events are kept in pages, the newest of which is open; each page has a node, which
// outlives it:
//
//     nodes       |         |    |    |    |    |
//     pages                      [    ][   ][   ][  open
//     events      0 given up ... first_kept ...      n_events
//
// Everything up to the newest event is in `sum`, and after it the lane is in its state. Of a saved
// run the pages and their nodes lie in its file, from first_page on, and are read when wanted.
struct timeline_lane {
    bool has_begun;
    uint64_t first_ns; // of the first event
    uint64_t known_ns; // of the newest event
    uint64_t end_ns;   // UINT64_MAX: not ended
    struct walker walker;
    struct sum sum;
    uint64_t n_events;
    struct nodes nodes;

    struct event **pages; // of a ring of cap_pages; the newest is open
    size_t first_place, n_pages, cap_pages;
    uint64_t first_page; // number of the oldest that is kept
    uint64_t gone_gaps;  // gap events before it
    size_t open_cap;     // events that the newest has room for
    // The ledger's last mark was looked for from `found` on: the events before it are older than
    // found_ns.
    uint64_t found, found_ns;

    struct saved_page *saved; // NULL: a run that goes on
    uint64_t n_saved;
    struct saved_mark *saved_marks; // by page
    size_t n_saved_marks;
    // From these times on the sums of the pages have such a mark after all: taken away on reading
    // what `late` adds.
    struct late_marks not_late[2];

    struct late_marks late[2];    // LOSS, LOST
    struct preemption *preempted; // not yet passed by the present
    size_t n_preempted, cap_preempted;
    struct waited *waited; // by time
    size_t n_waited, cap_waited;
};

// The last answer of timeline_sum_at: columns that tile time ask for each edge twice.
struct memo {
    size_t lane;
    uint64_t t_ns, version;
    struct node_pair near;
    struct reading reading;
};

struct timeline {
    size_t n_lanes;
    uint64_t advanced_ns;
    uint64_t newest_ns;
    uint64_t version; // changes with everything that could change an answer
    struct memo *memo;
    struct page_cache *cache; // of a saved run, as is what follows
    struct saved_gaps *gaps;

    uint16_t *full; // lanes in the order in which they filled a page that is still kept; a ring
    size_t first_full, n_full, cap_full;
    size_t pages_max;         // full ones that are kept
    timeline_give_up give_up; // is told; NULL: nobody is
    void *give_up_context;
    struct timeline_lane lanes[];
};

// Everything that a lane did before t_ns: the time up to it (not beyond the present), the marks of
// older events.
void timeline_read(const struct timeline *tl, size_t lane, uint64_t t_ns, struct reading *out);
// The same, without what the kernel measured. near: the nodes of an earlier reading, or zero; then
// those of this one.
void timeline_read_sum(const struct timeline *tl, size_t lane, uint64_t t_ns,
                       struct node_pair *near, struct reading *out);
// What lies between two readings of a lane, with what the kernel measured.
struct sum timeline_between(const struct reading *from, const struct reading *to);
// Takes `wait` on from the time that it is of, or from zero, to t_ns. sum: of the lane at t_ns.
void timeline_wait_until(const struct timeline_lane *lane, const struct sum *sum, uint64_t t_ns,
                         struct core_wait *wait);
// Moves what was waited between two times from RUNNING and HOLDING to PREEMPTED. Where detail is
// given up one of the two may be known as less than was waited in it; then the other gives the
// rest.
void timeline_preempt(uint64_t state_ns[LANE_STATE_COUNT], const struct core_wait *from,
                      const struct core_wait *to);

void timeline_add_late(struct late_marks *late, uint64_t t_ns);

// Events of a page that is kept, NULL when it is given up or cannot be read. *n: how many.
const struct event *timeline_page_events(const struct timeline *tl, size_t lane, uint64_t page,
                                         size_t *n);
// How many of n events, by time, are before t_ns.
size_t timeline_count_before(const struct event *events, size_t n, uint64_t t_ns);
// The node of a page, or the newest before it, and the next one whose node is known; NULL where
// there is none. Of a saved run `next` is only there when the page cannot be read; then both are
// the ends of what cannot be. Valid until the next call.
struct node_pair timeline_nodes_of_page(const struct timeline *tl, size_t lane, uint64_t page);
// The same for the newest node before t_ns.
struct node_pair timeline_nodes_before(const struct timeline *tl, size_t lane, uint64_t t_ns);

#endif
