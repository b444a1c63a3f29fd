#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "export/cast.h"
#include "fake_view.h"
#include "view/app.h"

#include <stdio.h>
#include <stdlib.h>

// A recording into memory.
struct take {
    char *text;
    size_t len;
    FILE *out;
    struct cast *cast;
};

static void begin(struct take *take)
{
    *take = (struct take){0};
    take->out = open_memstream(&take->text, &take->len);
    take->cast = cast_new(take->out);
}

static void end(struct take *take)
{
    cast_free(take->cast);
    fclose(take->out);
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static const char *line(const struct take *take, int index)
{
    const char *at = take->text;
    while (index-- > 0 && at)
        at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL;
    return at;
}

static void assert_line(const struct take *take, int index, const char *expected)
{
    const char *at = line(take, index);
    assert_non_null(at);
    const char *newline = strchr(at, '\n');
    assert_non_null(newline);
    char *text = mem_text_n(at, (size_t)(newline - at));
    assert_string_equal(text, expected);
    mem_free(text);
}

static void test_only_what_changed_is_written(void **state)
{
    (void)state;
    struct take take;
    const struct theme *theme = theme_find("dark");
    struct frame *frame = frame_new(20, 3, GLYPHS_UTF8);
    begin(&take);
    draw_text(frame_area(frame), 2, 1, ROLE_TITLE, "a\"\\b");
    cast_frame(take.cast, frame, theme, 0);
    cast_frame(take.cast, frame, theme, 100 * NS_PER_MS);
    draw_text(frame_area(frame), 3, 1, ROLE_TITLE, "?");
    cast_frame(take.cast, frame, theme, 1500 * (uint64_t)NS_PER_MS);
    cast_frame(take.cast, frame, theme, 2 * NS_PER_S);
    end(&take);
    assert_true(begins(take.text, "{\"version\": 2, \"width\": 20, \"height\": 3, "));
    const char *first = line(&take, 1);
    assert_true(begins(first, "[0.000000, \"o\", \"\\u001b[0m"));
    assert_non_null(strstr(first, "\\u001b[2;3H\\u001b[1;38;5;231ma\\\"\\\\b"));
    assert_line(&take, 2, "[1.500000, \"o\", \"\\u001b[2;4H?\"]");
    assert_line(&take, 3, "[2.000000, \"o\", \"\"]");
    assert_string_equal(line(&take, 4), "");
    free(take.text);
    frame_free(frame);
}

static void test_markers_and_sizes(void **state)
{
    (void)state;
    struct take take;
    const struct theme *theme = theme_find("mono");
    struct frame *small = frame_new(4, 2, GLYPHS_UTF8), *large = frame_new(5, 2, GLYPHS_UTF8);
    begin(&take);
    cast_marker(take.cast, 0, "early");
    assert_int_equal(take.len, 0);
    cast_frame(take.cast, small, theme, 0);
    cast_marker(take.cast, 20 * NS_PER_MS, "lost \x1b \"#1\"");
    // Time does not go back.
    cast_frame(take.cast, large, theme, 10 * NS_PER_MS);
    end(&take);
    assert_line(&take, 1, "[0.000000, \"m\", \"early\"]");
    assert_line(&take, 3, "[0.020000, \"m\", \"lost \xef\xbf\xbd \\\"#1\\\"\"]");
    assert_line(&take, 4, "[0.020000, \"r\", \"5x2\"]");
    assert_non_null(strstr(line(&take, 5), "\\u001b[2J"));
    free(take.text);
    frame_free(small);
    frame_free(large);
}

// Each line is there when its event is: the recording of a program that is killed is whole.
static void test_events_are_flushed(void **state)
{
    (void)state;
    struct take take;
    const struct theme *theme = theme_find("dark");
    struct frame *frame = frame_new(80, 24, GLYPHS_UTF8);
    begin(&take);
    for (int i = 0; i < 10; i++) {
        draw_textf(frame_area(frame), i, i, ROLE_LOST, "%d", i);
        cast_frame(take.cast, frame, theme, (uint64_t)i * NS_PER_MS);
        assert_true(take.len > 0);
        assert_int_equal(take.text[take.len - 1], '\n');
    }
    end(&take);
    free(take.text);
    frame_free(frame);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_what_changed_is_written),
        cmocka_unit_test(test_markers_and_sizes),
        cmocka_unit_test(test_events_are_flushed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
