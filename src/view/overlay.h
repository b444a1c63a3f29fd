#ifndef VIEW_OVERLAY_H
#define VIEW_OVERLAY_H

#include "session/comparison.h"
#include "view/app.h"
#include "view/scene.h"

// What covers the lanes or stands in their place: the help, the menu, the when-to-use table.

// Rows of the help's text and how many of them are seen at this height. `about` is what the
// scenario on screen is about, "" for none.
int help_rows(int w, const char *about, const struct keymap *keymap);
int help_visible(int h);
void help_draw(struct area area, int top, const char *about, const struct keymap *keymap);

void menu_draw(const struct menu_item *items, size_t n_items, size_t cursor, const char *toast,
               bool is_recording, const struct keymap *keymap, struct area area);

void comparison_draw(const struct comparison_view *view, const char *toast, bool is_recording,
                     const struct keymap *keymap, struct area area);

// The bottom line of a screen without lanes: keys and what they do.
struct foot_key {
    enum command command, and; // COMMAND_NONE: only one
    const char *label;
};
void foot_draw(struct area area, const struct keymap *keymap, const struct foot_key *keys,
               size_t n);

#endif
