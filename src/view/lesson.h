#ifndef VIEW_LESSON_H
#define VIEW_LESSON_H

#include <stdbool.h>
#include <stdint.h>

// The clock of a lesson: how long it has gone on, or how much of it is left. In whole minutes, so
// that a screen that stands still is written to only once a minute.
struct lesson {
    bool has_begun;
    uint64_t begin_ns, now_ns; // of any clock that only goes forward
    uint64_t length_ns;        // 0: not known, so it counts up
};

// True when the text has changed. The first call is the beginning.
bool lesson_tick(struct lesson *lesson, uint64_t now_ns);
// When the text changes next; UINT64_MAX before the beginning.
uint64_t lesson_next_tick(const struct lesson *lesson);
// "lesson 12 min", "33 min left", "2 min over". out: 24 bytes.
char *lesson_text(const struct lesson *lesson, char out[24]);

#endif
