#ifndef MODEL_SCHEDULE_H
#define MODEL_SCHEDULE_H

#include "base/error.h"
#include "prog/program.h"

// A schedule as text: which lane makes each step, as `B2 A27 B3` (turns) or `AABABB`. A lane is
// called by its name; how often in a row stands behind it, after a `*` where the name itself ends
// in a digit: `Worker 0*3`.

enum { SCHEDULE_STEPS_MAX = 1 << 20 };

// The turns of lanes[0..n). Newly allocated.
char *schedule_text(const struct program *prog, const uint16_t *lanes, size_t n);

// Newly allocated *lanes, *n of them; false, with what is wrong and where in the text.
bool schedule_parse(const struct program *prog, const char *text, uint16_t **lanes, size_t *n,
                    struct error *err);

#endif
