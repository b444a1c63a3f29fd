// `racelane man`: the manual page, from the same tables as the help and the parser.
#include "base/mem.h"
#include "cli/commands.h"
#include "export/listing.h"
#include "view/command.h"

#include <stdio.h>
#include <string.h>

// Text as troff takes it: no requests at the start of a line, `this` in bold.
static void put_text(const char *text)
{
    bool is_bold = false;
    if (*text == '.' || *text == '\'')
        fputs("\\&", stdout);
    for (const char *c = text; *c; c++)
        if (*c == '`') {
            is_bold = !is_bold;
            fputs(is_bold ? "\\fB" : "\\fR", stdout);
        } else if (*c == '\\') {
            fputs("\\e", stdout);
        } else if (*c == '-') {
            fputs("\\-", stdout);
        } else if (*c == '\'' || *c == '^' || *c == '~') {
            printf("\\(%s", *c == '\'' ? "aq" : *c == '^' ? "ha" : "ti");
        } else {
            fputc(*c, stdout);
        }
}

static void put_line(const char *text)
{
    put_text(text);
    fputc('\n', stdout);
}

// A term in bold, an argument in italics, and what they mean.
static void put_item(const char *term, const char *argument, const char *text)
{
    fputs(".TP\n\\fB", stdout);
    put_text(term);
    fputs("\\fR", stdout);
    if (argument[0]) {
        fputs(" \\fI", stdout);
        put_text(argument);
        fputs("\\fR", stdout);
    }
    fputc('\n', stdout);
    put_line(text);
}

static void put_head(void)
{
    printf(".\\\" Made by `racelane man`.\n"
           ".TH RACELANE 1 \"\" \"racelane %s\" \"User Commands\"\n"
           ".SH NAME\nracelane \\- concurrency made visible in a terminal\n"
           ".SH SYNOPSIS\n.B racelane\n.RI [ OPTION ]...\n",
           cli_version);
    for (const struct command_entry *command = cli_commands; command->name; command++) {
        printf(".br\n.B racelane %s\n", command->name);
        if (command->operands[0]) {
            fputs(".I ", stdout);
            put_line(command->operands);
        }
        puts(".RI [ OPTION ]...");
    }
    puts(".SH DESCRIPTION\n"
         "Runs real threads and real processes, draws each as a lane with its start and its\n"
         "finish, shows the counter that they share, and lets whoever holds the keyboard switch\n"
         "the lock off and on while they run. Every lost update is named: whose it was, who\n"
         "overwrote it, and when.\n.PP\n"
         "Without a command there is a menu. A\n.I SCENARIO\n"
         "is a name of the list below, or a file whose name ends in .lane.");
}

static void put_options(const struct command_entry *command)
{
    size_t n;
    const struct option_entry *table = cli_option_table(&n);
    const char *between = "Options: ";
    for (size_t i = 0; i < n; i++)
        if (cli_option_applies(&table[i], command)) {
            printf("%s\\fB\\-\\-", between);
            put_text(table[i].text);
            fputs("\\fR", stdout);
            between = ", ";
        }
    puts(".");
}

static void put_commands(void)
{
    puts(".SH COMMANDS");
    for (const struct command_entry *command = cli_commands; command->name; command++) {
        put_item(command->name, command->operands, command->help);
        put_options(command);
    }
    put_item("--fix-terminal", "",
             "Brings back a terminal that a killed program has left in disorder.");
    put_item("--version", "", "Prints the version.");
}

static void put_option_table(void)
{
    size_t n;
    const struct option_entry *table = cli_option_table(&n);
    puts(".SH OPTIONS");
    for (size_t i = 0; i < n; i++) {
        char term[40];
        if (table[i].letter)
            snprintf(term, sizeof term, "-%c, --%s", table[i].letter, table[i].text);
        else
            snprintf(term, sizeof term, "--%s", table[i].text);
        put_item(term, table[i].argument, table[i].help);
        char words[CLI_WORDS_MAX];
        cli_option_words(&table[i], words);
        if (words[0] && !strchr(table[i].argument, '|')) {
            fputs("One of: ", stdout);
            put_text(words);
            puts(".");
        }
    }
}

static void put_keys(void)
{
    puts(".SH KEYS");
    for (int i = 1; i < COMMAND_COUNT; i++) {
        enum command command = (enum command)i;
        char key[16];
        fputs(".TP\n\\fB", stdout);
        for (int n = 0; command_key(command, n, key); n++) {
            fputs(n ? " " : "", stdout);
            put_text(key);
        }
        printf("\\fR (\\fI");
        put_text(command_table[command].name);
        puts("\\fR)");
        put_line(command_table[command].help);
    }
}

static void put_scenarios(void)
{
    size_t n;
    struct listing_item *items = listing_make(&n);
    puts(".SH SCENARIOS");
    for (size_t i = 0; i < n; i++)
        put_item(items[i].name, "", items[i].title);
    listing_free(items, n);
}

static void put_examples(const struct command_entry *command)
{
    for (const char *line = command->examples; *line;) {
        char text[160];
        size_t len = strcspn(line, "\n");
        snprintf(text, sizeof text, "%.*s", (int)len, line);
        put_line(text);
        line += len + (line[len] == '\n');
    }
}

// What the program promises to scripts and looks for around it.
static const struct fact {
    const char *section, *term, *text;
} facts[] = {
    {"EXIT STATUS", "0", "Done, and every claim of the scenario held; or left with `q`."},
    {"EXIT STATUS", "1", "A claim did not hold, a lane failed, or the lanes are deadlocked."},
    {"EXIT STATUS", "2", "Usage or bad input."},
    {"EXIT STATUS", "3", "The machine refused: no terminal, no memory, not all lanes could start."},
    {"EXIT STATUS", "4",
     "A saved run was cut short or is damaged, or a transcript was cut or changed."},
    {"EXIT STATUS", "128 + n", "Killed by signal n."},
    {"FILES", "$XDG_CONFIG_HOME/racelane/config",
     "Lines `theme NAME`, `mouse on` and the like. Without that variable all three are below "
     "~/.config. They are read and never written."},
    {"FILES", "$XDG_CONFIG_HOME/racelane/keys",
     "Lines `COMMAND KEY...`: the keys of a command instead of those above."},
    {"FILES", "$XDG_CONFIG_HOME/racelane/themes/NAME",
     "Lines `ROLE FOREGROUND BACKGROUND ATTRIBUTE...`: a theme of your own."},
    {"ENVIRONMENT", "NO_COLOR", "Set and not empty: bold, reverse and underline, no colours."},
    {"ENVIRONMENT", "TERM", "The terminal; of linux and vt ones ASCII characters are used."},
    {"ENVIRONMENT", "LC_ALL, LC_CTYPE, LANG", "ASCII characters unless they say UTF-8."},
    {"SEE ALSO", "pthreads(7), futex(7), sched(7)", "What the lanes are made of."},
};

static void put_facts(void)
{
    const char *section = "";
    for (size_t i = 0; i < ARRAY_LEN(facts); i++) {
        if (strcmp(section, facts[i].section) != 0)
            printf(".SH %s\n", facts[i].section);
        section = facts[i].section;
        put_item(facts[i].term, "", facts[i].text);
    }
}

int command_man(const struct cli_options *options)
{
    (void)options;
    put_head();
    put_commands();
    put_option_table();
    put_keys();
    put_scenarios();
    puts(".SH EXAMPLES\n.EX");
    put_examples(&cli_menu);
    for (const struct command_entry *command = cli_commands; command->name; command++)
        put_examples(command);
    puts(".EE");
    put_facts();
    return EXIT_HELD;
}
