#include "view/app_loss.h"

#include "base/mem.h"
#include "view/app_moment.h"
#include "view/loss_words.h"

#include <stdlib.h>

// --- the stores of the log

struct logged {
    uint64_t *keys; // cell and write_mark, rising
    size_t n;
};

static uint64_t key_of(size_t cell, uint32_t mark)
{
    return (uint64_t)cell << 32 | mark;
}

static int by_key(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static struct logged read_log(const struct ledger *ledger)
{
    struct logged logged = {.keys = mem_array(LEDGER_LOG, sizeof(uint64_t))};
    const struct ledger_entry *entry;
    for (uint64_t number = ledger_log_last(ledger);
         number > 0 && (entry = ledger_log_at(ledger, number)); number--)
        logged.keys[logged.n++] = key_of(entry->cell, write_mark(entry->id));
    qsort(logged.keys, logged.n, sizeof(uint64_t), by_key);
    return logged;
}

static bool is_logged(const struct logged *logged, const struct event *store)
{
    uint64_t key = key_of(store->object, store->turn);
    return bsearch(&key, logged->keys, logged->n, sizeof(uint64_t), by_key) != NULL;
}

// --- from mark to mark, over all lanes

// Where each lane's next loss is in that direction. In the order of their clocks, then of lanes.
struct sweep {
    const struct session_view *view;
    uint64_t *at; // UINT64_MAX: the lane has no more
    int direction;
};

static uint64_t next_of_lane(const struct sweep *sweep, size_t lane, uint64_t from)
{
    return sweep->direction > 0
               ? timeline_next_mark(sweep->view->timeline, lane, MARK_LOSS, from)
               : timeline_previous_mark(sweep->view->timeline, lane, MARK_LOSS, from);
}

// From that event on, without it; one that is not set is before the first and after the last.
static struct sweep sweep_begin(const struct session_view *view, struct event_place from,
                                int direction)
{
    const struct timeline *tl = view->timeline;
    struct sweep sweep = {
        .view = view, .at = mem_array(view->n_lanes, sizeof *sweep.at), .direction = direction};
    uint64_t t_ns = from.is_set ? timeline_at(tl, from.lane, from.index)->t_ns : 0;
    for (size_t lane = 0; lane < view->n_lanes; lane++) {
        uint64_t index = direction > 0 ? 0 : UINT64_MAX;
        if (from.is_set && lane == from.lane)
            index = from.index + (direction > 0);
        else if (from.is_set)
            index = timeline_find(tl, lane, t_ns + (lane < from.lane));
        sweep.at[lane] = next_of_lane(&sweep, lane, index);
    }
    return sweep;
}

static struct event_place sweep_next(struct sweep *sweep)
{
    const struct timeline *tl = sweep->view->timeline;
    struct event_place found = {0};
    uint64_t found_ns = 0;
    for (size_t lane = 0; lane < sweep->view->n_lanes; lane++) {
        if (sweep->at[lane] == UINT64_MAX)
            continue;
        uint64_t t_ns = timeline_at(tl, lane, sweep->at[lane])->t_ns;
        bool is_first = sweep->direction > 0 ? t_ns < found_ns : t_ns >= found_ns;
        if (found.is_set && !is_first)
            continue;
        found = (struct event_place){true, (uint16_t)lane, sweep->at[lane]};
        found_ns = t_ns;
    }
    if (found.is_set)
        sweep->at[found.lane] =
            next_of_lane(sweep, found.lane, found.index + (sweep->direction > 0));
    return found;
}

// The next loss that the log has pushed out. From a place that is not set: the first or the last.
static struct event_place find_old(const struct session_view *view, struct event_place from,
                                   int direction)
{
    struct event_place found = {0};
    if (ledger_log_dropped(view->ledger) == 0)
        return found;
    struct logged logged = read_log(view->ledger);
    struct sweep sweep = sweep_begin(view, from, direction);
    do
        found = sweep_next(&sweep);
    while (found.is_set &&
           is_logged(&logged, timeline_at(view->timeline, found.lane, found.index)));
    mem_free(sweep.at);
    mem_free(logged.keys);
    return found;
}

// --- the command

struct event_place loss_place(const struct session_view *view, const struct ledger_entry *entry)
{
    struct event_place place = {.lane = entry->lane};
    if (!view->timeline)
        return place;
    place.index =
        timeline_find_store(view->timeline, entry->lane, entry->cell, write_mark(entry->id));
    place.is_set = place.index != UINT64_MAX;
    return place;
}

static uint64_t first_of_log(const struct ledger *ledger)
{
    uint64_t first = ledger_log_last(ledger);
    while (first > 1 && ledger_log_at(ledger, first - 1))
        first--;
    return first;
}

// One loss, of the log or older.
struct choice {
    uint64_t number; // 0: not of the log
    struct event_place place;
};

static struct choice old_or(const struct session_view *view, struct event_place from, int direction,
                            uint64_t otherwise)
{
    struct event_place old = find_old(view, from, direction);
    return old.is_set ? (struct choice){.place = old} : (struct choice){.number = otherwise};
}

static struct choice choose(const struct app *app, const struct session_view *view, int direction)
{
    static const struct event_place nowhere;
    uint64_t last = ledger_log_last(view->ledger), first = first_of_log(view->ledger);
    uint64_t number = app->selected;
    // One that was selected may have been pushed out since.
    bool is_old = (number == 0 || number < first) && event_is_kept(view, app->loss);
    if (is_old)
        return old_or(view, app->loss, direction, direction > 0 ? first : last);
    if (number == 0 || number < first)
        return direction > 0 && view->is_ended ? old_or(view, nowhere, 1, first)
                                               : (struct choice){.number = last};
    if (direction > 0)
        return number >= last ? old_or(view, nowhere, 1, first)
                              : (struct choice){.number = number + 1};
    return number <= first ? old_or(view, nowhere, -1, last)
                           : (struct choice){.number = number - 1};
}

// In words, where the log cannot say it.
static void say_old(struct app *app, const struct sight *sight)
{
    char text[TOAST_MAX];
    struct moment_table table =
        moment_table_new(&sight->view, (struct moment_look){.place = app->loss}, 1);
    loss_sentence(&sight->scene, &table.view, NULL, text, sizeof(text));
    moment_table_free(&table);
    app_say(app, "%s", text);
}

unsigned loss_go(struct app *app, int direction)
{
    struct sight sight;
    if (!app_look(app, &sight) || sight.view.is_bare || !sight.view.ledger)
        return REACT_NONE;
    if (sight.view.is_private || ledger_log_last(sight.view.ledger) == 0) {
        app_say(app, sight.view.is_private ? "each process has its own copy: nothing can be lost"
                                           : "no update has been lost");
        return REACT_REDRAW;
    }
    struct choice choice = choose(app, &sight.view, direction);
    const struct ledger_entry *entry = ledger_log_at(sight.view.ledger, choice.number);
    if (!entry && !choice.place.is_set)
        return REACT_NONE;
    app->selected = choice.number;
    app->loss = entry ? loss_place(&sight.view, entry) : choice.place;
    uint64_t t_ns = entry ? entry->t_ns
                          : timeline_at(sight.view.timeline, app->loss.lane, app->loss.index)->t_ns;
    app_show_time(app, t_ns);
    if (app->page == PAGE_MOMENT)
        moment_show(app, app->loss);
    else if (!entry)
        say_old(app, &sight);
    return REACT_REDRAW;
}
