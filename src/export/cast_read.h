#ifndef EXPORT_CAST_READ_H
#define EXPORT_CAST_READ_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

// An asciicast read again, of version 2 or 3: any file, whatever is in it. It is read line by line,
// so its size does not matter.
struct cast_reader;

enum { CAST_LINE_MAX = 1 << 20 };                    // bytes
#define CAST_MAX_NS (UINT64_C(1000000) * 1000000000) // what is later is then

struct cast_event {
    uint64_t t_ns;     // since the beginning; never less than the one before, nor over CAST_MAX_NS
    char code;         // 'o' output, 'm' marker, 'r' size; others mean nothing here
    const char *bytes; // as they were before they became JSON; until the next call
    size_t len_bytes;
};

enum cast_read {
    CAST_EVENT,
    CAST_END, // and the file was whole
    CAST_CUT, // or not: cast_trouble says where
};

// Reads the header. NULL with a message that begins with `name`, which is safe to print, when the
// file is no recording. Does not own `in`, which is an ordinary file at its beginning.
struct cast_reader *cast_reader_new(FILE *in, const char *name, struct error *err);
void cast_reader_free(struct cast_reader *reader); // accepts NULL
// Columns and rows, within what a frame may have.
void cast_reader_size(const struct cast_reader *reader, int *w, int *h);

enum cast_read cast_read(struct cast_reader *reader, struct cast_event *event);
// After CAST_CUT: "line 17 is not an event", "line 17 is cut short".
const char *cast_trouble(const struct cast_reader *reader);
void cast_rewind(struct cast_reader *reader); // to the first event

// The size in an event 'r', "100x30". False: it is none, or not one that a frame may have.
bool cast_event_size(const struct cast_event *event, int *w, int *h);

#endif
