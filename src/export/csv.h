#ifndef EXPORT_CSV_H
#define EXPORT_CSV_H

#include "session/session.h"

#include <stdio.h>

// The events of a run as CSV (RFC 4180, lines end in CR LF), one a line, all lanes in the order of
// time:
//
//     t_ns,lane,kind,object,value,read_from,wrote,replaced,line,flags
//
// read_from is of a LOAD, wrote and replaced are of a STORE: writes as "A:17", see event_mark.
// What is missing says so in a row of its own of kind "gap", whose value is how many events were
// dropped there, "given up" (before this time, to keep within the memory) or "unreadable" (in the
// file of a saved run, from about this time on).
//
// Of a run that has ended, with a timeline. What could not be written shows in ferror(out). Returns
// how many bytes were.
uint64_t csv_write(FILE *out, const struct session_view *view);

#endif
