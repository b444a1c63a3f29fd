#include "cli/record.h"

#include "base/clock.h"
#include "base/text.h"

bool record_begin(struct record *record, const char *path, struct error *err)
{
    *record = (struct record){.recording = recording_open(path, err)};
    text_safe_z(record->path, sizeof record->path, path);
    return record->recording != NULL;
}

static void loss_label(const struct session_view *view, const struct ledger_entry *entry, char *out,
                       size_t size)
{
    bool is_initial = write_seq(entry->old) == 0;
    text_format(out, size, "lost update #%llu: %s over %s", (unsigned long long)entry->number,
                view->lanes[entry->lane].name,
                is_initial ? "the initial value" : view->lanes[entry->victim].name);
}

// At the newest loss since the last frame, and at most one a second. Of a saved run all losses are
// there at once.
static void mark_loss(struct record *record, const struct session_view *view)
{
    char label[120];
    if (view->is_bare || view->is_saved || !view->ledger)
        return;
    uint64_t last = ledger_log_last(view->ledger);
    if (record->runs != view->runs)
        record->last_loss = 0;
    record->runs = view->runs;
    // A simulated run can go back.
    if (last <= record->last_loss) {
        record->last_loss = last;
        return;
    }
    if (record->has_marker && record->t_ns - record->marker_ns < NS_PER_S)
        return;
    record->last_loss = last;
    const struct ledger_entry *entry = ledger_log_at(view->ledger, last);
    if (!entry || entry->lost_now == 0)
        return;
    loss_label(view, entry, label, sizeof label);
    recording_marker(record->recording, record->t_ns, label);
    record->marker_ns = record->t_ns;
    record->has_marker = true;
}

static void adopt_time(struct record *record, uint64_t now_ns)
{
    if (!record->has_begun)
        record->begin_ns = now_ns;
    record->has_begun = true;
    uint64_t t_ns = now_ns > record->begin_ns ? now_ns - record->begin_ns : 0;
    record->t_ns = t_ns > record->t_ns ? t_ns : record->t_ns;
}

bool record_frame(struct record *record, const struct frame *frame, const struct theme *theme,
                  const struct session_view *view, uint64_t now_ns)
{
    bool is_first = !record->has_begun;
    adopt_time(record, now_ns);
    if (is_first && view) {
        record->runs = view->runs;
        record->last_loss = view->ledger ? ledger_log_last(view->ledger) : 0;
    }
    if (view)
        mark_loss(record, view);
    return recording_frame(record->recording, frame, theme, record->t_ns);
}

void record_chapter(struct record *record, uint64_t now_ns, const char *label)
{
    if (!record->recording)
        return;
    adopt_time(record, now_ns);
    recording_marker(record->recording, record->t_ns, label);
}

bool record_end(struct record *record, struct error *err)
{
    struct recording *recording = record->recording;
    record->recording = NULL;
    return !recording || recording_close(recording, err);
}
