#include "model/schedule.h"

#include "base/mem.h"
#include "base/text.h"

#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

char *schedule_text(const struct program *prog, const uint16_t *lanes, size_t n)
{
    size_t len = 0, cap = 0;
    char *text = mem_room(NULL, &cap, 1, 1);
    text[0] = '\0';
    for (size_t i = 0; i < n;) {
        size_t from = i;
        const char *name = prog->lanes[lanes[i]].name;
        while (i < n && lanes[i] == lanes[from])
            i++;
        char turn[PROGRAM_NAME_MAX + 32];
        size_t name_len = strlen(name);
        const char *times = name_len && is_digit(name[name_len - 1]) ? "*" : "";
        size_t bytes =
            text_format(turn, sizeof turn, "%s%s%s%zu", from ? " " : "", name, times, i - from);
        text = mem_room(text, &cap, len + bytes + 1, 1);
        memcpy(text + len, turn, bytes + 1);
        len += bytes;
    }
    return text;
}

// The lane with the longest name that the text begins with; n_lanes for none.
static size_t lane_at(const struct program *prog, const char *text, size_t *len)
{
    size_t found = prog->n_lanes;
    *len = 0;
    for (size_t lane = 0; lane < prog->n_lanes; lane++) {
        size_t n = strlen(prog->lanes[lane].name);
        if (n > *len && strncmp(text, prog->lanes[lane].name, n) == 0) {
            *len = n;
            found = lane;
        }
    }
    return found;
}

// How often, after a lane's name; 1 when nothing is said. Moves *text on.
static size_t times_at(const char **text)
{
    size_t times = 0;
    const char *at = *text + (**text == '*');
    if (!is_digit(*at))
        return 1;
    for (; is_digit(*at) && times <= SCHEDULE_STEPS_MAX; at++)
        times = times * 10 + (size_t)(*at - '0');
    *text = at;
    return times;
}

bool schedule_parse(const struct program *prog, const char *text, uint16_t **lanes, size_t *n,
                    struct error *err)
{
    uint16_t *out = NULL;
    size_t n_out = 0, cap = 0;
    for (const char *at = text; *at;) {
        if (*at == ' ' || *at == ',') {
            at++;
            continue;
        }
        size_t len;
        size_t lane = lane_at(prog, at, &len);
        const char *after = at + len;
        size_t times = lane < prog->n_lanes ? times_at(&after) : 0;
        if (times == 0 || times > SCHEDULE_STEPS_MAX - n_out) {
            char shown[24];
            text_safe(shown, sizeof shown, at, strlen(at) < 12 ? strlen(at) : 12);
            mem_free(out);
            if (times)
                return error_set(err, "schedule: more than %d steps, from `%s` on",
                                 SCHEDULE_STEPS_MAX, shown);
            return error_set(err, "schedule: `%s` begins with no lane; write AABB or B2 A27 B3",
                             shown);
        }
        out = mem_room(out, &cap, n_out + times, sizeof *out);
        for (; times > 0; times--)
            out[n_out++] = (uint16_t)lane;
        at = after;
    }
    *lanes = out;
    *n = n_out;
    return true;
}
