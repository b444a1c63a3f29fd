#include "cli/config.h"

#include "base/mem.h"
#include "base/text.h"
#include "cli/config_file.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool expect_end(struct config_file *file)
{
    if (!config_file_word(file))
        return true;
    config_file_complain(file, "nothing is expected here, and there is `%s`", file->word);
    return false;
}

// One of the words of `names`, which ends with NULL. Negative, after telling, when it is none.
static int read_choice(struct config_file *file, const char *const *names)
{
    char all[80] = "";
    config_file_word(file);
    for (int i = 0; names[i]; i++) {
        if (strcmp(names[i], file->word) == 0)
            return expect_end(file) ? i : -1;
        size_t len = strlen(all);
        text_format(all + len, sizeof all - len, "%s%s", i ? ", " : "", names[i]);
    }
    config_file_complain(file, "`%s`: it is one of %s", file->word, all);
    return -1;
}

static void read_switch(struct config_file *file, bool *out)
{
    static const char *const names[] = {"off", "on", NULL};
    int choice = read_choice(file, names);
    if (choice >= 0)
        *out = choice;
}

static void read_sync(struct config_file *file, enum screen_sync *out)
{
    static const char *const names[] = {
        [SCREEN_SYNC_AUTO] = "auto", [SCREEN_SYNC_ON] = "on", [SCREEN_SYNC_OFF] = "off", NULL};
    int choice = read_choice(file, names);
    if (choice >= 0)
        *out = (enum screen_sync)choice;
}

// A file's name that stays in its folder.
static bool is_plain_name(const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)name[i]) && name[i] != '-' && name[i] != '_')
            return false;
    return len > 0 && len < sizeof((struct config *)0)->theme_name;
}

static void read_theme_name(struct config_file *file, struct config *config)
{
    if (!config_file_word(file) || !is_plain_name(file->word)) {
        config_file_complain(file, "`%s`: a theme's name is letters, digits and -", file->word);
        return;
    }
    char name[CONFIG_WORD_MAX + 1];
    text_format(name, sizeof name, "%s", file->word);
    if (expect_end(file))
        text_format(config->theme_name, sizeof config->theme_name, "%s", name);
}

static void read_settings(struct config *config)
{
    struct config_file file;
    if (!config_file_open(&file, config->folder, "config"))
        return;
    while (config_file_line(&file)) {
        config_file_word(&file);
        if (strcmp(file.word, "theme") == 0)
            read_theme_name(&file, config);
        else if (strcmp(file.word, "mouse") == 0)
            read_switch(&file, &config->has_mouse);
        else if (strcmp(file.word, "ascii") == 0)
            read_switch(&file, &config->is_ascii);
        else if (strcmp(file.word, "sync") == 0)
            read_sync(&file, &config->sync);
        else
            config_file_complain(&file, "`%s`: there are theme, mouse, sync and ascii", file.word);
    }
    config_file_close(&file);
}

static enum command read_command(struct config_file *file)
{
    config_file_word(file);
    return command_of_name(file->word);
}

// All commands that have a line lose their keys first, so that two can change places.
static void read_keys(struct config *config)
{
    struct config_file file;
    keymap_init(&config->keymap);
    if (!config_file_open(&file, config->folder, "keys"))
        return;
    while (config_file_line(&file)) {
        enum command command = read_command(&file);
        if (command != COMMAND_NONE)
            keymap_clear(&config->keymap, command);
        else
            config_file_complain(&file, "there is no command `%s`; `racelane keys` shows all",
                                 file.word);
    }
    config->has_keys = true;
    file.at = file.text;
    file.line = 0;
    while (config_file_line(&file)) {
        struct error err;
        enum command command = read_command(&file);
        while (command != COMMAND_NONE && config_file_word(&file))
            if (!keymap_add(&config->keymap, command, file.word, &err))
                config_file_complain(&file, "`%s`: %s", file.word, err.text);
    }
    config_file_close(&file);
}

// "lock-on" of LOCK_ON. ROLE_COUNT when there is none.
static enum role role_of(const char *word)
{
    static const char *const names[] = {
#define ROLE(name, help) #name,
#include "view/roles.def"
#undef ROLE
    };
    for (int role = 0; role < ROLE_COUNT; role++) {
        size_t i = 0;
        while (word[i] &&
               names[role][i] == (word[i] == '-' ? '_' : toupper((unsigned char)word[i])))
            i++;
        if (i > 0 && word[i] == '\0' && names[role][i] == '\0')
            return (enum role)role;
    }
    return ROLE_COUNT;
}

static bool read_colour(struct config_file *file, int16_t *out)
{
    enum { COLOURS = 256 };
    char *end;
    config_file_word(file);
    if (strcmp(file->word, "default") == 0) {
        *out = STYLE_DEFAULT;
        return true;
    }
    long number = isdigit((unsigned char)file->word[0]) ? strtol(file->word, &end, 10) : COLOURS;
    if (number >= COLOURS || *end != '\0') {
        config_file_complain(file, "`%s`: a colour is a number from 0 to 255, or default",
                             file->word);
        return false;
    }
    *out = (int16_t)number;
    return true;
}

static bool read_attributes(struct config_file *file, uint8_t *out)
{
    static const struct {
        const char *name;
        uint8_t attribute;
    } attributes[] = {
        {"bold", STYLE_BOLD}, {"reverse", STYLE_REVERSE}, {"underline", STYLE_UNDERLINE}};
    *out = 0;
    while (config_file_word(file)) {
        uint8_t attribute = 0;
        for (size_t i = 0; i < ARRAY_LEN(attributes); i++)
            if (strcmp(attributes[i].name, file->word) == 0)
                attribute = attributes[i].attribute;
        if (!attribute) {
            config_file_complain(file, "`%s`: there are bold, reverse and underline", file->word);
            return false;
        }
        *out |= attribute;
    }
    return true;
}

static void take_looks(struct config *config, const struct theme *like)
{
    config->theme = *like;
    memcpy(config->styles, like->full, sizeof config->styles);
}

static void read_base(struct config_file *file, struct config *config)
{
    config_file_word(file);
    const struct theme *like = theme_find(file->word);
    if (like)
        take_looks(config, like);
    else
        config_file_complain(file, "`%s`: a theme is like dark, light, contrast or mono",
                             file->word);
}

static void read_role(struct config_file *file, struct config *config)
{
    enum role role = role_of(file->word);
    struct style style;
    if (role == ROLE_COUNT)
        config_file_complain(file, "there is no role `%s`", file->word);
    else if (read_colour(file, &style.fg) && read_colour(file, &style.bg) &&
             read_attributes(file, &style.attributes))
        config->styles[role] = style;
}

// False when there is no such file.
static bool read_theme(struct config *config, const char *name)
{
    struct config_file file;
    char path[60];
    text_format(path, sizeof path, "themes/%s", name);
    if (!config->folder[0] || !is_plain_name(name) ||
        !config_file_open(&file, config->folder, path))
        return false;
    text_format(config->theme_name, sizeof config->theme_name, "%s", name);
    take_looks(config, themes[0]);
    while (config_file_line(&file)) {
        config_file_word(&file);
        if (strcmp(file.word, "like") == 0)
            read_base(&file, config);
        else
            read_role(&file, config);
    }
    config_file_close(&file);
    config->theme.name = config->theme_name;
    config->theme.help = "a theme of your own";
    config->theme.full = config->styles;
    config->has_theme = true;
    return true;
}

bool config_choose_theme(struct config *config, const char *asked, struct error *err)
{
    char safe[60], folder[200];
    const char *name = asked ? asked : config->theme_name;
    if (name[0] == '\0')
        return true;
    if (read_theme(config, name))
        return true;
    if (theme_find(name)) {
        if (asked)
            text_format(config->theme_name, sizeof config->theme_name, "%s", asked);
        return true;
    }
    text_safe_z(safe, sizeof safe, name);
    text_safe_z(folder, sizeof folder, config->folder[0] ? config->folder : "~/.config/racelane");
    return error_set(err,
                     "theme %s: it is one of dark, light, contrast, mono, or a file %s/themes/%s",
                     safe, folder, safe);
}

const struct theme *config_theme(const struct config *config)
{
    const struct theme *built_in = theme_find(config->theme_name);
    return config->has_theme ? &config->theme : built_in ? built_in : themes[0];
}

void config_locate(struct config *config)
{
    *config = (struct config){.has_mouse = false};
    const char *xdg = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    size_t size = sizeof config->folder, len = 0;
    // By its specification a relative path is as good as none.
    if (xdg && xdg[0] == '/')
        len = text_format(config->folder, size, "%s/racelane", xdg);
    else if (home && home[0] == '/')
        len = text_format(config->folder, size, "%s/.config/racelane", home);
    if (len + 1 >= size)
        config->folder[0] = '\0';
}

void config_read(struct config *config)
{
    config_locate(config);
    if (config->folder[0] == '\0')
        return;
    read_settings(config);
    read_keys(config);
}
