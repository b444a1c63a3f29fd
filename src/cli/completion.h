#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include "cli/commands.h"

// Completions: what bash, zsh and fish offer, printed from the tables of commands and options. A
// file for each shell, and what they share.

void completion_bash(void);
void completion_zsh(void);
void completion_fish(void);

// What may stand where a command has an operand, from the way that its help writes it.
struct operand {
    bool is_scenario;       // a name from the list
    const char *endings[5]; // of names of files, as "lane"; NULL behind the last one
    bool is_last;           // at most one
    const char *words;      // one of these, separated by |; "" for none
};
struct operand operand_of(const struct command_entry *command);
// The endings with that between them.
void operand_put_endings(const struct operand *operand, const char *between);
// Those words, the scenarios' names, the options' names, each before a blank.
void operand_put_words(const struct operand *operand);
void completion_put_scenarios(void);

bool option_takes_file(const struct option_entry *option);
bool option_is_theme(const struct option_entry *option);

// Where themes of one's own are looked for, when they are asked for, as a shell writes it.
extern const char completion_themes[];

#endif
