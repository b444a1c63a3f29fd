// Opens a saved run: by its index, or, when it was cut, by reading all of it.
#include "base/mem.h"
#include "base/text.h"
#include "trace/page_code.h"
#include "trace/rlt_lane.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PROGRESS_BYTES = 16 << 20 };

static bool read_at(const struct rlt *file, uint64_t offset, void *out, size_t len)
{
    if (offset > file->facts.file_bytes || len > file->facts.file_bytes - offset)
        return false;
    unsigned char *at = out;
    while (len > 0) {
        ssize_t n = pread(file->fd, at, len, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        offset += (uint64_t)n;
        len -= (size_t)n;
    }
    return true;
}

// Reads a block of at most `max` bytes into file->block. False: there is no whole one. Most are
// short, and are read at once with their head.
static bool read_block(struct rlt *file, uint64_t offset, size_t max, struct rlt_head *head)
{
    unsigned char packed[RLT_HEAD_BYTES + RLT_SHORT_BYTES];
    uint64_t size = file->facts.file_bytes;
    uint64_t left = offset < size ? size - offset : 0;
    size_t n = left < sizeof packed ? (size_t)left : sizeof packed;
    if (n < RLT_HEAD_BYTES || !read_at(file, offset, packed, n) ||
        !rlt_head_unpack(packed, offset, head) || head->len > max ||
        head->len > left - RLT_HEAD_BYTES)
        return false;
    file->block = mem_room(file->block, &file->block_cap, head->len + 1, 1);
    size_t n_read = n - RLT_HEAD_BYTES < head->len ? n - RLT_HEAD_BYTES : head->len;
    memcpy(file->block, packed + RLT_HEAD_BYTES, n_read);
    return read_at(file, offset + RLT_HEAD_BYTES + n_read, file->block + n_read,
                   head->len - n_read) &&
           rlt_is_whole(packed, file->block, head->len);
}

static bool read_kind(struct rlt *file, uint64_t offset, uint32_t kind, struct rlt_head *head)
{
    return read_block(file, offset, RLT_BLOCK_BYTES_MAX, head) && head->kind == kind;
}

static bool keep_state(struct rlt *file, uint64_t offset)
{
    struct rlt_head head;
    if (!read_kind(file, offset, RLT_STATE, &head))
        return false;
    mem_free(file->state);
    file->state = mem_alloc(head.len + 1);
    memcpy(file->state, file->block, head.len);
    file->state_len = head.len;
    file->facts.has_state = true;
    return true;
}

static bool take_marks(struct rlt *file, uint32_t n)
{
    struct unpacker u = {.bytes = file->block, .len = (size_t)n * RLT_MARK_BYTES};
    for (uint32_t i = 0; i < n; i++) {
        struct rlt_mark mark = {.t_ns = unpack_u64(&u)};
        mark.index = unpack_u64(&u);
        mark.offset = unpack_u64(&u);
        mark.mark = (uint32_t)unpack_u64(&u);
        uint64_t place = unpack_below(&u, UINT64_C(1) << 32);
        mark.lane = (uint16_t)place;
        mark.cell = (uint16_t)(place >> 16);
        uint64_t flag = unpack_u64(&u);
        mark.flag = (uint8_t)flag;
        if (u.has_failed || mark.lane >= file->n_lanes ||
            (flag != ACCESS_LOSS && flag != ACCESS_LOST))
            return false;
        file->marks =
            mem_room(file->marks, &file->cap_marks, file->n_marks + 1, sizeof *file->marks);
        file->marks[file->n_marks++] = mark;
    }
    return true;
}

static bool read_marks(struct rlt *file, uint64_t offset)
{
    struct rlt_head head;
    return read_kind(file, offset, RLT_MARKS, &head) &&
           head.len == (uint64_t)head.n * RLT_MARK_BYTES && take_marks(file, head.n);
}

// --- by the index

static bool read_index(struct rlt *file, uint64_t offset)
{
    struct rlt_head head;
    if (!read_kind(file, offset, RLT_INDEX, &head) || head.n != file->n_lanes)
        return false;
    unsigned char *bytes = mem_alloc(head.len + 1);
    memcpy(bytes, file->block, head.len);
    struct unpacker u = {.bytes = bytes, .len = head.len};
    file->now_ns = unpack_u64(&u);
    bool is_good = true;
    for (size_t i = 0; i < file->n_lanes && is_good; i++)
        is_good = rlt_lane_unpack(&u, &file->lanes[i], file->facts.file_bytes);
    size_t n = unpack_count(&u, 8);
    for (size_t i = 0; i < n && is_good; i++)
        is_good = read_marks(file, unpack_u64(&u));
    is_good = is_good && !u.has_failed;
    mem_free(bytes);
    return is_good;
}

static bool open_by_index(struct rlt *file)
{
    enum { END_BYTES = RLT_HEAD_BYTES + 16 };
    struct rlt_head head;
    uint64_t size = file->facts.file_bytes;
    if (size < END_BYTES || !read_kind(file, size - END_BYTES, RLT_END, &head) || head.len != 16)
        return false;
    struct unpacker u = {.bytes = file->block, .len = head.len};
    uint64_t index = unpack_u64(&u), state = unpack_u64(&u);
    if (!read_index(file, index) || (state && !keep_state(file, state)))
        return false;
    file->facts.is_complete = true;
    file->facts.good_bytes = size;
    return true;
}

// --- of a cut file

static bool scan_block(struct rlt *file, uint64_t offset, const struct rlt_head *head)
{
    switch ((enum rlt_kind)head->kind) {
    case RLT_PAGE:
        return rlt_lane_found(file, offset, head);
    case RLT_MARKS:
        return head->len == (uint64_t)head->n * RLT_MARK_BYTES && take_marks(file, head->n);
    case RLT_WAITED:
        return rlt_lane_waited(file, head);
    case RLT_STATE:
        file->last_state = offset;
        return true;
    case RLT_RUN:
    case RLT_INDEX:
    case RLT_END:
        return true;
    }
    return false;
}

static bool scan(struct rlt *file, rlt_progress progress, void *context)
{
    uint64_t offset = RLT_START_BYTES, told = 0;
    struct rlt_head head;
    while (read_block(file, offset, RLT_BLOCK_BYTES_MAX, &head) &&
           scan_block(file, offset, &head)) {
        offset += RLT_HEAD_BYTES + rlt_padded(head.len);
        if (progress && offset >= told + PROGRESS_BYTES) {
            told = offset;
            if (!progress(context, offset, file->facts.file_bytes))
                return false;
        }
    }
    file->facts.good_bytes = offset < file->facts.file_bytes ? offset : file->facts.file_bytes;
    if (file->last_state)
        keep_state(file, file->last_state);
    rlt_lanes_end(file);
    return true;
}

// --- opening

static void forget(struct rlt *file)
{
    for (size_t i = 0; i < file->n_lanes; i++)
        rlt_lane_clear(&file->lanes[i]);
    file->n_marks = 0;
    file->now_ns = 0;
}

static bool read_start(struct rlt *file, const char *name, struct error *err)
{
    unsigned char start[RLT_START_BYTES];
    struct rlt_head head;
    if (!read_at(file, 0, start, sizeof start) || memcmp(start, RLT_START, 8) != 0)
        return error_set(err, "%s is not a saved run of racelane (they end in .rlt)", name);
    struct unpacker u = {.bytes = start, .len = sizeof start, .at = 8};
    uint64_t version = unpack_u64(&u);
    if (version >> 32 != RLT_ORDER || (uint32_t)version != RLT_VERSION)
        return error_set(err, "%s is of version %u of the format; this racelane reads version %u",
                         name, (unsigned)version, RLT_VERSION);
    if (!read_kind(file, RLT_START_BYTES, RLT_RUN, &head) || head.n == 0 || head.n > RLT_LANES_MAX)
        return error_set(err, "%s is damaged in its beginning: what was run cannot be read", name);
    file->run = mem_alloc(head.len + 1);
    memcpy(file->run, file->block, head.len);
    file->run_len = head.len;
    file->n_lanes = head.n;
    file->lanes = mem_array(file->n_lanes, sizeof *file->lanes);
    forget(file);
    return true;
}

static bool open_file(struct rlt *file, const char *path, const char *name, struct error *err)
{
    struct stat st;
    file->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (file->fd < 0 || fstat(file->fd, &st) != 0)
        return error_set(err, "%s: %s", name, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return error_set(err, "%s is not an ordinary file", name);
    file->facts.file_bytes = (uint64_t)st.st_size;
    return true;
}

bool rlt_is_one(const char *path)
{
    char start[8];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return false;
    bool is_one = pread(fd, start, sizeof start, 0) == (ssize_t)sizeof start &&
                  memcmp(start, RLT_START, sizeof start) == 0;
    close(fd);
    return is_one;
}

struct rlt *rlt_open(const char *path, rlt_progress progress, void *context, struct error *err)
{
    char name[120];
    text_safe_z(name, sizeof name, path);
    struct rlt *file = mem_alloc(sizeof *file);
    file->fd = -1;
    if (!open_file(file, path, name, err) || !read_start(file, name, err)) {
        rlt_free(file);
        return NULL;
    }
    if (!open_by_index(file)) {
        forget(file);
        posix_fadvise(file->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
        if (!scan(file, progress, context)) {
            error_set(err, "%s was not read to its end", name);
            rlt_free(file);
            return NULL;
        }
    }
    // From now on here and there: what lies beside a page is of no use.
    posix_fadvise(file->fd, 0, 0, POSIX_FADV_RANDOM);
    for (size_t i = 0; i < file->n_lanes; i++) {
        file->facts.n_pages += file->lanes[i].n_saved;
        file->facts.n_events += file->lanes[i].n_events;
    }
    return file;
}

void rlt_free(struct rlt *file)
{
    if (!file)
        return;
    if (file->fd >= 0)
        close(file->fd);
    for (size_t i = 0; i < file->n_lanes; i++)
        rlt_lane_clear(&file->lanes[i]);
    mem_free(file->lanes);
    mem_free(file->marks);
    mem_free(file->run);
    mem_free(file->state);
    mem_free(file->block);
    mem_free(file);
}

struct rlt_facts rlt_facts(const struct rlt *file)
{
    return file->facts;
}

size_t rlt_lanes(const struct rlt *file)
{
    return file->n_lanes;
}

const void *rlt_run(const struct rlt *file, size_t *len_bytes)
{
    *len_bytes = file->run_len;
    return file->run;
}

const void *rlt_state(const struct rlt *file, size_t *len_bytes)
{
    *len_bytes = file->state_len;
    return file->facts.has_state ? file->state : NULL;
}

bool rlt_read_page(struct rlt *file, size_t lane, uint64_t page, uint64_t offset,
                   struct cached_page *out)
{
    struct rlt_head head;
    if (!read_block(file, offset, RLT_PAGE_BYTES_MAX, &head) || head.kind != RLT_PAGE ||
        head.lane != lane || head.page != page || head.n == 0 || head.n > TIMELINE_PAGE ||
        !page_unpack(file->block, head.len, (uint16_t)lane, head.n, &out->node, out->events) ||
        out->node.page != page)
        return false;
    out->n = head.n;
    return true;
}

// Reads of many pages of a file that no memory holds yet would else wait for the disk one by one.
void rlt_expect_page(const struct rlt *file, uint64_t offset)
{
    posix_fadvise(file->fd, (off_t)offset, RLT_HEAD_BYTES + RLT_SHORT_BYTES, POSIX_FADV_WILLNEED);
}
