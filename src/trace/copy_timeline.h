#ifndef TRACE_COPY_TIMELINE_H
#define TRACE_COPY_TIMELINE_H

#include "trace/timeline.h"

// A second timeline that says the same as one of a run that goes on. What it takes of memory is
// added to *bytes.
struct timeline *timeline_copy(const struct timeline *tl, size_t *bytes);

#endif
