#include "engine/sched.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

bool sched_waited_ns(uint32_t pid, uint32_t tid, uint64_t *waited_ns)
{
    char path[64], line[96];
    snprintf(path, sizeof path, "/proc/%" PRIu32 "/task/%" PRIu32 "/schedstat", pid, tid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, line, sizeof line - 1);
    close(fd);
    if (n <= 0)
        return false;
    line[n] = '\0';
    return sscanf(line, "%*u %" SCNu64, waited_ns) == 1;
}
