#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Text from outside (names, titles, files, other programs), made fit for a terminal.
//
// This is the one door: nothing that came from outside reaches a terminal, stderr or a recording
// except through text_safe.

// Copies `len_bytes` of `text` to `out` (always NUL-terminated, at most `size` bytes with the NUL,
// cut at a character). Every character that is not a printable one of width 1 becomes a visible
// substitute: control and C1 characters, invalid UTF-8, bidirectional and zero-width marks, tag
// characters, combining marks, wide characters. Afterwards one character is one column. Returns
// the number of bytes written, without the NUL.
size_t text_safe(char *out, size_t size, const char *text, size_t len_bytes);

// As text_safe, for a NUL-terminated text.
size_t text_safe_z(char *out, size_t size, const char *text);

// Decodes one character of valid or invalid UTF-8 at text[0..len_bytes). Returns its length in
// bytes, at least 1; *code is UINT32_MAX where the bytes are not UTF-8.
size_t text_decode(const char *text, size_t len_bytes, uint32_t *code);

// Encodes; returns the length, 1 to 4. out is NUL-terminated.
size_t text_encode(char out[5], uint32_t code);

// Number of characters (columns, once made safe) in a NUL-terminated UTF-8 text.
size_t text_columns(const char *text);

// Whether all of it is UTF-8; *bad_offset is where it first is not.
bool text_is_utf8(const char *text, size_t len_bytes, size_t *bad_offset);

// snprintf that cannot fail: cuts, always terminates, returns the bytes written without the NUL.
size_t text_format(char *out, size_t size, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

// 1234567 as "1,234,567". out holds at least 28 bytes.
char *text_grouped(char out[28], int64_t number);

// A duration as people say it: "38 ns", "4.21 us", "120 ms", "3.00 s", "2:05". out: 16 bytes.
char *text_duration(char out[16], uint64_t ns);

// Number of edits (insert, delete, change, swap of neighbours) between two names; for suggestions.
size_t text_distance(const char *a, const char *b);

#endif
