#ifndef EXPORT_RECORDING_H
#define EXPORT_RECORDING_H

#include "base/error.h"
#include "view/frame.h"
#include "view/theme.h"

#include <stdint.h>

// A recording that is being made, of the kind that its file's name ends in: .cast, an asciicast, or
// .svg, a picture that moves.
struct recording;

// A file that is there is replaced if it is empty or a recording of the same kind, and no other.
// NULL with a message.
struct recording *recording_open(const char *path, struct error *err);
// Whether a recording can have that name.
bool recording_is_named(const char *path);

// As cast_frame and cast_marker have it. False: it cannot go on, and recording_close says why.
bool recording_frame(struct recording *recording, const struct frame *frame,
                     const struct theme *theme, uint64_t t_ns);
void recording_marker(struct recording *recording, uint64_t t_ns, const char *label);
// Frees it. False with a message when it is not whole.
bool recording_close(struct recording *recording, struct error *err);

#endif
