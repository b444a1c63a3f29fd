// The lanes of a saved run, and its timeline.
#include "trace/rlt_lane.h"

#include "base/mem.h"
#include "trace/page_code.h"
#include "trace/timeline_saved.h"

#include <stdlib.h>
#include <string.h>

enum { WAITED_BYTES = 10 * 8, PAGE_ENTRY_BYTES = 2 * 8 };

static void unpack_waited(struct unpacker *u, struct timeline_lane *lane)
{
    lane->n_waited = unpack_count(u, WAITED_BYTES);
    lane->waited = mem_array(lane->n_waited, sizeof *lane->waited);
    for (size_t i = 0; i < lane->n_waited; i++) {
        struct waited *waited = &lane->waited[i];
        waited->t0_ns = unpack_u64(u);
        waited->t1_ns = unpack_u64(u);
        for (size_t k = 0; k < 2; k++) {
            waited->in[k].busy0_ns = unpack_u64(u);
            waited->in[k].busy_ns = unpack_u64(u);
            waited->in[k].wait0_ns = unpack_u64(u);
            waited->in[k].wait_ns = unpack_u64(u);
        }
        u->has_failed |=
            waited->t1_ns < waited->t0_ns || (i && waited->t0_ns < lane->waited[i - 1].t1_ns);
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
        u->has_failed |= i && lane->saved[i].t_ns < lane->saved[i - 1].t_ns;
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
    if (u.has_failed || (!is_first && !is_again && head->page != next) || node.page != head->page ||
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
    return true;
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
    lane->walker = page->node.walker;
    lane->sum = page->node.before;
    lane->known_ns = page->node.t_ns;
    lane->first_ns = page->node.before.state_ns[LANE_NEW];
    for (size_t i = 0; i < page->n; i++) {
        const struct event *event = &page->events[i];
        lane->sum.state_ns[lane->walker.state] += event->t_ns - lane->known_ns;
        lane->known_ns = event->t_ns;
        walk_event(&lane->walker, event);
        sum_count(&lane->sum, event);
        if (walk_is_over(&lane->walker) && lane->end_ns == UINT64_MAX)
            lane->end_ns = event->t_ns;
    }
    if (page->node.page == 0)
        lane->sum.state_ns[LANE_NEW] = lane->first_ns = page->node.t_ns;
    lane->n_events = page->node.page * TIMELINE_PAGE + page->n;
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

static uint64_t page_time(const struct timeline_lane *lane, uint64_t page)
{
    if (page < lane->first_page)
        return lane->first_ns;
    bool is_there = page - lane->first_page < lane->n_saved;
    return is_there ? lane->saved[page - lane->first_page].t_ns : lane->known_ns;
}

// The page that a time lies in.
static uint64_t page_at(const struct timeline_lane *lane, uint64_t t_ns)
{
    uint64_t low = 0, high = lane->n_saved;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (lane->saved[middle].t_ns <= t_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return lane->first_page + (low ? low - 1 : 0);
}

static void place_mark(struct timeline_lane *lane, const struct rlt_mark *mark)
{
    size_t k = mark->mark.flag == ACCESS_LOST;
    bool is_known = mark->mark.index < lane->n_events;
    uint64_t page = is_known ? mark->mark.index / TIMELINE_PAGE : page_at(lane, mark->mark.t_ns);
    timeline_add_late(&lane->late[k], page_time(lane, page + 1));
    if (mark->until_page != UINT64_MAX)
        timeline_add_late(&lane->not_late[k], page_time(lane, mark->until_page));
    lane->saved_marks[lane->n_saved_marks++] = mark->mark;
}

static int by_time(const void *a, const void *b)
{
    const struct saved_mark *x = a;
    const struct saved_mark *y = b;
    return (x->t_ns > y->t_ns) - (x->t_ns < y->t_ns);
}

static void place_marks(struct rlt *file, struct timeline *tl)
{
    size_t *n = mem_array(file->n_lanes, sizeof *n);
    for (size_t i = 0; i < file->n_marks; i++)
        n[file->marks[i].lane]++;
    for (size_t i = 0; i < file->n_lanes; i++)
        tl->lanes[i].saved_marks = mem_array(n[i] + 1, sizeof *tl->lanes[i].saved_marks);
    for (size_t i = 0; i < file->n_marks; i++)
        place_mark(&tl->lanes[file->marks[i].lane], &file->marks[i]);
    for (size_t i = 0; i < file->n_lanes; i++)
        qsort(tl->lanes[i].saved_marks, tl->lanes[i].n_saved_marks,
              sizeof *tl->lanes[i].saved_marks, by_time);
    mem_free(n);
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

static bool read_page(void *context, size_t lane, uint64_t page, uint64_t offset,
                      struct cached_page *out)
{
    const struct rlt_source *source = context;
    if (!rlt_read_page(source->file, lane, page, offset, out) || !is_of_program(source->file, out))
        return false;
    timeline_saved_flags(&source->tl->lanes[lane], out);
    return true;
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
    tl->cache = page_cache_new(read_page, &file->source);
    return tl;
}

uint64_t rlt_check(struct rlt *file, rlt_progress progress, void *context)
{
    const struct timeline *tl = file->source.tl;
    struct cached_page *page = mem_alloc(sizeof *page);
    uint64_t n_bad = 0, n = 0;
    bool goes_on = true;
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
