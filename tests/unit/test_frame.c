#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/random.h"
#include "base/text.h"
#include "view/frame.h"
#include "view/paragraph.h"

#include <stdlib.h>
#include <string.h>

static const char *row_text(const struct frame *frame, int y, char *out)
{
    out[0] = '\0';
    for (int x = 0; x < frame_width(frame); x++)
        strcat(out, frame_at(frame, x, y)->utf8);
    return out;
}

static void test_text_is_clipped_to_its_area(void **state)
{
    (void)state;
    struct frame *frame = frame_new(10, 3, GLYPHS_UTF8);
    struct area area = area_part(frame_area(frame), 2, 1, 4, 1);
    char row[64];
    assert_int_equal(draw_text(area, -2, 0, ROLE_TEXT, "abcdefgh"), 6);
    assert_string_equal(row_text(frame, 1, row), "  cdef    ");
    draw_text(area, 0, 1, ROLE_TEXT, "below");
    draw_text(area, 0, -1, ROLE_TEXT, "above");
    assert_string_equal(row_text(frame, 0, row), "          ");
    assert_string_equal(row_text(frame, 2, row), "          ");
    frame_free(frame);
}

static void test_cut_text_says_so(void **state)
{
    (void)state;
    struct frame *frame = frame_new(10, 2, GLYPHS_UTF8);
    char row[64];
    draw_text_cut(frame_area(frame), 0, 0, 4, ROLE_TEXT, "abcdef");
    draw_text_cut(frame_area(frame), 0, 1, 4, ROLE_TEXT, "abcd");
    assert_string_equal(row_text(frame, 0, row), "abc…      ");
    assert_string_equal(row_text(frame, 1, row), "abcd      ");
    frame_free(frame);
}

static void test_right_aligned_text_ends_where_told(void **state)
{
    (void)state;
    struct frame *frame = frame_new(8, 1, GLYPHS_UTF8);
    char row[64];
    assert_int_equal(draw_right(frame_area(frame), 7, 0, ROLE_TEXT, "×42"), 4);
    assert_string_equal(row_text(frame, 0, row), "    ×42 ");
    frame_free(frame);
}

static void test_ascii_frames_hold_only_ascii(void **state)
{
    (void)state;
    struct frame *frame = frame_new(40, 1, GLYPHS_ASCII);
    char row[256];
    draw_text(frame_area(frame), 0, 0, ROLE_TEXT, "×2 → … ✗ é µ");
    assert_string_equal(row_text(frame, 0, row), "x2 > ~ X ? u                            ");
    frame_free(frame);
}

static void test_unsafe_text_cannot_leave_its_cells(void **state)
{
    (void)state;
    struct frame *frame = frame_new(12, 1, GLYPHS_UTF8);
    draw_text(frame_area(frame), 0, 0, ROLE_TEXT, "a\x1b[2J\tb\xff\xe6\xbc\xa2z");
    for (int x = 0; x < 12; x++) {
        const char *utf8 = frame_at(frame, x, 0)->utf8;
        assert_true((unsigned char)utf8[0] >= 0x20);
        assert_int_equal(text_columns(utf8), 1);
    }
    frame_free(frame);
}

static uint64_t seed(void)
{
    const char *text = getenv("RACELANE_SEED");
    return text ? strtoull(text, NULL, 10) : 1;
}

static int random_int(struct random *random, int low, int high)
{
    return low + (int)random_below(random, (uint64_t)(high - low + 1));
}

// Everything outside an area keeps the cells it had, whatever is drawn into the area.
static void test_nothing_is_drawn_outside(void **state)
{
    (void)state;
    struct random random = random_stream(seed(), 0);
    for (int round = 0; round < 2000; round++) {
        struct frame *frame = frame_new(20, 10, GLYPHS_UTF8);
        struct frame *before = frame_new(20, 10, GLYPHS_UTF8);
        struct area area =
            area_part(frame_area(frame), random_int(&random, -5, 25), random_int(&random, -5, 15),
                      random_int(&random, -3, 30), random_int(&random, -3, 20));
        int x = random_int(&random, -30, 30), y = random_int(&random, -20, 20);
        int n = random_int(&random, -3, 60);
        draw_text(area, x, y, ROLE_TITLE, "some text that is rather long");
        draw_run(area, x, y, n, ROLE_TITLE, GLYPH_BAR_FULL);
        draw_column(area, x, y, n, ROLE_TITLE, GLYPH_BAR_FULL);
        draw_right(area, x, y, ROLE_TITLE, "right");
        draw_text_cut(area, x, y, n, ROLE_TITLE, "some text that is rather long");
        draw_attributes(area, x, y, n, 1);
        draw_fill(area, ROLE_TITLE);
        for (int row = 0; row < 10; row++)
            for (int column = 0; column < 20; column++) {
                bool is_inside = column >= area.x && column < area.x + area.w && row >= area.y &&
                                 row < area.y + area.h;
                bool is_same = memcmp(frame_at(frame, column, row), frame_at(before, column, row),
                                      sizeof(struct cell)) == 0;
                if (is_inside == is_same)
                    fail_msg("seed %llu, round %d: cell %d,%d", (unsigned long long)seed(), round,
                             column, row);
            }
        frame_free(frame);
        frame_free(before);
    }
}

static void test_sizes_are_bounded(void **state)
{
    (void)state;
    struct frame *frame = frame_new(-3, 100000, GLYPHS_UTF8);
    assert_int_equal(frame_width(frame), 1);
    assert_int_equal(frame_height(frame), FRAME_H_MAX);
    frame_free(frame);
}

static void test_equal_frames(void **state)
{
    (void)state;
    struct frame *a = frame_new(5, 2, GLYPHS_UTF8), *b = frame_new(5, 2, GLYPHS_UTF8);
    draw_text(frame_area(a), 0, 0, ROLE_TEXT, "░▓");
    assert_false(frame_equal(a, b));
    draw_text(frame_area(b), 0, 0, ROLE_TEXT, "▓░");
    assert_false(frame_equal(a, b));
    draw_text(frame_area(b), 0, 0, ROLE_TEXT, "░▓");
    assert_true(frame_equal(a, b));
    draw_attributes(frame_area(b), 1, 0, 1, 1);
    assert_false(frame_equal(a, b));
    frame_free(a);
    frame_free(b);
}

static void test_signs_are_one_column_wide(void **state)
{
    (void)state;
    for (int glyph = 0; glyph < GLYPH_COUNT; glyph++) {
        const char *utf8 = glyph_text((enum glyph)glyph, GLYPHS_UTF8);
        const char *ascii = glyph_text((enum glyph)glyph, GLYPHS_ASCII);
        char safe[16];
        text_safe_z(safe, sizeof(safe), utf8);
        assert_string_equal(safe, utf8);
        assert_int_equal(text_columns(utf8), 1);
        assert_int_equal(strlen(ascii), 1);
        assert_in_range(ascii[0], 0x20, 0x7e);
        assert_true(strlen(glyph_help((enum glyph)glyph)) > 0);
    }
}

// No state and no mark looks like another, in either set.
static void test_states_and_marks_differ(void **state)
{
    (void)state;
    for (int set = GLYPHS_UTF8; set <= GLYPHS_ASCII; set++)
        for (int a = 0; a < GLYPH_BLANK; a++)
            for (int b = a + 1; b < GLYPH_BLANK; b++)
                if (strcmp(glyph_text((enum glyph)a, (enum glyph_set)set),
                           glyph_text((enum glyph)b, (enum glyph_set)set)) == 0)
                    fail_msg("set %d: '%s' and '%s' look the same", set, glyph_help((enum glyph)a),
                             glyph_help((enum glyph)b));
    assert_int_equal(glyph_of_state(LANE_FAILED), GLYPH_STATE_FAILED);
    assert_int_equal(glyph_of_mark(MARK_GAP), GLYPH_MARK_GAP);
}

static void check_row(const struct frame *frame, int y, const char *text)
{
    for (int x = 0; x < frame_width(frame); x++) {
        const char expected = (size_t)x < strlen(text) ? text[x] : ' ';
        assert_int_equal(frame_at(frame, x, y)->utf8[0], expected);
    }
}

static void test_paragraphs_are_wrapped_at_blanks(void **state)
{
    (void)state;
    static const char text[] = " one two\nthree  four-and-a-half six\n";
    struct frame *frame = frame_new(9, 6, GLYPHS_UTF8);
    assert_int_equal(paragraph_rows(text, 9), 5);
    assert_int_equal(paragraph_draw(frame_area(frame), 0, ROLE_TEXT, text), 5);
    check_row(frame, 0, "one two");
    check_row(frame, 1, "three");
    check_row(frame, 2, "four-and-");
    check_row(frame, 3, "a-half");
    check_row(frame, 4, "six");
    frame_clear(frame);
    assert_int_equal(paragraph_draw(frame_area(frame), -4, ROLE_TEXT, text), 1);
    check_row(frame, 0, "six");
    check_row(frame, 1, "");
    frame_free(frame);
    assert_int_equal(paragraph_rows("", 9), 0);
    assert_int_equal(paragraph_rows(" \n", 9), 0);
    assert_int_equal(paragraph_rows(text, 0), 0);
    assert_int_equal(paragraph_rows("\xff\xfe x", 1), 3);
    assert_int_equal(paragraph_rows(text, 10000), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_is_clipped_to_its_area),
        cmocka_unit_test(test_cut_text_says_so),
        cmocka_unit_test(test_right_aligned_text_ends_where_told),
        cmocka_unit_test(test_ascii_frames_hold_only_ascii),
        cmocka_unit_test(test_unsafe_text_cannot_leave_its_cells),
        cmocka_unit_test(test_nothing_is_drawn_outside),
        cmocka_unit_test(test_sizes_are_bounded),
        cmocka_unit_test(test_equal_frames),
        cmocka_unit_test(test_signs_are_one_column_wide),
        cmocka_unit_test(test_states_and_marks_differ),
        cmocka_unit_test(test_paragraphs_are_wrapped_at_blanks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
