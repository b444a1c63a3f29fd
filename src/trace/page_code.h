#ifndef TRACE_PAGE_CODE_H
#define TRACE_PAGE_CODE_H

#include "base/pack.h"
#include "trace/timeline_nodes.h"

// A page of one lane's events, and its node, as bytes of a file. The events are stored field by
// field: the least value, how many bytes the others need beyond it, and then the differences. Half
// as long as they are in memory, and as fast to read as to copy.

enum { PAGE_NODE_BYTES = 8 * (4 + LANE_STATE_COUNT + MARK_COUNT + 1) };

void page_pack(struct packer *p, const struct node *node, const struct event *events, size_t n);

// Takes it out again: n <= TIMELINE_PAGE events of `lane`. False when these are not the bytes of
// such a page: kinds, states and order of time are checked, what objects and ops are is not.
bool page_unpack(const unsigned char *bytes, size_t len, uint16_t lane, size_t n, struct node *node,
                 struct event *events);
// Only the node.
void node_pack(struct packer *p, const struct node *node);
void node_unpack(struct unpacker *u, struct node *node);

#endif
