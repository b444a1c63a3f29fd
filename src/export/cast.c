#include "export/cast.h"

#include "export/ansi.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

#include <string.h>

const char cast_start[] = "{\"version\": 2, \"width\": ";

enum { LABEL_MAX = 200 };

struct cast {
    FILE *out;
    struct ansi *ansi;
    int w, h;              // 0: no frame yet
    uint64_t t_ns;         // of the last event
    uint64_t seen_ns;      // of the last frame, written or not
    char early[LABEL_MAX]; // a marker that came before the header; "": none
};

struct cast *cast_new(FILE *out)
{
    struct cast *cast = mem_alloc(sizeof(*cast));
    cast->out = out;
    cast->ansi = ansi_new();
    return cast;
}

// What colour numbers below 16 and the terminal's own colours look like: the theme may be for a
// light background, and players begin with a dark one.
static void write_header(struct cast *cast, const struct theme *theme)
{
    fprintf(cast->out,
            "%s%d, \"height\": %d, \"theme\": {\"fg\": \"#%06x\", "
            "\"bg\": \"#%06x\", \"palette\": \"",
            cast_start, cast->w, cast->h, (unsigned)theme_foreground(theme),
            (unsigned)theme_background(theme));
    for (int i = 0; i < 16; i++)
        fprintf(cast->out, "%s#%06x", i > 0 ? ":" : "", (unsigned)theme_rgb(i));
    fputs("\"}}\n", cast->out);
}

static void write_string(FILE *out, const char *bytes, size_t len_bytes)
{
    for (size_t i = 0; i < len_bytes; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (byte == '"' || byte == '\\')
            fprintf(out, "\\%c", byte);
        else if (byte < ' ' || byte == 0x7f)
            fprintf(out, "\\u%04x", byte);
        else
            fputc(byte, out);
    }
}

static void write_event(struct cast *cast, uint64_t t_ns, char code, const char *bytes,
                        size_t len_bytes)
{
    if (t_ns > cast->t_ns)
        cast->t_ns = t_ns;
    fprintf(cast->out, "[%llu.%06llu, \"%c\", \"", (unsigned long long)(cast->t_ns / NS_PER_S),
            (unsigned long long)(cast->t_ns % NS_PER_S / NS_PER_US), code);
    write_string(cast->out, bytes, len_bytes);
    fputs("\"]\n", cast->out);
    fflush(cast->out);
}

static void adopt_size(struct cast *cast, const struct frame *frame, const struct theme *theme,
                       uint64_t t_ns)
{
    bool is_first = cast->w == 0;
    cast->w = frame_width(frame);
    cast->h = frame_height(frame);
    if (is_first) {
        write_header(cast, theme);
        if (cast->early[0] != '\0')
            write_event(cast, 0, 'm', cast->early, strlen(cast->early));
        return;
    }
    char size[24];
    size_t len = text_format(size, sizeof(size), "%dx%d", cast->w, cast->h);
    write_event(cast, t_ns, 'r', size, len);
}

void cast_frame(struct cast *cast, const struct frame *frame, const struct theme *theme,
                uint64_t t_ns)
{
    size_t len;
    if (cast->w != frame_width(frame) || cast->h != frame_height(frame))
        adopt_size(cast, frame, theme, t_ns);
    const char *bytes = ansi_update(cast->ansi, frame, theme, &len);
    if (len > 0)
        write_event(cast, t_ns, 'o', bytes, len);
    cast->seen_ns = t_ns;
}

void cast_marker(struct cast *cast, uint64_t t_ns, const char *label)
{
    char safe[LABEL_MAX];
    size_t len = text_safe_z(safe, sizeof(safe), label);
    if (cast->w > 0)
        write_event(cast, t_ns, 'm', safe, len);
    else
        memcpy(cast->early, safe, len + 1);
}

void cast_free(struct cast *cast)
{
    if (!cast)
        return;
    if (cast->seen_ns > cast->t_ns)
        write_event(cast, cast->seen_ns, 'o', "", 0);
    ansi_free(cast->ansi);
    mem_free(cast);
}
