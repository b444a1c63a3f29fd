#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/text.h"
#include "export/cast_read.h"
#include "export/playback.h"
#include "export/vt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char path[] = "test_playback.cast";

static const char header[] =
    "{\"version\": 2, \"width\": 20, \"height\": 3, \"env\": {\"a\": [1, {}]}}\n";

static struct playback *open_text(const char *text, size_t len, struct error *err)
{
    FILE *out = fopen(path, "w");
    assert_int_equal(fwrite(text, 1, len, out), len);
    fclose(out);
    struct playback *playback = playback_open(path, theme_find("dark"), err);
    return playback;
}

static struct playback *open_events(const char *events)
{
    struct error err;
    char text[2000];
    size_t len = text_format(text, sizeof(text), "%s%s", header, events);
    struct playback *playback = open_text(text, len, &err);
    if (!playback)
        fail_msg("%s", err.text);
    return playback;
}

static void assert_row(struct playback *playback, int y, const char *begins)
{
    char row[200] = "";
    size_t len = 0;
    struct frame *frame = frame_new(20, 5, GLYPHS_UTF8);
    playback_draw(playback, frame);
    for (int x = 0; x < 20; x++)
        len += text_format(row + len, sizeof(row) - len, "%s", frame_at(frame, x, y)->utf8);
    frame_free(frame);
    row[strlen(begins)] = '\0';
    assert_string_equal(row, begins);
}

static void test_keys(void **state)
{
    (void)state;
    uint64_t t = NS_PER_S;
    struct playback *p =
        open_events("[0, \"o\", \"\\u001b[2J\\u001b[Hone\"]\n"
                    "[1.5, \"o\", \"\\r\\ntwo\"]\n[7e0, \"o\", \"\\r\\u001b[Kt\"]\n");
    assert_int_equal(playback_length(p), 7 * NS_PER_S);
    assert_false(playback_is_cut(p));
    playback_tick(p, t);
    assert_row(p, 0, "one ");
    assert_row(p, 1, "    ");
    assert_true(playback_tick(p, t += 2 * NS_PER_S));
    assert_row(p, 1, "two ");
    assert_true(playback_press(p, "right", t));
    assert_row(p, 1, "t   ");
    playback_press(p, "left", t);
    assert_int_equal(playback_time(p), 2 * NS_PER_S);
    assert_row(p, 1, "two ");
    playback_press(p, ".", t);
    assert_true(playback_is_paused(p));
    assert_row(p, 1, "t   ");
    playback_press(p, ",", t);
    assert_row(p, 1, "two ");
    playback_press(p, "0", t);
    assert_int_equal(playback_time(p), 0);
    assert_int_equal(playback_next_tick(p), UINT64_MAX);
    assert_false(playback_press(p, "q", t));
    playback_free(p);
}

static void test_what_is_cut_is_played_so_far(void **state)
{
    (void)state;
    struct playback *p = open_events("[0, \"o\", \"one\"]\n[2, \"o\", \"tw");
    assert_true(playback_is_cut(p));
    playback_tick(p, NS_PER_S);
    assert_row(p, 0, "one ");
    playback_free(p);
}

static void test_no_recording(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "\n",
        "{}",
        "{\"version\": 1}",
        "{\"version\": 2}",
        "hello",
        "[0, \"o\", \"x\"]",
        "{\"version\": 2, \"width\": 0, \"height\": 3}",
        "{\"version\": 2, \"width\": 99999999999999999999999, \"height\": 3}",
        "{\"version\": 2, \"width\": 501, \"height\": 3}",
        "{\"version\": 2, \"width\": 9, \"height\": 3"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct error err = {.text = ""};
        assert_null(open_text(texts[i], strlen(texts[i]), &err));
        assert_true(err.text[0] != '\0');
        assert_null(strchr(err.text, '\n'));
    }
}

static void assert_vt(const char *bytes, const char *row0, const char *row1)
{
    struct vt *vt = vt_new(8, 2);
    vt_write(vt, bytes, strlen(bytes));
    for (int y = 0; y < 2; y++) {
        char row[64] = "";
        size_t len = 0;
        for (int x = 0; x < 8; x++)
            len += text_format(row + len, sizeof(row) - len, "%s", vt_at(vt, x, y)->utf8);
        assert_string_equal(row, y == 0 ? row0 : row1);
    }
    vt_free(vt);
}

static void test_sequences(void **state)
{
    (void)state;
    assert_vt("abcdefgh", "abcdefgh", "        ");
    assert_vt("abcdefghi", "abcdefgh", "i       ");
    assert_vt("a\r\nb\r\nc", "b       ", "c       ");
    assert_vt("abcd\x1b[2G\x1b[2P", "ad      ", "        ");
    assert_vt("abcd\x1b[2G\x1b[2@", "a  bcd  ", "        ");
    assert_vt("ab\x1b]0;title\x07"
              "c\x1bPq\x1b\\d\x1b(0e",
              "abcde   ", "        ");
    assert_vt("\xff\xe2\x96z", "\xef\xbf\xbd\xef\xbf\xbdz     ", "        ");
}

// Whatever the bytes, every cell is fit for a terminal.
static void test_any_bytes(void **state)
{
    (void)state;
    static const char likely[] = "\x1b[]0123456789;;?mHJKPLM@XSTr\x07\n\r\b \xe2\x96\x88\xf0\x9f";
    const char *given = getenv("RACELANE_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : 5;
    print_message("RACELANE_SEED=%llu\n", (unsigned long long)seed);
    struct random random = random_stream(seed, 0);
    struct vt *vt = vt_new(13, 5);
    for (int i = 0; i < 300000; i++) {
        char byte = random_below(&random, 4) ? likely[random_below(&random, sizeof(likely) - 1)]
                                             : (char)random_below(&random, 256);
        vt_write(vt, &byte, 1);
        const struct vt_cell *cell =
            vt_at(vt, (int)random_below(&random, 13), (int)random_below(&random, 5));
        char safe[8];
        text_safe_z(safe, sizeof(safe), cell->utf8);
        assert_string_equal(safe, cell->utf8);
    }
    vt_free(vt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),         cmocka_unit_test(test_what_is_cut_is_played_so_far),
        cmocka_unit_test(test_no_recording), cmocka_unit_test(test_sequences),
        cmocka_unit_test(test_any_bytes),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failed;
}
