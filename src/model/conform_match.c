// What the model did against what a lane had reported.
#include "base/text.h"
#include "model/conform_private.h"

#include <string.h>

char *conform_write_words(const struct conform *c, uint64_t id, char out[64])
{
    if (id == WRITE_INITIAL)
        text_format(out, 64, "the initial value");
    else if (write_lane(id) < c->prog->n_lanes)
        text_format(out, 64, "%s's write %llu", c->prog->lanes[write_lane(id)].name,
                    (unsigned long long)write_seq(id));
    else
        text_format(out, 64, "a write of no lane");
    return out;
}

static const char *name_of(const struct conform *c, size_t lane)
{
    return c->prog->lanes[lane].name;
}

static bool differs(const struct conform *c, size_t lane, const char *what, const char *of,
                    int64_t reported, int64_t model)
{
    return !error_set(c->err, "%s reported %lld as the %s of %s, and in the model it is %lld",
                      name_of(c, lane), (long long)reported, what, of, (long long)model);
}

static bool same_event(const struct conform *c, const struct event *said, const struct event *model)
{
    size_t lane = model->lane;
    const char *of = event_info[model->kind].label;
    if (said->kind != model->kind || said->pc != model->pc)
        return error_set(c->err,
                         "%s reported \"%s\" in line %u where the model's %s has \"%s\" in "
                         "line %u",
                         name_of(c, lane), event_info[said->kind].label,
                         said->pc < c->prog->n_ops ? c->prog->ops[said->pc].line : 0,
                         name_of(c, lane), of, c->prog->ops[model->pc].line);
    uint8_t flags = said->flags & (uint8_t)~ACCESS_AGAIN;
    return !(
        (said->lane != lane && differs(c, lane, "lane", of, said->lane, (int64_t)lane)) ||
        (said->object != model->object &&
         differs(c, lane, "object", of, said->object, model->object)) ||
        (said->value != model->value && differs(c, lane, "value", of, said->value, model->value)) ||
        (said->turn != model->turn && differs(c, lane, "turn", of, said->turn, model->turn)) ||
        (flags != model->flags && differs(c, lane, "protection", of, flags, model->flags)));
}

// The lane has read the write that its record names.
static void count_read(struct conform *c, size_t lane, const struct event *event)
{
    uint32_t *readers = conform_readers(c, lane, event->object, conform_marked(event->turn));
    if (readers)
        --*readers;
}

static bool match_event(struct conform *c, const struct event *model)
{
    struct conform_cursor *at = &c->lanes[model->lane];
    const struct event *said = conform_event(at);
    if (!said)
        return error_set(c->err, "%s reported nothing where the model's has \"%s\" in line %u",
                         name_of(c, model->lane), event_info[model->kind].label,
                         c->prog->ops[model->pc].line);
    if (!same_event(c, said, model))
        return false;
    at->event++;
    if (said->kind == EVENT_LOAD)
        count_read(c, model->lane, said);
    else if (said->kind == EVENT_ACQUIRE || said->kind == EVENT_TOOK || said->kind == EVENT_POST)
        c->turns[said->object] = said->turn;
    c->n_taken += said->kind == EVENT_TAKE;
    c->n_lines += said->kind == EVENT_PRINT;
    return true;
}

// `model` is the model's record of the write; NULL in a lane's private memory.
static bool same_update(const struct conform *c, const struct event *event,
                        const struct update *said, const struct update *model)
{
    size_t lane = event->lane;
    const struct conform_cell *cell = conform_cell(c, lane, event->object);
    uint64_t old = model ? model->old : cell->id;
    const char *of = "STORE";
    if (said->pc != event->pc)
        return error_set(
            c->err, "%s reported a write in line %u where the model has one in line %u",
            name_of(c, lane), c->prog->ops[said->pc].line, c->prog->ops[event->pc].line);
    if (said->cell != event->object)
        return !differs(c, lane, "cell", of, said->cell, event->object);
    if (said->value != event->value)
        return !differs(c, lane, "value", of, said->value, event->value);
    if (said->flags != event->flags)
        return !differs(c, lane, "protection", of, said->flags, event->flags);
    if (said->old != old)
        return !differs(c, lane, "replaced write", of, (int64_t)said->old, (int64_t)old);
    // In private memory the model keeps no record; the lane's writes follow each other.
    if (!model)
        return said->id == (cell->id ? cell->id + 1 : write_id((uint16_t)lane, 1)) ||
               !differs(c, lane, "own number", of, (int64_t)said->id, (int64_t)cell->id + 1);
    if (said->id != model->id)
        return !differs(c, lane, "own number", of, (int64_t)said->id, (int64_t)model->id);
    if (said->loaded != model->loaded)
        return !differs(c, lane, "loaded write", of, (int64_t)said->loaded, (int64_t)model->loaded);
    if ((said->flags & ACCESS_UPDATE) && said->loaded_value != model->loaded_value)
        return !differs(c, lane, "loaded value", of, said->loaded_value, model->loaded_value);
    return true;
}

static bool match_store(struct conform *c, const struct event *event, const struct update *model)
{
    struct conform_cursor *at = &c->lanes[event->lane];
    const struct update *said = conform_update(at);
    if (!said)
        return error_set(c->err, "%s reported no write where the model's has one in line %u",
                         name_of(c, event->lane), c->prog->ops[event->pc].line);
    if (!same_update(c, event, said, model))
        return false;
    at->update++;
    *conform_cell(c, event->lane, said->cell) = (struct conform_cell){said->id, said->value};
    return true;
}

static bool match_line(struct conform *c, const struct stepper_line *line)
{
    struct conform_cursor *at = &c->lanes[line->lane];
    const char *end = at->printed ? strchr(at->printed, '\n') : NULL;
    if (!end)
        return error_set(c->err, "%s printed nothing where the model's prints \"%s\"",
                         name_of(c, line->lane), line->text);
    size_t len = (size_t)(end - at->printed);
    bool is_same = strlen(line->text) == len && memcmp(at->printed, line->text, len) == 0;
    if (!is_same && !c->has_elapsed)
        return error_set(c->err, "%s printed \"%.*s\" where the model's prints \"%s\"",
                         name_of(c, line->lane), (int)len, at->printed, line->text);
    at->printed = end + 1;
    return true;
}

// Whether the lanes report it at all: some is said by the session, or only at a pace.
static bool is_reported(const struct conform *c, const struct event *model)
{
    switch ((int)model->kind) {
    case EVENT_START:
    case EVENT_FINISH:
    case EVENT_FAIL:
    case EVENT_CONTEND:
    case EVENT_BROKEN:
        return false;
    case EVENT_LOAD:
        return !(model->flags & ACCESS_UPDATE) || conform_is_load_told(c, model->lane, model->pc);
    case EVENT_SKIP:
        return c->record->is_paced;
    default:
        return true;
    }
}

bool conform_match(struct conform *c)
{
    struct stepper_output out = stepper_output(c->stepper);
    size_t n_updates = 0;
    for (size_t i = 0; i < out.n_events; i++) {
        const struct event *event = &out.events[i];
        if (event->kind == EVENT_STORE) {
            bool is_recorded = !c->is_private || event->lane == 0;
            if (!match_store(c, event, is_recorded ? &out.updates[n_updates++] : NULL))
                return false;
        } else if (is_reported(c, event) && !match_event(c, event)) {
            return false;
        }
    }
    for (size_t i = 0; i < out.n_lines; i++)
        if (!match_line(c, &out.lines[i]))
            return false;
    stepper_forget(c->stepper);
    return true;
}

bool conform_observe(struct conform *c, size_t lane)
{
    struct conform_cursor *at = &c->lanes[lane];
    const struct event *event = conform_event(at);
    const struct conform_cell *cell = conform_cell(c, lane, event->object);
    if (event->value != cell->value)
        return !differs(c, lane, "value", "LOAD", event->value, cell->value);
    at->event++;
    count_read(c, lane, event);
    return true;
}

static bool match_lane_end(const struct conform *c, size_t lane)
{
    const struct conform_cursor *at = &c->lanes[lane];
    const struct conform_lane *said = &c->record->lanes[lane];
    struct stepper_lane model = stepper_lane(c->stepper, lane);
    if (conform_event(at))
        return error_set(c->err, "%s reported \"%s\" in line %u after the model's had ended",
                         name_of(c, lane), event_info[conform_event(at)->kind].label,
                         c->prog->ops[conform_event(at)->pc % c->prog->n_ops].line);
    if (conform_update(at))
        return error_set(c->err, "%s reported a write in line %u after the model's had ended",
                         name_of(c, lane), c->prog->ops[conform_update(at)->pc].line);
    if (at->printed && *at->printed)
        return error_set(c->err, "%s printed more than the model's: \"%.*s\"", name_of(c, lane),
                         (int)strcspn(at->printed, "\n"), at->printed);
    if (said->fault != model.fault || said->fault_line != model.fault_line)
        return error_set(
            c->err, "%s ended with fault %d in line %u, the model's with %d in line %u",
            name_of(c, lane), said->fault, said->fault_line, model.fault, model.fault_line);
    return true;
}

bool conform_match_end(struct conform *c)
{
    for (size_t lane = 0; lane < c->prog->n_lanes; lane++)
        if (!match_lane_end(c, lane))
            return false;
    for (size_t cell = 0; cell < c->prog->n_cells; cell++) {
        char name[48];
        int64_t model = stepper_cell(c->stepper, cell);
        if (c->record->finals[cell] != model)
            return error_set(c->err, "%s is %lld at the end, and in the model %lld",
                             program_cell_name(c->prog, cell, name),
                             (long long)c->record->finals[cell], (long long)model);
    }
    return true;
}
