#include "cli/scenario.h"

#include "base/mem.h"
#include "base/text.h"
#include "cli/file.h"
#include "lang/library.h"

#include <stdio.h>
#include <string.h>

enum { PATH_SHOWN = 160, NEAR_MAX = 3 };

static void name_after(struct scenario *scenario, const char *path)
{
    const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    size_t len = strlen(base);
    if (len > 5 && strcmp(base + len - 5, ".lane") == 0)
        len -= 5;
    scenario->name = mem_alloc(PROGRAM_NAME_MAX + 1);
    text_safe(scenario->name, PROGRAM_NAME_MAX + 1, base, len);
}

static bool load_file(struct scenario *scenario, const char *path, struct error *err)
{
    char shown[PATH_SHOWN];
    text_safe_z(shown, sizeof shown, path);
    scenario->label = mem_text(shown);
    name_after(scenario, path);
    return file_read(path, "a scenario", PROGRAM_SOURCE_MAX, &scenario->text, &scenario->len_bytes,
                     err);
}

static bool say_unknown(const char *operand, struct error *err)
{
    char shown[PATH_SHOWN], near[120] = "";
    size_t n = 0;
    text_safe_z(shown, sizeof shown, operand);
    if (strcmp(operand, "compare") == 0)
        return error_set(err, "`compare` is no scenario but a command: racelane compare");
    for (size_t distance = 1; distance <= 3 && n == 0; distance++)
        for (const struct library_entry *entry = library; entry->name && n < NEAR_MAX; entry++)
            if (strlen(operand) < 64 && text_distance(operand, entry->name) == distance) {
                size_t len = strlen(near);
                text_format(near + len, sizeof near - len, "%s`%s`", n++ ? " or " : "",
                            entry->name);
            }
    if (n)
        return error_set(err, "there is no scenario `%s`; is it %s? `racelane list` shows all",
                         shown, near);
    return error_set(err,
                     "there is no scenario `%s`; `racelane list` shows all, and a file's name ends "
                     "in .lane",
                     shown);
}

bool scenario_load(struct scenario *scenario, const char *operand, struct error *err)
{
    *scenario = (struct scenario){0};
    size_t len = strlen(operand);
    bool is_path = strchr(operand, '/') || (len >= 5 && strcmp(operand + len - 5, ".lane") == 0);
    if (is_path)
        return load_file(scenario, operand, err);
    const struct library_entry *entry = library_find(operand);
    if (!entry)
        return say_unknown(operand, err);
    scenario->name = mem_text(entry->name);
    scenario->label = mem_text(entry->name);
    scenario->text = mem_text_n(entry->text, entry->len_bytes);
    scenario->len_bytes = entry->len_bytes;
    return true;
}

void scenario_free(struct scenario *scenario)
{
    mem_free(scenario->name);
    mem_free(scenario->label);
    mem_free(scenario->text);
    *scenario = (struct scenario){0};
}

void scenario_complain(const struct scenario *scenario, const struct lang_problems *problems,
                       const struct error *err)
{
    if (problems->n == 0) {
        fprintf(stderr, "racelane: %s\n", err->text);
        return;
    }
    char *text = lang_problems_text(problems, scenario->label, scenario->text, scenario->len_bytes);
    fputs(text, stderr);
    mem_free(text);
}
