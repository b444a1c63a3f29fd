// The lanes of a saved run, and its timeline.
#include "trace/rlt_lane.h"

#include "base/mem.h"
#include "trace/page_code.h"
#include "trace/timeline_saved.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

enum {
    PAGE_ENTRY_BYTES = 2 * 8,
    SEEK_PAGES = 2,    // in which a store is looked for
    SEEK_MARKS = 1024, // of which this is done: a file must open at once
};

static void unpack_waited(struct unpacker *u, struct timeline_lane *lane)
{
    lane->n_waited = unpack_count(u, RLT_WAITED_BYTES);
    lane->waited = mem_array(lane->n_waited, sizeof *lane->waited);
    for (size_t i = 0; i < lane->n_waited; i++) {
        rlt_waited_unpack(u, &lane->waited[i]);
        u->has_failed |= i && lane->waited[i].t0_ns < lane->waited[i - 1].t1_ns;
    }
}

static void unpack_pages(struct unpacker *u, struct timeline_lane *lane, uint64_t file_bytes)
{
    size_t n = unpack_count(u, PAGE_ENTRY_BYTES);
    lane->n_saved = n;
    lane->saved = mem_array(n + 1, sizeof *lane->saved);
    for (size_t i = 0; i < n; i++) {
        lane->saved[i].t_ns = unpack_u64(u);
        lane->saved[i].offset = unpack_below(u, file_bytes);
        u->has_failed |= i && (lane->saved[i].t_ns < lane->saved[i - 1].t_ns ||
                               lane->saved[i].offset <= lane->saved[i - 1].offset);
    }
}

bool rlt_lane_unpack(struct unpacker *u, struct timeline_lane *lane, uint64_t file_bytes)
{
    struct node tail;
    lane->has_begun = unpack_bool(u);
    lane->first_ns = unpack_u64(u);
    lane->end_ns = unpack_u64(u);
    lane->n_events = unpack_u64(u);
    node_unpack(u, &tail);
    lane->known_ns = tail.t_ns;
    lane->first_page = tail.page;
    lane->walker = tail.walker;
    lane->sum = tail.before;
    unpack_pages(u, lane, file_bytes);
    unpack_waited(u, lane);
    uint64_t n_pages = lane->n_events / TIMELINE_PAGE + (lane->n_events % TIMELINE_PAGE != 0);
    bool has_begun = lane->n_events > 0;
    return !u->has_failed && lane->has_begun == has_begun && lane->first_ns <= lane->known_ns &&
           lane->first_page <= n_pages && lane->n_saved == n_pages - lane->first_page &&
           (lane->n_saved > 0) == has_begun &&
           (lane->n_saved == 0 || (lane->saved[0].t_ns >= lane->first_ns &&
                                   lane->saved[lane->n_saved - 1].t_ns <= lane->known_ns));
}

void rlt_lane_clear(struct timeline_lane *lane)
{
    mem_free(lane->saved);
    mem_free(lane->waited);
    *lane = (struct timeline_lane){.end_ns = UINT64_MAX};
}

// --- of a cut file

bool rlt_lane_found(struct rlt *file, uint64_t offset, const struct rlt_head *head)
{
    if (head->lane >= file->n_lanes || head->n == 0 || head->n > TIMELINE_PAGE)
        return false;
    struct timeline_lane *lane = &file->lanes[head->lane];
    struct unpacker u = {.bytes = file->block, .len = head->len};
    struct node node;
    node_unpack(&u, &node);
    uint64_t next = lane->first_page + lane->n_saved;
    bool is_first = lane->n_saved == 0, is_again = !is_first && head->page == next - 1;
    bool is_next = head->page == next && lane->n_events == next * TIMELINE_PAGE;
    if (u.has_failed || (!is_first && !is_again && !is_next) || node.page != head->page ||
        head->page > UINT64_MAX / TIMELINE_PAGE - 1)
        return false;
    uint64_t before_ns = lane->n_saved > 1 ? lane->saved[lane->n_saved - 1 - is_again].t_ns : 0;
    if (node.t_ns < before_ns)
        return false;
    if (is_first)
        lane->first_page = head->page;
    if (!is_again) {
        size_t cap = (size_t)lane->n_saved;
        // Doubles whenever a power of two is reached.
        if ((cap & (cap - 1)) == 0)
            lane->saved = mem_resize(lane->saved, cap ? 2 * cap : 1, sizeof *lane->saved);
        lane->n_saved++;
    }
    lane->saved[lane->n_saved - 1] = (struct saved_page){.t_ns = node.t_ns, .offset = offset};
    lane->n_events = head->page * TIMELINE_PAGE + head->n;
    return true;
}

bool rlt_lane_waited(struct rlt *file, const struct rlt_head *head)
{
    if (head->lane >= file->n_lanes || head->len != (uint64_t)head->n * RLT_WAITED_BYTES)
        return false;
    struct timeline_lane *lane = &file->lanes[head->lane];
    struct unpacker u = {.bytes = file->block, .len = head->len};
    for (uint32_t i = 0; i < head->n; i++) {
        struct waited waited;
        rlt_waited_unpack(&u, &waited);
        // Made of two, the second of which is here.
        while (lane->n_waited > 0 && lane->waited[lane->n_waited - 1].t0_ns >= waited.t0_ns)
            lane->n_waited--;
        if (u.has_failed ||
            (lane->n_waited > 0 && waited.t0_ns < lane->waited[lane->n_waited - 1].t1_ns))
            return false;
        lane->waited =
            mem_room(lane->waited, &lane->cap_waited, lane->n_waited + 1, sizeof *lane->waited);
        lane->waited[lane->n_waited++] = waited;
    }
    return true;
}

// When a lane ended that has: mostly in its last page, which is in *page.
static uint64_t find_end(struct rlt *file, size_t index, struct cached_page *page)
{
    const struct timeline_lane *lane = &file->lanes[index];
    for (uint64_t i = lane->n_saved - 1; walk_is_over(&page->node.walker) && i-- > 0;)
        if (!rlt_read_page(file, index, lane->first_page + i, lane->saved[i].offset, page))
            return lane->known_ns;
    struct node node = page->node;
    for (size_t i = 0; i < page->n; i++) {
        node_walk(&node, &page->events[i], 1);
        if (walk_is_over(&node.walker))
            break;
    }
    return node.t_ns;
}

static void end_lane(struct rlt *file, size_t index, struct cached_page *page)
{
    struct timeline_lane *lane = &file->lanes[index];
    // The last page that is what it should be; those after it are as if they were not there.
    while (lane->n_saved > 0 && !rlt_read_page(file, index, lane->first_page + lane->n_saved - 1,
                                               lane->saved[lane->n_saved - 1].offset, page))
        lane->n_saved--;
    if (lane->n_saved == 0)
        return;
    lane->has_begun = true;
    struct node node = page->node;
    node_walk(&node, page->events, page->n);
    lane->walker = node.walker;
    lane->sum = node.before;
    lane->known_ns = node.t_ns;
    // It had not begun for as long as it was new.
    lane->first_ns = lane->sum.state_ns[LANE_NEW];
    lane->n_events = page->node.page * TIMELINE_PAGE + page->n;
    lane->end_ns = walk_is_over(&node.walker) ? find_end(file, index, page) : UINT64_MAX;
    file->now_ns = lane->known_ns > file->now_ns ? lane->known_ns : file->now_ns;
}

void rlt_lanes_end(struct rlt *file)
{
    struct cached_page *page = mem_alloc(sizeof *page);
    for (size_t i = 0; i < file->n_lanes; i++)
        end_lane(file, i, page);
    mem_free(page);
}

// --- the timeline

// The page that a time lies in.
static uint64_t page_at(const struct timeline_lane *lane, uint64_t t_ns)
{
    uint64_t n = timeline_saved_before(lane, t_ns < UINT64_MAX ? t_ns + 1 : t_ns);
    return lane->first_page + (n ? n - 1 : 0);
}

// The first page that lies at that offset of the file or behind.
static uint64_t page_behind(const struct timeline_lane *lane, uint64_t offset)
{
    uint64_t low = 0, high = lane->n_saved;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (lane->saved[middle].offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return lane->first_page + low;
}

static void add_time(struct late_marks *late, uint64_t t_ns)
{
    late->t_ns = mem_room(late->t_ns, &late->cap, late->n + 1, sizeof *late->t_ns);
    late->t_ns[late->n++] = t_ns;
}

// Behind the store's own page, which has its flag, up to the pages that were written later the mark
// is added on reading. The lane's end is as a page that a whole file has at its end.
static void place_mark(const struct rlt *file, struct timeline_lane *lane,
                       const struct rlt_mark *mark)
{
    size_t k = mark->flag == ACCESS_LOST;
    if (mark->index == RLT_PAST) {
        add_time(&lane->late[k], mark->t_ns);
        return;
    }
    bool is_known = mark->index != UINT64_MAX;
    // Of an event that is behind the cut.
    if (is_known && mark->index >= lane->n_events)
        return;
    uint64_t page = is_known ? mark->index / TIMELINE_PAGE : page_at(lane, mark->t_ns);
    uint64_t until = page_behind(lane, mark->offset), end = lane->first_page + lane->n_saved;
    bool has_until = until < end || file->facts.is_complete;
    lane->saved_marks[lane->n_saved_marks++] = (struct saved_mark){.page = page,
                                                                   .index = mark->index,
                                                                   .mark = mark->mark,
                                                                   .cell = mark->cell,
                                                                   .flag = mark->flag};
    if (has_until && until <= page + 1)
        return;
    add_time(&lane->late[k], timeline_saved_time(lane, page + 1));
    if (has_until)
        add_time(&lane->not_late[k], timeline_saved_time(lane, until));
}

static int by_page(const void *a, const void *b)
{
    const struct saved_mark *x = a;
    const struct saved_mark *y = b;
    return (x->page > y->page) - (x->page < y->page);
}

static int by_time(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void sort_times(struct late_marks *late)
{
    if (late->n)
        qsort(late->t_ns, late->n, sizeof *late->t_ns, by_time);
}

// Which event the mark is of, when the page had been given up by the time that the mark came: it
// may be a little later than the mark says, and others may have its very time.
static uint64_t find_marked(struct rlt *file, const struct timeline_lane *lane,
                            const struct rlt_mark *mark, struct cached_page *page)
{
    uint64_t low = 0, high = lane->n_saved;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (lane->saved[middle].t_ns < mark->t_ns)
            low = middle + 1;
        else
            high = middle;
    }
    uint64_t end = low + SEEK_PAGES < lane->n_saved ? low + SEEK_PAGES : lane->n_saved;
    for (uint64_t k = low ? low - 1 : 0; k < end; k++) {
        uint64_t number = lane->first_page + k;
        if (!rlt_read_page(file, mark->lane, number, lane->saved[k].offset, page))
            continue;
        for (size_t i = 0; i < page->n; i++) {
            const struct event *event = &page->events[i];
            if (event->kind == EVENT_STORE && event->object == mark->cell &&
                event->turn == mark->mark)
                return number * TIMELINE_PAGE + i;
        }
    }
    return UINT64_MAX;
}

static void find_lost_marks(struct rlt *file, const struct timeline *tl)
{
    struct cached_page *page = mem_alloc(sizeof *page);
    size_t n_tried = 0;
    for (size_t i = 0; i < file->n_marks && n_tried < SEEK_MARKS; i++) {
        struct rlt_mark *mark = &file->marks[i];
        n_tried += mark->index == UINT64_MAX;
        if (mark->index == UINT64_MAX)
            mark->index = find_marked(file, &tl->lanes[mark->lane], mark, page);
    }
    mem_free(page);
}

static void place_marks(struct rlt *file, struct timeline *tl)
{
    find_lost_marks(file, tl);
    size_t *n = mem_array(file->n_lanes, sizeof *n);
    for (size_t i = 0; i < file->n_marks; i++)
        n[file->marks[i].lane]++;
    for (size_t i = 0; i < file->n_lanes; i++)
        tl->lanes[i].saved_marks = mem_array(n[i] + 1, sizeof *tl->lanes[i].saved_marks);
    for (size_t i = 0; i < file->n_marks; i++)
        place_mark(file, &tl->lanes[file->marks[i].lane], &file->marks[i]);
    for (size_t i = 0; i < file->n_lanes; i++) {
        struct timeline_lane *lane = &tl->lanes[i];
        qsort(lane->saved_marks, lane->n_saved_marks, sizeof *lane->saved_marks, by_page);
        for (size_t k = 0; k < 2; k++) {
            sort_times(&lane->late[k]);
            sort_times(&lane->not_late[k]);
        }
    }
    mem_free(n);
    mem_free(file->marks);
    file->marks = NULL;
    file->n_marks = file->cap_marks = 0;
}

static size_t bound_of(const struct rlt *file, const struct event *event)
{
    const struct rlt_bounds *has = &file->bounds;
    switch ((enum event_kind)event->kind) {
    case EVENT_LOAD:
    case EVENT_STORE:
        return has->n_cells;
    case EVENT_CONTEND:
    case EVENT_ACQUIRE:
    case EVENT_RELEASE:
    case EVENT_RECOVER:
    case EVENT_TOOK:
    case EVENT_POST:
    case EVENT_AWAIT:
    case EVENT_NOTIFY:
    case EVENT_NOTIFIED:
        return has->n_locks;
    case EVENT_TAKE:
    case EVENT_GIVE:
        return has->n_items;
    case EVENT_SPAWN:
    case EVENT_JOIN:
    case EVENT_JOINED:
        return file->n_lanes;
    case EVENT_BROKEN:
        return has->n_always;
    case EVENT_START:
    case EVENT_FINISH:
    case EVENT_FAIL:
    case EVENT_KILL:
    case EVENT_SKIP:
    case EVENT_GIL_WAIT:
    case EVENT_GIL_TAKE:
    case EVENT_GIL_DROP:
    case EVENT_CHECK:
    case EVENT_SLEEP:
    case EVENT_WAKE:
    case EVENT_PRINT:
    case EVENT_PAUSE:
    case EVENT_RESUME:
    case EVENT_STOPPED:
    case EVENT_CONTINUED:
    case EVENT_TOGGLE:
    case EVENT_GAP:
    case EVENT_KIND_COUNT:
        break;
    }
    return EVENT_NO_OBJECT + 1;
}

static bool is_of_program(const struct rlt *file, const struct cached_page *page)
{
    for (size_t i = 0; i < page->n; i++)
        if (page->events[i].pc > file->bounds.n_ops ||
            page->events[i].object >= bound_of(file, &page->events[i]))
            return false;
    return true;
}

// Whether the page is where the index has it: as many events as it must have, at their time.
static bool is_in_place(const struct timeline_lane *lane, uint64_t page,
                        const struct cached_page *out)
{
    bool is_last = page + 1 == lane->first_page + lane->n_saved;
    uint64_t n = is_last ? lane->n_events - page * TIMELINE_PAGE : TIMELINE_PAGE;
    return out->n == n && out->node.t_ns == timeline_saved_time(lane, page) &&
           out->events[out->n - 1].t_ns <= timeline_saved_time(lane, page + 1);
}

static bool read_page(void *context, size_t index, uint64_t page, uint64_t offset,
                      struct cached_page *out)
{
    const struct rlt_source *source = context;
    const struct timeline_lane *lane = &source->tl->lanes[index];
    if (!rlt_read_page(source->file, index, page, offset, out) || !is_in_place(lane, page, out) ||
        !is_of_program(source->file, out))
        return false;
    timeline_saved_flags(lane, out);
    return true;
}

static void expect_page(void *context, uint64_t offset)
{
    const struct rlt_source *source = context;
    rlt_expect_page(source->file, offset);
}

struct timeline *rlt_timeline(struct rlt *file, const struct rlt_bounds *bounds)
{
    file->bounds = *bounds;
    struct timeline *tl = timeline_new(file->n_lanes, 0);
    for (size_t i = 0; i < file->n_lanes; i++) {
        struct timeline_lane *lane = &file->lanes[i];
        if (!lane->saved)
            lane->saved = mem_array(1, sizeof *lane->saved);
        tl->lanes[i] = *lane;
        lane->saved = NULL;
        lane->waited = NULL;
        tl->newest_ns = lane->known_ns > tl->newest_ns ? lane->known_ns : tl->newest_ns;
    }
    tl->advanced_ns = file->now_ns;
    place_marks(file, tl);
    file->source = (struct rlt_source){.file = file, .tl = tl};
    tl->cache = page_cache_new(file->n_lanes, read_page, expect_page, &file->source);
    tl->gaps = saved_gaps_new();
    return tl;
}

uint64_t rlt_check(struct rlt *file, rlt_progress progress, void *context)
{
    const struct timeline *tl = file->source.tl;
    struct cached_page *page = mem_alloc(sizeof *page);
    uint64_t n_bad = 0, n = 0;
    bool goes_on = true;
    posix_fadvise(file->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    for (size_t i = 0; tl && i < file->n_lanes; i++) {
        const struct timeline_lane *lane = &tl->lanes[i];
        for (uint64_t k = 0; k < lane->n_saved && goes_on; k++) {
            n_bad +=
                !read_page(&file->source, i, lane->first_page + k, lane->saved[k].offset, page);
            goes_on = !progress || ++n % 4096 || progress(context, n, file->facts.n_pages);
        }
    }
    mem_free(page);
    return n_bad;
}
