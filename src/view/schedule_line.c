#include "view/hint.h"
#include "view/scene.h"

#include "base/text.h"

#include <string.h>

// The end of the schedule of a simulated run, as turns: "... B2 A27 B3", as much as fits.

struct turn {
    size_t lane, times;
};

// The turn that ends before step `end`.
static struct turn turn_before(const struct session_view *view, size_t end)
{
    struct turn turn = {.lane = view->schedule[end - 1]};
    while (turn.times < end && view->schedule[end - 1 - turn.times] == turn.lane)
        turn.times++;
    return turn;
}

static int turn_columns(const struct scene *scene, struct turn turn)
{
    char times[24];
    return (int)text_columns(lane_name(scene, turn.lane)) +
           (int)text_format(times, sizeof(times), " %zu  ", turn.times);
}

static int draw_turn(const struct scene *scene, struct area area, int x, struct turn turn)
{
    x = draw_text(area, x, 0, lane_role(turn.lane), lane_name(scene, turn.lane));
    return draw_textf(area, x, 0, ROLE_TEXT, " %zu  ", turn.times);
}

void schedule_draw(const struct scene *scene, struct area area)
{
    enum { TURNS_MAX = 64 };
    static const char nothing[] =
        "no step yet: {step} steps, 1 to 9 choose the lane, {pause} plays";
    const struct session_view *view = scene->view;
    struct turn turns[TURNS_MAX];
    size_t n = 0, end = view->n_steps;
    int x = draw_text(area, 1, 0, ROLE_DIM, "steps: ");
    if (end == 0) {
        hint_draw(area, 1, 0, area.w - 2, ROLE_DIM, scene->keymap, nothing);
        return;
    }
    int room = area.w - 2 - x - 4;
    while (end > 0 && n < TURNS_MAX) {
        struct turn turn = turn_before(view, end);
        room -= turn_columns(scene, turn);
        if (room < 0)
            break;
        turns[n++] = turn;
        end -= turn.times;
    }
    if (end > 0)
        x = draw_text(area, x, 0, ROLE_DIM, "... ");
    while (n > 0)
        x = draw_turn(scene, area, x, turns[--n]);
}
