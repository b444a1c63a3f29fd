#include "export/text.h"

static bool is_blank(const struct frame *frame, int x, int y)
{
    const struct cell *cell = frame_at(frame, x, y);
    return cell->utf8[0] == ' ' && cell->utf8[1] == '\0';
}

void text_write(FILE *out, const struct frame *frame)
{
    for (int y = 0; y < frame_height(frame); y++) {
        int end = frame_width(frame);
        while (end > 0 && is_blank(frame, end - 1, y))
            end--;
        for (int x = 0; x < end; x++)
            fputs(frame_at(frame, x, y)->utf8, out);
        fputc('\n', out);
    }
}
