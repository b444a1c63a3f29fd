#ifndef CLI_TAPED_H
#define CLI_TAPED_H

#include "cli/options.h"
#include "tape/tape.h"

// A tape from a file, and what the command line and its line `run ...` say together.
struct taped {
    char *label; // for messages
    char *text;
    size_t len_bytes;
    struct tape *tape;
    char **argv; // of both; options->operands points into it
};

// Reads options->tape_file, parses it, and parses the command line anew, which has the last word
// over the tape. False after a complaint on stderr.
bool taped_open(struct taped *taped, struct cli_options *options, const struct command_entry *run,
                int argc, char **argv);
void taped_close(struct taped *taped);

// Finds what it names in the scenario's program. False after a complaint on stderr.
bool taped_bind(struct taped *taped, const struct program *prog);

#endif
