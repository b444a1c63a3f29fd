#include "trace/ledger_private.h"

#include "base/mem.h"

// What no lane can build on any more: it becomes final, and its memory is given back.

static bool lane_is_gone(const struct lane *lane)
{
    return lane->is_ended && lane->head == lane->len;
}

static bool may_nest(const struct ledger *ledger, size_t lane, size_t cell)
{
    return ledger->nests && ledger->nests[lane * ledger->n_cells + cell];
}

void ledger_quiet(struct ledger *ledger, size_t lane, uint64_t merged)
{
    struct lane *quiet = &ledger->lanes[lane];
    struct quiet moment = {
        .is_set = true,
        .merged = merged,
        .pushed = quiet->pushed,
        .is_pinned = quiet->is_pinned,
    };
    // The older of the two waits for its turn, so that a busy lane gets somewhere.
    quiet->quiet[quiet->quiet[0].is_set] = moment;
    ledger->is_changed = true;
}

void ledger_ended(struct ledger *ledger, size_t lane)
{
    ledger->lanes[lane].is_ended = true;
    ledger->is_changed = true;
}

void ledger_pinned(struct ledger *ledger, size_t lane, size_t cell, uint64_t id)
{
    struct lane *pinned = &ledger->lanes[lane];
    pinned->is_pinned = true;
    for (size_t i = 0; i < pinned->n_pins; i++) {
        if (pinned->pins[i].id == id && pinned->pins[i].cell == cell)
            return;
    }
    pinned->pins =
        mem_room(pinned->pins, &pinned->pins_cap, pinned->n_pins + 1, sizeof *pinned->pins);
    pinned->pins[pinned->n_pins++] = (struct pin){
        .id = id,
        .merged = ledger->merged,
        .cell = (uint16_t)cell,
    };
    ledger->n_pins++;
    ledger->is_changed = true;
}

void ledger_unpinned(struct ledger *ledger, size_t lane)
{
    ledger->lanes[lane].is_pinned = false;
}

static void pin_drop(struct ledger *ledger, struct lane *lane, size_t place)
{
    struct pin pin = lane->pins[place];
    lane->pins[place] = lane->pins[--lane->n_pins];
    ledger->n_pins--;
    ledger->is_changed = true;
    if (!pin.run)
        return;
    struct segment *segment = pin.run->segment;
    pin.run->pins--;
    segment->n_pins--;
    if (!pin.run->is_dead)
        return;
    segment_melt(ledger, &ledger->cells[pin.cell], pin.run);
    segment_settle(ledger, &ledger->cells[pin.cell], segment);
}

// Drops the pins that were made when less than `merged` had been merged.
static void pins_drop_before(struct ledger *ledger, struct lane *lane, uint64_t merged)
{
    for (size_t i = lane->n_pins; i-- > 0;) {
        if (lane->pins[i].merged < merged)
            pin_drop(ledger, lane, i);
    }
}

const struct pin *pin_find(const struct lane *lane, const struct update *update)
{
    for (size_t i = 0; i < lane->n_pins; i++) {
        const struct pin *pin = &lane->pins[i];
        if (pin->run && pin->id == update->loaded && pin->cell == update->cell)
            return pin;
    }
    return NULL;
}

void pin_consume(struct ledger *ledger, uint16_t number, const struct update *update)
{
    struct lane *lane = &ledger->lanes[number];
    if (!(update->flags & ACCESS_UPDATE) || may_nest(ledger, number, update->cell))
        return;
    for (size_t i = lane->n_pins; i-- > 0;) {
        if (lane->pins[i].id == update->loaded && lane->pins[i].cell == update->cell)
            pin_drop(ledger, lane, i);
    }
}

// Takes note of moments whose earlier updates all have been merged.
static void lane_refresh(struct ledger *ledger, struct lane *lane)
{
    while (lane->quiet[0].is_set && lane->merged >= lane->quiet[0].pushed) {
        struct quiet moment = lane->quiet[0];
        lane->quiet[0] = lane->quiet[1];
        lane->quiet[1].is_set = false;
        if (moment.merged > lane->quiet_merged)
            lane->quiet_merged = moment.merged;
        if (!moment.is_pinned)
            pins_drop_before(ledger, lane, moment.merged);
    }
    if (lane_is_gone(lane))
        pins_drop_before(ledger, lane, UINT64_MAX);
}

static void pins_attach(struct ledger *ledger, struct lane *lane)
{
    for (size_t i = 0; i < lane->n_pins; i++) {
        struct pin *pin = &lane->pins[i];
        if (pin->run)
            continue;
        pin->run = run_ending_at(ledger, &ledger->cells[pin->cell], pin->id);
        if (!pin->run)
            continue;
        pin->run->pins++;
        pin->run->segment->n_pins++;
    }
}

// Whether the lane's next write of the cell is known to build on what is pinned: whatever it builds
// on after that is newer than everything that has been merged. And its earlier writes have been
// merged, since they come before the pinned one, which has.
static bool is_held_by_pin(const struct lane *lane, size_t cell)
{
    for (size_t i = 0; i < lane->n_pins; i++) {
        const struct pin *pin = &lane->pins[i];
        if (pin->run && pin->cell == cell)
            return true;
    }
    return false;
}

// The lane may still build on what was replaced after the returned merge number.
static uint64_t lane_horizon(const struct ledger *ledger, size_t number, size_t cell)
{
    const struct lane *lane = &ledger->lanes[number];
    if (!ledger->updates[number * ledger->n_cells + cell] || lane_is_gone(lane))
        return UINT64_MAX;
    if (may_nest(ledger, number, cell))
        return lane->quiet_merged;
    if (lane->n_pins && is_held_by_pin(lane, cell))
        return UINT64_MAX;
    const struct lane_cell *writer = lane->cells[cell];
    uint64_t own = writer ? writer->last_merge : 0;
    return own > lane->quiet_merged ? own : lane->quiet_merged;
}

static void cell_collect(struct ledger *ledger, size_t index)
{
    struct cell *cell = &ledger->cells[index];
    uint64_t horizon = UINT64_MAX;
    for (size_t i = 0; i < ledger->n_lanes; i++) {
        if (!cell->oldest || cell->oldest->replaced > horizon)
            return;
        uint64_t bound = lane_horizon(ledger, i, index);
        if (bound < horizon)
            horizon = bound;
    }
    while (cell->oldest && cell->oldest->replaced <= horizon)
        run_die(ledger, cell, cell->oldest);
}

void ledger_collect(struct ledger *ledger)
{
    if (!ledger->is_changed)
        return;
    for (size_t i = 0; i < ledger->n_lanes; i++)
        lane_refresh(ledger, &ledger->lanes[i]);
    for (size_t i = 0; ledger->n_pins && i < ledger->n_lanes; i++)
        pins_attach(ledger, &ledger->lanes[i]);
    for (size_t i = 0; i < ledger->n_cells; i++)
        cell_collect(ledger, i);
    ledger->is_changed = false;
}
