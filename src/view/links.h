#ifndef VIEW_LINKS_H
#define VIEW_LINKS_H

#include "view/scene.h"

// Lines from a lost update to the store that overwrote it, over the rows of the lanes. That of the
// selected loss passes behind whatever is in its way; others are drawn where the way is free.
// `rows`: the plots of the lanes below main, those on screen.
void links_draw(const struct scene *scene, struct area rows);

#endif
