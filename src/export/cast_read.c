#include "export/cast_read.h"

#include "export/cast_json.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "view/frame.h"

#include <string.h>

enum { TROUBLE_MAX = 80 };

struct cast_reader {
    FILE *in;
    uint64_t version, w, h; // as the header has them
    long events_at;         // where the first event is in the file
    uint64_t t_ns;
    uint64_t line_number; // of the last line that was read, from 1
    char *line, *text;    // CAST_LINE_MAX + 1 bytes each
    size_t len_bytes;     // of the line
    bool has_newline;
    char trouble[TROUBLE_MAX];
};

// False at the end of the file, and where a line is too long: then there is trouble.
static bool read_line(struct cast_reader *reader)
{
    int c;
    reader->len_bytes = 0;
    while ((c = getc_unlocked(reader->in)) != EOF && c != '\n') {
        if (reader->len_bytes == CAST_LINE_MAX) {
            text_format(reader->trouble, TROUBLE_MAX, "line %llu is longer than %d bytes",
                        (unsigned long long)reader->line_number + 1, CAST_LINE_MAX);
            return false;
        }
        reader->line[reader->len_bytes++] = (char)c;
    }
    reader->has_newline = c == '\n';
    if (c == EOF && reader->len_bytes == 0)
        return false;
    reader->line_number++;
    return true;
}

static struct scan line_of(const struct cast_reader *reader)
{
    return (struct scan){reader->line, reader->line + reader->len_bytes};
}

// A whole number, of which a fraction is ignored.
static bool scan_whole(struct scan *scan, uint64_t *out)
{
    if (!scan_billionths(scan, out))
        return false;
    *out /= NS_PER_S;
    return true;
}

// The members of an object that say something of the recording; version 3 has the size in another
// object.
static bool scan_header(struct cast_reader *reader, struct scan *scan, int depth)
{
    if (!scan_char(scan, '{'))
        return false;
    do {
        size_t len;
        if (!scan_string(scan, reader->text, &len) || !scan_char(scan, ':'))
            return false;
        const struct {
            const char *name;
            int depth;
            uint64_t *place;
        } members[] = {{"version", 0, &reader->version},
                       {"width", 0, &reader->w},
                       {"height", 0, &reader->h},
                       {"cols", 1, &reader->w},
                       {"rows", 1, &reader->h}};
        bool is_term = depth == 0 && strcmp(reader->text, "term") == 0;
        uint64_t *place = NULL;
        for (size_t i = 0; i < ARRAY_LEN(members); i++)
            if (members[i].depth == depth && strcmp(members[i].name, reader->text) == 0)
                place = members[i].place;
        bool is_read = is_term ? scan_header(reader, scan, 1)
                       : place ? scan_whole(scan, place)
                               : scan_skip(scan, depth + 1);
        if (!is_read)
            return false;
    } while (scan_char(scan, ','));
    return scan_char(scan, '}');
}

static bool read_header(struct cast_reader *reader, const char *name, struct error *err)
{
    bool is_there = read_line(reader);
    struct scan scan = line_of(reader);
    if (!is_there || !scan_header(reader, &scan, 0) || !scan_at_end(&scan) || reader->version == 0)
        return error_set(err, "%s is no recording: its first line is not an asciicast's", name);
    if (reader->version != 2 && reader->version != 3)
        return error_set(err, "%s is an asciicast of version %llu; versions 2 and 3 can be played",
                         name, (unsigned long long)reader->version);
    if (reader->w < 1 || reader->h < 1 || reader->w > FRAME_W_MAX || reader->h > FRAME_H_MAX)
        return error_set(err,
                         "%s: a recording of %llu columns and %llu rows; 1x1 to %dx%d can be "
                         "played",
                         name, (unsigned long long)reader->w, (unsigned long long)reader->h,
                         FRAME_W_MAX, FRAME_H_MAX);
    reader->events_at = ftell(reader->in);
    if (reader->events_at < 0)
        return error_errno(err, "%s cannot be read", name);
    return true;
}

struct cast_reader *cast_reader_new(FILE *in, const char *name, struct error *err)
{
    struct cast_reader *reader = mem_alloc(sizeof(*reader));
    reader->in = in;
    reader->line = mem_alloc(CAST_LINE_MAX + 1);
    reader->text = mem_alloc(CAST_LINE_MAX + 1);
    if (read_header(reader, name, err))
        return reader;
    cast_reader_free(reader);
    return NULL;
}

void cast_reader_free(struct cast_reader *reader)
{
    if (!reader)
        return;
    mem_free(reader->line);
    mem_free(reader->text);
    mem_free(reader);
}

void cast_reader_size(const struct cast_reader *reader, int *w, int *h)
{
    *w = (int)reader->w;
    *h = (int)reader->h;
}

const char *cast_trouble(const struct cast_reader *reader)
{
    return reader->trouble;
}

void cast_rewind(struct cast_reader *reader)
{
    fseek(reader->in, reader->events_at, SEEK_SET);
    reader->line_number = 1;
    reader->t_ns = 0;
    reader->trouble[0] = '\0';
}

// [1.25, "o", "text"]
static bool scan_event(struct cast_reader *reader, struct cast_event *event)
{
    struct scan scan = line_of(reader);
    uint64_t t_ns;
    size_t len;
    if (!scan_char(&scan, '[') || !scan_billionths(&scan, &t_ns) || !scan_char(&scan, ',') ||
        !scan_string(&scan, reader->text, &len) || len != 1 || !scan_char(&scan, ','))
        return false;
    *event = (struct cast_event){.code = reader->text[0], .bytes = reader->text};
    if (!scan_string(&scan, reader->text, &event->len_bytes) || !scan_char(&scan, ']') ||
        !scan_at_end(&scan))
        return false;
    // Version 3 has the time since the event before.
    if (reader->version == 3)
        t_ns = t_ns > UINT64_MAX - reader->t_ns ? UINT64_MAX : reader->t_ns + t_ns;
    t_ns = t_ns < CAST_MAX_NS ? t_ns : CAST_MAX_NS;
    if (t_ns > reader->t_ns)
        reader->t_ns = t_ns;
    event->t_ns = reader->t_ns;
    return true;
}

static bool is_comment(const struct cast_reader *reader)
{
    struct scan scan = line_of(reader);
    return scan_at_end(&scan) || (reader->version == 3 && reader->line[0] == '#');
}

enum cast_read cast_read(struct cast_reader *reader, struct cast_event *event)
{
    while (reader->trouble[0] == '\0' && read_line(reader)) {
        if (is_comment(reader))
            continue;
        if (scan_event(reader, event))
            return CAST_EVENT;
        text_format(reader->trouble, TROUBLE_MAX, "line %llu is %s",
                    (unsigned long long)reader->line_number,
                    reader->has_newline ? "not an event" : "cut short");
    }
    if (reader->trouble[0] == '\0' && ferror(reader->in))
        text_format(reader->trouble, TROUBLE_MAX, "line %llu cannot be read",
                    (unsigned long long)reader->line_number + 1);
    return reader->trouble[0] ? CAST_CUT : CAST_END;
}

bool cast_event_size(const struct cast_event *event, int *w, int *h)
{
    struct scan scan = {event->bytes, event->bytes + event->len_bytes};
    uint64_t columns, rows;
    if (!scan_whole(&scan, &columns) || !scan_char(&scan, 'x') || !scan_whole(&scan, &rows) ||
        !scan_at_end(&scan) || columns < 1 || rows < 1 || columns > FRAME_W_MAX ||
        rows > FRAME_H_MAX)
        return false;
    *w = (int)columns;
    *h = (int)rows;
    return true;
}
