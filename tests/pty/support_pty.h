#ifndef SUPPORT_PTY_H
#define SUPPORT_PTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <termios.h>
#include <vterm.h>

// A program in a pseudo-terminal, watched as a person at a real one would: its output is shown by
// libvterm, keys are typed, the window is resized, and a small shell of our own with job control
// starts it, stops it and continues it.
//
// Nothing here sleeps for a fixed time: every wait is for a condition, with a limit in
// milliseconds.
struct pty;

enum { PTY_LIMIT_MS = 10000 }; // generous: it is met only when something is broken

struct pty_options {
    const char *const *argv;
    const char *const *env; // "NAME=VALUE", or "NAME" to unset; NULL-terminated; may be NULL
    int w, h;               // 0: 80x24
    // What the terminal answers to the question whether it knows synchronized output; NULL:
    // nothing.
    const char *sync_answer;
};

// Starts it with TERM=xterm-256color, LC_ALL=C.UTF-8 and the configuration of tests/pty/config, by
// which frames are synchronized without a question, unless env says otherwise. Ends the test
// program when the machine refuses.
struct pty *pty_start(const struct pty_options *options);
void pty_free(struct pty *pty); // kills what is left; accepts NULL

// Takes in what the program has written, waiting for it at most so long.
void pty_pump(struct pty *pty, int limit_ms);
typedef bool pty_condition(struct pty *pty, void *context);
bool pty_wait(struct pty *pty, pty_condition *condition, void *context, int limit_ms);
// Waits for a whole frame (not in the middle of synchronized output) with that text in it.
bool pty_wait_text(struct pty *pty, const char *text, int limit_ms);
bool pty_wait_no_text(struct pty *pty, const char *text, int limit_ms);
// Pumps until nothing has been written for that long.
void pty_settle(struct pty *pty, int quiet_ms);

void pty_type(struct pty *pty, const char *keys);
void pty_resize(struct pty *pty, int w, int h);
void pty_tell_size(struct pty *pty, int w, int h); // to the program only, which may be absurd
void pty_close_terminal(struct pty *pty);          // as when the window is closed
uint64_t pty_bytes(const struct pty *pty);         // written by the program so far
void pty_record(struct pty *pty, const char **bytes, size_t *len_bytes); // all of it, borrowed

// Whether these bytes were ever written, whatever became of them.
bool pty_wait_written(struct pty *pty, const char *text, int limit_ms);

// What is on the screen.
const char *pty_row(struct pty *pty, int y); // UTF-8, without trailing blanks; until the next call
bool pty_has_text(struct pty *pty, const char *text);
char *pty_screen(struct pty *pty); // all rows, to be freed
VTermScreenCell pty_cell(struct pty *pty, int x, int y);
bool pty_is_alternate(const struct pty *pty);
bool pty_is_cursor_visible(const struct pty *pty);
int pty_mouse(const struct pty *pty); // VTERM_PROP_MOUSE_NONE, ...
// A private mode (DECSET) as the program has last set it: 2004 is bracketed paste, ...
bool pty_private_mode(const struct pty *pty, int mode);
bool pty_is_keypad(const struct pty *pty);
// Alternate screen, cursor, mouse, paste, focus, keypad, synchronized output: all as at the start.
bool pty_is_reset(const struct pty *pty);

// Reset, and with the modes as they were before.
bool pty_is_restored(struct pty *pty);
bool pty_wait_restored(struct pty *pty, int limit_ms);

struct termios pty_modes(const struct pty *pty);              // now
const struct termios *pty_first_modes(const struct pty *pty); // before the program began
bool pty_same_modes(const struct termios *a, const struct termios *b);

// The job.
pid_t pty_job(const struct pty *pty); // the process the shell has started
bool pty_wait_stopped(struct pty *pty, int *signal, int limit_ms);
bool pty_wait_ended(struct pty *pty, int *status, int limit_ms); // status as from waitpid
void pty_foreground(struct pty *pty);                            // `fg`
void pty_cook(struct pty *pty); // the shell sets modes of its own while the job is stopped

// Runs another program at the same terminal, without a controlling terminal of its own, and returns
// its status as from waitpid.
int pty_run_beside(struct pty *pty, const char *const *argv);

// Processes that this pty's program has started, whoever their parent is; zombies not counted.
// Returns how many there are, at most `max`.
size_t pty_processes(const struct pty *pty, pid_t *pids, size_t max);
bool pty_wait_nothing_left(struct pty *pty, int limit_ms);
pid_t pty_parent_of(pid_t pid);                   // 0: there is no such process
bool pty_process_is(pid_t pid, const char *name); // by the name the process has given itself

// Seeds of randomised tests: RACELANE_SEED if set, else `seed`.
uint64_t pty_seed(uint64_t seed);

#endif
