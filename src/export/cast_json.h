#ifndef EXPORT_CAST_JSON_H
#define EXPORT_CAST_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// As much of JSON as a recording's lines need, read from bytes that may be anything. Private to
// the reader of recordings.
struct scan {
    const char *at, *end;
};

// Each goes over what it reads, and blanks before it; false: it is not there.
bool scan_char(struct scan *scan, char c);
bool scan_at_end(struct scan *scan); // only blanks are left
// A number that is not negative, in billionths; rounded down.
bool scan_billionths(struct scan *scan, uint64_t *out);
// Into `out`, which has room for as many bytes as the scan has left, and one more. A NUL is added.
bool scan_string(struct scan *scan, char *out, size_t *len_bytes);
// Any value, nested SCAN_DEPTH deep at most.
enum { SCAN_DEPTH = 16 };
bool scan_skip(struct scan *scan, int depth);

#endif
