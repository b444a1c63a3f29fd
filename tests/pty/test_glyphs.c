#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support_pty.h"
#include "view/glyph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The signs of all states and marks, as kinds of terminals show them: read from the help screen of
// the whole program. tests/golden/glyphs.txt has a section for each; after a change that is meant,
// look at the new ones and write them with RACELANE_UPDATE_GOLDEN=1.

enum { W = 100, H = 200, SIGN_X = 2, HELP_X = 10, SIGNS = GLYPH_BLANK };

static const char heading[] = "signs of lanes and their marks";
static const char below[] = "numbers of lost updates";

// A terminal with 16 colours is installed nearly nowhere: it is described here.
static const char sixteen[] = "xterm-sixteen|of 16 colours,\n\tcolors#16, use=xterm-256color,\n";
static char terminfo[] = "/tmp/racelane-terminfo-XXXXXX";
static char terminfo_env[64];

static const struct setting {
    const char *name;
    const char *env[3];
    const char *option;
} settings[] = {
    {"256 colours", {"TERM=xterm-256color"}, NULL},
    {"16 colours", {"TERM=xterm-sixteen", terminfo_env}, NULL},
    {"8 colours", {"TERM=xterm"}, NULL},
    {"NO_COLOR=1", {"NO_COLOR=1"}, NULL},
    {"--theme mono", {NULL}, "--theme=mono"},
    {"--ascii", {NULL}, "--ascii"},
    {"LANG=C", {"LANG=C", "LC_ALL"}, NULL},
    {"TERM=linux", {"TERM=linux"}, NULL},
    {"TERM=vt100", {"TERM=vt100"}, NULL},
};
enum { SETTINGS = sizeof(settings) / sizeof(settings[0]) };

struct sign {
    uint32_t code;
    char attributes[4]; // of b, r, u
    char help[W + 1];
};

static int describe_sixteen(void **state)
{
    (void)state;
    char path[64], command[200];
    if (!mkdtemp(terminfo))
        return -1;
    snprintf(terminfo_env, sizeof(terminfo_env), "TERMINFO=%s", terminfo);
    snprintf(path, sizeof(path), "%s/source", terminfo);
    FILE *out = fopen(path, "w");
    if (!out)
        return -1;
    fputs(sixteen, out);
    fclose(out);
    snprintf(command, sizeof(command), "tic -x -o %s %s", terminfo, path);
    return system(command);
}

static int forget_sixteen(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof(command), "rm -r %s", terminfo);
    return system(command);
}

static struct sign read_sign(struct pty *pty, int y)
{
    VTermScreenCell cell = pty_cell(pty, SIGN_X, y);
    struct sign sign = {.code = cell.chars[0]};
    snprintf(sign.attributes, sizeof(sign.attributes), "%s%s%s", cell.attrs.bold ? "b" : "",
             cell.attrs.reverse ? "r" : "", cell.attrs.underline ? "u" : "");
    for (int x = HELP_X; x < W; x++) {
        uint32_t code = pty_cell(pty, x, y).chars[0];
        sign.help[x - HELP_X] = code < 0x7f ? (code ? (char)code : ' ') : '?';
    }
    for (size_t len = strlen(sign.help); len > 0 && sign.help[len - 1] == ' ';)
        sign.help[--len] = '\0';
    return sign;
}

static void read_signs(struct pty *pty, struct sign signs[SIGNS])
{
    int y = 0;
    while (y < H && !strstr(pty_row(pty, y), heading))
        y++;
    for (int n = 0; n < SIGNS; y++) {
        assert_true(y + 1 < H);
        uint32_t code = pty_cell(pty, SIGN_X, y + 1).chars[0];
        if (code != 0 && code != ' ') // else a help text of two rows
            signs[n++] = read_sign(pty, y + 1);
    }
}

static void show_signs(const struct setting *setting, struct sign signs[SIGNS])
{
    const char *const argv[] = {RACELANE, setting->option ? setting->option : "--theme=dark", NULL};
    struct pty *pty =
        pty_start(&(struct pty_options){.argv = argv, .env = setting->env, .w = W, .h = H});
    assert_true(pty_wait_text(pty, "concurrency, made visible", PTY_LIMIT_MS));
    pty_type(pty, "?");
    // What stands below the signs is drawn after them, also where frames are not synchronized.
    assert_true(pty_wait_text(pty, below, PTY_LIMIT_MS));
    read_signs(pty, signs);
    pty_type(pty, "q");
    assert_true(pty_wait_restored(pty, PTY_LIMIT_MS));
    pty_free(pty);
}

static void write_code(FILE *out, uint32_t code)
{
    if (code < 0x80)
        fprintf(out, "%c", (int)code);
    else if (code < 0x800)
        fprintf(out, "%c%c", (int)(0xc0 | code >> 6), (int)(0x80 | (code & 0x3f)));
    else
        fprintf(out, "%c%c%c", (int)(0xe0 | code >> 12), (int)(0x80 | (code >> 6 & 0x3f)),
                (int)(0x80 | (code & 0x3f)));
}

static char *section_text(const struct setting *setting, const struct sign signs[SIGNS])
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    fprintf(out, "== %s\n", setting->name);
    for (int i = 0; i < SIGNS; i++) {
        write_code(out, signs[i].code);
        fprintf(out, " %-3s %s\n", signs[i].attributes, signs[i].help);
    }
    fputs("\n", out);
    fclose(out);
    return text;
}

static char *read_golden(const char *path)
{
    FILE *in = fopen(path, "r");
    char *text = NULL;
    size_t size = 0;
    if (!in || getdelim(&text, &size, '\0', in) < 0)
        fail_msg("%s cannot be read", path);
    fclose(in);
    return text;
}

// Colours are not looked at: what is left must tell every sign from every other.
static void check_all_differ(const struct setting *setting, const struct sign signs[SIGNS])
{
    for (int i = 0; i < SIGNS; i++)
        for (int j = i + 1; j < SIGNS; j++)
            if (signs[i].code == signs[j].code &&
                strcmp(signs[i].attributes, signs[j].attributes) == 0)
                fail_msg("%s: \"%s\" looks like \"%s\"", setting->name, signs[i].help,
                         signs[j].help);
}

static void test_signs_are_told_apart_without_colour(void **state)
{
    (void)state;
    static const char path[] = TESTS_DIR "/golden/glyphs.txt";
    FILE *update = getenv("RACELANE_UPDATE_GOLDEN") ? fopen(path, "w") : NULL;
    char *golden = update ? NULL : read_golden(path);
    for (int i = 0; i < SETTINGS; i++) {
        struct sign signs[SIGNS];
        show_signs(&settings[i], signs);
        check_all_differ(&settings[i], signs);
        char *text = section_text(&settings[i], signs);
        if (update)
            fputs(text, update);
        else if (!strstr(golden, text))
            fail_msg("%s has no such section:\n%s", path, text);
        free(text);
    }
    if (update)
        fclose(update);
    free(golden);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signs_are_told_apart_without_colour),
    };
    return cmocka_run_group_tests(tests, describe_sixteen, forget_sixteen);
}
