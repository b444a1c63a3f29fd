#ifndef SUPPORT_SAVED_H
#define SUPPORT_SAVED_H

// Runs of scenarios that are saved, and what their reports say.
#include "support_session.h"

#include "base/mem.h"
#include "export/report.h"
#include "lang/library.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

static inline struct session_options
saved_options(const char *name, const struct lang_options *lang, const char *path)
{
    const struct library_entry *entry = library_find(name);
    assert_non_null(entry);
    return (struct session_options){.name = name,
                                    .text = entry->text,
                                    .len_bytes = entry->len_bytes,
                                    .lang = lang,
                                    .lock = -1,
                                    .seed = 7,
                                    .is_headless = true,
                                    .save_path = path};
}

static inline bool is_over(const struct session_view *view)
{
    return view->is_ended || view->is_deadlocked;
}

// Runs it to its end, and closes it: the file is written. Its report as JSON.
static inline char *run_and_report(const struct session_options *options, char trouble[240])
{
    struct watch w;
    struct session *s = open_session(&w, options);
    pump_until(s, is_over, "its end");
    // Where everybody waits, so does the clock.
    session_pause(s, true);
    const struct session_view view = session_view(s);
    char *json = report_json(s);
    snprintf(trouble, 240, "%s", view.save_trouble ? view.save_trouble : "");
    session_free(s);
    return json;
}

static inline struct session *open_saved(const char *path)
{
    struct error err = {.text = ""};
    struct session *s = session_replay(path, NULL, NULL, &err);
    if (!s)
        fail_msg("%s", err.text);
    return s;
}

// A small file that is changed and looked at, again and again, in memory.
struct patient {
    int fd;
    char path[40];
    unsigned char *bytes;
    size_t len;
};

static inline void patient_write(const struct patient *p, const unsigned char *bytes, size_t len)
{
    assert_int_equal(ftruncate(p->fd, (off_t)len), 0);
    assert_int_equal(pwrite(p->fd, bytes, len, 0), (ssize_t)len);
}

static inline struct patient patient_open(const char *path)
{
    struct stat st;
    struct patient p = {.fd = memfd_create("saved", MFD_CLOEXEC)};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(p.fd >= 0 && fd >= 0 && fstat(fd, &st) == 0);
    p.len = (size_t)st.st_size;
    p.bytes = mem_alloc(p.len + 1);
    assert_int_equal(read(fd, p.bytes, p.len), st.st_size);
    close(fd);
    snprintf(p.path, sizeof p.path, "/proc/self/fd/%d", p.fd);
    patient_write(&p, p.bytes, p.len);
    return p;
}

static inline void patient_close(struct patient *p)
{
    close(p->fd);
    mem_free(p->bytes);
}

#endif
