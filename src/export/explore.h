#ifndef EXPORT_EXPLORE_H
#define EXPORT_EXPLORE_H

#include "session/explore.h"

// What exploring has found, written down.
struct explore_account {
    const struct program *prog;
    const struct explore_result *result;
    enum explore_grain grain;
    bool lock_on;
    const char *lock_kind;
    const char *trouble; // why it could not go on; NULL: nothing
    double elapsed_s;
    uint64_t memory_max_bytes;
    bool has_random;
    struct probe_result probe; // tried where exploring was cut short and had met no failure
};

// One JSON object, with a newline at the end. Its keys are a contract (README). Newly allocated.
char *explore_json(const struct explore_account *account);
// The same for people. Newly allocated.
char *explore_text(const struct explore_account *account);
// The turns of the schedule that fails, without main's at the end, as there is nobody else. Newly
// allocated.
char *explore_probe_turns(const struct explore_account *account);
// One sentence on what was not covered, or on what the numbers mean; "" when there is nothing to
// say. Newly allocated.
char *explore_note(const struct explore_account *account);

#endif
