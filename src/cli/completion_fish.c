#include "cli/completion.h"

#include "export/listing.h"

#include <stdio.h>
#include <string.h>

static const char none[] = "__fish_use_subcommand";

// In single quotes.
static void put_quoted(const char *text)
{
    fputc('\'', stdout);
    for (const char *c = text; *c; c++) {
        if (*c == '\'' || *c == '\\')
            fputc('\\', stdout);
        fputc(*c, stdout);
    }
    fputc('\'', stdout);
}

// `complete -c racelane -n CONDITION`: after one of the commands that the option applies to.
static void put_where(const struct option_entry *option)
{
    bool is_first = true;
    fputs("complete -c racelane -n '", stdout);
    if (cli_option_applies(option, &cli_menu))
        fputs(none, stdout);
    for (const struct command_entry *command = cli_commands; command->name; command++)
        if (cli_option_applies(option, command)) {
            if (is_first)
                printf("%s__fish_seen_subcommand_from",
                       cli_option_applies(option, &cli_menu) ? "; or " : "");
            is_first = false;
            printf(" %s", command->name);
        }
    fputs("'", stdout);
}

static void put_option(const struct option_entry *option)
{
    char words[CLI_WORDS_MAX];
    cli_option_words(option, words);
    put_where(option);
    if (option->letter)
        printf(" -s %c", option->letter);
    printf(" -l %s", option->text);
    if (option_takes_file(option))
        fputs(" -r -F", stdout);
    else if (option->argument[0])
        fputs(" -x", stdout);
    if (option_is_theme(option))
        printf(" -a '%s (__racelane_themes)'", words);
    else if (words[0])
        printf(" -a '%s'", words);
    fputs(" -d ", stdout);
    put_quoted(option->help);
    fputs("\n", stdout);
}

static void put_operands(const struct command_entry *command)
{
    struct operand operand = operand_of(command);
    char where[80];
    snprintf(where, sizeof where, "complete -c racelane -n '__fish_seen_subcommand_from %s'",
             command->name);
    if (operand.words[0]) {
        printf("%s -a '", where);
        operand_put_words(&operand);
        puts("'");
    }
    if (operand.is_scenario)
        printf("%s -a '(__racelane_scenarios)'\n", where);
    for (const char **ending = operand.endings; *ending; ending++)
        printf("%s -k -a '(__fish_complete_suffix .%s)'\n", where, *ending);
}

static void put_scenarios(void)
{
    size_t n;
    struct listing_item *items = listing_make(&n);
    puts("function __racelane_scenarios");
    for (size_t i = 0; i < n; i++) {
        printf("    printf '%%s\\t%%s\\n' %s ", items[i].name);
        put_quoted(items[i].title);
        puts("");
    }
    puts("end\n");
    listing_free(items, n);
}

void completion_fish(void)
{
    size_t n;
    const struct option_entry *table = cli_option_table(&n);
    puts("# fish completion of racelane");
    put_scenarios();
    puts("function __racelane_themes\n"
         "    set -l folder $XDG_CONFIG_HOME\n"
         "    test -n \"$folder\"; or set folder ~/.config\n"
         "    test -d $folder/racelane/themes; and command ls $folder/racelane/themes\n"
         "end\n\n"
         "complete -c racelane -f");
    for (const struct command_entry *command = cli_commands; command->name; command++) {
        printf("complete -c racelane -n %s -a %s -d ", none, command->name);
        put_quoted(command->help);
        puts("");
    }
    printf("complete -c racelane -n %s -l version -d 'the version'\n", none);
    printf("complete -c racelane -n %s -l fix-terminal -d 'bring back a terminal in disorder'\n",
           none);
    for (size_t i = 0; i < n; i++)
        put_option(&table[i]);
    for (const struct command_entry *command = cli_commands; command->name; command++)
        put_operands(command);
}
