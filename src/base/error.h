#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>

// Why an operation failed, in words for the person at the terminal.
//
// The caller owns it, usually on the stack, and passes a non-NULL pointer. It is written only when
// the callee fails, so one struct can serve a whole chain of calls.
struct error {
    int line;       // 1-based position in a scenario, 0 when the failure has no source position
    int column;     // 1-based, counted in bytes
    char text[480]; // one sentence, no trailing newline, always NUL-terminated
};

// Formats err->text and clears the position. Returns false, so callers can write
// `return error_set(err, "...")`.
bool error_set(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

// As error_set, and appends the meaning of errno as it was on entry.
bool error_errno(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
