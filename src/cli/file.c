#include "cli/file.h"

#include "base/mem.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SHOWN = 160, PATH_BYTES_MAX = 4096 };

static const char *what_it_is(mode_t mode)
{
    if (S_ISDIR(mode))
        return "a directory";
    if (S_ISFIFO(mode))
        return "a pipe";
    if (S_ISSOCK(mode))
        return "a socket";
    return "a device";
}

// Not to be kept waiting by a pipe or a device.
static int open_to_read(const char *path)
{
    return open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

static bool read_all(int fd, const char *what, size_t max_bytes, char *text, size_t *len_bytes,
                     const char *shown, struct error *err)
{
    for (;;) {
        ssize_t n = read(fd, text + *len_bytes, max_bytes + 1 - *len_bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_errno(err, "%s: cannot be read", shown);
        if (n == 0)
            break;
        *len_bytes += (size_t)n;
        if (*len_bytes > max_bytes)
            return error_set(err, "%s: %s has at most %zu bytes, this file has more", shown, what,
                             max_bytes);
    }
    text[*len_bytes] = '\0';
    return true;
}

bool file_read(const char *path, const char *what, size_t max_bytes, char **text, size_t *len_bytes,
               struct error *err)
{
    char shown[PATH_SHOWN];
    struct stat about;
    text_safe_z(shown, sizeof shown, path);
    *text = mem_alloc(max_bytes + 2);
    *len_bytes = 0;
    int fd = open_to_read(path);
    if (fd < 0)
        return error_errno(err, "%s: cannot be opened", shown);
    bool ok = fstat(fd, &about) == 0;
    if (!ok)
        error_errno(err, "%s: cannot be read", shown);
    else if (!S_ISREG(about.st_mode))
        ok = error_set(err, "%s: is %s; %s is an ordinary text file", shown,
                       what_it_is(about.st_mode), what);
    else
        ok = read_all(fd, what, max_bytes, *text, len_bytes, shown, err);
    close(fd);
    return ok;
}

bool file_is_named(const char *path, const char *ending)
{
    size_t len = strlen(path), len_ending = strlen(ending);
    return len >= len_ending && strcmp(path + len - len_ending, ending) == 0;
}

size_t file_begin(const char *path, char *out, size_t size)
{
    int fd = open_to_read(path);
    ssize_t n = fd < 0 ? 0 : read(fd, out, size);
    if (fd >= 0)
        close(fd);
    return n < 0 ? 0 : (size_t)n;
}

static bool write_all(int fd, const char *bytes, size_t len_bytes)
{
    while (len_bytes > 0) {
        ssize_t n = write(fd, bytes, len_bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0)
            errno = ENOSPC;
        if (n <= 0)
            return false;
        bytes += n;
        len_bytes -= (size_t)n;
    }
    return fsync(fd) == 0;
}

// So that the new name is on the disk as well. Where a folder cannot be told so, it is all the
// same.
static void sync_folder(const char *path)
{
    char folder[PATH_BYTES_MAX];
    const char *slash = strrchr(path, '/');
    text_format(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1,
                slash ? path : ".");
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    close(fd);
}

// Beside it, in the same folder; what an ended program of the same number left there is nobody's.
static int create_beside(const char *path, char beside[PATH_BYTES_MAX])
{
    if (text_format(beside, PATH_BYTES_MAX, "%s.new-%ld", path, (long)getpid()) + 1 >=
        PATH_BYTES_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    unlink(beside);
    return open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
}

bool file_replace(const char *path, const char *bytes, size_t len_bytes, struct error *err)
{
    char shown[PATH_SHOWN], beside[PATH_BYTES_MAX];
    text_safe_z(shown, sizeof shown, path);
    int fd = create_beside(path, beside);
    if (fd < 0)
        return error_errno(err, "%s: cannot be written", shown);
    bool ok = write_all(fd, bytes, len_bytes);
    int why = errno;
    if (close(fd) != 0 && ok) {
        ok = false;
        why = errno;
    }
    if (ok && rename(beside, path) != 0) {
        ok = false;
        why = errno;
    }
    if (!ok) {
        unlink(beside);
        errno = why;
        return error_errno(err, "%s: cannot be written", shown);
    }
    sync_folder(path);
    return true;
}
