#include "cli/direct.h"

static int run_host(void *context, int memory_fd)
{
    (void)context;
    return session_host(memory_fd);
}

static bool direct_start(void *context, int memory_fd, struct error *err)
{
    struct direct *direct = context;
    const struct guard_roles roles = {.host = run_host};
    direct->has_ended = false;
    return guard_host_start(&direct->host, &roles, memory_fd, err);
}

static void direct_stop(void *context)
{
    struct direct *direct = context;
    guard_host_kill(&direct->host);
}

static bool direct_ended(void *context, int *status)
{
    struct direct *direct = context;
    if (!direct->has_ended && direct->host.pid)
        direct->has_ended = guard_host_ended(&direct->host, &direct->status);
    *status = direct->status;
    return direct->has_ended;
}

struct session_launcher direct_launcher(struct direct *direct)
{
    *direct = (struct direct){.host = GUARD_NO_HOST};
    return (struct session_launcher){direct_start, direct_stop, direct_ended, direct};
}
