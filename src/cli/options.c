#include "cli/options.h"

#include "base/mem.h"
#include "base/text.h"
#include "cli/value.h"
#include "export/recording.h"
#include "sync/lock_kind.h"
#include "view/frame.h"
#include "view/theme.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { SHOWN_MAX = 80 };
enum { JOBS_MAX = 16, AT_MAX_S = 1000000 };

enum option_id {
    OPTION_FIRST = 256, // above every letter that getopt may return
#define OPTION(name, text, letter, argument, groups, help) OPTION_##name,
#include "cli/options.def"
#undef OPTION
};

static const struct option_entry table[] = {
#define OPTION(name, text, letter, argument, groups, help)                                         \
    {text, letter, argument, GROUP_##groups, help, OPTION_##name},
#include "cli/options.def"
#undef OPTION
};

const struct option_entry *cli_option_table(size_t *n)
{
    *n = ARRAY_LEN(table);
    return table;
}

bool cli_option_applies(const struct option_entry *option, const struct command_entry *command)
{
    return (option->groups & command->options) || option->id == OPTION_HELP;
}

// What somebody typed, as it may be shown.
static const char *shown(char out[SHOWN_MAX], const char *text)
{
    text_safe_z(out, SHOWN_MAX, text);
    return out;
}

static bool parse_setting(struct cli_options *options, const char *text, struct error *err)
{
    char safe[SHOWN_MAX];
    const char *equals = strchr(text, '=');
    int64_t value;
    if (!equals || equals == text || (size_t)(equals - text) > PROGRAM_NAME_MAX ||
        !value_int(equals + 1, INT64_MIN, INT64_MAX, &value))
        return error_set(err, "--set %s: it takes NAME=INT, as in --set N=1000", shown(safe, text));
    if (options->n_settings == CLI_SETTINGS_MAX)
        return error_set(err, "--set may be given at most %d times", CLI_SETTINGS_MAX);
    size_t i = options->n_settings++;
    memcpy(options->names[i], text, (size_t)(equals - text));
    options->settings[i] = (struct lang_setting){options->names[i], value};
    return true;
}

static bool is_lock_kind(const char *text)
{
    return lock_kind_find(text) != NULL;
}

static bool is_among(const char *text, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], text) == 0)
            return true;
    return false;
}

static bool is_mode(const char *text)
{
    return is_among(text, mode_names, MODE_COUNT);
}

static bool is_gil(const char *text)
{
    return is_among(text, gil_names, GIL_COUNT);
}

static bool is_memory(const char *text)
{
    return is_among(text, memory_names, MEMORY_COUNT);
}

static bool is_format(const char *text)
{
    static const char *const names[] = {"perfetto", "csv", "svg", "cast"};
    return is_among(text, names, ARRAY_LEN(names));
}

// There may be more in files.
static bool is_theme(const char *text)
{
    return text[0] != '\0' && strlen(text) < SHOWN_MAX;
}

static bool parse_word(const char *option, const char *text, bool (*is_known)(const char *),
                       const char *known, const char **out, struct error *err)
{
    char safe[SHOWN_MAX];
    if (!is_known(text))
        return error_set(err, "--%s %s: it is one of %s", option, shown(safe, text), known);
    *out = text;
    return true;
}

static bool parse_lock(struct cli_options *options, const char *text, struct error *err)
{
    char safe[SHOWN_MAX];
    options->lock = strcmp(text, "on") == 0 ? 1 : strcmp(text, "off") == 0 ? 0 : -1;
    if (options->lock < 0)
        return error_set(err, "--lock %s: it is on or off", shown(safe, text));
    return true;
}

// Options whose value is one of a few words.
static const struct {
    enum option_id option;
    const char *name;
    bool (*is_known)(const char *text);
    const char *known;
    size_t place; // in struct cli_options
} word_options[] = {
    {OPTION_MODE, "mode", is_mode, "sequential, threads, processes, pool",
     offsetof(struct cli_options, mode)},
    {OPTION_GIL, "gil", is_gil, "off, 3.9, 3.10", offsetof(struct cli_options, gil)},
    {OPTION_MEMORY, "memory", is_memory, "private, shared", offsetof(struct cli_options, memory)},
    {OPTION_LOCK_KIND, "lock-kind", is_lock_kind, "mutex, tas, ticket, mcs, futex, atomic",
     offsetof(struct cli_options, lock_kind)},
    {OPTION_TO, "to", is_format, "perfetto, csv, svg, cast", offsetof(struct cli_options, format)},
    {OPTION_THEME, "theme", is_theme, "dark, light, contrast, mono",
     offsetof(struct cli_options, theme)},
};

static bool take_word(struct cli_options *options, enum option_id option, const char *text,
                      struct error *err)
{
    size_t i = 0;
    while (word_options[i].option != option)
        i++;
    const char **place = (const char **)((char *)options + word_options[i].place);
    return parse_word(word_options[i].name, text, word_options[i].is_known, word_options[i].known,
                      place, err);
}

char *cli_option_words(const struct option_entry *option, char out[CLI_WORDS_MAX])
{
    const char *known = strchr(option->argument, '|') ? option->argument : "";
    for (size_t i = 0; i < ARRAY_LEN(word_options); i++)
        if ((int)word_options[i].option == option->id)
            known = word_options[i].known;
    // "FILE.cast|FILE.svg" are no words to be typed.
    text_format(out, CLI_WORDS_MAX, "%s", strncmp(known, "FILE", 4) == 0 ? "" : known);
    size_t len = 0;
    for (const char *c = out; *c; c++)
        if (*c != ',')
            out[len++] = *c == '|' ? ' ' : *c;
    out[len] = '\0';
    return out;
}

static bool parse_grain(struct cli_options *options, const char *text, struct error *err)
{
    char safe[SHOWN_MAX];
    options->is_access_grain = strcmp(text, "access") == 0;
    if (!options->is_access_grain && strcmp(text, "op") != 0)
        return error_set(err, "--grain %s: it is op or access", shown(safe, text));
    return true;
}

static bool parse_registers(struct cli_options *options, const char *text, struct error *err)
{
    char safe[SHOWN_MAX];
    options->keeps_registers = strcmp(text, "kept") == 0;
    if (!options->keeps_registers && strcmp(text, "live") != 0)
        return error_set(err, "--registers %s: it is live or kept", shown(safe, text));
    return true;
}

static bool take_explore(struct cli_options *options, enum option_id option, const char *text,
                         struct error *err)
{
    char safe[SHOWN_MAX];
    if (option == OPTION_GRAIN)
        return parse_grain(options, text, err);
    if (option == OPTION_REGISTERS)
        return parse_registers(options, text, err);
    if (option == OPTION_JOBS && !value_int(text, 1, JOBS_MAX, &options->n_jobs))
        return error_set(err, "--jobs %s: it is a number from 1 to %d", shown(safe, text),
                         JOBS_MAX);
    if (option == OPTION_MEMORY_LIMIT && !value_size(text, &options->memory_max_bytes))
        return error_set(err, "--memory-limit %s: it is a size, as in 512K, 256M or 2G",
                         shown(safe, text));
    return true;
}

static bool take_export(struct cli_options *options, enum option_id option, const char *text,
                        struct error *err)
{
    char safe[SHOWN_MAX];
    if (option == OPTION_OUT)
        options->out_path = text;
    if (option == OPTION_SPEED &&
        (!value_time(text, AT_MAX_S, &options->per_s_ns) || options->per_s_ns == 0))
        return error_set(err, "--speed %s: it is a time of the run, as in 1s, 20ms or 350us",
                         shown(safe, text));
    if (option == OPTION_AT)
        options->has_at = true;
    if (option == OPTION_AT && !value_time(text, AT_MAX_S, &options->at_ns))
        return error_set(err, "--at %s: it is a time of the run, as in 1.5s, 20ms or 350us",
                         shown(safe, text));
    if (option == OPTION_SIZE && !value_frame(text, &options->size_w, &options->size_h))
        return error_set(err, "--size %s: it is columns x rows, as in 100x30, at most %dx%d",
                         shown(safe, text), FRAME_W_MAX, FRAME_H_MAX);
    return true;
}

// Options without a value.
static bool take_flag(struct cli_options *options, enum option_id option)
{
    static const struct {
        enum option_id option;
        size_t place; // in struct cli_options
    } flags[] = {
        {OPTION_SIMULATE, offsetof(struct cli_options, is_simulated)},
        {OPTION_QUICK, offsetof(struct cli_options, is_quick)},
        {OPTION_BARE, offsetof(struct cli_options, is_bare)},
        {OPTION_ASCII, offsetof(struct cli_options, is_ascii)},
        {OPTION_MOUSE, offsetof(struct cli_options, has_mouse)},
        {OPTION_JSON, offsetof(struct cli_options, is_json)},
        {OPTION_MARKDOWN, offsetof(struct cli_options, is_markdown)},
        {OPTION_HELP, offsetof(struct cli_options, wants_help)},
    };
    for (size_t i = 0; i < ARRAY_LEN(flags); i++)
        if (flags[i].option == option)
            *(bool *)((char *)options + flags[i].place) = true;
    return true;
}

static bool take_number(struct cli_options *options, enum option_id option, const char *text,
                        struct error *err)
{
    char safe[SHOWN_MAX];
    int64_t seed = 0;
    options->has_pace |= option == OPTION_PACE;
    if (option == OPTION_SWITCH_INTERVAL &&
        (!value_time(text, VALUE_PACE_MAX_S, &options->switch_interval_ns) ||
         !options->switch_interval_ns))
        return error_set(err, "--switch-interval %s: it is a time up to %d s, as in 5ms",
                         shown(safe, text), VALUE_PACE_MAX_S);
    if (option == OPTION_LANES && !value_int(text, 1, PROGRAM_LANES_MAX, &options->n_lanes))
        return error_set(err, "--lanes %s: it is a number from 1 to %d", shown(safe, text),
                         PROGRAM_LANES_MAX);
    if (option == OPTION_PACE && !value_pace(text, &options->pace_ns))
        return error_set(err, "--pace %s: it is `native` or a time up to %d s, as in 20ms",
                         shown(safe, text), VALUE_PACE_MAX_S);
    if (option == OPTION_SEED && !value_int(text, 0, INT64_MAX, &seed))
        return error_set(err, "--seed %s: it is a whole number, 0 or more", shown(safe, text));
    if (option == OPTION_SEED)
        options->seed = (uint64_t)seed;
    if (option == OPTION_CLOCK && !value_minutes(text, &options->lesson_ns))
        return error_set(err, "--clock %s: it is minutes or hours, as in 45m or 2h",
                         shown(safe, text));
    return true;
}

// The name of a file, or a schedule.
static bool take_text(struct cli_options *options, enum option_id option, const char *text,
                      struct error *err)
{
    char safe[SHOWN_MAX];
    if (option == OPTION_SAVE)
        options->save = text;
    if (option == OPTION_TAPE)
        options->tape_file = text;
    if (option == OPTION_RECORD)
        options->record = text;
    if (option == OPTION_TRANSCRIPT)
        options->transcript = text;
    if (option == OPTION_SCHEDULE)
        options->schedule = text;
    options->is_simulated |= option == OPTION_SCHEDULE;
    if (option == OPTION_RECORD && !recording_is_named(text))
        return error_set(err, "--record %s: the name ends in .cast or .svg", shown(safe, text));
    return true;
}

static bool take(struct cli_options *options, enum option_id option, const char *text,
                 struct error *err)
{
    switch (option) {
    case OPTION_MODE:
    case OPTION_GIL:
    case OPTION_MEMORY:
    case OPTION_LOCK_KIND:
    case OPTION_THEME:
    case OPTION_TO:
        return take_word(options, option, text, err);
    case OPTION_SWITCH_INTERVAL:
    case OPTION_LANES:
    case OPTION_PACE:
    case OPTION_SEED:
    case OPTION_CLOCK:
        return take_number(options, option, text, err);
    case OPTION_LOCK:
        return parse_lock(options, text, err);
    case OPTION_SET:
        return parse_setting(options, text, err);
    case OPTION_GRAIN:
    case OPTION_REGISTERS:
    case OPTION_MEMORY_LIMIT:
    case OPTION_JOBS:
        return take_explore(options, option, text, err);
    case OPTION_SCHEDULE:
    case OPTION_SAVE:
    case OPTION_TAPE:
    case OPTION_RECORD:
    case OPTION_TRANSCRIPT:
        return take_text(options, option, text, err);
    case OPTION_OUT:
    case OPTION_AT:
    case OPTION_SPEED:
    case OPTION_SIZE:
        return take_export(options, option, text, err);
    case OPTION_SIMULATE:
    case OPTION_QUICK:
    case OPTION_BARE:
    case OPTION_ASCII:
    case OPTION_MOUSE:
    case OPTION_JSON:
    case OPTION_MARKDOWN:
    case OPTION_HELP:
        return take_flag(options, option);
    case OPTION_FIRST:
        break;
    }
    return error_set(err, "unknown option");
}

bool cli_check_operands(const struct cli_options *options, const struct command_entry *command,
                        struct error *err)
{
    if (options->wants_help ||
        (options->n_operands >= command->min_operands &&
         (command->max_operands < 0 || options->n_operands <= command->max_operands)))
        return true;
    if (options->n_operands < command->min_operands)
        return error_set(err, "`racelane %s` needs %s, as in `%.*s`", command->name,
                         command->operands, (int)strcspn(command->examples, "\n"),
                         command->examples);
    char safe[SHOWN_MAX];
    return error_set(err, "`racelane %s` has no use for `%s`", command->name,
                     shown(safe, options->operands[command->max_operands]));
}

static uint64_t drawn_seed(void)
{
    uint64_t seed = 0;
    if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed)
        seed = 1;
    // Short enough to be read out in a hall.
    return seed % 1000000;
}

bool cli_parse(struct cli_options *options, const struct command_entry *command, int argc,
               char **argv, struct error *err)
{
    struct option longs[ARRAY_LEN(table) + 1] = {{0}};
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (cli_option_applies(&table[i], command))
            longs[n++] = (struct option){table[i].text,
                                         table[i].argument[0] ? required_argument : no_argument,
                                         NULL, table[i].id};
    *options = (struct cli_options){.lock = -1, .seed = drawn_seed()};
    opterr = 0;
    optind = 1;
    for (int got; (got = getopt_long(argc, argv, ":h", longs, NULL)) != -1;) {
        char safe[SHOWN_MAX];
        const char *word = shown(safe, argv[optind - 1]);
        if (got == ':')
            return error_set(err, "%s needs a value; see `racelane %s --help`", word,
                             command->name);
        if (got == '?')
            return error_set(err, "`racelane %s` has no option %s; see `racelane %s --help`",
                             command->name, word, command->name);
        if (!take(options, got == 'h' ? OPTION_HELP : (enum option_id)got, optarg, err))
            return false;
    }
    options->operands = argv + optind;
    options->n_operands = argc - optind;
    bool wants_tape = (command->options & GROUP_TAPE) && options->size_w;
    if (wants_tape && !options->tape_file)
        return error_set(err,
                         "--size is for a tape that plays without a terminal; it needs --tape");
    // A tape may name the scenario.
    return (options->tape_file && options->n_operands == 0) ||
           cli_check_operands(options, command, err);
}

struct lang_options cli_lang_options(const struct cli_options *options)
{
    return (struct lang_options){
        .settings = options->settings,
        .n_settings = options->n_settings,
        .n_lanes = options->n_lanes,
        .mode = options->mode,
        .memory = options->memory,
        .gil = options->gil,
    };
}

void cli_print_options(const struct command_entry *command)
{
    printf("usage: racelane%s%s%s%s [OPTION]...\n\n%s\n\n", command->name[0] ? " " : "",
           command->name, command->operands[0] ? " " : "", command->operands, command->help);
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        if (!cli_option_applies(&table[i], command))
            continue;
        char name[40];
        text_format(name, sizeof name, "--%s%s%s", table[i].text, table[i].argument[0] ? " " : "",
                    table[i].argument);
        printf("  %-20s %s\n", name, table[i].help);
    }
    printf("\nexamples:\n");
    for (const char *line = command->examples; *line;) {
        int len = (int)strcspn(line, "\n");
        printf("  %.*s\n", len, line);
        line += len + (line[len] == '\n');
    }
}
