#include "view/viewport.h"

#include "base/clock.h"
#include "base/text.h"

#include <string.h>

uint64_t zoom_ns(int level)
{
    static const uint64_t steps[] = {1, 2, 5};
    uint64_t ns = steps[level % 3];
    for (int decade = level / 3; decade > 0; decade--)
        ns *= 10;
    return ns;
}

int zoom_fit(uint64_t now_ns, int columns)
{
    int level = 0;
    while (level < ZOOM_LEVELS - 1 && now_ns / zoom_ns(level) + 1 > (uint64_t)columns)
        level++;
    return level;
}

int zoom_pace(uint64_t pace_ns)
{
    // Between two accesses of one lane lie at least four columns: room for a label such as "S27".
    enum { COLUMNS_PER_OP = 4 };
    int level = 0;
    while (level < ZOOM_LEVELS - 1 && zoom_ns(level + 1) * COLUMNS_PER_OP <= pace_ns)
        level++;
    return level;
}

int64_t viewport_column(const struct viewport *port, uint64_t t_ns)
{
    return (int64_t)(t_ns / port->ns_per_column) - (int64_t)port->first;
}

uint64_t viewport_time(const struct viewport *port, int column)
{
    return (port->first + (uint64_t)column) * port->ns_per_column;
}

char *time_text(char out[24], uint64_t t_ns, uint64_t step_ns)
{
    // WHOLE_MAX of a unit make one of the next: a long number cannot be read off a scale.
    enum { WHOLE_MAX = 10000 };
    static const struct {
        uint64_t from_step_ns, unit_ns;
        const char *name;
    } units[] = {
        {10 * NS_PER_MS, NS_PER_S, "s"},
        {10 * NS_PER_US, NS_PER_MS, "ms"},
        {0, NS_PER_US, "us"},
    };
    size_t unit = 0;
    while (step_ns < units[unit].from_step_ns)
        unit++;
    while (unit > 0 && t_ns / units[unit].unit_ns >= WHOLE_MAX)
        unit--;
    uint64_t part = units[unit].unit_ns;
    int decimals = 0;
    while (part > step_ns && part > 1) {
        part /= 10;
        decimals++;
    }
    uint64_t whole = t_ns / units[unit].unit_ns;
    uint64_t fraction = t_ns % units[unit].unit_ns / part;
    if (decimals == 0)
        text_format(out, 24, "%llu %s", (unsigned long long)whole, units[unit].name);
    else
        text_format(out, 24, "%llu.%0*llu %s", (unsigned long long)whole, decimals,
                    (unsigned long long)fraction, units[unit].name);
    return out;
}

char *zoom_text(char out[24], uint64_t ns_per_column)
{
    if (ns_per_column < NS_PER_US)
        text_format(out, 24, "%llu ns", (unsigned long long)ns_per_column);
    else if (ns_per_column >= NS_PER_S)
        time_text(out, ns_per_column, NS_PER_S);
    else
        time_text(out, ns_per_column, ns_per_column >= NS_PER_MS ? NS_PER_MS : NS_PER_US);
    return out;
}

// A whole number of columns, wide enough that labels up to `end_ns` do not touch.
static uint64_t axis_step(const struct viewport *port, uint64_t end_ns)
{
    for (int level = 0; level < ZOOM_LEVELS; level++) {
        uint64_t step = zoom_ns(level);
        char text[24];
        time_text(text, end_ns, step);
        uint64_t room = step / port->ns_per_column;
        if (step % port->ns_per_column == 0 && room >= 12 && room >= strlen(text) + 3)
            return step;
    }
    return zoom_ns(ZOOM_LEVELS - 1) * 20;
}

void axis_draw(struct area area, const struct viewport *port)
{
    uint64_t from = viewport_time(port, 0), to = viewport_time(port, port->columns);
    uint64_t step = axis_step(port, to);
    for (uint64_t t = from / step * step; t < to; t += step) {
        int64_t column = viewport_column(port, t);
        char text[24];
        time_text(text, t, step);
        // A label whose tick has left the screen goes with it, as a whole.
        if (column < 0 || column + (int64_t)strlen(text) + 1 > area.w)
            continue;
        int x = draw_glyph(area, (int)column, 0, ROLE_DIM, GLYPH_TICK);
        draw_text(area, x, 0, ROLE_DIM, text);
    }
}
