#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include "base/error.h"
#include "tui/screen.h"
#include "view/keymap.h"
#include "view/theme.h"

#include <stdbool.h>

// Files of one's own, below $XDG_CONFIG_HOME/racelane or ~/.config/racelane. Read before the screen
// opens, and never written:
//
//   config         theme NAME | mouse on|off | sync auto|on|off | ascii on|off
//   keys           COMMAND KEY...
//   themes/NAME    like NAME | ROLE FOREGROUND BACKGROUND [bold] [reverse] [underline]
//
// `#` begins a comment line. A line with a mistake is told on stderr, as file:line:column, and
// skipped.
struct config {
    char folder[512];    // "" when there is none to look into
    char theme_name[40]; // "" when not given
    bool has_mouse, is_ascii;
    enum screen_sync sync;
    bool has_keys;
    struct keymap keymap; // when has_keys
    bool has_theme;
    struct theme theme; // of its own, when has_theme
    struct style styles[ROLE_COUNT];
};

// Only where to look: for what must come out the same for everybody, but for a theme asked for.
void config_locate(struct config *config);
// What is wrong is told here.
void config_read(struct config *config);

// Finds the theme that was asked for, `asked` (NULL: not) before the one in the file, first among
// the own ones. False, with a reason, when `asked` is none.
bool config_choose_theme(struct config *config, const char *asked, struct error *err);
const struct theme *config_theme(const struct config *config); // the one that was chosen

#endif
