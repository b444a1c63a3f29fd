#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "cli/config.h"
#include "fake_screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// A folder of configuration, made anew for each test, and what reading it told on stderr.
static char root[] = "/tmp/racelane-config-XXXXXX";
static char told[4000];

static void write_file(const char *name, const char *text)
{
    char path[200];
    snprintf(path, sizeof(path), "%s/racelane/%s", root, name);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static int make_folder(void **state)
{
    (void)state;
    char path[200];
    strcpy(root + strlen(root) - 6, "XXXXXX");
    if (!mkdtemp(root))
        return -1;
    snprintf(path, sizeof(path), "%s/racelane", root);
    mkdir(path, 0700);
    snprintf(path, sizeof(path), "%s/racelane/themes", root);
    mkdir(path, 0700);
    return setenv("XDG_CONFIG_HOME", root, 1);
}

static int remove_folder(void **state)
{
    (void)state;
    char command[200];
    snprintf(command, sizeof(command), "rm -r %s", root);
    return system(command);
}

// What `read` tells, with the folder's name taken out.
static void hear(void (*read)(struct config *, void *), struct config *config, void *context)
{
    fflush(stderr);
    int before = dup(STDERR_FILENO);
    FILE *heard = tmpfile();
    dup2(fileno(heard), STDERR_FILENO);
    read(config, context);
    fflush(stderr);
    dup2(before, STDERR_FILENO);
    close(before);
    rewind(heard);
    told[0] = '\0';
    char line[600];
    while (fgets(line, sizeof(line), heard)) {
        size_t prefix = strlen(root) + strlen("/racelane/");
        const char *from = strncmp(line, root, strlen(root)) == 0 ? line + prefix : line;
        strncat(told, from, sizeof(told) - strlen(told) - 1);
    }
    fclose(heard);
}

static void read_it(struct config *config, void *context)
{
    (void)context;
    config_read(config);
}

struct choice {
    const char *asked;
    bool ok;
    struct error err;
};

static void choose_it(struct config *config, void *context)
{
    struct choice *choice = context;
    choice->ok = config_choose_theme(config, choice->asked, &choice->err);
}

static void read_config(struct config *config)
{
    hear(read_it, config, NULL);
}

static void test_nothing_there(void **state)
{
    (void)state;
    struct config config;
    read_config(&config);
    assert_string_equal(told, "");
    assert_false(config.has_mouse || config.has_keys || config.has_theme || config.is_ascii);
    assert_int_equal(config.sync, SCREEN_SYNC_AUTO);
    setenv("XDG_CONFIG_HOME", "relative", 1);
    unsetenv("HOME");
    read_config(&config);
    assert_string_equal(told, "");
    assert_string_equal(config.folder, "");
}

static void test_settings_and_their_mistakes(void **state)
{
    (void)state;
    struct config config;
    write_file("config", "# mine\n"
                         "\n"
                         "  theme   contrast\n"
                         "mouse on\n"
                         "sync maybe\n"
                         "colour green\n"
                         "ascii on please\n"
                         "theme ../../etc/passwd\n"
                         "sync off");
    read_config(&config);
    assert_string_equal(
        told, "config:5:6: error: `maybe`: it is one of auto, on, off\n"
              "config:6:1: error: `colour`: there are theme, mouse, sync and ascii\n"
              "config:7:10: error: nothing is expected here, and there is `please`\n"
              "config:8:7: error: `../../etc/passwd`: a theme's name is letters, digits and -\n");
    assert_true(config.has_mouse);
    assert_false(config.is_ascii);
    assert_int_equal(config.sync, SCREEN_SYNC_OFF);
    assert_string_equal(config.theme_name, "contrast");
}

static void test_keys(void **state)
{
    (void)state;
    struct config config;
    // Two that change places; one that is taken; ways out that stay.
    write_file("keys", "lock x f9\n"
                       "next-loss l\n"
                       "pause  q\n"
                       "quit Q\n"
                       "lane z\n"
                       "jump j\n"
                       "blank v ctrl-i\n");
    read_config(&config);
    assert_string_equal(
        told, "keys:6:1: error: there is no command `jump`; `racelane keys` shows all\n"
              "keys:5:6: error: `z`: the keys of `lane` are the lanes' numbers\n"
              "keys:7:7: error: `v`: that key is one of `memory`; give `memory` a line of its own, "
              "with others\n"
              "keys:7:9: error: `ctrl-i`: there is no such key; it is a character, or a name as in "
              "f2, ctrl-x or page-down\n");
    const struct keymap *keymap = &config.keymap;
    assert_true(config.has_keys);
    assert_int_equal(keymap_command(keymap, "x"), COMMAND_LOCK);
    assert_int_equal(keymap_command(keymap, "f9"), COMMAND_LOCK);
    assert_int_equal(keymap_command(keymap, "l"), COMMAND_NEXT_LOSS);
    assert_int_equal(keymap_command(keymap, "q"), COMMAND_PAUSE);
    assert_int_equal(keymap_command(keymap, "space"), COMMAND_NONE);
    assert_int_equal(keymap_command(keymap, "Q"), COMMAND_QUIT);
    assert_int_equal(keymap_command(keymap, "ctrl-c"), COMMAND_QUIT);
    assert_int_equal(keymap_command(keymap, "v"), COMMAND_MEMORY);
    assert_int_equal(keymap_command(keymap, "3"), COMMAND_LANE);
    assert_int_equal(keymap_command(keymap, "?"), COMMAND_HELP);
}

static void test_the_screen_shows_the_keys_as_chosen(void **state)
{
    (void)state;
    struct config config;
    struct error err;
    struct fake *fake = fake_new(3, 300);
    write_file("keys", "lock x f9\nnext-loss l\nquit Q\nhelp f2\nblank q\n");
    read_config(&config);
    assert_string_equal(told, "");
    struct app *app = app_new(&(struct app_options){.keymap = &config.keymap}, &err);
    app_show(app, &fake->view);
    app_resize(app, 80, 24);
    assert_true(screen_has(app, 80, 24, " x  lock "));
    assert_true(screen_has(app, 80, 24, " F2  help  Q  quit"));
    assert_false(screen_has(app, 80, 24, " l  lock "));
    assert_int_equal(app_press(app, "Q"), REACT_QUIT);
    app_press(app, "f2");
    assert_true(screen_has(app, 80, 60, " x F9"));
    app_free(app);
    fake_free(fake);
}

// Enter is two commands', by what is on screen; once one of them has another key it is the other's.
static void test_a_shared_key(void **state)
{
    (void)state;
    struct config config;
    struct error err;
    struct fake *fake = fake_new(3, 300);
    write_file("keys", "choose enter z\n");
    read_config(&config);
    assert_string_equal(told, "");
    struct app *app = app_new(&(struct app_options){.keymap = &config.keymap}, &err);
    app_show(app, &fake->view);
    assert_int_equal(app_key(app, "enter"), COMMAND_MOMENT);
    assert_int_equal(app_key(app, "z"), COMMAND_CHOOSE);
    app_free(app);
    write_file("keys", "moment M\n");
    read_config(&config);
    app = app_new(&(struct app_options){.keymap = &config.keymap}, &err);
    app_show(app, &fake->view);
    assert_int_equal(app_key(app, "enter"), COMMAND_CHOOSE);
    assert_int_equal(app_key(app, "M"), COMMAND_MOMENT);
    app_free(app);
    fake_free(fake);
}

static void test_own_theme(void **state)
{
    (void)state;
    struct config config;
    struct choice choice = {.asked = "hall"};
    write_file("themes/hall", "like contrast\n"
                              "lost 196 default bold reverse\n"
                              "lock-on 16 46\n"
                              "losst 1 2\n"
                              "text 256 0\n"
                              "dim 3 4 dim\n");
    read_config(&config);
    hear(choose_it, &config, &choice);
    assert_true(choice.ok);
    assert_string_equal(
        told, "themes/hall:4:1: error: there is no role `losst`\n"
              "themes/hall:5:6: error: `256`: a colour is a number from 0 to 255, or default\n"
              "themes/hall:6:9: error: `dim`: there are bold, reverse and underline\n");
    assert_true(config.has_theme);
    struct style lost = theme_style(&config.theme, ROLE_LOST, 256);
    assert_int_equal(lost.fg, 196);
    assert_int_equal(lost.bg, STYLE_DEFAULT);
    assert_int_equal(lost.attributes, STYLE_BOLD | STYLE_REVERSE);
    assert_int_equal(theme_style(&config.theme, ROLE_LOCK_ON, 256).bg, 46);
    assert_int_equal(theme_style(&config.theme, ROLE_TEXT, 256).fg, 231);
    assert_int_equal(theme_style(&config.theme, ROLE_LOST, 8).fg,
                     theme_style(theme_find("contrast"), ROLE_LOST, 8).fg);
    // It comes round after the others.
    assert_ptr_equal(theme_next(theme_find("mono"), &config.theme), &config.theme);
    assert_ptr_equal(theme_next(&config.theme, &config.theme), themes[0]);
}

static void test_which_theme(void **state)
{
    (void)state;
    struct config config;
    write_file("config", "theme light\n");
    read_config(&config);
    struct choice choice = {.asked = NULL};
    hear(choose_it, &config, &choice);
    assert_true(choice.ok && !config.has_theme);
    assert_string_equal(config.theme_name, "light");
    choice.asked = "mono";
    hear(choose_it, &config, &choice);
    assert_true(choice.ok);
    assert_string_equal(config.theme_name, "mono");
    choice.asked = "pink";
    hear(choose_it, &config, &choice);
    assert_false(choice.ok);
    assert_non_null(strstr(choice.err.text, "pink"));
    choice.asked = "../config";
    hear(choose_it, &config, &choice);
    assert_false(choice.ok);
}

// No text file: told, and as good as none.
static void test_what_is_no_text_file(void **state)
{
    (void)state;
    struct config config;
    char path[200];
    snprintf(path, sizeof(path), "%s/racelane/config", root);
    mkdir(path, 0700);
    snprintf(path, sizeof(path), "%s/racelane/keys", root);
    assert_int_equal(mkfifo(path, 0600), 0);
    read_config(&config);
    assert_non_null(strstr(told, "config: is not read"));
    assert_non_null(strstr(told, "keys: is not read"));
    assert_false(config.has_keys);
}

static void test_what_is_told_is_safe_to_print(void **state)
{
    (void)state;
    struct config config;
    write_file("config", "\x1b[31mred\xff on\nmouse \x07\n");
    read_config(&config);
    for (const char *c = told; *c; c++)
        assert_true(*c == '\n' || (unsigned char)*c >= ' ');
}

int main(void)
{
#define CONFIG_TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        CONFIG_TEST(test_nothing_there),
        CONFIG_TEST(test_settings_and_their_mistakes),
        CONFIG_TEST(test_keys),
        CONFIG_TEST(test_the_screen_shows_the_keys_as_chosen),
        CONFIG_TEST(test_a_shared_key),
        CONFIG_TEST(test_own_theme),
        CONFIG_TEST(test_which_theme),
        CONFIG_TEST(test_what_is_no_text_file),
        CONFIG_TEST(test_what_is_told_is_safe_to_print),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
