// What is found from near by is what is found from afar.
#include "base/random.h"
#include "trace/timeline_nodes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static uint64_t seed_of_run(void)
{
    const char *text = getenv("RACELANE_SEED");
    return text ? strtoull(text, NULL, 0) : 1;
}

static void check_from_near(const struct nodes *nodes, struct random *random, uint64_t end_ns)
{
    struct node_pair near = {.node = NULL};
    for (int i = 0; i < 500; i++) {
        uint64_t from_ns = near.node ? near.node->t_ns : 0;
        bool is_far = random_below(random, 10) == 0;
        uint64_t t_ns = is_far ? random_below(random, end_ns) : from_ns + random_below(random, 99);
        struct node_pair wanted = nodes_before(nodes, t_ns);
        near = nodes_after(nodes, &near, t_ns);
        if (near.node != wanted.node || near.next != wanted.next)
            fail_msg("at %llu: RACELANE_SEED=%llu", (unsigned long long)t_ns,
                     (unsigned long long)seed_of_run());
    }
}

static void test_from_near(void **state)
{
    (void)state;
    struct random random = random_stream(seed_of_run(), 1);
    for (uint64_t n = 0; n < 12000; n = 2 * n + 1) {
        struct nodes nodes = {.tier_max = NODES_FANOUT};
        struct node node = {.t_ns = 10};
        for (; node.page < n; node.page++) {
            nodes_push(&nodes, &node);
            node.t_ns += random_below(&random, 20); // some at the same time
        }
        check_from_near(&nodes, &random, node.t_ns + 50);
        nodes_clear(&nodes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_from_near),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
