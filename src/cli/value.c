#include "cli/value.h"

#include "base/mem.h"
#include "view/frame.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool value_int(const char *text, int64_t min, int64_t max, int64_t *out)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno || end == text || *end || isspace((unsigned char)*text) || value < min || value > max)
        return false;
    *out = value;
    return true;
}

bool value_time(const char *text, uint64_t max_s, uint64_t *out_ns)
{
    static const struct {
        const char *unit;
        uint64_t ns;
    } units[] = {{"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"s", 1000000000}};
    if (strcmp(text, "native") == 0 || strcmp(text, "0") == 0) {
        *out_ns = 0;
        return true;
    }
    char *end;
    double number = strtod(text, &end);
    if (end == text || !isdigit((unsigned char)*text))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(units); i++)
        if (strcmp(end, units[i].unit) == 0) {
            double ns = number * (double)units[i].ns;
            *out_ns = ns >= 0 && ns <= (double)max_s * 1e9 ? (uint64_t)ns : UINT64_MAX;
            return *out_ns != UINT64_MAX;
        }
    return false;
}

bool value_pace(const char *text, uint64_t *out_ns)
{
    *out_ns = 0;
    return strcmp(text, "native") == 0 || strcmp(text, "0") == 0 ||
           value_time(text, VALUE_PACE_MAX_S, out_ns);
}

bool value_size(const char *text, uint64_t *out_bytes)
{
    static const char units[] = "KMGT";
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (errno || !isdigit((unsigned char)*text) || number == 0)
        return false;
    const char *unit = *end ? strchr(units, toupper((unsigned char)*end)) : NULL;
    if (*end && (!unit || end[1]))
        return false;
    unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
    *out_bytes = (uint64_t)number << shift;
    return *out_bytes >> shift == number;
}

// "45m", "2h"
bool value_minutes(const char *text, uint64_t *out_ns)
{
    enum { MINUTES_MAX = 24 * 60 };
    char *end;
    long number = isdigit((unsigned char)*text) ? strtol(text, &end, 10) : 0;
    if (number < 1 || number > MINUTES_MAX || (strcmp(end, "m") != 0 && strcmp(end, "h") != 0))
        return false;
    long minutes = *end == 'h' ? number * 60 : number;
    *out_ns = (uint64_t)minutes * 60 * 1000000000;
    return minutes <= MINUTES_MAX;
}

// "100x30"
bool value_frame(const char *text, int *w, int *h)
{
    char *end;
    long columns = isdigit((unsigned char)*text) ? strtol(text, &end, 10) : 0;
    if (columns < 1 || columns > FRAME_W_MAX || *end != 'x' || !isdigit((unsigned char)end[1]))
        return false;
    long rows = strtol(end + 1, &end, 10);
    *w = (int)columns;
    *h = (int)rows;
    return *end == '\0' && rows >= 1 && rows <= FRAME_H_MAX;
}
