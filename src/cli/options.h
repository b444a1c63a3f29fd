#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "base/error.h"
#include "lang/lang.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The command line, parsed: one table of options (cli/options.def) and one of subcommands.

enum { CLI_SETTINGS_MAX = 32, CLI_OPERANDS_MAX = 16 };

enum exit_status {
    EXIT_HELD = 0,    // done, and every claim held; or left with q
    EXIT_BROKEN = 1,  // a claim failed, an error of the run, a deadlock
    EXIT_USAGE = 2,   // usage or bad input
    EXIT_REFUSED = 3, // by the machine: no memory, no terminal, no threads
    EXIT_CUT = 4,     // a file was cut short, is damaged, or was changed
};

struct cli_options {
    const char *mode, *memory, *gil;
    uint64_t switch_interval_ns; // 0: CPython's own
    int lock;                    // -1 as written, 0 off, 1 on
    const char *lock_kind;
    int64_t n_lanes; // 0 as written
    bool has_pace;
    uint64_t pace_ns;
    uint64_t seed; // drawn when not given
    struct lang_setting settings[CLI_SETTINGS_MAX];
    char names[CLI_SETTINGS_MAX][PROGRAM_NAME_MAX + 1]; // storage of settings[].name
    size_t n_settings;
    bool is_simulated;
    const char *schedule;   // NULL: none
    const char *save;       // NULL: not
    const char *record;     // NULL: not
    const char *transcript; // NULL: not
    bool is_access_grain, keeps_registers;
    uint64_t memory_max_bytes; // --memory-limit; 0 when not given
    int64_t n_jobs;            // 0 when not given
    bool is_quick, is_bare, is_ascii, has_mouse, is_json, is_markdown, wants_help;
    uint64_t lesson_ns; // --clock; 0 when not given
    const char *theme;
    const char *format;   // --to
    const char *out_path; // --out; NULL: standard output
    bool has_at;
    uint64_t at_ns;        // --at
    uint64_t per_s_ns;     // --speed; 0 when not given
    int size_w, size_h;    // --size; 0 when not given
    char **operands;       // what is not an option
    const char *tape_file; // NULL: none; "-": standard input
    struct taped *taped;   // the tape in it, once it has been read; NULL: none
    int n_operands;
};

struct command_entry {
    const char *name;
    const char *operands; // for the help: "SCENARIO"
    const char *help;
    unsigned options; // groups of options that apply
    int min_operands, max_operands;
    int (*run)(const struct cli_options *options);
    const char *examples; // at least two, a line each
};

struct option_entry {
    const char *text;     // "lock-kind"
    int letter;           // 'h', 0 for none
    const char *argument; // "KIND", "on|off"; "" for none
    unsigned groups;      // of options
    const char *help;
    int id;
};

// All options, *n of them.
const struct option_entry *cli_option_table(size_t *n);
bool cli_option_applies(const struct option_entry *option, const struct command_entry *command);
// The words that an option takes, separated by blanks; "" when it takes anything. Returns out.
enum { CLI_WORDS_MAX = 120 };
char *cli_option_words(const struct option_entry *option, char out[CLI_WORDS_MAX]);

// Parses argv[1..] after the subcommand's name. False with a message, for exit status 2.
bool cli_parse(struct cli_options *options, const struct command_entry *command, int argc,
               char **argv, struct error *err);

// Whether there are as many operands as the command wants. False with a message.
bool cli_check_operands(const struct cli_options *options, const struct command_entry *command,
                        struct error *err);

// `racelane COMMAND --help`.
void cli_print_options(const struct command_entry *command);

struct lang_options cli_lang_options(const struct cli_options *options);

enum option_group {
    GROUP_RUNS = 1,
    GROUP_SCREEN = 2,
    GROUP_JSONS = 4,
    GROUP_KEYS = 8,
    GROUP_PROGRAM = 16, // what is run or explored
    GROUP_EXPLORE = 32,
    GROUP_SEED = 64,
    GROUP_EXPORT = 128,
    GROUP_TAPE = 256,
    GROUP_LESSON = 512,
    GROUP_ALL = 1023
};

#endif
