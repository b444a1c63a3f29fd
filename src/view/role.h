#ifndef VIEW_ROLE_H
#define VIEW_ROLE_H

// What a cell means. Themes map roles to colours; nothing else names a colour.
enum role {
#define ROLE(name, help) ROLE_##name,
#include "view/roles.def"
#undef ROLE
    ROLE_COUNT
};

// How many lanes have a colour of their own for their name; then the colours begin again.
enum { ROLE_LANES = ROLE_LANE_F - ROLE_LANE_A + 1 };

#endif
