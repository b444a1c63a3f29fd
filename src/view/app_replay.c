#include "view/app_replay.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "view/app_loss.h"
#include "view/app_moment.h"
#include "view/loss_words.h"
#include "view/moment.h"

#include <string.h>

// A loss in slow motion: no new run, the recorded ops one after the other.

enum {
    STEP_MS = 900,
    LAST_MS = 4000, // the picture stands at its end
    ROOM = 14,      // lines of the moment, however large the screen is
    AROUND = 2,     // lines before the first and after the last op of the loss
};

// The lines that are shown, one a step.
struct span {
    size_t from, to;
};

static struct span span_of(const struct moment_table *table)
{
    size_t last = table->n_lines - 1;
    struct span span = {
        .from = table->core_first > AROUND ? table->core_first - AROUND : 0,
        .to = table->core_last + AROUND < last ? table->core_last + AROUND : last,
    };
    return span;
}

static struct moment_table table_of(const struct session_view *view, struct event_place place)
{
    return moment_table_new(view, (struct moment_look){.place = place}, ROOM);
}

// The newest row that has been reached at a line: that of the line, or of the one before a fold.
static const struct moment_row *row_at(const struct moment_table *table, size_t line)
{
    while (line > 0 && table->lines[line].row == MOMENT_NO_ROW)
        line--;
    int row = table->lines[line].row;
    return &table->view.rows[row == MOMENT_NO_ROW ? 0 : row];
}

// --- the beginning and the end

// So that the stretch takes the most of the picture.
static void zoom_to(struct app *app, const struct sight *sight, uint64_t t0_ns, uint64_t t1_ns)
{
    uint64_t columns = (uint64_t)sight->scene.port.columns;
    app->zoom_mode = ZOOM_CHOSEN;
    app->follows = false;
    app->zoom = 0;
    while (app->zoom < ZOOM_LEVELS - 1 && (t1_ns - t0_ns) / zoom_ns(app->zoom) > columns * 3 / 4)
        app->zoom++;
    uint64_t margin_ns = columns / 8 * zoom_ns(app->zoom);
    app->left_ns = t0_ns > margin_ns ? t0_ns - margin_ns : 0;
}

static void begin(struct app *app, const struct sight *sight, struct event_place place)
{
    struct moment_table table = table_of(&sight->view, place);
    struct span span = span_of(&table);
    app->replay = (struct replay){.is_on = true,
                                  .place = place,
                                  .step = span.from,
                                  .zoom_mode = app->zoom_mode,
                                  .zoom = app->zoom,
                                  .follows = app->follows,
                                  .page = app->page,
                                  .left_ns = app->left_ns,
                                  .density = app->density};
    app->page = PAGE_LANES;
    app->density = DENSITY_OFF;
    zoom_to(app, sight, row_at(&table, span.from)->t_ns, row_at(&table, span.to)->t_ns);
    moment_table_free(&table);
}

bool replay_stop(struct app *app)
{
    const struct replay *replay = &app->replay;
    if (!replay->is_on)
        return false;
    app->zoom_mode = replay->zoom_mode;
    app->zoom = replay->zoom;
    app->follows = replay->follows;
    app->page = replay->page;
    app->left_ns = replay->left_ns;
    app->density = replay->density;
    app->replay.is_on = false;
    return true;
}

// The loss that is selected or that the moment shows, else the newest of the log.
static struct event_place place_to_replay(const struct app *app, const struct session_view *view)
{
    if (app->page == PAGE_MOMENT && event_is_kept(view, app->moment.place))
        return app->moment.place;
    if (event_is_kept(view, app->loss))
        return app->loss;
    const struct ledger_entry *entry =
        view->ledger ? ledger_log_at(view->ledger,
                                     app->selected ? app->selected : ledger_log_last(view->ledger))
                     : NULL;
    return entry && !view->is_bare ? loss_place(view, entry) : (struct event_place){0};
}

unsigned replay_toggle(struct app *app, int unused)
{
    (void)unused;
    struct sight sight;
    if (replay_stop(app))
        return REACT_REDRAW;
    if (app->is_help_open || app->page == PAGE_ORDERS || !app_look(app, &sight) ||
        !sight.view.timeline)
        return REACT_NONE;
    struct event_place place = place_to_replay(app, &sight.view);
    if (place.is_set)
        begin(app, &sight, place);
    else
        app_say(app, "no update has been lost that could be shown again");
    return REACT_REDRAW;
}

unsigned replay_tick(struct app *app, uint64_t now_ns)
{
    struct replay *replay = &app->replay;
    struct session_view view;
    if (!replay->is_on || now_ns < replay->next_ns)
        return REACT_NONE;
    if (!app_view(app, &view) || !event_is_kept(&view, replay->place)) {
        replay_stop(app);
        return REACT_REDRAW;
    }
    struct moment_table table = table_of(&view, replay->place);
    struct span span = span_of(&table);
    moment_table_free(&table);
    bool is_new = replay->next_ns == 0;
    if (!is_new && replay->step >= span.to) {
        replay_stop(app);
        return REACT_REDRAW;
    }
    replay->step += !is_new;
    bool is_last = replay->step >= span.to;
    replay->next_ns = now_ns + (uint64_t)(is_last ? LAST_MS : STEP_MS) * NS_PER_MS;
    return REACT_REDRAW;
}

// --- the picture at a step

// As the lane was after its event number `index`; UINT64_MAX: before its first.
static void set_lane(const struct session_view *view, struct session_lane *l, size_t lane,
                     uint64_t index, uint64_t t_ns)
{
    struct column column;
    timeline_column(view->timeline, lane, t_ns, t_ns + 1, &column);
    l->state = column.main_state;
    l->is_started = l->is_started && l->start_ns <= t_ns;
    l->end_ns = l->end_ns > t_ns ? UINT64_MAX : l->end_ns;
    l->waits_for = l->owner = l->item = EVENT_NO_OBJECT;
    l->sleep_from_ns = l->sleep_until_ns = 0;
    l->has_loaded = false;
    l->pc = (uint32_t)view->prog->n_ops;
    if (index == UINT64_MAX)
        return;
    const struct event *event = timeline_at(view->timeline, lane, index);
    l->pc = event->pc;
    l->has_loaded = event->kind == EVENT_LOAD && (event->flags & ACCESS_UPDATE);
    l->loaded = event->value;
}

static void set_lanes(const struct session_view *view, const struct moment_table *table,
                      const struct moment_row *here, struct session_lane *lanes)
{
    const struct timeline *tl = view->timeline;
    uint64_t *index = mem_array(view->n_lanes, sizeof *index);
    for (size_t lane = 0; lane < view->n_lanes; lane++) {
        uint64_t at = timeline_find(tl, lane, table->view.rows[0].t_ns);
        index[lane] = at > timeline_first(tl, lane) ? at - 1 : UINT64_MAX;
    }
    for (const struct moment_row *row = table->view.rows; row <= here; row++)
        index[row->event->lane] = row->index;
    for (size_t lane = 0; lane < view->n_lanes; lane++)
        set_lane(view, &lanes[lane], lane, index[lane], here->t_ns);
    mem_free(index);
}

static void make_words(const struct app *app, const struct session_view *view,
                       const struct moment_table *table, struct replay_frame *frame)
{
    const struct scene scene = {.view = view};
    size_t step = app->replay.step;
    const struct moment_line *line = &table->lines[step];
    char op[96], time[32], number[28];
    if (table->view.is_loss && step >= table->core_last) {
        const struct event *store = table->view.rows[table->view.middle].event;
        loss_sentence(&scene, &table->view, loss_entry(view, store), frame->words,
                      sizeof(frame->words));
        frame->is_loss = true;
        return;
    }
    if (line->row == MOMENT_NO_ROW) {
        text_format(frame->words, sizeof(frame->words), "slow motion: %s events in between",
                    text_grouped(number, (int64_t)line->folded));
        return;
    }
    const struct moment_row *row = &table->view.rows[line->row];
    const struct moment_row *zero = &table->view.rows[table->zero];
    uint64_t span_ns = table->view.rows[table->view.middle].t_ns - zero->t_ns;
    moment_op_text(&scene, row->event, 40, op, sizeof(op));
    text_format(frame->words, sizeof(frame->words), "slow motion: %s  %s  %s",
                moment_time(time, row->t_ns, zero->t_ns, span_ns),
                lane_name(&scene, row->event->lane), op);
}

bool replay_frame_make(const struct app *app, const struct session_view *view,
                       struct replay_frame *frame)
{
    *frame = (struct replay_frame){.view = *view};
    if (!app->replay.is_on || !event_is_kept(view, app->replay.place))
        return false;
    struct moment_table table = table_of(view, app->replay.place);
    if (app->replay.step < table.n_lines) {
        const struct moment_row *here = row_at(&table, app->replay.step);
        frame->lanes = mem_array(view->n_lanes, sizeof *frame->lanes);
        memcpy(frame->lanes, view->lanes, view->n_lanes * sizeof *frame->lanes);
        set_lanes(view, &table, here, frame->lanes);
        frame->view.lanes = frame->lanes;
        frame->view.now_ns = here->t_ns;
        // So that the source shows the ops: they are seen one by one here at any speed.
        frame->view.pace_ns = view->pace_ns ? view->pace_ns : 1;
        make_words(app, view, &table, frame);
    }
    moment_table_free(&table);
    return frame->lanes != NULL;
}

void replay_frame_free(struct replay_frame *frame)
{
    mem_free(frame->lanes);
}
