#include "lang/problem.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool comes_before(struct place at, const struct lang_problem *other)
{
    return at.line < other->line || (at.line == other->line && at.column < other->column);
}

void problem_add(struct lang_problems *problems, struct place at, const char *fmt, ...)
{
    if (problems->n == LANG_PROBLEMS_MAX) {
        problems->n_more++;
        if (!comes_before(at, &problems->items[LANG_PROBLEMS_MAX - 1]))
            return;
        problems->n--;
    }
    size_t i = problems->n++;
    for (; i > 0 && comes_before(at, &problems->items[i - 1]); i--)
        problems->items[i] = problems->items[i - 1];
    struct lang_problem *item = &problems->items[i];
    *item = (struct lang_problem){at.line, at.column, at.width ? at.width : 1, ""};
    char text[sizeof item->text];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    size_t len = n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    text_safe(item->text, sizeof item->text, text, len);
}

// A byte becomes at most a substitute of three bytes, a tab at most TAB_COLUMNS spaces.
size_t line_safe_size(size_t len_bytes)
{
    return len_bytes * TAB_COLUMNS + 1;
}

size_t line_safe(char *out, const char *line, size_t len_bytes)
{
    size_t n = 0;
    size_t column = 0;
    for (size_t at = 0; at < len_bytes; column++) {
        uint32_t code;
        size_t len = text_decode(line + at, len_bytes - at, &code);
        if (code == '\t') {
            do
                out[n++] = ' ';
            while (++column % TAB_COLUMNS != 0);
            column--;
        } else {
            n += text_safe(out + n, 4, line + at, len);
        }
        at += len;
    }
    out[n] = '\0';
    return n;
}

struct output {
    char *text;
    size_t len, cap;
};

static void write_text(struct output *out, const char *text, size_t len)
{
    out->text = mem_room(out->text, &out->cap, out->len + len + 1, 1);
    memcpy(out->text + out->len, text, len);
    out->len += len;
    out->text[out->len] = '\0';
}

static void write_repeated(struct output *out, char c, size_t count)
{
    for (size_t i = 0; i < count; i++)
        write_text(out, &c, 1);
}

// What is shown of a line: SHOWN_COLUMNS of it, around the place.
enum { SHOWN_COLUMNS = 100, SHOWN_BEFORE = 60 };

static size_t bytes_of_columns(const char *text, size_t columns)
{
    size_t len = strlen(text);
    size_t at = 0;
    for (size_t i = 0; i < columns && at < len; i++) {
        uint32_t code;
        at += text_decode(text + at, len - at, &code);
    }
    return at;
}

static void write_line(struct output *out, const char *line, size_t len_bytes,
                       const struct lang_problem *problem)
{
    char *safe = mem_alloc(line_safe_size(len_bytes));
    line_safe(safe, line, len_bytes);
    size_t column = problem->column - 1;
    size_t from = column > SHOWN_BEFORE ? column - SHOWN_BEFORE : 0;
    const char *shown = safe + bytes_of_columns(safe, from);
    write_text(out, "    ", 4);
    write_text(out, shown, bytes_of_columns(shown, SHOWN_COLUMNS));
    write_text(out, "\n    ", 5);
    write_repeated(out, ' ', column - from);
    size_t room = SHOWN_COLUMNS - (column - from);
    write_text(out, "^", 1);
    write_repeated(out, '~', (problem->width < room ? problem->width : room) - 1);
    write_text(out, "\n", 1);
    mem_free(safe);
}

// The text of line number `line`, without its end.
static const char *find_line(const char *text, size_t len_bytes, uint32_t line, size_t *len)
{
    const char *end = text + len_bytes;
    for (uint32_t i = 1; i < line; i++) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        if (!newline)
            return NULL;
        text = newline + 1;
    }
    const char *newline = memchr(text, '\n', (size_t)(end - text));
    *len = (size_t)((newline ? newline : end) - text);
    if (*len > 0 && text[*len - 1] == '\r')
        *len -= 1;
    return text;
}

char *lang_problems_text(const struct lang_problems *problems, const char *file, const char *text,
                         size_t len_bytes)
{
    struct output out = {0};
    char head[1200];
    char safe_file[800];
    text_safe_z(safe_file, sizeof safe_file, file);
    write_text(&out, "", 0);
    for (size_t i = 0; i < problems->n; i++) {
        const struct lang_problem *p = &problems->items[i];
        size_t n = p->line == 0
                       ? text_format(head, sizeof head, "%s: error: %s\n", safe_file, p->text)
                       : text_format(head, sizeof head, "%s:%u:%u: error: %s\n", safe_file, p->line,
                                     p->column, p->text);
        write_text(&out, head, n);
        size_t line_len = 0;
        const char *line = p->line ? find_line(text, len_bytes, p->line, &line_len) : NULL;
        if (line)
            write_line(&out, line, line_len, p);
    }
    if (problems->n_more > 0) {
        size_t n =
            text_format(head, sizeof head, "%s: and %zu more\n", safe_file, problems->n_more);
        write_text(&out, head, n);
    }
    return out.text;
}
