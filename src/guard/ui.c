#include "guard/channel.h"
#include "guard/guard.h"

#include <signal.h>
#include <unistd.h>

// Sends a request and waits for one of its two answers. An older HOST_ENDED is thrown away: it
// speaks of a host that the request replaces or ends. False when the guardian is gone.
static bool ask(int channel, const struct message *request, int attached, enum message_kind yes,
                enum message_kind no, struct message *answer)
{
    if (!channel_send(channel, request, attached))
        return false;
    for (;;) {
        int stray;
        if (channel_receive(channel, answer, &stray, CHANNEL_WAIT) != CHANNEL_MESSAGE)
            return false;
        if (stray >= 0)
            close(stray);
        if (answer->kind == yes || answer->kind == no)
            return true;
    }
}

bool guard_ui_start_host(int channel, int memory_fd, struct error *err)
{
    struct message answer;
    if (!ask(channel, &(struct message){.kind = MESSAGE_START}, memory_fd, MESSAGE_STARTED,
             MESSAGE_REFUSED, &answer))
        return error_set(err, "the guardian process is gone, so no run can be started");
    if (answer.kind == MESSAGE_REFUSED)
        return error_set(err, "%s", answer.text);
    return true;
}

void guard_ui_stop_host(int channel)
{
    struct message answer;
    ask(channel, &(struct message){.kind = MESSAGE_STOP}, -1, MESSAGE_STOPPED, MESSAGE_STOPPED,
        &answer);
}

bool guard_ui_host_ended(int channel, int *status)
{
    struct message message;
    int stray;
    enum channel_result result = channel_receive(channel, &message, &stray, CHANNEL_PEEK);
    if (result == CHANNEL_NOTHING)
        return false;
    // Without a guardian there is no host either: the kernel has ended it.
    *status = result == CHANNEL_MESSAGE ? message.status : SIGKILL;
    return true;
}

void guard_ui_suspend(int channel)
{
    struct message answer;
    ask(channel, &(struct message){.kind = MESSAGE_SUSPEND}, -1, MESSAGE_RESUMED, MESSAGE_RESUMED,
        &answer);
}
