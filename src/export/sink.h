#ifndef EXPORT_SINK_H
#define EXPORT_SINK_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

// A file that is written piece by piece, many millions of small ones: what printf would do, without
// reading a format each time. Errors are those of the file: ferror(out), after sink_close.
struct sink;

struct sink *sink_open(FILE *out); // does not own it
// Writes what is left; returns how many bytes were written in all.
uint64_t sink_close(struct sink *sink);

void sink_text(struct sink *sink, const char *text);
void sink_char(struct sink *sink, char c);
void sink_uint(struct sink *sink, uint64_t number);
void sink_int(struct sink *sink, int64_t number);
void sink_us(struct sink *sink, uint64_t ns); // microseconds with 3 decimals: 12.345
// A text in quotes, as JSON has it. UTF-8 in, UTF-8 out.
void sink_json(struct sink *sink, const char *text);
// A field of CSV, in quotes where RFC 4180 asks for them.
void sink_csv(struct sink *sink, const char *text);

#endif
