// Every kind of lock in the table: exclusion between threads and between processes, bounded waits,
// going away while queued, and that the real lock keeps the order that the model promises.
#include "base/clock.h"
#include "base/random.h"
#include "sync/lock_kind.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { LANES = 6, CROWD = 96 };

#define FOREVER (clock_now_ns() + 300 * NS_PER_S)
#define AT_ONCE UINT64_C(0)

struct bench {
    const struct lock_kind *kind;
    void *lock;
    size_t map_bytes;
    uint64_t *count; // plain, guarded by the lock, in the same shared memory
    uint64_t seed;
};

static uint64_t seed_of_run(void)
{
    const char *text = getenv("RACELANE_SEED");
    return text ? strtoull(text, NULL, 0) : 20240229;
}

static struct bench bench_open(const struct lock_kind *kind, size_t n_lanes)
{
    size_t lock_bytes = (kind->size_bytes(n_lanes) + 63) / 64 * 64;
    struct bench bench = {.kind = kind, .map_bytes = lock_bytes + 64, .seed = seed_of_run()};
    void *map =
        mmap(NULL, bench.map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(map, MAP_FAILED);
    bench.lock = map;
    bench.count = (uint64_t *)((unsigned char *)map + lock_bytes);
    kind->init(bench.lock, n_lanes);
    return bench;
}

static void bench_close(struct bench *bench)
{
    munmap(bench->lock, bench->map_bytes);
}

// The kinds that exclude, one after the other.
static const struct lock_kind *next_lock(size_t *index)
{
    while (lock_kinds[*index] && lock_kinds[*index]->is_lock_free)
        ++*index;
    return lock_kinds[*index] ? lock_kinds[(*index)++] : NULL;
}

static bool keeps_order(const struct lock_kind *kind)
{
    const uint16_t waiting[] = {1};
    struct lock_model model = {.holder = LOCK_NOBODY, .n_waiting = 1, .waiting = waiting};
    return !kind->may_take(&model, 2);
}

// One call on behalf of a lane, in a thread of its own: a mutex knows threads, not lanes.
struct call {
    struct bench *bench;
    uint32_t lane;
    uint64_t deadline_ns;
    bool only_tries;
    bool then_abandon;
    bool got;
};

static void *call_thread(void *arg)
{
    struct call *call = arg;
    const struct lock_kind *kind = call->bench->kind;
    call->got = call->only_tries ? kind->try_acquire(call->bench->lock, call->lane)
                                 : kind->acquire(call->bench->lock, call->lane, call->deadline_ns);
    if (call->got)
        kind->release(call->bench->lock, call->lane);
    else if (call->then_abandon)
        kind->abandon(call->bench->lock, call->lane);
    return NULL;
}

static bool in_thread(struct call call)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, call_thread, &call), 0);
    pthread_join(thread, NULL);
    return call.got;
}

// Acquires, and gives back at once. Whether it got the lock.
static bool lane_passes(struct bench *bench, uint32_t lane, uint64_t deadline_ns)
{
    return in_thread((struct call){.bench = bench, .lane = lane, .deadline_ns = deadline_ns});
}

static bool lane_tries(struct bench *bench, uint32_t lane)
{
    return in_thread((struct call){.bench = bench, .lane = lane, .only_tries = true});
}

static bool lane_waits_and_leaves(struct bench *bench, uint32_t lane)
{
    return in_thread((struct call){.bench = bench, .lane = lane, .then_abandon = true});
}

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; lock_kinds[i]; i++) {
        const struct lock_kind *kind = lock_kinds[i];
        assert_ptr_equal(lock_kind_find(kind->name), kind);
        assert_true(strlen(kind->help) > 0 && strlen(kind->help) < 80);
        assert_true(kind->size_bytes(1) > 0);
        assert_true(kind->size_bytes(1000) >= kind->size_bytes(1));
    }
    assert_string_equal(lock_kinds[0]->name, "mutex");
    assert_null(lock_kind_find("no such kind"));
    assert_true(lock_kind_find("atomic")->is_lock_free);
    assert_true(lock_kind_find("mutex")->is_robust);
}

static void test_model_rules(void **state)
{
    (void)state;
    const uint16_t waiting[] = {4, 2};
    const struct lock_model held = {.holder = 1, .n_waiting = 2, .waiting = waiting};
    const struct lock_model empty = {.holder = LOCK_NOBODY};
    const struct lock_model queue = {.holder = LOCK_NOBODY, .n_waiting = 2, .waiting = waiting};
    size_t index = 0;
    for (const struct lock_kind *kind; (kind = next_lock(&index));) {
        assert_false(kind->may_take(&held, 4));
        assert_true(kind->may_take(&empty, 3));
        assert_true(kind->may_take(&queue, 4));
        assert_int_equal(kind->may_take(&queue, 2), !keeps_order(kind));
    }
    assert_false(keeps_order(lock_kind_find("mutex")));
    assert_false(keeps_order(lock_kind_find("tas")));
    assert_false(keeps_order(lock_kind_find("futex")));
    assert_true(keeps_order(lock_kind_find("ticket")));
    assert_true(keeps_order(lock_kind_find("mcs")));
    assert_true(lock_kind_find("atomic")->may_take(&held, 4));
}

static void test_try_acquire(void **state)
{
    (void)state;
    size_t index = 0;
    for (const struct lock_kind *kind; (kind = next_lock(&index));) {
        struct bench bench = bench_open(kind, LANES);
        for (uint32_t lane = 0; lane < 50; lane++) {
            assert_true(kind->try_acquire(bench.lock, lane % LANES));
            assert_false(lane_tries(&bench, (lane + 1) % LANES));
            kind->release(bench.lock, lane % LANES);
            assert_true(lane_tries(&bench, (lane + 1) % LANES));
        }
        bench_close(&bench);
    }
}

static void test_acquire_ends_at_its_deadline(void **state)
{
    (void)state;
    size_t index = 0;
    for (const struct lock_kind *kind; (kind = next_lock(&index));) {
        struct bench bench = bench_open(kind, LANES);
        assert_true(kind->acquire(bench.lock, 0, FOREVER));
        assert_false(lane_passes(&bench, 1, AT_ONCE));
        uint64_t deadline_ns = clock_now_ns() + 3 * NS_PER_MS;
        assert_false(lane_passes(&bench, 1, deadline_ns));
        assert_true(clock_now_ns() >= deadline_ns);
        kind->release(bench.lock, 0);
        // Past or not, the deadline does not keep a lane from a lock that it can have.
        assert_true(lane_passes(&bench, 1, AT_ONCE));
        assert_true(lane_passes(&bench, 2, FOREVER));
        bench_close(&bench);
    }
}

static void test_real_order_is_the_models(void **state)
{
    (void)state;
    size_t index = 0;
    for (const struct lock_kind *kind; (kind = next_lock(&index));) {
        struct bench bench = bench_open(kind, LANES);
        assert_true(kind->acquire(bench.lock, 0, FOREVER));
        for (uint32_t lane = 1; lane < LANES; lane++)
            assert_false(lane_passes(&bench, lane, AT_ONCE));
        kind->release(bench.lock, 0);
        for (uint32_t lane = 1; lane < LANES; lane++) {
            for (uint32_t later = lane + 1; later < LANES; later++)
                assert_int_equal(lane_passes(&bench, later, AT_ONCE), !keeps_order(kind));
            assert_true(lane_passes(&bench, lane, AT_ONCE));
        }
        assert_true(kind->try_acquire(bench.lock, 0));
        kind->release(bench.lock, 0);
        bench_close(&bench);
    }
}

static void test_leaving_the_queue(void **state)
{
    (void)state;
    size_t index = 0;
    for (const struct lock_kind *kind; (kind = next_lock(&index));) {
        struct bench bench = bench_open(kind, LANES);
        // Every set of lanes that leave, the others keep waiting.
        for (uint32_t leaving = 0; leaving < 1u << LANES; leaving += 2) {
            assert_true(kind->acquire(bench.lock, 0, FOREVER));
            for (uint32_t lane = 1; lane < LANES; lane++)
                if (leaving >> lane & 1)
                    assert_false(lane_waits_and_leaves(&bench, lane));
                else
                    assert_false(lane_passes(&bench, lane, AT_ONCE));
            kind->release(bench.lock, 0);
            for (uint32_t lane = 1; lane < LANES; lane++)
                if (!(leaving >> lane & 1))
                    assert_true(lane_passes(&bench, lane, AT_ONCE));
            assert_true(kind->try_acquire(bench.lock, 0));
            kind->release(bench.lock, 0);
        }
        bench_close(&bench);
    }
}

static void test_leaving_with_the_lock_in_hand(void **state)
{
    (void)state;
    size_t index = 0;
    for (const struct lock_kind *kind; (kind = next_lock(&index));) {
        struct bench bench = bench_open(kind, LANES);
        assert_true(kind->acquire(bench.lock, 0, FOREVER));
        assert_false(lane_passes(&bench, 1, AT_ONCE));
        assert_false(lane_passes(&bench, 2, AT_ONCE));
        kind->release(bench.lock, 0);
        // The lock may be lane 1's by now, which does not know it and ends.
        kind->abandon(bench.lock, 1);
        assert_true(lane_passes(&bench, 2, AT_ONCE));
        assert_true(kind->try_acquire(bench.lock, 0));
        kind->release(bench.lock, 0);
        kind->abandon(bench.lock, 1);
        assert_true(lane_passes(&bench, 1, AT_ONCE));
        bench_close(&bench);
    }
}

static void test_coming_back(void **state)
{
    (void)state;
    size_t index = 0;
    for (const struct lock_kind *kind; (kind = next_lock(&index));) {
        struct bench bench = bench_open(kind, LANES);
        for (int round = 0; round < 3 * LANES; round++) {
            assert_true(kind->acquire(bench.lock, 0, FOREVER));
            for (int again = 0; again < 2 * LANES; again++)
                assert_false(lane_waits_and_leaves(&bench, 1));
            assert_false(lane_passes(&bench, 2, AT_ONCE));
            if (round & 1)
                assert_false(lane_passes(&bench, 1, AT_ONCE));
            kind->release(bench.lock, 0);
            if (round & 1)
                assert_true(lane_passes(&bench, 1, AT_ONCE));
            assert_true(lane_passes(&bench, 2, AT_ONCE));
            assert_true(lane_passes(&bench, 1, AT_ONCE));
        }
        bench_close(&bench);
    }
}

// Adds `rounds` to the counter, one at a time. Waits now patiently, now for an instant, and goes
// away now and then, as the dice fall.
static void count_up(struct bench *bench, uint32_t lane, uint32_t rounds)
{
    const struct lock_kind *kind = bench->kind;
    struct random dice = random_stream(bench->seed, lane);
    for (uint32_t i = 0; i < rounds; i++) {
        for (;;) {
            uint64_t roll = random_below(&dice, 8);
            uint64_t wait_ns = roll < 4 ? 300 * NS_PER_S : random_below(&dice, 20000);
            if (kind->acquire(bench->lock, lane, clock_now_ns() + wait_ns))
                break;
            if (roll == 7)
                kind->abandon(bench->lock, lane);
        }
        ++*bench->count;
        if (random_below(&dice, 64) == 0)
            sched_yield();
        kind->release(bench->lock, lane);
    }
}

enum { ROUNDS = 5000, CROWD_ROUNDS = 30 };

struct counter_lane {
    struct bench *bench;
    uint32_t lane;
    uint32_t rounds;
};

static void *counter_thread(void *arg)
{
    struct counter_lane *me = arg;
    count_up(me->bench, me->lane, me->rounds);
    return NULL;
}

static void count_in_threads(const struct lock_kind *kind, uint32_t n_lanes, uint32_t rounds)
{
    struct bench bench = bench_open(kind, n_lanes);
    struct counter_lane lanes[CROWD];
    pthread_t threads[CROWD];
    for (uint32_t i = 0; i < n_lanes; i++) {
        lanes[i] = (struct counter_lane){.bench = &bench, .lane = i, .rounds = rounds};
        assert_int_equal(pthread_create(&threads[i], NULL, counter_thread, &lanes[i]), 0);
    }
    for (uint32_t i = 0; i < n_lanes; i++)
        pthread_join(threads[i], NULL);
    if (*bench.count != (uint64_t)n_lanes * rounds)
        print_message("%s, RACELANE_SEED=%llu\n", kind->name, (unsigned long long)bench.seed);
    assert_int_equal(*bench.count, (uint64_t)n_lanes * rounds);
    bench_close(&bench);
}

static void test_exclusion_between_threads(void **state)
{
    (void)state;
    size_t index = 0;
    for (const struct lock_kind *kind; (kind = next_lock(&index));)
        count_in_threads(kind, 4, ROUNDS);
}

static void test_many_more_lanes_than_cores(void **state)
{
    (void)state;
    size_t index = 0;
    for (const struct lock_kind *kind; (kind = next_lock(&index));)
        count_in_threads(kind, CROWD, CROWD_ROUNDS);
}

static void test_exclusion_between_processes(void **state)
{
    (void)state;
    size_t index = 0;
    for (const struct lock_kind *kind; (kind = next_lock(&index));) {
        struct bench bench = bench_open(kind, 2);
        pid_t lane = fork();
        assert_true(lane >= 0);
        if (lane == 0) {
            count_up(&bench, 1, ROUNDS);
            _exit(0);
        }
        count_up(&bench, 0, ROUNDS);
        int status = -1;
        assert_int_equal(waitpid(lane, &status, 0), lane);
        assert_int_equal(status, 0);
        assert_int_equal(*bench.count, 2 * ROUNDS);
        bench_close(&bench);
    }
}

static void test_robust_kind_survives_its_holder(void **state)
{
    (void)state;
    size_t index = 0;
    for (const struct lock_kind *kind; (kind = next_lock(&index));) {
        if (!kind->is_robust)
            continue;
        struct bench bench = bench_open(kind, 2);
        for (int round = 0; round < 3; round++) {
            pid_t lane = fork();
            assert_true(lane >= 0);
            if (lane == 0) {
                (void)kind->acquire(bench.lock, 1, FOREVER);
                (void)raise(SIGKILL);
            }
            assert_int_equal(waitpid(lane, NULL, 0), lane);
            assert_true(kind->acquire(bench.lock, 0, FOREVER));
            kind->release(bench.lock, 0);
            assert_true(kind->try_acquire(bench.lock, 0));
            kind->release(bench.lock, 0);
        }
        bench_close(&bench);
    }
}

static void test_release_by_another_lane_is_a_bug(void **state)
{
    (void)state;
    size_t index = 0;
    for (const struct lock_kind *kind; (kind = next_lock(&index));) {
        struct bench bench = bench_open(kind, 2);
        pid_t lane = fork();
        assert_true(lane >= 0);
        if (lane == 0) {
            int sink = open("/dev/null", O_WRONLY | O_CLOEXEC);
            (void)dup2(sink, STDERR_FILENO);
            (void)signal(SIGABRT, SIG_DFL);
            (void)kind->try_acquire(bench.lock, 0);
            kind->release(bench.lock, 1);
            _exit(0);
        }
        int status = 0;
        assert_int_equal(waitpid(lane, &status, 0), lane);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
        bench_close(&bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_model_rules),
        cmocka_unit_test(test_try_acquire),
        cmocka_unit_test(test_acquire_ends_at_its_deadline),
        cmocka_unit_test(test_real_order_is_the_models),
        cmocka_unit_test(test_leaving_the_queue),
        cmocka_unit_test(test_leaving_with_the_lock_in_hand),
        cmocka_unit_test(test_coming_back),
        cmocka_unit_test(test_exclusion_between_processes),
        cmocka_unit_test(test_robust_kind_survives_its_holder),
        cmocka_unit_test(test_release_by_another_lane_is_a_bug),
        cmocka_unit_test(test_exclusion_between_threads),
        cmocka_unit_test(test_many_more_lanes_than_cores),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
