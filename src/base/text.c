#include "base/text.h"

#include "base/mem.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct range {
    uint16_t first, last;
};

static const struct range printable[] = {
#define RANGE(first, last) {first, last},
#include "base/printable.def"
#undef RANGE
};

// U+FFFD, which is in the table itself.
static const char substitute[] = "\xef\xbf\xbd";

static bool is_printable(uint32_t code)
{
    size_t low = 0;
    size_t high = ARRAY_LEN(printable);
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (code > printable[mid].last)
            low = mid + 1;
        else
            high = mid;
    }
    return low < ARRAY_LEN(printable) && code >= printable[low].first;
}

size_t text_safe(char *out, size_t size, const char *text, size_t len_bytes)
{
    size_t n = 0;
    size_t at = 0;
    if (size == 0)
        return 0;
    while (at < len_bytes) {
        uint32_t code;
        const char *from = text + at;
        size_t len = text_decode(from, len_bytes - at, &code);
        at += len;
        if (!is_printable(code)) {
            from = substitute;
            len = sizeof substitute - 1;
        }
        if (n + len >= size)
            break;
        memcpy(out + n, from, len);
        n += len;
    }
    out[n] = '\0';
    return n;
}

size_t text_safe_z(char *out, size_t size, const char *text)
{
    return text_safe(out, size, text, strlen(text));
}

// The smallest code that needs a sequence of that many bytes: anything below is overlong.
static const uint32_t first_of_length[] = {0, 0, 0x80, 0x800, 0x10000};

size_t text_decode(const char *text, size_t len_bytes, uint32_t *code)
{
    *code = UINT32_MAX;
    if (len_bytes == 0)
        return 1;
    unsigned char lead = (unsigned char)text[0];
    if (lead < 0x80) {
        *code = lead;
        return 1;
    }
    size_t len = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || len > len_bytes)
        return 1;
    uint32_t value = lead & (0x7fU >> len);
    for (size_t i = 1; i < len; i++) {
        unsigned char byte = (unsigned char)text[i];
        if ((byte & 0xc0) != 0x80)
            return 1;
        value = value << 6 | (byte & 0x3f);
    }
    bool is_surrogate = value >= 0xd800 && value <= 0xdfff;
    if (value < first_of_length[len] || value > 0x10ffff || is_surrogate)
        return 1;
    *code = value;
    return len;
}

size_t text_encode(char out[5], uint32_t code)
{
    size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = len - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    out[0] = (char)(lead[len] | code);
    out[len] = '\0';
    return len;
}

size_t text_columns(const char *text)
{
    size_t len = strlen(text);
    size_t columns = 0;
    for (size_t at = 0; at < len; columns++) {
        uint32_t code;
        at += text_decode(text + at, len - at, &code);
    }
    return columns;
}

bool text_is_utf8(const char *text, size_t len_bytes, size_t *bad_offset)
{
    for (size_t at = 0; at < len_bytes;) {
        uint32_t code;
        size_t len = text_decode(text + at, len_bytes - at, &code);
        if (code == UINT32_MAX) {
            *bad_offset = at;
            return false;
        }
        at += len;
    }
    return true;
}

size_t text_format(char *out, size_t size, const char *fmt, ...)
{
    if (size == 0)
        return 0;
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(out, size, fmt, args);
    va_end(args);
    if (n < 0) {
        out[0] = '\0';
        return 0;
    }
    return (size_t)n < size ? (size_t)n : size - 1;
}

char *text_grouped(char out[28], int64_t number)
{
    char digits[24];
    uint64_t magnitude = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    size_t len = text_format(digits, sizeof digits, "%" PRIu64, magnitude);
    size_t n = 0;
    if (number < 0)
        out[n++] = '-';
    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            out[n++] = ',';
        out[n++] = digits[i];
    }
    out[n] = '\0';
    return out;
}

// Three digits that count, cut rather than rounded, so that 999.9 us never reads "1000 us".
static void format_scaled(char out[16], uint64_t ns, uint64_t unit, const char *name)
{
    uint64_t whole = ns / unit;
    uint64_t hundredths = ns % unit * 100 / unit;
    if (whole >= 100)
        text_format(out, 16, "%" PRIu64 " %s", whole, name);
    else if (whole >= 10)
        text_format(out, 16, "%" PRIu64 ".%" PRIu64 " %s", whole, hundredths / 10, name);
    else
        text_format(out, 16, "%" PRIu64 ".%02" PRIu64 " %s", whole, hundredths, name);
}

char *text_duration(char out[16], uint64_t ns)
{
    static const uint64_t us = 1000, ms = 1000000, s = 1000000000;
    if (ns < us)
        text_format(out, 16, "%" PRIu64 " ns", ns);
    else if (ns < ms)
        format_scaled(out, ns, us, "us");
    else if (ns < s)
        format_scaled(out, ns, ms, "ms");
    else if (ns < 60 * s)
        format_scaled(out, ns, s, "s");
    else if (ns < 3600 * s)
        text_format(out, 16, "%" PRIu64 ":%02" PRIu64, ns / s / 60, ns / s % 60);
    else
        text_format(out, 16, "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64, ns / s / 3600,
                    ns / s / 60 % 60, ns / s % 60);
    return out;
}

// Names are short; of longer ones only the beginning is compared.
enum { DISTANCE_MAX = 63 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t text_distance(const char *a, const char *b)
{
    size_t n_a = least(strlen(a), DISTANCE_MAX);
    size_t n_b = least(strlen(b), DISTANCE_MAX);
    size_t rows[3][DISTANCE_MAX + 1] = {{0}};
    for (size_t j = 0; j <= n_b; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= n_a; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i - 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= n_b; j++) {
            size_t change = above[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = least(change, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], rows[(i - 2) % 3][j - 2] + 1);
        }
    }
    return rows[n_a % 3][n_b];
}
