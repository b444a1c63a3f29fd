#ifndef SUPPORT_EXPLORE_H
#define SUPPORT_EXPLORE_H

#include "base/text.h"
#include "model/explore.h"
#include "support_scenario.h"

#include <stdlib.h>

// One scenario explored to its end, and questions to the result.
struct explored {
    struct program *prog;
    struct explore *x;
    const struct explore_result *result;
};

static inline struct explored explore_all(struct program *prog,
                                          const struct explore_options *options)
{
    struct error err;
    struct explored e = {.prog = prog, .x = explore_new(prog, options, &err)};
    if (!e.x)
        fail_msg("%s", err.text);
    while (explore_run(e.x, 1000) == EXPLORE_GOING)
        ;
    e.result = explore_result(e.x);
    return e;
}

static inline void explored_free(struct explored *e)
{
    explore_free(e->x);
    program_free(e->prog);
}

static inline long states_of(const struct explored *e)
{
    return strtol(e->result->n_states, NULL, 10);
}

// The finals of a cell as text: "1:18 2:2".
static inline const char *finals_text(const struct explored *e, size_t cell, char out[512])
{
    size_t n = 0;
    const struct explore_cell *c = &e->result->cells[cell];
    out[0] = '\0';
    for (size_t i = 0; i < c->n_finals; i++)
        n += text_format(out + n, 512 - n, "%s%lld:%s", i ? " " : "", (long long)c->finals[i].value,
                         c->finals[i].schedules ? c->finals[i].schedules : "?");
    return out;
}

static inline const struct explore_failure *failure_of(const struct explored *e,
                                                       enum explore_goal_kind kind)
{
    for (size_t i = 0; i < e->result->n_failures; i++)
        if (e->result->failures[i].kind == kind)
            return &e->result->failures[i];
    return NULL;
}

static inline void assert_shortest(const struct explored *e, enum explore_goal_kind kind,
                                   const char *want)
{
    const struct explore_failure *failure = failure_of(e, kind);
    assert_non_null(failure);
    assert_true(failure->has_shortest);
    char *text = explore_schedule_text(e->prog, failure->shortest, failure->n_shortest);
    assert_string_equal(text, want);
    mem_free(text);
}

static inline void assert_fewest(const struct explored *e, enum explore_goal_kind kind,
                                 const char *want)
{
    const struct explore_failure *failure = failure_of(e, kind);
    assert_non_null(failure);
    assert_true(failure->has_fewest);
    char *text = explore_turns_text(e->prog, failure->fewest_switches, failure->n_fewest);
    assert_string_equal(text, want);
    mem_free(text);
}

#endif
