#include "view/loss_words.h"

#include "base/text.h"

const struct ledger_entry *loss_entry(const struct session_view *view, const struct event *store)
{
    const struct ledger *ledger = view->ledger;
    for (uint64_t number = ledger ? ledger_log_last(ledger) : 0; number > 0; number--) {
        const struct ledger_entry *entry = ledger_log_at(ledger, number);
        if (!entry)
            return NULL;
        if (entry->lane == store->lane && entry->cell == store->object &&
            write_mark(entry->id) == store->turn)
            return entry;
    }
    return NULL;
}

static const struct event *event_of(const struct moment_view *moment, enum moment_part part)
{
    int row = moment->parts[part];
    return row == MOMENT_NO_ROW ? NULL : moment->rows[row].event;
}

// What is gone: the change that the counter has lost by it, and how many updates that are.
static void gone_text(const struct scene *scene, const struct moment_view *moment,
                      const struct ledger_entry *entry, char *out, size_t size)
{
    const struct event *load = event_of(moment, MOMENT_LOAD);
    const struct event *victim = event_of(moment, MOMENT_VICTIM_STORE);
    int64_t change = (int64_t)((uint64_t)victim->value - (uint64_t)load->value);
    uint64_t n = entry ? entry->overwritten : moment->n_gone;
    char number[28], count[28];
    text_grouped(number, change);
    const char *sign = change > 0 ? "+" : "";
    // What the updates have made of the counter is theirs alone only where all of them are known.
    bool is_exact = moment->n_gone > 0 && moment->n_gone == n;
    if (n == 1 && is_exact)
        text_format(out, size, "%s's %s%s is gone", lane_name(scene, victim->lane), sign, number);
    else if (n == 1)
        text_format(out, size, "%s's update is gone", lane_name(scene, victim->lane));
    else if (n > 1 && is_exact)
        text_format(out, size, "%s updates, %s%s in all, are gone", text_grouped(count, (int64_t)n),
                    sign, number);
    else if (n > 1)
        text_format(out, size, "%s updates are gone", text_grouped(count, (int64_t)n));
    else
        text_format(out, size, "updates are gone");
}

static void later_text(const struct ledger_entry *entry, char *out, size_t size)
{
    char number[28];
    out[0] = '\0';
    if (entry && entry->lost_now == 0)
        text_format(out, size, "; restored later");
    else if (entry && entry->lost_now < entry->overwritten)
        text_format(out, size, "; %s restored later",
                    text_grouped(number, (int64_t)(entry->overwritten - entry->lost_now)));
    else if (entry && !entry->is_final)
        text_format(out, size, "; may be restored");
}

void loss_sentence(const struct scene *scene, const struct moment_view *moment,
                   const struct ledger_entry *entry, char *out, size_t size)
{
    const struct event *load = event_of(moment, MOMENT_LOAD);
    const struct event *store = event_of(moment, MOMENT_STORE);
    const struct event *victim = event_of(moment, MOMENT_VICTIM_STORE);
    char gone[96], later[64], loaded[28], wrote[28], name[48], cell[52] = "";
    out[0] = '\0';
    if (!moment->is_loss || !store)
        return;
    if (!load || !victim) {
        text_format(out, size,
                    "%s's store overwrote an update; its own load, or that update, is "
                    "not kept",
                    lane_name(scene, store->lane));
        return;
    }
    if (scene->view->prog->n_cells > 1)
        text_format(cell, sizeof(cell), " %s",
                    program_cell_name(scene->view->prog, store->object, name));
    gone_text(scene, moment, entry, gone, sizeof(gone));
    later_text(entry, later, sizeof(later));
    text_format(out, size, "%s: %s had loaded%s %s, before %s stored %s%s", gone,
                lane_name(scene, store->lane), cell, text_grouped(loaded, load->value),
                lane_name(scene, victim->lane), text_grouped(wrote, victim->value), later);
}
