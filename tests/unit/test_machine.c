#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "prog/machine.h"
#include "support_scenario.h"

#include <limits.h>

// One lane run to its end on plain memory. What it printed is joined by newlines.
struct outcome {
    char output[2000];
    int64_t cells[8];
    enum machine_fault fault;
    uint32_t fault_line;
    unsigned steps;
};

static void effect(struct machine *m, const struct op *op, struct outcome *out)
{
    size_t cell;
    int64_t result = 0;
    uint64_t ns;
    struct random random = random_stream(1, 1);
    switch (op->code) {
    case OP_LOAD:
        if (!machine_cell(m, op, &cell))
            return;
        result = out->cells[cell];
        break;
    case OP_STORE:
        if (!machine_cell(m, op, &cell))
            return;
        out->cells[cell] = machine_value(m, op->a);
        break;
    case OP_ATOMIC_ADD:
    case OP_ATOMIC_SUB:
    case OP_ATOMIC_MUL:
        if (!machine_cell(m, op, &cell) || !machine_combine(m, op, out->cells[cell], &result))
            return;
        out->cells[cell] = result;
        break;
    case OP_PRINT: {
        char *text = program_print(m->prog, (size_t)op->arg, machine_values(m, op->a));
        size_t len = strlen(out->output);
        snprintf(out->output + len, sizeof out->output - len, "%s\n", text);
        mem_free(text);
        break;
    }
    case OP_SLEEP:
    case OP_COMPUTE:
        if (!machine_pause(m, op, &ns))
            return;
        break;
    case OP_RANDOM:
        if (!machine_draw(m, op, &random, &result))
            return;
        break;
    case OP_ELAPSED:
        result = 1500000000;
        break;
    case OP_FACTORIAL:
        if (!machine_factorial(m, op, &result))
            return;
        break;
    default:
        break;
    }
    machine_complete(m, op, result);
}

static void run_lane(const struct program *prog, size_t lane, struct outcome *out)
{
    static struct machine m;
    machine_init_lane(&m, prog, lane);
    for (unsigned ops = 0; ops < 1000000; ops++) {
        const struct op *op = machine_fetch(&m);
        if (!op)
            continue;
        if (op->code == OP_END)
            break;
        out->steps++;
        if (machine_is_local(op))
            machine_execute(&m, op);
        else
            effect(&m, op, out);
    }
    out->fault = m.fault;
    out->fault_line = m.fault_line;
}

static struct outcome run_text(const char *text)
{
    struct outcome out = {.fault = FAULT_NONE};
    struct program *prog = scenario_compile(text);
    for (size_t i = 0; i < prog->n_cells; i++)
        out.cells[i] = program_cell_initial(prog, i);
    run_lane(prog, 1, &out);
    program_free(prog);
    return out;
}

// The body of a lane's function, in lines that begin with four spaces.
static struct outcome run_body(const char *body)
{
    char text[4000];
    snprintf(text, sizeof text,
             "shared g = 7\nshared a[3] = 5\nlock l\ndef f():\n%s\nlane A = f()\n", body);
    return run_text(text);
}

static void check_prints(const char *body, const char *expected)
{
    struct outcome out = run_body(body);
    assert_int_equal(out.fault, FAULT_NONE);
    assert_string_equal(out.output, expected);
}

static void arithmetic_is_that_of_python(void **state)
{
    (void)state;
    check_prints("    x = 7\n    y = -7\n    z = 2\n"
                 "    print(\"{x // z} {y // z} {x // -z} {y // -z}\")\n"
                 "    print(\"{x % z} {y % z} {x % -z} {y % -z} {x % 7} {y % 7}\")\n"
                 "    print(\"{x + y} {x - y} {x * y} {-x} {- (x - 3)}\")",
                 "3 -4 -4 3\n1 1 -1 -1 0 0\n0 14 -49 -7 -4\n");
}

static void precedence_is_that_of_python(void **state)
{
    (void)state;
    check_prints("    x = 2\n"
                 "    print(\"{1 + x * 3} {(1 + x) * 3} {10 - x - 3} {-x + 5} {20 // x // 5}\")\n"
                 "    print(\"{not x == 2} {x == 2 or x // 0 == 1} {x == 3 and x // 0 == 1}\")\n"
                 "    print(\"{not (x == 2 and x == 3)} {x < 3 and not x > 5 or x == 9}\")",
                 "7 9 5 3 2\n0 1 0\n1 1\n");
}

static void comparisons_give_one_or_zero(void **state)
{
    (void)state;
    check_prints("    x = 2\n"
                 "    print(\"{x < 3}{x <= 2}{x > 2}{x >= 2}{x == 2}{x != 2}\")\n"
                 "    y = x > 1\n    z = not y\n    print(\"{y}{z}\")",
                 "110110\n10\n");
}

static void control_flow(void **state)
{
    (void)state;
    check_prints("    for i in range(3):\n        if i == 1:\n            continue\n"
                 "        print(\"{i}\")",
                 "0\n2\n");
    check_prints("    for i in range(10, 0, -3):\n        print(\"{i}\")", "10\n7\n4\n1\n");
    check_prints("    for i in range(1, 8, 3):\n        print(\"{i}\")", "1\n4\n7\n");
    check_prints("    for i in range(3, 3):\n        print(\"{i}\")", "");
    check_prints("    n = 3\n    for i in range(n):\n        n = 1\n        print(\"{i}\")",
                 "0\n1\n2\n");
    check_prints(
        "    x = 0\n    while True:\n        x += 1\n        if x == 3:\n            break\n"
        "    print(\"{x}\")",
        "3\n");
    check_prints("    x = 5\n    if x < 3:\n        print(\"a\")\n    elif x < 6:\n"
                 "        print(\"b\")\n    elif x < 7:\n        print(\"c\")\n    else:\n"
                 "        print(\"d\")",
                 "b\n");
    check_prints("    x = 9\n    if x < 3: print(\"a\")\n    else: print(\"d\")", "d\n");
    check_prints("    x = 9\n    if not (x < 3 or x == 4) and not x == 5:\n        print(\"yes\")",
                 "yes\n");
}

static void a_range_ends_at_the_last_number(void **state)
{
    (void)state;
    struct op op = {.code = OP_NEXT, .dst = 0, .a = 1, .b = REG_CONST, .arg = 2, .retry = 1000};
    struct op ops[] = {op, {.code = OP_JUMP, .arg = 0}, {.code = OP_END}};
    int64_t consts[] = {INT64_MAX};
    struct lane_decl lanes[] = {{.function = -1, .n_args = 2, .args = {0, INT64_MAX - 1}}};
    struct program prog = {.ops = ops, .consts = consts, .lanes = lanes};
    struct machine m;
    machine_init_lane(&m, &prog, 0);
    assert_int_equal(machine_fetch(&m)->code, OP_END);
    assert_int_equal(m.regs[0], INT64_MAX - 1);
    consts[0] = INT64_MIN;
    ops[0].code = OP_NEXT_DOWN;
    lanes[0].args[1] = INT64_MIN + 1;
    machine_init_lane(&m, &prog, 0);
    assert_int_equal(machine_fetch(&m)->code, OP_END);
    assert_int_equal(m.regs[0], INT64_MIN + 1);
}

static void calls_and_recursion(void **state)
{
    (void)state;
    struct outcome out =
        run_text("def fib(n):\n    if n < 2:\n        return n\n"
                 "    return fib(n - 1) + fib(n - 2)\n"
                 "def three(a, b, c):\n    return a * 100 + b * 10 + c\n"
                 "def say(x):\n    print(\"say {x}\")\n"
                 "def f():\n    print(\"{fib(15)} {three(1, three(0, 0, 2), 3)}\")\n"
                 "    say(\"it\")\n    x = fib(3) + fib(4) * fib(5)\n"
                 "    print(\"{x}\")\n"
                 "lane A = f()\n");
    assert_string_equal(out.output, "610 123\nsay it\n17\n");
    assert_int_equal(out.fault, FAULT_NONE);
}

static void shared_cells_and_arrays(void **state)
{
    (void)state;
    struct outcome out = run_body("    g += 3\n    a[1] = g\n    i = 2\n    a[i] *= 4\n"
                                  "    a[0] = a[i] - a[1]\n    atomic g -= 1\n    atomic g *= 2\n"
                                  "    atomic a[i - 1] += 5\n    print(\"{a} {g}\")");
    assert_string_equal(out.output, "[10, 15, 20] 18\n");
}

static void durations_and_built_ins(void **state)
{
    (void)state;
    check_prints(
        "    x = 1.5\n    y = 300ms\n    print(\"{x} {y} {x + y:.3f} {2 * x:.0f} {5us:.6f}\")\n"
        "    print(\"{elapsed()} {elapsed() - x} {elapsed() > 1} {x < y} {x // 500ms}\")\n"
        "    print(\"{-x} {x // 2} {x % 1}\")\n    sleep(0)\n    compute(x)\n    n = 2\n"
        "    sleep(n)",
        "1.50 0.30 1.800 3 0.000005\n1.50 0.00 1 0 3\n-1.50 0.75 0.50\n");
    check_prints("    print(\"{factorial(5)} {factorial(30)}\")\n    print(\"{random(3, 3)}\")",
                 "120 265252859812191058636308480000000\n3\n");
    check_prints(
        "    x = \"text\"\n    print(\"{{{x}}} \\\"q\\\" \\\\ {7}\")\n    print(x)\n    print()\n"
        "    print(f\"{x}\")",
        "{text} \"q\" \\ 7\ntext\n\ntext\n");
}

static void rounding_of_durations(void **state)
{
    (void)state;
    check_prints("    x = 1999999999ns\n    print(\"{x} {x:.9f} {x:.1f}\")\n    y = 0 - 4ms\n"
                 "    print(\"{y} {y:.3f}\")",
                 "2.00 1.999999999 2.0\n0.00 -0.004\n");
}

static void check_fault(const char *body, enum machine_fault fault, uint32_t line)
{
    struct outcome out = run_body(body);
    if (out.fault != fault)
        print_message("%s\n%s\n", body, machine_fault_text(out.fault));
    assert_int_equal(out.fault, fault);
    assert_int_equal(out.fault_line, line + 4);
}

static void faults_stop_the_lane(void **state)
{
    (void)state;
    check_fault("    x = 9223372036854775807\n    x += 1", FAULT_OVERFLOW, 2);
    check_fault("    x = -9223372036854775807\n    x = x - 2", FAULT_OVERFLOW, 2);
    check_fault("    x = 9223372036854775807 * 2", FAULT_OVERFLOW, 1);
    check_fault("    x = -9223372036854775807 - 1\n    y = -x", FAULT_OVERFLOW, 2);
    check_fault("    x = -9223372036854775807 - 1\n    y = x // -1", FAULT_OVERFLOW, 2);
    check_fault("    g = 9223372036854775807\n    atomic g += 1", FAULT_OVERFLOW, 2);
    check_fault("    x = 0\n    y = 1 // x", FAULT_DIVISION, 2);
    check_fault("    x = 0\n    y = 1 % x", FAULT_DIVISION, 2);
    check_fault("    i = 3\n    a[i] = 1", FAULT_INDEX, 2);
    check_fault("    i = -1\n    x = a[i]", FAULT_INDEX, 2);
    check_fault("    i = 3\n    atomic a[i] += 1", FAULT_INDEX, 2);
    check_fault("    x = 0 - 1\n    sleep(x)", FAULT_SLEEP, 2);
    check_fault("    x = 86401\n    compute(x)", FAULT_SLEEP, 2);
    check_fault("    x = 9223372036854775807\n    sleep(x)", FAULT_SLEEP, 2);
    check_fault("    x = random(2, 1)", FAULT_RANDOM, 1);
    check_fault("    print(\"{factorial(1701)}\")", FAULT_FACTORIAL, 1);
    check_fault("    print(\"{factorial(-1)}\")", FAULT_FACTORIAL, 1);
    check_prints("    x = -9223372036854775807 - 1\n    print(\"{x % -1}\")", "0\n");
}

static void calls_are_bounded(void **state)
{
    (void)state;
    struct outcome out = run_text("def f(n):\n    return f(n + 1)\nlane A = f(0)\n");
    assert_int_equal(out.fault, FAULT_DEPTH);
    out = run_text("def f(n):\n    if n == 0:\n        return 0\n    return 1 + f(n - 1)\n"
                   "def g(n):\n    print(\"{f(n)}\")\nlane A = g(63)\n");
    assert_int_equal(out.fault, FAULT_NONE);
    assert_string_equal(out.output, "63\n");
    out = run_text("def f(n):\n    if n == 0:\n        return 0\n    return 1 + f(n - 1)\n"
                   "def g(n):\n    print(\"{f(n)}\")\nlane A = g(64)\n");
    assert_int_equal(out.fault, FAULT_DEPTH);
    // A wide frame is bounded by registers before it is bounded by depth.
    char text[6000] = "def f():\n";
    for (int i = 0; i < 90; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "    v%d = %d\n", i, i);
    strcat(text, "    f()\nlane A = f()\n");
    assert_int_equal(run_text(text).fault, FAULT_DEPTH);
}

static void every_fault_has_a_text(void **state)
{
    (void)state;
    for (int fault = FAULT_NONE; fault <= FAULT_KILLED; fault++)
        assert_string_not_equal(machine_fault_text((enum machine_fault)fault), "unknown fault");
    assert_string_equal(machine_fault_text((enum machine_fault)99), "unknown fault");
}

static void bookkeeping_gives_up_its_budget(void **state)
{
    (void)state;
    struct program *prog =
        scenario_compile("def f():\n    for i in range(100000):\n        pass\nlane A = f()\n");
    static struct machine m;
    machine_init_lane(&m, prog, 1);
    assert_null(machine_fetch(&m));
    assert_int_equal(m.n_yields, 1);
    unsigned n = 1;
    const struct op *op = NULL;
    for (; !op; n++)
        op = machine_fetch(&m);
    assert_int_equal(op->code, OP_END);
    assert_in_range(n, 10, 40);
    assert_int_equal(machine_fetch(&m)->code, OP_END);
    program_free(prog);
}

static void steps_are_counted_as_written(void **state)
{
    (void)state;
    assert_int_equal(run_body("    g += 1").steps, 3);
    assert_int_equal(run_body("    with l:\n        g += 1").steps, 5);
    assert_int_equal(run_body("    if g >= 80:\n        pass").steps, 2);
    assert_int_equal(run_body("    g = 1").steps, 1);
    assert_int_equal(run_body("    x = g + 1").steps, 2);
    assert_int_equal(run_body("    x = 4\n    y = x").steps, 0);
    assert_int_equal(run_body("    for i in range(10):\n        pass").steps, 0);
    assert_int_equal(run_body("    print(\"{g}\")").steps, 2);
    assert_int_equal(run_body("    x = 3\n    while x > 0:\n        x -= 1").steps, 7);
    assert_int_equal(run_body("    n = 2\n    sleep(n)").steps, 1);
}

static void a_retry_goes_back_to_the_statement(void **state)
{
    (void)state;
    struct program *prog = scenario_compile("shared c = 0\ndef f():\n    x = 2\n    c += x\n"
                                            "lane A = f()\n");
    static struct machine m;
    machine_init_lane(&m, prog, 1);
    const struct op *load = machine_fetch(&m);
    assert_int_equal(load->code, OP_LOAD);
    machine_complete(&m, load, 40);
    machine_execute(&m, machine_fetch(&m));
    const struct op *store = machine_fetch(&m);
    assert_int_equal(store->code, OP_STORE);
    assert_true(store->flags & OP_RETRIABLE);
    assert_int_equal(machine_value(&m, store->a), 42);
    machine_retry(&m, store);
    assert_ptr_equal(machine_fetch(&m), load);
    machine_fail(&m, load, FAULT_KILLED);
    assert_int_equal(machine_fetch(&m)->code, OP_END);
    program_free(prog);
}

static int64_t read_cell(const void *context, size_t cell)
{
    return ((const int64_t *)context)[cell];
}

static void claims_are_judged(void **state)
{
    (void)state;
    struct program *prog = scenario_compile("param N = 2\nshared c = 0\nshared d = 0\ndef f():\n"
                                            "    pass\nlane A = f()\nexpect c == lanes * N\n"
                                            "expect c // d == 2\nalways c >= 0 and d >= 0\n");
    int64_t cells[] = {2, 0};
    bool holds = false;
    assert_true(machine_judge(prog, &prog->expects[0], read_cell, cells, &holds));
    assert_true(holds);
    assert_false(machine_judge(prog, &prog->expects[1], read_cell, cells, &holds));
    cells[1] = -1;
    assert_true(machine_judge(prog, &prog->always[0], read_cell, cells, &holds));
    assert_false(holds);
    program_free(prog);
}

static void random_numbers_are_in_range(void **state)
{
    (void)state;
    struct op op = {.code = OP_RANDOM, .dst = 0, .a = REG_CONST, .b = REG_CONST + 1};
    int64_t consts[] = {-1, 1};
    struct program prog = {.consts = consts};
    struct machine m = {.prog = &prog};
    struct random random = random_stream(5, 1);
    bool seen[3] = {false};
    for (int i = 0; i < 200; i++) {
        int64_t value;
        assert_true(machine_draw(&m, &op, &random, &value));
        assert_true(value >= -1 && value <= 1);
        seen[value + 1] = true;
    }
    assert_true(seen[0] && seen[1] && seen[2]);
    consts[0] = INT64_MIN;
    consts[1] = INT64_MAX;
    int64_t value;
    assert_true(machine_draw(&m, &op, &random, &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arithmetic_is_that_of_python),
        cmocka_unit_test(precedence_is_that_of_python),
        cmocka_unit_test(comparisons_give_one_or_zero),
        cmocka_unit_test(control_flow),
        cmocka_unit_test(a_range_ends_at_the_last_number),
        cmocka_unit_test(calls_and_recursion),
        cmocka_unit_test(shared_cells_and_arrays),
        cmocka_unit_test(durations_and_built_ins),
        cmocka_unit_test(rounding_of_durations),
        cmocka_unit_test(faults_stop_the_lane),
        cmocka_unit_test(calls_are_bounded),
        cmocka_unit_test(every_fault_has_a_text),
        cmocka_unit_test(bookkeeping_gives_up_its_budget),
        cmocka_unit_test(steps_are_counted_as_written),
        cmocka_unit_test(a_retry_goes_back_to_the_statement),
        cmocka_unit_test(claims_are_judged),
        cmocka_unit_test(random_numbers_are_in_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
