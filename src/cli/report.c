// `racelane report`: a run without a screen. This process is the guardian and the collector in one.
#include "export/report.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/direct.h"
#include "cli/saved.h"
#include "cli/scenario.h"

#include <stdio.h>

enum { LOOK_EVERY_NS = 500 * 1000 };

static bool print_all(const char *text)
{
    if (fputs(text, stdout) >= 0 && fflush(stdout) == 0)
        return true;
    perror("racelane: the report could not be written");
    clearerr(stdout);
    return false;
}

static int report_end(struct session *session, const struct cli_options *options)
{
    struct session_view view = session_view(session);
    if (view.save_trouble)
        fprintf(stderr, "racelane: %s\n", view.save_trouble);
    // A lane that was refused, or a host that never began: the machine's doing.
    if (view.trouble && !view.lanes[0].is_started) {
        fprintf(stderr, "racelane: %s\n", view.trouble);
        return EXIT_REFUSED;
    }
    char *text = options->is_json ? report_json(session) : report_text(session);
    bool is_written = print_all(text);
    mem_free(text);
    if (!is_written)
        return EXIT_REFUSED;
    if (view.n_refused)
        return EXIT_REFUSED;
    if (view.save_trouble)
        return EXIT_REFUSED;
    return report_holds(&view) ? EXIT_HELD : EXIT_BROKEN;
}

// What was, from a file.
static int report_saved(const struct cli_options *options)
{
    struct error err;
    struct session *session = saved_open(options->operands[0], &err);
    if (!session) {
        fprintf(stderr, "racelane: %s\n", err.text);
        return EXIT_USAGE;
    }
    bool is_complete = session_file(session).is_complete;
    int status = report_end(session, options);
    session_free(session);
    return is_complete ? status : EXIT_CUT;
}

static void run_to_end(struct session *session)
{
    for (;;) {
        session_pump(session);
        struct session_view view = session_view(session);
        if (view.is_ended)
            return;
        if (view.is_deadlocked) {
            // So that the clock stands, and what is saved afterwards is what is reported.
            session_pause(session, true);
            return;
        }
        session_wait(session, LOOK_EVERY_NS);
    }
}

int command_report(const struct cli_options *options)
{
    struct error err;
    struct scenario scenario;
    struct lang_problems problems = {0};
    if (saved_is_named(options->operands[0]))
        return report_saved(options);
    if (!scenario_load(&scenario, options->operands[0], &err)) {
        fprintf(stderr, "racelane: %s\n", err.text);
        scenario_free(&scenario);
        return EXIT_USAGE;
    }
    struct direct direct;
    const struct session_launcher launcher = direct_launcher(&direct);
    struct lang_options lang = cli_lang_options(options);
    const struct session_options how = {
        .name = scenario.name,
        .text = scenario.text,
        .len_bytes = scenario.len_bytes,
        .lang = &lang,
        .lock_kind = options->lock_kind,
        .lock = options->lock,
        .pace_ns = options->pace_ns,
        .switch_interval_ns = options->switch_interval_ns,
        .seed = options->seed,
        .is_bare = options->is_bare,
        .is_simulated = options->is_simulated,
        .schedule = options->schedule,
        .is_headless = true,
        .memory_bytes = options->memory_max_bytes,
        .save_path = options->save,
    };
    struct session *session = session_open(&how, &launcher, &problems, &err);
    int status = problems.n ? EXIT_USAGE : EXIT_REFUSED;
    if (session) {
        run_to_end(session);
        status = report_end(session, options);
    } else {
        scenario_complain(&scenario, &problems, &err);
    }
    session_free(session);
    scenario_free(&scenario);
    return status;
}
