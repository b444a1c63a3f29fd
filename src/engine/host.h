#ifndef ENGINE_HOST_H
#define ENGINE_HOST_H

#include "engine/run.h"

// The host: the process in which main runs and whose threads the lanes are.
//
// Runs main, which starts and joins the lanes. Returns the exit status of the process: 0 when main
// has ended and every lane has been joined. `prog` is what run->text compiles to. Call in a process
// of its own, single-threaded; touches neither stdio nor the terminal.
int engine_host(const struct run *run, const struct program *prog);

// Says why there is no run: the collector shows it.
void engine_host_refuse(const struct run *run, const char *why);

#endif
