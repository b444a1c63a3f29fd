#ifndef EXPORT_REPORT_LOCKS_H
#define EXPORT_REPORT_LOCKS_H

#include "session/session.h"

#include <jansson.h>

// The report's `locks`, `semaphores` and `conditions`, and `lock_cost` where a lock can be
// switched, added to `root`.
void report_add_locks(json_t *root, const struct session *session, const struct session_view *view);

#endif
