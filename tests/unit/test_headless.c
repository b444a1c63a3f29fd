// Tapes without a terminal: the same frames each time, at times that only go forward.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/headless.h"
#include "golden.h"
#include "support_tape.h"

// A sink that writes what it is given as text.
struct album {
    FILE *out;
    size_t n_frames, n_markers;
    uint64_t last_ns;
};

static void add_frame(void *context, const struct frame *frame, const struct theme *theme,
                      uint64_t t_ns)
{
    struct album *album = context;
    assert_true(t_ns >= album->last_ns);
    assert_non_null(theme);
    album->last_ns = t_ns;
    album->n_frames++;
    fprintf(album->out, "=== %llu ms\n", (unsigned long long)(t_ns / NS_PER_MS));
    text_write(album->out, frame);
}

static void add_marker(void *context, uint64_t t_ns, const char *label)
{
    struct album *album = context;
    assert_true(t_ns >= album->last_ns);
    album->n_markers++;
    fprintf(album->out, "=== %llu ms: chapter %s\n", (unsigned long long)(t_ns / NS_PER_MS), label);
}

struct played {
    enum exit_status status;
    char *text; // to be freed
    struct error err;
    struct album album;
};

static struct played play(const char *tape)
{
    struct show show = show_open(tape, PLAYER_ALONE);
    struct played played = {.status = EXIT_HELD};
    size_t len = 0;
    char *text = NULL;
    played.album.out = open_memstream(&text, &len);
    const struct frame_sink sink = {add_frame, add_marker, &played.album};
    const struct headless headless = {.player = show.player,
                                      .app = show.app,
                                      .session = show.session,
                                      .frame = frame_new(80, 24, GLYPHS_UTF8),
                                      .sink = &sink};
    played.status = headless_run(&headless, &played.err);
    fclose(played.album.out);
    played.text = strdup(text);
    free(text);
    frame_free(headless.frame);
    show_close(&show);
    return played;
}

static const char short_tape[] = "chapter \"The race\"\n"
                                 "say \"Two lanes add to one counter, and nothing keeps them "
                                 "apart: watch what each of them has loaded.\"\n"
                                 "until lost > 0\n"
                                 "pause on\n"
                                 "chapter \"The loss\"\n"
                                 "caption \"An update is gone.\"\n"
                                 "wait 3s\n"
                                 "ask \"What is the counter?\" answer counter\n";

static void test_golden(void **state)
{
    (void)state;
    struct played played = play(short_tape);
    assert_int_equal(played.status, EXIT_HELD);
    assert_int_equal(played.album.n_markers, 2);
    check_golden_text("tape-80x24", played.text);
}

static void test_same_bytes(void **state)
{
    (void)state;
    static const char *const tapes[] = {
        short_tape,
        "pace native\nuntil ended\nreseed 9\nlock on\nuntil ended\nview orders\nwait 1s\n",
        "find\nwait 1s\nview orders\nwait 1s\nview lanes\npause off\nuntil ended\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(tapes); i++) {
        struct played first = play(tapes[i]);
        struct played second = play(tapes[i]);
        assert_string_equal(first.err.text, "");
        assert_true(first.album.n_frames > 2);
        assert_string_equal(first.text, second.text);
        free(first.text);
        free(second.text);
    }
}

static void test_status(void **state)
{
    (void)state;
    // As the report's: what the scenario claims is not so, once the run has ended.
    struct played played = play("until ended\nwait 1s\n");
    assert_int_equal(played.status, EXIT_BROKEN);
    assert_string_equal(played.err.text, "");
    free(played.text);
    played = play("lock on\nuntil ended\nwait 1s\n");
    assert_int_equal(played.status, EXIT_HELD);
    free(played.text);
    played = play("until lost > 100\n");
    assert_int_equal(played.status, EXIT_BROKEN);
    assert_non_null(strstr(played.err.text, "test.tape:1:1: error"));
    free(played.text);
}

// The end of a tape has its time, also where nothing moves at last; `quit` is one too.
static void test_length(void **state)
{
    (void)state;
    struct played played = play("wait 2s\n");
    assert_true(played.album.last_ns >= 2 * NS_PER_S);
    assert_true(played.album.last_ns < 2 * NS_PER_S + 100 * NS_PER_MS);
    free(played.text);
    played = play("wait 1s\nquit\nwait 5s\n");
    assert_true(played.album.last_ns < 1200 * NS_PER_MS);
    free(played.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_same_bytes),
        cmocka_unit_test(test_status),
        cmocka_unit_test(test_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
