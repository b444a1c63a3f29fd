#ifndef TRACE_RLT_H
#define TRACE_RLT_H

#include "base/error.h"
#include "trace/timeline.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Saved runs: FILE.rlt. What is in a file has been written in whole blocks, each with a checksum;
// whatever kills the program, what had been written can be read.
//
//     magic, version, byte order          16 bytes
//     RUN                                 what was run, as the session packs it
//     PAGE, MARKS, WAITED, STATE, PAGE ...  as it happened
//     INDEX                               where the pages are, and what the lanes did in all
//     END                                 where INDEX and the last STATE are
//
// A block is a head of 48 bytes and its bytes, filled up to a multiple of 8; numbers are
// little-endian:
//
//     magic:32 | kind:16 | lane:16 | length:32 | n:32 | page:64 | offset:64 | reserved:64 | sum:64
//
// PAGE: n events of a lane and what it had done before (see page_code.h); page numbers count from
// the lane's first event, and a later block of the same number takes the place of an earlier.
// MARKS: what the ledger found out of stores whose page had been written. WAITED: when a lane
// waited for a core, as the kernel measured it. STATE: everything else that the session knows, as
// of some instant; the last one counts. A file without END was cut: it is read from its beginning
// up to the last whole block.
//
// The checksum finds damage, not deceit: whatever it says, no number in a file is trusted.

enum { RLT_VERSION = 1, RLT_HEAD_BYTES = 48, RLT_START_BYTES = 16, RLT_LANES_MAX = 1001 };

enum rlt_kind { RLT_RUN = 1, RLT_PAGE, RLT_MARKS, RLT_STATE, RLT_INDEX, RLT_END, RLT_WAITED };

// --- writing

struct rlt_writer;

// Creates the file, or takes the place of another saved run of that name, but of no other file.
struct rlt_writer *rlt_create(const char *path, size_t n_lanes, const void *run, size_t len_bytes,
                              struct error *err);
// For a run that has begun before: what the ledger has found out so late that no page says it.
void rlt_write_past(struct rlt_writer *w, const struct timeline *tl);
// A store that the ledger has found something out of, as for timeline_mark_store.
struct rlt_store {
    uint64_t t_ns;
    size_t cell;
    uint32_t mark; // its write_mark
    uint8_t flag;  // ACCESS_LOSS or ACCESS_LOST
};
// Writes the pages that have been filled since the last call; those that are being filled, too,
// with RLT_WITH_OPEN.
enum rlt_pages { RLT_FULL, RLT_WITH_OPEN };
void rlt_write_pages(struct rlt_writer *w, const struct timeline *tl, enum rlt_pages which);
// For timeline_on_give_up, `context` is the writer: of a lane that is quicker than the writing, no
// page is missed.
void rlt_write_given_up(void *context, const struct timeline *tl, size_t lane, uint64_t page);
// What timeline_mark_store has said of a store: to be told of each.
void rlt_write_mark(struct rlt_writer *w, size_t lane, const struct rlt_store *store,
                    struct timeline_marked marked);
// And the marks and waits that are not written yet.
void rlt_write_state(struct rlt_writer *w, const struct timeline *tl, const void *bytes,
                     size_t len_bytes);
// Hands what has been written to the system: from then on it survives this program.
void rlt_flush(struct rlt_writer *w);
uint64_t rlt_bytes(const struct rlt_writer *w);
// False once something could not be written; nothing more is then.
bool rlt_is_good(const struct rlt_writer *w, struct error *err);
// Writes the index, and closes. False: something could not be written.
bool rlt_close(struct rlt_writer *w, const struct timeline *tl, struct error *err);
void rlt_abandon(struct rlt_writer *w); // without an index; accepts NULL

// --- reading

struct rlt;

// How far the reading of a cut file has come; false: enough of it, and the opening fails.
typedef bool (*rlt_progress)(void *context, uint64_t done_bytes, uint64_t all_bytes);

// Whether a file of that name begins like a saved run.
bool rlt_is_one(const char *path);
struct rlt *rlt_open(const char *path, rlt_progress progress, void *context, struct error *err);
void rlt_free(struct rlt *file); // accepts NULL

struct rlt_facts {
    bool is_complete;
    uint64_t file_bytes, good_bytes; // the latter up to the last whole block
    uint64_t n_pages, n_events;
    bool has_state; // some STATE was found
};
struct rlt_facts rlt_facts(const struct rlt *file);
size_t rlt_lanes(const struct rlt *file);
// Borrowed.
const void *rlt_run(const struct rlt *file, size_t *len_bytes);
const void *rlt_state(const struct rlt *file, size_t *len_bytes); // NULL: there is none
// What the program has: an event that is of anything beyond makes its page unreadable.
struct rlt_bounds {
    size_t n_ops, n_cells, n_locks, n_items, n_always;
};
// The run's timeline: reads from the file as long as it lives. Free it before the file. Once.
struct timeline *rlt_timeline(struct rlt *file, const struct rlt_bounds *bounds);
// Reads every page. Returns how many cannot be read.
uint64_t rlt_check(struct rlt *file, rlt_progress progress, void *context);

#endif
