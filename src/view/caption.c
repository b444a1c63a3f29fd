#include "view/app_tape.h"
#include "view/hint.h"
#include "view/paragraph.h"

#include "base/clock.h"
#include "base/text.h"

#include <string.h>

static const uint64_t key_shown_ns = 2 * NS_PER_S;

// Rows give way before the panels do.
int caption_rows_at(const struct app *app, int h)
{
    enum { ONE_ROW_H = LAYOUT_MIN_H + 2, TWO_ROWS_H = 18 };
    if (!app->keeps_captions || app->has_captions_off || h < ONE_ROW_H)
        return 0;
    return h < TWO_ROWS_H ? 1 : 2;
}

struct area app_area(const struct app *app)
{
    return (struct area){.w = app->w, .h = app->h - caption_rows_at(app, app->h)};
}

void app_keep_captions(struct app *app, bool is_kept)
{
    app->keeps_captions = is_kept;
}

void app_show_keys(struct app *app, bool is_shown)
{
    app->shows_keys = is_shown;
    app->shown_key = COMMAND_NONE;
}

void app_caption(struct app *app, enum caption caption, const char *text)
{
    app->caption = caption;
    text_safe_z(app->caption_text, sizeof(app->caption_text), text);
}

void app_unsay(struct app *app)
{
    app->toast[0] = '\0';
    if (app->caption != CAPTION_TITLE)
        app->caption_text[0] = '\0';
}

void app_await_page(struct app *app, bool is_awaited)
{
    app->awaits_page = is_awaited;
}

void app_teach(struct app *app, const char *title)
{
    text_safe_z(app->lesson_title, sizeof(app->lesson_title), title);
}

bool app_is_teaching(const struct app *app)
{
    return app->lesson_title[0] != '\0';
}

void app_show_page(struct app *app, size_t page, size_t n_pages)
{
    app->lesson_page = page;
    app->n_lesson_pages = n_pages;
}

unsigned caption_toggle(struct app *app, int unused)
{
    (void)unused;
    app->has_captions_off = !app->has_captions_off;
    if (!app->keeps_captions)
        app_say(app, "captions %s: a tape has some", app->has_captions_off ? "off" : "on");
    return REACT_REDRAW;
}

// A screenshot is of what was there before its key.
void caption_show_key(struct app *app, enum command command)
{
    if (!app->shows_keys || command == COMMAND_NONE || command == COMMAND_SCREENSHOT)
        return;
    app->shown_key = command;
    app->shown_key_is_new = true;
}

unsigned caption_tick(struct app *app, uint64_t now_ns)
{
    if (app->shown_key == COMMAND_NONE)
        return REACT_NONE;
    if (app->shown_key_is_new) {
        app->shown_key_is_new = false;
        app->shown_key_until_ns = now_ns + key_shown_ns;
    }
    if (now_ns < app->shown_key_until_ns)
        return REACT_NONE;
    app->shown_key = COMMAND_NONE;
    return REACT_REDRAW;
}

uint64_t caption_next_tick(const struct app *app)
{
    if (app->shown_key == COMMAND_NONE)
        return UINT64_MAX;
    return app->shown_key_is_new ? 0 : app->shown_key_until_ns;
}

// That a page was turned to get here is not worth hiding that PageDown is waited for again.
static bool shows_key(const struct app *app)
{
    bool turns_page =
        app->shown_key == COMMAND_NEXT_PAGE || app->shown_key == COMMAND_PREVIOUS_PAGE;
    return app->shown_key != COMMAND_NONE && !(turns_page && app->awaits_page);
}

// A key that has just been pressed, else the one that is waited for.
static enum command corner_command(const struct app *app)
{
    if (shows_key(app))
        return app->shown_key;
    return app->awaits_page ? COMMAND_NEXT_PAGE : COMMAND_NONE;
}

static const char *corner_words(const struct app *app, enum command command)
{
    bool is_last = app_is_teaching(app) && app->lesson_page == app->n_lesson_pages;
    if (shows_key(app))
        return command_table[command].name;
    return is_last ? "ends the lesson" : "goes on";
}

// "page 3 of 7", of a tape that has more than one.
static int page_text(const struct app *app, char out[48])
{
    out[0] = '\0';
    if (app->n_lesson_pages < 2)
        return 0;
    return (int)text_format(out, 48, " page %zu of %zu ", app->lesson_page, app->n_lesson_pages);
}

static int key_columns(const struct app *app)
{
    char key[16];
    enum command command = corner_command(app);
    if (command == COMMAND_NONE || !keymap_key(app->keymap, command, 0, key))
        return 0;
    return (int)(text_columns(key) + text_columns(corner_words(app, command))) + 5;
}

// What the corner takes of a line so wide; of the page and the key, what there is room for. A
// question on a narrow screen has all of it.
static int corner_columns(const struct app *app, int w)
{
    enum { ASKED_W_MIN = 60 };
    char page[48];
    if (app->prediction.is_open && w < ASKED_W_MIN)
        return 0;
    int columns = key_columns(app);
    int both = columns + page_text(app, page);
    return both <= w * 3 / 5 ? both : columns <= w ? columns : 0;
}

struct area caption_leave_corner(const struct app *app, struct area message)
{
    return area_part(message, 0, 0, message.w - corner_columns(app, message.w), 1);
}

// The page keeps its place at the end of the line, so that it does not move with the keys.
static void draw_corner(const struct app *app, struct area message)
{
    char key[16], page[48];
    enum command command = corner_command(app);
    int columns = corner_columns(app, message.w), key_w = key_columns(app);
    if (columns == 0)
        return;
    struct area corner = area_part(message, message.w - columns, 0, columns, 1);
    draw_fill(corner, ROLE_TEXT);
    if (columns > key_w && page_text(app, page) > 0)
        draw_right(corner, columns, 0, ROLE_DIM, page);
    if (key_w == 0)
        return;
    int x = draw_textf(corner, 1, 0, ROLE_KEY, " %s ", keymap_key(app->keymap, command, 0, key));
    draw_textf(corner, x, 0, ROLE_TOAST, " %s", corner_words(app, command));
}

// What is asked, or was asked last; NULL when something else is said.
static const char *question_of(const struct app *app)
{
    if (app->prediction.is_open)
        return app->prediction.question;
    bool was_asked = app->caption == CAPTION_QUESTION && app->caption_text[0] != '\0';
    return was_asked ? app->caption_text : NULL;
}

bool caption_tells_answer(const struct app *app)
{
    return caption_rows_at(app, app->h) > 0 && question_of(app) &&
           strcmp(app->toast, app->prediction.answer) == 0;
}

// The question, and below it what is typed or told; where only one row is kept, the question has
// the line of messages, and where none is, what is typed stands beside it.
static void draw_question(const struct app *app, struct area message, struct area words)
{
    const struct prediction *p = &app->prediction;
    const char *question = question_of(app);
    if (words.h == 0 && !p->is_open)
        return;
    if (words.h < 2 || p->is_open)
        draw_fill(message, ROLE_TEXT);
    if (words.h == 0) {
        int x = hint_draw(message, 1, 0, message.w - 30, ROLE_TITLE, app->keymap, question);
        predict_draw(app, message, x + 1);
        return;
    }
    if (words.h == 1)
        hint_draw(message, 1, 0, message.w - 2, ROLE_TITLE, app->keymap, question);
    else
        hint_draw(words, 0, 0, words.w, ROLE_TITLE, app->keymap, question);
    struct area below = area_part(words, 0, words.h - 1, words.w, 1);
    if (p->is_open)
        predict_draw(app, below, 0);
    else
        draw_text_cut(below, 0, 0, below.w, ROLE_TOAST, p->answer);
}

void caption_draw(const struct app *app, struct layout *layout)
{
    int rows = caption_rows_at(app, app->h);
    struct area area = layout->keys;
    area.h = rows;
    layout->keys.y += rows;
    struct area words = area_part(area, 2, 0, paragraph_columns(area.w - 2), rows);
    draw_corner(app, layout->message);
    bool is_question = question_of(app);
    if (is_question)
        draw_question(app, caption_leave_corner(app, layout->message), words);
    if (!is_question && app->caption_text[0] == '\0')
        return;
    for (int y = 0; y < rows; y++)
        draw_glyph(area, 0, y, ROLE_TITLE, GLYPH_VERTICAL);
    if (!is_question)
        hint_paragraph(words, 0, app->caption == CAPTION_TITLE ? ROLE_TITLE : ROLE_TEXT,
                       app->keymap, app->caption_text);
}
