#include "guard/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// Room for one descriptor, aligned as a control message has to be.
union control {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
};

bool channel_open(int ends[2], struct error *err)
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
        return error_errno(err, "no socket between the guardian and the screen");
    return true;
}

bool channel_send(int fd, const struct message *message, int attached)
{
    struct message copy = *message;
    struct iovec part = {.iov_base = &copy, .iov_len = sizeof(copy)};
    struct msghdr packet = {.msg_iov = &part, .msg_iovlen = 1};
    union control control;
    memset(&control, 0, sizeof(control));
    if (attached >= 0) {
        packet.msg_control = control.room;
        packet.msg_controllen = sizeof(control.room);
        struct cmsghdr *header = CMSG_FIRSTHDR(&packet);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &attached, sizeof(attached));
    }
    ssize_t sent;
    do
        sent = sendmsg(fd, &packet, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)sizeof(copy);
}

static int attached_fd(struct msghdr *packet)
{
    int fd = -1;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(packet); header;
         header = CMSG_NXTHDR(packet, header))
        if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
            header->cmsg_len == CMSG_LEN(sizeof(int)))
            memcpy(&fd, CMSG_DATA(header), sizeof(fd));
    return fd;
}

enum channel_result channel_receive(int fd, struct message *message, int *attached,
                                    enum channel_wait wait)
{
    struct iovec part = {.iov_base = message, .iov_len = sizeof(*message)};
    union control control;
    memset(&control, 0, sizeof(control));
    // A peek asks for no descriptor: each look would open one more.
    struct msghdr packet = {.msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = wait == CHANNEL_PEEK ? NULL : control.room,
                            .msg_controllen = wait == CHANNEL_PEEK ? 0 : sizeof(control.room)};
    int flags = MSG_CMSG_CLOEXEC;
    if (wait != CHANNEL_WAIT)
        flags |= MSG_DONTWAIT;
    if (wait == CHANNEL_PEEK)
        flags |= MSG_PEEK;
    ssize_t got;
    do
        got = recvmsg(fd, &packet, flags);
    while (got < 0 && errno == EINTR);
    *attached = got > 0 ? attached_fd(&packet) : -1;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return CHANNEL_NOTHING;
    if (got != (ssize_t)sizeof(*message))
        return CHANNEL_CLOSED;
    message->text[sizeof(message->text) - 1] = '\0';
    return CHANNEL_MESSAGE;
}
