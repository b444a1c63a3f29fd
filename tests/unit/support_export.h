#ifndef SUPPORT_EXPORT_H
#define SUPPORT_EXPORT_H

// Ended runs for the tests of the exporters.
#include "support_session.h"

#include <stdio.h>
#include <stdlib.h>

// What is run: a text, and how.
struct play {
    const char *text;
    uint64_t pace_ns, seed;
    const char *mode, *gil, *memory, *schedule;
    size_t memory_bytes;
    bool is_bare, is_simulated;
    int lock; // -1 as written
};

static inline struct session *begin_play(struct watch *w, const struct play *play)
{
    struct lang_options lang = {.mode = play->mode, .gil = play->gil, .memory = play->memory};
    return open_session(w, &(struct session_options){.name = "test",
                                                     .text = play->text,
                                                     .len_bytes = strlen(play->text),
                                                     .lang = &lang,
                                                     .lock = play->lock,
                                                     .pace_ns = play->pace_ns,
                                                     .seed = play->seed,
                                                     .is_bare = play->is_bare,
                                                     .is_simulated = play->is_simulated,
                                                     .schedule = play->schedule,
                                                     .memory_bytes = play->memory_bytes});
}

static inline struct session *play_to_end(struct watch *w, const struct play *play)
{
    struct session *s = begin_play(w, play);
    struct error err;
    while (play->is_simulated && session_step(s, SESSION_ANY_LANE, &err))
        ;
    pump_until(s, is_ended, "the end");
    return s;
}

// What a writer writes. Newly allocated by the C library. Inlined it would draw a warning: gcc
// takes the closed stream to hold the address of `text` still.
__attribute__((noinline, unused)) static char *
written(uint64_t (*write)(FILE *, const struct session_view *), const struct session_view *view,
        size_t *len)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, len);
    assert_non_null(out);
    uint64_t n = write(out, view);
    fclose(out);
    assert_int_equal(n, *len);
    return text;
}

static inline uint64_t marks_of(const struct session_view *view, enum mark mark)
{
    uint64_t n = 0;
    for (size_t lane = 0; lane < view->n_lanes; lane++) {
        struct column column;
        timeline_column(view->timeline, lane, 0, UINT64_MAX, &column);
        n += column.marks[mark];
    }
    return n;
}

static const char play_race[] = "param N = 20000\n"
                                "shared counter = 0\n"
                                "lock guard off\n"
                                "def add(n):\n"
                                "    for _ in range(n):\n"
                                "        with guard:\n"
                                "            counter += 1\n"
                                "lane A = add(N)\n"
                                "lane B = add(N)\n"
                                "after:\n"
                                "    print(\"Final \\\"Counter\\\": {counter}\")\n";

static const char play_few[] = "shared counter = 5\n"
                               "shared flags[2] = 0\n"
                               "lock guard off\n"
                               "def add(i):\n"
                               "    for _ in range(4):\n"
                               "        with guard:\n"
                               "            counter += 1\n"
                               "        flags[i] = counter\n"
                               "    print(\"lane {i}, done\")\n"
                               "lane A = add(0)\n"
                               "lane B = add(1)\n"
                               "after:\n"
                               "    print(\"{counter}\")\n"
                               "always counter < 9\n";

#endif
