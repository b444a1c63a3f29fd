#include "export/report_locks.h"

static json_t *seconds(uint64_t ns)
{
    return json_real((double)ns / 1e9);
}

static json_t *whole(uint64_t n)
{
    return json_integer((json_int_t)n);
}

static json_t *wait_of(const struct session_wait *wait)
{
    json_t *object = json_object();
    json_object_set_new(object, "p50", seconds(wait->p50_ns));
    json_object_set_new(object, "p99", seconds(wait->p99_ns));
    json_object_set_new(object, "max", seconds(wait->max_ns));
    return object;
}

// The buckets that are not empty; a wait is in [from_s, until_s].
static json_t *histogram(const struct session *session, size_t lock)
{
    struct session_waits waits;
    json_t *array = json_array();
    session_waits(session, lock, &waits);
    for (uint32_t i = 0; i < SESSION_WAIT_BUCKETS; i++) {
        if (waits.counts[i] == 0)
            continue;
        json_t *object = json_object();
        json_object_set_new(object, "from_s", seconds(session_wait_bucket_from(i)));
        json_object_set_new(object, "until_s", seconds(session_wait_bucket_until(i)));
        json_object_set_new(object, "count", whole(waits.counts[i]));
        json_array_append_new(array, object);
    }
    return array;
}

// The longest of those that are over.
static json_t *hold_of(const struct session_lock *lock, const struct session_view *view)
{
    bool is_known = lock->hold_max_lane < view->n_lanes;
    json_t *object = json_object();
    json_object_set_new(object, "total", seconds(lock->held_ns));
    json_object_set_new(object, "max", is_known ? seconds(lock->hold_max_ns) : json_null());
    json_object_set_new(object, "max_from",
                        is_known ? seconds(lock->hold_max_from_ns) : json_null());
    json_object_set_new(object, "max_lane",
                        is_known ? json_string(view->lanes[lock->hold_max_lane].name)
                                 : json_null());
    return object;
}

static json_t *lock_of(const struct session *session, const struct session_view *view, size_t i)
{
    struct session_lock lock = session_lock(session, i);
    bool is_held = lock.owner < view->n_lanes;
    json_t *object = json_object();
    json_object_set_new(object, "name", json_string(lock.name));
    json_object_set_new(object, "acquisitions", whole(lock.acquisitions));
    json_object_set_new(object, "contended", whole(lock.contended));
    json_object_set_new(object, "recovered", whole(lock.recovered));
    json_object_set_new(object, "wait_s", wait_of(&lock.wait));
    json_object_set_new(object, "hold_s", hold_of(&lock, view));
    json_object_set_new(object, "held_by",
                        is_held ? json_string(view->lanes[lock.owner].name) : json_null());
    return object;
}

static json_t *semaphore_of(const struct session *session, size_t i)
{
    struct session_semaphore semaphore = session_semaphore(session, i);
    json_t *object = json_object();
    json_object_set_new(object, "name", json_string(semaphore.name));
    json_object_set_new(object, "initial", json_integer(semaphore.initial));
    json_object_set_new(object, "final", json_integer(semaphore.value));
    json_object_set_new(object, "waits", whole(semaphore.waits));
    json_object_set_new(object, "contended", whole(semaphore.contended));
    json_object_set_new(object, "posts", whole(semaphore.posts));
    json_object_set_new(object, "wait_s", wait_of(&semaphore.wait));
    return object;
}

static json_t *condition_of(const struct session *session, size_t i)
{
    struct session_condition condition = session_condition(session, i);
    json_t *object = json_object();
    json_object_set_new(object, "name", json_string(condition.name));
    json_object_set_new(object, "lock", json_string(condition.lock));
    json_object_set_new(object, "waits", whole(condition.waits));
    json_object_set_new(object, "notifies", whole(condition.notifies));
    json_object_set_new(object, "wait_s", wait_of(&condition.wait));
    return object;
}

static json_t *of_type(const struct session *session, const struct session_view *view,
                       enum lock_type type)
{
    json_t *array = json_array();
    for (size_t i = 0; i < view->prog->n_locks; i++) {
        if (view->prog->locks[i].type != type)
            continue;
        json_t *object = type == LOCK_MUTEX       ? lock_of(session, view, i)
                         : type == LOCK_SEMAPHORE ? semaphore_of(session, i)
                                                  : condition_of(session, i);
        json_object_set_new(object, "histogram", histogram(session, i));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *phase_of(const struct session_lock_phase *phase)
{
    double per_s;
    bool is_known = session_lock_rate(phase, &per_s);
    json_t *object = json_object();
    json_object_set_new(object, "span_s", seconds(phase->span_ns));
    json_object_set_new(object, "updates", whole(phase->updates));
    json_object_set_new(object, "per_s", is_known ? json_real(per_s) : json_null());
    json_object_set_new(object, "held_s", seconds(phase->held_ns));
    return object;
}

void report_add_locks(json_t *root, const struct session *session, const struct session_view *view)
{
    json_object_set_new(root, "locks", of_type(session, view, LOCK_MUTEX));
    json_object_set_new(root, "semaphores", of_type(session, view, LOCK_SEMAPHORE));
    json_object_set_new(root, "conditions", of_type(session, view, LOCK_CONDITION));
    if (view->lock == SWITCH_NONE || view->is_simulated)
        return;
    struct session_lock_cost cost = session_lock_cost(session);
    json_t *object = json_object();
    json_object_set_new(object, "on", phase_of(&cost.on));
    json_object_set_new(object, "off", phase_of(&cost.off));
    json_object_set_new(root, "lock_cost", object);
}
