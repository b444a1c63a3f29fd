#include "engine/run.h"

#include "engine/print_channel.h"
#include "sync/futex.h"
#include "sync/semaphore.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { RUN_VERSION = 3, RING_BYTES_MAX = 2 << 20 };
#define RUN_MAGIC UINT64_C(0x6e7572656e616c72) // "rlanerun"

uint32_t run_wait_bucket(uint64_t ns)
{
    if (ns < 8)
        return (uint32_t)ns;
    uint32_t exponent = 63U - (uint32_t)__builtin_clzll(ns);
    return (exponent - 2) * 8 + (uint32_t)((ns >> (exponent - 3)) & 7);
}

uint64_t run_wait_bucket_ns(uint32_t bucket)
{
    if (bucket < 8)
        return bucket;
    uint32_t exponent = bucket / 8 + 2;
    return ((UINT64_C(8) + bucket % 8 + 1) << (exponent - 3)) - 1;
}

static uint64_t align_up(uint64_t offset)
{
    return (offset + 63) & ~UINT64_C(63);
}

static void lay_out(struct run_header *h)
{
    size_t per_lane = RUN_BUDGET_BYTES / h->n_lanes / 2;
    size_t ring = per_lane < RING_BYTES_MAX ? per_lane : RING_BYTES_MAX;
    uint64_t at = align_up(sizeof *h);

    h->update_slots = (uint32_t)ring_slots(ring, sizeof(struct update));
    h->event_slots = (uint32_t)ring_slots(ring, sizeof(struct event));
    h->off_text = at;
    at = h->off_lanes = align_up(at + h->text_len + 1);
    at = h->off_cells = align_up(at + h->n_lanes * sizeof(struct run_lane));
    at = h->off_slots = align_up(at + (uint64_t)h->n_copies * h->n_cells * sizeof(struct run_cell));
    at = h->off_locks = align_up(at + (uint64_t)h->n_lanes * h->n_cells * sizeof(struct run_slots));
    at = h->off_lock_memory = align_up(at + h->n_locks * sizeof(struct run_lock));
    at = h->off_pool = align_up(at + (uint64_t)h->n_locks * h->lock_bytes);
    at = h->off_follow =
        align_up(at + sizeof(struct run_pool) + (uint64_t)h->n_items * sizeof(struct run_item));
    at = h->off_rings =
        align_up(at + sizeof(struct run_follow) + (uint64_t)h->spec.n_followed * sizeof(uint16_t));
    h->off_events = ring_bytes(h->update_slots, sizeof(struct update));
    h->off_print = align_up(h->off_events + ring_bytes(h->event_slots, sizeof(struct event)));
    h->ring_stride = align_up(h->off_print + print_channel_bytes(RUN_TEXT_BYTES));
    h->size_bytes = at + h->ring_stride * h->n_lanes;
}

static void attach(struct run *run, void *memory, int fd)
{
    unsigned char *base = memory;
    struct run_header *h = memory;
    *run = (struct run){
        .header = h,
        .text = (const char *)base + h->off_text,
        .lanes = (struct run_lane *)(base + h->off_lanes),
        .cells = (struct run_cell *)(base + h->off_cells),
        .slots = (struct run_slots *)(base + h->off_slots),
        .locks = (struct run_lock *)(base + h->off_locks),
        .lock_memory = base + h->off_lock_memory,
        .pool = (struct run_pool *)(base + h->off_pool),
        .items = (struct run_item *)(base + h->off_pool + sizeof(struct run_pool)),
        .follow = (struct run_follow *)(base + h->off_follow),
        .schedule = (uint16_t *)(base + h->off_follow + sizeof(struct run_follow)),
        .rings = base + h->off_rings,
        .kind = lock_kinds[h->spec.lock_kind],
        .fd = fd,
        .n_lanes = h->n_lanes,
        .n_cells = h->n_cells,
        .n_locks = h->n_locks,
    };
}

static void fill_lock(struct run *run, const struct program *prog, size_t lock)
{
    atomic_init(&run->locks[lock].owner, EVENT_NO_OBJECT);
    if (prog->locks[lock].type == LOCK_SEMAPHORE)
        semaphore_init(run_lock_memory(run, lock), (uint32_t)prog->locks[lock].initial);
    else if (prog->locks[lock].type == LOCK_CONDITION)
        condition_init(run_lock_memory(run, lock), run->n_lanes);
    else if (run->kind->init)
        run->kind->init(run_lock_memory(run, lock), run->n_lanes);
}

static void fill(struct run *run, const struct program *prog)
{
    for (size_t lane = 0; lane < run->n_lanes; lane++) {
        ring_init(run_updates(run, lane), run->header->update_slots);
        ring_init(run_events(run, lane), run->header->event_slots);
        print_channel_init(run_prints(run, lane), RUN_TEXT_BYTES);
        atomic_init(&run->lanes[lane].loaded_cell, EVENT_NO_OBJECT);
        atomic_init(&run->lanes[lane].waits_for, EVENT_NO_OBJECT);
        atomic_init(&run->lanes[lane].item, EVENT_NO_OBJECT);
        atomic_init(&run->lanes[lane].pc, UINT32_MAX);
    }
    for (size_t lock = 0; lock < run->n_locks; lock++)
        fill_lock(run, prog, lock);
    for (size_t cell = 0; run->header->spec.is_bare && cell < run->n_cells; cell++)
        for (size_t copy = 0; copy < run->header->n_copies; copy++)
            atomic_init(&run->cells[copy * run->n_cells + cell].word,
                        (uint64_t)program_cell_initial(prog, cell));
    atomic_init(&run->header->host.gil_holder, EVENT_NO_OBJECT);
    struct run_control *control = &run->header->control;
    atomic_init(&control->pace_ns, run->header->spec.pace_ns);
    atomic_init(&control->lock_word, run->header->spec.lock_on ? 1 : 0);
    atomic_init(&control->lock_settled, run->header->spec.lock_on ? 1 : 0);
}

// What each lock has room for, whichever it is.
static size_t lock_bytes(const struct program *prog, const struct lock_kind *kind)
{
    size_t bytes = kind->size_bytes ? kind->size_bytes(prog->n_lanes) : 0;
    if (bytes < sizeof(struct semaphore))
        bytes = sizeof(struct semaphore);
    for (size_t i = 0; i < prog->n_locks; i++)
        if (prog->locks[i].type == LOCK_CONDITION && bytes < condition_bytes(prog->n_lanes))
            bytes = condition_bytes(prog->n_lanes);
    return bytes;
}

static uint32_t copies_of(const struct program *prog)
{
    return program_is_private(prog) ? (uint32_t)prog->n_lanes : 1;
}

bool run_create(struct run *run, const struct program *prog, const struct run_spec *spec,
                const char *text, size_t len_bytes, struct error *err)
{
    struct run_header head = {
        .magic = RUN_MAGIC,
        .version = RUN_VERSION,
        .n_lanes = (uint32_t)prog->n_lanes,
        .n_cells = (uint32_t)prog->n_cells,
        .n_locks = (uint32_t)prog->n_locks,
        .n_copies = copies_of(prog),
        .n_items = prog->pool.n_items,
        .lock_bytes = (uint32_t)align_up(lock_bytes(prog, lock_kinds[spec->lock_kind])),
        .text_len = len_bytes,
        .spec = *spec,
    };
    lay_out(&head);

    int fd = memfd_create("racelane", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return error_errno(err, "no shared memory for the run");
    if (ftruncate(fd, (off_t)head.size_bytes) != 0 ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
        error_errno(err, "no shared memory for %zu lanes", prog->n_lanes);
        close(fd);
        return false;
    }
    void *memory = mmap(NULL, head.size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) {
        error_errno(err, "cannot map %llu bytes for %zu lanes", (unsigned long long)head.size_bytes,
                    prog->n_lanes);
        close(fd);
        return false;
    }
    memcpy(memory, &head, sizeof head);
    memcpy((char *)memory + head.off_text, text, len_bytes);
    attach(run, memory, fd);
    fill(run, prog);
    return true;
}

bool run_map(struct run *run, int fd, struct error *err)
{
    struct stat size;
    if (fstat(fd, &size) != 0 || (uint64_t)size.st_size < sizeof(struct run_header))
        return error_set(err, "the run's memory is not what it should be");
    void *memory = mmap(NULL, (size_t)size.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED)
        return error_errno(err, "cannot map the run's memory");
    const struct run_header *h = memory;
    if (h->magic != RUN_MAGIC || h->version != RUN_VERSION ||
        h->size_bytes != (uint64_t)size.st_size) {
        munmap(memory, (size_t)size.st_size);
        return error_set(err, "the run's memory is of another version of racelane");
    }
    attach(run, memory, -1);
    return true;
}

bool run_fits(const struct run *run, const struct program *prog)
{
    const struct run_header *h = run->header;
    return h->n_lanes == prog->n_lanes && h->n_cells == prog->n_cells &&
           h->n_locks == prog->n_locks && h->n_copies == copies_of(prog) &&
           h->n_items == prog->pool.n_items;
}

void run_close(struct run *run)
{
    if (!run->header)
        return;
    munmap(run->header, run->header->size_bytes);
    if (run->fd >= 0)
        close(run->fd);
    *run = (struct run){.fd = -1};
}

static unsigned char *part_of(const struct run *run, size_t lane)
{
    return run->rings + lane * run->header->ring_stride;
}

struct ring *run_updates(const struct run *run, size_t lane)
{
    return (struct ring *)part_of(run, lane);
}

struct ring *run_events(const struct run *run, size_t lane)
{
    return (struct ring *)(part_of(run, lane) + run->header->off_events);
}

struct print_channel *run_prints(const struct run *run, size_t lane)
{
    return (struct print_channel *)(part_of(run, lane) + run->header->off_print);
}

void *run_lock_memory(const struct run *run, size_t lock)
{
    return run->lock_memory + lock * run->header->lock_bytes;
}

uint32_t run_semaphore_count(const struct run *run, size_t lock)
{
    return semaphore_count(run_lock_memory(run, lock));
}

bool run_has_ended(const struct run *run, size_t lane)
{
    const struct run_lane *shared = &run->lanes[lane];
    // Pair with the releases of the lane's end and of the host that has confirmed it: who goes on
    // in its place sees what it did.
    return atomic_load_explicit(&shared->end_ticks, memory_order_acquire) != 0 ||
           atomic_load_explicit(&shared->is_joined, memory_order_acquire) != 0;
}

static bool has_ended(const void *context, uint32_t lane)
{
    return run_has_ended(context, lane);
}

struct condition_lanes run_condition_lanes(const struct run *run)
{
    return (struct condition_lanes){(uint32_t)run->n_lanes, has_ended, run};
}

bool run_condition_is_owed(const struct run *run, size_t lock)
{
    struct condition_lanes lanes = run_condition_lanes(run);
    return condition_is_owed(run_lock_memory(run, lock), &lanes);
}

// The host marks a lane as joined before it gives its process id back to the kernel. So while the
// mark is not there after the descriptor has been opened, the descriptor is the lane's.
static bool kill_process(const struct run_lane *lane)
{
    pid_t pid = (pid_t)atomic_load_explicit(&lane->tid, memory_order_relaxed);
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (pidfd < 0)
        return false;
    bool is_there = !atomic_load_explicit(&lane->is_joined, memory_order_seq_cst);
    bool is_killed = is_there && !syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
    close(pidfd);
    return is_killed;
}

bool run_kill_lane(const struct run *run, size_t number)
{
    struct run_lane *lane = &run->lanes[number];
    // Pairs with the release of the lane's begin: its kind and its process id are there.
    if (atomic_load_explicit(&lane->start_ticks, memory_order_acquire) == 0 ||
        atomic_load_explicit(&lane->end_ticks, memory_order_acquire) != 0)
        return false;
    if (atomic_load_explicit(&lane->kind, memory_order_relaxed) == LANE_PROCESS)
        return kill_process(lane);
    atomic_store_explicit(&lane->is_killed, 1, memory_order_relaxed);
    run_tell(run, RUN_WAKE);
    return true;
}

uint32_t run_followed(const struct run *run)
{
    return atomic_load_explicit(&run->follow->at, memory_order_relaxed);
}

void run_tell(const struct run *run, enum run_tell how)
{
    // Pairs with the acquire at a lane's gate: the lane that sees the new count sees the controls.
    atomic_fetch_add_explicit(&run->header->control.seq, 1, memory_order_release);
    if (how != RUN_WAKE)
        return;
    futex_wake_all(&run->header->control.seq);
    futex_wake_all(&run->follow->at);
}
