#ifndef BASE_PACK_H
#define BASE_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Numbers and texts one after another in bytes, little-endian: how state is put into a file and
// taken out again.

// The number in n bytes, at most 8.
static inline uint64_t little_endian(const unsigned char *in, size_t n)
{
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++)
        value |= (uint64_t)in[i] << 8 * i;
    return value;
}

// The same of 8, in the way that compilers make one instruction of.
static inline uint64_t little_endian_8(const unsigned char *in)
{
    return (uint64_t)in[0] | (uint64_t)in[1] << 8 | (uint64_t)in[2] << 16 | (uint64_t)in[3] << 24 |
           (uint64_t)in[4] << 32 | (uint64_t)in[5] << 40 | (uint64_t)in[6] << 48 |
           (uint64_t)in[7] << 56;
}

struct packer {
    unsigned char *bytes; // grows; free with mem_free
    size_t len, cap;
};

// Room for len more bytes, to be filled in before anything else is packed.
unsigned char *pack_room(struct packer *p, size_t len);
void pack_u64(struct packer *p, uint64_t value);
void pack_i64(struct packer *p, int64_t value);
void pack_bytes(struct packer *p, const void *bytes, size_t len); // not their number
void pack_text(struct packer *p, const char *text);               // NULL is as ""

// Reads from bytes that nobody vouches for. Once it has met the end or nonsense it has failed for
// good, and hands out zeros and empty texts: so it need not be asked after each value.
struct unpacker {
    const unsigned char *bytes;
    size_t len, at;
    bool has_failed;
};

uint64_t unpack_u64(struct unpacker *u);
int64_t unpack_i64(struct unpacker *u);
// A number below `bound`; else it has failed, and it is 0.
uint64_t unpack_below(struct unpacker *u, uint64_t bound);
bool unpack_bool(struct unpacker *u);
void unpack_bytes(struct unpacker *u, void *out, size_t len);
// A text of fewer than `size` bytes, made safe to print.
void unpack_text(struct unpacker *u, char *out, size_t size);
// The same, newly allocated; at most `max` bytes long.
char *unpack_new_text(struct unpacker *u, size_t max);
// A number of things of at least `least` bytes each: so never more than there are bytes for.
size_t unpack_count(struct unpacker *u, size_t least);

// Both directions with one description: what is written is what is read. Each function takes the
// value as it is and returns the one to have: on writing the same, on reading the one from the
// bytes.
struct exchange {
    struct packer *out;  // NULL: reads
    struct unpacker *in; // NULL: writes
};

uint64_t exchange_u64(struct exchange *x, uint64_t value);
uint32_t exchange_u32(struct exchange *x, uint32_t value);
int64_t exchange_i64(struct exchange *x, int64_t value);
bool exchange_bool(struct exchange *x, bool value);
uint64_t exchange_below(struct exchange *x, uint64_t value, uint64_t bound);
void exchange_text(struct exchange *x, char *text, size_t size);
// A number of things, on reading at most as many as there can be at `least` bytes each.
size_t exchange_count(struct exchange *x, size_t n, size_t least);

#endif
