#include "view/keymap.h"

#include "base/mem.h"
#include "base/text.h"

#include <string.h>

const struct command_line command_table[COMMAND_COUNT] = {
    [COMMAND_NONE] = {"", "", "", WHEN_ALWAYS, ""},
#define COMMAND(name, text, keys, label, when, help)                                               \
    [COMMAND_##name] = {text, keys, label, WHEN_##when, help},
#include "view/commands.def"
#undef COMMAND
};

enum command command_of_key(const char *key)
{
    return keymap_command(NULL, key);
}

enum command command_of_name(const char *name)
{
    for (int command = 1; command < COMMAND_COUNT; command++)
        if (strcmp(command_table[command].name, name) == 0)
            return (enum command)command;
    return COMMAND_NONE;
}

const char *command_key(enum command command, int index, char out[16])
{
    return keymap_key(NULL, command, index, out);
}

char *command_label(enum command command, bool goes_back, char out[16])
{
    const char *label = command_table[command].label;
    size_t len = strcspn(label, "|");
    bool is_second = goes_back && label[len] == '|';
    if (is_second)
        text_format(out, 16, "%s", label + len + 1);
    else
        text_format(out, 16, "%.*s", (int)len, label);
    return out;
}

bool command_changes_run(enum command command)
{
    static const enum command changing[] = {
        COMMAND_PAUSE,  COMMAND_STEP,   COMMAND_BACK,     COMMAND_LANE,    COMMAND_NEXT_LINE,
        COMMAND_LOCK,   COMMAND_SLOWER, COMMAND_FASTER,   COMMAND_NATIVE,  COMMAND_KIND,
        COMMAND_MODE,   COMMAND_GIL,    COMMAND_MEMORY,   COMMAND_ARRANGE, COMMAND_RESTART,
        COMMAND_RESEED, COMMAND_KILL,   COMMAND_SIMULATE, COMMAND_FIND,
    };
    for (size_t i = 0; i < ARRAY_LEN(changing); i++)
        if (changing[i] == command)
            return true;
    return false;
}

void command_markdown(FILE *out)
{
    fputs("| key | command | does |\n| --- | --- | --- |\n", out);
    for (int command = 1; command < COMMAND_COUNT; command++) {
        const struct command_line *line = &command_table[command];
        char key[16];
        fputs("|", out);
        for (int i = 0; command_key((enum command)command, i, key); i++)
            fprintf(out, " `%s`", key);
        fprintf(out, " | `%s` | %s |\n", line->name, line->help);
    }
}
