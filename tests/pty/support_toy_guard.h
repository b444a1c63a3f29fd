#ifndef SUPPORT_TOY_GUARD_H
#define SUPPORT_TOY_GUARD_H

#include <stdatomic.h>
#include <stdint.h>

// A small program under a guardian: a UI that puts the terminal into the state that full-screen
// programs do and obeys single letters, and a host with thread and process lanes that count in
// sealed memory.

enum { TOY_THREADS = 4, TOY_PROCESSES = 2, TOY_LANES = TOY_THREADS + TOY_PROCESSES };

struct toy_counters {
    _Atomic uint64_t lane[TOY_LANES];
};

// "deaf": the UI does not listen to SIGTERM. Returns the exit status.
int toy_main(const char *kind);

int toy_host(void *context, int memory_fd);
int toy_memory(void);
struct toy_counters *toy_map(int memory_fd); // NULL when that failed

#endif
