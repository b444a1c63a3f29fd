#ifndef SESSION_SAVED_H
#define SESSION_SAVED_H

#include "session/private.h"
#include "trace/rlt.h"

// Runs in files: how a session writes its run while it goes on, and what one that was opened from a
// file knows instead of lanes. Private to the session.

// Of a run that was opened from a file.
struct saved {
    struct rlt *file;
    char *path;
    bool is_simulated;
    uint64_t now_ns;
    uint64_t state_ns; // when what is below was written: with a whole file, at the run's end
    uint32_t gil_holder;
    uint64_t gil_switches;
    uint16_t *schedule;
    size_t n_steps, n_known_steps;
    uint64_t step_ns;
    struct session_lock *locks; // [lock], as all below
    struct session_waits *waits;
    struct session_semaphore *semaphores;
    struct session_condition *conditions;
    struct session_item *items; // [input]
    struct session_bare *bares; // [cell]
};

struct saved *saved_new(const struct program *prog);
void saved_free(struct saved *saved); // accepts NULL

// What has turned out while it was looked at; NULL: nothing.
const char *saved_trouble(const struct session *s);
void saved_view(const struct session *s, struct session_view *view);

// --- saved_run.c: what was run
void saved_pack_run(const struct session *s, struct packer *p);
// Compiles it into the session. False: it is not what this program would have written.
bool saved_unpack_run(struct session *s, const void *bytes, size_t len_bytes, struct error *err);

// --- saved_state.c: everything that the session knows besides events
void saved_pack_state(const struct session *s, struct packer *p);
bool saved_unpack_state(struct session *s, const void *bytes, size_t len_bytes);

// --- recorder.c: a run that is written while it goes on
void recorder_begin(struct session *s);  // with s->save_path
void recorder_pump(struct session *s);   // after every batch
void recorder_finish(struct session *s); // the run has ended, or is thrown away
void recorder_mark(struct session *s, size_t lane, const struct rlt_store *store,
                   struct timeline_marked marked);

#endif
