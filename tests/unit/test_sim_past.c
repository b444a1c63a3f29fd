// Going back in a long simulated run: what is seen there is what was seen on the way, wherever the
// run came from. RACELANE_SEED says which way is taken, RACELANE_JUMPS how long it is.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/random.h"
#include "support_sim.h"

static const char shared_text[] = "param N = 3000\n"
                                  "shared x = 0\n"
                                  "shared row[3] = 1\n"
                                  "shared told = 0\n"
                                  "lock guard\n"
                                  "semaphore places = 2\n"
                                  "condition changed with guard\n"
                                  "def work(me):\n"
                                  "    for n in range(N):\n"
                                  "        x += me\n"
                                  "        with guard:\n"
                                  "            row[n % 3] = row[n % 3] + x % 5\n"
                                  "            notify changed\n"
                                  "        if n % 50 == 0:\n"
                                  "            wait places\n"
                                  "            print(\"{me}: {n} {x}\\n{factorial(30)}\")\n"
                                  "            sleep(0.3)\n"
                                  "            post places\n"
                                  "def hear():\n"
                                  "    for n in range(N):\n"
                                  "        with guard:\n"
                                  "            if told < 20:\n"
                                  "                told += 1\n"
                                  "                wait changed\n"
                                  "        x = random(1, 9) + x\n"
                                  "lane A = work(1)\n"
                                  "lane B = work(2)\n"
                                  "lane C = hear()\n"
                                  "after:\n"
                                  "    print(\"{x}\")\n"
                                  "always x < 100\n"
                                  "expect x == 0\n";

static const char private_text[] = "mode processes\n"
                                   "memory private\n"
                                   "param N = 8000\n"
                                   "shared x = 0\n"
                                   "lock guard\n"
                                   "def work(me):\n"
                                   "    for n in range(N):\n"
                                   "        with guard:\n"
                                   "            x += me\n"
                                   "lane A = work(1)\n"
                                   "lane B = work(2)\n";

static const char pool_text[] = "param N = 4000\n"
                                "shared x = 0\n"
                                "def cube(n):\n"
                                "    for _ in range(N):\n"
                                "        x += n\n"
                                "    return n * n * n\n"
                                "pool 3 results = cube(n) for n in [1, 2, 3, 4, 5, 6]\n"
                                "after:\n"
                                "    print(\"{results}\")\n";

enum { PLACES = 24, JUMPS = 60 };

// What is seen after so many steps, by a run that has only gone forward.
struct place {
    size_t step;
    char *picture;
    uint64_t events;
};

static size_t play_to_end(struct session *s)
{
    session_pace_native(s);
    session_pause(s, false);
    while (!session_view(s).is_ended && !session_view(s).is_deadlocked)
        session_pump(s);
    session_pause(s, true);
    return session_view(s).n_steps;
}

static int by_step(const void *a, const void *b)
{
    size_t left = ((const struct place *)a)->step, right = ((const struct place *)b)->step;
    return (left > right) - (left < right);
}

static void look_on_the_way(const char *text, uint64_t seed, size_t n_steps, struct place *places)
{
    struct random random = random_stream(seed, 1);
    struct error err;
    struct session *s = open_sim(text, seed, NULL);
    session_pace_native(s);
    for (size_t i = 0; i < PLACES; i++)
        places[i].step = random_below(&random, n_steps + 1);
    places[0].step = n_steps;
    places[1].step = n_steps - 1;
    places[2].step = 0;
    qsort(places, PLACES, sizeof *places, by_step);
    for (size_t i = 0; i < PLACES; i++) {
        while (session_view(s).n_steps < places[i].step)
            assert_true(session_step(s, SESSION_ANY_LANE, &err));
        places[i].picture = picture(s);
        places[i].events = session_view(s).events;
    }
    session_free(s);
}

static void check_place(struct session *s, const struct place *place, uint64_t seed)
{
    char *now = picture(s);
    assert_int_equal(session_view(s).n_steps, place->step);
    assert_int_equal(session_view(s).events, place->events);
    if (strcmp(strchr(now, '\n'), strchr(place->picture, '\n')) != 0)
        fail_msg("step %zu, RACELANE_SEED=%llu: was\n%s\nis\n%s", place->step,
                 (unsigned long long)seed, place->picture, now);
    free(now);
}

static void jump_about(const char *text)
{
    struct error err;
    struct place places[PLACES];
    uint64_t seed = number_from("RACELANE_SEED", 11);
    struct random random = random_stream(seed, 2);
    struct session *s = open_sim(text, seed, NULL);
    size_t n_steps = play_to_end(s);
    look_on_the_way(text, seed, n_steps, places);
    check_place(s, &places[PLACES - 1], seed);
    print_message("RACELANE_SEED=%llu, %zu steps\n", (unsigned long long)seed, n_steps);
    for (size_t i = number_from("RACELANE_JUMPS", JUMPS); i > 0; i--) {
        const struct place *place = &places[random_below(&random, PLACES)];
        size_t from = place->step + random_below(&random, 3);
        if (from <= n_steps)
            assert_true(session_seek(s, from, &err));
        while (session_view(s).n_steps > place->step)
            assert_true(back(s));
        assert_true(session_seek(s, place->step, &err));
        check_place(s, place, seed);
    }
    for (size_t i = 0; i < PLACES; i++)
        free(places[i].picture);
    session_free(s);
}

static void test_shared(void **state)
{
    (void)state;
    jump_about(shared_text);
}

static void test_private(void **state)
{
    (void)state;
    jump_about(private_text);
}

static void test_pool(void **state)
{
    (void)state;
    jump_about(pool_text);
}

// Another choice makes another run of it, which the states that were kept know nothing of.
static void test_another_choice(void **state)
{
    (void)state;
    struct error err;
    struct session *s = open_sim(pool_text, 7, NULL);
    play_to_end(s);
    assert_true(session_restart(s, 7, &err));
    assert_true(session_step(s, 1, &err) && session_step(s, 2, &err) && session_step(s, 2, &err));
    size_t n_steps = play_to_end(s);
    assert_true(session_seek(s, n_steps - 100, &err));
    char *schedule = session_schedule(s);
    char *after_back = picture(s);
    struct session *fresh = open_sim(pool_text, 7, schedule);
    session_pace_native(fresh);
    assert_true(session_seek(fresh, n_steps - 100, &err));
    check_picture(fresh, after_back);
    free(after_back);
    mem_free(schedule);
    session_free(fresh);
    session_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shared),
        cmocka_unit_test(test_private),
        cmocka_unit_test(test_pool),
        cmocka_unit_test(test_another_choice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
