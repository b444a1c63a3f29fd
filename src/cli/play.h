#ifndef CLI_PLAY_H
#define CLI_PLAY_H

#include "cli/options.h"

#include <stdbool.h>

// Recordings among what is named on the command line, and `racelane replay FILE.cast`.

// Whether that is the name of a recording: it ends in .cast, or the file begins like one.
bool play_is_named(const char *operand);
// The exit status.
int play_file(const char *path, const struct cli_options *options);

#endif
