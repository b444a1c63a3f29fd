#ifndef VIEW_COMMAND_H
#define VIEW_COMMAND_H

#include <stdio.h>

// What can be asked of the screen, by key, by tape or by test. The keymap, the help, the bottom
// line and the README's table come from one table.
enum command {
    COMMAND_NONE,
#define COMMAND(name, text, keys, label, help) COMMAND_##name,
#include "view/commands.def"
#undef COMMAND
    COMMAND_COUNT
};

struct command_line {
    const char *name;  // "next-loss"
    const char *keys;  // "? f1"
    const char *label; // in the bottom line, "" for none
    const char *help;
};

extern const struct command_line command_table[COMMAND_COUNT]; // [COMMAND_NONE] is empty

enum command command_of_key(const char *key);   // COMMAND_NONE when the key does nothing
enum command command_of_name(const char *name); // "next-loss"
// The key of a command as a person reads it: "Esc", "F1", "space". `index` counts its keys from 0.
// Returns NULL after the last. out: 16 bytes.
const char *command_key(enum command command, int index, char out[16]);

// The table as Markdown, for the README and the test that compares it.
void command_markdown(FILE *out);

#endif
