#ifndef VIEW_LOSS_WORDS_H
#define VIEW_LOSS_WORDS_H

#include "trace/ledger.h"
#include "view/moment_table.h"
#include "view/scene.h"

// A lost update in a sentence, from its events: also of one that the log does not keep any more.
// "A's +1 is gone: B had loaded 41, before A stored 42". `entry`: of the log, NULL when it is not
// there. "" for a moment that is no loss.
void loss_sentence(const struct scene *scene, const struct moment_view *moment,
                   const struct ledger_entry *entry, char *out, size_t size);

// The entry of the log that a store has made; NULL when the log does not have it.
const struct ledger_entry *loss_entry(const struct session_view *view, const struct event *store);

#endif
