#include "view/hint.h"
#include "view/locks.h"

#include "base/text.h"

// What the lock costs: updates in a second with it and without it, of this run's own time.

enum { LABEL_W = 5, SPAN_W = 9, MADE_W = 19, RATE_W = 15, BAR_W_MIN = 10, TEXT_MAX = 200 };

// From such a part of the lanes' time on, waiting for the ledger blurs what the lock costs.
#define HELD_SHARE 0.02

static void draw_phase(const struct session_lock_phase *phase, const char *label, double most,
                       struct area area)
{
    char text[48], number[28];
    double per_s;
    bool is_known = session_lock_rate(phase, &per_s);
    draw_text(area, 1, 0, ROLE_TEXT, label);
    if (phase->span_ns == 0) {
        draw_right(area, LABEL_W + SPAN_W, 0, ROLE_DIM, "-");
        return;
    }
    draw_right(area, LABEL_W + SPAN_W, 0, ROLE_TEXT, text_duration(text, phase->span_ns));
    text_format(text, sizeof(text), "%s updates",
                scene_number(number, (int64_t)phase->updates, 10));
    draw_right(area, LABEL_W + SPAN_W + MADE_W, 0, ROLE_TEXT, text);
    if (!is_known)
        return;
    text_format(text, sizeof(text), "%s /s", scene_number(number, (int64_t)per_s, 11));
    draw_right(area, LABEL_W + SPAN_W + MADE_W + RATE_W, 0, ROLE_TITLE, text);
    int x = LABEL_W + SPAN_W + MADE_W + RATE_W + 2, bar_w = area.w - x - 1;
    if (bar_w < BAR_W_MIN || most <= 0)
        return;
    int filled = (int)(per_s / most * bar_w + 0.5);
    draw_run(area, x, 0, filled > 0 ? filled : 1, ROLE_RUNNING, GLYPH_EIGHTH_6);
}

// What keeps the present from counting, or what to do for the figure that is missing.
static const char *hint(const struct locks_scene *locks, bool has_on, bool has_off)
{
    bool is_on = locks->scene->view->lock_wanted;
    bool has_this = is_on ? has_on : has_off, has_other = is_on ? has_off : has_on;
    switch (locks->cost.meter) {
    case METER_COUNTS:
        return !has_this             ? "measuring ..."
               : !has_other && is_on ? "{lock} takes the lock away, for the other figure"
               : !has_other          ? "{lock} brings the lock back, for the other figure"
                                     : "";
    case METER_NO_LOCK:
        return "there is no lock that {lock} could switch";
    case METER_NO_UPDATES:
        return "nothing is shared, so there are no updates to count";
    case METER_MODELLED:
        return "a model has no speed: {simulate} runs real lanes";
    case METER_SEQUENTIAL:
        return "one lane at a time, nobody contends: {mode} starts them together";
    case METER_ENDED:
        return has_on || has_off
                   ? "the run has ended: {restart} runs it again, {lock} switches while it runs"
                   : "too short to measure: --set makes it longer, at native speed";
    case METER_PAUSED:
        return "paused: {pause} goes on";
    case METER_PACED:
        return "at a pace the pace would be measured: {native} for native speed";
    case METER_TURNING:
        return "the lock is being switched";
    case METER_EXPLORES:
        return "not measured while every interleaving is tried beside the run";
    case METER_ARRANGES:
        return "not measured while a loss is arranged";
    case METER_DEADLOCK:
        return "a deadlock: nothing is made any more";
    case METER_LANES:
        return "measured only while every lane runs";
    }
    return "";
}

static const char *result_text(double on, double off, char *out, size_t size)
{
    double ratio = off / on;
    if (on <= 0 || off <= 0)
        text_format(out, size, "nothing was made in one of them");
    else if (ratio >= 1.05)
        text_format(out, size, "without the lock %.2f times as many in a second", ratio);
    else if (ratio <= 1 / 1.05)
        text_format(out, size, "with the lock %.2f times as many in a second", 1 / ratio);
    else
        text_format(out, size, "as many in a second with the lock as without, within 5 %%");
    return out;
}

// The part of the lanes' time in which they waited for the ledger.
static double held_share(const struct locks_scene *locks, const struct session_lock_phase *phase)
{
    double all = (double)phase->span_ns * (double)(locks->scene->view->n_lanes - 1);
    return all > 0 ? (double)phase->held_ns / all : 0;
}

static void share_text(double share, bool is_known, char out[16])
{
    text_format(out, 16, "%s", "-");
    if (is_known)
        text_format(out, 16, "%.0f %%", 100 * share);
}

// With a ledger the lanes may have waited for that instead: then its speed is what was measured.
static bool is_held_back(const struct locks_scene *locks, char *out, size_t size)
{
    const struct session_lock_cost *cost = &locks->cost;
    double on = held_share(locks, &cost->on), off = held_share(locks, &cost->off);
    char on_text[16], off_text[16];
    share_text(on, cost->on.span_ns > 0, on_text);
    share_text(off, cost->off.span_ns > 0, off_text);
    text_format(out, size, "held back by the ledger: on %s, off %s", on_text, off_text);
    return on >= HELD_SHARE || off >= HELD_SHARE;
}

void locks_cost_draw(const struct locks_scene *locks, struct area area)
{
    const struct session_lock_cost *cost = &locks->cost;
    char text[TEXT_MAX];
    double on, off;
    if (area.h < 2)
        return;
    bool has_on = session_lock_rate(&cost->on, &on), has_off = session_lock_rate(&cost->off, &off);
    struct area below = panel_heading(area, "what the lock costs", ROLE_DIM, "while all lanes ran");
    double most = on > off ? on : off;
    draw_phase(&cost->on, "on", most, area_part(below, 0, 0, below.w, 1));
    draw_phase(&cost->off, "off", most, area_part(below, 0, 1, below.w, 1));
    bool is_held = is_held_back(locks, text, sizeof(text));
    if (is_held)
        draw_text_cut(below, 1, 3, below.w - 2, ROLE_GAP, text);
    if (!has_on || !has_off)
        hint_draw(below, 1, 2, below.w - 2, ROLE_DIM, locks->scene->keymap,
                  hint(locks, has_on, has_off));
    else if (is_held)
        draw_text_cut(below, 1, 2, below.w - 2, ROLE_TITLE,
                      "the ledger blurs the ratio: --bare runs without");
    else
        draw_text_cut(below, 1, 2, below.w - 2, ROLE_TITLE,
                      result_text(on, off, text, sizeof(text)));
}
