#ifndef MODEL_EXPLORE_INTERN_H
#define MODEL_EXPLORE_INTERN_H

#include <stddef.h>
#include <stdint.h>

// Small numbers for byte strings: equal strings have equal numbers, counted from 0 in the order in
// which they were first seen. What explore makes its states of.
struct interner {
    uint8_t *bytes; // all strings, one after the other
    size_t n_bytes, cap_bytes;
    size_t *ends; // [number]: where it ends in bytes
    size_t n, cap_ends;
    uint32_t *slots; // hash table of number + 1
    size_t n_slots;  // a power of two, or 0
};

enum { INTERN_MAX = 1 << 30 }; // numbers

uint32_t intern_add(struct interner *in, const void *bytes, size_t len_bytes);
// Borrowed, until the next intern_add.
const uint8_t *intern_get(const struct interner *in, uint32_t number, size_t *len_bytes);
size_t intern_bytes(const struct interner *in); // memory that it takes
void intern_close(struct interner *in);

uint64_t intern_hash(const void *bytes, size_t len_bytes);

#endif
