#ifndef CLI_SAVED_H
#define CLI_SAVED_H

#include "session/session.h"

// Saved runs among what is named on the command line.

// Whether that is the name of a saved run: it ends in .rlt, or the file begins like one.
bool saved_is_named(const char *operand);
// Opens it; while a cut one is read, says on stderr how far it is. NULL with a message.
struct session *saved_open(const char *path, struct error *err);
// `racelane check FILE.rlt`. The exit status.
int saved_check(const char *path);

#endif
