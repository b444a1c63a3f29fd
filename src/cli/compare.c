// `racelane compare`: the when-to-use table, measured.
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/direct.h"
#include "cli/scenario.h"
#include "export/comparison_report.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PROGRESS_EVERY_NS = 100 * NS_PER_MS };

// A line that is written over again and again, on a terminal only.
static void show_progress(const struct comparison *c)
{
    struct comparison_view view = comparison_view(c);
    const struct comparison_row *row = NULL;
    for (size_t i = 0; i < view.n_rows && !row; i++)
        if (view.rows[i].state == ROW_RUNS)
            row = &view.rows[i];
    fprintf(stderr, "\r%2zu of %zu measured   %-40.40s", view.n_done, view.n_runs,
            row ? row->label : "");
}

static void measure(struct comparison *c)
{
    bool has_progress = isatty(STDERR_FILENO);
    uint64_t shown_ns = 0;
    while (!comparison_view(c).is_done) {
        comparison_pump(c);
        uint64_t now_ns = clock_now_ns();
        if (has_progress && now_ns - shown_ns >= PROGRESS_EVERY_NS) {
            show_progress(c);
            shown_ns = now_ns;
        }
        clock_sleep_until(now_ns + comparison_pause_ns(c));
    }
    if (has_progress)
        fprintf(stderr, "\r%-60s\r", "");
}

static int print_result(const struct comparison *c, const struct cli_options *options)
{
    struct comparison_view view = comparison_view(c);
    char *text = options->is_json ? comparison_json(c) : comparison_text(c);
    fputs(text, stdout);
    mem_free(text);
    for (size_t i = 0; i < view.n_rows; i++)
        if (view.rows[i].state != ROW_DONE)
            return EXIT_BROKEN;
    return EXIT_HELD;
}

static int compare(const struct cli_options *options, const struct scenario *scenarios, size_t n)
{
    struct direct direct;
    const struct session_launcher launcher = direct_launcher(&direct);
    struct lang_problems problems = {0};
    struct comparison_work works[CLI_OPERANDS_MAX];
    size_t bad;
    for (size_t i = 0; i < n; i++)
        works[i] =
            (struct comparison_work){scenarios[i].name, scenarios[i].text, scenarios[i].len_bytes};
    struct comparison *c = comparison_new(&launcher, options->seed, works, n, &problems, &bad);
    if (!c) {
        scenario_complain(&scenarios[bad], &problems, NULL);
        return EXIT_USAGE;
    }
    measure(c);
    int status = print_result(c, options);
    comparison_free(c);
    return status;
}

int command_compare(const struct cli_options *options)
{
    struct error err;
    struct scenario scenarios[CLI_OPERANDS_MAX];
    size_t n = 0;
    int status = EXIT_HELD;
    for (; status == EXIT_HELD && n < (size_t)options->n_operands; n++)
        if (!scenario_load(&scenarios[n], options->operands[n], &err)) {
            fprintf(stderr, "racelane: %s\n", err.text);
            status = EXIT_USAGE;
        }
    if (status == EXIT_HELD)
        status = compare(options, scenarios, n);
    for (size_t i = 0; i < n; i++)
        scenario_free(&scenarios[i]);
    return status;
}
