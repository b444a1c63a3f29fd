#include "tui/screen_private.h"

#include "base/clock.h"
#include "base/text.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum {
    ESCAPE = 27,
    RUBOUT = 127,
    SEQUENCE_WAIT_MS = 25,
    FAILED_READS_MAX = 100,
    PASTE_QUIET_MS = 1000,
    // Codes of our own, above those of ncurses.
    PASTE_BEGIN = KEY_MAX + 1,
    PASTE_END,
};

// What terminals send, in the modes that terminfo does not tell of too.
static const struct {
    const char *sequence;
    int code;
} sequences[] = {
    {"\x1b[A", KEY_UP},      {"\x1b[B", KEY_DOWN},       {"\x1b[C", KEY_RIGHT},
    {"\x1b[D", KEY_LEFT},    {"\x1bOA", KEY_UP},         {"\x1bOB", KEY_DOWN},
    {"\x1bOC", KEY_RIGHT},   {"\x1bOD", KEY_LEFT},       {"\x1b[H", KEY_HOME},
    {"\x1b[F", KEY_END},     {"\x1bOH", KEY_HOME},       {"\x1bOF", KEY_END},
    {"\x1b[1~", KEY_HOME},   {"\x1b[2~", KEY_IC},        {"\x1b[3~", KEY_DC},
    {"\x1b[4~", KEY_END},    {"\x1b[5~", KEY_PPAGE},     {"\x1b[6~", KEY_NPAGE},
    {"\x1b[7~", KEY_HOME},   {"\x1b[8~", KEY_END},       {"\x1b[Z", KEY_BTAB},
    {"\x1bOM", KEY_ENTER},   {"\x1bOP", KEY_F(1)},       {"\x1bOQ", KEY_F(2)},
    {"\x1bOR", KEY_F(3)},    {"\x1bOS", KEY_F(4)},       {"\x1b[11~", KEY_F(1)},
    {"\x1b[12~", KEY_F(2)},  {"\x1b[13~", KEY_F(3)},     {"\x1b[14~", KEY_F(4)},
    {"\x1b[15~", KEY_F(5)},  {"\x1b[17~", KEY_F(6)},     {"\x1b[18~", KEY_F(7)},
    {"\x1b[19~", KEY_F(8)},  {"\x1b[20~", KEY_F(9)},     {"\x1b[21~", KEY_F(10)},
    {"\x1b[23~", KEY_F(11)}, {"\x1b[24~", KEY_F(12)},    {"\x1b[[A", KEY_F(1)},
    {"\x1b[[B", KEY_F(2)},   {"\x1b[[C", KEY_F(3)},      {"\x1b[[D", KEY_F(4)},
    {"\x1b[[E", KEY_F(5)},   {"\x1b[200~", PASTE_BEGIN}, {"\x1b[201~", PASTE_END},
};

static const struct {
    int code;
    const char *name;
} names[] = {
    {' ', "space"},        {'\t', "tab"},          {'\r', "enter"},
    {'\n', "enter"},       {KEY_ENTER, "enter"},   {ESCAPE, "esc"},
    {RUBOUT, "backspace"}, {'\b', "backspace"},    {KEY_BACKSPACE, "backspace"},
    {KEY_BTAB, "backtab"}, {KEY_UP, "up"},         {KEY_DOWN, "down"},
    {KEY_LEFT, "left"},    {KEY_RIGHT, "right"},   {KEY_HOME, "home"},
    {KEY_END, "end"},      {KEY_PPAGE, "page-up"}, {KEY_NPAGE, "page-down"},
    {KEY_DC, "delete"},    {KEY_IC, "insert"},
};

void keys_open(struct screen *screen)
{
    set_escdelay(SEQUENCE_WAIT_MS);
    typeahead(-1); // else a waiting key makes ncurses give up a frame half way
    raw();
    noecho();
    nonl();
    screen->input = newpad(1, 1);
    keypad(screen->input, TRUE);
    nodelay(screen->input, TRUE);
    define_key(NULL, KEY_MOUSE); // its reports are read like other sequences
    for (size_t i = 0; i < sizeof(sequences) / sizeof(sequences[0]); i++)
        define_key(sequences[i].sequence, sequences[i].code);
}

// A byte that belongs to what was read before; ERR when none comes.
static int next_byte(struct screen *screen)
{
    wtimeout(screen->input, SEQUENCE_WAIT_MS);
    int byte = wgetch(screen->input);
    nodelay(screen->input, TRUE);
    return byte;
}

enum { PARAMETERS_MAX = 24 };

// What the mouse does, of its report "<button;x;y" with M or m at the end; NULL for what nobody
// asks for: releases, other buttons, movements.
static const char *mouse_key(struct screen *screen, const char *parameters)
{
    enum { LEFT = 0, WHEEL_UP = 64, WHEEL_DOWN = 65 };
    int button, x, y;
    char end;
    if (!screen->has_mouse || sscanf(parameters, "<%d;%d;%d%c", &button, &x, &y, &end) != 4 ||
        end != 'M')
        return NULL;
    screen->pointer_x = x - 1;
    screen->pointer_y = y - 1;
    return button == LEFT         ? "click"
           : button == WHEEL_UP   ? "wheel-up"
           : button == WHEEL_DOWN ? "wheel-down"
                                  : NULL;
}

// After ESC [. The oldest kind of mouse report ends with three bytes of any value.
static const char *take_parameters(struct screen *screen)
{
    char text[PARAMETERS_MAX] = "";
    size_t len = 0;
    int byte = next_byte(screen);
    if (byte == 'M')
        for (int i = 0; i < 3; i++)
            next_byte(screen);
    for (; byte >= 0x20 && byte < 0x40; byte = next_byte(screen))
        if (len + 2 < sizeof(text))
            text[len++] = (char)byte;
    if (byte > 0 && byte < RUBOUT)
        text[len] = (char)byte;
    int setting;
    char end;
    if (sscanf(text, "?2026;%d$%c", &setting, &end) == 2 && end == 'y')
        screen_answered_sync(screen, setting);
    return mouse_key(screen, text);
}

// After ESC: sequences that mean nothing here (focus, keys without a name) are read to their end,
// so that their letters are not taken for keys. Returns false when the ESC was the key itself.
// *key is what a sequence means, NULL for nothing.
static bool take_sequence(struct screen *screen, const char **key)
{
    *key = NULL;
    int byte = wgetch(screen->input);
    if (byte == 'O') {
        next_byte(screen);
        return true;
    }
    if (byte == '[') {
        *key = take_parameters(screen);
        return true;
    }
    if (byte == ']' || byte == 'P' || byte == '_' || byte == '^') {
        do
            byte = next_byte(screen);
        while (byte != ERR && byte != '\a' && byte != ESCAPE);
        if (byte == ESCAPE)
            next_byte(screen); // the backslash that ends it
        return true;
    }
    if (byte != ERR)
        ungetch(byte);
    return false;
}

static const char *name_of(struct screen *screen, int code)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].code == code)
            return names[i].name;
    if (code > ' ' && code < RUBOUT)
        text_format(screen->key, sizeof(screen->key), "%c", code);
    else if (code >= 1 && code <= 26)
        text_format(screen->key, sizeof(screen->key), "ctrl-%c", 'a' + code - 1);
    else if (code >= KEY_F(1) && code <= KEY_F(12))
        text_format(screen->key, sizeof(screen->key), "f%d", code - KEY_F0);
    else
        return NULL;
    return screen->key;
}

// Whether the code is part of a paste, and so is nothing. A paste whose end never comes is over
// when nothing has come for a while; else the keyboard would stay dead.
static bool is_pasted(struct screen *screen, int code)
{
    uint64_t now_ns = clock_now_ns();
    if (code == PASTE_BEGIN || code == PASTE_END) {
        screen->is_pasting = code == PASTE_BEGIN;
    } else if (!screen->is_pasting || now_ns >= screen->paste_until_ns) {
        screen->is_pasting = false;
        return false;
    }
    screen->paste_until_ns = now_ns + PASTE_QUIET_MS * (uint64_t)NS_PER_MS;
    return true;
}

// A terminal that is always readable and never gives anything has come to its end.
static void note_read(struct screen *screen, bool is_readable, int code)
{
    if (code != ERR || !is_readable)
        screen->failed_reads = 0;
    else if (++screen->failed_reads > FAILED_READS_MAX)
        screen->end_signal = SIGHUP;
}

const char *keys_read(struct screen *screen)
{
    struct pollfd ready = {.fd = STDIN_FILENO, .events = POLLIN};
    poll(&ready, 1, 0);
    if (ready.revents & (POLLHUP | POLLERR | POLLNVAL)) {
        screen->end_signal = SIGHUP;
        return NULL;
    }
    for (;;) {
        int code = wgetch(screen->input);
        note_read(screen, ready.revents & POLLIN, code);
        if (code == ERR)
            return NULL;
        const char *name = NULL;
        if (is_pasted(screen, code))
            continue;
        if (code != ESCAPE || !take_sequence(screen, &name))
            name = name_of(screen, code);
        if (name)
            return name;
    }
}
