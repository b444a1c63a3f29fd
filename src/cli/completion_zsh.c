#include "cli/completion.h"

#include "export/listing.h"

#include <stdio.h>
#include <string.h>

static const char body[] = "    )\n"
                           "    _describe -t commands command names\n"
                           "}\n"
                           "\n"
                           "_racelane()\n"
                           "{\n"
                           "    if ((CURRENT == 2)) && [[ $words[2] != -* ]]; then\n"
                           "        _racelane_commands\n"
                           "        return\n"
                           "    fi\n"
                           "    local command=$words[2]\n"
                           "    if [[ $command != -* ]]; then\n"
                           "        shift words\n"
                           "        ((CURRENT--))\n"
                           "    fi\n"
                           "    case $command in\n";

static const char tail[] =
    "    esac\n"
    "}\n"
    "\n"
    "# Loaded from a file of this name it is called at once; read by `source` it is made known.\n"
    "if [[ $funcstack[1] == _racelane ]]; then\n"
    "    _racelane \"$@\"\n"
    "else\n"
    "    compdef _racelane racelane\n"
    "fi\n";

// In single quotes, with what zsh's specifications give a meaning to escaped.
static void put_quoted(const char *text)
{
    for (const char *c = text; *c; c++)
        if (*c == '\'')
            fputs("'\\''", stdout);
        else if (strchr("[]:\\", *c))
            printf("\\%c", *c);
        else
            fputc(*c, stdout);
}

static void put_named(const char *name, const char *text)
{
    printf("        '%s:", name);
    put_quoted(text);
    puts("'");
}

static void put_argument(const struct option_entry *option)
{
    char words[CLI_WORDS_MAX];
    fputs(":", stdout);
    put_quoted(option->argument);
    cli_option_words(option, words);
    if (option_is_theme(option))
        printf(": _racelane_themes %s", words);
    else if (words[0])
        printf(":(%s)", words);
    else
        fputs(option_takes_file(option) ? ":_files" : ": ", stdout);
}

static void put_option(const struct option_entry *option)
{
    // The one that may be given more than once.
    const char *repeats = strcmp(option->text, "set") == 0 ? "*" : "";
    if (option->letter)
        printf(" \\\n            '(-%c --%s)'{-%c,--%s}'[", option->letter, option->text,
               option->letter, option->text);
    else
        printf(" \\\n            '%s--%s%s[", repeats, option->text,
               option->argument[0] ? "=" : "");
    put_quoted(option->help);
    fputs("]", stdout);
    if (option->argument[0])
        put_argument(option);
    fputs("'", stdout);
}

static void put_command(const struct command_entry *command)
{
    size_t n;
    const struct option_entry *table = cli_option_table(&n);
    struct operand operand = operand_of(command);
    printf("    %s)\n        _arguments -S", command->name[0] ? command->name : "*");
    for (size_t i = 0; i < n; i++)
        if (cli_option_applies(&table[i], command))
            put_option(&table[i]);
    const char *place = operand.is_last ? "1" : "*";
    if (operand.words[0]) {
        printf(" \\\n            '%s:word:(", place);
        operand_put_words(&operand);
        fputs(")'", stdout);
    }
    if (operand.endings[0]) {
        printf(operand.is_scenario ? " \\\n            '%s:scenario: _racelane_scenarios \""
                                   : " \\\n            '%s:file:_files -g \"*.(",
               place);
        operand_put_endings(&operand, "|");
        fputs(operand.is_scenario ? "\"'" : ")\"'", stdout);
    }
    puts(" ;;");
}

static void put_scenarios(void)
{
    size_t n;
    struct listing_item *items = listing_make(&n);
    puts("_racelane_scenarios()\n"
         "{\n"
         "    local -a names=(");
    for (size_t i = 0; i < n; i++)
        put_named(items[i].name, items[i].title);
    puts("    )\n"
         "    _describe -t scenarios scenario names\n"
         "    _files -g \"*.($1)\"\n"
         "}\n");
    listing_free(items, n);
}

void completion_zsh(void)
{
    puts("#compdef racelane\n"
         "# zsh completion of racelane\n");
    put_scenarios();
    printf("_racelane_themes()\n{\n    compadd -- $@ %s/*(N:t)\n}\n\n", completion_themes);
    puts("_racelane_commands()\n"
         "{\n"
         "    local -a names=(");
    for (const struct command_entry *command = cli_commands; command->name; command++)
        put_named(command->name, command->help);
    fputs(body, stdout);
    for (const struct command_entry *command = cli_commands; command->name; command++)
        put_command(command);
    put_command(&cli_menu);
    fputs(tail, stdout);
}
