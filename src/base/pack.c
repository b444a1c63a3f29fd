#include "base/pack.h"

#include "base/mem.h"
#include "base/text.h"

#include <string.h>

unsigned char *pack_room(struct packer *p, size_t len)
{
    size_t at = p->len;
    if (at + len >= p->cap)
        p->bytes = mem_room(p->bytes, &p->cap, at + len + 1, 1);
    p->len += len;
    return p->bytes + at;
}

void pack_bytes(struct packer *p, const void *bytes, size_t len)
{
    unsigned char *at = pack_room(p, len);
    if (len)
        memcpy(at, bytes, len);
}

void pack_u64(struct packer *p, uint64_t value)
{
    unsigned char *at = pack_room(p, 8);
    // One by one, which compilers make one store of.
    at[0] = (unsigned char)value;
    at[1] = (unsigned char)(value >> 8);
    at[2] = (unsigned char)(value >> 16);
    at[3] = (unsigned char)(value >> 24);
    at[4] = (unsigned char)(value >> 32);
    at[5] = (unsigned char)(value >> 40);
    at[6] = (unsigned char)(value >> 48);
    at[7] = (unsigned char)(value >> 56);
}

void pack_i64(struct packer *p, int64_t value)
{
    pack_u64(p, (uint64_t)value);
}

void pack_text(struct packer *p, const char *text)
{
    size_t len = text ? strlen(text) : 0;
    pack_u64(p, len);
    pack_bytes(p, text, len);
}

void unpack_bytes(struct unpacker *u, void *out, size_t len)
{
    if (u->has_failed || len > u->len - u->at) {
        u->has_failed = true;
        memset(out, 0, len);
        return;
    }
    memcpy(out, u->bytes + u->at, len);
    u->at += len;
}

uint64_t unpack_u64(struct unpacker *u)
{
    unsigned char bytes[8];
    unpack_bytes(u, bytes, sizeof bytes);
    return little_endian_8(bytes);
}

int64_t unpack_i64(struct unpacker *u)
{
    return (int64_t)unpack_u64(u);
}

uint64_t unpack_below(struct unpacker *u, uint64_t bound)
{
    uint64_t value = unpack_u64(u);
    if (value < bound)
        return value;
    u->has_failed = true;
    return 0;
}

bool unpack_bool(struct unpacker *u)
{
    return unpack_below(u, 2) != 0;
}

size_t unpack_count(struct unpacker *u, size_t least)
{
    uint64_t n = unpack_u64(u);
    if (!u->has_failed && n <= (u->len - u->at) / (least ? least : 1))
        return (size_t)n;
    u->has_failed = true;
    return 0;
}

char *unpack_new_text(struct unpacker *u, size_t max)
{
    size_t len = unpack_count(u, 1);
    u->has_failed |= len > max;
    const char *from = (const char *)u->bytes + u->at;
    char *text = mem_text_n(u->has_failed ? "" : from, u->has_failed ? 0 : len);
    if (!u->has_failed)
        u->at += len;
    return text;
}

void unpack_text(struct unpacker *u, char *out, size_t size)
{
    char *text = unpack_new_text(u, size - 1);
    text_safe_z(out, size, text);
    mem_free(text);
}

uint64_t exchange_u64(struct exchange *x, uint64_t value)
{
    if (x->in)
        return unpack_u64(x->in);
    pack_u64(x->out, value);
    return value;
}

uint32_t exchange_u32(struct exchange *x, uint32_t value)
{
    return (uint32_t)exchange_below(x, value, UINT64_C(1) << 32);
}

int64_t exchange_i64(struct exchange *x, int64_t value)
{
    return (int64_t)exchange_u64(x, (uint64_t)value);
}

bool exchange_bool(struct exchange *x, bool value)
{
    return exchange_below(x, value, 2) != 0;
}

uint64_t exchange_below(struct exchange *x, uint64_t value, uint64_t bound)
{
    if (x->in)
        return unpack_below(x->in, bound);
    pack_u64(x->out, value);
    return value;
}

void exchange_text(struct exchange *x, char *text, size_t size)
{
    if (x->in)
        unpack_text(x->in, text, size);
    else
        pack_text(x->out, text);
}

size_t exchange_count(struct exchange *x, size_t n, size_t least)
{
    if (x->in)
        return unpack_count(x->in, least);
    pack_u64(x->out, n);
    return n;
}
