#include "view/hint.h"
#include "view/paragraph.h"

#include "base/mem.h"
#include "base/text.h"

#include <string.h>

enum { HINT_MAX = 320, NAME_MAX = 32, KEY_MAX = NAME_MAX + 2 };

// The command whose name in braces begins the text; *len is that of both.
static enum command command_at(const char *text, size_t *len)
{
    char name[NAME_MAX];
    *len = strcspn(text, "}") + 1;
    if (text[0] != '{' || text[*len - 1] != '}' || *len - 2 >= sizeof name)
        return COMMAND_NONE;
    text_format(name, sizeof name, "%.*s", (int)*len - 2, text + 1);
    return name[0] != '\0' ? command_of_name(name) : COMMAND_NONE;
}

// What stands for the command: its key, else its name.
static const char *word_of(const struct keymap *keymap, enum command command, char out[KEY_MAX])
{
    char key[16];
    bool has_key = keymap_key(keymap, command, 0, key);
    text_format(out, KEY_MAX, has_key ? "%s" : "`%s`", has_key ? key : command_table[command].name);
    return out;
}

char *hint_text(const struct keymap *keymap, const char *text, char *out, size_t size)
{
    size_t at = 0;
    out[0] = '\0';
    while (*text != '\0' && at + 1 < size) {
        char word[KEY_MAX];
        size_t len, plain = strcspn(text, "{");
        if (plain == 0) {
            enum command command = command_at(text, &len);
            bool is_command = command != COMMAND_NONE;
            at += text_format(out + at, size - at, "%s",
                              is_command ? word_of(keymap, command, word) : "{");
            text += is_command ? len : 1;
            continue;
        }
        at += text_format(out + at, size - at, "%.*s", (int)plain, text);
        text += plain;
    }
    return out;
}

char *hint_new(const struct keymap *keymap, const char *text)
{
    size_t n_braces = 0;
    for (const char *brace = text; (brace = strchr(brace, '{')); brace++)
        n_braces++;
    size_t size = strlen(text) + n_braces * KEY_MAX + 1;
    return hint_text(keymap, text, mem_alloc(size), size);
}

int hint_rows(const struct keymap *keymap, const char *text, int columns)
{
    char *filled = hint_new(keymap, text);
    int rows = paragraph_rows(filled, columns);
    mem_free(filled);
    return rows;
}

int hint_paragraph(struct area area, int y, enum role role, const struct keymap *keymap,
                   const char *text)
{
    char *filled = hint_new(keymap, text);
    y = paragraph_draw(area, y, role, filled);
    mem_free(filled);
    return y;
}

int hint_draw(struct area area, int x, int y, int columns, enum role role,
              const struct keymap *keymap, const char *text)
{
    char filled[HINT_MAX];
    return draw_text_cut(area, x, y, columns, role, hint_text(keymap, text, filled, sizeof filled));
}
