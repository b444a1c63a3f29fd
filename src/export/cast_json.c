#include "export/cast_json.h"

#include "base/text.h"

#include <string.h>

static void skip_blanks(struct scan *scan)
{
    while (scan->at < scan->end && (*scan->at == ' ' || *scan->at == '\t' || *scan->at == '\r'))
        scan->at++;
}

// The next byte, '\0' at the end; a NUL in the file is no byte of anything here.
static char peek(const struct scan *scan)
{
    return scan->at < scan->end ? *scan->at : '\0';
}

bool scan_char(struct scan *scan, char c)
{
    skip_blanks(scan);
    if (peek(scan) != c)
        return false;
    scan->at++;
    return true;
}

bool scan_at_end(struct scan *scan)
{
    skip_blanks(scan);
    return scan->at == scan->end;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// Digits beyond those that fit count by their number only. Returns how many there are.
static int scan_digits(struct scan *scan, uint64_t *value, int *n_left_out)
{
    int n = 0;
    for (; is_digit(peek(scan)) && n < 400; n++, scan->at++) {
        if (*value < UINT64_MAX / 100)
            *value = *value * 10 + (uint64_t)(*scan->at - '0');
        else
            ++*n_left_out;
    }
    return n;
}

static bool scan_exponent(struct scan *scan, int *exponent)
{
    uint64_t value = 0;
    int unused = 0;
    *exponent = 0;
    if (peek(scan) != 'e' && peek(scan) != 'E')
        return true;
    scan->at++;
    bool is_negative = peek(scan) == '-';
    if (is_negative || peek(scan) == '+')
        scan->at++;
    if (scan_digits(scan, &value, &unused) == 0 || value > 400)
        return false;
    *exponent = is_negative ? -(int)value : (int)value;
    return true;
}

bool scan_billionths(struct scan *scan, uint64_t *out)
{
    uint64_t value = 0;
    int power = 9, exponent, n_left_out = 0;
    skip_blanks(scan);
    if (scan_digits(scan, &value, &n_left_out) == 0)
        return false;
    power += n_left_out;
    if (peek(scan) == '.') {
        scan->at++;
        n_left_out = 0;
        int n = scan_digits(scan, &value, &n_left_out);
        if (n == 0)
            return false;
        power -= n - n_left_out;
    }
    if (!scan_exponent(scan, &exponent))
        return false;
    for (power += exponent; power > 0 && value > 0; power--) {
        if (value > UINT64_MAX / 10)
            return false;
        value *= 10;
    }
    for (; power < 0 && value > 0; power++)
        value /= 10;
    *out = value;
    return true;
}

static bool scan_hex(struct scan *scan, uint32_t *code)
{
    *code = 0;
    for (int i = 0; i < 4; i++, scan->at++) {
        static const char digits[] = "0123456789abcdef";
        char c = peek(scan);
        const char *digit = c ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;
        if (!digit)
            return false;
        *code = *code << 4 | (uint32_t)(digit - digits);
    }
    return true;
}

// After \u. Two halves of a pair are one character; half a pair is none.
static bool scan_unicode(struct scan *scan, uint32_t *code)
{
    enum { SUBSTITUTE = 0xfffd };
    uint32_t low;
    if (!scan_hex(scan, code))
        return false;
    if (*code < 0xd800 || *code > 0xdfff)
        return true;
    struct scan pair = *scan;
    bool is_pair =
        *code < 0xdc00 && peek(&pair) == '\\' && pair.end - pair.at >= 6 && pair.at[1] == 'u';
    pair.at += is_pair ? 2 : 0;
    if (!is_pair || !scan_hex(&pair, &low) || low < 0xdc00 || low > 0xdfff) {
        *code = SUBSTITUTE;
        return true;
    }
    *code = 0x10000 + ((*code - 0xd800) << 10) + (low - 0xdc00);
    *scan = pair;
    return true;
}

// After a backslash.
static bool scan_escape(struct scan *scan, char out[5], size_t *len)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    char c = peek(scan);
    uint32_t code;
    const char *name = c ? strchr(names, c) : NULL;
    *len = 1;
    if (!name && c != 'u')
        return false;
    scan->at++;
    if (name) {
        out[0] = values[name - names];
        return true;
    }
    if (!scan_unicode(scan, &code))
        return false;
    *len = text_encode(out, code);
    return true;
}

bool scan_string(struct scan *scan, char *out, size_t *len_bytes)
{
    size_t n = 0;
    if (!scan_char(scan, '"'))
        return false;
    while (scan->at < scan->end && *scan->at != '"') {
        if (*scan->at != '\\') {
            out[n++] = *scan->at++;
            continue;
        }
        char character[5];
        size_t len;
        scan->at++;
        if (!scan_escape(scan, character, &len))
            return false;
        memcpy(out + n, character, len);
        n += len;
    }
    out[n] = '\0';
    *len_bytes = n;
    return scan_char(scan, '"');
}

static bool skip_string(struct scan *scan)
{
    if (!scan_char(scan, '"'))
        return false;
    while (scan->at < scan->end && *scan->at != '"')
        scan->at += *scan->at == '\\' && scan->end - scan->at > 1 ? 2 : 1;
    return scan_char(scan, '"');
}

// Of an object or an array, behind its first bracket.
static bool skip_members(struct scan *scan, int depth, bool has_names, char closing)
{
    if (scan_char(scan, closing))
        return true;
    do {
        if (has_names && (!skip_string(scan) || !scan_char(scan, ':')))
            return false;
        if (!scan_skip(scan, depth + 1))
            return false;
    } while (scan_char(scan, ','));
    return scan_char(scan, closing);
}

bool scan_skip(struct scan *scan, int depth)
{
    if (depth > SCAN_DEPTH)
        return false;
    if (scan_char(scan, '{'))
        return skip_members(scan, depth, true, '}');
    if (scan_char(scan, '['))
        return skip_members(scan, depth, false, ']');
    if (peek(scan) == '"')
        return skip_string(scan);
    // A number, or one of three words.
    const char *from = scan->at;
    while (scan->at < scan->end && strchr("+-.0123456789eEtrufalsn", *scan->at) && *scan->at)
        scan->at++;
    return scan->at > from;
}
