#ifndef CLI_SCENARIO_H
#define CLI_SCENARIO_H

#include "base/error.h"
#include "lang/lang.h"

// A scenario by its name, or from a .lane file.
struct scenario {
    char *name;  // of the program
    char *label; // for messages: the name, or the path as given
    char *text;
    size_t len_bytes;
};

// Reads at most PROGRAM_SOURCE_MAX bytes of an ordinary file. False with a message that names the
// file and says what would be right.
bool scenario_load(struct scenario *scenario, const char *operand, struct error *err);
void scenario_free(struct scenario *scenario);

// To stderr: the problems with their lines, or the error.
void scenario_complain(const struct scenario *scenario, const struct lang_problems *problems,
                       const struct error *err);

#endif
