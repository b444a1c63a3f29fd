#include "cli/completion.h"

#include "base/text.h"
#include "export/listing.h"

#include <stdio.h>
#include <string.h>

const char completion_themes[] = "${XDG_CONFIG_HOME:-$HOME/.config}/racelane/themes";

struct operand operand_of(const struct command_entry *command)
{
    const char *text = command->operands;
    bool is_any = strncmp(text, "FILE...", strlen("FILE...")) == 0;
    bool is_scenario = strstr(text, "SCENARIO");
    bool is_run = strstr(text, ".rlt") || is_any;
    struct operand operand = {.is_scenario = is_scenario,
                              .is_last = command->max_operands == 1,
                              .words = is_scenario || is_run ? "" : text};
    size_t n = 0;
    if (is_scenario || is_any)
        operand.endings[n++] = "lane";
    if (is_run)
        operand.endings[n++] = "rlt";
    if (strstr(text, ".cast"))
        operand.endings[n++] = "cast";
    if (is_any)
        operand.endings[n++] = "transcript";
    return operand;
}

void operand_put_endings(const struct operand *operand, const char *between)
{
    for (size_t i = 0; operand->endings[i]; i++)
        printf("%s%s", i ? between : "", operand->endings[i]);
}

void operand_put_words(const struct operand *operand)
{
    for (const char *c = operand->words; *c; c++)
        fputc(*c == '|' ? ' ' : *c, stdout);
    if (operand->words[0])
        fputc(' ', stdout);
}

void completion_put_scenarios(void)
{
    size_t n;
    struct listing_item *items = listing_make(&n);
    for (size_t i = 0; i < n; i++)
        printf("%s ", items[i].name);
    listing_free(items, n);
}

bool option_takes_file(const struct option_entry *option)
{
    return strncmp(option->argument, "FILE", strlen("FILE")) == 0;
}

bool option_is_theme(const struct option_entry *option)
{
    return strcmp(option->text, "theme") == 0;
}

int command_completion(const struct cli_options *options)
{
    static const struct {
        const char *shell;
        void (*print)(void);
    } shells[] = {{"bash", completion_bash}, {"zsh", completion_zsh}, {"fish", completion_fish}};
    const char *shell = options->operands[0];
    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++)
        if (strcmp(shells[i].shell, shell) == 0) {
            shells[i].print();
            return EXIT_HELD;
        }
    char shown[60];
    text_safe_z(shown, sizeof shown, shell);
    fprintf(stderr, "racelane: there are no completions for `%s`, but for bash, zsh and fish\n",
            shown);
    return EXIT_USAGE;
}
