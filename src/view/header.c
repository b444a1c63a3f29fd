#include "view/scene.h"

#include "base/clock.h"
#include "base/text.h"

#include <string.h>

// The header: what runs, how, and the badge of the lock, each in its own fixed columns.

static void pace_text(char *out, size_t size, uint64_t pace_ns)
{
    char pace[16];
    if (pace_ns == 0)
        text_format(out, size, "native speed");
    else
        text_format(out, size, "%s/op", text_duration(pace, pace_ns));
}

// "0:12.4"; a run of less than a second is told in milliseconds.
static void clock_text(const struct session_view *view, char *out, size_t size)
{
    uint64_t t = view->now_ns;
    if (t < NS_PER_S / 10 && view->pace_ns == 0)
        text_format(out, size, "%llu.%02llu ms", (unsigned long long)(t / NS_PER_MS),
                    (unsigned long long)(t % NS_PER_MS / (NS_PER_MS / 100)));
    else if (t < NS_PER_S && view->pace_ns == 0)
        text_format(out, size, "%llu.%llu ms", (unsigned long long)(t / NS_PER_MS),
                    (unsigned long long)(t % NS_PER_MS / (NS_PER_MS / 10)));
    else
        text_format(out, size, "%llu:%02llu.%llu", (unsigned long long)(t / NS_PER_S / 60),
                    (unsigned long long)(t / NS_PER_S % 60),
                    (unsigned long long)(t % NS_PER_S / (NS_PER_S / 10)));
}

static void draw_clock(const struct session_view *view, struct area area, int x_end)
{
    char clock[24], text[40];
    clock_text(view, clock, sizeof(clock));
    // Nothing moves any more, so its time is nothing to look at.
    if (view->is_deadlocked && !view->is_ended) {
        draw_right(area, x_end, 0, ROLE_BROKEN, " deadlock ");
        return;
    }
    bool is_still = view->is_paused || view->is_ended;
    const char *state = view->is_saved    ? "saved"
                        : view->is_ended  ? "ended"
                        : view->is_paused ? "||"
                                          : "";
    text_format(text, sizeof(text), " %s %s ", state, clock);
    enum role role = is_still ? ROLE_BAR_STILL : ROLE_BAR_LIVE;
    int x = draw_right(area, x_end, 0, role, text);
    if (!is_still)
        draw_glyph(area, x, 0, role, GLYPH_MARK_START);
}

enum { LOCK_W = 10 };

const char *scene_lock_badge(const struct session_view *view, char out[48], enum role *role)
{
    switch (view->lock) {
    case SWITCH_NONE:
        return NULL;
    case SWITCH_ON:
        *role = ROLE_LOCK_ON;
        text_format(out, 48, " LOCK ON  ");
        break;
    case SWITCH_OFF:
        *role = ROLE_LOCK_OFF;
        text_format(out, 48, " LOCK OFF ");
        break;
    case SWITCH_TURNING:
        *role = ROLE_LOCK_TURNING;
        text_format(out, 48, " LOCK %zu/%zu ", view->lock_acknowledged, view->lock_lanes);
        if (strlen(out) > LOCK_W)
            text_format(out, 48, " %zu/%zu ", view->lock_acknowledged, view->lock_lanes);
        break;
    }
    return out;
}

// Returns the column it begins at. Of the same width up to a thousand lanes, so that nothing beside
// it moves.
static int draw_lock(const struct session_view *view, struct area area, int x_end)
{
    char text[48];
    enum role role;
    if (!scene_lock_badge(view, text, &role))
        return x_end;
    int x = draw_right(area, x_end, 0, role, text);
    return x < x_end - LOCK_W ? x : x_end - LOCK_W;
}

static const char *title_of(const struct scene *scene)
{
    const struct program *prog = scene->view->prog;
    if (scene->title)
        return scene->title;
    return !prog ? "" : prog->title[0] != '\0' ? prog->title : prog->name;
}

// "threads x2", and of processes which memory they have where there is something to share and room
// for it: on a narrow screen only beside the whole title.
static void mode_text(const struct scene *scene, int w, int room, char *out, size_t size)
{
    enum { WIDE = 100 };
    const struct session_view *view = scene->view;
    bool is_pool = view->prog && view->prog->pool.n_items > 0;
    bool is_plain = !view->prog || !program_uses_processes(view->prog);
    size_t len = text_format(out, size, "%s \xc3\x97%zu",
                             is_pool ? mode_names[MODE_POOL] : mode_names[view->mode],
                             view->n_lanes > 0 ? view->n_lanes - 1 : 0);
    if (is_pool && is_plain)
        text_format(out + len, size - len, ", threads");
    else if (!is_plain && scene->has_cell)
        text_format(out + len, size - len, ", %s memory", view->is_private ? "own" : "shared");
    if (w < WIDE && (int)(text_columns(out) + text_columns(title_of(scene))) > room)
        out[len] = '\0';
}

// "GIL 3.10 A 198/s": who holds it, and how often it changes hands, which on a narrow screen must
// not cut the title. In columns of its own, as the holder changes all the time.
static int draw_gil(const struct scene *scene, struct area area, int x_end)
{
    enum { WIDE = 100, NAME_W = 6, RATE_W = 6, MARGINS_W = 3 };
    const struct session_view *view = scene->view;
    int w = (int)strlen(" GIL 3.10 ") + NAME_W;
    bool has_rate =
        area.w >= WIDE || x_end - w - RATE_W - MARGINS_W >= (int)text_columns(title_of(scene));
    w += has_rate ? RATE_W : 0;
    int x = x_end - w;
    bool is_held = view->gil_holder < view->n_lanes;
    draw_fill(area_part(area, x, 0, w, 1), ROLE_BADGE);
    int at = draw_textf(area, x, 0, ROLE_BADGE, " GIL %s ", gil_names[view->gil]);
    if (is_held && !view->is_ended)
        draw_text_cut(area, at, 0, NAME_W, ROLE_BADGE, view->lanes[view->gil_holder].name);
    char rate[24];
    text_format(rate, sizeof(rate), "%llu/s ", (unsigned long long)view->gil_rate);
    if (has_rate && (int)strlen(rate) <= RATE_W)
        draw_right(area, x_end, 0, ROLE_BADGE, rate);
    return x - 1;
}

// "MODEL 12 of 20": no real lanes, which is said on every screen, and how far its steps have come.
static int draw_simulated(const struct session_view *view, struct area area, int x_end)
{
    enum { SIMULATED_W = 18, STEPS_FROM_W = 70 };
    char text[64];
    if (area.w < STEPS_FROM_W)
        return draw_right(area, x_end, 0, ROLE_BADGE, " MODEL ") - 1;
    if (view->n_known_steps > view->n_steps)
        text_format(text, sizeof(text), " MODEL %zu of %zu ", view->n_steps, view->n_known_steps);
    else
        text_format(text, sizeof(text), " MODEL step %zu ", view->n_steps);
    int w = (int)strlen(text) > SIMULATED_W ? (int)strlen(text) : SIMULATED_W;
    draw_fill(area_part(area, x_end - w, 0, w, 1), ROLE_BADGE);
    draw_text(area, x_end - w, 0, ROLE_BADGE, text);
    return x_end - w - 1;
}

static int draw_facts(const struct scene *scene, struct area area, int x_end)
{
    const struct session_view *view = scene->view;
    char text[64];
    // The pace delays ops on shared cells; without one there is none to tell of.
    bool has_badge = view->is_simulated || (view->gil != GIL_OFF && area.w >= 70);
    enum { LESSON_W = 16, LESSON_FROM_W = 60 };
    bool has_lesson = scene->lesson[0] != '\0' && area.w >= LESSON_FROM_W;
    if (has_lesson) {
        draw_right(area, x_end - 1, 0, ROLE_BAR_TITLE, scene->lesson);
        x_end -= LESSON_W;
    }
    // Whoever presents has said it, where there is not room for both.
    if (area.w >= (has_badge || has_lesson ? 100 : 70) && scene->has_cell) {
        pace_text(text, sizeof(text), view->pace_ns);
        draw_text(area, x_end - 13, 0, ROLE_BAR, text);
        x_end -= 14;
    }
    x_end = draw_lock(view, area, x_end) - 1;
    if (area.w >= 110 && view->lock != SWITCH_NONE) {
        text_format(text, sizeof(text), "%s", view->lock_kind ? view->lock_kind : "");
        x_end = draw_right(area, x_end, 0, ROLE_BAR, text) - 2;
    }
    if (view->is_simulated && has_badge)
        x_end = draw_simulated(view, area, x_end);
    else if (has_badge)
        x_end = draw_gil(scene, area, x_end);
    // One more badge is enough on a narrow screen.
    if (area.w >= (has_badge ? 96 : 56)) {
        mode_text(scene, area.w, x_end - 3, text, sizeof(text));
        x_end = draw_right(area, x_end, 0, ROLE_BAR, text) - 1;
    }
    return x_end;
}

int record_sign_draw(struct area bar, bool is_recording)
{
    if (!is_recording)
        return 0;
    int x = draw_text(bar, 0, 0, ROLE_RECORD, " ");
    x = draw_glyph(bar, x, 0, ROLE_RECORD, GLYPH_RECORD);
    return draw_text(bar, x, 0, ROLE_RECORD, " REC ");
}

void header_draw(const struct scene *scene, struct area area)
{
    const struct session_view *view = scene->view;
    draw_fill(area, ROLE_BAR);
    enum { CLOCK_W = 16 };
    draw_clock(view, area, area.w);
    static const char name[] = "racelane";
    const char *title = title_of(scene);
    int x_end = draw_facts(scene, area, area.w - CLOCK_W);
    int x = 1 + record_sign_draw(area, scene->is_recording);
    bool has_name = area.w >= 96 && x_end - x - (int)strlen(name) - 2 >= (int)text_columns(title);
    if (has_name)
        x = draw_text(area, x, 0, ROLE_BAR_TITLE, name) + 2;
    draw_text_cut(area, x, 0, x_end - x, has_name ? ROLE_BAR : ROLE_BAR_TITLE, title);
}
