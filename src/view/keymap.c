#include "view/keymap.h"

#include "base/mem.h"
#include "base/text.h"

#include <string.h>

static const char leave_key[] = "ctrl-c";

// Keys that have a name, and how it is shown.
static const struct {
    const char *key, *shown;
} key_names[] = {
    {"space", "space"},
    {"esc", "Esc"},
    {"tab", "Tab"},
    {"backtab", "Shift-Tab"},
    {"enter", "Enter"},
    {"home", "Home"},
    {"end", "End"},
    {"left", "Left"},
    {"right", "Right"},
    {"up", "Up"},
    {"down", "Down"},
    {"page-up", "PageUp"},
    {"page-down", "PageDown"},
    {"insert", "Ins"},
    {"delete", "Del"},
    {"backspace", "Backspace"},
    {"f1", "F1"},
    {"f2", "F2"},
    {"f3", "F3"},
    {"f4", "F4"},
    {"f5", "F5"},
    {"f6", "F6"},
    {"f7", "F7"},
    {"f8", "F8"},
    {"f9", "F9"},
    {"f10", "F10"},
    {"f11", "F11"},
    {"f12", "F12"},
};

static bool is_control(const char *key)
{
    return strncmp(key, "ctrl-", 5) == 0 && key[5] >= 'a' && key[5] <= 'z' && key[6] == '\0';
}

bool keymap_is_key(const char *key)
{
    if (key[0] > ' ' && key[0] < 0x7f && key[1] == '\0')
        return true;
    // What the terminal itself sends for Tab and Enter.
    if (is_control(key))
        return key[5] != 'i' && key[5] != 'j' && key[5] != 'm' && key[5] != 'h';
    for (size_t i = 0; i < ARRAY_LEN(key_names); i++)
        if (strcmp(key_names[i].key, key) == 0)
            return true;
    return false;
}

// The index-th word of `keys`; its length goes to *len. NULL after the last.
static const char *key_word(const char *keys, int index, size_t *len)
{
    for (;;) {
        keys += strspn(keys, " ");
        *len = strcspn(keys, " ");
        if (*len == 0)
            return NULL;
        if (index-- == 0)
            return keys;
        keys += *len;
    }
}

static const char *keys_of(const struct keymap *keymap, enum command command)
{
    return keymap ? keymap->keys[command] : command_table[command].keys;
}

void keymap_init(struct keymap *keymap)
{
    for (int i = 0; i < COMMAND_COUNT; i++)
        text_format(keymap->keys[i], KEYMAP_KEYS_MAX, "%s", command_table[i].keys);
}

bool keymap_has(const struct keymap *keymap, enum command command, const char *key)
{
    size_t len = 0;
    const char *word;
    for (int i = 0; (word = key_word(keys_of(keymap, command), i, &len)); i++)
        if (strlen(key) == len && memcmp(key, word, len) == 0)
            return true;
    return false;
}

enum command keymap_command(const struct keymap *keymap, const char *key)
{
    for (int command = 1; command < COMMAND_COUNT; command++)
        if (keymap_has(keymap, (enum command)command, key))
            return (enum command)command;
    return COMMAND_NONE;
}

const char *keymap_key(const struct keymap *keymap, enum command command, int index, char out[16])
{
    size_t len = 0;
    const char *word = key_word(keys_of(keymap, command), index, &len);
    if (!word)
        return NULL;
    text_format(out, 16, "%.*s", (int)len, word);
    for (size_t i = 0; i < ARRAY_LEN(key_names); i++)
        if (strcmp(out, key_names[i].key) == 0) {
            text_format(out, 16, "%s", key_names[i].shown);
            return out;
        }
    if (is_control(out))
        text_format(out, 16, "Ctrl-%c", out[5] - 'a' + 'A');
    return out;
}

void keymap_clear(struct keymap *keymap, enum command command)
{
    if (command == COMMAND_LANE)
        return;
    text_format(keymap->keys[command], KEYMAP_KEYS_MAX, "%s",
                command == COMMAND_QUIT ? leave_key : "");
}

bool keymap_add(struct keymap *keymap, enum command command, const char *key, struct error *err)
{
    if (!keymap_is_key(key))
        return error_set(err, "there is no such key; it is a character, or a name as in f2, ctrl-x "
                              "or page-down");
    if (command == COMMAND_LANE)
        return error_set(err, "the keys of `lane` are the lanes' numbers");
    enum command owner = keymap_command(keymap, key);
    if (owner == command)
        return true;
    // Those that share a key in the table may do so here.
    bool is_shared = keymap_has(NULL, owner, key) && keymap_has(NULL, command, key);
    if (owner != COMMAND_NONE && !is_shared)
        return error_set(err, "that key is one of `%s`; give `%s` a line of its own, with others",
                         command_table[owner].name, command_table[owner].name);
    // Before the one that always leaves, which is not what the screen should offer.
    char *keys = keymap->keys[command];
    const char *last = command == COMMAND_QUIT ? leave_key : "";
    size_t len = strlen(keys) - strlen(last);
    if (len + strlen(key) + strlen(last) + 2 > KEYMAP_KEYS_MAX)
        return error_set(err, "`%s` has enough keys", command_table[command].name);
    text_format(keys + len, KEYMAP_KEYS_MAX - len, "%s%s%s%s", len && !last[0] ? " " : "", key,
                last[0] ? " " : "", last);
    return true;
}
