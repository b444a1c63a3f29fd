#ifndef MODEL_PROBE_H
#define MODEL_PROBE_H

#include "model/explore.h"
#include "model/stepper.h"

// One schedule that fails, of a program that has too many to try them all: a few are tried, of the
// kind that a person would think of. In each, every lane runs as far as it can, one after the
// other, but that one of them is preempted once, near its beginning, another runs a little, and the
// first goes on (context bounding: Musuvathi and Qadeer, Iterative Context Bounding, PLDI 2007,
// with at most two preemptions). First no preemption at all; then behind the load of an update,
// until the other has stored (the directed scheduling of Sen, Race Directed Random Testing, PLDI
// 2008); then behind each of the first steps.
//
// Deterministic. That none was found proves nothing.
struct probe;

// `prog` is borrowed and must outlive it.
struct probe *probe_new(const struct program *prog, const struct stepper_options *options);
void probe_free(struct probe *probe); // accepts NULL

// Goes on for about so many steps. True: it has ended, with a schedule that fails, or without.
bool probe_run(struct probe *probe, uint64_t n_steps);

struct probe_result {
    bool has_failed;
    enum explore_goal_kind kind;
    const char *text;      // as in struct explore_failure
    const uint16_t *lanes; // the schedule: who makes each step of the stepper, main's too
    size_t n;
};
// Borrowed, valid as long as the probe.
struct probe_result probe_result(const struct probe *probe);

#endif
