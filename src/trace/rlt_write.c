// Writes a saved run, block by block.
#include "base/mem.h"
#include "base/text.h"
#include "trace/page_code.h"
#include "trace/rlt_private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// Pages that a lane has full and that are not written yet: what the ledger says of a store comes
// mostly before they are.
enum { LAG_PAGES = 4, BUFFER_BYTES = 256 << 10 };

struct written_lane {
    struct saved_page *pages;
    size_t n, cap;
    uint64_t first_page;   // number of pages[0]
    uint64_t open_events;  // in the last one, which was not full; 0: it was
    struct node node, end; // of the page that is to be written next; behind all that is written
    uint64_t waited_ns;    // up to when its waits for a core are written
};

struct rlt_writer {
    int fd;
    int error; // errno of what failed; 0: nothing has
    char name[120];
    uint64_t offset; // of the next block
    unsigned char buffer[BUFFER_BYTES];
    size_t n_buffered;
    bool is_past; // all at once, see rlt_write_past
    size_t n_lanes;
    struct written_lane *lanes;
    struct packer page; // used again and again
    struct packer marks;
    uint32_t n_marks;
    uint64_t *mark_blocks; // offsets
    size_t n_mark_blocks, cap_mark_blocks;
    uint64_t state_offset; // of the newest; 0: none
};

static void write_all(struct rlt_writer *w, const void *bytes, size_t len)
{
    const unsigned char *at = bytes;
    while (len > 0 && !w->error) {
        ssize_t n = write(w->fd, at, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            w->error = n < 0 ? errno : ENOSPC;
            return;
        }
        at += n;
        len -= (size_t)n;
    }
}

void rlt_flush(struct rlt_writer *w)
{
    write_all(w, w->buffer, w->n_buffered);
    w->n_buffered = 0;
}

static void put(struct rlt_writer *w, const void *bytes, size_t len)
{
    if (w->n_buffered + len > sizeof w->buffer)
        rlt_flush(w);
    if (len > sizeof w->buffer) {
        write_all(w, bytes, len);
    } else if (len) {
        memcpy(w->buffer + w->n_buffered, bytes, len);
        w->n_buffered += len;
    }
    w->offset += len;
}

// Returns the block's offset.
static uint64_t put_block(struct rlt_writer *w, struct rlt_head head, const void *bytes)
{
    unsigned char packed[RLT_HEAD_BYTES];
    head.offset = w->offset;
    rlt_head_pack(packed, &head, bytes);
    put(w, packed, sizeof packed);
    put(w, bytes, head.len);
    put(w, "\0\0\0\0\0\0\0", (size_t)(rlt_padded(head.len) - head.len));
    return head.offset;
}

// A file of that name is only replaced when it is a saved run, or empty.
static bool may_replace(int fd, const char *name, struct error *err)
{
    struct stat st;
    char start[8];
    if (fstat(fd, &st) != 0)
        return error_set(err, "%s: %s", name, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return error_set(err, "%s is not an ordinary file", name);
    bool is_run = pread(fd, start, sizeof start, 0) == (ssize_t)sizeof start &&
                  memcmp(start, RLT_START, sizeof start) == 0;
    if (st.st_size > 0 && !is_run)
        return error_set(err, "%s exists and is not a saved run: choose another name", name);
    if (ftruncate(fd, 0) != 0)
        return error_set(err, "%s: %s", name, strerror(errno));
    return true;
}

struct rlt_writer *rlt_create(const char *path, size_t n_lanes, const void *run, size_t len_bytes,
                              struct error *err)
{
    char name[120];
    text_safe_z(name, sizeof name, path);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);
    if (fd < 0) {
        error_set(err, "%s: %s", name, strerror(errno));
        return NULL;
    }
    if (!may_replace(fd, name, err)) {
        close(fd);
        return NULL;
    }
    struct rlt_writer *w = mem_alloc(sizeof *w);
    w->fd = fd;
    w->n_lanes = n_lanes;
    w->lanes = mem_array(n_lanes, sizeof *w->lanes);
    text_format(w->name, sizeof w->name, "%s", name);
    struct packer start = {0};
    pack_bytes(&start, RLT_START, 8);
    pack_u64(&start, RLT_VERSION | (uint64_t)RLT_ORDER << 32);
    put(w, start.bytes, start.len);
    mem_free(start.bytes);
    put_block(
        w, (struct rlt_head){.kind = RLT_RUN, .len = (uint32_t)len_bytes, .n = (uint32_t)n_lanes},
        run);
    rlt_flush(w);
    return w;
}

static void pack_mark(struct rlt_writer *w, const struct rlt_mark *mark)
{
    pack_u64(&w->marks, mark->t_ns);
    pack_u64(&w->marks, mark->index);
    pack_u64(&w->marks, mark->offset);
    pack_u64(&w->marks, mark->mark);
    pack_u64(&w->marks, mark->lane | (uint64_t)mark->cell << 16);
    pack_u64(&w->marks, mark->flag);
    w->n_marks++;
}

void rlt_write_past(struct rlt_writer *w, const struct timeline *tl)
{
    w->is_past = true;
    for (size_t lane = 0; lane < w->n_lanes; lane++)
        for (size_t k = 0; k < 2; k++) {
            const struct late_marks *late = &tl->lanes[lane].late[k];
            for (size_t i = 0; i < late->n; i++)
                pack_mark(w, &(struct rlt_mark){.t_ns = late->t_ns[i],
                                                .index = RLT_PAST,
                                                .offset = UINT64_MAX,
                                                .lane = (uint16_t)lane,
                                                .flag = k == 0 ? ACCESS_LOSS : ACCESS_LOST});
        }
}

// Before the first page whose sums have them: where the file is cut, nothing is counted that is not
// there.
static void write_marks(struct rlt_writer *w)
{
    if (w->n_marks == 0)
        return;
    w->mark_blocks =
        mem_room(w->mark_blocks, &w->cap_mark_blocks, w->n_mark_blocks + 1, sizeof *w->mark_blocks);
    w->mark_blocks[w->n_mark_blocks++] = put_block(
        w, (struct rlt_head){.kind = RLT_MARKS, .len = (uint32_t)w->marks.len, .n = w->n_marks},
        w->marks.bytes);
    w->marks.len = 0;
    w->n_marks = 0;
}

// The node of a page that is kept, NULL when it is thinned out.
static const struct node *own_node(const struct timeline *tl, size_t index, uint64_t page)
{
    struct node_pair pair = timeline_nodes_of_page(tl, index, page);
    return pair.node && pair.node->page == page ? pair.node : NULL;
}

// Of a run that is written from its beginning on, nodes are reckoned on from page to page, by what
// is written: a lane that is quicker than the writing may have had them thinned out.
static void reach_page(const struct rlt_writer *w, const struct timeline *tl, size_t index,
                       uint64_t page, uint64_t t_ns)
{
    struct written_lane *lane = &w->lanes[index];
    struct node *node = &lane->node;
    if (w->is_past)
        *node = *own_node(tl, index, page);
    node->page = page;
    node->before.state_ns[node->walker.state] += t_ns - node->t_ns;
    node->t_ns = t_ns;
}

static void write_page(struct rlt_writer *w, const struct timeline *tl, size_t index, uint64_t page)
{
    struct written_lane *lane = &w->lanes[index];
    size_t n;
    const struct event *events = timeline_page_events(tl, index, page, &n);
    if (!events || n == 0)
        return;
    reach_page(w, tl, index, page, events[0].t_ns);
    struct packer *packed = &w->page;
    packed->len = 0;
    write_marks(w);
    page_pack(packed, &lane->node, events, n);
    uint64_t offset = put_block(w,
                                (struct rlt_head){.kind = RLT_PAGE,
                                                  .lane = (uint32_t)index,
                                                  .len = (uint32_t)packed->len,
                                                  .n = (uint32_t)n,
                                                  .page = page},
                                packed->bytes);
    bool replaces = lane->n > 0 && lane->first_page + lane->n - 1 == page;
    if (lane->n == 0)
        lane->first_page = page;
    if (!replaces) {
        lane->pages = mem_room(lane->pages, &lane->cap, lane->n + 1, sizeof *lane->pages);
        lane->n++;
    }
    lane->pages[lane->n - 1] = (struct saved_page){.t_ns = events[0].t_ns, .offset = offset};
    lane->open_events = n < TIMELINE_PAGE ? n : 0;
    lane->end = lane->node;
    node_walk(&lane->end, events, n);
    if (n == TIMELINE_PAGE)
        lane->node = lane->end;
}

// The page that is to be written next: again, the one that was not full.
static uint64_t next_page(const struct written_lane *lane)
{
    return lane->first_page + lane->n - (lane->open_events > 0);
}

void rlt_write_given_up(void *context, const struct timeline *tl, size_t lane, uint64_t page)
{
    struct rlt_writer *w = context;
    const struct written_lane *written = &w->lanes[lane];
    if (!w->error && (written->n == 0 || page >= next_page(written)))
        write_page(w, tl, lane, page);
}

// From where on every page that is kept has a node of its own.
static uint64_t first_with_nodes(const struct timeline *tl, size_t index, uint64_t first)
{
    uint64_t n_pages = (timeline_count(tl, index) + TIMELINE_PAGE - 1) / TIMELINE_PAGE;
    uint64_t page = n_pages;
    while (page > first && own_node(tl, index, page - 1))
        page--;
    return page;
}

void rlt_write_pages(struct rlt_writer *w, const struct timeline *tl, enum rlt_pages which)
{
    for (size_t i = 0; i < w->n_lanes && !w->error; i++) {
        struct written_lane *lane = &w->lanes[i];
        uint64_t n_events = timeline_count(tl, i), n_full = n_events / TIMELINE_PAGE;
        uint64_t first = timeline_first(tl, i) / TIMELINE_PAGE;
        if (w->is_past)
            first = first_with_nodes(tl, i, first);
        uint64_t from = lane->n > 0 ? next_page(lane) : first;
        uint64_t to = which == RLT_WITH_OPEN ? n_full : n_full > LAG_PAGES ? n_full - LAG_PAGES : 0;
        for (uint64_t page = from; page < to; page++)
            write_page(w, tl, i, page);
        bool is_news = n_events % TIMELINE_PAGE != lane->open_events;
        if (which == RLT_WITH_OPEN && n_events % TIMELINE_PAGE && is_news)
            write_page(w, tl, i, n_full);
    }
}

void rlt_write_mark(struct rlt_writer *w, size_t lane, const struct rlt_store *store,
                    struct timeline_marked marked)
{
    struct written_lane *written = &w->lanes[lane];
    bool is_given_up = marked.index == UINT64_MAX;
    uint64_t page = is_given_up ? 0 : marked.index / TIMELINE_PAGE;
    // A page that is still to come says it itself.
    if (marked.is_known || (!is_given_up && page >= written->first_page + written->n))
        return;
    enum mark kind = store->flag == ACCESS_LOSS ? MARK_LOSS : MARK_LOST;
    if (is_given_up || page < next_page(written))
        written->node.before.marks[kind]++;
    written->end.before.marks[kind]++;
    pack_mark(w, &(struct rlt_mark){.t_ns = store->t_ns,
                                    .index = marked.index,
                                    .offset = w->offset,
                                    .mark = store->mark,
                                    .cell = (uint16_t)store->cell,
                                    .lane = (uint16_t)lane,
                                    .flag = store->flag});
}

// Those that have come since the last time. Of two that have been made one, the second may have
// been written: they are written together again, and take its place.
static void write_waited(struct rlt_writer *w, const struct timeline *tl)
{
    struct packer p = {0};
    for (size_t index = 0; index < w->n_lanes; index++) {
        const struct timeline_lane *lane = &tl->lanes[index];
        size_t i = lane->n_waited;
        while (i > 0 && lane->waited[i - 1].t1_ns > w->lanes[index].waited_ns)
            i--;
        if (i == lane->n_waited)
            continue;
        p.len = 0;
        uint32_t n = (uint32_t)(lane->n_waited - i);
        for (; i < lane->n_waited; i++)
            rlt_waited_pack(&p, &lane->waited[i]);
        w->lanes[index].waited_ns = lane->waited[i - 1].t1_ns;
        put_block(w,
                  (struct rlt_head){
                      .kind = RLT_WAITED, .lane = (uint32_t)index, .len = (uint32_t)p.len, .n = n},
                  p.bytes);
    }
    mem_free(p.bytes);
}

void rlt_write_state(struct rlt_writer *w, const struct timeline *tl, const void *bytes,
                     size_t len_bytes)
{
    write_marks(w);
    write_waited(w, tl);
    w->state_offset =
        put_block(w, (struct rlt_head){.kind = RLT_STATE, .len = (uint32_t)len_bytes}, bytes);
}

uint64_t rlt_bytes(const struct rlt_writer *w)
{
    return w->offset;
}

bool rlt_is_good(const struct rlt_writer *w, struct error *err)
{
    if (w->error)
        return error_set(err, "%s: %s", w->name, strerror(w->error));
    return true;
}

static void pack_lane(struct packer *p, const struct rlt_writer *w,
                      const struct written_lane *written, const struct timeline_lane *lane)
{
    struct node tail = {.t_ns = lane->known_ns,
                        .page = written->first_page,
                        .walker = lane->walker,
                        .before = w->is_past ? lane->sum : written->end.before};
    pack_u64(p, lane->has_begun);
    pack_u64(p, lane->first_ns);
    pack_u64(p, lane->end_ns);
    pack_u64(p, lane->n_events);
    node_pack(p, &tail);
    pack_u64(p, written->n);
    for (size_t i = 0; i < written->n; i++) {
        pack_u64(p, written->pages[i].t_ns);
        pack_u64(p, written->pages[i].offset);
    }
    pack_u64(p, lane->n_waited);
    for (size_t i = 0; i < lane->n_waited; i++)
        rlt_waited_pack(p, &lane->waited[i]);
}

static void write_index(struct rlt_writer *w, const struct timeline *tl)
{
    struct packer p = {0};
    pack_u64(&p, timeline_now(tl));
    for (size_t i = 0; i < w->n_lanes; i++)
        pack_lane(&p, w, &w->lanes[i], &tl->lanes[i]);
    pack_u64(&p, w->n_mark_blocks);
    for (size_t i = 0; i < w->n_mark_blocks; i++)
        pack_u64(&p, w->mark_blocks[i]);
    uint64_t index = put_block(
        w, (struct rlt_head){.kind = RLT_INDEX, .len = (uint32_t)p.len, .n = (uint32_t)w->n_lanes},
        p.bytes);
    p.len = 0;
    pack_u64(&p, index);
    pack_u64(&p, w->state_offset);
    put_block(w, (struct rlt_head){.kind = RLT_END, .len = (uint32_t)p.len}, p.bytes);
    mem_free(p.bytes);
}

bool rlt_close(struct rlt_writer *w, const struct timeline *tl, struct error *err)
{
    write_marks(w);
    write_index(w, tl);
    rlt_flush(w);
    bool is_good = rlt_is_good(w, err);
    rlt_abandon(w);
    return is_good;
}

void rlt_abandon(struct rlt_writer *w)
{
    if (!w)
        return;
    rlt_flush(w);
    close(w->fd);
    for (size_t i = 0; i < w->n_lanes; i++)
        mem_free(w->lanes[i].pages);
    mem_free(w->lanes);
    mem_free(w->page.bytes);
    mem_free(w->marks.bytes);
    mem_free(w->mark_blocks);
    mem_free(w);
}
