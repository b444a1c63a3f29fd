#ifndef SUPPORT_PTY_PRIVATE_H
#define SUPPORT_PTY_PRIVATE_H

#include "support_pty.h"

#include <stdint.h>

// The parts of a pty, for its three files: the terminal, its screen, and the shell.

enum { PRIVATE_MODE_MAX = 4096, ESCAPE_MAX = 64 };

struct pty {
    int master;
    int w, h;
    const char *sync_answer;
    struct termios first_modes;
    char *record;
    size_t record_len, record_cap;

    VTerm *vterm;
    VTermScreen *screen;
    bool is_alternate, is_cursor_hidden;
    int mouse;
    // Modes that libvterm does not tell: found by reading the same bytes.
    bool private_modes[PRIVATE_MODE_MAX];
    bool is_keypad;
    char escape[ESCAPE_MAX];
    size_t escape_len;
    char row[4096];

    pid_t shell, job;
    int order, report;
    bool has_stopped, has_ended;
    int stop_signal, status;
    char mark[64];
};

void screen_attach(struct pty *pty);
void screen_feed(struct pty *pty, const char *bytes, size_t len_bytes);

enum { REPORT_STARTED = 1, REPORT_STOPPED, REPORT_ENDED };

struct shell_report {
    int kind;
    int value; // pid, signal, status
};

enum { ORDER_FOREGROUND = 'f', ORDER_COOK = 'c' };

// Becomes a shell with job control for one job.
_Noreturn void shell_run(int slave, int order, int report, const char *const *argv,
                         const char *mark);

#endif
