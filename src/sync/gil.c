#include "sync/gil.h"

#include "base/clock.h"
#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>

struct gil {
    uint64_t interval_ns;
    pthread_mutex_t mutex;
    pthread_cond_t freed;    // somebody has dropped it
    pthread_cond_t switched; // somebody else has taken it
    uint32_t n_asking;
    bool is_locked;
    uint32_t last_holder;
    _Atomic uint32_t is_wanted; // read without the mutex, too
    struct gil_shown shown;
};

static void must(int rc)
{
    assert(rc == 0);
    (void)rc;
}

struct gil *gil_new(uint64_t interval_ns, struct gil_shown shown)
{
    struct gil *gil = mem_alloc(sizeof *gil);
    pthread_condattr_t attr;
    gil->interval_ns = interval_ns;
    gil->last_holder = GIL_NOBODY;
    gil->shown = shown;
    atomic_store_explicit(shown.holder, (uint32_t)GIL_NOBODY, memory_order_relaxed);
    atomic_store_explicit(shown.switches, 0, memory_order_relaxed);
    must(pthread_mutex_init(&gil->mutex, NULL));
    must(pthread_condattr_init(&attr));
    must(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC));
    must(pthread_cond_init(&gil->freed, &attr));
    must(pthread_cond_init(&gil->switched, &attr));
    must(pthread_condattr_destroy(&attr));
    return gil;
}

void gil_free(struct gil *gil)
{
    if (!gil)
        return;
    pthread_cond_destroy(&gil->switched);
    pthread_cond_destroy(&gil->freed);
    pthread_mutex_destroy(&gil->mutex);
    mem_free(gil);
}

// False when the interval has passed.
static bool wait_interval(struct gil *gil, pthread_cond_t *cond)
{
    uint64_t deadline_ns = clock_now_ns() + gil->interval_ns;
    struct timespec deadline = {
        .tv_sec = (time_t)(deadline_ns / NS_PER_S),
        .tv_nsec = (long)(deadline_ns % NS_PER_S),
    };
    int rc = pthread_cond_timedwait(cond, &gil->mutex, &deadline);
    assert(rc == 0 || rc == ETIMEDOUT);
    return rc == 0;
}

static void take(struct gil *gil, uint32_t lane)
{
    gil->is_locked = true;
    atomic_store_explicit(gil->shown.holder, lane, memory_order_relaxed);
    if (gil->last_holder != lane) {
        gil->last_holder = lane;
        atomic_fetch_add_explicit(gil->shown.switches, 1, memory_order_relaxed);
    }
    must(pthread_cond_broadcast(&gil->switched));
    atomic_store_explicit(&gil->is_wanted, 0, memory_order_relaxed);
}

void gil_ask(struct gil *gil)
{
    must(pthread_mutex_lock(&gil->mutex));
    gil->n_asking++;
    must(pthread_mutex_unlock(&gil->mutex));
}

void gil_give_up(struct gil *gil)
{
    must(pthread_mutex_lock(&gil->mutex));
    gil->n_asking--;
    must(pthread_cond_broadcast(&gil->switched));
    must(pthread_mutex_unlock(&gil->mutex));
}

bool gil_take(struct gil *gil, uint32_t lane)
{
    must(pthread_mutex_lock(&gil->mutex));
    bool is_in_time = true;
    while (gil->is_locked && is_in_time) {
        // A switch starts the wait over: the new holder has its interval too.
        uint64_t switches = atomic_load_explicit(gil->shown.switches, memory_order_relaxed);
        is_in_time = wait_interval(gil, &gil->freed);
        if (!is_in_time && gil->is_locked &&
            atomic_load_explicit(gil->shown.switches, memory_order_relaxed) == switches)
            atomic_store_explicit(&gil->is_wanted, 1, memory_order_relaxed);
    }
    bool is_taken = !gil->is_locked;
    if (is_taken) {
        gil->n_asking--;
        take(gil, lane);
    }
    must(pthread_mutex_unlock(&gil->mutex));
    return is_taken;
}

bool gil_drop(struct gil *gil, uint32_t lane)
{
    must(pthread_mutex_lock(&gil->mutex));
    assert(gil->is_locked && gil->last_holder == lane);
    gil->is_locked = false;
    atomic_store_explicit(gil->shown.holder, (uint32_t)GIL_NOBODY, memory_order_relaxed);
    bool is_asked = atomic_load_explicit(&gil->is_wanted, memory_order_relaxed);
    must(pthread_cond_signal(&gil->freed));
    must(pthread_mutex_unlock(&gil->mutex));
    return is_asked;
}

bool gil_await_switch(struct gil *gil, uint32_t lane)
{
    must(pthread_mutex_lock(&gil->mutex));
    bool is_in_time = true;
    while (gil->last_holder == lane && gil->n_asking > 0 && is_in_time)
        is_in_time = wait_interval(gil, &gil->switched);
    bool is_over = gil->last_holder != lane || gil->n_asking == 0;
    must(pthread_mutex_unlock(&gil->mutex));
    return is_over;
}

bool gil_is_wanted(const struct gil *gil)
{
    return atomic_load_explicit(&gil->is_wanted, memory_order_relaxed);
}

uint32_t gil_holder(const struct gil *gil)
{
    return atomic_load_explicit(gil->shown.holder, memory_order_relaxed);
}

uint64_t gil_switches(const struct gil *gil)
{
    return atomic_load_explicit(gil->shown.switches, memory_order_relaxed);
}
