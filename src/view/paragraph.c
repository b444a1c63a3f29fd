#include "view/paragraph.h"

#include "base/text.h"

#include <string.h>

static const char blanks[] = " \t\r\n";

struct row {
    size_t len_bytes;
    int columns;
    char text[4 * FRAME_W_MAX + 8];
};

// Adds what fits of text[0..len_bytes); returns how many bytes that was.
static size_t row_add(struct row *row, const char *text, size_t len_bytes, int columns)
{
    size_t at = 0;
    while (at < len_bytes && row->columns < columns) {
        uint32_t code;
        size_t len = text_decode(text + at, len_bytes - at, &code);
        memcpy(row->text + row->len_bytes, text + at, len);
        row->len_bytes += len;
        row->columns++;
        at += len;
    }
    row->text[row->len_bytes] = '\0';
    return at;
}

static int columns_of(const char *text, size_t len_bytes)
{
    int columns = 0;
    uint32_t code;
    for (size_t at = 0; at < len_bytes; columns++)
        at += text_decode(text + at, len_bytes - at, &code);
    return columns;
}

// Fills *row and returns what is left of the text; NULL when there was nothing more.
static const char *take_row(const char *text, int columns, struct row *row)
{
    row->len_bytes = 0;
    row->columns = 0;
    text += strspn(text, blanks);
    if (*text == '\0')
        return NULL;
    while (*text != '\0') {
        size_t len = strcspn(text, blanks);
        bool is_first = row->columns == 0;
        if (!is_first && row->columns + 1 + columns_of(text, len) > columns)
            break;
        if (!is_first)
            row_add(row, " ", 1, columns);
        // A word that is wider than a row goes on in the next one.
        size_t taken = row_add(row, text, len, columns);
        text += taken;
        if (taken < len)
            break;
        text += strspn(text, blanks);
    }
    return text;
}

static int widest(int columns)
{
    return columns > FRAME_W_MAX ? FRAME_W_MAX : columns;
}

int paragraph_columns(int w)
{
    enum { READABLE_W = 100 };
    return w - 2 < READABLE_W ? w - 2 : READABLE_W;
}

int paragraph_rows(const char *text, int columns)
{
    struct row row;
    int rows = 0;
    if (columns < 1)
        return 0;
    while ((text = take_row(text, widest(columns), &row)))
        rows++;
    return rows;
}

int paragraph_draw(struct area area, int y, enum role role, const char *text)
{
    struct row row;
    if (area.w < 1)
        return y;
    for (; (text = take_row(text, widest(area.w), &row)); y++)
        draw_text(area, 0, y, role, row.text);
    return y;
}
