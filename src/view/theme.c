#include "view/theme.h"

#include <stddef.h>
#include <string.h>

// Chosen so that running, waiting, lost and held stay apart for every kind of colour-blindness;
// a test measures that, and that everything that is read has enough contrast.

// For a dark background.
static const struct style dark_full[ROLE_COUNT] = {
    [ROLE_TEXT] = {252, STYLE_DEFAULT, 0},
    [ROLE_DIM] = {247, STYLE_DEFAULT, 0},
    [ROLE_EDGE] = {240, STYLE_DEFAULT, 0},
    [ROLE_TITLE] = {231, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_HEADING] = {250, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_BAR] = {252, 236, 0},
    [ROLE_BAR_TITLE] = {231, 236, STYLE_BOLD},
    [ROLE_BAR_LIVE] = {231, 236, STYLE_BOLD},
    [ROLE_BAR_STILL] = {16, 252, STYLE_BOLD},
    [ROLE_KEY] = {231, 240, STYLE_BOLD},
    [ROLE_LOCK_ON] = {16, 50, STYLE_BOLD},
    [ROLE_LOCK_OFF] = {16, 203, STYLE_BOLD},
    [ROLE_LOCK_TURNING] = {16, 226, STYLE_BOLD},
    [ROLE_HOLDS] = {16, 50, STYLE_BOLD},
    [ROLE_BROKEN] = {16, 203, STYLE_BOLD},
    [ROLE_LUCK] = {16, 226, STYLE_BOLD},
    [ROLE_BADGE] = {16, 250, STYLE_BOLD},
    [ROLE_RECORD] = {16, 203, STYLE_BOLD},
    [ROLE_NEW] = {245, STYLE_DEFAULT, 0},
    [ROLE_RUNNING] = {105, STYLE_DEFAULT, 0},
    [ROLE_PREEMPTED] = {103, STYLE_DEFAULT, 0},
    [ROLE_HOLDING] = {50, STYLE_DEFAULT, 0},
    [ROLE_BLOCKED] = {226, STYLE_DEFAULT, 0},
    [ROLE_SLEEPING] = {250, STYLE_DEFAULT, 0},
    [ROLE_JOINING] = {245, STYLE_DEFAULT, 0},
    [ROLE_PAUSED] = {252, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_FINISHED] = {252, STYLE_DEFAULT, 0},
    [ROLE_KILLED] = {203, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_FAILED] = {203, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LOAD] = {250, STYLE_DEFAULT, 0},
    [ROLE_STORE] = {231, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LOST] = {203, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LOST_QUIET] = {203, STYLE_DEFAULT, 0},
    [ROLE_GAP] = {226, STYLE_DEFAULT, 0},
    [ROLE_KEYWORD] = {183, STYLE_DEFAULT, 0},
    [ROLE_COMMENT] = {245, STYLE_DEFAULT, 0},
    [ROLE_LANE_A] = {117, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_B] = {215, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_C] = {156, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_D] = {219, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_E] = {229, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_F] = {80, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_MAIN] = {252, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_CURSOR] = {16, 252, STYLE_BOLD},
    [ROLE_TOAST] = {231, STYLE_DEFAULT, STYLE_BOLD},
};

// For a light background.
static const struct style light_full[ROLE_COUNT] = {
    [ROLE_TEXT] = {235, STYLE_DEFAULT, 0},
    [ROLE_DIM] = {241, STYLE_DEFAULT, 0},
    [ROLE_EDGE] = {249, STYLE_DEFAULT, 0},
    [ROLE_TITLE] = {16, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_HEADING] = {238, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_BAR] = {235, 253, 0},
    [ROLE_BAR_TITLE] = {16, 253, STYLE_BOLD},
    [ROLE_BAR_LIVE] = {16, 253, STYLE_BOLD},
    [ROLE_BAR_STILL] = {231, 238, STYLE_BOLD},
    [ROLE_KEY] = {16, 250, STYLE_BOLD},
    [ROLE_LOCK_ON] = {231, 29, STYLE_BOLD},
    [ROLE_LOCK_OFF] = {231, 124, STYLE_BOLD},
    [ROLE_LOCK_TURNING] = {231, 94, STYLE_BOLD},
    [ROLE_HOLDS] = {231, 29, STYLE_BOLD},
    [ROLE_BROKEN] = {231, 124, STYLE_BOLD},
    [ROLE_LUCK] = {231, 94, STYLE_BOLD},
    [ROLE_BADGE] = {231, 240, STYLE_BOLD},
    [ROLE_RECORD] = {231, 124, STYLE_BOLD},
    [ROLE_NEW] = {242, STYLE_DEFAULT, 0},
    [ROLE_RUNNING] = {27, STYLE_DEFAULT, 0},
    [ROLE_PREEMPTED] = {61, STYLE_DEFAULT, 0},
    [ROLE_HOLDING] = {29, STYLE_DEFAULT, 0},
    [ROLE_BLOCKED] = {94, STYLE_DEFAULT, 0},
    [ROLE_SLEEPING] = {240, STYLE_DEFAULT, 0},
    [ROLE_JOINING] = {242, STYLE_DEFAULT, 0},
    [ROLE_PAUSED] = {235, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_FINISHED] = {235, STYLE_DEFAULT, 0},
    [ROLE_KILLED] = {52, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_FAILED] = {52, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LOAD] = {240, STYLE_DEFAULT, 0},
    [ROLE_STORE] = {16, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LOST] = {52, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LOST_QUIET] = {52, STYLE_DEFAULT, 0},
    [ROLE_GAP] = {94, STYLE_DEFAULT, 0},
    [ROLE_KEYWORD] = {54, STYLE_DEFAULT, 0},
    [ROLE_COMMENT] = {242, STYLE_DEFAULT, 0},
    [ROLE_LANE_A] = {25, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_B] = {130, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_C] = {22, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_D] = {90, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_E] = {58, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_F] = {23, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_MAIN] = {235, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_CURSOR] = {231, 238, STYLE_BOLD},
    [ROLE_TOAST] = {16, STYLE_DEFAULT, STYLE_BOLD},
};

// For bad projectors: nothing is dim.
static const struct style contrast_full[ROLE_COUNT] = {
    [ROLE_TEXT] = {231, STYLE_DEFAULT, 0},
    [ROLE_DIM] = {252, STYLE_DEFAULT, 0},
    [ROLE_EDGE] = {250, STYLE_DEFAULT, 0},
    [ROLE_TITLE] = {231, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_HEADING] = {231, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_BAR] = {231, 16, STYLE_BOLD},
    [ROLE_BAR_TITLE] = {231, 16, STYLE_BOLD},
    [ROLE_BAR_LIVE] = {231, 16, STYLE_BOLD},
    [ROLE_BAR_STILL] = {16, 231, STYLE_BOLD},
    [ROLE_KEY] = {16, 231, STYLE_BOLD},
    [ROLE_LOCK_ON] = {16, 50, STYLE_BOLD},
    [ROLE_LOCK_OFF] = {16, 203, STYLE_BOLD},
    [ROLE_LOCK_TURNING] = {16, 226, STYLE_BOLD},
    [ROLE_HOLDS] = {16, 50, STYLE_BOLD},
    [ROLE_BROKEN] = {16, 203, STYLE_BOLD},
    [ROLE_LUCK] = {16, 226, STYLE_BOLD},
    [ROLE_BADGE] = {16, 231, STYLE_BOLD},
    [ROLE_RECORD] = {16, 203, STYLE_BOLD},
    [ROLE_NEW] = {252, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_RUNNING] = {141, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_PREEMPTED] = {252, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_HOLDING] = {50, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_BLOCKED] = {226, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_SLEEPING] = {231, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_JOINING] = {252, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_PAUSED] = {231, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_FINISHED] = {231, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_KILLED] = {203, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_FAILED] = {203, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LOAD] = {231, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_STORE] = {231, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LOST] = {203, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LOST_QUIET] = {203, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_GAP] = {226, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_KEYWORD] = {183, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_COMMENT] = {252, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_A] = {117, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_B] = {215, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_C] = {156, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_D] = {219, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_E] = {229, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_F] = {80, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_MAIN] = {231, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_CURSOR] = {16, 231, STYLE_BOLD},
    [ROLE_TOAST] = {231, STYLE_DEFAULT, STYLE_BOLD},
};

// Numbers above 7 are the bright ones.
static const struct style dark_sixteen[ROLE_COUNT] = {
    [ROLE_TEXT] = {STYLE_DEFAULT, STYLE_DEFAULT, 0},
    [ROLE_DIM] = {7, STYLE_DEFAULT, 0},
    [ROLE_EDGE] = {8, STYLE_DEFAULT, 0},
    [ROLE_TITLE] = {15, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_HEADING] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_BAR] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_REVERSE},
    [ROLE_BAR_TITLE] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD | STYLE_REVERSE},
    [ROLE_BAR_LIVE] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD | STYLE_REVERSE},
    [ROLE_BAR_STILL] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_KEY] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LOCK_ON] = {0, 10, 0},
    [ROLE_LOCK_OFF] = {0, 9, STYLE_BOLD},
    [ROLE_LOCK_TURNING] = {0, 11, 0},
    [ROLE_HOLDS] = {0, 10, 0},
    [ROLE_BROKEN] = {0, 9, STYLE_BOLD},
    [ROLE_LUCK] = {0, 11, 0},
    [ROLE_BADGE] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD | STYLE_UNDERLINE},
    [ROLE_RECORD] = {0, 9, STYLE_BOLD},
    [ROLE_NEW] = {STYLE_DEFAULT, STYLE_DEFAULT, 0},
    [ROLE_RUNNING] = {14, STYLE_DEFAULT, 0},
    [ROLE_PREEMPTED] = {14, STYLE_DEFAULT, 0},
    [ROLE_HOLDING] = {10, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_BLOCKED] = {11, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_SLEEPING] = {STYLE_DEFAULT, STYLE_DEFAULT, 0},
    [ROLE_JOINING] = {STYLE_DEFAULT, STYLE_DEFAULT, 0},
    [ROLE_PAUSED] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_FINISHED] = {STYLE_DEFAULT, STYLE_DEFAULT, 0},
    [ROLE_KILLED] = {9, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_FAILED] = {9, STYLE_DEFAULT, STYLE_BOLD | STYLE_REVERSE},
    [ROLE_LOAD] = {STYLE_DEFAULT, STYLE_DEFAULT, 0},
    [ROLE_STORE] = {15, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LOST] = {9, STYLE_DEFAULT, STYLE_BOLD | STYLE_REVERSE},
    [ROLE_LOST_QUIET] = {9, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_GAP] = {11, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_KEYWORD] = {13, STYLE_DEFAULT, 0},
    [ROLE_COMMENT] = {7, STYLE_DEFAULT, 0},
    [ROLE_LANE_A] = {12, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_B] = {11, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_C] = {10, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_D] = {13, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_E] = {14, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_F] = {15, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_MAIN] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_CURSOR] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD | STYLE_REVERSE},
    [ROLE_TOAST] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
};

static const struct style dark_eight[ROLE_COUNT] = {
    [ROLE_TEXT] = {STYLE_DEFAULT, STYLE_DEFAULT, 0},
    [ROLE_DIM] = {STYLE_DEFAULT, STYLE_DEFAULT, 0},
    [ROLE_EDGE] = {STYLE_DEFAULT, STYLE_DEFAULT, 0},
    [ROLE_TITLE] = {7, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_HEADING] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_BAR] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_REVERSE},
    [ROLE_BAR_TITLE] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD | STYLE_REVERSE},
    [ROLE_BAR_LIVE] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD | STYLE_REVERSE},
    [ROLE_BAR_STILL] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_KEY] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LOCK_ON] = {0, 2, 0},
    [ROLE_LOCK_OFF] = {7, 1, STYLE_BOLD},
    [ROLE_LOCK_TURNING] = {0, 3, 0},
    [ROLE_HOLDS] = {0, 2, 0},
    [ROLE_BROKEN] = {7, 1, STYLE_BOLD},
    [ROLE_LUCK] = {0, 3, 0},
    [ROLE_BADGE] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD | STYLE_UNDERLINE},
    [ROLE_RECORD] = {7, 1, STYLE_BOLD},
    [ROLE_NEW] = {STYLE_DEFAULT, STYLE_DEFAULT, 0},
    [ROLE_RUNNING] = {6, STYLE_DEFAULT, 0},
    [ROLE_PREEMPTED] = {6, STYLE_DEFAULT, 0},
    [ROLE_HOLDING] = {2, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_BLOCKED] = {3, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_SLEEPING] = {STYLE_DEFAULT, STYLE_DEFAULT, 0},
    [ROLE_JOINING] = {STYLE_DEFAULT, STYLE_DEFAULT, 0},
    [ROLE_PAUSED] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_FINISHED] = {STYLE_DEFAULT, STYLE_DEFAULT, 0},
    [ROLE_KILLED] = {1, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_FAILED] = {1, STYLE_DEFAULT, STYLE_BOLD | STYLE_REVERSE},
    [ROLE_LOAD] = {STYLE_DEFAULT, STYLE_DEFAULT, 0},
    [ROLE_STORE] = {7, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LOST] = {1, STYLE_DEFAULT, STYLE_BOLD | STYLE_REVERSE},
    [ROLE_LOST_QUIET] = {1, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_GAP] = {3, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_KEYWORD] = {5, STYLE_DEFAULT, 0},
    [ROLE_COMMENT] = {STYLE_DEFAULT, STYLE_DEFAULT, 0},
    [ROLE_LANE_A] = {6, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_B] = {3, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_C] = {2, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_D] = {5, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_E] = {4, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_F] = {7, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_MAIN] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_CURSOR] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD | STYLE_REVERSE},
    [ROLE_TOAST] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
};

// On white the bright colours cannot be read: 16 colours are used as 8.
static const struct style light_eight[ROLE_COUNT] = {
    [ROLE_TEXT] = {STYLE_DEFAULT, STYLE_DEFAULT, 0},
    [ROLE_DIM] = {STYLE_DEFAULT, STYLE_DEFAULT, 0},
    [ROLE_EDGE] = {STYLE_DEFAULT, STYLE_DEFAULT, 0},
    [ROLE_TITLE] = {0, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_HEADING] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_BAR] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_REVERSE},
    [ROLE_BAR_TITLE] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD | STYLE_REVERSE},
    [ROLE_BAR_LIVE] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD | STYLE_REVERSE},
    [ROLE_BAR_STILL] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_KEY] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LOCK_ON] = {7, 2, 0},
    [ROLE_LOCK_OFF] = {7, 1, STYLE_BOLD},
    [ROLE_LOCK_TURNING] = {7, 5, 0},
    [ROLE_HOLDS] = {7, 2, 0},
    [ROLE_BROKEN] = {7, 1, STYLE_BOLD},
    [ROLE_LUCK] = {7, 5, 0},
    [ROLE_BADGE] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD | STYLE_UNDERLINE},
    [ROLE_RECORD] = {7, 1, STYLE_BOLD},
    [ROLE_NEW] = {STYLE_DEFAULT, STYLE_DEFAULT, 0},
    [ROLE_RUNNING] = {4, STYLE_DEFAULT, 0},
    [ROLE_PREEMPTED] = {4, STYLE_DEFAULT, 0},
    [ROLE_HOLDING] = {2, STYLE_DEFAULT, 0},
    [ROLE_BLOCKED] = {5, STYLE_DEFAULT, 0},
    [ROLE_SLEEPING] = {STYLE_DEFAULT, STYLE_DEFAULT, 0},
    [ROLE_JOINING] = {STYLE_DEFAULT, STYLE_DEFAULT, 0},
    [ROLE_PAUSED] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_FINISHED] = {STYLE_DEFAULT, STYLE_DEFAULT, 0},
    [ROLE_KILLED] = {1, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_FAILED] = {1, STYLE_DEFAULT, STYLE_BOLD | STYLE_REVERSE},
    [ROLE_LOAD] = {STYLE_DEFAULT, STYLE_DEFAULT, 0},
    [ROLE_STORE] = {0, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LOST] = {1, STYLE_DEFAULT, STYLE_BOLD | STYLE_REVERSE},
    [ROLE_LOST_QUIET] = {1, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_GAP] = {5, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_KEYWORD] = {5, STYLE_DEFAULT, 0},
    [ROLE_COMMENT] = {STYLE_DEFAULT, STYLE_DEFAULT, 0},
    [ROLE_LANE_A] = {4, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_B] = {1, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_C] = {2, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_D] = {5, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_E] = {6, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_F] = {0, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_MAIN] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_CURSOR] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD | STYLE_REVERSE},
    [ROLE_TOAST] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
};

// No colours: only what every terminal has.
static const struct style plain[ROLE_COUNT] = {
    [ROLE_TEXT] = {STYLE_DEFAULT, STYLE_DEFAULT, 0},
    [ROLE_DIM] = {STYLE_DEFAULT, STYLE_DEFAULT, 0},
    [ROLE_EDGE] = {STYLE_DEFAULT, STYLE_DEFAULT, 0},
    [ROLE_TITLE] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_HEADING] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_BAR] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_REVERSE},
    [ROLE_BAR_TITLE] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD | STYLE_REVERSE},
    [ROLE_BAR_LIVE] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD | STYLE_REVERSE},
    [ROLE_BAR_STILL] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_KEY] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LOCK_ON] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD | STYLE_REVERSE | STYLE_UNDERLINE},
    [ROLE_LOCK_OFF] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LOCK_TURNING] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD | STYLE_UNDERLINE},
    [ROLE_HOLDS] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_BROKEN] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD | STYLE_REVERSE},
    [ROLE_LUCK] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD | STYLE_UNDERLINE},
    [ROLE_BADGE] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD | STYLE_UNDERLINE},
    [ROLE_RECORD] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD | STYLE_REVERSE},
    [ROLE_NEW] = {STYLE_DEFAULT, STYLE_DEFAULT, 0},
    [ROLE_RUNNING] = {STYLE_DEFAULT, STYLE_DEFAULT, 0},
    [ROLE_PREEMPTED] = {STYLE_DEFAULT, STYLE_DEFAULT, 0},
    [ROLE_HOLDING] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_BLOCKED] = {STYLE_DEFAULT, STYLE_DEFAULT, 0},
    [ROLE_SLEEPING] = {STYLE_DEFAULT, STYLE_DEFAULT, 0},
    [ROLE_JOINING] = {STYLE_DEFAULT, STYLE_DEFAULT, 0},
    [ROLE_PAUSED] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_FINISHED] = {STYLE_DEFAULT, STYLE_DEFAULT, 0},
    [ROLE_KILLED] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_FAILED] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD | STYLE_REVERSE},
    [ROLE_LOAD] = {STYLE_DEFAULT, STYLE_DEFAULT, 0},
    [ROLE_STORE] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LOST] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD | STYLE_REVERSE},
    [ROLE_LOST_QUIET] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_GAP] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_KEYWORD] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_UNDERLINE},
    [ROLE_COMMENT] = {STYLE_DEFAULT, STYLE_DEFAULT, 0},
    [ROLE_LANE_A] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_B] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_C] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_D] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_E] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_F] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_LANE_MAIN] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
    [ROLE_CURSOR] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_REVERSE},
    [ROLE_TOAST] = {STYLE_DEFAULT, STYLE_DEFAULT, STYLE_BOLD},
};

static const struct theme dark = {
    .name = "dark",
    .help = "for a dark background",
    .full = dark_full,
    .sixteen = dark_sixteen,
    .eight = dark_eight,
};

static const struct theme light = {
    .name = "light",
    .help = "for a light background",
    .is_light = true,
    .full = light_full,
    .sixteen = light_eight,
    .eight = light_eight,
};

static const struct theme contrast = {
    .name = "contrast",
    .help = "for a dark background and a weak projector",
    .full = contrast_full,
    .sixteen = dark_sixteen,
    .eight = dark_eight,
};

static const struct theme mono = {
    .name = "mono",
    .help = "no colours: bold, reverse and underline",
    .full = plain,
    .sixteen = plain,
    .eight = plain,
};

const struct theme *const themes[] = {&dark, &light, &contrast, &mono, NULL};

const struct theme *theme_find(const char *name)
{
    for (size_t i = 0; themes[i]; i++)
        if (strcmp(themes[i]->name, name) == 0)
            return themes[i];
    return NULL;
}

const struct theme *theme_next(const struct theme *theme, const struct theme *own)
{
    for (size_t i = 0; themes[i]; i++)
        if (themes[i] == theme)
            return themes[i + 1] ? themes[i + 1] : own ? own : themes[0];
    return themes[0];
}

// The first sixteen of xterm's palette; the terminal may show others.
static const uint32_t palette[16] = {
    0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5,
    0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff,
};

// One of the six levels of the colour cube.
static uint32_t cube_level(int step)
{
    return step ? 55 + 40 * (uint32_t)step : 0;
}

uint32_t theme_rgb(int number)
{
    if (number < 16)
        return palette[number < 0 ? 0 : number];
    if (number >= 232) {
        uint32_t grey = 8 + 10 * (uint32_t)((number > 255 ? 255 : number) - 232);
        return grey << 16 | grey << 8 | grey;
    }
    int cube = number - 16;
    return cube_level(cube / 36) << 16 | cube_level(cube / 6 % 6) << 8 | cube_level(cube % 6);
}

static int distance(uint32_t a, uint32_t b)
{
    int sum = 0;
    for (int shift = 0; shift <= 16; shift += 8) {
        int off = (int)(a >> shift & 255) - (int)(b >> shift & 255);
        sum += off * off;
    }
    return sum;
}

// The nearest of the first so many colours.
static int16_t reduced(int16_t colour, int colours)
{
    int16_t best = 0;
    if (colour < colours)
        return colour;
    for (int16_t i = 1; i < colours; i++)
        if (distance(theme_rgb(i), theme_rgb(colour)) <
            distance(theme_rgb(best), theme_rgb(colour)))
            best = i;
    return best;
}

static struct style more_style(const struct theme *theme, int index, int colours)
{
    if (index >= theme->n_more || colours < 8)
        return plain[ROLE_TEXT];
    struct style style = theme->more[index];
    if (colours < 256) {
        style.fg = reduced(style.fg, colours >= 16 ? 16 : 8);
        style.bg = reduced(style.bg, colours >= 16 ? 16 : 8);
    }
    return style;
}

struct style theme_style(const struct theme *theme, enum role role, int colours)
{
    if ((int)role >= ROLE_COUNT)
        return more_style(theme, (int)role - ROLE_COUNT, colours);
    if (colours >= 256)
        return theme->full[role];
    if (colours >= 16)
        return theme->sixteen[role];
    if (colours >= 8)
        return theme->eight[role];
    return plain[role];
}

uint32_t theme_background(const struct theme *theme)
{
    return theme->is_light ? 0xffffff : 0x000000;
}

uint32_t theme_foreground(const struct theme *theme)
{
    return theme->is_light ? 0x262626 : 0xd0d0d0;
}
