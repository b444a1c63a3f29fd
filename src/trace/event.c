#include "trace/event.h"

enum { LANE_SAME = -1 };

const struct event_info event_info[EVENT_KIND_COUNT] = {
#define EVENT(name, label, state_after, help) [EVENT_##name] = {label, help, LANE_##state_after},
#include "trace/events.def"
#undef EVENT
};

const char *lane_state_name(enum lane_state state)
{
    static const char *const names[LANE_STATE_COUNT] = {
        [LANE_NEW] = "not started",         [LANE_RUNNING] = "running",
        [LANE_HOLDING] = "holding",         [LANE_BLOCKED] = "waiting",
        [LANE_GIL] = "waiting for the GIL", [LANE_SLEEPING] = "sleeping",
        [LANE_JOINING] = "joining",         [LANE_PAUSED] = "paused",
        [LANE_STOPPED] = "stopped",         [LANE_PREEMPTED] = "preempted",
        [LANE_FINISHED] = "finished",       [LANE_KILLED] = "killed",
        [LANE_FAILED] = "failed",
    };
    return names[state];
}
