#ifndef SUPPORT_PROCESS_H
#define SUPPORT_PROCESS_H

// Sessions whose lanes are processes.
#include "support_session.h"

struct how {
    const char *memory, *lock_kind;
    int lock;
    int64_t n_lanes, n; // 0: as written
    bool is_bare;
};

static inline struct session *open_processes(struct watch *w, const char *text,
                                             const struct how *how)
{
    const struct lang_setting setting = {"N", how->n};
    struct lang_options lang = {.mode = "processes",
                                .memory = how->memory,
                                .n_lanes = how->n_lanes,
                                .settings = &setting,
                                .n_settings = how->n ? 1 : 0};
    return open_session(w, &(struct session_options){.name = "test",
                                                     .text = text,
                                                     .len_bytes = strlen(text),
                                                     .lang = &lang,
                                                     .lock_kind = how->lock_kind,
                                                     .lock = how->lock,
                                                     .is_bare = how->is_bare,
                                                     .seed = 7});
}

static inline bool is_over(const struct session_view *view)
{
    return view->is_ended || view->is_deadlocked;
}

static inline bool is_stopped(const struct session_view *view)
{
    return view->lanes[1].state == LANE_STOPPED || view->lanes[1].end_ns != UINT64_MAX;
}

static inline bool goes_on(const struct session_view *view)
{
    return view->lanes[1].state != LANE_STOPPED;
}

#endif
