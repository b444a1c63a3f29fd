#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "view/theme.h"

#include <math.h>
#include <string.h>

static const char *const role_names[] = {
#define ROLE(name, help) #name,
#include "view/roles.def"
#undef ROLE
};

struct rgb {
    double r, g, b; // linear light, 0 to 1
};

static double linear(uint32_t byte)
{
    double c = (double)(byte & 0xff) / 255;
    return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

static struct rgb rgb_of(uint32_t colour)
{
    return (struct rgb){linear(colour >> 16), linear(colour >> 8), linear(colour)};
}

// WCAG 2: relative luminance and contrast ratio.
static double luminance(struct rgb c)
{
    return 0.2126 * c.r + 0.7152 * c.g + 0.0722 * c.b;
}

static double contrast_of(uint32_t a, uint32_t b)
{
    double la = luminance(rgb_of(a)), lb = luminance(rgb_of(b));
    return la > lb ? (la + 0.05) / (lb + 0.05) : (lb + 0.05) / (la + 0.05);
}

static double least_contrast(const struct theme *theme, enum role role)
{
    if (role == ROLE_EDGE)
        return 2; // lines between panels: nothing is read there
    return strcmp(theme->name, "contrast") == 0 ? 7 : 4.5;
}

static double role_contrast(const struct theme *theme, enum role role)
{
    struct style style = theme_style(theme, role, 256);
    uint32_t fg = style.fg < 0 ? theme_foreground(theme) : theme_rgb(style.fg);
    uint32_t bg = style.bg < 0 ? theme_background(theme) : theme_rgb(style.bg);
    return contrast_of(fg, bg);
}

// WCAG 2 asks for 4.5:1 of text; the theme for weak projectors for what level AAA asks.
static void test_all_text_has_contrast(void **state)
{
    (void)state;
    for (size_t t = 0; themes[t]; t++) {
        enum role worst = ROLE_TEXT;
        for (int role = 0; role < ROLE_COUNT; role++) {
            double contrast = role_contrast(themes[t], (enum role)role);
            if (contrast < least_contrast(themes[t], (enum role)role))
                fail_msg("theme %s, role %s: contrast %.2f", themes[t]->name, role_names[role],
                         contrast);
            if (role != ROLE_EDGE && contrast < role_contrast(themes[t], worst))
                worst = (enum role)role;
        }
        print_message("theme %s: contrast of text at least %.2f (%s), of lines %.2f\n",
                      themes[t]->name, role_contrast(themes[t], worst), role_names[worst],
                      role_contrast(themes[t], ROLE_EDGE));
    }
}

// G. M. Machado, M. M. Oliveira, L. A. F. Fernandes, "A Physiologically-based Model for Simulation
// of Color Vision Deficiency", IEEE TVCG 15 (2009), severity 1, on linear light.
enum sight { NORMAL, PROTANOPIA, DEUTERANOPIA, TRITANOPIA, SIGHT_COUNT };

static const double sights[SIGHT_COUNT][9] = {
    [NORMAL] = {1, 0, 0, 0, 1, 0, 0, 0, 1},
    [PROTANOPIA] = {0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882,
                    -0.048116, 1.051998},
    [DEUTERANOPIA] = {0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820,
                      0.042940, 0.968881},
    [TRITANOPIA] = {1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733,
                    0.691367, 0.303900},
};

static double clip(double value)
{
    return value < 0 ? 0 : value > 1 ? 1 : value;
}

static struct rgb seen_by(enum sight sight, struct rgb c)
{
    const double *m = sights[sight];
    return (struct rgb){clip(m[0] * c.r + m[1] * c.g + m[2] * c.b),
                        clip(m[3] * c.r + m[4] * c.g + m[5] * c.b),
                        clip(m[6] * c.r + m[7] * c.g + m[8] * c.b)};
}

struct lab {
    double l, a, b;
};

static double lab_f(double t)
{
    return t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116;
}

static struct lab lab_of(struct rgb c)
{
    double x = lab_f((0.4124564 * c.r + 0.3575761 * c.g + 0.1804375 * c.b) / 0.95047);
    double y = lab_f(0.2126729 * c.r + 0.7151522 * c.g + 0.0721750 * c.b);
    double z = lab_f((0.0193339 * c.r + 0.1191920 * c.g + 0.9503041 * c.b) / 1.08883);
    return (struct lab){116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

static const double degree = 3.14159265358979323846 / 180;

static double hue_of(double a, double b)
{
    double hue = a == 0 && b == 0 ? 0 : atan2(b, a) / degree;
    return hue < 0 ? hue + 360 : hue;
}

// CIEDE2000, as Sharma, Wu and Dalal (2005) write it.
static double difference(struct lab p, struct lab q)
{
    double mean_c = (hypot(p.a, p.b) + hypot(q.a, q.b)) / 2;
    double g = 0.5 * (1 - sqrt(pow(mean_c, 7) / (pow(mean_c, 7) + pow(25, 7))));
    double a1 = p.a * (1 + g), a2 = q.a * (1 + g);
    double c1 = hypot(a1, p.b), c2 = hypot(a2, q.b);
    double h1 = hue_of(a1, p.b), h2 = hue_of(a2, q.b);
    double dh = h2 - h1;
    if (c1 * c2 == 0)
        dh = 0;
    else if (dh > 180)
        dh -= 360;
    else if (dh < -180)
        dh += 360;
    double sum_h = h1 + h2;
    double mean_h = c1 * c2 == 0           ? sum_h
                    : fabs(h1 - h2) <= 180 ? sum_h / 2
                    : sum_h < 360          ? (sum_h + 360) / 2
                                           : (sum_h - 360) / 2;
    double l = (p.l + q.l) / 2, c = (c1 + c2) / 2;
    double t = 1 - 0.17 * cos((mean_h - 30) * degree) + 0.24 * cos(2 * mean_h * degree) +
               0.32 * cos((3 * mean_h + 6) * degree) - 0.20 * cos((4 * mean_h - 63) * degree);
    double turn = 30 * exp(-pow((mean_h - 275) / 25, 2));
    double r = -2 * sqrt(pow(c, 7) / (pow(c, 7) + pow(25, 7))) * sin(2 * turn * degree);
    double sl = 1 + 0.015 * pow(l - 50, 2) / sqrt(20 + pow(l - 50, 2));
    double dl = (q.l - p.l) / sl, dc = (c2 - c1) / (1 + 0.045 * c);
    double dhue = 2 * sqrt(c1 * c2) * sin(dh / 2 * degree) / (1 + 0.015 * c * t);
    return sqrt(dl * dl + dc * dc + dhue * dhue + r * dc * dhue);
}

static void test_difference_is_ciede2000(void **state)
{
    (void)state;
    // Pairs 1 and 7 of the published test data.
    double d1 = difference((struct lab){50, 2.6772, -79.7751}, (struct lab){50, 0, -82.7485});
    double d7 = difference((struct lab){50, 0, 0}, (struct lab){50, -1, 2});
    assert_true(fabs(d1 - 2.0425) < 1e-4);
    assert_true(fabs(d7 - 2.3669) < 1e-4);
}

static const enum role key_roles[] = {ROLE_RUNNING, ROLE_BLOCKED, ROLE_LOST, ROLE_HOLDING};

static double worst_difference(const struct theme *theme, enum sight sight)
{
    double worst = 1000;
    for (size_t i = 0; i < ARRAY_LEN(key_roles); i++)
        for (size_t j = i + 1; j < ARRAY_LEN(key_roles); j++) {
            struct rgb a = rgb_of(theme_rgb(theme->full[key_roles[i]].fg));
            struct rgb b = rgb_of(theme_rgb(theme->full[key_roles[j]].fg));
            double d = difference(lab_of(seen_by(sight, a)), lab_of(seen_by(sight, b)));
            worst = d < worst ? d : worst;
        }
    return worst;
}

static void test_key_colours_stay_apart_for_all_eyes(void **state)
{
    (void)state;
    static const struct {
        const char *theme;
        double least;
    } limits[] = {{"dark", 24}, {"contrast", 24}, {"light", 16}};
    for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
        const struct theme *theme = theme_find(limits[i].theme);
        double all[SIGHT_COUNT];
        for (int sight = 0; sight < SIGHT_COUNT; sight++)
            all[sight] = worst_difference(theme, (enum sight)sight);
        print_message("theme %s: CIEDE2000 of the worst pair: normal %.1f, protanopia %.1f, "
                      "deuteranopia %.1f, tritanopia %.1f\n",
                      theme->name, all[NORMAL], all[PROTANOPIA], all[DEUTERANOPIA],
                      all[TRITANOPIA]);
        // The limits are whole numbers, as the differences were when the colours were chosen.
        for (int sight = 0; sight < SIGHT_COUNT; sight++)
            assert_true(round(all[sight]) >= limits[i].least);
    }
}

static bool is_same(struct style a, struct style b)
{
    return a.fg == b.fg && a.bg == b.bg && a.attributes == b.attributes;
}

static void test_few_colours_keep_the_key_roles_apart(void **state)
{
    (void)state;
    static const int depths[] = {256, 16, 8};
    for (size_t t = 0; themes[t]; t++)
        for (size_t d = 0; d < ARRAY_LEN(depths); d++)
            for (size_t i = 0; i < ARRAY_LEN(key_roles); i++)
                for (size_t j = i + 1; j < ARRAY_LEN(key_roles); j++) {
                    if (strcmp(themes[t]->name, "mono") == 0)
                        continue;
                    assert_false(is_same(theme_style(themes[t], key_roles[i], depths[d]),
                                         theme_style(themes[t], key_roles[j], depths[d])));
                }
}

static void test_the_badge_of_the_lock_never_looks_the_same(void **state)
{
    (void)state;
    static const int depths[] = {256, 16, 8, 0};
    for (size_t t = 0; themes[t]; t++)
        for (size_t d = 0; d < ARRAY_LEN(depths); d++)
            assert_false(is_same(theme_style(themes[t], ROLE_LOCK_ON, depths[d]),
                                 theme_style(themes[t], ROLE_LOCK_OFF, depths[d])));
}

// In the bottom line what stands out is the key, not what it does.
static void test_keys_stand_out(void **state)
{
    (void)state;
    static const int depths[] = {256, 16, 8, 0};
    for (size_t t = 0; themes[t]; t++)
        for (size_t d = 0; d < ARRAY_LEN(depths); d++) {
            struct style key = theme_style(themes[t], ROLE_KEY, depths[d]);
            struct style foot = theme_style(themes[t], ROLE_FOOT, depths[d]);
            assert_false(is_same(key, foot));
            assert_false(foot.attributes & STYLE_REVERSE);
            assert_true(key.bg != foot.bg || (key.attributes & STYLE_REVERSE));
        }
}

static void test_no_colours_means_none(void **state)
{
    (void)state;
    for (size_t t = 0; themes[t]; t++)
        for (int role = 0; role < ROLE_COUNT; role++) {
            struct style none = theme_style(themes[t], (enum role)role, 0);
            assert_int_equal(none.fg, STYLE_DEFAULT);
            assert_int_equal(none.bg, STYLE_DEFAULT);
            struct style eight = theme_style(themes[t], (enum role)role, 8);
            assert_true(eight.fg < 8 && eight.bg < 8);
            struct style sixteen = theme_style(themes[t], (enum role)role, 16);
            assert_true(sixteen.fg < 16 && sixteen.bg < 16);
        }
}

static void test_themes_are_found_and_go_round(void **state)
{
    (void)state;
    assert_null(theme_find("pink"));
    const struct theme *theme = themes[0];
    for (size_t i = 0; themes[i]; i++) {
        assert_ptr_equal(theme_find(themes[i]->name), themes[i]);
        theme = theme_next(theme, NULL);
    }
    assert_ptr_equal(theme, themes[0]);
}

static void test_palette(void **state)
{
    (void)state;
    assert_int_equal(theme_rgb(105), 0x8787ff);
    assert_int_equal(theme_rgb(226), 0xffff00);
    assert_int_equal(theme_rgb(203), 0xff5f5f);
    assert_int_equal(theme_rgb(50), 0x00ffd7);
    assert_int_equal(theme_rgb(232), 0x080808);
    assert_int_equal(theme_rgb(255), 0xeeeeee);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_text_has_contrast),
        cmocka_unit_test(test_difference_is_ciede2000),
        cmocka_unit_test(test_key_colours_stay_apart_for_all_eyes),
        cmocka_unit_test(test_few_colours_keep_the_key_roles_apart),
        cmocka_unit_test(test_the_badge_of_the_lock_never_looks_the_same),
        cmocka_unit_test(test_keys_stand_out),
        cmocka_unit_test(test_no_colours_means_none),
        cmocka_unit_test(test_themes_are_found_and_go_round),
        cmocka_unit_test(test_palette),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
