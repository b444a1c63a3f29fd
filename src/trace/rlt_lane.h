#ifndef TRACE_RLT_LANE_H
#define TRACE_RLT_LANE_H

#include "base/pack.h"
#include "trace/rlt_private.h"

// The inside of a saved run that is read, for the files that do so.

struct rlt {
    int fd;
    struct rlt_source {
        struct rlt *file;
        struct timeline *tl;
    } source; // of the timeline's pages
    struct rlt_facts facts;
    unsigned char *run, *state;
    size_t run_len, state_len;
    uint64_t last_state; // offset of the newest, while scanning
    unsigned char *block;
    size_t block_cap;
    uint64_t now_ns;
    size_t n_lanes;
    struct timeline_lane *lanes; // their pages become the timeline's
    struct rlt_bounds bounds;    // once it has been made
    struct rlt_mark *marks;
    size_t n_marks, cap_marks;
};

// A lane as the index has it. False: nonsense.
bool rlt_lane_unpack(struct unpacker *u, struct timeline_lane *lane, uint64_t file_bytes);
void rlt_lane_clear(struct timeline_lane *lane);
// A page that was found on reading a cut file. False: it does not belong here.
bool rlt_lane_found(struct rlt *file, uint64_t offset, const struct rlt_head *head);
// The same of when it waited for a core.
bool rlt_lane_waited(struct rlt *file, const struct rlt_head *head);
// And all of them have been: what the lanes did in all, from their last pages.
void rlt_lanes_end(struct rlt *file);
bool rlt_read_page(struct rlt *file, size_t lane, uint64_t page, uint64_t offset,
                   struct cached_page *out);
void rlt_expect_page(const struct rlt *file, uint64_t offset); // it will be read soon

#endif
