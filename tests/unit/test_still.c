// The screen of an ended run as a picture: of the size, theme and time that were asked for.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "export/still.h"
#include "support_export.h"
#include "view/theme.h"

static char *picture(struct session *s, const struct still *still)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    still_write(out, s, still);
    fclose(out);
    return text;
}

static struct session *ended(struct watch *w)
{
    return play_to_end(w, &(struct play){.text = play_few,
                                         .is_simulated = true,
                                         .pace_ns = 100 * NS_PER_MS,
                                         .seed = 1,
                                         .lock = 0});
}

static void test_size_and_theme(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = ended(&w);
    char expected[80];
    for (size_t i = 0; themes[i]; i++) {
        char *svg = picture(s, &(struct still){.w = 100, .h = 30, .theme = themes[i]->name});
        assert_non_null(strstr(svg, "width=\"1020\" height=\"620\" viewBox=\"0 0 1020 620\""));
        snprintf(expected, sizeof expected, "<rect width=\"1020\" height=\"620\" fill=\"#%06x\"/>",
                 (unsigned)theme_background(themes[i]));
        assert_non_null(strstr(svg, expected));
        assert_non_null(strstr(svg, "</svg>"));
        free(svg);
    }
    session_free(s);
}

static void test_a_time_is_chosen(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = ended(&w);
    uint64_t now_ns = session_view(s).now_ns;
    const struct still plain = {.w = 60, .h = 20};
    struct still middle = {.w = 60, .h = 20, .has_time = true, .t_ns = now_ns / 2};
    struct still beginning = {.w = 60, .h = 20, .has_time = true, .t_ns = 0};
    char *pictures[] = {picture(s, &plain), picture(s, &middle), picture(s, &beginning)};
    // The scale begins with 0 only where the beginning is on screen.
    assert_non_null(strstr(pictures[2], ">0.0 s<"));
    assert_null(strstr(pictures[1], ">0.0 s<"));
    assert_string_not_equal(pictures[0], pictures[1]);
    char *again = picture(s, &middle);
    assert_string_equal(again, pictures[1]);
    free(again);
    for (size_t i = 0; i < ARRAY_LEN(pictures); i++)
        free(pictures[i]);
    session_free(s);
}

static void test_plain_characters(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = ended(&w);
    char *svg = picture(s, &(struct still){.w = 80, .h = 24, .is_ascii = true});
    for (const char *c = svg; *c; c++)
        assert_true((unsigned char)*c < 0x80);
    free(svg);
    session_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_size_and_theme),
        cmocka_unit_test(test_a_time_is_chosen),
        cmocka_unit_test(test_plain_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
