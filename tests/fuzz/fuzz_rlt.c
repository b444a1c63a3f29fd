#include "base/mem.h"
#include "export/report.h"
#include "trace/rlt_private.h"
#include "view/app.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// Any bytes are opened as a saved run, checked, reported and looked at. Their blocks are sealed
// first, with heads and sums that are right for what is in them: else hardly anything would get any
// further than those. A first byte that is odd leaves them as they are.

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void seal(unsigned char *bytes, size_t size)
{
    if (size < RLT_START_BYTES)
        return;
    struct packer start = {0};
    pack_bytes(&start, RLT_START, 8);
    pack_u64(&start, RLT_VERSION | (uint64_t)RLT_ORDER << 32);
    memcpy(bytes, start.bytes, start.len);
    mem_free(start.bytes);
    size_t at = RLT_START_BYTES;
    while (at + RLT_HEAD_BYTES <= size) {
        struct rlt_head head;
        size_t left = size - at - RLT_HEAD_BYTES;
        rlt_head_unpack(bytes + at, at, &head);
        head.len = head.len < left ? head.len : (uint32_t)left;
        head.offset = at;
        rlt_head_pack(bytes + at, &head, bytes + at + RLT_HEAD_BYTES);
        at += RLT_HEAD_BYTES + (size_t)rlt_padded(head.len);
    }
}

static void look(struct session *session, int w, int h)
{
    static const char *const keys[] = {"0", "+", "+", "Left", "x", "+",   "+", "+",   "X",
                                       "d", "-", "d", "Home", "-", "Tab", "0", "Tab", "0"};
    struct error err;
    struct app *app = app_new(&(struct app_options){0}, &err);
    struct frame *frame = frame_new(w, h, GLYPHS_UTF8);
    app_resize(app, w, h);
    app_attach(app, session);
    app_draw(app, frame);
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        app_press(app, keys[i]);
        app_draw(app, frame);
    }
    frame_free(frame);
    app_free(app);
}

static void open_and_look(const char *path)
{
    struct error err;
    struct session *session = session_replay(path, NULL, NULL, &err);
    if (!session)
        return;
    session_pump(session);
    look(session, 100, 30);
    session_check_file(session, NULL, NULL);
    mem_free(report_json(session));
    mem_free(report_text(session));
    session_free(session);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char path[40];
    if (size == 0)
        return 0;
    unsigned char *file = mem_alloc(size);
    memcpy(file, bytes + 1, size - 1);
    if (bytes[0] % 2 == 0)
        seal(file, size - 1);
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (fd >= 0 && write(fd, file, size - 1) == (ssize_t)(size - 1))
        open_and_look(path);
    close(fd);
    mem_free(file);
    return 0;
}
