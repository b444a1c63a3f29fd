#include "cli/taped.h"

#include "base/mem.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LABEL_MAX = 160 };

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

// The words of `run ...` by themselves, so that what is wrong with them is told as the tape's
// mistake. *n_options: those of them that are no operands stand first then, from the second on.
static bool parse_run(const struct taped *taped, const struct command_entry *run, char **argv,
                      struct cli_options *options, size_t *n_options)
{
    struct error err;
    const struct tape *tape = taped->tape;
    bool ok = cli_parse(options, run, (int)tape->n_run_words + 1, argv, &err);
    if (ok && (options->tape_file || options->wants_help))
        ok = error_set(&err, "a tape cannot name a tape, or ask for help");
    if (ok && options->n_operands > 0)
        ok = cli_check_operands(options, run, &err);
    if (!ok)
        fprintf(stderr, "%s:%u:1: error: %s\n", taped->label, tape->run_line, err.text);
    else
        *n_options = (size_t)(options->operands - argv) - 1;
    return ok;
}

// Both as one command line: options of the tape, those of the command line, the operand.
static bool parse_both(struct taped *taped, struct cli_options *options,
                       const struct command_entry *run, int argc, char **argv)
{
    struct error err;
    struct cli_options own;
    const struct tape *tape = taped->tape;
    size_t n_options = 0;
    char **words = mem_array(tape->n_run_words + 2, sizeof *words);
    words[0] = argv[0];
    for (size_t i = 0; i < tape->n_run_words; i++)
        words[i + 1] = tape->run_words[i];
    bool has_run = tape->run_words != NULL;
    bool ok = !has_run || parse_run(taped, run, words, &own, &n_options);
    bool has_operand = ok && has_run && own.n_operands > 0;
    if (ok) {
        size_t n = 1;
        taped->argv = mem_array(tape->n_run_words + (size_t)argc + 2, sizeof *taped->argv);
        taped->argv[0] = argv[0];
        for (size_t i = 1; i <= n_options; i++)
            taped->argv[n++] = words[i];
        for (int i = 1; i < argc; i++)
            taped->argv[n++] = argv[i];
        if (has_operand && options->n_operands == 0)
            taped->argv[n++] = own.operands[0];
        ok = (cli_parse(options, run, (int)n, taped->argv, &err) &&
              (options->n_operands > 0 ||
               error_set(&err,
                         "%s names no scenario: its first line has to, as in `run race`, or "
                         "else the command line",
                         taped->label))) ||
             say(err.text);
    }
    mem_free(words);
    return ok;
}

bool taped_open(struct taped *taped, struct cli_options *options, const struct command_entry *run,
                int argc, char **argv)
{
    *taped = (struct taped){.label = NULL};
    struct lang_problems problems;
    if (!load(taped, options->tape_file))
        return false;
    taped->tape = tape_parse(taped->text, taped->len_bytes, &problems);
    if (!taped->tape) {
        complain(taped, &problems);
        return false;
    }
    if (!parse_both(taped, options, run, argc, argv))
        return false;
    options->taped = taped;
    return true;
}

bool taped_bind(struct taped *taped, const struct program *prog)
{
    struct lang_problems problems = {.n = 0};
    if (tape_bind(taped->tape, prog, &problems))
        return true;
    complain(taped, &problems);
    return false;
}

void taped_close(struct taped *taped)
{
    tape_free(taped->tape);
    mem_free(taped->label);
    mem_free(taped->text);
    mem_free(taped->argv);
}
