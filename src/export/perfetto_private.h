#ifndef EXPORT_PERFETTO_PRIVATE_H
#define EXPORT_PERFETTO_PRIVATE_H

#include "export/sink.h"
#include "session/session.h"

// The parts of a trace, which are written one after the other.

// Which kept stores of a lane a flow begins or ends at; bit (index - first).
struct flow_ends {
    uint64_t first;
    uint64_t *culprits, *victims;
    uint64_t *stored_ns; // of each culprit in order, when its victim had stored
    size_t n, cap, n_done;
};

struct perfetto {
    struct sink *sink;
    const struct session_view *view;
    bool has_records; // one has been written
    struct flow_ends *ends;
    uint64_t n_unreadable; // events of a saved run
    uint64_t n_flows;
    uint64_t n_backward;   // of them, such as end at an earlier time than they begin
    uint64_t n_unpaired;   // stores with a loss whose victim is not kept
    uint64_t n_unordered;  // stores whose place in the order of coherence is not known
    uint64_t n_moved;      // loads and stores drawn at other times than their clocks said
    uint64_t moved_max_ns; // by at most so much
};

enum perfetto_track { TRACK_STATES, TRACK_LOSSES, TRACK_COUNT };

uint64_t perfetto_pid(const struct perfetto *p, size_t lane);
uint64_t perfetto_tid(size_t lane, enum perfetto_track track);
uint64_t perfetto_lock_tid(const struct perfetto *p);

// Begins an event, `{"ph":"X","pid":1,"tid":3,"ts":0.120`; whoever calls it ends it with `}`.
void perfetto_begin(struct perfetto *p, char phase, uint64_t pid, uint64_t tid, uint64_t t_ns);
// A whole X of a state or of the lock, without the `}`.
void perfetto_slice(struct perfetto *p, uint64_t pid, uint64_t tid, uint64_t t0_ns, uint64_t t1_ns,
                    const char *name);

// Counters of the cells; finds where the flows begin and end.
void perfetto_counters(struct perfetto *p);
// A load or store is drawn at another time than its clock said.
void perfetto_note_moved(struct perfetto *p, uint64_t by_ns);
bool perfetto_is_end(const uint64_t *ends, uint64_t first, uint64_t index);
// What share of its time a lane waited for a core, where the kernel has measured that.
void perfetto_waits(struct perfetto *p, size_t lane);
// A lane's states, and what happened in them.
void perfetto_states(struct perfetto *p, size_t lane);
// A lane's updates that overwrote or were overwritten, with the flows.
void perfetto_losses(struct perfetto *p, size_t lane);
void perfetto_lock(struct perfetto *p);
// The object "otherData" of the file. Newly allocated by the C library.
char *perfetto_facts(const struct perfetto *p);

#endif
