// Predict: the run stands still, its numbers are hidden, and whoever looks says what they will be.
#include "view/app_tape.h"

#include "base/mem.h"
#include "base/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

// `question` as far as it is known where it is told.
static void tell(struct app *app, struct question question)
{
    const struct app_listener *listener = &app->listener;
    question.session = app->session;
    if (listener->question)
        listener->question(listener->context, app, &question);
}

unsigned app_ask(struct app *app, const char *question)
{
    struct prediction *p = &app->prediction;
    p->number++;
    p->is_open = true;
    p->is_of_end = p->is_awaiting = p->has_guess = false;
    p->typed[0] = p->answer[0] = '\0';
    text_safe_z(p->question, sizeof(p->question), question);
    // Elsewhere the answer can be looked up.
    app->page = PAGE_LANES;
    app->is_help_open = app->is_blank = false;
    p->was_paused = true;
    if (app->session) {
        p->was_paused = session_view(app->session).is_paused;
        session_pause(app->session, true);
    }
    tell(app, (struct question){.stage = QUESTION_ASKED, .number = p->number, .text = p->question});
    return p->number;
}

bool app_is_asking(const struct app *app)
{
    return app->prediction.is_open;
}

bool app_guess(const struct app *app, int64_t *guess)
{
    *guess = app->prediction.guess;
    return app->prediction.has_guess;
}

static unsigned close_question(struct app *app, bool has_guess)
{
    struct prediction *p = &app->prediction;
    p->is_open = false;
    p->has_guess = has_guess;
    p->is_awaiting = has_guess && p->is_of_end;
    if (has_guess) {
        p->guess = strtoll(p->typed, NULL, 10);
        text_format(p->answer, sizeof(p->answer), "your guess: %s", p->typed);
    }
    if (p->is_awaiting)
        app_say(app, "your guess is %s: the run goes on, its end will tell", p->typed);
    // Before the run goes on, so that nobody can have seen more of it.
    tell(app, (struct question){.stage = has_guess ? QUESTION_GUESSED : QUESTION_PASSED,
                                .number = p->number,
                                .guess = p->guess});
    // Whoever has guessed wants to see it; of a simulated run too, which stands still at first.
    bool must_go_on = !p->was_paused || p->is_awaiting;
    if (app->session && must_go_on)
        session_pause(app->session, false);
    return REACT_REDRAW;
}

void app_stop_asking(struct app *app)
{
    if (app->prediction.is_open)
        close_question(app, false);
}

void app_reveal(struct app *app, unsigned number, const char *what, int64_t answer,
                const int64_t *guess)
{
    struct prediction *p = &app->prediction;
    char is[28], said[28];
    size_t len =
        text_format(p->answer, sizeof(p->answer), "%s is %s", what, text_grouped(is, answer));
    if (guess) {
        bool is_right = *guess == answer;
        p->n_asked++;
        p->n_right += is_right;
        text_format(p->answer + len, sizeof(p->answer) - len, ", you said %s: %s; %u of %u right",
                    text_grouped(said, *guess), is_right ? "right" : "wrong", p->n_right,
                    p->n_asked);
    }
    app_say(app, "%s", p->answer);
    tell(app, (struct question){.stage = QUESTION_REVEALED, .number = number, .value = answer});
}

// The counter that the screen shows.
static bool find_counter(const struct app *app, const struct session_view *view, size_t *cell)
{
    struct layout layout;
    struct scene scene = app_scene(app, view, app_area(app), &layout);
    *cell = scene.cell;
    return scene.has_cell;
}

unsigned predict_begin(struct app *app, int unused)
{
    (void)unused;
    struct session_view view = session_view(app->session);
    char name[48], question[120];
    size_t cell;
    if (!find_counter(app, &view, &cell)) {
        app_say(app, "this scenario has no counter to predict");
        return REACT_REDRAW;
    }
    if (view.is_ended || view.is_deadlocked) {
        app_hint(app, "the run has ended: predict before, {restart} runs it again");
        return REACT_REDRAW;
    }
    text_format(question, sizeof(question), "What will %s be at the end?",
                program_cell_name(view.prog, cell, name));
    app_ask(app, question);
    app->prediction.is_of_end = true;
    app->prediction.run = view.runs;
    app->toast[0] = '\0';
    return REACT_REDRAW;
}

unsigned predict_press(struct app *app, const char *key)
{
    struct prediction *p = &app->prediction;
    size_t len = strlen(p->typed);
    bool is_digit = isdigit((unsigned char)key[0]) && key[1] == '\0';
    bool is_minus = strcmp(key, "-") == 0 && len == 0;
    if ((is_digit || is_minus) && len < GUESS_MAX) {
        p->typed[len] = key[0];
        p->typed[len + 1] = '\0';
        return REACT_REDRAW;
    }
    if (strcmp(key, "backspace") == 0 && len > 0) {
        p->typed[len - 1] = '\0';
        return REACT_REDRAW;
    }
    if (strcmp(key, "enter") == 0 && len > 0 && strcmp(p->typed, "-") != 0)
        return close_question(app, true);
    if (strcmp(key, "esc") == 0)
        return close_question(app, false);
    enum command command = keymap_command(app->keymap, key);
    bool is_always = command == COMMAND_QUIT || command == COMMAND_SUSPEND ||
                     command == COMMAND_REDRAW || command == COMMAND_PREVIOUS_PAGE ||
                     command == COMMAND_NEXT_PAGE;
    return is_always ? app_command(app, command) : REACT_NONE;
}

unsigned predict_tick(struct app *app)
{
    struct prediction *p = &app->prediction;
    struct session_view view;
    char name[48];
    size_t cell;
    if (!p->is_awaiting || !app_view(app, &view))
        return REACT_NONE;
    if (view.runs != p->run) {
        p->is_awaiting = false; // another run has begun: there is nothing to be right about
        return REACT_NONE;
    }
    if (!view.is_ended && !view.is_deadlocked)
        return REACT_NONE;
    p->is_awaiting = false;
    if (find_counter(app, &view, &cell))
        app_reveal(app, p->number, program_cell_name(view.prog, cell, name), view.cells[cell],
                   &p->guess);
    return REACT_REDRAW;
}

static bool is_lane_name(enum role role)
{
    return role >= ROLE_LANE_A && role <= ROLE_LANE_MAIN;
}

// Of a lane's name they give nothing away.
static void hide_digits(struct area area)
{
    for (int y = 0; y < area.h; y++)
        for (int x = 0; x < area.w; x++) {
            const struct cell *cell = frame_at(area.frame, area.x + x, area.y + y);
            if (isdigit((unsigned char)cell->utf8[0]) && !is_lane_name((enum role)cell->role))
                draw_text(area, x, y, (enum role)cell->role, "?");
        }
}

static void cover(struct area area, const char *name, const char *words)
{
    if (area.w == 0 || area.h == 0)
        return;
    draw_fill(area, ROLE_TEXT);
    struct area below = panel_heading(area, name, ROLE_TITLE, area.h == 1 ? "?" : "");
    draw_text_cut(below, 1, below.h > 2 ? 1 : 0, below.w - 2, ROLE_TITLE, words);
}

void predict_hide(const struct app *app, const struct scene *scene, const struct layout *layout)
{
    char name[64];
    if (!app->prediction.is_open)
        return;
    if (scene->has_cell)
        cover(layout->counter, scene_cell_name(scene, name), "? until you have guessed");
    cover(layout->losses, "lost updates", "? until you have guessed");
    cover(layout->output, "output", "? until you have guessed");
    // What a lane has loaded and stored, and how much of it; not what main has started, and who
    // waits for whom.
    int columns = layout->columns.gutter + layout->columns.plot;
    hide_digits(area_part(layout->lanes, 0, 1, columns, layout->lanes.h - 1));
    hide_digits(layout->rate);
}

void predict_draw(const struct app *app, struct area line, int x)
{
    x = draw_text(line, x, 0, ROLE_TEXT, "your guess: ");
    x = draw_textf(line, x, 0, ROLE_CURSOR, "%s ", app->prediction.typed);
    static const char hint[] = "Enter answers, Esc passes";
    if (x + 2 + (int)strlen(hint) < line.w)
        draw_text(line, x + 2, 0, ROLE_DIM, hint);
}
