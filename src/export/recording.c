#include "export/recording.h"

#include "export/cast.h"
#include "export/film.h"

#include "base/mem.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    NAME_SHOWN = 120,
    START_MAX = 64,
    LINE_BYTES = 1 << 18, // about: the largest frame, all of it new
};

struct recording {
    FILE *out;
    char *buffer;          // one write an event, so that the file never ends in the middle of one
    char name[NAME_SHOWN]; // safe to print
    struct cast *cast;     // one of the two
    struct film *film;
    bool is_over; // no more finds room
    int error;    // of the file, 0: none
};

static bool ends_in(const char *path, const char *ending)
{
    size_t len = strlen(path), n = strlen(ending);
    return len > n && strcmp(path + len - n, ending) == 0;
}

bool recording_is_named(const char *path)
{
    return ends_in(path, ".cast") || ends_in(path, ".svg");
}

// What the file holds so far is nothing, or a recording such as is to be made.
static bool may_replace(int fd, const char *name, const char *start, struct error *err)
{
    struct stat status;
    char found[START_MAX];
    size_t len = strlen(start);
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        return error_set(err, "%s is not an ordinary file", name);
    bool is_one = pread(fd, found, len, 0) == (ssize_t)len && memcmp(found, start, len) == 0;
    if (status.st_size > 0 && !is_one)
        return error_set(err, "%s exists and is not such a recording: choose another name", name);
    if (ftruncate(fd, 0) != 0)
        return error_errno(err, "%s cannot be written", name);
    return true;
}

struct recording *recording_open(const char *path, struct error *err)
{
    char name[NAME_SHOWN];
    text_safe_z(name, sizeof(name), path);
    bool is_film = ends_in(path, ".svg");
    if (!recording_is_named(path)) {
        error_set(err, "%s: a recording's name ends in .cast or .svg", name);
        return NULL;
    }
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);
    if (fd < 0) {
        error_errno(err, "%s cannot be written", name);
        return NULL;
    }
    FILE *out =
        may_replace(fd, name, is_film ? film_start : cast_start, err) ? fdopen(fd, "w") : NULL;
    if (!out) {
        close(fd);
        return NULL;
    }
    struct recording *recording = mem_alloc(sizeof(*recording));
    recording->out = out;
    recording->buffer = mem_alloc(LINE_BYTES);
    setvbuf(out, recording->buffer, _IOFBF, LINE_BYTES);
    memcpy(recording->name, name, sizeof(name));
    recording->film = is_film ? film_new() : NULL;
    recording->cast = is_film ? NULL : cast_new(out);
    return recording;
}

static void note_error(struct recording *recording)
{
    if (ferror(recording->out) && recording->error == 0)
        recording->error = errno ? errno : EIO;
}

bool recording_frame(struct recording *recording, const struct frame *frame,
                     const struct theme *theme, uint64_t t_ns)
{
    if (recording->film)
        recording->is_over |= !film_frame(recording->film, frame, theme, t_ns);
    else
        cast_frame(recording->cast, frame, theme, t_ns);
    note_error(recording);
    return !recording->is_over && recording->error == 0;
}

void recording_marker(struct recording *recording, uint64_t t_ns, const char *label)
{
    if (recording->cast)
        cast_marker(recording->cast, t_ns, label);
    note_error(recording);
}

bool recording_close(struct recording *recording, struct error *err)
{
    if (recording->film)
        film_write(recording->film, recording->out);
    film_free(recording->film);
    cast_free(recording->cast);
    fflush(recording->out);
    note_error(recording);
    bool is_whole = !recording->is_over && recording->error == 0;
    if (fclose(recording->out) != 0 && recording->error == 0)
        recording->error = errno;
    if (recording->error)
        error_set(err, "%s could not be written: %s", recording->name, strerror(recording->error));
    else if (recording->is_over)
        error_set(err, "%s ends early: a moving picture has room for %d MB of rows",
                  recording->name, FILM_MAX_BYTES >> 20);
    is_whole &= recording->error == 0;
    mem_free(recording->buffer);
    mem_free(recording);
    return is_whole;
}
