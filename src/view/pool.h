#ifndef VIEW_POOL_H
#define VIEW_POOL_H

#include "view/scene.h"

// A pool's inputs and results: as texts that cut no number, and as a panel.

enum { POOL_TEXT = 64 }; // bytes that hold any such text

// "cube(3)", or "(3)" where that is too wide, both made safe. False where neither fits in
// `columns`; the text is then as much of the call as says which function it is.
bool pool_item_text(const struct program *prog, size_t item, int columns, char out[POOL_TEXT]);
// "27", or of a long text of digits how many there are. False, and "", where neither fits.
bool pool_result_text(const struct program *prog, int64_t value, int columns, char out[POOL_TEXT]);

// The panel: each input with who took it and what came of it, in the order of the inputs.
int pool_rows(const struct program *prog); // that it would like to have; 0 without a pool
void pool_draw(const struct scene *scene, struct area area);

#endif
