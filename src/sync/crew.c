#include "sync/crew.h"

#include "base/mem.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

// A round is short: a look at the word so many times is cheaper than to fall asleep.
enum { SPINS = 2000 };

struct hand {
    struct crew *crew;
    unsigned number;
    pthread_t thread;
};

struct crew {
    pthread_mutex_t mutex;
    pthread_cond_t has_begun, has_ended;
    atomic_uint round;  // released by crew_run once the task is set, acquired by the hands
    atomic_uint n_busy; // released by each hand at its end, acquired by crew_run
    bool is_closing;
    void (*task)(void *context, unsigned worker);
    void *context;
    unsigned n;
    struct hand *hands;
};

static void wait_for_round(struct crew *crew, unsigned seen)
{
    for (unsigned i = 0; i < SPINS; i++)
        // Pairs with the release in crew_run.
        if (atomic_load_explicit(&crew->round, memory_order_acquire) != seen)
            return;
    pthread_mutex_lock(&crew->mutex);
    while (atomic_load_explicit(&crew->round, memory_order_acquire) == seen)
        pthread_cond_wait(&crew->has_begun, &crew->mutex);
    pthread_mutex_unlock(&crew->mutex);
}

static void *work(void *context)
{
    struct hand *hand = context;
    struct crew *crew = hand->crew;
    for (unsigned round = 0;; round++) {
        wait_for_round(crew, round);
        if (crew->is_closing)
            return NULL;
        crew->task(crew->context, hand->number);
        // Pairs with the acquire in wait_for_hands.
        if (atomic_fetch_sub_explicit(&crew->n_busy, 1, memory_order_acq_rel) == 1) {
            pthread_mutex_lock(&crew->mutex);
            pthread_cond_signal(&crew->has_ended);
            pthread_mutex_unlock(&crew->mutex);
        }
    }
}

static void begin_round(struct crew *crew)
{
    atomic_store_explicit(&crew->n_busy, crew->n - 1, memory_order_relaxed);
    pthread_mutex_lock(&crew->mutex);
    // Pairs with the acquire in wait_for_round.
    atomic_fetch_add_explicit(&crew->round, 1, memory_order_release);
    pthread_cond_broadcast(&crew->has_begun);
    pthread_mutex_unlock(&crew->mutex);
}

static void wait_for_hands(struct crew *crew)
{
    for (unsigned i = 0; i < SPINS; i++)
        // Pairs with the release in work.
        if (atomic_load_explicit(&crew->n_busy, memory_order_acquire) == 0)
            return;
    pthread_mutex_lock(&crew->mutex);
    while (atomic_load_explicit(&crew->n_busy, memory_order_acquire) != 0)
        pthread_cond_wait(&crew->has_ended, &crew->mutex);
    pthread_mutex_unlock(&crew->mutex);
}

struct crew *crew_new(unsigned n)
{
    struct crew *crew = mem_alloc(sizeof *crew);
    crew->hands = mem_array(n + 1, sizeof *crew->hands);
    pthread_mutex_init(&crew->mutex, NULL);
    pthread_cond_init(&crew->has_begun, NULL);
    pthread_cond_init(&crew->has_ended, NULL);
    crew->n = 1;
    while (crew->n < n) {
        struct hand *hand = &crew->hands[crew->n];
        *hand = (struct hand){.crew = crew, .number = crew->n};
        if (pthread_create(&hand->thread, NULL, work, hand) != 0)
            break;
        crew->n++;
    }
    return crew;
}

void crew_free(struct crew *crew)
{
    if (!crew)
        return;
    crew->is_closing = true;
    begin_round(crew);
    for (unsigned i = 1; i < crew->n; i++)
        pthread_join(crew->hands[i].thread, NULL);
    pthread_cond_destroy(&crew->has_ended);
    pthread_cond_destroy(&crew->has_begun);
    pthread_mutex_destroy(&crew->mutex);
    mem_free(crew->hands);
    mem_free(crew);
}

unsigned crew_size(const struct crew *crew)
{
    return crew->n;
}

void crew_run(struct crew *crew, void (*task)(void *context, unsigned worker), void *context)
{
    crew->task = task;
    crew->context = context;
    if (crew->n > 1)
        begin_round(crew);
    task(context, 0);
    if (crew->n > 1)
        wait_for_hands(crew);
}
