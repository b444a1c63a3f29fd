#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "export/film.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *written(struct film *film)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    film_write(film, out);
    fclose(out);
    film_free(film);
    return text;
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
        n++;
    return n;
}

static void test_rows_are_drawn_once(void **state)
{
    (void)state;
    struct film *film = film_new();
    struct frame *frame = frame_new(20, 3, GLYPHS_UTF8);
    for (int i = 0; i < 10; i++) {
        frame_clear(frame);
        draw_text(frame_area(frame), 2, 0, ROLE_TEXT, "always");
        draw_text(frame_area(frame), 2, 1, ROLE_TEXT, i % 2 ? "odd<" : "even");
        assert_true(film_frame(film, frame, theme_find("dark"), (uint64_t)i * NS_PER_S));
    }
    char *svg = written(film);
    assert_int_equal(strncmp(svg, film_start, strlen(film_start)), 0);
    assert_int_equal(count(svg, "<g id="), 4);
    assert_int_equal(count(svg, ">always</text>"), 1);
    assert_int_equal(count(svg, ">even</text>"), 1);
    assert_int_equal(count(svg, ">odd&lt;</text>"), 1);
    assert_int_equal(count(svg, "<animate "), 1);
    assert_non_null(strstr(svg, "dur=\"11.000s\""));
    assert_non_null(strstr(svg, "keyTimes=\"0;.090909;.181818;"));
    assert_int_equal(count(svg, "http"), 1);
    free(svg);
    frame_free(frame);
}

// What would be too large shows fewer pictures a second, and its last one in any case.
static void test_a_large_film_is_thinned(void **state)
{
    (void)state;
    struct film *film = film_new();
    struct frame *frame = frame_new(100, 30, GLYPHS_UTF8);
    for (int i = 0; i < 200; i++) {
        for (int y = 0; y < 30; y++)
            draw_textf(frame_area(frame), 0, y, ROLE_TEXT, "%090d", i * 30 + y);
        assert_true(film_frame(film, frame, theme_find("dark"), (uint64_t)i * 100 * NS_PER_MS));
    }
    char *svg = written(film);
    print_message("%zu bytes\n", strlen(svg));
    assert_true(strlen(svg) < 560 * 1024);
    assert_non_null(strstr(svg, "5999</text>"));
    free(svg);
    frame_free(frame);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_drawn_once),
        cmocka_unit_test(test_a_large_film_is_thinned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
