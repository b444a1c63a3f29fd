#ifndef EXPORT_PERFETTO_H
#define EXPORT_PERFETTO_H

#include "session/session.h"

#include <stdio.h>

// A run as Chrome trace-event JSON, for ui.perfetto.dev and chrome://tracing. Written as it is
// read, an event a line; times are microseconds with 3 decimals, so that no nanosecond is lost.
//
//     process "race (threads)"   or, where lanes are processes, one process a lane
//       counter            C, one a store, in the order of coherence
//       A without a core   C, percent of each stretch of time that the kernel has measured
//       A                  X of each state, i where something happened
//       A: losses          X from load to store of each update that overwrote or was overwritten,
//                          and a flow from the culprit's (at its load) to the victim's (at its
//                          store)
//       lock               X on, off, and from the first to the last lane that saw it switched
//
// In one track slices never overlap and times never fall. The order of loads and stores is known
// better than their times: where the clocks of two lanes say otherwise a store is drawn no earlier
// than the one that it replaced, and a culprit's load before the store that it had not seen. How
// often and how far, what was dropped, given up or unreadable, and what share of the states was
// without a core is in "otherData".
//
// Of a run that has ended, with a timeline. What could not be written shows in ferror(out). Returns
// how many bytes were.
uint64_t perfetto_write(FILE *out, const struct session_view *view);

#endif
