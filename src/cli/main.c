#include "cli/commands.h"
#include "cli/taped.h"

#include "base/mem.h"
#include "base/text.h"
#include "guard/guard.h"

#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

// What was printed may still be on its way: a full disk shows only now.
static bool is_printed(void)
{
    if (fflush(stdout) == 0)
        return true;
    perror("racelane: the output could not be written");
    return false;
}

static int print_help(void)
{
    printf("usage: racelane [COMMAND] [OPTION]...\n\n"
           "Shows concurrency: real lanes, the counter they share, every lost update named.\n\n"
           "  %-25s %s\n",
           "racelane", "the menu: lessons and scenarios, an arrow key and Enter away");
    for (const struct command_entry *command = cli_commands; command->name; command++) {
        char name[40];
        text_format(name, sizeof name, "racelane %s %s", command->name, command->operands);
        printf("  %-25s %s\n", name, command->help);
    }
    printf("  %-25s %s\n  %-25s %s\n\n", "--fix-terminal",
           "brings back a terminal that a killed program has left in disorder", "--version",
           "the version");
    printf("Options of a command: racelane COMMAND --help\n\n"
           "examples: racelane run race\n"
           "          racelane report race --lock off --lanes 8\n"
           "          racelane check mine.lane\n");
    return is_printed() ? EXIT_HELD : EXIT_REFUSED;
}

static int fix_terminal(void)
{
    struct error err;
    if (guard_fix_terminal(&err))
        return EXIT_HELD;
    fprintf(stderr, "racelane: %s\n", err.text);
    return EXIT_REFUSED;
}

static int complain_command(const char *word)
{
    char shown[60];
    const char *near = NULL;
    text_safe_z(shown, sizeof shown, word);
    for (size_t i = 0; cli_commands[i].name && strlen(word) < 40; i++)
        if (text_distance(word, cli_commands[i].name) <= 2)
            near = cli_commands[i].name;
    fprintf(stderr, "racelane: there is no command `%s`; ", shown);
    if (near)
        fprintf(stderr, "is it `%s`? ", near);
    fprintf(stderr, "`racelane --help` shows all\n");
    return EXIT_USAGE;
}

// With a tape it is always `run`, on whatever the tape or the command line says.
static int play_tape(struct cli_options *options, int argc, char **argv)
{
    struct taped taped;
    int status = EXIT_USAGE;
    if (taped_open(&taped, options, argc, argv))
        status = command_run(options);
    taped_close(&taped);
    return is_printed() ? status : EXIT_REFUSED;
}

static int dispatch(const struct command_entry *command, int argc, char **argv)
{
    struct error err;
    struct cli_options options;
    if (!cli_parse(&options, command, argc, argv, &err)) {
        fprintf(stderr, "racelane: %s\n", err.text);
        return EXIT_USAGE;
    }
    if (options.wants_help) {
        cli_print_options(command);
        return EXIT_HELD;
    }
    if (options.tape_file)
        return play_tape(&options, argc, argv);
    int status = command->run(&options);
    return is_printed() ? status : EXIT_REFUSED;
}

// A file opened later would take the place of a closed one, and what is meant for the terminal
// would go into it.
static bool has_standard_files(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            return false;
    return true;
}

int main(int argc, char **argv)
{
    if (!has_standard_files()) {
        fprintf(stderr, "racelane: standard input, output and error must be open\n");
        return EXIT_REFUSED;
    }
    guard_survive_file_limit();
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C");
    const char *word = argc > 1 ? argv[1] : "";
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0)
        return print_help();
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
        printf("racelane %s\n", cli_version);
        return EXIT_HELD;
    }
    if (strcmp(word, "--fix-terminal") == 0)
        return fix_terminal();
    if (argc == 1 || word[0] == '-')
        return dispatch(&cli_menu, argc, argv);
    for (const struct command_entry *command = cli_commands; command->name; command++)
        if (strcmp(command->name, word) == 0)
            return dispatch(command, argc - 1, argv + 1);
    return complain_command(word);
}
