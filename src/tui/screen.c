#include "tui/screen_private.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { AWAY_LOOK_MS = 100, ANSWER_MS = 100 };

const char sync_begin[] = "\x1b[?2026h";
const char sync_end[] = "\x1b[?2026l";
static const char sync_query[] = "\x1b[?2026$p"; // DECRQM
static const char mouse_on[] = "\x1b[?1000h\x1b[?1006h";
static const char mouse_off[] = "\x1b[?1006l\x1b[?1000l";
static const char paste_on[] = "\x1b[?2004h";
static const char cursor_on[] = "\x1b[?25h";
static const char paste_off[] = "\x1b[?2004l";

void screen_write(const char *bytes, size_t left)
{
    while (left > 0) {
        ssize_t written = write(STDOUT_FILENO, bytes, left);
        // Whoever started us may have left the terminal such that nothing waits for it.
        struct pollfd ready = {.fd = STDOUT_FILENO, .events = POLLOUT};
        if (written < 0 && errno == EAGAIN)
            poll(&ready, 1, -1);
        else if (written < 0 && errno != EINTR)
            return;
        if (written > 0) {
            bytes += written;
            left -= (size_t)written;
        }
    }
}

static void write_mode(const struct screen *screen, const char *bytes)
{
    if (screen->has_modes)
        screen_write(bytes, strlen(bytes));
}

// The consoles whose fonts lack block characters, and which do not know private modes.
static bool is_old(const char *term)
{
    return !strncmp(term, "linux", 5) || !strncmp(term, "vt", 2);
}

// Those that would show the last letter of the question.
static bool may_be_asked(void)
{
    const char *program = getenv("TERM_PROGRAM");
    return !program || strcmp(program, "Apple_Terminal") != 0;
}

// The terminal's size, capped: what is allocated for it must not depend on what it claims.
static struct winsize capped_size(int w_otherwise, int h_otherwise)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_col == 0 || size.ws_row == 0) {
        size.ws_col = (unsigned short)w_otherwise;
        size.ws_row = (unsigned short)h_otherwise;
    }
    if (size.ws_col > FRAME_W_MAX)
        size.ws_col = FRAME_W_MAX;
    if (size.ws_row > FRAME_H_MAX)
        size.ws_row = FRAME_H_MAX;
    return size;
}

// ncurses believes a size only from the environment or from the terminal itself.
static SCREEN *new_terminal(void)
{
    struct winsize size = capped_size(80, 24);
    char w[8];
    char h[8];
    text_format(w, sizeof(w), "%u", (unsigned)size.ws_col);
    text_format(h, sizeof(h), "%u", (unsigned)size.ws_row);
    setenv("COLUMNS", w, 1);
    setenv("LINES", h, 1);
    use_tioctl(FALSE);
    SCREEN *curses = newterm(NULL, stdout, stdin);
    unsetenv("COLUMNS");
    unsetenv("LINES");
    return curses;
}

const char *screen_terminfo(const char *capability)
{
    const char *text = tigetstr(capability);
    return text != (const char *)-1 ? text : NULL;
}

static bool start_curses(struct screen *screen, struct termios *before, struct error *err)
{
    const char advice[] = "use `racelane report`, which needs none";
    const char *term = getenv("TERM");
    char shown[40];
    text_safe_z(shown, sizeof(shown), term ? term : "");
    if (tcgetattr(STDIN_FILENO, before) || !isatty(STDOUT_FILENO))
        return error_set(err, "standard input and output are no terminal: %s", advice);
    if (!term || !term[0])
        return error_set(err, "TERM is not set, so the terminal is unknown: %s", advice);
    screen->curses = new_terminal();
    if (!screen->curses)
        return error_set(err, "terminal type \"%s\" (TERM) is unknown: %s", shown, advice);
    if (!screen_terminfo("cup")) {
        endwin();
        delscreen(screen->curses);
        screen->curses = NULL;
        return error_set(err, "terminal \"%s\" (TERM) cannot place its cursor: %s", shown, advice);
    }
    screen->has_modes = !is_old(term);
    screen->is_utf8 = !is_old(term) && !strcmp(nl_langinfo(CODESET), "UTF-8");
    return true;
}

// Appends a terminfo string without its padding, which is for the terminals of paper's time.
static void add_bytes(struct rescue_terminal *terminal, const char *bytes)
{
    while (*bytes && terminal->len_bytes < RESCUE_BYTES_MAX) {
        const char *end = bytes[0] == '$' && bytes[1] == '<' ? strchr(bytes, '>') : NULL;
        if (end)
            bytes = end + 1;
        else
            terminal->bytes[terminal->len_bytes++] = *bytes++;
    }
}

static void prepare_rescue(struct screen *screen)
{
    struct rescue_terminal *terminal = &screen->rescue;
    terminal->len_bytes = 0;
    if (screen->has_sync)
        add_bytes(terminal, sync_end);
    if (screen->has_mouse)
        add_bytes(terminal, mouse_off);
    if (screen->has_modes)
        add_bytes(terminal, paste_off);
    if (screen_terminfo("csr"))
        add_bytes(terminal, "\0337\x1b[r\0338"); // ncurses scrolls by regions
    const char *const undo[] = {"sgr0", "op", "rmkx", "rmcup", "cnorm"};
    for (size_t i = 0; i < ARRAY_LEN(undo); i++) {
        const char *bytes = screen_terminfo(undo[i]);
        if (bytes)
            add_bytes(terminal, bytes);
    }
    rescue_arm(terminal);
}

static void adopt_size(struct screen *screen)
{
    struct winsize size = capped_size(COLS, LINES);
    int w = size.ws_col;
    int h = size.ws_row;
    resize_term(h, w);
    screen->w = w;
    screen->h = h;
    mem_free(screen->shown);
    screen->shown = mem_array((size_t)w * (size_t)h, sizeof(*screen->shown));
    screen->must_repaint = true;
}

// Not waited for: the first frames go without. Asked inside the alternate screen, which the first
// frame clears, so that nothing stays of it where it is not understood.
static void begin_modes(struct screen *screen, enum screen_sync sync)
{
    write_mode(screen, paste_on);
    if (screen->has_mouse)
        write_mode(screen, mouse_on);
    if (sync == SCREEN_SYNC_AUTO && screen->has_modes && may_be_asked()) {
        write_mode(screen, sync_query);
        screen->asked_ns = clock_now_ns();
    }
}

void screen_answered_sync(struct screen *screen, int setting)
{
    enum { UNKNOWN = 0, ALWAYS_OFF = 4 };
    if (screen->asked_ns == 0)
        return;
    screen->asked_ns = 0;
    screen->has_sync = setting > UNKNOWN && setting < ALWAYS_OFF;
    prepare_rescue(screen);
}

// An answer that came after the end would be typed into the shell.
static void await_answer(struct screen *screen)
{
    uint64_t until_ns = screen->asked_ns + ANSWER_MS * (uint64_t)NS_PER_MS;
    while (screen->asked_ns > 0 && !screen->end_signal && clock_now_ns() < until_ns) {
        struct pollfd ready = {.fd = STDIN_FILENO, .events = POLLIN};
        poll(&ready, 1, 1);
        keys_read(screen);
    }
    screen->asked_ns = 0;
}

struct screen *screen_open(const struct screen_options *options, struct error *err)
{
    struct termios before;
    struct screen *screen = mem_alloc(sizeof(*screen));
    setlocale(LC_CTYPE, "");
    rescue_open();
    if (!start_curses(screen, &before, err)) {
        rescue_close();
        mem_free(screen);
        return NULL;
    }
    keys_open(screen);
    screen->has_sync = screen->has_modes && options->sync == SCREEN_SYNC_ON;
    screen->has_mouse = screen->has_modes && options->has_mouse;
    screen->rescue.modes_before = before;
    tcgetattr(STDIN_FILENO, &screen->rescue.modes_own);
    prepare_rescue(screen);
    colour_open(screen);
    paint_open(screen);
    curs_set(0);
    adopt_size(screen);
    begin_modes(screen, options->sync);
    return screen;
}

void screen_close(struct screen *screen)
{
    if (!screen)
        return;
    if (screen->end_signal) {
        // Whoever asked may have been the death of the guardian: then a shell may have the terminal
        // already, in modes of its own, which must stay.
        rescue_restore();
        screen->is_left = true;
    }
    screen_leave(screen);
    delwin(screen->input);
    delscreen(screen->curses);
    rescue_close();
    paint_close(screen);
    mem_free(screen->shown);
    mem_free(screen);
}

void screen_size(const struct screen *screen, int *w, int *h)
{
    *w = screen->w;
    *h = screen->h;
}

int screen_colours(const struct screen *screen)
{
    return screen->colours;
}

bool screen_is_utf8(const struct screen *screen)
{
    return screen->is_utf8;
}

int screen_end_signal(const struct screen *screen)
{
    return screen->end_signal;
}

void screen_redraw(struct screen *screen)
{
    screen->must_repaint = true;
}

static wchar_t character_of(const struct screen *screen, const struct cell *cell)
{
    uint32_t code;
    text_decode(cell->utf8, strnlen(cell->utf8, sizeof(cell->utf8)), &code);
    if (code < ' ' || code == UINT32_MAX)
        return ' ';
    return code < 0x7f || screen->is_utf8 ? (wchar_t)code : '?';
}

static void put_cell(const struct screen *screen, int x, int y, const struct cell *cell)
{
    const struct look *look = &screen->looks[cell->role];
    attr_t extra = 0;
    if (cell->attributes & STYLE_BOLD)
        extra |= A_BOLD;
    if (cell->attributes & STYLE_UNDERLINE)
        extra |= A_UNDERLINE;
    if (cell->attributes & STYLE_REVERSE)
        extra |= A_REVERSE;
    wchar_t text[2] = {character_of(screen, cell), L'\0'};
    int pair = look->pair;
    cchar_t wide;
    // Twice reversed is not reversed: what is marked must differ from what is around it.
    setcchar(&wide, text, (look->attributes ^ (extra & A_REVERSE)) | (extra & ~A_REVERSE), 0,
             &pair);
    mvadd_wch(y, x, &wide);
}

// Hands ncurses what has changed. False when nothing has.
static bool put_cells(struct screen *screen, const struct frame *frame, enum paint_from from)
{
    int w = frame_width(frame) < screen->w ? frame_width(frame) : screen->w;
    int h = frame_height(frame) < screen->h ? frame_height(frame) : screen->h;
    bool has_changed = from != PAINT_FROM_SHOWN;
    if (has_changed)
        erase();
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            const struct cell *cell = frame_at(frame, x, y);
            struct cell *shown = &screen->shown[y * screen->w + x];
            if (from == PAINT_FROM_SHOWN && !memcmp(cell, shown, sizeof(*cell)))
                continue;
            *shown = *cell;
            put_cell(screen, x, y, cell);
            has_changed = true;
        }
    return has_changed;
}

static void present_by_curses(struct screen *screen, const struct frame *frame,
                              enum paint_from from)
{
    if (!put_cells(screen, frame, from))
        return;
    if (from == PAINT_FROM_NOTHING)
        clearok(curscr, TRUE);
    wnoutrefresh(stdscr);
    if (screen->has_sync)
        write_mode(screen, sync_begin);
    doupdate();
    if (screen->has_sync)
        write_mode(screen, sync_end);
}

void screen_present(struct screen *screen, const struct frame *frame, const struct theme *theme)
{
    if (screen->is_left || screen->is_away || screen->end_signal)
        return;
    enum paint_from from = screen->must_repaint     ? PAINT_FROM_NOTHING
                           : theme != screen->theme ? PAINT_FROM_UNKNOWN
                                                    : PAINT_FROM_SHOWN;
    if (theme != screen->theme)
        colour_use_theme(screen, theme);
    screen->must_repaint = false;
    if (screen->paint.is_able)
        paint_frame(screen, frame, from);
    else
        present_by_curses(screen, frame, from);
}

void screen_leave(struct screen *screen)
{
    if (screen->is_left)
        return;
    await_answer(screen);
    screen->is_left = true;
    if (screen->has_mouse)
        write_mode(screen, mouse_off);
    write_mode(screen, paste_off);
    endwin();
    // Some terminals restore, with the screen, that the cursor was hidden.
    write_mode(screen, cursor_on);
    rescue_arm(NULL);
}

void screen_return(struct screen *screen)
{
    screen->is_left = false;
    screen->is_away = false;
    rescue_arm(&screen->rescue);
    reset_prog_mode();
    adopt_size(screen);
    // Without this ncurses takes the screen back only with the next frame.
    clearok(curscr, TRUE);
    doupdate();
    begin_modes(screen, SCREEN_SYNC_OFF);
}

static bool is_ours(void)
{
    pid_t foreground = tcgetpgrp(STDIN_FILENO);
    return foreground <= 0 || foreground == getpgrp();
}

// Somebody may have had the terminal meanwhile, in whatever modes.
static void take_back(struct screen *screen)
{
    endwin();
    screen_return(screen);
}

const char *screen_read_key(struct screen *screen)
{
    rescue_drain();
    if (!screen->end_signal)
        screen->end_signal = rescue_end_signal();
    if (screen->end_signal)
        return "gone";
    if (rescue_take(RESCUE_SUSPEND))
        return "ctrl-z";
    if (!is_ours()) {
        screen->is_away = true;
        return NULL;
    }
    if (rescue_take(RESCUE_CONTINUED) || screen->is_away) {
        take_back(screen);
        return "resize";
    }
    if (rescue_take(RESCUE_RESIZED)) {
        adopt_size(screen);
        return "resize";
    }
    const char *key = keys_read(screen);
    return screen->end_signal ? "gone" : key;
}

void screen_pointer(const struct screen *screen, int *x, int *y)
{
    *x = screen->pointer_x;
    *y = screen->pointer_y;
}

void screen_wait(struct screen *screen, uint64_t timeout_ns)
{
    struct pollfd ready[] = {{.fd = rescue_wake_fd(), .events = POLLIN},
                             {.fd = screen->is_away ? -1 : STDIN_FILENO, .events = POLLIN}};
    uint64_t timeout_ms = timeout_ns / NS_PER_MS + (timeout_ns % NS_PER_MS != 0);
    uint64_t limit_ms = screen->is_away ? AWAY_LOOK_MS : INT32_MAX;
    poll(ready, ARRAY_LEN(ready), (int)(timeout_ms < limit_ms ? timeout_ms : limit_ms));
}
