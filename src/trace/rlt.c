// Blocks of a saved run: heads and checksums.
#include "base/checksum.h"
#include "trace/rlt_private.h"

static void put(unsigned char *out, uint64_t value, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (unsigned char)(value >> 8 * i);
}

static uint64_t sum_of(const unsigned char head[RLT_HEAD_BYTES], const void *bytes, size_t len)
{
    uint64_t sum = checksum(UINT64_C(0x51ed270b), head, RLT_HEAD_BYTES - 8);
    sum = checksum(sum ^ sum >> 31, bytes, len);
    return sum ^ sum >> 32;
}

void rlt_head_pack(unsigned char out[RLT_HEAD_BYTES], const struct rlt_head *head,
                   const void *bytes)
{
    put(out, RLT_MAGIC, 4);
    put(out + 4, head->kind, 2);
    put(out + 6, head->lane, 2);
    put(out + 8, head->len, 4);
    put(out + 12, head->n, 4);
    put(out + 16, head->page, 8);
    put(out + 24, head->offset, 8);
    put(out + 32, 0, 8);
    put(out + 40, sum_of(out, bytes, head->len), 8);
}

bool rlt_head_unpack(const unsigned char in[RLT_HEAD_BYTES], uint64_t offset, struct rlt_head *head)
{
    *head = (struct rlt_head){
        .kind = (uint32_t)little_endian(in + 4, 2),
        .lane = (uint32_t)little_endian(in + 6, 2),
        .len = (uint32_t)little_endian(in + 8, 4),
        .n = (uint32_t)little_endian(in + 12, 4),
        .page = little_endian(in + 16, 8),
        .offset = little_endian(in + 24, 8),
    };
    return little_endian(in, 4) == RLT_MAGIC && head->offset == offset &&
           head->len <= RLT_BLOCK_BYTES_MAX;
}

void rlt_waited_pack(struct packer *p, const struct waited *waited)
{
    pack_u64(p, waited->t0_ns);
    pack_u64(p, waited->t1_ns);
    for (size_t k = 0; k < 2; k++) {
        pack_u64(p, waited->in[k].busy0_ns);
        pack_u64(p, waited->in[k].busy_ns);
        pack_u64(p, waited->in[k].wait0_ns);
        pack_u64(p, waited->in[k].wait_ns);
    }
}

void rlt_waited_unpack(struct unpacker *u, struct waited *waited)
{
    waited->t0_ns = unpack_u64(u);
    waited->t1_ns = unpack_u64(u);
    for (size_t k = 0; k < 2; k++) {
        waited->in[k].busy0_ns = unpack_u64(u);
        waited->in[k].busy_ns = unpack_u64(u);
        waited->in[k].wait0_ns = unpack_u64(u);
        waited->in[k].wait_ns = unpack_u64(u);
    }
    u->has_failed |= waited->t1_ns < waited->t0_ns;
}

bool rlt_is_whole(const unsigned char head[RLT_HEAD_BYTES], const void *bytes, size_t len)
{
    return little_endian(head + 40, 8) == sum_of(head, bytes, len);
}
