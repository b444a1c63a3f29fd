// What the rows of a moment say.
#include "view/moment.h"

#include "base/clock.h"
#include "base/text.h"

#include <string.h>

char *moment_time(char out[32], uint64_t t_ns, uint64_t zero_ns, uint64_t span_ns)
{
    // So many nanoseconds are still read as nanoseconds.
    const uint64_t long_ns = 100 * NS_PER_MS;
    uint64_t distance_ns = t_ns < zero_ns ? zero_ns - t_ns : t_ns - zero_ns;
    const char *sign = t_ns < zero_ns ? "-" : "";
    char number[28];
    if (span_ns < long_ns)
        text_format(out, 32, "%s%s ns", sign, text_grouped(number, (int64_t)distance_ns));
    else
        text_format(out, 32, "%s%llu.%03llu ms", sign,
                    (unsigned long long)(distance_ns / NS_PER_MS),
                    (unsigned long long)(distance_ns % NS_PER_MS / NS_PER_US));
    return out;
}

static const char *object_name(const struct scene *scene, const struct event *event)
{
    const struct program *prog = scene->view->prog;
    switch ((enum event_kind)event->kind) {
    case EVENT_CONTEND:
    case EVENT_ACQUIRE:
    case EVENT_RELEASE:
    case EVENT_RECOVER:
    case EVENT_TOOK:
    case EVENT_POST:
    case EVENT_AWAIT:
    case EVENT_NOTIFY:
    case EVENT_NOTIFIED:
    case EVENT_SKIP:
        return event->object < prog->n_locks ? prog->locks[event->object].name : "";
    case EVENT_SPAWN:
    case EVENT_JOIN:
    case EVENT_JOINED:
        return lane_name(scene, event->object);
    case EVENT_START:
    case EVENT_FINISH:
    case EVENT_FAIL:
    case EVENT_KILL:
    case EVENT_LOAD:
    case EVENT_STORE:
    case EVENT_TAKE:
    case EVENT_GIVE:
    case EVENT_GIL_WAIT:
    case EVENT_GIL_TAKE:
    case EVENT_GIL_DROP:
    case EVENT_CHECK:
    case EVENT_SLEEP:
    case EVENT_WAKE:
    case EVENT_PRINT:
    case EVENT_PAUSE:
    case EVENT_RESUME:
    case EVENT_STOPPED:
    case EVENT_CONTINUED:
    case EVENT_TOGGLE:
    case EVENT_BROKEN:
    case EVENT_GAP:
    case EVENT_KIND_COUNT:
        break;
    }
    return "";
}

// "STORE y 42" where there are several variables and room, "STORE 42".
static void access_text(const struct scene *scene, const struct event *event, int columns,
                        char *out, size_t size)
{
    const char *label = event->kind == EVENT_LOAD ? "LOAD  \u2192" : "STORE";
    enum { WORDS_MIN = 11 };
    char cell[48] = "", value[28];
    // As the lanes' rows have it, where words and a number find no room beside each other.
    if (columns < WORDS_MIN) {
        text_format(out, size, "%c%s", event->kind == EVENT_LOAD ? 'L' : 'S',
                    scene_number(value, event->value, columns - 1));
        return;
    }
    bool has_names = scene->view->prog->n_cells > 1 && event->object < scene->view->prog->n_cells;
    int room = columns - (int)text_columns(label) - 1;
    scene_number(value, event->value, room);
    if (has_names)
        program_cell_name(scene->view->prog, event->object, cell);
    // The name stands before the value, whole or not at all.
    bool is_named =
        scene->view->prog->n_cells > 1 && (int)(text_columns(cell) + strlen(value)) + 1 <= room;
    if (is_named)
        text_format(out, size, "%.5s %s%s %s", label, cell,
                    event->kind == EVENT_LOAD ? " \u2192" : "", value);
    else
        text_format(out, size, "%s %s", label, value);
    if (is_named && (int)text_columns(out) > columns)
        text_format(out, size, "%s %s", label, value);
}

void moment_op_text(const struct scene *scene, const struct event *event, int columns, char *out,
                    size_t size)
{
    const char *label = event_info[event->kind].label;
    const char *object = object_name(scene, event);
    char number[28];
    bool is_access = event->kind == EVENT_LOAD || event->kind == EVENT_STORE;
    bool is_counted = event->kind == EVENT_TOOK || event->kind == EVENT_POST;
    if (is_access)
        access_text(scene, event, columns, out, size);
    else if (timeline_is_unreadable(event))
        text_format(out, size, "cannot be read");
    else if (event->kind == EVENT_GAP)
        text_format(out, size, "+%s hidden", text_grouped(number, event->value));
    else if (event->kind == EVENT_SLEEP)
        text_format(out, size, "sleep %s", text_duration(number, (uint64_t)event->value));
    else if (is_counted)
        text_format(out, size, "%s %s = %s", label, object, text_grouped(number, event->value));
    else
        text_format(out, size, "%s%s%s", label, object[0] != '\0' ? " " : "", object);
}
