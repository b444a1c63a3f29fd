#include "view/hint.h"
#include "view/paragraph.h"
#include "view/scene.h"

#include "base/mem.h"
#include "base/text.h"

#include <string.h>

// The log of lost updates, newest first, one line each; under the selected one why it happened.

enum { EXPLANATION_ROWS = 2, LANE_W = 12 };

static const struct ledger_entry *entry_at(const struct scene *scene, uint64_t number)
{
    return ledger_log_at(scene->view->ledger, number);
}

static int number_width(uint64_t last)
{
    int width = 2;
    for (; last >= 10; last /= 10)
        width++;
    return width;
}

static void number_text(char out[28], int64_t number, bool is_grouped)
{
    if (is_grouped)
        text_grouped(out, number);
    else
        text_format(out, 28, "%lld", (long long)number);
}

// What the store did, in three pieces, so that the names between them have their colours.
struct sentence {
    char wrote[112]; // " wrote balance 1,680 over "
    char over[40];   // "'s 1,680"
};

static int sentence_columns(const struct sentence *sentence)
{
    return (int)(text_columns(sentence->wrote) + text_columns(sentence->over));
}

// As much as fits: with the variable's name where there are several, and with grouped numbers; then
// without words, then without numbers. A number that is cut would be another one.
static void make_sentence(const struct scene *scene, const struct ledger_entry *entry, int columns,
                          struct sentence *sentence)
{
    static const struct {
        bool is_named, is_grouped, has_verb, has_value, has_old;
    } ways[] = {
        {true, true, true, true, true},     {true, false, true, true, true},
        {false, true, true, true, true},    {false, false, true, true, true},
        {false, true, false, true, true},   {false, false, false, true, true},
        {false, true, true, false, true},   {false, false, false, false, true},
        {false, false, true, false, false},
    };
    bool has_names = scene->view->prog->n_cells > 1;
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        char cell[48] = "", value[28], old[28];
        if (has_names && ways[i].is_named)
            program_cell_name(scene->view->prog, entry->cell, cell);
        number_text(value, entry->value, ways[i].is_grouped);
        number_text(old, entry->old_value, ways[i].is_grouped);
        text_format(sentence->wrote, sizeof(sentence->wrote), " %s%s%s%s%sover ",
                    ways[i].has_verb ? "wrote " : "", cell, cell[0] != '\0' ? " " : "",
                    ways[i].has_value ? value : "", ways[i].has_value ? " " : "");
        bool is_initial = write_seq(entry->old) == 0;
        const char *whose = is_initial ? "the initial" : ways[i].has_old ? "'s" : "";
        text_format(sentence->over, sizeof(sentence->over), "%s%s%s", whose,
                    ways[i].has_old ? " " : "", ways[i].has_old ? old : "");
        if (sentence_columns(sentence) <= columns)
            return;
    }
}

static int name_columns(const struct scene *scene, size_t lane)
{
    int columns = (int)text_columns(lane_name(scene, lane));
    return columns < LANE_W ? columns : LANE_W;
}

// "#7 B wrote 26 over A's 26"
static void draw_entry(const struct scene *scene, struct area area, int y,
                       const struct ledger_entry *entry, int number_w, bool is_selected)
{
    enum role role = is_selected ? ROLE_TITLE : ROLE_TEXT;
    bool is_initial = write_seq(entry->old) == 0;
    char text[48], number[28];
    text_format(text, sizeof(text), "#%llu", (unsigned long long)entry->number);
    draw_right(area, 1 + number_w, y, is_selected ? ROLE_LOST : ROLE_LOST_QUIET, text);
    int room = area.w - 2 - number_w - name_columns(scene, entry->lane) -
               (is_initial ? 0 : name_columns(scene, entry->victim));
    struct sentence sentence;
    make_sentence(scene, entry, room, &sentence);
    int x = draw_text_cut(area, 2 + number_w, y, LANE_W, lane_role(entry->lane),
                          lane_name(scene, entry->lane));
    x = draw_text(area, x, y, role, sentence.wrote);
    if (!is_initial)
        x = draw_text_cut(area, x, y, LANE_W, lane_role(entry->victim),
                          lane_name(scene, entry->victim));
    x = draw_text(area, x, y, role, sentence.over);
    text_format(text, sizeof(text), "  %s lost", text_grouped(number, (int64_t)entry->overwritten));
    if (entry->overwritten > 1 && x + (int)strlen(text) < area.w)
        x = draw_text(area, x, y, ROLE_LOST_QUIET, text);
    char time[24];
    scene_time(time, scene, entry->t_ns);
    if (x + 2 + (int)strlen(time) < area.w)
        draw_right(area, area.w - 1, y, ROLE_DIM, time);
}

// Whether the overwritten write had been built on the very write that the culprit had loaded. The
// log knows: a write that was not built on the one before it has an entry of its own.
static bool had_loaded_the_same(const struct scene *scene, const struct ledger_entry *entry)
{
    enum { LOOK_BACK = 64 };
    for (uint64_t back = 1; back <= LOOK_BACK && back < entry->number; back++) {
        const struct ledger_entry *older = entry_at(scene, entry->number - back);
        if (!older)
            return false;
        if (older->id == entry->old)
            return older->loaded == entry->loaded;
    }
    return true;
}

// Why and what, as "both had loaded 25: A's +1 is gone".
struct reason {
    char why[64];
    char what[80];
};

// In ever fewer words, until it fits: a number that is cut would be a wrong one.
static void make_reason(const struct scene *scene, const struct ledger_entry *entry, int columns,
                        struct reason *reason)
{
    static const char *const verbs[] = {"had loaded", "loaded", NULL};
    int64_t amount = (int64_t)((uint64_t)entry->old_value - (uint64_t)entry->loaded_value);
    bool is_same = entry->overwritten == 1 && had_loaded_the_same(scene, entry);
    char loaded[28], number[28];
    text_grouped(loaded, entry->loaded_value);
    text_grouped(number, is_same ? amount : (int64_t)entry->overwritten);
    if (is_same)
        text_format(reason->what, sizeof(reason->what), "%s's %s%s is gone",
                    lane_name(scene, entry->victim), amount < 0 ? "" : "+", number);
    else
        text_format(reason->what, sizeof(reason->what), "%s %s gone", number,
                    entry->overwritten == 1 ? "update" : "updates");
    // Seldom: the victim's name and the amount are both long.
    if ((int)text_columns(reason->what) > columns)
        text_format(reason->what, sizeof(reason->what), "%s gone",
                    is_same ? "1 update" : text_grouped(number, (int64_t)entry->overwritten));
    int room = columns - (int)text_columns(reason->what);
    const char *who = is_same ? "both" : lane_name(scene, entry->lane);
    for (size_t i = 0; verbs[i]; i++) {
        text_format(reason->why, sizeof(reason->why), "%s %s %s: ", who, verbs[i], loaded);
        if ((int)text_columns(reason->why) <= room)
            return;
    }
    reason->why[0] = '\0';
}

static const char *phase_words(const struct scene *scene, const struct ledger_entry *entry,
                               bool is_long)
{
    switch (ledger_phase_of(entry->flags)) {
    case PHASE_OFF:
        return is_long ? "with the lock off" : "lock off";
    case PHASE_SETTLING:
        return is_long ? "while the lock was switching" : "switching";
    case PHASE_ON:
        return is_long ? "with a lock held" : "lock held";
    case PHASE_NONE:
        return scene_has_lock(scene) && is_long ? "never took the lock" : "no lock";
    case PHASE_COUNT:
        break;
    }
    return "";
}

// What has become of it: how many are lost still.
static void state_words(const struct ledger_entry *entry, char *out, size_t size)
{
    char still[28], of[28];
    if (entry->lost_now == 0)
        text_format(out, size, "restored");
    else if (entry->lost_now < entry->overwritten)
        text_format(
            out, size, "%s of %s still lost%s", text_grouped(still, (int64_t)entry->lost_now),
            text_grouped(of, (int64_t)entry->overwritten), entry->is_final ? ", final" : "");
    else
        text_format(out, size, "%s", entry->is_final ? "final" : "may be restored");
}

// In ever fewer words before it: how it ended matters most.
static void draw_state(const struct scene *scene, struct area area, int y,
                       const struct ledger_entry *entry, int x)
{
    char state[64], text[128];
    state_words(entry, state, sizeof(state));
    bool is_arranged = entry->flags & ACCESS_ARRANGED;
    const char *arranged = is_arranged ? "arranged, " : "";
    text_format(text, sizeof(text), "%s%s; %s", arranged, phase_words(scene, entry, true), state);
    if ((int)strlen(text) > area.w - x)
        text_format(text, sizeof(text), "%s%s; %s", arranged, phase_words(scene, entry, false),
                    state);
    if ((int)strlen(text) > area.w - x)
        text_format(text, sizeof(text), "%s%s", is_arranged ? "arranged; " : "", state);
    if ((int)strlen(text) > area.w - x)
        text_format(text, sizeof(text), "%s", state);
    draw_text_cut(area, x, y, area.w - x, ROLE_DIM, text);
}

static void draw_explanation(const struct scene *scene, struct area area, int y,
                             const struct ledger_entry *entry, int number_w)
{
    int x = 2 + number_w;
    struct reason reason;
    make_reason(scene, entry, area.w - x, &reason);
    int end = draw_text(area, x, y, ROLE_TEXT, reason.why);
    draw_text(area, end, y, ROLE_LOST, reason.what);
    draw_state(scene, area, y + 1, entry, x);
}

// The first number that is shown: the newest, unless the selected one lies below the panel.
static uint64_t topmost(const struct scene *scene, int rows, uint64_t last)
{
    uint64_t room = rows > EXPLANATION_ROWS + 1 ? (uint64_t)(rows - EXPLANATION_ROWS) : 1;
    if (scene->selected == 0 || scene->selected + room > last)
        return last;
    uint64_t top = scene->selected + room / 2;
    return top > last ? last : top;
}

static void draw_nothing_shared(const struct scene *scene, struct area area)
{
    struct area text = area_part(area, 1, 0, area.w - 2, area.h);
    int y = paragraph_draw(text, 0, ROLE_TEXT,
                           "each process has its own copy: nothing is shared, nothing can be lost");
    if (y + 1 < text.h)
        hint_draw(text, 0, y + 1, text.w, ROLE_DIM, scene->keymap,
                  "{memory} begins again with shared memory");
}

static void draw_nothing_lost(const struct scene *scene, struct area area)
{
    const struct session_view *view = scene->view;
    if (scene_is_private(scene)) {
        draw_nothing_shared(scene, area);
        return;
    }
    if (view->is_bare) {
        draw_text(area, 1, 0, ROLE_TEXT, "bare: totals only, no log");
        return;
    }
    draw_text(area, 1, 0, ROLE_TEXT, "none");
    if (!scene_has_lock(scene) || area.h < 3)
        return;
    hint_draw(area, 1, 2, area.w - 1, ROLE_DIM, scene->keymap,
              view->is_ended || view->is_deadlocked ? "{restart} runs it again"
              : view->lock_wanted                   ? "{lock} takes the lock away"
                                                    : "{arrange} arranges one at the next chance");
}

// Why the numbers of the log and the count of the lost differ: what the stores in it overwrote and
// what is not lost at them any more. Known while the log has all of them.
static uint64_t restored(const struct session_view *view)
{
    uint64_t n = 0;
    if (view->is_bare || !view->ledger || ledger_log_dropped(view->ledger) > 0)
        return 0;
    for (uint64_t number = ledger_log_last(view->ledger); number > 0; number--) {
        const struct ledger_entry *entry = ledger_log_at(view->ledger, number);
        n += entry ? entry->overwritten - entry->lost_now : 0;
    }
    return n;
}

static void make_note(const struct session_view *view, char *out, size_t size)
{
    char number[28];
    size_t len = 0;
    out[0] = '\0';
    if (view->arranging)
        len = text_format(out, size, "arranging one");
    else if (view->arranged > 0)
        len = text_format(out, size, "%llu arranged", (unsigned long long)view->arranged);
    uint64_t n = restored(view);
    if (n > 0)
        text_format(out + len, size - len, "%s%s restored", len > 0 ? ", " : "",
                    text_grouped(number, (int64_t)n));
}

static bool has_heading(struct area area)
{
    return area.h > 2;
}

static bool is_selected(const struct scene *scene, uint64_t number, uint64_t last)
{
    // One that the log has pushed out is none of these.
    bool is_older = scene->selected == 0 && scene->loss.is_set;
    return number == (scene->selected ? scene->selected : is_older ? 0 : last);
}

// Of one number in a log of `rows` rows: the selected one is explained where there is room.
static int entry_rows(const struct scene *scene, int rows, uint64_t number, uint64_t last)
{
    return is_selected(scene, number, last) && rows >= EXPLANATION_ROWS + 2 ? 1 + EXPLANATION_ROWS
                                                                            : 1;
}

void losses_draw(const struct scene *scene, struct area area)
{
    const struct session_view *view = scene->view;
    char note[96];
    make_note(view, note, sizeof(note));
    bool is_arranged = view->arranging || view->arranged > 0;
    if (has_heading(area))
        area = panel_heading(area, "lost updates", is_arranged ? ROLE_BLOCKED : ROLE_DIM, note);
    bool has_log = !view->is_bare && !view->is_private && view->ledger;
    uint64_t last = has_log ? ledger_log_last(view->ledger) : 0;
    if (last == 0) {
        draw_nothing_lost(scene, area);
        return;
    }
    int number_w = number_width(last);
    uint64_t number = topmost(scene, area.h, last);
    for (int y = 0; y < area.h && number > 0; number--) {
        const struct ledger_entry *entry = entry_at(scene, number);
        if (!entry) {
            draw_text(area, 1, y, ROLE_DIM, "older ones are counted, not kept");
            break;
        }
        draw_entry(scene, area, y, entry, number_w, is_selected(scene, number, last));
        if (entry_rows(scene, area.h, number, last) > 1)
            draw_explanation(scene, area, y + 1, entry, number_w);
        y += entry_rows(scene, area.h, number, last);
    }
}

uint64_t losses_number_at(const struct scene *scene, struct area area, int row)
{
    const struct session_view *view = scene->view;
    bool has_log = !view->is_bare && !view->is_private && view->ledger;
    uint64_t last = has_log ? ledger_log_last(view->ledger) : 0;
    int y = has_heading(area) ? 1 : 0, rows = area.h - y;
    if (row < y)
        return 0;
    for (uint64_t number = topmost(scene, rows, last); number > 0; number--) {
        y += entry_rows(scene, rows, number, last);
        if (!entry_at(scene, number))
            return 0;
        if (row < y)
            return number;
    }
    return 0;
}
