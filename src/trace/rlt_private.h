#ifndef TRACE_RLT_PRIVATE_H
#define TRACE_RLT_PRIVATE_H

#include "base/pack.h"
#include "trace/rlt.h"
#include "trace/timeline_lane.h"

// What writer and reader share.

#define RLT_START "\x89RLT\r\n\x1a\n"
enum { RLT_ORDER = 0x01020304, RLT_MAGIC = 0x42544c52 };
enum {
    RLT_PAGE_BYTES_MAX = 16 << 10, // of a page's payload
    RLT_BLOCK_BYTES_MAX = 1 << 30, // of any
    RLT_SHORT_BYTES = 5120,        // most pages have no more
    RLT_MARK_BYTES = 6 * 8,
    RLT_WAITED_BYTES = 10 * 8,
};

struct rlt_head {
    uint32_t kind, lane;
    uint32_t len, n;
    uint64_t page, offset;
};

// Puts the head before `bytes`, with the checksum of both.
void rlt_head_pack(unsigned char out[RLT_HEAD_BYTES], const struct rlt_head *head,
                   const void *bytes);
// False: not a head, or not one for that place.
bool rlt_head_unpack(const unsigned char in[RLT_HEAD_BYTES], uint64_t offset,
                     struct rlt_head *head);
bool rlt_is_whole(const unsigned char head[RLT_HEAD_BYTES], const void *bytes, size_t len);

static inline uint64_t rlt_padded(uint64_t len)
{
    return (len + 7) & ~UINT64_C(7);
}

// A mark of the ledger as it stands in MARKS. The sums of pages that lie before `offset` in the
// file lack it, those behind have it.
struct rlt_mark {
    uint64_t t_ns;  // of the store, about, and never later
    uint64_t index; // of its event; UINT64_MAX: not known; RLT_PAST: it just counts from t_ns on
    uint64_t offset;
    uint32_t mark; // write_mark of the store
    uint16_t cell, lane;
    uint8_t flag;
};
#define RLT_PAST (UINT64_MAX - 1)

void rlt_waited_pack(struct packer *p, const struct waited *waited);
void rlt_waited_unpack(struct unpacker *u, struct waited *waited);

#endif
