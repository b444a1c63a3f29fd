#ifndef GUARD_TERMINAL_H
#define GUARD_TERMINAL_H

#include <stdbool.h>
#include <termios.h>

// The terminal as the guardian found it. Not the screen: it only puts back what it has saved.
struct terminal {
    int fd;      // own, non-blocking, so that a terminal that reads nothing delays nobody; -1: none
    bool is_own; // the fd is to be closed
    struct termios saved;
};

// Finds the terminal behind standard input and output; both must be one. Cannot fail: without a
// terminal there is nothing to restore.
struct terminal terminal_open(void);
void terminal_close(struct terminal *terminal);

// Whether somebody has left it as it was not.
bool terminal_is_changed(const struct terminal *terminal);

enum terminal_repair { TERMINAL_MODES, TERMINAL_MODES_AND_SCREEN };
void terminal_restore(const struct terminal *terminal, enum terminal_repair repair);

// Whether another process group has the terminal.
bool terminal_is_background(void);

#endif
