#ifndef EXPORT_CAST_H
#define EXPORT_CAST_H

#include "view/frame.h"
#include "view/theme.h"

#include <stdint.h>
#include <stdio.h>

// Frames as an asciicast, version 2: a header, then a line an event, each of them flushed. So what
// is there is a whole recording at every instant, also when the program is killed.
//
// The same frames at the same times give the same bytes: neither the date nor anything of the
// machine is in it.
struct cast;

// Every recording of ours begins with these bytes.
extern const char cast_start[];

// Writes nothing yet: the header has the first frame's size and colours. Does not own `out`, and
// what could not be written shows in ferror(out).
struct cast *cast_new(FILE *out);
// t_ns: since the recording began; a time before the last event's counts as that one's. A frame
// that looks like the last one writes nothing.
void cast_frame(struct cast *cast, const struct frame *frame, const struct theme *theme,
                uint64_t t_ns);
// `label` is made safe. Of those before the first frame the last is
// written, at the beginning.
void cast_marker(struct cast *cast, uint64_t t_ns, const char *label);
void cast_free(struct cast *cast); // writes what is left, and accepts NULL

#endif
