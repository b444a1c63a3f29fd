#include "cli/commands.h"

#ifndef RACELANE_VERSION
#define RACELANE_VERSION "0.1.0"
#endif

const char cli_version[] = RACELANE_VERSION;

const struct command_entry cli_commands[] = {
    {"run", "SCENARIO",
     "Runs a scenario on the screen: a name from `racelane list`, or a .lane file.",
     GROUP_PROGRAM | GROUP_RUNS | GROUP_SCREEN | GROUP_TAPE, 1, 1, command_run,
     "racelane run race --pace 20ms\n"
     "racelane run race --lanes 8 --lock off --theme contrast\n"
     "racelane run mine.lane --seed 7 --save mine.rlt"},
    {"replay", "FILE.rlt|FILE.cast",
     "Shows a saved run again, with all that looks at time; of a recording, plays it.",
     GROUP_SCREEN, 1, 1, command_replay,
     "racelane replay race.rlt\n"
     "racelane replay race.cast --theme light"},
    {"report", "SCENARIO|FILE.rlt",
     "Runs a scenario without a screen and prints what happened; of a saved run, what did.",
     GROUP_PROGRAM | GROUP_RUNS | GROUP_JSONS, 1, 1, command_report,
     "racelane report race --lock off --json\n"
     "racelane report race --gil 3.9 --set N=1000000\n"
     "racelane report race.rlt"},
    {"compare", "[SCENARIO...]", "Measures the same work in every mode, and says when to use what.",
     GROUP_JSONS | GROUP_SEED, 0, CLI_OPERANDS_MAX, command_compare,
     "racelane compare\n"
     "racelane compare downloads benchmark --json"},
    {"explore", "SCENARIO",
     "Tries every interleaving: what can come out, how often, and an example of each failure.",
     GROUP_PROGRAM | GROUP_EXPLORE | GROUP_JSONS, 1, 1, command_explore,
     "racelane explore race --set N=1 --json\n"
     "racelane explore peterson --set broken=1 --grain access"},
    {"export", "FILE.rlt",
     "Writes a saved run for other programs: a trace, its events as a table, a picture of it.",
     GROUP_EXPORT, 1, 1, command_export,
     "racelane export race.rlt --to perfetto --out race.json\n"
     "racelane export race.rlt --to svg --at 1.5s --size 100x30 --out race.svg"},
    {"lesson", "[NAME]", "Plays a lesson, a page at each PageDown; without a name it lists them.",
     GROUP_SCREEN | GROUP_LESSON, 0, 1, command_lesson,
     "racelane lesson\n"
     "racelane lesson race\n"
     "racelane lesson race --transcript my.transcript"},
    {"list", "", "Lists the scenarios that ship.", GROUP_JSONS, 0, 0, command_list,
     "racelane list\n"
     "racelane list --json"},
    {"check", "FILE...",
     "Points at every mistake in scenarios; says whether saved runs are whole; prints transcripts.",
     0, 1, -1, command_check,
     "racelane check mine.lane\n"
     "racelane check *.lane race.rlt\n"
     "racelane check my.transcript"},
    {"keys", "", "Prints the keys as a Markdown table.", GROUP_KEYS, 0, 0, command_keys,
     "racelane keys\n"
     "racelane keys --markdown > keys.md"},
    {"completion", "bash|zsh|fish", "Prints the completions of a shell, for it to read.", 0, 1, 1,
     command_completion,
     "source <(racelane completion bash)\n"
     "racelane completion fish > ~/.config/fish/completions/racelane.fish"},
    {"man", "", "Prints the manual page.", 0, 0, 0, command_man,
     "racelane man | man -l -\n"
     "racelane man > racelane.1"},
    {.name = NULL},
};

const struct command_entry cli_menu = {
    "", "",           "Opens the menu of lessons and scenarios.",   GROUP_SCREEN | GROUP_TAPE, 0,
    0,  command_menu, "racelane\nracelane --theme contrast --ascii"};
