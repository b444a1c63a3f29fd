#include "view/app_moment.h"
#include "view/app_orders.h"
#include "view/app_tape.h"
#include "view/hint.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "session/comparison.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const uint64_t toast_ns = 4 * NS_PER_S;

// Where whoever comes back goes on.
static size_t first_to_do(const struct app_options *options)
{
    for (size_t i = 0; i < options->n_menu; i++)
        if (!options->menu[i].is_done)
            return i;
    return 0;
}

struct app *app_new(const struct app_options *options, struct error *err)
{
    const struct theme *theme = options->own_theme ? options->own_theme
                                : options->theme   ? theme_find(options->theme)
                                                   : themes[0];
    if (!theme) {
        error_set(err, "no theme '%s'; there are dark, light, contrast and mono", options->theme);
        return NULL;
    }
    struct app *app = mem_alloc(sizeof(*app));
    app->theme = app->first_theme = theme;
    app->own_theme = options->own_theme;
    app->keymap = options->keymap;
    app->listener = options->listener;
    app->lesson.length_ns = options->lesson_ns;
    app->menu = options->menu;
    app->n_menu = options->n_menu;
    app_select(app, first_to_do(options));
    app->w = 80;
    app->h = 24;
    app_attach(app, NULL);
    return app;
}

void app_free(struct app *app)
{
    mem_free(app);
}

void app_begin_run(struct app *app)
{
    app->zoom_mode = ZOOM_AUTO;
    app->follows = true;
    app->left_ns = 0;
    app->selected = 0;
    app->loss.is_set = false;
    if (app->page == PAGE_MOMENT)
        app->page = PAGE_LANES;
    app->replay.is_on = false;
}

void app_attach(struct app *app, struct session *session)
{
    app->session = session;
    app->shown = NULL;
    app->comparison = NULL;
    app->page = PAGE_LANES;
    app->selected_lock = 0;
    app->in_tree = app->awaits_example = false;
    app->orders_result = app->orders_leaf = 0;
    app->first_lane = 1;
    app->cursor_lane = 0;
    app->has_cursor = false;
    app->density = DENSITY_AUTO;
    app->is_help_open = false;
    app->prediction.is_open = app->prediction.is_awaiting = false;
    app_begin_run(app);
}

void app_reset(struct app *app)
{
    app->theme = app->first_theme;
    app->is_big = app->is_blank = app->has_captions_off = false;
    app->caption_text[0] = app->toast[0] = '\0';
    app->awaits_page = false;
    app_attach(app, app->session);
}

void app_compare(struct app *app, struct comparison *comparison)
{
    app_attach(app, NULL);
    app->comparison = comparison;
    app->choice = "compare";
    app->choice_is_lesson = false;
}

struct comparison *app_comparison(const struct app *app)
{
    return app->comparison;
}

void app_show(struct app *app, const struct session_view *view)
{
    app_attach(app, NULL);
    app->shown = view;
}

void app_resize(struct app *app, int w, int h)
{
    app->w = w;
    app->h = h;
}

void app_record(struct app *app, bool is_recording)
{
    app->is_recording = is_recording;
}

const struct theme *app_theme(const struct app *app)
{
    return app->theme;
}

const char *app_choice(const struct app *app)
{
    return app->choice;
}

bool app_choice_is_lesson(const struct app *app)
{
    return app->choice_is_lesson;
}

void app_select(struct app *app, size_t item)
{
    app->menu_cursor = item < app->n_menu ? item : 0;
}

void app_say(struct app *app, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(app->toast, sizeof(app->toast), fmt, args);
    va_end(args);
    app->toast_is_new = true;
    app->asked_lane = 0;
}

void app_hint(struct app *app, const char *text)
{
    char filled[TOAST_MAX];
    app_say(app, "%s", hint_text(app->keymap, text, filled, sizeof filled));
}

// Whether the header tells of the lesson: to who presents, and to who has said how long it is.
bool app_has_lesson(const struct app *app)
{
    return app->lesson.has_begun && (app->is_big || app->lesson.length_ns > 0);
}

static unsigned tick_lesson(struct app *app, uint64_t now_ns)
{
    bool has_changed = lesson_tick(&app->lesson, now_ns);
    return has_changed && app_has_lesson(app) && !app->is_blank ? REACT_REDRAW : REACT_NONE;
}

static unsigned tick_toast(struct app *app, uint64_t now_ns)
{
    unsigned reaction =
        orders_tick(app) | caption_tick(app, now_ns) | predict_tick(app) | tick_lesson(app, now_ns);
    if (app->toast[0] == '\0')
        return reaction;
    if (app->toast_is_new) {
        app->toast_is_new = false;
        app->toast_until_ns = now_ns + toast_ns;
    }
    if (now_ns < app->toast_until_ns)
        return reaction;
    app->toast[0] = '\0';
    app->asked_lane = 0;
    return REACT_REDRAW;
}

unsigned app_tick(struct app *app, uint64_t now_ns)
{
    return tick_toast(app, now_ns) | replay_tick(app, now_ns);
}

uint64_t app_next_tick(const struct app *app)
{
    uint64_t caption_ns = caption_next_tick(app);
    uint64_t toast_end_ns = app->toast[0] == '\0' ? UINT64_MAX
                            : app->toast_is_new   ? 0
                                                  : app->toast_until_ns;
    uint64_t replay_ns = app->replay.is_on ? app->replay.next_ns : UINT64_MAX;
    uint64_t next_ns = toast_end_ns < caption_ns ? toast_end_ns : caption_ns;
    uint64_t lesson_ns = app_has_lesson(app) ? lesson_next_tick(&app->lesson) : UINT64_MAX;
    next_ns = lesson_ns < next_ns ? lesson_ns : next_ns;
    return replay_ns < next_ns ? replay_ns : next_ns;
}

bool app_is_still(const struct app *app)
{
    struct session_view view;
    if (!app->is_blank && app->comparison)
        return comparison_view(app->comparison).is_done;
    if (app->is_blank || !app_view(app, &view))
        return true;
    if (orders_are_going(app))
        return false;
    return view.is_paused || view.is_ended;
}

enum command app_key(const struct app *app, const char *key)
{
    enum command command = keymap_command(app->keymap, key);
    if (app->is_blank)
        return command == COMMAND_QUIT || command == COMMAND_SUSPEND ? command : COMMAND_BLANK;
    struct session_view view;
    // The clicker's key for a black screen; of a paused run it is the step forward.
    if (strcmp(key, ".") == 0 && command == COMMAND_STEP && app_view(app, &view) &&
        !view.is_paused && !view.is_ended)
        return COMMAND_BLANK;
    // One key, by what it is pressed on.
    if (keymap_has(app->keymap, COMMAND_CHOOSE, key) &&
        keymap_has(app->keymap, COMMAND_MOMENT, key))
        return app_view(app, &view) && view.timeline && app->page != PAGE_ORDERS ? COMMAND_MOMENT
                                                                                 : COMMAND_CHOOSE;
    return command;
}

unsigned app_press(struct app *app, const char *key)
{
    if (app_is_asking(app) && !app->is_blank)
        return predict_press(app, key);
    enum command command = app_key(app, key);
    caption_show_key(app, command);
    if (command == COMMAND_LANE)
        app->key_lane = (size_t)(key[0] - '0');
    return app_command(app, command);
}
