#ifndef EXPORT_PALETTE_H
#define EXPORT_PALETTE_H

#include "export/vt.h"
#include "view/frame.h"
#include "view/theme.h"

// Cells with colours of their own, drawn into a frame, whose cells know roles only: each pair of
// colours becomes a role that the palette's theme has besides its own.
struct palette;

struct palette *palette_new(const struct theme *theme);
void palette_free(struct palette *palette); // accepts NULL
// The part of the terminal that the area has room for. Of more pairs of colours than there are
// roles, those that come last lose theirs.
void palette_draw(struct palette *palette, const struct vt *vt, struct area area);
// The theme that the frame drawn last is to be shown in; another pointer whenever looks have
// changed. Valid until the next call of palette_draw.
const struct theme *palette_theme(const struct palette *palette);

#endif
