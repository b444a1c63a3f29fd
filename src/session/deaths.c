// Processes among the lanes that a signal has killed or stopped, as the host has learned it from
// the kernel. What a killed one had made and not published is taken from what it left in the run's
// memory, so that the ledger stays exact.
#include "session/private.h"

#include "base/text.h"

#include <string.h>

static uint64_t load64(const _Atomic uint64_t *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

static uint32_t load32(const _Atomic uint32_t *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

bool session_is_dead(const struct session *s, size_t lane)
{
    const struct run_lane *shared = &s->run.lanes[lane];
    // Pairs with the release of the host: what the lane wrote last is there.
    return atomic_load_explicit(&shared->is_joined, memory_order_acquire) &&
           load32(&shared->exit_signal) != 0 && load64(&shared->end_ticks) == 0;
}

void session_see_stops(struct session *s, size_t lane)
{
    struct feed *feed = &s->feeds[lane];
    const struct run_lane *shared = &s->run.lanes[lane];
    // Pairs with the release of the host: the time is there.
    uint32_t n = atomic_load_explicit(&shared->n_stops, memory_order_acquire);
    bool is_changed = (n ^ feed->n_stops) & 1;
    feed->n_stops = n;
    if (!is_changed || feed->is_ended || !s->timeline)
        return;
    struct event event = {.t_ns = session_ticks_ns(s, load64(&shared->stop_ticks)),
                          .object = EVENT_NO_OBJECT,
                          .lane = (uint16_t)lane,
                          .kind = n & 1 ? EVENT_STOPPED : EVENT_CONTINUED};
    if (event.t_ns < feed->last_ns)
        event.t_ns = feed->last_ns;
    feed->last_ns = event.t_ns;
    s->events++;
    timeline_append(s->timeline, &event);
}

static uint64_t word_of(const struct session *s, size_t lane, uint32_t cell)
{
    return load64(&run_cells_of(&s->run, lane)[cell].word);
}

static void look_for_draft(struct session *s, size_t lane)
{
    struct feed *feed = &s->feeds[lane];
    const struct run_lane *shared = &s->run.lanes[lane];
    const struct ring *ring = run_updates(&s->run, lane);
    uint64_t draft = load64(&shared->draft);
    feed->draft_phase = DRAFT_DECIDED;
    if (s->spec.is_bare || draft >> 1 != load64(&ring->head) + 1)
        return;
    feed->draft = draft & 1 ? shared->aside : ring_unpublished_update(ring);
    if (feed->draft.cell >= s->run.n_cells || write_lane(feed->draft.id) != lane)
        return;
    feed->draft_phase = DRAFT_OPEN;
    feed->draft_word = word_of(s, lane, feed->draft.cell);
    feed->is_word_merged = session_has_copies(s, lane) ||
                           ledger_cell(s->ledger, feed->draft.cell)->last_write == feed->draft_word;
    s->n_open_drafts++;
}

void session_note_merged(struct session *s, const struct update *update)
{
    for (size_t lane = 1; lane < s->run.n_lanes; lane++) {
        struct feed *feed = &s->feeds[lane];
        if (feed->draft_phase == DRAFT_OPEN && feed->draft.cell == update->cell &&
            feed->draft_word == update->id)
            feed->is_word_merged = true;
    }
}

// The cell holds it, held it when the lane was found dead, or another lane has replaced it. When
// everything up to what the cell held then has been merged and nobody has, it was never made.
static bool is_made(const struct session *s, size_t lane)
{
    const struct feed *feed = &s->feeds[lane];
    return feed->draft_word == feed->draft.id ||
           (!session_has_copies(s, lane) &&
            ledger_missing(s->ledger, lane, feed->draft.cell) == feed->draft.id);
}

// Reports the write in the lane's name. Its time is known as well as the lane had come to note it:
// that of the write, else of the load that it was built on, else of the death.
static void report_draft(struct session *s, size_t lane)
{
    struct feed *feed = &s->feeds[lane];
    struct update update = feed->draft;
    uint64_t ticks = update.t_ns ? update.t_ns : load64(&s->run.lanes[lane].reaped_ticks);
    update.t_ns = session_ticks_ns(s, ticks);
    uint64_t age_ns = session_ticks_span(s, update.load_age_ns);
    update.load_age_ns = age_ns < UINT32_MAX ? (uint32_t)age_ns : UINT32_MAX;
    if (update.loaded == WRITE_UNKNOWN)
        update.loaded = update.old;
    if (update.t_ns < feed->last_ns)
        update.t_ns = feed->last_ns;
    feed->last_ns = update.t_ns;
    session_take_update(s, lane, &update);
    if (!s->timeline)
        return;
    struct event store = event_of_store(&update, (uint16_t)lane);
    timeline_append(s->timeline, &store);
}

// A loss that the lane was held for will not come.
static void release_arranged(struct session *s, size_t lane)
{
    uint32_t taken = RUN_ARRANGE_TAKEN + (uint32_t)lane;
    atomic_compare_exchange_strong_explicit(&s->run.header->control.arrange, &taken,
                                            RUN_ARRANGE_NONE, memory_order_relaxed,
                                            memory_order_relaxed);
}

static size_t tell_held(const struct session *s, size_t lane, char *out, size_t size)
{
    uint64_t held = load64(&s->run.lanes[lane].held_locks);
    size_t n = 0;
    for (size_t lock = 0; lock < s->run.n_locks; lock++)
        if (held >> lock & 1)
            n += text_format(out + n, size - n, "%s%s", n ? " and " : " holding ",
                             s->prog->locks[lock].name);
    return n;
}

// An update of which only the load was made.
static size_t tell_half_done(const struct session *s, size_t lane, bool is_draft_made, char *out,
                             size_t size)
{
    const struct feed *feed = &s->feeds[lane];
    const struct run_lane *shared = &s->run.lanes[lane];
    uint32_t cell = load32(&shared->loaded_cell);
    int64_t loaded = atomic_load_explicit(&shared->loaded_value, memory_order_relaxed);
    bool was_storing = feed->draft.id && (feed->draft.flags & ACCESS_UPDATE) && !is_draft_made;
    char name[48];
    if (was_storing) {
        cell = feed->draft.cell;
        loaded = feed->draft.loaded_value;
    }
    if (cell >= s->run.n_cells || s->spec.is_bare)
        return 0;
    return text_format(out, size, ", with %s %lld loaded and not stored",
                       program_cell_name(s->prog, cell, name), (long long)loaded);
}

static void tell(struct session *s, size_t lane, bool is_draft_made)
{
    struct session_lane *view = &s->lanes[lane];
    const char *name = sigabbrev_np(view->signal);
    char *out = view->death;
    size_t size = sizeof view->death;
    size_t n = name ? text_format(out, size, "killed by SIG%s", name)
                    : text_format(out, size, "killed by signal %d", view->signal);
    n += tell_held(s, lane, out + n, size - n);
    tell_half_done(s, lane, is_draft_made, out + n, size - n);
}

bool session_settle_death(struct session *s, size_t lane)
{
    struct feed *feed = &s->feeds[lane];
    bool was_made = false;
    if (feed->draft_phase == DRAFT_UNSEEN)
        look_for_draft(s, lane);
    if (feed->draft_phase == DRAFT_OPEN) {
        was_made = is_made(s, lane);
        if (!was_made && !feed->is_word_merged)
            return false;
        feed->draft_phase = DRAFT_DECIDED;
        s->n_open_drafts--;
        if (was_made)
            report_draft(s, lane);
    }
    release_arranged(s, lane);
    session_settle_prints(s, lane);
    s->lanes[lane].signal = (int)load32(&s->run.lanes[lane].exit_signal);
    tell(s, lane, was_made);
    s->n_deaths++;
    s->last_dead = lane;
    s->has_failed = true;
    return true;
}
