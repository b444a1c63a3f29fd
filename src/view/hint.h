#ifndef VIEW_HINT_H
#define VIEW_HINT_H

#include "view/frame.h"
#include "view/keymap.h"

// Text that tells somebody which key to press. It names the command, as in "{restart} runs it
// again", and the key is the one that the command has here: so it is true of keys of one's own too.
// A command without a key is told by its name. Braces around anything else stay as they are.

// Cut where `out` ends. Returns out. keymap NULL: the table's keys.
char *hint_text(const struct keymap *keymap, const char *text, char *out, size_t size);
// The same, never cut; the caller frees it with mem_free.
char *hint_new(const struct keymap *keymap, const char *text);
// As paragraph_rows and paragraph_draw.
int hint_rows(const struct keymap *keymap, const char *text, int columns);
int hint_paragraph(struct area area, int y, enum role role, const struct keymap *keymap,
                   const char *text);
// In one row, cut to `columns`. Returns the column after it.
int hint_draw(struct area area, int x, int y, int columns, enum role role,
              const struct keymap *keymap, const char *text);

#endif
