#ifndef VIEW_LANE_WORDS_H
#define VIEW_LANE_WORDS_H

#include "view/scene.h"

// What lanes do, and how they died, in words.

// What a lane is doing, after its state's sign. In fewer words where it would be wider than
// `columns`.
void lane_status_words(const struct scene *scene, size_t lane, int columns, char *out, size_t size);

// "B died holding guard", of the lane that died last; "" when none did. In fewer words, and at last
// cut, where it would be wider than `columns`.
void death_words(const struct scene *scene, int columns, char *out, size_t size);
// The same in full: by which signal, what was left half done, how many more died.
void death_sentence(const struct scene *scene, int columns, char *out, size_t size);

#endif
