#ifndef VIEW_OVERLAY_H
#define VIEW_OVERLAY_H

#include "view/app.h"
#include "view/scene.h"

// What covers the lanes: the help and the menu.

// Rows of the help's text and how many of them are seen at this height. `about` is what the
// scenario on screen is about, "" for none.
int help_rows(int w, const char *about);
int help_visible(int h);
void help_draw(struct area area, int top, const char *about);

void menu_draw(const struct menu_item *items, size_t n_items, size_t cursor, const char *toast,
               struct area area);

#endif
