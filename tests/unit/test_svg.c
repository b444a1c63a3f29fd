#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "export/svg.h"
#include "fake_view.h"
#include "view/app.h"

#include <stdio.h>
#include <stdlib.h>

static char *svg_of(const struct frame *frame, const char *theme)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    svg_write(out, frame, theme_find(theme));
    fclose(out);
    return text;
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
        n++;
    return n;
}

static void test_runs_are_placed_at_their_columns(void **state)
{
    (void)state;
    struct frame *frame = frame_new(20, 2, GLYPHS_UTF8);
    draw_text(frame_area(frame), 3, 1, ROLE_TITLE, "ab cd");
    char *svg = svg_of(frame, "dark");
    assert_non_null(strstr(svg, "<text x=\"40\" y=\"45\" textLength=\"50\""));
    assert_non_null(strstr(svg, " fill=\"#ffffff\" font-weight=\"bold\">ab cd</text>"));
    assert_int_equal(count(svg, "<text"), 1);
    free(svg);
    frame_free(frame);
}

static void test_markup_is_escaped(void **state)
{
    (void)state;
    struct frame *frame = frame_new(20, 1, GLYPHS_UTF8);
    draw_text(frame_area(frame), 0, 0, ROLE_TEXT, "a<b>&c");
    char *svg = svg_of(frame, "dark");
    assert_non_null(strstr(svg, ">a&lt;b&gt;&amp;c</text>"));
    free(svg);
    frame_free(frame);
}

static void test_blocks_are_rectangles(void **state)
{
    (void)state;
    struct frame *frame = frame_new(20, 1, GLYPHS_UTF8);
    draw_run(frame_area(frame), 2, 0, 5, ROLE_RUNNING, GLYPH_BAR_FULL);
    char *svg = svg_of(frame, "dark");
    assert_non_null(
        strstr(svg, "<rect x=\"30\" y=\"10\" width=\"50\" height=\"20\" fill=\"#8787ff\"/>"));
    assert_int_equal(count(svg, "<text"), 0);
    free(svg);
    frame_free(frame);
}

static void test_corners_meet_the_lines(void **state)
{
    (void)state;
    struct frame *frame = frame_new(2, 2, GLYPHS_UTF8);
    draw_glyph(frame_area(frame), 0, 0, ROLE_LOST, GLYPH_CORNER_TL);
    char *svg = svg_of(frame, "dark");
    // To the right edge and to the bottom of the cell, through its middle.
    assert_non_null(strstr(svg, "<rect x=\"15\" y=\"20\" width=\"5\" height=\"1\""));
    assert_non_null(strstr(svg, "<rect x=\"15\" y=\"21\" width=\"1\" height=\"9\""));
    assert_int_equal(count(svg, "<text"), 0);
    free(svg);
    frame_free(frame);
}

static void test_reversed_cells_change_colours(void **state)
{
    (void)state;
    struct frame *frame = frame_new(4, 1, GLYPHS_UTF8);
    draw_text(frame_area(frame), 0, 0, ROLE_LOST, "x");
    draw_attributes(frame_area(frame), 0, 0, 1, STYLE_REVERSE);
    char *svg = svg_of(frame, "light");
    assert_non_null(strstr(svg, "fill=\"#5f0000\"/>"));
    assert_non_null(strstr(svg, "fill=\"#ffffff\" font-weight=\"bold\">x</text>"));
    free(svg);
    frame_free(frame);
}

// Every element is closed and nothing is named that lies outside the file.
static void test_a_whole_screen(void **state)
{
    (void)state;
    struct error err;
    struct fake *fake = fake_new(3, 110);
    struct app *app = app_new(&(struct app_options){0}, &err);
    app_show(app, &fake->view);
    struct frame *frame = frame_new(100, 30, GLYPHS_UTF8);
    app_draw(app, frame);
    for (size_t i = 0; themes[i]; i++) {
        char *svg = svg_of(frame, themes[i]->name);
        assert_int_equal(strncmp(svg, "<svg xmlns=", 11), 0);
        assert_string_equal(svg + strlen(svg) - 7, "</svg>\n");
        assert_int_equal(count(svg, "<text"), count(svg, "</text>"));
        assert_int_equal(count(svg, "<rect") + count(svg, "</text>") + 2, count(svg, ">\n"));
        assert_int_equal(count(svg, "href") + count(svg, "url("), 0);
        assert_non_null(strstr(svg, "line-through"));
        free(svg);
    }
    frame_free(frame);
    app_free(app);
    fake_free(fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs_are_placed_at_their_columns),
        cmocka_unit_test(test_markup_is_escaped),
        cmocka_unit_test(test_blocks_are_rectangles),
        cmocka_unit_test(test_corners_meet_the_lines),
        cmocka_unit_test(test_reversed_cells_change_colours),
        cmocka_unit_test(test_a_whole_screen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
