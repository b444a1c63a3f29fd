// Rings between threads and between processes: nothing lost, nothing reordered, every dropped
// event counted by a GAP exactly where it is missing.
#include "trace/ring.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { RECORDS = 1000000, BATCH = 37, SMALL = 64 };

static struct ring *ring_map(size_t n_slots, size_t slot_bytes)
{
    struct ring *ring = mmap(NULL, ring_bytes(n_slots, slot_bytes), PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(ring, MAP_FAILED);
    ring_init(ring, n_slots);
    return ring;
}

static void ring_unmap(struct ring *ring, size_t slot_bytes)
{
    munmap(ring, ring_bytes(ring->mask + 1, slot_bytes));
}

static struct event numbered_event(uint64_t number)
{
    return (struct event){
        .t_ns = number * 3,
        .value = (int64_t)number,
        .pc = (uint16_t)number,
        .object = (uint16_t)(number ^ 5),
        .turn = (uint32_t)~number,
        .lane = 7,
        .kind = EVENT_STORE,
    };
}

static struct update numbered_update(uint64_t number)
{
    return (struct update){
        .t_ns = number * 3,
        .id = write_id(7, number),
        .old = write_id(8, number),
        .value = (int64_t)number,
        .pc = (uint32_t)~number,
        .cell = 9,
    };
}

// Events numbered from 1; the last must arrive, so that the collector knows the end.
static void push_events(struct ring *ring)
{
    for (uint64_t i = 1; i < RECORDS; i++) {
        struct event event = numbered_event(i);
        (void)ring_push_event(ring, &event);
    }
    while (ring_room(ring) < 2)
        sched_yield();
    struct event last = numbered_event(RECORDS);
    if (!ring_push_event(ring, &last))
        abort();
}

static void push_updates(struct ring *ring)
{
    for (uint64_t i = 1; i <= RECORDS; i++) {
        struct update update = numbered_update(i);
        while (!ring_push_update(ring, &update))
            sched_yield();
    }
}

static void check_event(const struct event *event, uint64_t number)
{
    struct event expected = numbered_event(number);
    assert_memory_equal(event, &expected, sizeof expected);
}

// Every number is either an event or inside the gap that stands in its place.
static void drain_all_events(struct ring *ring)
{
    struct event out[BATCH];
    uint64_t next = 1;
    uint64_t dropped = 0;
    while (next <= RECORDS) {
        size_t n = ring_drain_events(ring, out, BATCH);
        for (size_t i = 0; i < n; i++) {
            if (out[i].kind == EVENT_GAP) {
                assert_true(out[i].value > 0);
                assert_int_equal(out[i].lane, 7);
                next += (uint64_t)out[i].value;
                dropped += (uint64_t)out[i].value;
            } else {
                check_event(&out[i], next++);
            }
        }
        if (n == 0)
            sched_yield();
    }
    assert_int_equal(next, RECORDS + 1);
    assert_int_equal(dropped, atomic_load_explicit(&ring->dropped, memory_order_relaxed));
    assert_int_equal(ring_drain_events(ring, out, BATCH), 0);
}

static void drain_all_updates(struct ring *ring)
{
    struct update out[BATCH];
    uint64_t next = 1;
    while (next <= RECORDS) {
        size_t n = ring_drain_updates(ring, out, BATCH);
        for (size_t i = 0; i < n; i++) {
            struct update expected = numbered_update(next++);
            assert_memory_equal(&out[i], &expected, sizeof expected);
        }
        if (n == 0)
            sched_yield();
    }
    assert_int_equal(ring_drain_updates(ring, out, BATCH), 0);
}

static void *events_thread(void *ring)
{
    push_events(ring);
    return NULL;
}

static void *updates_thread(void *ring)
{
    push_updates(ring);
    return NULL;
}

static void test_events_across_threads(void **state)
{
    (void)state;
    struct ring *ring = ring_map(SMALL, sizeof(struct event));
    pthread_t lane;
    assert_int_equal(pthread_create(&lane, NULL, events_thread, ring), 0);
    drain_all_events(ring);
    pthread_join(lane, NULL);
    ring_unmap(ring, sizeof(struct event));
}

static void test_updates_across_threads(void **state)
{
    (void)state;
    struct ring *ring = ring_map(SMALL, sizeof(struct update));
    pthread_t lane;
    assert_int_equal(pthread_create(&lane, NULL, updates_thread, ring), 0);
    drain_all_updates(ring);
    pthread_join(lane, NULL);
    ring_unmap(ring, sizeof(struct update));
}

static void across_fork(size_t slot_bytes, void (*push)(struct ring *),
                        void (*drain)(struct ring *))
{
    struct ring *ring = ring_map(SMALL, slot_bytes);
    pid_t lane = fork();
    assert_true(lane >= 0);
    if (lane == 0) {
        push(ring);
        _exit(0);
    }
    drain(ring);
    int status = -1;
    assert_int_equal(waitpid(lane, &status, 0), lane);
    assert_int_equal(status, 0);
    ring_unmap(ring, slot_bytes);
}

static void test_events_across_fork(void **state)
{
    (void)state;
    across_fork(sizeof(struct event), push_events, drain_all_events);
}

static void test_updates_across_fork(void **state)
{
    (void)state;
    across_fork(sizeof(struct update), push_updates, drain_all_updates);
}

static void test_gap_says_how_many(void **state)
{
    (void)state;
    struct ring *ring = ring_map(SMALL, sizeof(struct event));
    uint64_t number = 1;
    struct event event;
    for (; number <= SMALL; number++) {
        event = numbered_event(number);
        assert_true(ring_push_event(ring, &event));
    }
    assert_int_equal(ring_room(ring), 0);
    for (; number <= SMALL + 5; number++) {
        event = numbered_event(number);
        assert_false(ring_push_event(ring, &event));
    }
    struct event out[SMALL];
    assert_int_equal(ring_drain_events(ring, out, 1), 1);
    // One free slot holds either the gap or the event, not both: one more is dropped.
    event = numbered_event(number++);
    assert_false(ring_push_event(ring, &event));
    assert_int_equal(ring_drain_events(ring, out, 1), 1);
    event = numbered_event(number);
    assert_true(ring_push_event(ring, &event));
    assert_int_equal(ring_drain_events(ring, out, SMALL), SMALL);
    for (size_t i = 0; i < SMALL - 2; i++)
        check_event(&out[i], i + 3);
    assert_int_equal(out[SMALL - 2].kind, EVENT_GAP);
    assert_int_equal(out[SMALL - 2].value, 6);
    assert_int_equal(out[SMALL - 2].t_ns, event.t_ns);
    check_event(&out[SMALL - 1], SMALL + 7);
    assert_int_equal(atomic_load_explicit(&ring->dropped, memory_order_relaxed), 6);
    ring_unmap(ring, sizeof(struct event));
}

static void test_full_ring_of_updates_refuses(void **state)
{
    (void)state;
    struct ring *ring = ring_map(SMALL, sizeof(struct update));
    for (uint64_t i = 1; i <= SMALL; i++) {
        struct update update = numbered_update(i);
        assert_int_equal(ring_room(ring), SMALL + 1 - i);
        assert_true(ring_push_update(ring, &update));
    }
    struct update more = numbered_update(SMALL + 1);
    assert_false(ring_push_update(ring, &more));
    struct update out[SMALL];
    assert_int_equal(ring_drain_updates(ring, out, 3), 3);
    assert_int_equal(out[2].value, 3);
    assert_int_equal(ring_room(ring), 3);
    assert_true(ring_push_update(ring, &more));
    ring_unmap(ring, sizeof(struct update));
}

static void test_sizes(void **state)
{
    (void)state;
    const size_t slot_bytes[] = {sizeof(struct event), sizeof(struct update)};
    for (size_t s = 0; s < 2; s++) {
        assert_int_equal(ring_slots(0, slot_bytes[s]), 64);
        assert_int_equal(ring_slots(1000, slot_bytes[s]), 64);
        for (size_t n = 128; n <= 1 << 20; n *= 2) {
            size_t bytes = ring_bytes(n, slot_bytes[s]);
            assert_int_equal(bytes % RING_LINE, 0);
            assert_true(bytes >= sizeof(struct ring) + n * slot_bytes[s]);
            assert_int_equal(ring_slots(bytes, slot_bytes[s]), n);
            assert_int_equal(ring_slots(bytes - 1, slot_bytes[s]), n / 2);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_gap_says_how_many),
        cmocka_unit_test(test_full_ring_of_updates_refuses),
        cmocka_unit_test(test_events_across_fork),
        cmocka_unit_test(test_updates_across_fork),
        cmocka_unit_test(test_events_across_threads),
        cmocka_unit_test(test_updates_across_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
