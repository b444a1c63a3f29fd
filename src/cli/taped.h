#ifndef CLI_TAPED_H
#define CLI_TAPED_H

#include "cli/options.h"
#include "tape/lessons.h"
#include "tape/tape.h"

// What a line `run ...` of the tape and the command line say together.
struct taped_run {
    char **argv; // options.operands points into it
    struct cli_options options;
};

// A tape from a file, or a lesson, and its runs.
struct taped {
    char *label; // for messages
    char *text;
    size_t len_bytes;
    bool has_operand; // the command line names the scenario
    struct tape *tape;
    struct taped_run *runs; // tape->n_runs of them
};

// Reads options->tape_file, parses it, and parses the command line anew, which has the last word
// over each of the tape's runs. *options is that of the first. False after a complaint on stderr;
// taped_close in either case, as below.
bool taped_open(struct taped *taped, struct cli_options *options, int argc, char **argv);
// A lesson, checked; the command line has no say in what it runs.
bool taped_open_lesson(struct taped *taped, const struct lesson_entry *lesson);
void taped_close(struct taped *taped);

// Compiles the scenario of each run and finds what the tape names in it. False after a complaint
// on stderr.
bool taped_check(struct taped *taped);

#endif
