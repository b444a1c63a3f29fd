#ifndef VIEW_KEYMAP_H
#define VIEW_KEYMAP_H

#include "base/error.h"
#include "view/command.h"

// Which key is whose, where somebody has chosen keys of their own. In place of one NULL means the
// keys of the table of commands.
enum { KEYMAP_KEYS_MAX = 64 };

struct keymap {
    char keys[COMMAND_COUNT][KEYMAP_KEYS_MAX]; // separated by blanks, as in the table
};

void keymap_init(struct keymap *keymap); // the table's keys

enum command keymap_command(const struct keymap *keymap, const char *key);
// Some keys are two commands', by what is on screen.
bool keymap_has(const struct keymap *keymap, enum command command, const char *key);
// As command_key: the index-th key as a person reads it, NULL after the last.
const char *keymap_key(const struct keymap *keymap, enum command command, int index, char out[16]);

// Whether the terminal can give a key of that name: a printable ASCII character, or one of the
// names of tui/screen.h.
bool keymap_is_key(const char *key);

// The command has no key any more; but Ctrl-C always leaves, and the keys of single lanes are their
// numbers: those stay.
void keymap_clear(struct keymap *keymap, enum command command);
// Gives the command one more key. False, with a reason, when another command has it.
bool keymap_add(struct keymap *keymap, enum command command, const char *key, struct error *err);

#endif
