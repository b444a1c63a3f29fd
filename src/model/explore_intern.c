#include "model/explore_intern.h"

#include "base/mem.h"

#include <string.h>

uint64_t intern_hash(const void *bytes, size_t len_bytes)
{
    const uint8_t *at = bytes;
    uint64_t hash = len_bytes * UINT64_C(0x9e3779b97f4a7c15);
    while (len_bytes > 0) {
        uint64_t word = 0;
        size_t n = len_bytes < sizeof word ? len_bytes : sizeof word;
        memcpy(&word, at, n);
        hash = (hash ^ word) * UINT64_C(0xd6e8feb86659fd93);
        hash ^= hash >> 32;
        at += n;
        len_bytes -= n;
    }
    return hash * UINT64_C(0xd6e8feb86659fd93);
}

const uint8_t *intern_get(const struct interner *in, uint32_t number, size_t *len_bytes)
{
    size_t from = number ? in->ends[number - 1] : 0;
    *len_bytes = in->ends[number] - from;
    return in->bytes + from;
}

static void grow(struct interner *in)
{
    size_t n_slots = in->n_slots ? in->n_slots * 2 : 16;
    mem_free(in->slots);
    in->slots = mem_array(n_slots, sizeof *in->slots);
    in->n_slots = n_slots;
    for (uint32_t number = 0; number < in->n; number++) {
        size_t len;
        const uint8_t *bytes = intern_get(in, number, &len);
        size_t slot = intern_hash(bytes, len) >> 32 & (n_slots - 1);
        while (in->slots[slot])
            slot = (slot + 1) & (n_slots - 1);
        in->slots[slot] = number + 1;
    }
}

uint32_t intern_add(struct interner *in, const void *bytes, size_t len_bytes)
{
    if (in->n * 2 >= in->n_slots)
        grow(in);
    size_t slot = intern_hash(bytes, len_bytes) >> 32 & (in->n_slots - 1);
    for (; in->slots[slot]; slot = (slot + 1) & (in->n_slots - 1)) {
        size_t len;
        const uint8_t *known = intern_get(in, in->slots[slot] - 1, &len);
        if (len == len_bytes && memcmp(known, bytes, len) == 0)
            return in->slots[slot] - 1;
    }
    in->bytes = mem_room(in->bytes, &in->cap_bytes, in->n_bytes + len_bytes, 1);
    memcpy(in->bytes + in->n_bytes, bytes, len_bytes);
    in->n_bytes += len_bytes;
    in->ends = mem_room(in->ends, &in->cap_ends, in->n + 1, sizeof *in->ends);
    in->ends[in->n++] = in->n_bytes;
    in->slots[slot] = (uint32_t)in->n;
    return (uint32_t)in->n - 1;
}

size_t intern_bytes(const struct interner *in)
{
    return in->cap_bytes + in->cap_ends * sizeof *in->ends + in->n_slots * sizeof *in->slots;
}

void intern_close(struct interner *in)
{
    mem_free(in->bytes);
    mem_free(in->ends);
    mem_free(in->slots);
    *in = (struct interner){0};
}
