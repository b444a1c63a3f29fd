#include "engine/print_channel.h"

#include <assert.h>
#include <string.h>

enum { CHUNK_HEAD = offsetof(struct print_chunk, text) };

size_t print_channel_bytes(size_t text_bytes)
{
    return sizeof(struct print_channel) + text_bytes;
}

void print_channel_init(struct print_channel *channel, size_t text_bytes)
{
    assert((text_bytes & (text_bytes - 1)) == 0 && text_bytes >= 2 * sizeof(struct print_chunk));
    channel->size_bytes = text_bytes;
}

static void copy_in(struct print_channel *channel, uint64_t at, const void *from, size_t n)
{
    size_t place = at & (channel->size_bytes - 1);
    size_t first = channel->size_bytes - place < n ? channel->size_bytes - place : n;
    memcpy(channel->bytes + place, from, first);
    memcpy(channel->bytes, (const unsigned char *)from + first, n - first);
}

static void copy_out(const struct print_channel *channel, uint64_t at, void *to, size_t n)
{
    size_t place = at & (channel->size_bytes - 1);
    size_t first = channel->size_bytes - place < n ? channel->size_bytes - place : n;
    memcpy(to, channel->bytes + place, first);
    memcpy((unsigned char *)to + first, channel->bytes, n - first);
}

bool print_channel_push(struct print_channel *channel, const struct print_chunk *chunk)
{
    uint64_t head = atomic_load_explicit(&channel->head, memory_order_relaxed);
    // Pairs with the release in print_channel_pull: those bytes have been copied out.
    uint64_t tail = atomic_load_explicit(&channel->tail, memory_order_acquire);
    size_t n = CHUNK_HEAD + chunk->len_bytes;

    if (head + n - tail > channel->size_bytes)
        return false;
    copy_in(channel, head, chunk, n);
    // Publishes the bytes to print_channel_pull.
    atomic_store_explicit(&channel->head, head + n, memory_order_release);
    return true;
}

bool print_channel_pull(struct print_channel *channel, struct print_chunk *chunk)
{
    uint64_t tail = atomic_load_explicit(&channel->tail, memory_order_relaxed);
    // Pairs with the release in print_channel_push.
    uint64_t head = atomic_load_explicit(&channel->head, memory_order_acquire);

    if (head - tail < CHUNK_HEAD)
        return false;
    copy_out(channel, tail, chunk, CHUNK_HEAD);
    // The other side may be a dying process: believe no length.
    if (chunk->len_bytes > PRINT_CHUNK || head - tail < CHUNK_HEAD + chunk->len_bytes)
        return false;
    copy_out(channel, tail + CHUNK_HEAD, chunk->text, chunk->len_bytes);
    // Gives the bytes back to print_channel_push.
    atomic_store_explicit(&channel->tail, tail + CHUNK_HEAD + chunk->len_bytes,
                          memory_order_release);
    return true;
}
