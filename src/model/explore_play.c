#include "model/explore_play.h"

#include "base/mem.h"

bool play_is_noticed(const struct play *play, size_t lane)
{
    const struct explore *x = play->x;
    return lane > 0 && (x->options.grain == GRAIN_OP ||
                        runner_is_access(x, stepper_lane(play->stepper, lane).next));
}

static void make(struct play *play, size_t lane)
{
    play->steps = mem_room(play->steps, &play->cap, play->n + 1, sizeof *play->steps);
    play->steps[play->n++] = (uint16_t)lane;
    stepper_step(play->stepper, lane);
}

void play_settle(struct play *play)
{
    size_t n_lanes = play->x->options.grain == GRAIN_OP ? 1 : play->x->prog->n_lanes;
    for (size_t lane = 0; lane < n_lanes;) {
        if (stepper_is_enabled(play->stepper, lane) && !play_is_noticed(play, lane)) {
            make(play, lane);
            lane = 0;
        } else {
            lane++;
        }
    }
}

void play_open(struct play *play, const struct explore *x)
{
    const struct stepper_options options = {.lock_kind = x->kind, .lock_on = x->options.lock_on};
    *play = (struct play){.x = x, .stepper = stepper_new(x->prog, &options)};
}

void play_close(struct play *play)
{
    stepper_free(play->stepper);
    mem_free(play->steps);
}

bool play_step(struct play *play, uint16_t lane)
{
    if (!stepper_is_enabled(play->stepper, lane))
        return false;
    make(play, lane);
    play_settle(play);
    return true;
}

uint16_t *explore_steps(const struct explore *x, const uint16_t *lanes, size_t n, size_t *n_steps)
{
    struct play play;
    play_open(&play, x);
    play_settle(&play);
    for (size_t i = 0; i < n && play_step(&play, lanes[i]); i++)
        ;
    uint16_t *steps = play.steps;
    *n_steps = play.n;
    play.steps = NULL;
    play_close(&play);
    return steps;
}
