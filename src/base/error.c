#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static size_t format(struct error *err, const char *fmt, va_list args)
{
    err->line = 0;
    err->column = 0;
    int n = vsnprintf(err->text, sizeof err->text, fmt, args);
    if (n < 0) {
        err->text[0] = '\0';
        return 0;
    }
    return (size_t)n < sizeof err->text ? (size_t)n : sizeof err->text - 1;
}

bool error_set(struct error *err, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    format(err, fmt, args);
    va_end(args);
    return false;
}

bool error_errno(struct error *err, const char *fmt, ...)
{
    int cause = errno;
    va_list args;
    va_start(args, fmt);
    size_t n = format(err, fmt, args);
    va_end(args);
    snprintf(err->text + n, sizeof err->text - n, ": %s", strerror(cause));
    return false;
}
