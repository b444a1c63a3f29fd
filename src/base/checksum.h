#ifndef BASE_CHECKSUM_H
#define BASE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

// A checksum that finds damage, not deceit: whoever has the bytes can compute it. `sum` is where it
// begins, or what it was of the bytes before.
//
// Eight bytes at a time: each step can be undone, so that a change within one of them always
// changes the result, and any other nearly always.
uint64_t checksum(uint64_t sum, const void *bytes, size_t len);

#endif
