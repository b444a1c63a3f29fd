// `racelane list`, `check` and `keys`.
#include "base/mem.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/saved.h"
#include "cli/scenario.h"
#include "cli/transcript.h"
#include "export/listing.h"
#include "lang/library.h"
#include "view/command.h"

#include <stdio.h>

int command_list(const struct cli_options *options)
{
    char *text = options->is_json ? listing_json() : listing_text();
    fputs(text, stdout);
    mem_free(text);
    return EXIT_HELD;
}

static int check_scenario(const char *operand)
{
    struct error err;
    struct scenario scenario;
    struct lang_problems problems = {0};
    const struct lang_options as_written = {0};
    bool is_loaded = scenario_load(&scenario, operand, &err);
    struct program *prog = is_loaded ? lang_compile(scenario.name, scenario.text,
                                                    scenario.len_bytes, &as_written, &problems)
                                     : NULL;
    if (prog)
        printf("%s: ok, %zu lane%s, %zu ops\n", scenario.label, prog->n_lanes - 1,
               prog->n_lanes == 2 ? "" : "s", prog->n_ops);
    else
        scenario_complain(&scenario, &problems, &err);
    int status = prog ? EXIT_HELD : EXIT_USAGE;
    program_free(prog);
    scenario_free(&scenario);
    return status;
}

static int check_one(const char *operand)
{
    if (saved_is_named(operand))
        return saved_check(operand);
    return transcript_is_named(operand) ? transcript_check(operand) : check_scenario(operand);
}

// The first kind of trouble that was met.
int command_check(const struct cli_options *options)
{
    int status = EXIT_HELD;
    for (int i = 0; i < options->n_operands; i++) {
        int one = check_one(options->operands[i]);
        status = status == EXIT_HELD ? one : status;
    }
    return status;
}

int command_keys(const struct cli_options *options)
{
    (void)options;
    command_markdown(stdout);
    return EXIT_HELD;
}
