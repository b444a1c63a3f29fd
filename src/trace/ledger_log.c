#include "trace/ledger_private.h"

static struct log_slot *slot_of(const struct ledger *ledger, uint64_t number)
{
    if (!number || number > ledger->log_last || number + LEDGER_LOG <= ledger->log_last)
        return NULL;
    return &ledger->log[number % LEDGER_LOG];
}

uint64_t log_append(struct ledger *ledger, const struct ledger_entry *entry)
{
    uint64_t number = ++ledger->log_last;
    struct log_slot *slot = &ledger->log[number % LEDGER_LOG];
    *slot = (struct log_slot){.entry = *entry};
    slot->entry.number = number;
    return number;
}

void log_open(struct ledger *ledger, uint64_t number)
{
    struct log_slot *slot = slot_of(ledger, number);
    if (slot)
        slot->n_open++;
}

// An entry never gains updates after its store, so it is final once no segment is left that could
// be restored.
void log_close(struct ledger *ledger, uint64_t number)
{
    struct log_slot *slot = slot_of(ledger, number);
    if (slot && !--slot->n_open)
        slot->entry.is_final = true;
}

void log_count(struct ledger *ledger, uint64_t number, uint64_t n)
{
    struct log_slot *slot = slot_of(ledger, number);
    if (slot)
        slot->entry.lost_now += n;
}

uint64_t ledger_log_last(const struct ledger *ledger)
{
    return ledger->log_last;
}

const struct ledger_entry *ledger_log_at(const struct ledger *ledger, uint64_t number)
{
    const struct log_slot *slot = slot_of(ledger, number);
    return slot ? &slot->entry : NULL;
}

uint64_t ledger_log_dropped(const struct ledger *ledger)
{
    return ledger->log_last > LEDGER_LOG ? ledger->log_last - LEDGER_LOG : 0;
}
