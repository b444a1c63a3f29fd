#include "trace/timeline_nodes.h"

#include "base/mem.h"
#include "base/search.h"

#include <string.h>

enum {
    CAP_MIN = 4,
    STEPS = 4, // from node to node, before one is searched for
};

static struct node *at(const struct tier *tier, size_t index)
{
    size_t place = tier->first + index;
    return &tier->ring[place < tier->cap ? place : place - tier->cap];
}

void node_walk(struct node *node, const struct event *events, size_t n)
{
    sum_walk(&node->before, &node->walker, &node->t_ns, events, n);
}

void nodes_clear(struct nodes *nodes)
{
    for (size_t i = 0; i < NODES_TIERS; i++)
        mem_free(nodes->tiers[i].ring);
    *nodes = (struct nodes){.tier_max = nodes->tier_max};
}

static void grow(struct tier *tier, size_t cap_max)
{
    struct tier larger = {.cap = tier->cap ? 2 * tier->cap : CAP_MIN, .count = tier->count};
    if (larger.cap > cap_max)
        larger.cap = cap_max;
    larger.ring = mem_array(larger.cap, sizeof *larger.ring);
    for (size_t i = 0; i < tier->count; i++)
        larger.ring[i] = *at(tier, i);
    mem_free(tier->ring);
    *tier = larger;
}

static void push(struct nodes *nodes, size_t i, const struct node *node)
{
    struct tier *tier = &nodes->tiers[i];
    if (tier->count == tier->cap)
        grow(tier, i + 1 < NODES_TIERS ? nodes->tier_max + NODES_FANOUT : SIZE_MAX);
    tier->count++;
    *at(tier, tier->count - 1) = *node;
}

static void drop_oldest(struct tier *tier, size_t n)
{
    tier->first += n;
    tier->first -= tier->first >= tier->cap ? tier->cap : 0;
    tier->count -= n;
}

// The last tier has nowhere to go and grows; it has one node for half a billion events.
static void thin(struct nodes *nodes, size_t i)
{
    struct tier *tier = &nodes->tiers[i];
    if (i + 1 == NODES_TIERS || tier->count < nodes->tier_max + NODES_FANOUT)
        return;
    thin(nodes, i + 1);
    push(nodes, i + 1, at(tier, 0));
    drop_oldest(tier, NODES_FANOUT);
}

void nodes_push(struct nodes *nodes, const struct node *node)
{
    thin(nodes, 0);
    push(nodes, 0, node);
}

// What nodes are found by: all of it rises from node to node.
static uint64_t time_of(const void *tier, size_t i)
{
    return at(tier, i)->t_ns;
}

static uint64_t page_of(const void *tier, size_t i)
{
    return at(tier, i)->page;
}

struct marks_key {
    const struct tier *tier;
    enum mark mark;
};

static uint64_t marks_of(const void *key, size_t i)
{
    const struct marks_key *marks = key;
    return at(marks->tier, i)->before.marks[marks->mark];
}

enum key { BY_TIME, BY_PAGE, BY_MARK };

struct place {
    enum key key;
    enum mark mark;
    uint64_t bound; // the last node below it is wanted
};

static size_t count_below(const struct tier *tier, const struct place *place)
{
    const struct marks_key marks = {.tier = tier, .mark = place->mark};
    switch (place->key) {
    case BY_TIME:
        return search_below(tier, tier->count, time_of, place->bound);
    case BY_PAGE:
        return search_below(tier, tier->count, page_of, place->bound);
    case BY_MARK:
        return search_below(&marks, tier->count, marks_of, place->bound);
    }
    return 0;
}

static struct node_pair find(const struct nodes *nodes, struct place place)
{
    const struct node *next = NULL;
    for (size_t i = 0; i < NODES_TIERS; i++) {
        const struct tier *tier = &nodes->tiers[i];
        size_t n = count_below(tier, &place);
        if (n > 0)
            return (struct node_pair){.node = at(tier, n - 1),
                                      .next = n < tier->count ? at(tier, n) : next,
                                      .tier = i,
                                      .index = n - 1};
        if (tier->count > 0)
            next = at(tier, 0);
    }
    return (struct node_pair){.next = next};
}

// The bound that what is at most n is below.
static uint64_t behind(uint64_t n)
{
    return n == UINT64_MAX ? n : n + 1;
}

struct node_pair nodes_before(const struct nodes *nodes, uint64_t t_ns)
{
    return find(nodes, (struct place){.key = BY_TIME, .bound = t_ns});
}

// The pair behind a pair.
static struct node_pair step(const struct nodes *nodes, const struct node_pair *from)
{
    struct node_pair pair = {.node = from->next, .tier = from->tier, .index = from->index + 1};
    if (pair.index == nodes->tiers[pair.tier].count) {
        pair.index = 0;
        do
            pair.tier--;
        while (nodes->tiers[pair.tier].count == 0);
    }
    size_t tier = pair.tier, index = pair.index + 1;
    while (index == nodes->tiers[tier].count && tier > 0) {
        index = 0;
        tier--;
    }
    if (index < nodes->tiers[tier].count)
        pair.next = at(&nodes->tiers[tier], index);
    return pair;
}

struct node_pair nodes_after(const struct nodes *nodes, const struct node_pair *near, uint64_t t_ns)
{
    struct node_pair pair = *near;
    for (int i = 0; pair.node && pair.node->t_ns < t_ns && i < STEPS; i++) {
        if (!pair.next || pair.next->t_ns >= t_ns)
            return pair;
        pair = step(nodes, &pair);
    }
    return nodes_before(nodes, t_ns);
}

struct node_pair nodes_of_page(const struct nodes *nodes, uint64_t page)
{
    return find(nodes, (struct place){.key = BY_PAGE, .bound = behind(page)});
}

struct node_pair nodes_of_mark(const struct nodes *nodes, enum mark mark, uint64_t n)
{
    return find(nodes, (struct place){.key = BY_MARK, .mark = mark, .bound = behind(n)});
}

bool nodes_count(struct nodes *nodes, uint64_t page, enum mark mark, size_t max)
{
    struct tier *tier = &nodes->tiers[0];
    size_t n = 0;
    while (n < tier->count && n <= max && at(tier, tier->count - 1 - n)->page > page)
        n++;
    bool reaches = n < tier->count || nodes->tiers[1].count == 0;
    if (n > max || !reaches)
        return false;
    for (size_t i = 0; i < n; i++)
        at(tier, tier->count - 1 - i)->before.marks[mark]++;
    return true;
}
