#include "cli/completion.h"

#include <stdio.h>
#include <string.h>

static const char head[] = "# bash completion of racelane\n"
                           "_racelane_words() { COMPREPLY+=($(compgen -W \"$1\" -- \"$cur\")); }\n"
                           "\n"
                           "# Folders, and files whose names end so; '': any file.\n"
                           "_racelane_files()\n"
                           "{\n"
                           "    local IFS=$'\\n'\n"
                           "    compopt -o filenames 2>/dev/null\n"
                           "    if [[ -z $1 ]]; then\n"
                           "        COMPREPLY+=($(compgen -f -- \"$cur\"))\n"
                           "    else\n"
                           "        COMPREPLY+=($(compgen -f -X \"!*.$1\" -- \"$cur\"))\n"
                           "    fi\n"
                           "}\n"
                           "\n"
                           "# What an option takes; fails when $prev is none that takes anything.\n"
                           "_racelane_values()\n"
                           "{\n"
                           "    case $prev in\n";

static const char body[] =
    "    *) return 1 ;;\n"
    "    esac\n"
    "}\n"
    "\n"
    "_racelane()\n"
    "{\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
    "    local command='' options='' words='' files='' kind IFS=$' \\t\\n'\n"
    "    COMPREPLY=()\n"
    "    # --theme=dark comes as three words.\n"
    "    if [[ $cur == = ]]; then\n"
    "        cur=''\n"
    "    elif [[ $prev == = ]]; then\n"
    "        prev=${COMP_WORDS[COMP_CWORD-2]}\n"
    "    fi\n"
    "    _racelane_values && return\n"
    "    if ((COMP_CWORD > 1)) && [[ ${COMP_WORDS[1]} != -* ]]; then\n"
    "        command=${COMP_WORDS[1]}\n"
    "    fi\n"
    "    case $command in\n";

static const char tail[] = "    esac\n"
                           "    if [[ $cur == -* ]]; then\n"
                           "        _racelane_words \"$options\"\n"
                           "        return\n"
                           "    fi\n"
                           "    _racelane_words \"$words\"\n"
                           "    if [[ $files ]]; then\n"
                           "        compopt -o filenames 2>/dev/null\n"
                           "        COMPREPLY+=($(compgen -d -- \"$cur\"))\n"
                           "    fi\n"
                           "    for kind in $files; do\n"
                           "        _racelane_files \"$kind\"\n"
                           "    done\n"
                           "}\n"
                           "complete -F _racelane racelane\n";

static void put_values(void)
{
    size_t n;
    const struct option_entry *table = cli_option_table(&n);
    for (size_t i = 0; i < n; i++) {
        char words[CLI_WORDS_MAX];
        if (!table[i].argument[0])
            continue;
        printf("    --%s) ", table[i].text);
        cli_option_words(&table[i], words);
        if (option_takes_file(&table[i]))
            puts("_racelane_files '' ;;");
        else if (option_is_theme(&table[i]))
            printf("_racelane_words \"%s $(ls \"%s\" 2>/dev/null)\" ;;\n", words,
                   completion_themes);
        else
            printf("_racelane_words '%s' ;;\n", words);
    }
}

static void put_options(const struct command_entry *command)
{
    size_t n;
    const struct option_entry *table = cli_option_table(&n);
    fputs("        options='", stdout);
    for (size_t i = 0; i < n; i++)
        if (cli_option_applies(&table[i], command))
            printf("--%s ", table[i].text);
}

static void put_command(const struct command_entry *command)
{
    struct operand operand = operand_of(command);
    printf("    %s)\n", command->name);
    put_options(command);
    fputs("'\n        words='", stdout);
    operand_put_words(&operand);
    if (operand.is_scenario)
        completion_put_scenarios();
    fputs("'\n        files='", stdout);
    operand_put_endings(&operand, " ");
    puts("' ;;");
}

static void put_menu(void)
{
    puts("    '')");
    put_options(&cli_menu);
    fputs("--version --fix-terminal'\n        words='help ", stdout);
    for (const struct command_entry *command = cli_commands; command->name; command++)
        printf("%s ", command->name);
    puts("' ;;");
}

void completion_bash(void)
{
    fputs(head, stdout);
    put_values();
    fputs(body, stdout);
    put_menu();
    for (const struct command_entry *command = cli_commands; command->name; command++)
        put_command(command);
    fputs(tail, stdout);
}
