#include "view/command.h"
#include "view/scene.h"

#include "base/text.h"

#include <string.h>

// The two lines at the foot: what there is to say, and the keys.

// "counter == lanes * N: does not hold (198533, expected 200000)"
static void draw_claim(const struct scene *scene, struct area area,
                       const struct session_claim *claim)
{
    struct counter_facts facts = scene_counter(scene);
    enum role role = claim->holds ? ROLE_HOLDING : ROLE_LOST;
    int x = draw_textf(area, 1, 0, ROLE_TITLE, "%s: ", claim->text);
    x = draw_text(area, x, 0, role, claim->holds ? "holds" : "does not hold");
    if (claim->is_always && !claim->holds) {
        char time[24];
        draw_textf(area, x, 0, ROLE_TEXT, " since %s, by %s (%lld)",
                   scene_time(time, scene, claim->broken_ns), lane_name(scene, claim->broken_lane),
                   (long long)claim->broken_value);
    } else if (scene->has_cell && claim->holds) {
        draw_textf(area, x, 0, ROLE_TEXT, " (%lld)", (long long)facts.value);
    } else if (scene->has_cell && facts.has_ledger) {
        draw_textf(area, x, 0, ROLE_TEXT, " (%lld, expected %lld)", (long long)facts.value,
                   (long long)facts.expected);
    }
}

// The claim that is worth the line: a broken one before one that holds.
static const struct session_claim *claim_to_show(const struct session_view *view)
{
    const struct session_claim *found = NULL;
    for (size_t i = 0; i < view->n_claims; i++) {
        const struct session_claim *claim = &view->claims[i];
        if (claim->is_always ? !claim->holds : claim->is_judged && view->is_ended) {
            if (!claim->holds)
                return claim;
            if (!found)
                found = claim;
        }
    }
    return found;
}

// Nothing was lost though nothing prevented it: then say why, lest somebody learns that no lock is
// needed. Returns the column after it, 0 when there was no luck in it.
static int draw_luck(const struct scene *scene, struct area area)
{
    const struct session_view *view = scene->view;
    if (!view->is_ended || view->is_bare || !scene->has_cell || view->n_lanes < 3 ||
        !view->ledger || scene_counter(scene).lost > 0)
        return 0;
    uint64_t open =
        ledger_tally(view->ledger, PHASE_OFF).made + ledger_tally(view->ledger, PHASE_NONE).made;
    if (open == 0)
        return 0;
    if (view->overlap_ns == 0)
        return draw_text(area, 1, 0, ROLE_BLOCKED,
                         "nothing was lost, because the lanes did not overlap");
    char overlap[16];
    return draw_textf(area, 1, 0, ROLE_BLOCKED,
                      "nothing was lost this time; the lanes ran at once for %s",
                      text_duration(overlap, view->overlap_ns));
}

static void draw_verdict(const struct scene *scene, struct area area)
{
    const struct session_claim *claim = claim_to_show(scene->view);
    int x = draw_luck(scene, area);
    int room = area.w - x - 2;
    if (claim && (x == 0 || room > (int)text_columns(claim->text) + 20))
        draw_claim(scene, area_part(area, x ? x + 1 : 0, 0, room + 2, 1), claim);
}

// What the picture does not show, in words; nothing when it shows all.
static void honest_text(const struct session_view *view, char *out, size_t size)
{
    char held[16];
    out[0] = '\0';
    if (view->dropped > 0)
        text_format(out, size, "+%llu events hidden", (unsigned long long)view->dropped);
    if (view->held_ns > 0) {
        size_t len = strlen(out);
        text_format(out + len, size - len, "%srun held for %s", len ? ", " : "",
                    text_duration(held, view->held_ns));
    }
}

// How far the switch of the lock has come.
static void draw_toast(const struct scene *scene, struct area area)
{
    int x = draw_textf(area, 1, 0, ROLE_TOAST, "%s", scene->toast);
    if (scene->toast_is_of_lock)
        draw_textf(area, x, 0, ROLE_TOAST, ": acknowledged by %zu of %zu",
                   scene->view->lock_acknowledged, scene->view->lock_lanes);
}

// The first reason that is known of a lane that failed.
static const struct session_lane *failed_lane(const struct session_view *view)
{
    for (size_t lane = 0; lane < view->n_lanes; lane++)
        if (view->lanes[lane].failure[0] != '\0')
            return &view->lanes[lane];
    return NULL;
}

void message_draw(const struct scene *scene, struct area area)
{
    const struct session_view *view = scene->view;
    char note[96];
    honest_text(view, note, sizeof(note));
    int note_w = (int)text_columns(note);
    struct area left = area_part(area, 0, 0, note_w ? area.w - note_w - 2 : area.w, 1);
    draw_right(area, area.w - 1, 0, ROLE_GAP, note);
    const struct session_lane *failed = failed_lane(view);
    if (scene->toast[0] != '\0')
        draw_toast(scene, left);
    else if (view->trouble)
        draw_textf(left, 1, 0, ROLE_FAILED, "%s", view->trouble);
    else if (failed)
        draw_textf(left, 1, 0, ROLE_FAILED, "%s failed: %s", failed->name, failed->failure);
    else
        draw_verdict(scene, left);
}

// How many columns a key takes in the bottom line; 0 when it has no place there.
static int key_columns(enum command command)
{
    char key[16];
    const char *label = command_table[command].label;
    if (label[0] == '\0' || !command_key(command, 0, key))
        return 0;
    return (int)(text_columns(key) + text_columns(label)) + 4;
}

static int draw_key(struct area area, int x, enum command command)
{
    char key[16];
    x = draw_textf(area, x, 0, ROLE_KEY, " %s ", command_key(command, 0, key));
    return draw_textf(area, x, 0, ROLE_BAR, " %s ", command_table[command].label);
}

void keys_draw(struct area area)
{
    draw_fill(area, ROLE_BAR);
    // Help and quit keep their place; the others fill what is left, in the order of the table.
    bool has_quit = area.w >= 50;
    int end = area.w - key_columns(COMMAND_HELP) - (has_quit ? key_columns(COMMAND_QUIT) : 0);
    int x = 0;
    for (int i = 1; i < COMMAND_COUNT; i++) {
        enum command command = (enum command)i;
        int columns = key_columns(command);
        bool is_kept = command == COMMAND_HELP || command == COMMAND_QUIT;
        if (columns == 0 || is_kept || x + columns > end)
            continue;
        x = draw_key(area, x, command);
    }
    x = draw_key(area, end, COMMAND_HELP);
    if (has_quit)
        draw_key(area, x, COMMAND_QUIT);
}
