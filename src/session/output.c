// Printed lines: from the lanes' channels, in the one order in which they were printed.
#include "session/private.h"

#include "base/mem.h"
#include "base/text.h"
#include "engine/print_channel.h"

#include <stdlib.h>
#include <string.h>

enum {
    LINE_BYTES_MAX = 64 << 10,
    CHUNKS_MAX = 256, // of one lane in one pump
};

// How long others wait for a line whose lane may have been killed between taking its turn and
// printing it.
static const uint64_t hole_ns = 200 * NS_PER_MS;

void session_add_line(struct session *s, struct session_output line)
{
    size_t bytes = strlen(line.text) + 1;
    s->output_bytes += bytes;
    if (s->n_output == SESSION_OUTPUT_MAX || s->output_bytes > SESSION_OUTPUT_BYTES) {
        size_t half = (s->n_output + 1) / 2;
        for (size_t i = 0; i < half; i++) {
            s->output_bytes -= strlen(s->output[i].text) + 1;
            mem_free((char *)(uintptr_t)s->output[i].text);
        }
        memmove(s->output, s->output + half, (s->n_output - half) * sizeof *s->output);
        s->n_output -= half;
        s->n_output_dropped += half;
    }
    s->output = mem_room(s->output, &s->cap_output, s->n_output + 1, sizeof *s->output);
    s->output[s->n_output++] = line;
}

static void wait_for_turn(struct session *s, uint64_t turn, struct session_output line)
{
    s->pending = mem_room(s->pending, &s->cap_pending, s->n_pending + 1, sizeof *s->pending);
    s->pending[s->n_pending++] = (struct pending_line){.turn = turn, .line = line};
}

static void finish_line(struct session *s, size_t lane, uint64_t t_ns)
{
    struct feed *feed = &s->feeds[lane];
    // Made safe it may grow: a bad byte becomes a character of three.
    char *safe = mem_alloc(3 * feed->partial_len + 4);
    size_t len = text_safe(safe, 3 * feed->partial_len + 4, feed->partial, feed->partial_len);
    safe = mem_resize(safe, len + 1, 1);
    feed->partial_len = 0;
    wait_for_turn(s, feed->partial_turn,
                  (struct session_output){.text = safe, .t_ns = t_ns, .lane = (uint16_t)lane});
}

static void take_chunk(struct session *s, size_t lane, const struct print_chunk *chunk)
{
    struct feed *feed = &s->feeds[lane];
    size_t room = LINE_BYTES_MAX - feed->partial_len;
    size_t n = chunk->len_bytes < room ? chunk->len_bytes : room;
    feed->partial = mem_resize(feed->partial, feed->partial_len + n + 1, 1);
    memcpy(feed->partial + feed->partial_len, chunk->text, n);
    feed->partial_len += n;
    feed->partial_turn = chunk->turn;
    if (!(chunk->flags & PRINT_MORE))
        finish_line(s, lane, session_ticks_ns(s, chunk->ticks));
}

// A line that was cut short by the lane's death is shown as far as it came.
void session_settle_prints(struct session *s, size_t lane)
{
    struct print_chunk chunk;
    while (print_channel_pull(run_prints(&s->run, lane), &chunk))
        take_chunk(s, lane, &chunk);
    uint64_t reaped = atomic_load_explicit(&s->run.lanes[lane].reaped_ticks, memory_order_relaxed);
    if (s->feeds[lane].partial_len)
        finish_line(s, lane, session_ticks_ns(s, reaped));
}

static int by_turn(const void *a, const void *b)
{
    uint64_t x = ((const struct pending_line *)a)->turn;
    uint64_t y = ((const struct pending_line *)b)->turn;
    return x < y ? -1 : x > y;
}

// A lane that was killed between taking its turn and printing leaves a hole, which nobody will
// fill.
static bool is_hole_old(struct session *s)
{
    if (s->n_deaths == 0 || s->pending[0].turn <= s->next_turn)
        return false;
    if (s->hole_since_ns == 0)
        s->hole_since_ns = clock_now_ns();
    return clock_now_ns() - s->hole_since_ns >= hole_ns;
}

bool session_take_prints(struct session *s, bool is_last)
{
    struct print_chunk chunk;
    for (size_t lane = 0; lane < s->run.n_lanes; lane++)
        for (int i = 0; is_last || i < CHUNKS_MAX; i++) {
            if (!print_channel_pull(run_prints(&s->run, lane), &chunk))
                break;
            take_chunk(s, lane, &chunk);
        }
    if (s->n_pending == 0)
        return false;
    qsort(s->pending, s->n_pending, sizeof *s->pending, by_turn);
    size_t taken = 0;
    bool skips = is_last || is_hole_old(s);
    while (taken < s->n_pending && (skips || s->pending[taken].turn <= s->next_turn)) {
        if (s->pending[taken].turn >= s->next_turn)
            s->next_turn = s->pending[taken].turn + 1;
        session_add_line(s, s->pending[taken++].line);
    }
    if (taken)
        s->hole_since_ns = 0;
    s->n_pending -= taken;
    memmove(s->pending, s->pending + taken, s->n_pending * sizeof *s->pending);
    return taken > 0;
}

void session_output_free(struct session *s)
{
    for (size_t i = 0; i < s->n_output; i++)
        mem_free((char *)(uintptr_t)s->output[i].text);
    for (size_t i = 0; i < s->n_pending; i++)
        mem_free((char *)(uintptr_t)s->pending[i].line.text);
    mem_free(s->output);
    mem_free(s->pending);
    s->output = NULL;
    s->pending = NULL;
    s->n_output = s->cap_output = s->n_pending = s->cap_pending = 0;
    s->n_output_dropped = s->next_turn = s->hole_since_ns = 0;
    s->output_bytes = 0;
}
