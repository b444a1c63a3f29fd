#ifndef ENGINE_PRINT_CHANNEL_H
#define ENGINE_PRINT_CHANNEL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Printed text on its way from a lane to the collector: single producer, single consumer, bounded,
// never dropped. A line longer than a chunk travels in several, all but the last marked.
enum { PRINT_CHUNK = 1024, PRINT_MORE = 1 };

struct print_chunk {
    uint64_t ticks;
    uint64_t turn; // place among all lines of the run, from 0
    uint32_t len_bytes;
    uint32_t flags;
    char text[PRINT_CHUNK];
};

struct print_channel {
    _Alignas(64) _Atomic uint64_t head; // bytes ever written, by the lane
    _Alignas(64) _Atomic uint64_t tail; // bytes ever read, by the collector
    uint64_t size_bytes;                // of `bytes`, a power of two
    _Alignas(64) unsigned char bytes[];
};

size_t print_channel_bytes(size_t text_bytes);
void print_channel_init(struct print_channel *channel, size_t text_bytes);

// False when there is no room yet.
bool print_channel_push(struct print_channel *channel, const struct print_chunk *chunk);
// False when it is empty.
bool print_channel_pull(struct print_channel *channel, struct print_chunk *chunk);

#endif
