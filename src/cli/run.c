// `racelane run` and `racelane` alone: guardian, UI and hosts put together.
#include "base/mem.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/config.h"
#include "cli/direct.h"
#include "cli/headless.h"
#include "cli/play.h"
#include "cli/saved.h"
#include "cli/ui.h"
#include "export/text.h"
#include "guard/guard.h"
#include "session/comparison.h"
#include "tui/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { DEFAULT_PACE_NS = 120 * 1000 * 1000 };

static bool ui_start(void *context, int memory_fd, struct error *err)
{
    const struct ui *ui = context;
    return guard_ui_start_host(ui->channel, memory_fd, err);
}

static void ui_stop(void *context)
{
    const struct ui *ui = context;
    guard_ui_stop_host(ui->channel);
}

static bool ui_ended(void *context, int *status)
{
    const struct ui *ui = context;
    return guard_ui_host_ended(ui->channel, status);
}

static struct session *open_session(struct ui *ui, struct lang_problems *problems,
                                    struct error *err)
{
    const struct cli_options *options = ui->run;
    struct lang_options lang = cli_lang_options(options);
    const struct session_options how = {
        .name = ui->scenario.name,
        .text = ui->scenario.text,
        .len_bytes = ui->scenario.len_bytes,
        .lang = &lang,
        .lock_kind = options->lock_kind,
        .lock = options->lock,
        .pace_ns = options->has_pace ? options->pace_ns : DEFAULT_PACE_NS,
        .switch_interval_ns = options->switch_interval_ns,
        .seed = options->seed,
        .is_bare = options->is_bare,
        .is_simulated = options->is_simulated,
        .schedule = options->schedule,
        .memory_bytes = options->memory_max_bytes,
        .save_path = options->save,
        .grain = options->is_access_grain ? GRAIN_ACCESS : GRAIN_OP,
    };
    return session_open(&how, &ui->launcher, problems, err);
}

// The when-to-use table instead of a scenario.
static void open_comparison(struct ui *ui, struct app *app)
{
    struct lang_problems problems;
    size_t bad;
    ui->comparison = comparison_new(&ui->launcher, ui->options->seed, NULL, 0, &problems, &bad);
    app_compare(app, ui->comparison);
}

static void close_show(struct ui *ui, struct app *app)
{
    app_attach(app, NULL);
    session_free(ui->session);
    comparison_free(ui->comparison);
    player_free(ui->player);
    ui->session = NULL;
    ui->comparison = NULL;
    ui->player = NULL;
    taped_close(&ui->lesson);
    ui->taped = NULL;
    ui->run = ui->options;
    app_keep_captions(app, false);
    app_show_keys(app, false);
    app_await_page(app, false);
    app_show_page(app, 0, 0);
    app_teach(app, "");
}

// Opens the session of the scenario that is named, and attaches it or says why not.
static struct session *show_scenario(struct ui *ui, struct app *app, const char *name)
{
    struct error err;
    struct lang_problems problems = {0};
    scenario_free(&ui->scenario);
    if (scenario_load(&ui->scenario, name, &err))
        ui->session = open_session(ui, &problems, &err);
    if (ui->session)
        app_attach(app, ui->session);
    else
        app_say(app, "%s", problems.n ? problems.items[0].text : err.text);
    return ui->session;
}

// A run of the tape. Its scenario may be a file that has changed since the tape was bound.
static struct session *open_run(void *context, struct app *app, size_t run)
{
    struct ui *ui = context;
    struct lang_problems problems = {0};
    app_attach(app, NULL);
    session_free(ui->session);
    ui->session = NULL;
    ui->run = &ui->taped->runs[run].options;
    if (!show_scenario(ui, app, ui->run->operands[0]) ||
        tape_bind(ui->taped->tape, run, session_view(ui->session).prog, &problems))
        return ui->session;
    app_attach(app, NULL);
    session_free(ui->session);
    ui->session = NULL;
    app_say(app, "%s", problems.items[0].text);
    return NULL;
}

// What the screen keeps for a tape.
static void begin_tape(struct ui *ui, struct app *app, enum player_audience audience)
{
    const struct tape *tape = ui->taped->tape;
    app_keep_captions(app, tape->has_texts);
    app_show_keys(app, true);
    app_caption(app, CAPTION_TEXT, "");
    app_teach(app, ui->taped == &ui->lesson ? tape->title : "");
    ui->player = player_new(tape, ui->taped->label, audience);
}

static bool find_lesson(struct ui *ui, const char *name)
{
    const struct lesson_entry *lesson = lesson_find(name);
    ui->lesson_has_ended = false;
    for (ui->lesson_at = 0; lesson && lessons[ui->lesson_at].name != lesson->name; ui->lesson_at++)
        continue;
    bool ok = lesson && taped_open_lesson(&ui->lesson, lesson);
    ui->taped = ok ? &ui->lesson : NULL;
    return ok;
}

static struct session *choose(void *context, struct app *app, const char *name,
                              struct player **player)
{
    struct ui *ui = context;
    close_show(ui, app);
    *player = NULL;
    if (app_choice_is_lesson(app)) {
        if (!find_lesson(ui, name) || !open_run(ui, app, 0))
            return NULL;
        begin_tape(ui, app, PLAYER_WATCHED);
        *player = ui->player;
        return ui->session;
    }
    if (strcmp(name, ui_compare_name) == 0) {
        open_comparison(ui, app);
        return NULL;
    }
    return show_scenario(ui, app, name);
}

static void end_tape(void *context, struct app *app)
{
    struct ui *ui = context;
    if (ui->taped != &ui->lesson) {
        app_say(app, "the tape has ended");
        return;
    }
    ui->lesson_has_ended = true;
    lessons_menu_finish(&ui->menu, ui->lesson_at);
}

static void leave_lesson(void *context, struct app *app)
{
    struct ui *ui = context;
    close_show(ui, app);
    app_select(app, ui->lesson_at + ui->lesson_has_ended);
}

static void suspend(void *context)
{
    const struct ui *ui = context;
    guard_ui_suspend(ui->channel);
}

static int say(const struct error *err, int status)
{
    fprintf(stderr, "racelane: %s\n", err->text);
    return status;
}

// A recording that a key began, and that was going on until now, has a name that nobody knows yet.
static int finish_recording(struct ui *ui, int status)
{
    struct error err;
    const char *asked_for = ui->options->record ? ui->options->record : "";
    bool was_going_on = ui->record.recording != NULL;
    if (!record_end(&ui->record, &err))
        return say(&err, EXIT_REFUSED);
    if (was_going_on && strcmp(ui->record.path, asked_for) != 0)
        fprintf(stderr, "racelane: recorded %s\n", ui->record.path);
    return status;
}

static int finish_transcript(struct ui *ui, int status)
{
    struct error err;
    return transcript_file_close(&ui->transcript, &err) ? status : say(&err, EXIT_REFUSED);
}

static int run_screen(struct ui *ui, struct app *app, struct error *err)
{
    const struct screen_options how = {.sync = ui->config.sync,
                                       .has_mouse = ui->config.has_mouse || ui->options->has_mouse};
    bool is_ascii = ui->options->is_ascii || ui->config.is_ascii;
    struct screen *screen = screen_open(&how, err);
    if (!screen)
        return say(err, EXIT_REFUSED);
    if (ui->taped)
        begin_tape(ui, app, PLAYER_WATCHED);
    const struct loop_hooks hooks = {
        .choose = choose,
        .suspend = suspend,
        .screenshot = keep_screenshot,
        .save = keep_run,
        .open_run = open_run,
        .ended = end_tape,
        .leave = leave_lesson,
        .record = keep_recording,
        .drawn = keep_frame,
        .chapter = keep_chapter,
        .context = ui,
        .player = ui->player,
    };
    enum loop_end end = loop_run(screen, app, ui->session, is_ascii, &hooks);
    // The guardian ends by the signal that ended the screen, so that the shell sees it.
    int status = end == LOOP_GONE ? 128 + screen_end_signal(screen) : EXIT_HELD;
    screen_close(screen);
    status = finish_recording(ui, status);
    status = finish_transcript(ui, status);
    if (end == LOOP_LOST) {
        struct session_view view = session_view(ui->session);
        fprintf(stderr, "racelane: %s\n", view.trouble);
        status = 128 + view.host_signal;
    }
    return status;
}

static struct app_options app_options_of(struct ui *ui)
{
    const struct config *config = &ui->config;
    return (struct app_options){
        .theme = config->theme_name[0] ? config->theme_name : NULL,
        .own_theme = config->has_theme ? &config->theme : NULL,
        .keymap = config->has_keys ? &config->keymap : NULL,
        .lesson_ns = ui->options->lesson_ns,
        .listener = {transcript_file_hear, ui},
    };
}

static int ui_main(void *context, int channel)
{
    struct ui *ui = context;
    struct error err;
    struct lang_problems problems = {0};
    ui->channel = channel;
    ui->launcher = (struct session_launcher){ui_start, ui_stop, ui_ended, ui};
    lessons_menu_make(&ui->menu);
    struct app_options how = app_options_of(ui);
    how.menu = ui->menu.items;
    how.n_menu = ui->menu.n;
    struct app *app = app_new(&how, &err);
    int status = EXIT_REFUSED;
    bool wants_session = ui->scenario.name || ui->saved;
    if (app && ui->saved)
        ui->session = saved_open(ui->saved, &err);
    else if (app && ui->scenario.name)
        ui->session = open_session(ui, &problems, &err);
    if (!app || (wants_session && !ui->session)) {
        scenario_complain(&ui->scenario, &problems, &err);
        status = problems.n || !app || ui->saved ? EXIT_USAGE : EXIT_REFUSED;
    } else {
        if (ui->session)
            app_attach(app, ui->session);
        else if (ui->wants_comparison)
            open_comparison(ui, app);
        bool wants_record = ui->options->record;
        app_record(app, wants_record);
        if (wants_record && !record_begin(&ui->record, ui->options->record, &err))
            status = say(&err, EXIT_USAGE);
        else
            status = run_screen(ui, app, &err);
    }
    app_free(app);
    session_free(ui->session);
    comparison_free(ui->comparison);
    player_free(ui->player);
    scenario_free(&ui->scenario);
    lessons_menu_free(&ui->menu);
    return status;
}

static int host_main(void *context, int memory_fd)
{
    (void)context;
    return session_host(memory_fd);
}

static void sink_frame(void *context, const struct frame *frame, const struct theme *theme,
                       uint64_t t_ns)
{
    ui_record_frame(context, frame, theme, t_ns);
}

// The tape without a terminal; its last screen goes to standard output.
static int play_headless(struct ui *ui)
{
    const struct cli_options *options = ui->options;
    struct error err = {0};
    struct lang_problems problems = {0};
    struct direct direct;
    int w = options->size_w ? options->size_w : HEADLESS_W;
    int h = options->size_h ? options->size_h : HEADLESS_H;
    int status = EXIT_REFUSED;
    config_locate(&ui->config);
    if (!config_choose_theme(&ui->config, options->theme, &err))
        return say(&err, EXIT_USAGE);
    const struct app_options how = app_options_of(ui);
    ui->launcher = direct_launcher(&direct);
    ui->session = open_session(ui, &problems, &err);
    if (!ui->session) {
        scenario_complain(&ui->scenario, &problems, &err);
        return status;
    }
    if (options->record && !record_begin(&ui->record, options->record, &err)) {
        session_free(ui->session);
        return say(&err, EXIT_USAGE);
    }
    struct app *app = app_new(&how, &err);
    app_resize(app, w, h);
    app_attach(app, ui->session);
    const struct loop_hooks hooks = {.screenshot = keep_screenshot,
                                     .save = keep_run,
                                     .record = keep_recording,
                                     .open_run = open_run,
                                     .context = ui};
    const struct frame_sink sink = {sink_frame, keep_chapter, ui};
    begin_tape(ui, app, options->is_quick ? PLAYER_QUICK : PLAYER_ALONE);
    const struct headless headless = {
        .player = ui->player,
        .app = app,
        .session = ui->session,
        .frame = frame_new(w, h, options->is_ascii ? GLYPHS_ASCII : GLYPHS_UTF8),
        .sink = &sink,
        .hooks = &hooks,
    };
    status = (int)headless_run(&headless, &err);
    text_write(stdout, headless.frame);
    if (err.text[0] != '\0')
        fprintf(stderr, "%s\n", err.text);
    else if (ui->taped == &ui->lesson)
        status = EXIT_HELD; // it may well show a claim that does not hold
    status = finish_recording(ui, status);
    player_free(headless.player);
    frame_free(headless.frame);
    app_free(app);
    session_free(ui->session);
    return status;
}

static int supervise(struct ui *ui)
{
    struct error err = {0};
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        fprintf(stderr, "racelane: a screen needs a terminal; without one use `racelane report`\n");
        return EXIT_REFUSED;
    }
    config_read(&ui->config);
    if (!config_choose_theme(&ui->config, ui->options->theme, &err))
        return say(&err, EXIT_USAGE);
    const struct guard_roles roles = {.ui = ui_main, .host = host_main, .context = ui};
    int status = guard_supervise(&roles, &err);
    return status < 0 ? say(&err, EXIT_REFUSED) : status;
}

// Mistakes in a scenario are told before there is any screen.
static bool is_sound(const struct ui *ui)
{
    struct lang_problems problems = {0};
    struct lang_options lang = cli_lang_options(ui->options);
    struct program *prog = lang_compile(ui->scenario.name, ui->scenario.text,
                                        ui->scenario.len_bytes, &lang, &problems);
    if (!prog)
        scenario_complain(&ui->scenario, &problems, NULL);
    program_free(prog);
    return prog != NULL;
}

// A tape needs no terminal; where it is said how large the screen is, it takes none.
static int play(struct ui *ui)
{
    struct error err;
    bool has_terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    bool is_headless = ui->taped && (ui->options->size_w > 0 || !has_terminal);
    int status = EXIT_USAGE;
    if (transcript_file_open(&ui->transcript, ui->options->transcript, &err))
        status = is_headless ? play_headless(ui) : supervise(ui);
    else
        say(&err, status);
    // With a screen the UI, which is another process, has kept it, and written what it could.
    return finish_transcript(ui, status);
}

int command_run(const struct cli_options *options)
{
    struct error err;
    struct ui ui = {.options = options, .run = options, .taped = options->taped};
    int status = EXIT_USAGE;
    if (strcmp(options->operands[0], ui_compare_name) == 0 && !options->taped) {
        ui.wants_comparison = true;
        return play(&ui);
    }
    if (!scenario_load(&ui.scenario, options->operands[0], &err))
        say(&err, status);
    else if (ui.taped ? taped_check(ui.taped) : is_sound(&ui))
        status = play(&ui);
    scenario_free(&ui.scenario);
    return status;
}

int command_lesson(const struct cli_options *options)
{
    char shown[80];
    struct error err;
    struct ui ui = {.options = options};
    int status = EXIT_USAGE;
    if (options->n_operands == 0) {
        lessons_print();
        return EXIT_HELD;
    }
    if (!find_lesson(&ui, options->operands[0])) {
        text_safe_z(shown, sizeof shown, options->operands[0]);
        fprintf(stderr, "racelane: there is no lesson `%s`; `racelane lesson` lists them\n", shown);
        return status;
    }
    ui.run = &ui.lesson.runs[0].options;
    status = scenario_load(&ui.scenario, ui.run->operands[0], &err) ? play(&ui) : say(&err, status);
    scenario_free(&ui.scenario);
    taped_close(&ui.lesson);
    return status;
}

int command_replay(const struct cli_options *options)
{
    if (play_is_named(options->operands[0]))
        return play_file(options->operands[0], options);
    struct ui ui = {.options = options, .run = options, .saved = options->operands[0]};
    return play(&ui);
}

int command_menu(const struct cli_options *options)
{
    struct ui ui = {.options = options, .run = options};
    return play(&ui);
}
