#ifndef GUARD_CHANNEL_H
#define GUARD_CHANNEL_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

// What the UI and the guardian say to each other. The UI asks and waits for the answer; only
// MESSAGE_HOST_ENDED comes unasked, once a host, and stays in the socket until the next request:
// so whoever asks again sees it again, and nobody has to keep it.
enum message_kind {
    MESSAGE_START,      // with the run's memory attached
    MESSAGE_STARTED,    //   it runs
    MESSAGE_REFUSED,    //   it does not, and `text` says why
    MESSAGE_STOP,       // end the host
    MESSAGE_STOPPED,    //   it is gone
    MESSAGE_SUSPEND,    // stop the job
    MESSAGE_RESUMED,    //   the shell has continued it
    MESSAGE_HOST_ENDED, // by itself; `status` is as from waitpid
};

struct message {
    uint32_t kind;
    int32_t status;
    char text[sizeof((struct error *)0)->text];
};

// Whether the receiver waits for a message; PEEK neither waits nor takes it out.
enum channel_wait { CHANNEL_WAIT, CHANNEL_POLL, CHANNEL_PEEK };
enum channel_result { CHANNEL_MESSAGE, CHANNEL_NOTHING, CHANNEL_CLOSED };

bool channel_open(int ends[2], struct error *err);
// attached: a descriptor to pass along, or -1. False when the other end is gone. Never waits.
bool channel_send(int fd, const struct message *message, int attached);
// *attached: a descriptor that came along and is now the caller's, else -1.
enum channel_result channel_receive(int fd, struct message *message, int *attached,
                                    enum channel_wait wait);

#endif
