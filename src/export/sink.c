#include "export/sink.h"

#include "base/mem.h"

#include <string.h>

enum { SINK_BYTES = 1 << 16, NUMBER_MAX = 20 };

struct sink {
    FILE *out;
    size_t len;
    uint64_t written;
    char bytes[SINK_BYTES];
};

struct sink *sink_open(FILE *out)
{
    struct sink *sink = mem_alloc(sizeof *sink);
    sink->out = out;
    return sink;
}

static void empty(struct sink *sink)
{
    sink->written += fwrite(sink->bytes, 1, sink->len, sink->out);
    sink->len = 0;
}

uint64_t sink_close(struct sink *sink)
{
    empty(sink);
    uint64_t written = sink->written;
    mem_free(sink);
    return written;
}

static void add(struct sink *sink, const char *bytes, size_t len)
{
    while (len > SINK_BYTES - sink->len) {
        size_t part = SINK_BYTES - sink->len;
        memcpy(sink->bytes + sink->len, bytes, part);
        sink->len += part;
        bytes += part;
        len -= part;
        empty(sink);
    }
    memcpy(sink->bytes + sink->len, bytes, len);
    sink->len += len;
}

void sink_text(struct sink *sink, const char *text)
{
    add(sink, text, strlen(text));
}

void sink_char(struct sink *sink, char c)
{
    if (sink->len == SINK_BYTES)
        empty(sink);
    sink->bytes[sink->len++] = c;
}

// At least so many digits, with zeros in front.
static void add_digits(struct sink *sink, uint64_t number, size_t at_least)
{
    char digits[NUMBER_MAX];
    size_t first = NUMBER_MAX;
    while (number > 0 || NUMBER_MAX - first < at_least) {
        digits[--first] = (char)('0' + number % 10);
        number /= 10;
    }
    add(sink, digits + first, NUMBER_MAX - first);
}

void sink_uint(struct sink *sink, uint64_t number)
{
    add_digits(sink, number, 1);
}

void sink_int(struct sink *sink, int64_t number)
{
    if (number < 0)
        sink_char(sink, '-');
    sink_uint(sink, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

void sink_us(struct sink *sink, uint64_t ns)
{
    sink_uint(sink, ns / 1000);
    sink_char(sink, '.');
    add_digits(sink, ns % 1000, 3);
}

void sink_json(struct sink *sink, const char *text)
{
    sink_char(sink, '"');
    for (const char *c = text; *c; c++) {
        if ((unsigned char)*c < 0x20) {
            char code[8];
            snprintf(code, sizeof code, "\\u%04x", (unsigned)*c);
            sink_text(sink, code);
            continue;
        }
        if (*c == '"' || *c == '\\')
            sink_char(sink, '\\');
        sink_char(sink, *c);
    }
    sink_char(sink, '"');
}

void sink_csv(struct sink *sink, const char *text)
{
    if (!text[strcspn(text, ",\"\r\n")]) {
        sink_text(sink, text);
        return;
    }
    sink_char(sink, '"');
    for (const char *c = text; *c; c++) {
        if (*c == '"')
            sink_char(sink, '"');
        sink_char(sink, *c);
    }
    sink_char(sink, '"');
}
