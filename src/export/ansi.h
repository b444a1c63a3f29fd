#ifndef EXPORT_ANSI_H
#define EXPORT_ANSI_H

#include "view/frame.h"
#include "view/theme.h"

#include <stddef.h>

// Frames as a terminal with 256 colours is told of them: cursor moves, colours, characters, and of
// each frame only what the one before did not have. Nothing here asks what terminal that is.
struct ansi;

struct ansi *ansi_new(void);
void ansi_free(struct ansi *ansi); // accepts NULL

// The bytes that make this frame of the last one; empty where they look the same. The first frame,
// and one of another size, begins with an empty screen. Valid until the next call.
const char *ansi_update(struct ansi *ansi, const struct frame *frame, const struct theme *theme,
                        size_t *len_bytes);

// How a cell looks in a picture with all colours: its role's look, and what was added to it.
struct style ansi_cell_style(const struct cell *cell, const struct theme *theme);

#endif
