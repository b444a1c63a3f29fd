#ifndef MODEL_EXPLORE_PLAY_H
#define MODEL_EXPLORE_PLAY_H

#include "model/explore_private.h"
#include "model/stepper.h"

// The stepper, moved on in steps of explore's grain; private to explore's files. Once it is
// settled, between two of them all has been done that nobody can notice, and all that main does.
struct play {
    const struct explore *x;
    struct stepper *stepper;
    uint16_t *steps; // that it has made, one by one
    size_t n, cap;
};

void play_open(struct play *play, const struct explore *x); // nothing has been done yet
void play_settle(struct play *play);                        // what goes before the next step
void play_close(struct play *play);
bool play_step(struct play *play, uint16_t lane); // false: that lane cannot step
// Whether the lane's next step is one of explore's; only while it is enabled.
bool play_is_noticed(const struct play *play, size_t lane);

#endif
