#include "cli/taped.h"

#include "base/mem.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/scenario.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LABEL_MAX = 160 };

// What a line `run ...` may say, and the command line beside it.
static const struct command_entry *const run_entry = &cli_commands[0];

static bool say(const char *text)
{
    fprintf(stderr, "racelane: %s\n", text);
    return false;
}

static void complain(const struct taped *taped, const struct lang_problems *problems)
{
    char *text = lang_problems_text(problems, taped->label, taped->text, taped->len_bytes);
    fputs(text, stderr);
    mem_free(text);
}

// One byte more than a tape may have, so that it is known to be too long.
static bool read_all(struct taped *taped, int fd)
{
    taped->text = mem_alloc(TAPE_BYTES_MAX + 2);
    while (taped->len_bytes <= TAPE_BYTES_MAX) {
        ssize_t n = read(fd, taped->text + taped->len_bytes, TAPE_BYTES_MAX + 1 - taped->len_bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        if (n == 0)
            break;
        taped->len_bytes += (size_t)n;
    }
    return true;
}

// The keys come from the terminal, even where the tape came through standard input.
static void give_back_keys(void)
{
    int terminal = isatty(STDOUT_FILENO) ? open("/dev/tty", O_RDWR | O_CLOEXEC) : -1;
    if (terminal < 0)
        return;
    dup2(terminal, STDIN_FILENO);
    close(terminal);
}

static bool load(struct taped *taped, const char *path)
{
    struct error err;
    bool is_input = strcmp(path, "-") == 0;
    taped->label = mem_alloc(LABEL_MAX);
    text_safe_z(taped->label, LABEL_MAX, is_input ? "<stdin>" : path);
    if (is_input && isatty(STDIN_FILENO))
        return say("--tape -: standard input is the terminal, which the keys need; it takes a pipe "
                   "or a file");
    int fd = is_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    bool ok = fd >= 0 && read_all(taped, fd);
    if (!ok)
        error_errno(&err, "%s: cannot be read", taped->label);
    if (!is_input && fd >= 0)
        close(fd);
    if (is_input)
        give_back_keys();
    return ok || say(err.text);
}

// The words of a line `run ...` by themselves, so that what is wrong with them is told as the
// tape's mistake. The options stand before options->operands then.
static bool parse_words(const struct taped *taped, size_t run, char **argv,
                        struct cli_options *options)
{
    struct error err;
    const struct tape_run *line = &taped->tape->runs[run];
    // The command line may name the scenario instead.
    struct command_entry any = *run_entry;
    any.min_operands = 0;
    bool ok = cli_parse(options, &any, (int)line->n_words + 1, argv, &err);
    if (ok && (options->tape_file || options->wants_help))
        ok = error_set(&err, "a tape cannot name a tape, or ask for help");
    // It may come from anybody: where something is written is said by whoever plays it.
    if (ok && (options->transcript || options->save || options->record))
        ok = error_set(&err, "a tape cannot name a file to write: --save, --record and "
                             "--transcript stand on the command line");
    if (ok && options->n_operands > 0)
        ok = cli_check_operands(options, run_entry, &err);
    if (ok && options->n_operands == 0 && run > 0)
        ok = error_set(&err, "this `run` has to name a scenario, as in `run race`");
    if (!ok)
        fprintf(stderr, "%s:%u:1: error: %s\n", taped->label, line->line, err.text);
    return ok;
}

// Both as one command line: options of the tape's line, those of the command line, the operand.
static bool parse_both(struct taped *taped, size_t run, int argc, char **argv)
{
    struct error err;
    struct cli_options own;
    struct taped_run *both = &taped->runs[run];
    const struct tape_run *line = &taped->tape->runs[run];
    char **words = mem_array(line->n_words + 2, sizeof *words);
    words[0] = argv[0];
    for (size_t i = 0; i < line->n_words; i++)
        words[i + 1] = line->words[i];
    bool ok = parse_words(taped, run, words, &own);
    if (ok) {
        size_t n = 1;
        both->argv = mem_array(line->n_words + (size_t)argc + 2, sizeof *both->argv);
        both->argv[0] = argv[0];
        for (char **word = words + 1; word < own.operands; word++)
            both->argv[n++] = *word;
        for (int i = 1; i < argc; i++)
            both->argv[n++] = argv[i];
        if (own.n_operands > 0 && !taped->has_operand)
            both->argv[n++] = own.operands[0];
        ok = (cli_parse(&both->options, run_entry, (int)n, both->argv, &err) &&
              (both->options.n_operands > 0 ||
               error_set(&err,
                         "%s names no scenario: its first line has to, as in `run race`, or "
                         "else the command line",
                         taped->label))) ||
             say(err.text);
    }
    mem_free(words);
    return ok;
}

// The tape in taped->text, and the command lines of its runs.
static bool parse_all(struct taped *taped, int argc, char **argv)
{
    struct lang_problems problems;
    taped->tape = tape_parse(taped->text, taped->len_bytes, &problems);
    if (!taped->tape) {
        complain(taped, &problems);
        return false;
    }
    size_t n = taped->tape->n_runs;
    if (n > 1 && taped->has_operand) {
        fprintf(stderr, "racelane: %s says itself which scenarios it runs, one after another\n",
                taped->label);
        return false;
    }
    taped->runs = mem_array(n, sizeof *taped->runs);
    for (size_t run = 0; run < n; run++)
        if (!parse_both(taped, run, argc, argv))
            return false;
    return true;
}

bool taped_open(struct taped *taped, struct cli_options *options, int argc, char **argv)
{
    *taped = (struct taped){.has_operand = options->n_operands > 0};
    if (!load(taped, options->tape_file) || !parse_all(taped, argc, argv))
        return false;
    *options = taped->runs[0].options;
    options->taped = taped;
    return true;
}

bool taped_open_lesson(struct taped *taped, const struct lesson_entry *lesson)
{
    char name[] = "run";
    char *argv[] = {name, NULL};
    *taped = (struct taped){.label = mem_text(lesson->name),
                            .text = mem_text_n(lesson->text, lesson->len_bytes),
                            .len_bytes = lesson->len_bytes};
    return parse_all(taped, 1, argv) && taped_check(taped);
}

static bool check_run(struct taped *taped, size_t run)
{
    struct error err;
    struct scenario scenario;
    struct lang_problems problems = {.n = 0};
    const struct cli_options *options = &taped->runs[run].options;
    struct lang_options lang = cli_lang_options(options);
    struct program *prog = NULL;
    if (scenario_load(&scenario, options->operands[0], &err))
        prog = lang_compile(scenario.name, scenario.text, scenario.len_bytes, &lang, &problems);
    bool ok = prog != NULL;
    if (!prog)
        scenario_complain(&scenario, &problems, &err);
    else if (!tape_bind(taped->tape, run, prog, &problems)) {
        complain(taped, &problems);
        ok = false;
    }
    program_free(prog);
    scenario_free(&scenario);
    return ok;
}

bool taped_check(struct taped *taped)
{
    for (size_t run = 0; run < taped->tape->n_runs; run++)
        if (!check_run(taped, run))
            return false;
    return true;
}

void taped_close(struct taped *taped)
{
    for (size_t run = 0; taped->runs && run < taped->tape->n_runs; run++)
        mem_free(taped->runs[run].argv);
    mem_free(taped->runs);
    tape_free(taped->tape);
    mem_free(taped->label);
    mem_free(taped->text);
    *taped = (struct taped){.label = NULL};
}
