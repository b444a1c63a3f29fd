#ifndef CLI_LESSONS_H
#define CLI_LESSONS_H

#include "export/listing.h"
#include "tape/tape.h"
#include "view/app.h"

// The menu: the lessons in the order of the course, then the scenarios. Which lessons have been
// played to their end is kept in racelane/lessons below $XDG_STATE_HOME (~/.local/state unless
// set), a name a line; where that cannot be written it is known as long as the program runs.
struct lessons_menu {
    struct menu_item *items;
    size_t n, n_lessons;
    struct tape **tapes; // their titles are the items'
    char **sections;
    struct listing_item *scenarios;
    size_t n_scenarios;
};

void lessons_menu_make(struct lessons_menu *menu);
void lessons_menu_free(struct lessons_menu *menu);
// The lesson of that index has been played to its end.
void lessons_menu_finish(struct lessons_menu *menu, size_t lesson);

// To standard output, a lesson a line.
void lessons_print(void);

#endif
