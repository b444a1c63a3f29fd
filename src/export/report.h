#ifndef EXPORT_REPORT_H
#define EXPORT_REPORT_H

#include "session/session.h"

// What happened in a run, once it is over.

// The report as one JSON object, with a newline at the end. Its keys are a contract (README).
// Newly allocated.
char *report_json(const struct session *session);

// The same for people. Newly allocated.
char *report_text(const struct session *session);

// Whether everything held: no lane failed, no deadlock, every `expect` and `always` true.
bool report_holds(const struct session_view *view);

// Sums over one cell, with the ledger or (--bare) from the lanes' own totals.
struct report_cell {
    int64_t initial, final;
    int64_t expected; // what it would be had nothing been lost
    uint64_t updates;
    uint64_t lost;
    bool is_lost_known; // false: --bare, and updates of other amounts than +1
};
struct report_cell report_cell(const struct session *session, size_t cell);

#endif
