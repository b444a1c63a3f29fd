#ifndef SUPPORT_SESSION_H
#define SUPPORT_SESSION_H

// Sessions in tests, with the host in a process of its own as in the program.
#include "base/clock.h"
#include "lang/lang.h"
#include "session/session.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEADLINE_NS (UINT64_C(60) * NS_PER_S)

// The launcher that a test is: it forks.
struct launch {
    pid_t pid; // 0: none
    int status;
    bool is_reaped;
};

struct watch {
    struct launch launch;
    struct session *session;
};

static inline bool start_host(void *context, int memory_fd, struct error *err)
{
    struct launch *launch = context;
    *launch = (struct launch){.pid = fork()};
    if (launch->pid < 0)
        return error_errno(err, "no process for the host");
    if (launch->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        _exit(session_host(memory_fd));
    }
    return true;
}

static inline bool host_ended(void *context, int *status)
{
    struct launch *launch = context;
    if (!launch->is_reaped && waitpid(launch->pid, &launch->status, WNOHANG) == launch->pid)
        launch->is_reaped = true;
    *status = launch->status;
    return launch->is_reaped;
}

static inline void stop_host(void *context)
{
    struct launch *launch = context;
    if (launch->pid == 0)
        return;
    if (!launch->is_reaped) {
        kill(launch->pid, SIGKILL);
        waitpid(launch->pid, &launch->status, 0);
    }
    *launch = (struct launch){.pid = 0};
}

static inline struct session *open_session(struct watch *w, const struct session_options *options)
{
    struct lang_problems problems;
    struct error err = {.text = ""};
    struct session_launcher launcher = {
        .start = start_host, .stop = stop_host, .ended = host_ended, .context = &w->launch};
    w->launch = (struct launch){.pid = 0};
    w->session = session_open(options, &launcher, &problems, &err);
    if (!w->session)
        fail_msg("%s: line %u: %s %s", options->name, problems.items[0].line,
                 problems.items[0].text, err.text);
    return w->session;
}

// With the lock as written, at native speed.
static inline struct session *open_text(struct watch *w, const char *text)
{
    struct lang_options as_written = {.n_lanes = 0};
    return open_session(w, &(struct session_options){.name = "test",
                                                     .text = text,
                                                     .len_bytes = strlen(text),
                                                     .lang = &as_written,
                                                     .lock = -1,
                                                     .seed = 7});
}

static inline void pump(struct session *s)
{
    if (!session_pump(s))
        session_wait(s, NS_PER_MS);
}

// Pumps until the claim about the session holds.
static inline void pump_until(struct session *s, bool (*claim)(const struct session_view *),
                              const char *what)
{
    uint64_t deadline = clock_now_ns() + DEADLINE_NS;
    for (;;) {
        struct session_view view = session_view(s);
        if (claim(&view))
            return;
        if (clock_now_ns() > deadline)
            fail_msg("waited in vain: %s", what);
        pump(s);
    }
}

static inline bool is_ended(const struct session_view *view)
{
    return view->is_ended;
}

#endif
