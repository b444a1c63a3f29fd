// Screens of processes: memory of their own, deaths, pools.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_process.h"
#include "golden.h"
#include "view/pool.h"

static struct fake *private_two(void)
{
    return fake_private(3, 110);
}

static struct fake *private_ended(void)
{
    struct fake *fake = private_two();
    fake_end(fake);
    return fake;
}

static const struct {
    const char *name;
    int w, h;
    enum glyph_set glyphs;
    struct fake *(*make)(void);
} goldens[] = {
    {"private-80x24", 80, 24, GLYPHS_UTF8, private_two},
    {"private-100x30", 100, 30, GLYPHS_UTF8, private_two},
    {"private-40x10", 40, 10, GLYPHS_UTF8, private_two},
    {"private-ended-80x24", 80, 24, GLYPHS_UTF8, private_ended},
    {"killed-80x24", 80, 24, GLYPHS_UTF8, fake_dead},
    {"killed-80x24-ascii", 80, 24, GLYPHS_ASCII, fake_dead},
    {"pool-80x24", 80, 24, GLYPHS_UTF8, fake_pool},
    {"pool-100x30", 100, 30, GLYPHS_UTF8, fake_pool},
};

static void test_golden_screens(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
        struct fake *fake = goldens[i].make();
        struct app *app = new_app(&fake->view, goldens[i].w, goldens[i].h);
        check_golden(goldens[i].name, app, goldens[i].w, goldens[i].h, goldens[i].glyphs);
        app_free(app);
        fake_free(fake);
    }
}

struct screen_check {
    int w, h;
    const char *text;
    bool is_there;
};

static void check_screens(struct fake *fake, const char *keys, const struct screen_check *checks,
                          size_t n)
{
    struct app *app = new_app(&fake->view, 80, 24);
    press(app, keys);
    for (size_t i = 0; i < n; i++) {
        app_resize(app, checks[i].w, checks[i].h);
        if (screen_has(app, checks[i].w, checks[i].h, checks[i].text) != checks[i].is_there)
            fail_msg("%dx%d: '%s'", checks[i].w, checks[i].h, checks[i].text);
    }
    app_free(app);
}

static void test_the_header_says_which_memory(void **state)
{
    (void)state;
    static const struct screen_check own[] = {
        {80, 24, "processes \u00d72  LOCK", true},
        {100, 30, "processes \u00d72, own memory  LOCK", true},
        {100, 30, " 5 Race condition: counter += 1 ", true},
        {140, 30, " racelane  5 Race condition: counter += 1 ", true},
    };
    static const struct screen_check shared[] = {
        {100, 30, "processes \u00d72, shared memory  LOCK", true},
    };
    static const struct screen_check nothing[] = {
        {100, 30, "processes \u00d72 ", true},
        {100, 30, "memory", false},
    };
    struct fake *fake = private_two();
    check_screens(fake, "", own, ARRAY_LEN(own));
    fake->prog.title = "short";
    check_screens(fake, "", &(struct screen_check){80, 24, "\u00d72, own memory  LOCK", true}, 1);
    fake->view.is_private = false;
    fake->prog.memory = MEMORY_SHARED;
    check_screens(fake, "", shared, ARRAY_LEN(shared));
    fake_unshare(fake);
    check_screens(fake, "", nothing, ARRAY_LEN(nothing));
    fake_free(fake);
}

static void test_each_process_shows_its_own_copy(void **state)
{
    (void)state;
    static const struct screen_check checks[] = {
        {80, 24, " own 12,345 ", true},
        {80, 24, " own 19 ", true},
        {80, 24, " counter (main's) ", true},
        {80, 24, " A              12,345          17 ", true},
        {80, 24, " main                0           0 ", true},
        {80, 24, "overwrote", false},
        {80, 24, "expected", false},
        {80, 24, " losses", false},
        {80, 24, " each process has its own copy: nothing\n", true},
        {80, 24, "arrange", false},
        {80, 24, "takes the lock", false},
        {120, 40, "arrange", false},
        {120, 40, " v  memory ", true},
        {40, 10, " counter (main's) 0  A 12,345  B 19\n", true},
    };
    static const struct screen_check big[] = {
        {80, 24, " A's own", true},
        {80, 24, "  lost\n", false},
    };
    struct fake *fake = private_two();
    fake->copies[1] = 12345;
    check_screens(fake, "", checks, ARRAY_LEN(checks));
    check_screens(fake, "B", big, ARRAY_LEN(big));
    fake_free(fake);
    fake = fake_private(13, 500); // rows of one line
    fake->copies[1] = 12345;
    check_screens(fake, "", &(struct screen_check){80, 24, " A     =12,345 ", true}, 1);
    fake_free(fake);
}

static void test_the_end_says_why_mains_stays(void **state)
{
    (void)state;
    static const struct screen_check claimed[] = {
        {80, 24, "lanes * N: does not hold (0); each process changed its own copy\n", true},
        {160, 40, "; each process changed its own copy of counter; main's is still 0\n", true},
    };
    static const struct screen_check changed[] = {
        {80, 24, " each process changed its own copy of counter; main's is 7\n", true},
    };
    struct fake *fake = private_ended();
    check_screens(fake, "", claimed, ARRAY_LEN(claimed));
    check_screens(fake, "x", &(struct screen_check){80, 24, "nothing can be lost\n", true}, 1);
    fake->view.n_claims = 0;
    fake->cells[0] = 7;
    check_screens(fake, "", changed, ARRAY_LEN(changed));
    fake->lanes[2].updates = 0;
    check_screens(fake, "", &(struct screen_check){80, 24, " A changed its own copy", true}, 1);
    fake->lanes[1].updates = 0;
    check_screens(fake, "", &(struct screen_check){80, 24, "its own copy of", false}, 1);
    fake_free(fake);
}

// Whatever the ledger says of main's own updates.
static void test_private_memory_has_no_luck_and_no_log(void **state)
{
    (void)state;
    static const struct screen_check checks[] = {
        {100, 30, " counter == lanes * N: holds (3); each process changed its own copy", true},
        {100, 30, "luck", false},
        {100, 30, "#1", false},
        {100, 30, " each process has its own copy: nothing is shared", true},
    };
    struct fake *fake = private_two();
    fake_lose(fake, 3);
    fake_end(fake);
    fake->claim.holds = true;
    check_screens(fake, "", checks, ARRAY_LEN(checks));
    fake_free(fake);
}

static void test_a_death_is_told(void **state)
{
    (void)state;
    static const char whole[] =
        " B was killed by signal 9 holding guard, with counter 25 loaded and not stored";
    static const struct screen_check one[] = {
        {80, 24, whole, true},
        {80, 24, "\u2020 died: guard\n", true},
        {100, 30, "\u2020 died with guard\n", true},
        {140, 40, "\u2020 died holding guard\n", true},
    };
    static const struct screen_check two[] = {
        {80, 24, " B was killed by signal 9 holding guard, and 1 more\n", true},
        {140, 40, "loaded and not stored, and 1 more\n", true},
        {40, 10, " B died holding guard, 1 more died\n", true},
    };
    static const struct screen_check ended[] = {
        {80, 24, " counter == lanes * N: does not hold", true},
        {80, 24, "; B died holding guard\n", true},
        {80, 24, "\u2020 died: guard\n", true},
    };
    struct fake *fake = fake_dead();
    check_screens(fake, "", one, ARRAY_LEN(one));
    fake->view.n_deaths = 2;
    check_screens(fake, "", two, ARRAY_LEN(two));
    fake->view.n_deaths = 1;
    fake_end(fake);
    fake->lanes[2].state = LANE_KILLED;
    check_screens(fake, "", ended, ARRAY_LEN(ended));
    fake->view.n_claims = 0;
    check_screens(fake, "", one, 1);
    fake->lanes[2].death[0] = '\0'; // a thread
    check_screens(fake, "", &(struct screen_check){80, 24, " \u2020 killed\n", true}, 1);
    fake_free(fake);
}

static void test_who_waits_and_who_is_stopped(void **state)
{
    (void)state;
    static struct lock_decl locks[] = {{.name = "guard"},
                                       {.name = "pings", .type = LOCK_SEMAPHORE}};
    static const struct screen_check checks[] = {
        {80, 24, " \u2591 waits for B\n", true},
        {80, 24, " \u2016 stopped\n", true},
        {80, 24, " \u2591 waits: pings\n", true},
    };
    struct fake *fake = fake_new(4, 100);
    fake_processes(fake);
    fake->prog.locks = locks;
    fake->prog.n_locks = ARRAY_LEN(locks);
    fake->lanes[1].state = fake->lanes[3].state = LANE_BLOCKED;
    fake->lanes[1].waits_for = 0;
    fake->lanes[1].owner = 2;
    fake->lanes[2].state = LANE_STOPPED;
    fake->lanes[3].waits_for = 1;
    fake->lanes[3].owner = 2; // nobody can own it, whatever is said
    check_screens(fake, "", checks, ARRAY_LEN(checks));
    fake_free(fake);
}

static void test_a_pool_shows_who_took_what(void **state)
{
    (void)state;
    static const struct screen_check checks[] = {
        {80, 24, " cube(1)          =1", true},
        {80, 24, "=8 cube(5)", true},
        {80, 24, " \u2501 cube(5)\n", true},
        {80, 24, " cube(3)         C          27\n", true},
        {80, 24, " cube(5)         B          \u2501 running\n", true},
        {80, 24, " 4 of 5 ", true},
        {80, 24, "pool \u00d74 ", true},
    };
    struct fake *fake = fake_pool();
    check_screens(fake, "", checks, ARRAY_LEN(checks));
    fake->lanes[2].state = LANE_KILLED;
    fake->lanes[2].end_ns = fake->view.now_ns;
    check_screens(fake, "", &(struct screen_check){80, 24, " \u2020 no result\n", true}, 1);
    fake->prog.mode = fake->view.mode = MODE_THREADS;
    check_screens(fake, "", &(struct screen_check){80, 24, "pool \u00d74, threads", true}, 1);
    fake_free(fake);
}

// Half a number is another number.
static void test_a_pool_cuts_no_number(void **state)
{
    (void)state;
    struct fake *fake = fake_pool();
    struct program *prog = &fake->prog;
    static int64_t input = 1234567890123;
    char text[POOL_TEXT];
    prog->pool.args = &input;
    prog->pool.n_items = 1;
    assert_true(pool_item_text(prog, 0, 19, text));
    assert_string_equal(text, "cube(1234567890123)");
    assert_true(pool_item_text(prog, 0, 18, text));
    assert_string_equal(text, "(1234567890123)");
    assert_false(pool_item_text(prog, 0, 14, text));
    assert_string_equal(text, "cube(\u2026)");
    assert_true(pool_result_text(prog, 1000, 4, text));
    assert_string_equal(text, "1000");
    assert_false(pool_result_text(prog, 1000, 3, text));
    assert_string_equal(text, "");
    prog->pool.result_type = TYPE_TEXT;
    assert_true(pool_result_text(prog, TEXT_FACTORIAL | 20, 30, text));
    assert_string_equal(text, "2432902008176640000");
    assert_true(pool_result_text(prog, TEXT_FACTORIAL | 20, 18, text));
    assert_string_equal(text, "19 digits");
    assert_true(pool_result_text(prog, TEXT_FACTORIAL | 100, 60, text));
    assert_string_equal(text, "158 digits");
    fake_free(fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden_screens),
        cmocka_unit_test(test_the_header_says_which_memory),
        cmocka_unit_test(test_each_process_shows_its_own_copy),
        cmocka_unit_test(test_the_end_says_why_mains_stays),
        cmocka_unit_test(test_private_memory_has_no_luck_and_no_log),
        cmocka_unit_test(test_a_death_is_told),
        cmocka_unit_test(test_who_waits_and_who_is_stopped),
        cmocka_unit_test(test_a_pool_shows_who_took_what),
        cmocka_unit_test(test_a_pool_cuts_no_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
