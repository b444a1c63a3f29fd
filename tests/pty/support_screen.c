#include "support_pty_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int on_property(VTermProp property, VTermValue *value, void *context)
{
    struct pty *pty = context;
    if (property == VTERM_PROP_ALTSCREEN)
        pty->is_alternate = value->boolean;
    else if (property == VTERM_PROP_CURSORVISIBLE)
        pty->is_cursor_hidden = !value->boolean;
    else if (property == VTERM_PROP_MOUSE)
        pty->mouse = value->number;
    return 1;
}

static const VTermScreenCallbacks callbacks = {.settermprop = on_property};

void screen_attach(struct pty *pty)
{
    pty->vterm = vterm_new(pty->h, pty->w);
    vterm_set_utf8(pty->vterm, 1);
    pty->screen = vterm_obtain_screen(pty->vterm);
    vterm_screen_set_callbacks(pty->screen, &callbacks, pty);
    vterm_screen_enable_altscreen(pty->screen, 1);
    vterm_screen_reset(pty->screen, 1);
}

// CSI ? n ; n h  or  l
static void note_private_modes(struct pty *pty, const char *parameters, bool is_set)
{
    for (const char *at = parameters; *at;) {
        char *end;
        long mode = strtol(at, &end, 10);
        if (end == at)
            return;
        if (mode >= 0 && mode < PRIVATE_MODE_MAX)
            pty->private_modes[mode] = is_set;
        at = *end == ';' ? end + 1 : end;
    }
}

static void note_byte(struct pty *pty, char byte)
{
    if (byte == '\x1b') {
        pty->escape_len = 1;
        return;
    }
    if (pty->escape_len == 0)
        return;
    if (pty->escape_len == 1 && byte != '[') {
        if (byte == '=' || byte == '>')
            pty->is_keypad = byte == '=';
        pty->escape_len = 0;
        return;
    }
    pty->escape[pty->escape_len - 1] = byte;
    pty->escape[pty->escape_len] = '\0';
    pty->escape_len++;
    bool is_final = pty->escape_len > 2 && byte >= 0x40 && byte <= 0x7e;
    if (is_final && pty->escape[1] == '?' && (byte == 'h' || byte == 'l'))
        note_private_modes(pty, pty->escape + 2, byte == 'h');
    if (is_final && !strcmp(pty->escape, "[?2026$p") && pty->sync_answer)
        pty_type(pty, pty->sync_answer);
    if (is_final || pty->escape_len + 1 >= ESCAPE_MAX)
        pty->escape_len = 0;
}

void screen_feed(struct pty *pty, const char *bytes, size_t len_bytes)
{
    vterm_input_write(pty->vterm, bytes, len_bytes);
    for (size_t i = 0; i < len_bytes; i++)
        note_byte(pty, bytes[i]);
}

VTermScreenCell pty_cell(struct pty *pty, int x, int y)
{
    VTermScreenCell cell;
    memset(&cell, 0, sizeof(cell));
    vterm_screen_get_cell(pty->screen, (VTermPos){.row = y, .col = x}, &cell);
    return cell;
}

static size_t encode(char *out, uint32_t code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | (code >> 6));
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    out[0] = (char)(0xe0 | (code >> 12));
    out[1] = (char)(0x80 | ((code >> 6) & 0x3f));
    out[2] = (char)(0x80 | (code & 0x3f));
    return 3;
}

const char *pty_row(struct pty *pty, int y)
{
    size_t len = 0;
    size_t end = 0;
    for (int x = 0; x < pty->w && len + 4 < sizeof(pty->row); x++) {
        uint32_t code = pty_cell(pty, x, y).chars[0];
        if (code == UINT32_MAX)
            continue; // the right half of a wide character
        len += encode(pty->row + len, code ? code : ' ');
        if (code && code != ' ')
            end = len;
    }
    pty->row[end] = '\0';
    return pty->row;
}

bool pty_has_text(struct pty *pty, const char *text)
{
    for (int y = 0; y < pty->h; y++)
        if (strstr(pty_row(pty, y), text))
            return true;
    return false;
}

char *pty_screen(struct pty *pty)
{
    size_t size = (size_t)pty->h * (size_t)(pty->w * 3 + 1) + 1;
    char *all = calloc(1, size);
    size_t len = 0;
    for (int y = 0; all && y < pty->h; y++)
        len += (size_t)snprintf(all + len, size - len, "%s\n", pty_row(pty, y));
    return all;
}

bool pty_is_alternate(const struct pty *pty)
{
    return pty->is_alternate;
}

bool pty_is_cursor_visible(const struct pty *pty)
{
    return !pty->is_cursor_hidden;
}

int pty_mouse(const struct pty *pty)
{
    return pty->mouse;
}

bool pty_private_mode(const struct pty *pty, int mode)
{
    return mode >= 0 && mode < PRIVATE_MODE_MAX && pty->private_modes[mode];
}

bool pty_is_keypad(const struct pty *pty)
{
    return pty->is_keypad;
}

bool pty_is_reset(const struct pty *pty)
{
    const int modes[] = {1, 1000, 1002, 1003, 1004, 1006, 1049, 2004, 2026};
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
        if (pty->private_modes[modes[i]])
            return false;
    return !pty->is_alternate && !pty->is_cursor_hidden && !pty->is_keypad &&
           pty->mouse == VTERM_PROP_MOUSE_NONE;
}
