#include "view/command.h"
#include "view/lane_words.h"
#include "view/scene.h"

#include "base/text.h"

#include <string.h>

// The two lines at the foot: what there is to say, and the keys.

// The claim that is worth the line: a broken one before one that holds. NULL when there is nothing
// to say yet.
static const struct session_claim *claim_to_show(const struct session_view *view)
{
    const struct session_claim *found = NULL;
    for (size_t i = 0; i < view->n_claims; i++) {
        const struct session_claim *claim = &view->claims[i];
        bool is_known = claim->is_judged && ((claim->is_always && !claim->holds) || view->is_ended);
        if (!is_known)
            continue;
        if (!claim->holds)
            return claim;
        if (!found)
            found = claim;
    }
    return found;
}

// Nothing was lost though nothing prevented it: that must be said, lest somebody learns that no
// lock is needed.
static bool is_luck(const struct scene *scene)
{
    const struct session_view *view = scene->view;
    if (!view->is_ended || view->is_bare || view->is_private || !scene->has_cell ||
        view->n_lanes < 3 || !view->ledger || scene_counter(scene).lost > 0)
        return false;
    return ledger_tally(view->ledger, PHASE_OFF).made +
               ledger_tally(view->ledger, PHASE_NONE).made >
           0;
}

const char *scene_verdict(const struct scene *scene, enum role *role)
{
    const struct session_claim *claim = claim_to_show(scene->view);
    bool holds = claim && claim->holds;
    *role = !holds ? ROLE_BROKEN : is_luck(scene) ? ROLE_LUCK : ROLE_HOLDS;
    if (!claim)
        return "";
    if (*role == ROLE_LUCK)
        return "holds by luck";
    return holds ? "holds" : claim->is_always ? "broken" : "does not hold";
}

// "always balance >= 0: broken at 6.4 s by B: -80"; without the time where it finds no room.
static void broken_text(const struct scene *scene, const struct session_claim *claim, char *out,
                        size_t size, int columns)
{
    char time[24], number[28], value[32] = "";
    if (!claim->is_placed) {
        text_format(out, size, "always %s: broken", claim->text);
        return;
    }
    const char *lane = lane_name(scene, claim->broken_lane);
    if (claim->has_value)
        text_format(value, sizeof value, ": %s", text_grouped(number, claim->broken_value));
    text_format(out, size, "always %s: broken at %s by %s%s", claim->text,
                scene_time(time, scene, claim->broken_ns), lane, value);
    if ((int)text_columns(out) > columns)
        text_format(out, size, "%s: broken by %s%s", claim->text, lane, value);
    if ((int)text_columns(out) > columns)
        text_format(out, size, "%s: broken by %s", claim->text, lane);
}

// "counter == lanes * N: does not hold (198,533, expected 200,000)"; without the numbers where they
// find no room, or where it is not about one of them.
static void judged_text(const struct scene *scene, const struct session_claim *claim, char *out,
                        size_t size, int columns)
{
    struct counter_facts facts = scene_counter(scene);
    char value[28], expected[28];
    text_grouped(value, facts.value);
    text_grouped(expected, facts.expected);
    size_t len = text_format(out, size, "%s%s: %s", claim->is_always ? "always " : "", claim->text,
                             claim->holds ? "holds" : "does not hold");
    if (!scene->has_cell || scene->view->prog->n_cells > 1)
        return;
    if (claim->holds || !facts.has_ledger)
        text_format(out + len, size - len, " (%s)", value);
    else
        text_format(out + len, size - len, " (%s, expected %s)", value, expected);
    if ((int)text_columns(out) > columns)
        out[len] = '\0';
}

// "counter == lanes * N: holds by luck; the lanes ran at once for 12.3 ms"; without how long where
// that finds no room.
static void luck_text(const struct session_view *view, const struct session_claim *claim, char *out,
                      size_t size, int columns)
{
    char overlap[16];
    text_duration(overlap, view->overlap_ns);
    const char *about = claim ? claim->text : "nothing was lost";
    const char *verb = claim ? ": holds" : "";
    size_t len = text_format(out, size, "%s%s", about, verb);
    if (view->overlap_ns == 0)
        text_format(out + len, size - len, " only because the lanes did not overlap");
    else
        text_format(out + len, size - len, " by luck; the lanes ran at once for %s", overlap);
    if ((int)text_columns(out) > columns)
        text_format(out + len, size - len, " by luck");
}

// What the scenario's claims and luck come to; "" for nothing.
static void verdict_text(const struct scene *scene, char *out, size_t size, int columns)
{
    const struct session_claim *claim = claim_to_show(scene->view);
    out[0] = '\0';
    if (is_luck(scene) && (!claim || claim->holds))
        luck_text(scene->view, claim, out, size, columns);
    else if (claim && claim->is_always && !claim->holds)
        broken_text(scene, claim, out, size, columns);
    else if (claim)
        judged_text(scene, claim, out, size, columns);
}

// Adds to what there is, where it fits. Returns whether it did.
static bool add_words(char *text, size_t size, int columns, const char *more)
{
    size_t len = strlen(text);
    int room = columns - (int)text_columns(text) - (len > 0 ? 2 : 0);
    if (more[0] == '\0' || (len > 0 && (int)text_columns(more) > room))
        return false;
    text_format(text + len, size - len, "%s%s", len > 0 ? "; " : "", more);
    return true;
}

// Why main's counter is what it was, though everybody has counted.
static void add_private(const struct scene *scene, char *text, size_t size, int columns)
{
    const struct session_view *view = scene->view;
    size_t n = 0;
    const char *who = "each process";
    for (size_t lane = 1; lane < view->n_lanes; lane++)
        n += view->lanes[lane].updates > 0;
    if (!view->is_private || !view->is_ended || !scene->has_cell || n == 0)
        return;
    for (size_t lane = 1; lane < view->n_lanes && n == 1; lane++)
        if (view->lanes[lane].updates > 0)
            who = view->lanes[lane].name;
    char name[48], number[28], more[160];
    int64_t value = view->cells[scene->cell];
    bool is_still = value == program_cell_initial(view->prog, scene->cell);
    text_format(more, sizeof(more), "%s changed its own copy of %s; main's is %s%s", who,
                program_cell_name(view->prog, scene->cell, name), is_still ? "still " : "",
                text_grouped(number, value));
    if (add_words(text, size, columns, more))
        return;
    text_format(more, sizeof(more), "%s changed its own copy", who);
    add_words(text, size, columns, more);
}

// A badge as wide as the screen, for the last row of a hall: first what the run has come to, then
// why.
static void draw_verdict(const struct scene *scene, struct area area)
{
    char text[256], death[160];
    enum role role = ROLE_BADGE;
    int columns = area.w - 2;
    verdict_text(scene, text, sizeof(text), columns);
    bool has_verdict = text[0] != '\0';
    if (has_verdict)
        scene_verdict(scene, &role);
    if (is_luck(scene) && !claim_to_show(scene->view))
        role = ROLE_LUCK;
    add_private(scene, text, sizeof(text), columns);
    int room = columns - (int)text_columns(text) - 2;
    death_words(scene, room, death, sizeof(death));
    if (text[0] != '\0')
        add_words(text, sizeof(text), columns, death);
    if (text[0] == '\0')
        return;
    draw_fill(area, role);
    draw_text_cut(area, 1, 0, columns, role, text);
}

void scene_honesty(const struct scene *scene, char *out, size_t size)
{
    const struct session_view *view = scene->view;
    char number[28], held[16];
    size_t len = 0;
    out[0] = '\0';
    if (view->timeline && timeline_has_unreadable(view->timeline))
        len = text_format(out, size, "some events cannot be read");
    else if (view->dropped > 0)
        len = text_format(out, size, "+%s events hidden",
                          text_grouped(number, (int64_t)view->dropped));
    uint64_t detail_ns = view->timeline ? scene_detail_from(scene) : 0;
    char time[24];
    if (detail_ns > 0)
        len += text_format(out + len, size - len, "%ssums only before %s", len ? ", " : "",
                           scene_time(time, scene, detail_ns));
    if (view->held_ns > 0)
        text_format(out + len, size - len, "%slanes waited %s in all for the ledger",
                    len ? ", " : "", text_duration(held, view->held_ns));
}

// The first reason that is known of a lane that failed.
static const struct session_lane *failed_lane(const struct session_view *view)
{
    for (size_t lane = 0; lane < view->n_lanes; lane++)
        if (view->lanes[lane].failure[0] != '\0')
            return &view->lanes[lane];
    return NULL;
}

// Whether there is a verdict, which says of a death what there is room for.
static bool has_last_word(const struct session_view *view)
{
    return view->is_ended && (claim_to_show(view) || view->is_private);
}

static void draw_death(const struct scene *scene, struct area area)
{
    char text[256];
    death_sentence(scene, area.w - 2, text, sizeof(text));
    draw_text_cut(area, 1, 0, area.w - 2, ROLE_FAILED, text);
}

// Of a deadlock's sentence as many lanes as find room: each has its own part.
static void draw_trouble(const struct session_view *view, struct area area)
{
    char text[256];
    text_format(text, sizeof(text), "%s", view->trouble);
    char *part = NULL;
    while (view->is_deadlocked && (int)text_columns(text) > area.w - 2 &&
           (part = strrchr(text, ';')))
        *part = '\0';
    draw_text_cut(area, 1, 0, area.w - 2, ROLE_FAILED, text);
}

void message_draw(const struct scene *scene, struct area area, const char *note)
{
    const struct session_view *view = scene->view;
    const struct session_lane *failed = failed_lane(view);
    if (scene->toast[0] != '\0')
        draw_text_cut(area, 1, 0, area.w - 2, ROLE_TOAST, scene->toast);
    else if (view->trouble)
        draw_trouble(view, area);
    else if (view->save_trouble)
        draw_text_cut(area, 1, 0, area.w - 2, ROLE_FAILED, view->save_trouble);
    else if (failed)
        draw_textf(area, 1, 0, ROLE_FAILED, "%s failed: %s", failed->name, failed->failure);
    else if (view->n_deaths > 0 && !has_last_word(view))
        draw_death(scene, area);
    else if (view->is_simulated && !view->is_ended)
        schedule_draw(scene, area);
    else
        draw_verdict(scene, area);
    // Only where nothing else is said.
    for (int x = 0; x < area.w && note[0] != '\0'; x++)
        if (frame_at(area.frame, area.x + x, area.y)->utf8[0] != ' ')
            return;
    draw_right(area, area.w - 1, 0, ROLE_GAP, note);
}

// Whether a command does something here and now.
static bool is_offered(const struct scene *scene, enum command command)
{
    const struct session_view *view = scene->view;
    bool is_told = !view->is_bare && view->ledger && scene_can_lose(scene);
    if (view->is_saved && command_changes_run(command))
        return false;
    switch (command_table[command].when) {
    case WHEN_ALWAYS:
        return true;
    case WHEN_RUN:
        return !view->is_ended;
    case WHEN_LOCK:
        return scene_has_lock(scene);
    case WHEN_PACE:
        return !view->is_ended && scene->has_cell;
    case WHEN_RACE:
        return !view->is_ended && is_told;
    case WHEN_LOSS:
        return !scene->is_orders && is_told &&
               (!view->is_ended || ledger_log_last(view->ledger) > 0);
    case WHEN_CELL:
        return !scene->is_orders && scene->has_cell;
    case WHEN_THREADS:
        return view->mode == MODE_THREADS;
    case WHEN_MEMORY:
        return scene->has_cell && program_uses_processes(view->prog);
    case WHEN_CROWD:
        return !scene->is_orders && scene->is_crowded;
    case WHEN_SIMULATED:
        return view->is_simulated;
    case WHEN_LANES:
        return !scene->is_orders;
    case WHEN_RESULTS:
        return scene->has_results;
    case WHEN_TREE:
        return scene->has_tree;
    case WHEN_KILL:
        return !scene->is_orders && scene->has_cursor && scene->cursor_lane > 0 &&
               scene->cursor_lane < view->n_lanes &&
               view->lanes[scene->cursor_lane].end_ns == UINT64_MAX && !view->is_ended;
    }
    return false;
}

// Whether the command undoes what it has done: pause goes on, the overview ends.
static bool goes_back(const struct scene *scene, enum command command)
{
    return command == COMMAND_DENSITY    ? scene->group > 0
           : command == COMMAND_SIMULATE ? scene->view->is_simulated
           : command == COMMAND_TREE     ? scene->in_tree
                                         : scene->view->is_paused;
}

// How many columns a key takes in the bottom line; 0 when it has no place there.
static int key_columns(const struct scene *scene, enum command command)
{
    char key[16], label[16];
    command_label(command, goes_back(scene, command), label);
    if (label[0] == '\0' || !keymap_key(scene->keymap, command, 0, key) ||
        !is_offered(scene, command))
        return 0;
    return (int)(text_columns(key) + text_columns(label)) + 4;
}

static int draw_key(const struct scene *scene, struct area area, int x, enum command command)
{
    char key[16], label[16];
    command_label(command, goes_back(scene, command), label);
    x = draw_textf(area, x, 0, ROLE_KEY, " %s ", keymap_key(scene->keymap, command, 0, key));
    return draw_textf(area, x, 0, ROLE_FOOT, " %s ", label);
}

void keys_draw(const struct scene *scene, struct area area)
{
    draw_fill(area, ROLE_FOOT);
    // Help and quit keep their place; the others fill what is left, in the order of the table.
    bool has_quit = area.w >= 50;
    int end = area.w - key_columns(scene, COMMAND_HELP) -
              (has_quit ? key_columns(scene, COMMAND_QUIT) : 0);
    int x = 0;
    for (int i = 1; i < COMMAND_COUNT; i++) {
        enum command command = (enum command)i;
        int columns = key_columns(scene, command);
        bool is_kept = command == COMMAND_HELP || command == COMMAND_QUIT;
        if (columns == 0 || is_kept || x + columns > end)
            continue;
        x = draw_key(scene, area, x, command);
    }
    x = draw_key(scene, area, end, COMMAND_HELP);
    if (has_quit)
        draw_key(scene, area, x, COMMAND_QUIT);
}
