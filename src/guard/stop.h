#ifndef GUARD_STOP_H
#define GUARD_STOP_H

#include <stdbool.h>

// A request to stop (SIGINT, SIGTERM) for a command that works for long without a screen: it is
// told instead of being killed, and can say what it has.

// From now on such signals wait until they are asked for; threads started later leave them alone,
// too. -1 when the system has no room for it, and then they kill as ever.
int guard_stop_open(void);
bool guard_stop_asked(int fd); // since the last call
void guard_stop_close(int fd); // accepts -1

#endif
