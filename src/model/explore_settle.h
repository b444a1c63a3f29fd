#ifndef MODEL_EXPLORE_SETTLE_H
#define MODEL_EXPLORE_SETTLE_H

#include "model/explore_private.h"

// One step of a lane in the making: what it has done to its slot, and then, as it goes on to its
// next step (attempt_settle), to others. Ends in one move, or in one for each value of random().
struct attempt {
    struct explore *x;
    struct runner r;
    uint32_t value;  // of the step's slot, from now on
    uint32_t level;  // where it began
    uint32_t rise;   // so far
    uint32_t last;   // the move made last, or NO_MOVE: they are chained by alt
    uint64_t broken; // `always` over one cell
    size_t n_choices;
    bool judges;
    bool is_first; // before any step
    size_t n_effects;
    struct effect effects[STEP_WITH_MAX + 8];
};

// Up to the next step, which it does not do. False when exploring cannot go on.
bool attempt_settle(struct attempt *a);
// The step is a random(): every value, each settled.
bool attempt_choose(struct attempt *a, const struct op *op);
// A step that touches nothing shared; false when it faulted.
bool attempt_local(struct attempt *a, const struct op *op);
// A block of `with` begins; false, and the machine has faulted, when they are too many.
bool attempt_push(struct attempt *a, const struct op *op);
// A lock is about to be given back: perhaps the last.
void attempt_judge(struct attempt *a, const struct op *op);
// As far as it concerns the lock's slot, which is not that of the step.
void attempt_give_back(struct attempt *a, uint32_t lock);
void attempt_effect(struct attempt *a, uint32_t slot, enum effect_kind kind, uint32_t value);
// By how much the level rises from op `from`, which has just been done; `left` is the frame that
// a RETURN has left, NULL when there was none.
uint32_t attempt_rise(const struct explore *x, const struct machine *m, uint32_t from,
                      const struct machine_frame *left);

// --- explore_condition.c: the steps of conditions. False: it has to wait.
void attempt_await(struct attempt *a, const struct op *op, uint32_t slot, uint32_t value);
bool attempt_retake(struct attempt *a, const struct op *op, uint32_t slot, uint32_t value);
void attempt_notify(struct attempt *a, const struct op *op, uint32_t slot, uint32_t value);

#endif
