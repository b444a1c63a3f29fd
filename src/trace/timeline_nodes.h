#ifndef TRACE_TIMELINE_NODES_H
#define TRACE_TIMELINE_NODES_H

#include "trace/timeline_sum.h"
#include "trace/timeline_walk.h"

// What is known where a page of events begins: the page can be read from there, and the difference
// of two nodes is exactly what lies between them.
struct node {
    uint64_t t_ns; // of the page's first event
    uint64_t page;
    struct walker walker; // before that event
    struct sum before;    // from 0 up to t_ns, without the events of this page
};

// One lane's nodes, one a page. With age they are thinned out: of every NODES_FANOUT that a tier
// has too many the first goes to the next tier, which reaches that much further.
//
//     tier 2     [0 ... 256 ... 512]
//     tier 1                      [528 ... 544 ... 560]
//     tier 0                                        [576 577 578 579]
enum { NODES_TIERS = 5, NODES_FANOUT = 16 };

struct tier {
    struct node *ring; // cap places
    size_t first, count, cap;
};

struct nodes {
    struct tier tiers[NODES_TIERS];
    size_t tier_max; // nodes of one tier
};

// Takes it on over n events that follow it, to behind the last of them.
void node_walk(struct node *node, const struct event *events, size_t n);

void nodes_clear(struct nodes *nodes); // gives the memory back
void nodes_push(struct nodes *nodes, const struct node *node);

// The newest node before t_ns, and the one after it: NULL where there is none. Borrowed until the
// next push.
struct node_pair {
    const struct node *node, *next;
    size_t tier, index; // where the first one lies
};
struct node_pair nodes_before(const struct nodes *nodes, uint64_t t_ns);
// The same, quicker when t_ns is not far behind what `near` was the answer for.
struct node_pair nodes_after(const struct nodes *nodes, const struct node_pair *near,
                             uint64_t t_ns);
// The newest node of a page that is not after `page`.
struct node_pair nodes_of_page(const struct nodes *nodes, uint64_t page);

// The newest node before which the lane had left that mark at most `n` times: the next one is left
// in what it begins, if at all.
struct node_pair nodes_of_mark(const struct nodes *nodes, enum mark mark, uint64_t n);

// Counts one more of a mark in all nodes after `page`, unless that are more than `max`: then false,
// and nothing has happened.
bool nodes_count(struct nodes *nodes, uint64_t page, enum mark mark, size_t max);

#endif
