#include "cli/config_file.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *shown_path(const struct config_file *file, char out[200])
{
    text_safe_z(out, 200, file->path);
    return out;
}

static char *read_all(int fd)
{
    char *text = mem_alloc(CONFIG_FILE_MAX + 1);
    size_t len = 0;
    for (ssize_t n = 1; n != 0 && len < CONFIG_FILE_MAX;) {
        n = read(fd, text + len, CONFIG_FILE_MAX - len);
        if (n < 0 && errno != EINTR) {
            mem_free(text);
            return NULL;
        }
        len += n > 0 ? (size_t)n : 0;
    }
    text[len] = '\0';
    return text;
}

bool config_file_open(struct config_file *file, const char *folder, const char *name)
{
    *file = (struct config_file){.line = 0};
    char shown[200];
    if (text_format(file->path, sizeof file->path, "%s/%s", folder, name) + 1 >= sizeof file->path)
        return false;
    int fd = open(file->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return false;
    struct stat about;
    bool is_right = fd >= 0 && fstat(fd, &about) == 0;
    if (is_right && (!S_ISREG(about.st_mode) || about.st_size > CONFIG_FILE_MAX)) {
        fprintf(stderr, "racelane: %s: is not read: it is no text file of at most %d bytes\n",
                shown_path(file, shown), CONFIG_FILE_MAX);
        close(fd);
        return false;
    }
    file->text = is_right ? read_all(fd) : NULL;
    if (!file->text)
        fprintf(stderr, "racelane: %s: cannot be read: %s\n", shown_path(file, shown),
                strerror(errno));
    if (fd >= 0)
        close(fd);
    file->at = file->line_begin = file->word_begin = file->text;
    return file->text != NULL;
}

void config_file_close(struct config_file *file)
{
    mem_free(file->text);
    file->text = NULL;
}

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t\r");
}

bool config_file_line(struct config_file *file)
{
    for (;;) {
        if (file->line > 0) {
            file->at += strcspn(file->at, "\n");
            if (*file->at == '\0')
                return false;
            file->at++;
        }
        file->line++;
        file->line_begin = file->word_begin = file->at;
        file->word[0] = '\0';
        const char *first = skip_blanks(file->at);
        if (*first == '\0')
            return false;
        if (*first != '\n' && *first != '#')
            return true;
    }
}

bool config_file_word(struct config_file *file)
{
    file->at = skip_blanks(file->at);
    file->word_begin = file->at;
    size_t len = strcspn(file->at, " \t\r\n");
    file->word[0] = '\0';
    if (len == 0)
        return false;
    text_format(file->word, sizeof file->word, "%.*s",
                (int)(len < CONFIG_WORD_MAX ? len : CONFIG_WORD_MAX), file->at);
    file->at += len;
    return true;
}

void config_file_complain(const struct config_file *file, const char *fmt, ...)
{
    char what[300], shown[200];
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    char safe[300];
    text_safe_z(safe, sizeof safe, what);
    fprintf(stderr, "%s:%zu:%zu: error: %s\n", shown_path(file, shown), file->line,
            (size_t)(file->word_begin - file->line_begin) + 1, safe);
}
