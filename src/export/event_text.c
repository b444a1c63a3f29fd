#include "export/event_text.h"

#include "base/mem.h"
#include "base/text.h"
#include "prog/machine.h"

#include <stdio.h>
#include <string.h>

enum object_is { OBJECT_NONE, OBJECT_CELL, OBJECT_LOCK, OBJECT_LANE, OBJECT_ITEM, OBJECT_CLAIM };
enum value_is { VALUE_NONE, VALUE_NUMBER, VALUE_LANE, VALUE_SWITCH, VALUE_FAULT, VALUE_RESULT };

// What trace/events.def says of each kind in words.
static const struct {
    enum object_is object;
    enum value_is value;
} meanings[EVENT_KIND_COUNT] = {
    [EVENT_START] = {OBJECT_NONE, VALUE_NONE},      [EVENT_FINISH] = {OBJECT_NONE, VALUE_NONE},
    [EVENT_FAIL] = {OBJECT_NONE, VALUE_FAULT},      [EVENT_KILL] = {OBJECT_NONE, VALUE_NONE},
    [EVENT_LOAD] = {OBJECT_CELL, VALUE_NUMBER},     [EVENT_STORE] = {OBJECT_CELL, VALUE_NUMBER},
    [EVENT_CONTEND] = {OBJECT_LOCK, VALUE_LANE},    [EVENT_ACQUIRE] = {OBJECT_LOCK, VALUE_NONE},
    [EVENT_RELEASE] = {OBJECT_LOCK, VALUE_NONE},    [EVENT_RECOVER] = {OBJECT_LOCK, VALUE_LANE},
    [EVENT_TOOK] = {OBJECT_LOCK, VALUE_NUMBER},     [EVENT_POST] = {OBJECT_LOCK, VALUE_NUMBER},
    [EVENT_AWAIT] = {OBJECT_LOCK, VALUE_NONE},      [EVENT_NOTIFY] = {OBJECT_LOCK, VALUE_NUMBER},
    [EVENT_NOTIFIED] = {OBJECT_LOCK, VALUE_NONE},   [EVENT_TAKE] = {OBJECT_ITEM, VALUE_NONE},
    [EVENT_GIVE] = {OBJECT_ITEM, VALUE_RESULT},     [EVENT_SKIP] = {OBJECT_LOCK, VALUE_NONE},
    [EVENT_GIL_WAIT] = {OBJECT_NONE, VALUE_LANE},   [EVENT_GIL_TAKE] = {OBJECT_NONE, VALUE_NONE},
    [EVENT_GIL_DROP] = {OBJECT_NONE, VALUE_NUMBER}, [EVENT_CHECK] = {OBJECT_NONE, VALUE_NONE},
    [EVENT_SLEEP] = {OBJECT_NONE, VALUE_NUMBER},    [EVENT_WAKE] = {OBJECT_NONE, VALUE_NONE},
    [EVENT_SPAWN] = {OBJECT_LANE, VALUE_NONE},      [EVENT_JOIN] = {OBJECT_LANE, VALUE_NONE},
    [EVENT_JOINED] = {OBJECT_LANE, VALUE_NONE},     [EVENT_PRINT] = {OBJECT_NONE, VALUE_NUMBER},
    [EVENT_PAUSE] = {OBJECT_NONE, VALUE_NONE},      [EVENT_RESUME] = {OBJECT_NONE, VALUE_NONE},
    [EVENT_STOPPED] = {OBJECT_NONE, VALUE_NONE},    [EVENT_CONTINUED] = {OBJECT_NONE, VALUE_NONE},
    [EVENT_TOGGLE] = {OBJECT_NONE, VALUE_SWITCH},   [EVENT_BROKEN] = {OBJECT_CLAIM, VALUE_NONE},
    [EVENT_GAP] = {OBJECT_NONE, VALUE_NUMBER},
};

const char *event_object(const struct session_view *view, const struct event *event,
                         char out[EVENT_TEXT])
{
    const struct program *prog = view->prog;
    size_t object = event->object;
    out[0] = '\0';
    switch (meanings[event->kind].object) {
    case OBJECT_NONE:
        break;
    case OBJECT_CELL:
        if (object < prog->n_cells)
            program_cell_name(prog, object, out);
        break;
    case OBJECT_LOCK:
        if (object < prog->n_locks)
            text_format(out, EVENT_TEXT, "%s", prog->locks[object].name);
        break;
    case OBJECT_LANE:
        if (object < view->n_lanes)
            text_format(out, EVENT_TEXT, "%s", view->lanes[object].name);
        break;
    case OBJECT_ITEM: {
        char call[48];
        if (object < prog->pool.n_items)
            text_safe_z(out, EVENT_TEXT, program_item_text(prog, object, call));
        break;
    }
    case OBJECT_CLAIM:
        if (object < prog->n_always)
            text_safe_z(out, EVENT_TEXT, prog->always[object].text);
        break;
    }
    return out;
}

static const char *result_text(const struct program *prog, int64_t value, char out[EVENT_TEXT])
{
    char text[48];
    if (prog->pool.result_type == TYPE_INT)
        text_format(out, EVENT_TEXT, "%lld", (long long)value);
    else
        text_safe_z(out, EVENT_TEXT, program_result_text(prog, value, text));
    return out;
}

const char *event_value(const struct session_view *view, const struct event *event,
                        char out[EVENT_TEXT])
{
    int64_t value = event->value;
    out[0] = '\0';
    switch (meanings[event->kind].value) {
    case VALUE_NONE:
        break;
    case VALUE_NUMBER:
        text_format(out, EVENT_TEXT, "%lld", (long long)value);
        break;
    case VALUE_LANE:
        if (value >= 0 && (uint64_t)value < view->n_lanes)
            text_format(out, EVENT_TEXT, "%s", view->lanes[value].name);
        break;
    case VALUE_SWITCH:
        return value ? "on" : "off";
    case VALUE_FAULT:
        if (value > FAULT_NONE && value <= FAULT_KILLED)
            return machine_fault_text((enum machine_fault)value);
        break;
    case VALUE_RESULT:
        return result_text(view->prog, value, out);
    }
    return out;
}

const char *event_mark(const struct session_view *view, uint32_t mark, char out[EVENT_TEXT])
{
    size_t lane = mark >> WRITE_MARK_SEQ_BITS;
    uint32_t seq = mark & ((UINT32_C(1) << WRITE_MARK_SEQ_BITS) - 1);
    if (mark == WRITE_INITIAL)
        return "initial";
    text_format(out, EVENT_TEXT, "%s:%lu", lane < view->n_lanes ? view->lanes[lane].name : "?",
                (unsigned long)seq);
    return out;
}

const char *event_flags(const struct event *event, char out[EVENT_TEXT])
{
    static const struct {
        uint8_t flag, kind; // kind 0: of both
        const char *word;
    } words[] = {
        {ACCESS_UPDATE, 0, "update"},
        {ACCESS_ATOMIC, 0, "atomic"},
        {ACCESS_HELD, 0, "held"},
        {ACCESS_OFF, 0, "off"},
        {ACCESS_SETTLING, 0, "settling"},
        {ACCESS_ARRANGED, 0, "arranged"},
        {ACCESS_AGAIN, EVENT_LOAD, "again"},
        {ACCESS_LOSS, EVENT_STORE, "loss"},
        {ACCESS_LOST, EVENT_STORE, "lost"},
    };
    size_t len = 0;
    out[0] = '\0';
    if (event->kind != EVENT_LOAD && event->kind != EVENT_STORE)
        return out;
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if ((event->flags & words[i].flag) && (!words[i].kind || words[i].kind == event->kind))
            len += text_format(out + len, EVENT_TEXT - len, "%s%s", len ? " " : "", words[i].word);
    return out;
}

// Made by the session, which knows no op of the lane.
static bool has_op(const struct event *event)
{
    static const bool is_made_outside[EVENT_KIND_COUNT] = {
        [EVENT_START] = true,   [EVENT_FINISH] = true,    [EVENT_FAIL] = true, [EVENT_KILL] = true,
        [EVENT_STOPPED] = true, [EVENT_CONTINUED] = true, [EVENT_GAP] = true,
    };
    return !is_made_outside[event->kind];
}

uint32_t event_line(const struct program *prog, const struct event *event)
{
    return has_op(event) && event->pc < prog->n_ops ? prog->ops[event->pc].line : 0;
}

const char *event_printed(const struct session_view *view, const struct event *event)
{
    // A killed process may have taken a number and printed nothing: then lines have other places.
    uint64_t number = (uint64_t)event->value;
    if (event->kind != EVENT_PRINT || view->n_deaths || number < view->n_output_dropped)
        return NULL;
    uint64_t place = number - view->n_output_dropped;
    if (place >= view->n_output || view->output[place].lane != event->lane)
        return NULL;
    return view->output[place].text;
}
