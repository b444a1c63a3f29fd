#include "export/report.h"

#include "base/mem.h"
#include "export/page.h"
#include "export/report_locks.h"

#include <stdlib.h>
#include <string.h>

static double seconds(uint64_t ns)
{
    return (double)ns / 1e9;
}

static json_t *whole(uint64_t n)
{
    return json_integer((json_int_t)n);
}

static json_t *cells(const struct session *session, const struct session_view *view)
{
    json_t *array = json_array();
    for (size_t i = 0; i < view->prog->n_cells; i++) {
        char name[48];
        struct report_cell cell = report_cell(session, i);
        json_t *object = json_object();
        json_object_set_new(object, "name", json_string(program_cell_name(view->prog, i, name)));
        json_object_set_new(object, "initial", json_integer(cell.initial));
        json_object_set_new(object, "final", json_integer(cell.final));
        json_object_set_new(object, "expected",
                            cell.is_lost_known ? json_integer(cell.expected) : json_null());
        json_object_set_new(object, "updates", whole(cell.updates));
        json_object_set_new(object, "lost", cell.is_lost_known ? whole(cell.lost) : json_null());
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *death(const struct session_lane *lane)
{
    json_t *object = json_object();
    json_object_set_new(object, "signal", json_integer(lane->signal));
    json_object_set_new(object, "text", json_string(lane->death));
    return object;
}

// A process's own copies of the cells.
static json_t *copies(const struct session_view *view, const struct session_lane *lane)
{
    json_t *array = json_array();
    for (size_t i = 0; i < view->prog->n_cells; i++) {
        char name[48];
        json_t *object = json_object();
        json_object_set_new(object, "name", json_string(program_cell_name(view->prog, i, name)));
        json_object_set_new(object, "initial", json_integer(program_cell_initial(view->prog, i)));
        json_object_set_new(object, "final", json_integer(lane->copies[i]));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *lanes(const struct session_view *view)
{
    json_t *array = json_array();
    for (size_t i = 0; i < view->n_lanes; i++) {
        const struct session_lane *lane = &view->lanes[i];
        struct ledger_lane counts = ledger_lane(view->ledger, i);
        json_t *object = json_object();
        json_object_set_new(object, "name", json_string(lane->name));
        json_object_set_new(object, "kind", json_string(lane_kind_name(lane->kind)));
        json_object_set_new(object, "start_s",
                            lane->is_started ? json_real(seconds(lane->start_ns)) : json_null());
        json_object_set_new(object, "finish_s",
                            lane->is_started && lane->end_ns != UINT64_MAX
                                ? json_real(seconds(lane->end_ns))
                                : json_null());
        json_object_set_new(object, "state", json_string(lane_state_name(lane->state)));
        json_object_set_new(object, "updates", whole(lane->updates));
        // Without a ledger nobody knows whose update was lost.
        json_object_set_new(object, "lost", view->is_bare ? json_null() : whole(counts.lost));
        json_object_set_new(object, "destroyed",
                            view->is_bare ? json_null() : whole(counts.destroyed));
        if (view->gil != GIL_OFF)
            json_object_set_new(object, "gil_wait_s", json_real(seconds(lane->gil_wait_ns)));
        if (lane->failure[0])
            json_object_set_new(object, "failure", json_string(lane->failure));
        if (lane->signal)
            json_object_set_new(object, "death", death(lane));
        if (lane->copies)
            json_object_set_new(object, "cells", copies(view, lane));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *pairs(const struct session_view *view)
{
    json_t *array = json_array();
    for (size_t victim = 0; victim < view->n_lanes; victim++)
        for (size_t culprit = 0; culprit < view->n_lanes; culprit++) {
            uint64_t count = ledger_pair(view->ledger, culprit, victim);
            if (count == 0)
                continue;
            json_t *object = json_object();
            json_object_set_new(object, "victim", json_string(view->lanes[victim].name));
            json_object_set_new(object, "culprit", json_string(view->lanes[culprit].name));
            json_object_set_new(object, "count", whole(count));
            json_array_append_new(array, object);
        }
    return array;
}

static json_t *pool(const struct session *session, const struct session_view *view)
{
    const struct pool_decl *decl = &view->prog->pool;
    json_t *items = json_array();
    for (size_t i = 0; i < decl->n_items; i++) {
        struct session_item item = session_item(session, i);
        bool is_taken = item.lane != EVENT_NO_OBJECT;
        char input[48], result[48];
        json_t *object = json_object();
        json_object_set_new(object, "input", json_string(program_item_text(view->prog, i, input)));
        json_object_set_new(object, "lane",
                            is_taken ? json_string(view->lanes[item.lane].name) : json_null());
        json_object_set_new(
            object, "result",
            !item.is_done ? json_null()
            : decl->result_type == TYPE_INT
                ? json_integer(item.result)
                : json_string(program_result_text(view->prog, item.result, result)));
        json_array_append_new(items, object);
    }
    json_t *object = json_object();
    json_object_set_new(object, "name", json_string(decl->name));
    json_object_set_new(object, "items", items);
    return object;
}

static json_t *claims(const struct session_view *view, bool always)
{
    json_t *array = json_array();
    for (size_t i = 0; i < view->n_claims; i++) {
        const struct session_claim *claim = &view->claims[i];
        if (claim->is_always != always)
            continue;
        json_t *object = json_object();
        json_object_set_new(object, "text", json_string(claim->text));
        json_object_set_new(object, "holds",
                            claim->is_judged ? json_boolean(claim->holds) : json_null());
        if (always && !claim->holds) {
            bool placed = claim->is_placed;
            json_object_set_new(object, "broken_s",
                                placed ? json_real(seconds(claim->broken_ns)) : json_null());
            json_object_set_new(object, "lane",
                                placed ? json_string(view->lanes[claim->broken_lane].name)
                                       : json_null());
            json_object_set_new(object, "value",
                                claim->has_value ? json_integer(claim->broken_value) : json_null());
        }
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *output(const struct session_view *view)
{
    json_t *array = json_array();
    for (size_t i = 0; i < view->n_output; i++)
        json_array_append_new(array, json_string(view->output[i].text));
    return array;
}

static json_t *phases(const struct session_view *view)
{
    static const struct {
        const char *name;
        enum ledger_phase phase;
    } rows[] = {
        {"off", PHASE_OFF}, {"on", PHASE_ON}, {"settling", PHASE_SETTLING}, {"none", PHASE_NONE}};
    json_t *object = json_object();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct ledger_tally tally = ledger_tally(view->ledger, rows[i].phase);
        json_t *row = json_object();
        json_object_set_new(row, "updates", whole(tally.made));
        json_object_set_new(row, "lost", whole(tally.lost));
        json_object_set_new(object, rows[i].name, row);
    }
    return object;
}

char *report_json(const struct session *session)
{
    struct session_view view = session_view(session);
    json_t *root = json_object();
    json_object_set_new(root, "scenario", json_string(view.prog->name));
    json_object_set_new(root, "mode", json_string(mode_names[view.mode]));
    if (program_uses_processes(view.prog))
        json_object_set_new(root, "memory", json_string(memory_names[view.prog->memory]));
    json_object_set_new(root, "lock", json_string(view.lock_wanted ? "on" : "off"));
    json_object_set_new(root, "lock_kind", json_string(view.lock_kind));
    json_object_set_new(root, "gil", json_string(gil_names[view.prog->gil]));
    if (view.gil != GIL_OFF)
        json_object_set_new(root, "gil_switches", whole(view.gil_switches));
    json_object_set_new(root, "seed", whole(view.seed));
    json_object_set_new(root, "pace_ns", whole(view.pace_ns));
    json_object_set_new(root, "elapsed_s", json_real(seconds(view.now_ns)));
    json_object_set_new(root, "cells", cells(session, &view));
    json_object_set_new(root, "lanes", lanes(&view));
    json_object_set_new(root, "pairs", pairs(&view));
    report_add_locks(root, session, &view);
    if (view.prog->pool.n_items)
        json_object_set_new(root, "pool", pool(session, &view));
    json_object_set_new(root, "expects", claims(&view, false));
    json_object_set_new(root, "always", claims(&view, true));
    json_object_set_new(root, "output", output(&view));
    json_object_set_new(root, "output_dropped", whole(view.n_output_dropped));
    json_object_set_new(root, "phases", phases(&view));
    if (view.is_simulated) {
        char *schedule = session_schedule(session);
        json_object_set_new(root, "simulated", json_true());
        json_object_set_new(root, "steps", whole(view.n_steps));
        json_object_set_new(root, "schedule", json_string(schedule));
        mem_free(schedule);
    }
    json_object_set_new(root, "bare", json_boolean(view.is_bare));
    json_object_set_new(root, "overlap_s", json_real(seconds(view.overlap_ns)));
    json_object_set_new(root, "held_s", json_real(seconds(view.held_ns)));
    json_object_set_new(root, "trouble", view.trouble ? json_string(view.trouble) : json_null());
    json_t *trace = json_object();
    json_object_set_new(trace, "events", whole(view.events));
    json_object_set_new(trace, "dropped", whole(view.dropped));
    struct timeline_kept kept;
    if (session_kept(session, &kept)) {
        json_object_set_new(trace, "kept", whole(kept.kept));
        json_object_set_new(trace, "given_up", whole(kept.given_up));
    }
    json_object_set_new(root, "trace", trace);

    return page_of_json(root, 9);
}
