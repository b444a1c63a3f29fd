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
//                          and from culprit to victim a flow, s to f
//       lock               X on, off, and from the first to the last lane that saw it switched
//
// In one track slices never overlap and times never fall; so a store whose clock was behind that of
// the store it replaced is drawn at the same time as that one. How often that was, what was dropped
// or given up, and the kernel's share of the states is in "otherData".
//
// Of a run that has ended, with a timeline. What could not be written shows in ferror(out). Returns
// how many bytes were.
uint64_t perfetto_write(FILE *out, const struct session_view *view);

#endif
