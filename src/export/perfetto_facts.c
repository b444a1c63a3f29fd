// What is to be known of a trace as a whole: how it was made, and what it does not show.
#include "export/perfetto_private.h"

#include <jansson.h>

static json_t *number(uint64_t value)
{
    return json_integer((json_int_t)value);
}

static json_t *state_times(const struct column *column)
{
    json_t *times = json_object();
    for (size_t state = 0; state < LANE_STATE_COUNT; state++)
        if (column->state_ns[state])
            json_object_set_new(times, lane_state_name((enum lane_state)state),
                                number(column->state_ns[state]));
    return times;
}

static json_t *lane_facts(const struct perfetto *p, size_t lane)
{
    const struct timeline *tl = p->view->timeline;
    struct column column;
    timeline_column(tl, lane, 0, UINT64_MAX, &column);
    json_t *facts = json_object();
    json_object_set_new(facts, "name", json_string(p->view->lanes[lane].name));
    json_object_set_new(facts, "tid", number(perfetto_tid(lane, TRACK_STATES)));
    json_object_set_new(facts, "events", number(timeline_count(tl, lane)));
    json_object_set_new(facts, "given_up", number(timeline_first(tl, lane)));
    json_object_set_new(facts, "detail_from_ns", number(timeline_detail_from(tl, lane)));
    json_object_set_new(facts, "dropped", number(column.gap_events));
    json_object_set_new(facts, "losses", number(column.marks[MARK_LOSS]));
    json_object_set_new(facts, "state_ns", state_times(&column));
    return facts;
}

static void add_note(json_t *notes, bool applies, const char *text)
{
    if (applies)
        json_array_append_new(notes, json_string(text));
}

static json_t *notes_of(const struct perfetto *p)
{
    const struct session_view *view = p->view;
    uint64_t given_up = 0;
    for (size_t lane = 0; lane < view->n_lanes; lane++)
        given_up += timeline_first(view->timeline, lane);
    json_t *notes = json_array();
    add_note(notes, view->dropped, "events were dropped where the lanes had no room for them");
    add_note(notes, given_up, "the oldest events were given up to keep within the memory");
    add_note(notes, p->n_unreadable, "some events cannot be read from the file of the run");
    add_note(notes, p->n_unpaired,
             "losses whose victim's store was given up or unreadable have no flow");
    add_note(notes, p->n_backward,
             "some flows end at an earlier time than they begin: viewers leave them out");
    add_note(notes, p->n_unordered,
             "stores after one that was given up are placed by their clocks");
    add_note(notes, p->n_moved,
             "some loads and stores are drawn at other times than their clocks say: their order is "
             "known better");
    add_note(notes, view->is_bare,
             "without the ledger the order of the stores is not known: counters are first and last "
             "values");
    add_note(
        notes, view->preempted_ns,
        "running and holding include the time without a core, of which is known how much it was "
        "in a stretch of time, not when; state_ns has it apart");
    add_note(notes, view->is_simulated, "simulated: times are steps of the model");
    return notes;
}

char *perfetto_facts(const struct perfetto *p)
{
    const struct session_view *view = p->view;
    json_t *facts = json_object();
    json_object_set_new(facts, "scenario", json_string(view->prog->name));
    json_object_set_new(facts, "mode", json_string(mode_names[view->mode]));
    json_object_set_new(facts, "gil", json_string(gil_names[view->gil]));
    json_object_set_new(facts, "lock_kind", json_string(view->lock_kind));
    json_object_set_new(facts, "seed", number(view->seed));
    json_object_set_new(facts, "pace_ns", number(view->pace_ns));
    json_object_set_new(facts, "elapsed_ns", number(view->now_ns));
    json_object_set_new(facts, "held_ns", number(view->held_ns));
    json_object_set_new(facts, "dropped", number(view->dropped));
    json_object_set_new(facts, "unreadable", number(p->n_unreadable));
    json_object_set_new(facts, "flows", number(p->n_flows));
    json_object_set_new(facts, "flows_backward", number(p->n_backward));
    json_object_set_new(facts, "losses_without_flow", number(p->n_unpaired));
    json_object_set_new(facts, "stores_unordered", number(p->n_unordered));
    json_object_set_new(facts, "moved", number(p->n_moved));
    json_object_set_new(facts, "moved_max_ns", number(p->moved_max_ns));
    json_object_set_new(facts, "notes", notes_of(p));
    json_t *lanes = json_array();
    for (size_t lane = 0; lane < view->n_lanes; lane++)
        json_array_append_new(lanes, lane_facts(p, lane));
    json_object_set_new(facts, "lanes", lanes);
    char *text = json_dumps(facts, JSON_INDENT(1));
    json_decref(facts);
    return text;
}
