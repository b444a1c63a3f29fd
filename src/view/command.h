#ifndef VIEW_COMMAND_H
#define VIEW_COMMAND_H

#include <stdbool.h>
#include <stdio.h>

// What can be asked of the screen, by key, by tape or by test. The keymap, the help, the bottom
// line and the README's table come from one table.
enum command {
    COMMAND_NONE,
#define COMMAND(name, text, keys, label, when, help) COMMAND_##name,
#include "view/commands.def"
#undef COMMAND
    COMMAND_COUNT
};

// When the bottom line offers a command: when it does something here and now.
enum command_when {
    WHEN_ALWAYS,
    WHEN_RUN,       // the run goes on
    WHEN_LOCK,      // the scenario has a lock
    WHEN_PACE,      // the run goes on, with ops that the pace delays
    WHEN_RACE,      // the same, and it is told what was lost
    WHEN_LOSS,      // updates have been lost, or may be yet
    WHEN_CELL,      // there is a counter
    WHEN_THREADS,   // lanes are threads
    WHEN_MEMORY,    // lanes are processes, and there is something to share
    WHEN_CROWD,     // there are more lanes than rows
    WHEN_SIMULATED, // the run is simulated
    WHEN_LANES,     // the lanes are shown
    WHEN_RESULTS,   // the orders are shown, and something can be selected
    WHEN_TREE,      // the same, with every schedule by itself
    WHEN_KILL,      // the lane at the cursor can be killed
};

struct command_line {
    const char *name;  // "next-loss"
    const char *keys;  // "? f1"
    const char *label; // in the bottom line, "" for none; "this|that": that to go back
    enum command_when when;
    const char *help;
};

extern const struct command_line command_table[COMMAND_COUNT]; // [COMMAND_NONE] is empty

enum command command_of_key(const char *key);   // COMMAND_NONE when the key does nothing
enum command command_of_name(const char *name); // "next-loss"
// The key of a command as a person reads it: "Esc", "F1", "space". `index` counts its keys from 0.
// Returns NULL after the last. out: 16 bytes.
const char *command_key(enum command command, int index, char out[16]);

// The label of a command, or the one of what goes back. out: 16 bytes.
char *command_label(enum command command, bool goes_back, char out[16]);

// Whether it does something to the run, and not only to what is seen of it.
bool command_changes_run(enum command command);

// The table as Markdown, for the README and the test that compares it.
void command_markdown(FILE *out);

#endif
