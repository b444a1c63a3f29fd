// `racelane explore`: every interleaving, without a screen.
#include "export/explore.h"

#include "base/clock.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/scenario.h"
#include "guard/stop.h"

#include <stdio.h>
#include <unistd.h>

enum { STATES_AT_A_TIME = 20000, PROBE_STEPS_AT_A_TIME = 1 << 20, JOBS_UNASKED_MAX = 16 };
static const uint64_t memory_unasked_bytes = 256 << 20;

// As sessions begin: a scenario that declares a lock `off` begins without.
static bool starts_on(const struct program *prog, int wanted)
{
    if (wanted >= 0)
        return wanted;
    for (size_t i = 0; i < prog->n_locks; i++)
        if (prog->locks[i].type == LOCK_MUTEX && prog->locks[i].starts_off)
            return false;
    return true;
}

static bool has_random(const struct program *prog)
{
    for (size_t i = 0; i < prog->n_ops; i++)
        if (prog->ops[i].code == OP_RANDOM)
            return true;
    return false;
}

static unsigned count_jobs(const struct cli_options *options)
{
    long n_cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (options->n_jobs > 0)
        return (unsigned)options->n_jobs;
    return n_cores < 1 ? 1 : n_cores > JOBS_UNASKED_MAX ? JOBS_UNASKED_MAX : (unsigned)n_cores;
}

static enum explore_status run(struct explore *x)
{
    int stop = guard_stop_open();
    enum explore_status status;
    do {
        status = explore_run(x, STATES_AT_A_TIME);
        if (status == EXPLORE_GOING && guard_stop_asked(stop)) {
            explore_stop(x);
            status = EXPLORE_STOPPED;
        }
    } while (status == EXPLORE_GOING);
    guard_stop_close(stop);
    return status;
}

// A few schedules by themselves, where not all could be tried and none that was failed.
static struct probe *probe_begin(struct explore *x, const struct program *prog,
                                 const struct explore_options *how)
{
    const struct explore_result *result = explore_result(x);
    const struct stepper_options options = {.lock_kind = how->lock_kind, .lock_on = how->lock_on};
    if (result->status != EXPLORE_MEMORY || result->n_failures > 0)
        return NULL;
    struct probe *probe = probe_new(prog, &options);
    while (!probe_run(probe, PROBE_STEPS_AT_A_TIME))
        ;
    return probe;
}

static int print(const struct explore_account *account, const struct cli_options *options)
{
    char *text = options->is_json ? explore_json(account) : explore_text(account);
    bool is_written = fputs(text, stdout) >= 0 && fflush(stdout) == 0;
    mem_free(text);
    if (!is_written) {
        perror("racelane: the result could not be written");
        clearerr(stdout);
        return EXIT_REFUSED;
    }
    if (account->result->n_failures > 0 || account->probe.has_failed)
        return EXIT_BROKEN;
    return account->result->is_complete ? EXIT_HELD : EXIT_REFUSED;
}

static int explore_program(const struct program *prog, const struct cli_options *options)
{
    struct error err;
    const struct explore_options how = {
        .lock_kind = options->lock_kind ? lock_kind_find(options->lock_kind) : lock_kinds[0],
        .lock_on = starts_on(prog, options->lock),
        .grain = options->is_access_grain ? GRAIN_ACCESS : GRAIN_OP,
        .registers = options->keeps_registers ? REGISTERS_KEPT : REGISTERS_LIVE,
        .memory_max_bytes =
            options->memory_max_bytes ? options->memory_max_bytes : memory_unasked_bytes,
        .n_threads = count_jobs(options),
    };
    uint64_t begin_ns = clock_now_ns();
    struct explore *x = explore_new(prog, &how, &err);
    if (!x) {
        fprintf(stderr, "racelane: %s\n", err.text);
        return EXIT_USAGE;
    }
    int status;
    if (run(x) == EXPLORE_FAILED) {
        fprintf(stderr, "racelane: %s: %s\n", prog->name, explore_trouble(x));
        status = EXIT_USAGE;
    } else {
        struct probe *probe = probe_begin(x, prog, &how);
        const struct explore_account account = {
            .prog = prog,
            .result = explore_result(x),
            .grain = how.grain,
            .lock_on = how.lock_on,
            .lock_kind = how.lock_kind->name,
            .elapsed_s = (double)(clock_now_ns() - begin_ns) / 1e9,
            .memory_max_bytes = how.memory_max_bytes,
            .has_random = has_random(prog),
            .probe = probe ? probe_result(probe) : (struct probe_result){.has_failed = false},
        };
        status = print(&account, options);
        probe_free(probe);
    }
    explore_free(x);
    return status;
}

int command_explore(const struct cli_options *options)
{
    struct error err;
    struct scenario scenario;
    struct lang_problems problems = {0};
    if (!scenario_load(&scenario, options->operands[0], &err)) {
        fprintf(stderr, "racelane: %s\n", err.text);
        scenario_free(&scenario);
        return EXIT_USAGE;
    }
    struct lang_options lang = cli_lang_options(options);
    struct program *prog =
        lang_compile(scenario.name, scenario.text, scenario.len_bytes, &lang, &problems);
    int status = EXIT_USAGE;
    if (prog)
        status = explore_program(prog, options);
    else
        scenario_complain(&scenario, &problems, &err);
    program_free(prog);
    scenario_free(&scenario);
    return status;
}
