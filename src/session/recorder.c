// A run that is written into a file while it goes on: pages as they fill, and every second or so
// everything else, so that whatever is killed, what was is there.
#include "session/saved.h"
#include "session/sim.h"

#include "base/mem.h"
#include "base/text.h"

#include <string.h>

// What all but the events takes is written again the more seldom, the longer it is and the longer
// the run goes on.
enum { STATE_BYTES_PER_S = 4 << 20, STATE_LEAST_NS = NS_PER_S / 10, STATE_MOST_NS = NS_PER_S };

static void complain(struct session *s, const struct error *err)
{
    text_format(s->save_trouble, sizeof s->save_trouble, "not saved: %s", err->text);
    timeline_on_give_up(s->timeline, NULL, NULL);
    rlt_abandon(s->writer);
    s->writer = NULL;
}

// The first run goes into the file that was named, the next beside it: FILE-2.rlt.
static char *path_of_run(const struct session *s)
{
    size_t size = strlen(s->save_path) + 24;
    char *path = mem_alloc(size);
    const char *dot = strrchr(s->save_path, '.');
    const char *slash = strrchr(s->save_path, '/');
    size_t stem =
        dot && (!slash || dot > slash) ? (size_t)(dot - s->save_path) : strlen(s->save_path);
    if (s->runs <= 1)
        text_format(path, size, "%s", s->save_path);
    else
        text_format(path, size, "%.*s-%zu%s", (int)stem, s->save_path, s->runs,
                    s->save_path + stem);
    return path;
}

void recorder_begin(struct session *s)
{
    struct error err;
    struct packer run = {0};
    char *path = path_of_run(s);
    saved_pack_run(s, &run);
    s->writer = rlt_create(path, s->prog->n_lanes, run.bytes, run.len, &err);
    s->state_due_ns = 0;
    s->save_trouble[0] = '\0';
    if (s->writer)
        timeline_on_give_up(s->timeline, rlt_write_given_up, s->writer);
    else
        complain(s, &err);
    mem_free(run.bytes);
    mem_free(path);
}

static void write_state(struct session *s)
{
    struct packer state = {0};
    uint64_t pause_ns = session_now_ns(s) / 2;
    pause_ns = pause_ns > STATE_MOST_NS ? STATE_MOST_NS : pause_ns;
    pause_ns = pause_ns < STATE_LEAST_NS ? STATE_LEAST_NS : pause_ns;
    saved_pack_state(s, &state);
    rlt_write_state(s->writer, s->timeline, state.bytes, state.len);
    s->state_due_ns =
        clock_now_ns() + pause_ns + state.len * (uint64_t)NS_PER_S / STATE_BYTES_PER_S;
    mem_free(state.bytes);
}

void recorder_pump(struct session *s)
{
    struct error err;
    if (!s->writer || !s->is_ready)
        return;
    bool is_due = clock_now_ns() >= s->state_due_ns;
    // Before the first page too: however soon it is cut, it says of when its numbers are.
    if (s->state_due_ns == 0)
        write_state(s);
    rlt_write_pages(s->writer, s->timeline, is_due ? RLT_WITH_OPEN : RLT_FULL);
    if (is_due)
        write_state(s);
    rlt_flush(s->writer);
    if (!rlt_is_good(s->writer, &err))
        complain(s, &err);
}

// Of a simulated run, which can go back, all is written at its end.
static void finish_simulated(struct session *s)
{
    struct error err;
    char *path = path_of_run(s);
    if (s->sim->at > 0 && !session_save(s, path, &err))
        text_format(s->save_trouble, sizeof s->save_trouble, "not saved: %s", err.text);
    mem_free(path);
}

void recorder_finish(struct session *s)
{
    struct error err;
    if (s->save_path && s->sim)
        finish_simulated(s);
    if (!s->writer)
        return;
    rlt_write_pages(s->writer, s->timeline, RLT_WITH_OPEN);
    write_state(s);
    struct rlt_writer *writer = s->writer;
    s->writer = NULL;
    timeline_on_give_up(s->timeline, NULL, NULL);
    if (!rlt_close(writer, s->timeline, &err))
        text_format(s->save_trouble, sizeof s->save_trouble, "not saved: %s", err.text);
}

void recorder_mark(struct session *s, size_t lane, const struct rlt_store *store,
                   struct timeline_marked marked)
{
    if (s->writer)
        rlt_write_mark(s->writer, lane, store, marked);
}

bool session_kept(const struct session *s, struct timeline_kept *kept)
{
    if (!s->timeline)
        return false;
    *kept = timeline_kept(s->timeline);
    bool is_written = s->save_path && !s->sim && !s->save_trouble[0];
    if (is_written)
        *kept = (struct timeline_kept){.kept = kept->kept + kept->given_up};
    return true;
}

bool session_save(struct session *s, const char *path, struct error *err)
{
    if (!s->timeline)
        return error_set(err, "nothing was kept of this run that could be saved");
    if (s->saved)
        return error_set(err, "this run is saved: it was opened from %s", s->saved->path);
    struct packer run = {0};
    saved_pack_run(s, &run);
    struct rlt_writer *writer = rlt_create(path, s->prog->n_lanes, run.bytes, run.len, err);
    mem_free(run.bytes);
    if (!writer)
        return false;
    struct packer state = {0};
    rlt_write_past(writer, s->timeline);
    rlt_write_pages(writer, s->timeline, RLT_WITH_OPEN);
    saved_pack_state(s, &state);
    rlt_write_state(writer, s->timeline, state.bytes, state.len);
    mem_free(state.bytes);
    return rlt_close(writer, s->timeline, err);
}
