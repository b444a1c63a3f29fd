#ifndef EXPORT_PLAYBACK_H
#define EXPORT_PLAYBACK_H

#include "base/error.h"
#include "view/frame.h"
#include "view/theme.h"

#include <stdbool.h>
#include <stdint.h>

// Plays a recording, without a terminal: its output becomes cells, and nothing of the file reaches
// anybody in another way.
struct playback;

// Opens and reads it once, to its end, or to where it is cut. NULL with a message when it is no
// recording.
struct playback *playback_open(const char *path, const struct theme *theme, struct error *err);
void playback_free(struct playback *playback); // accepts NULL

// Does what the key means, at that time on any clock that only goes forward. False: leave.
bool playback_press(struct playback *playback, const char *key, uint64_t now_ns);
// Plays up to now. Returns whether the picture may have changed.
bool playback_tick(struct playback *playback, uint64_t now_ns);
// When there is something to do, on the same clock; UINT64_MAX: not before a key.
uint64_t playback_next_tick(const struct playback *playback);

// The recording's screen at the top left, and a line of its own: below it where there is
// room, over its last row for a while after a key, and while nothing moves.
void playback_draw(struct playback *playback, struct frame *frame);
const struct theme *playback_theme(const struct playback *playback); // for the frame drawn last

// What there is, for tests.
uint64_t playback_time(const struct playback *playback);
uint64_t playback_length(const struct playback *playback);
bool playback_is_paused(const struct playback *playback);
bool playback_is_cut(const struct playback *playback);

#endif
