#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/options.h"

// The subcommands: each returns the exit status.
int command_menu(const struct cli_options *options);
int command_run(const struct cli_options *options);
int command_replay(const struct cli_options *options);
int command_report(const struct cli_options *options);
int command_compare(const struct cli_options *options);
int command_explore(const struct cli_options *options);
int command_export(const struct cli_options *options);
int command_lesson(const struct cli_options *options);
int command_list(const struct cli_options *options);
int command_check(const struct cli_options *options);
int command_keys(const struct cli_options *options);
int command_completion(const struct cli_options *options);
int command_man(const struct cli_options *options);

// All but the menu, `run` first; ends with a NULL name. What is printed about the command line
// (help, manual page, completions) is made from this table and from that of the options.
extern const struct command_entry cli_commands[];
extern const struct command_entry cli_menu; // `racelane` alone; its name is ""
extern const char cli_version[];

#endif
