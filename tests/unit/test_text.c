#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/bigint.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/text.h"

#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define SUB "\xef\xbf\xbd"

static void check_safe(const char *in, size_t len, const char *expected)
{
    char out[256];
    size_t n = text_safe(out, sizeof out, in, len);
    assert_string_equal(out, expected);
    assert_int_equal(n, strlen(expected));
}

static void printable_text_is_kept(void **state)
{
    (void)state;
    const char *same[] = {
        "", "plain", "caf\xc3\xa9 \xc3\xbc", "\xce\xb1\xd0\xb6", "\xe2\x86\x92 \xe2\x96\x88", SUB};
    for (size_t i = 0; i < ARRAY_LEN(same); i++)
        check_safe(same[i], strlen(same[i]), same[i]);
}

static void what_is_not_printable_is_substituted(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        size_t len;
        const char *out;
    } cases[] = {
        {"a\x1b[31mb", 7, "a" SUB "[31mb"},
        {"a\nb\rc\td\be", 9, "a" SUB "b" SUB "c" SUB "d" SUB "e"},
        {"\0", 1, SUB},
        {"\x7f", 1, SUB},
        {"\xc2\x9b", 2, SUB},                     // C1 as UTF-8
        {"\x9b", 1, SUB},                         // C1 as a byte
        {"\xe2\x80\xae", 3, SUB},                 // right-to-left override
        {"\xe2\x81\xa6", 3, SUB},                 // isolate
        {"\xe2\x80\x8b", 3, SUB},                 // zero width space
        {"\xef\xbb\xbf", 3, SUB},                 // byte order mark
        {"\xf3\xa0\x81\x81", 4, SUB},             // tag character
        {"e\xcc\x81", 3, "e" SUB},                // combining accent
        {"\xe4\xb8\xad", 3, SUB},                 // wide
        {"\xf0\x9f\x98\x80", 4, SUB},             // emoji
        {"\xc2\xa0", 2, SUB},                     // no-break space
        {"\xef\xb8\x8f", 3, SUB},                 // variation selector
        {"\xe2\x80\xa8", 3, SUB},                 // line separator
        {"\xee\x80\x80", 3, SUB},                 // private use
        {"\xc0\xaf", 2, SUB SUB},                 // overlong
        {"\xed\xa0\x80", 3, SUB SUB SUB},         // surrogate
        {"\xf4\x90\x80\x80", 4, SUB SUB SUB SUB}, // beyond Unicode
        {"\xe2\x82", 2, SUB SUB},                 // cut
        {"\xffx", 2, SUB "x"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        check_safe(cases[i].in, cases[i].len, cases[i].out);
}

static void a_cut_falls_between_characters(void **state)
{
    (void)state;
    char out[8];
    assert_int_equal(text_safe_z(out, 3, "a\xc3\xa9z"), 1);
    assert_string_equal(out, "a");
    assert_int_equal(text_safe_z(out, 4, "a\xc3\xa9z"), 3);
    assert_int_equal(text_safe_z(out, 1, "abc"), 0);
    assert_string_equal(out, "");
    out[0] = 'x';
    assert_int_equal(text_safe(out, 0, "abc", 3), 0);
    assert_int_equal(out[0], 'x');
}

// Every code point: what passes is one column in the C library's eyes too.
static void every_character_that_passes_is_one_column(void **state)
{
    (void)state;
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        skip();
    size_t n_passed = 0;
    for (uint32_t code = 1; code <= 0x10ffff; code++) {
        char in[5], out[8];
        if (code >= 0xd800 && code <= 0xdfff)
            continue;
        size_t len = text_encode(in, code);
        text_safe(out, sizeof out, in, len);
        if (strcmp(in, out) != 0) {
            assert_string_equal(out, SUB);
            continue;
        }
        n_passed++;
        if (wcwidth((wchar_t)code) != 1)
            print_message("U+%04X is %d wide\n", code, wcwidth((wchar_t)code));
        assert_int_equal(wcwidth((wchar_t)code), 1);
    }
    assert_true(n_passed > 5000);
}

static uint64_t seed(void)
{
    const char *text = getenv("RACELANE_SEED");
    return text ? strtoull(text, NULL, 0) : 20;
}

// Whatever the bytes: afterwards it is UTF-8, every character a column, and safe already.
static void random_bytes_become_safe(void **state)
{
    (void)state;
    struct random random = random_stream(seed(), 1);
    for (int round = 0; round < 20000; round++) {
        char in[24], out[80], again[80];
        size_t len = random_below(&random, sizeof in);
        size_t size = 1 + random_below(&random, sizeof out);
        for (size_t i = 0; i < len; i++)
            in[i] = (char)(random_next(&random) >> (random_next(&random) % 2 ? 56 : 57));
        size_t n = text_safe(out, size, in, len);
        size_t bad;
        if (n >= size || !text_is_utf8(out, n, &bad) || strlen(out) != n)
            print_message("RACELANE_SEED=%llu round %d\n", (unsigned long long)seed(), round);
        assert_true(n < size);
        assert_int_equal(strlen(out), n);
        assert_true(text_is_utf8(out, n, &bad));
        text_safe(again, sizeof again, out, n);
        assert_string_equal(again, out);
    }
}

static void decode_and_encode_agree(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= 0x10ffff; code++) {
        char bytes[5];
        uint32_t back;
        if (code >= 0xd800 && code <= 0xdfff)
            continue;
        size_t len = text_encode(bytes, code);
        assert_int_equal(text_decode(bytes, len, &back), len);
        assert_int_equal(back, code);
    }
    uint32_t code;
    assert_int_equal(text_decode("", 0, &code), 1);
    assert_int_equal(code, UINT32_MAX);
}

static void utf8_is_checked(void **state)
{
    (void)state;
    size_t bad = 99;
    assert_true(text_is_utf8("abc\xc3\xa9", 5, &bad));
    assert_int_equal(bad, 99);
    assert_false(text_is_utf8("abc\xc3", 4, &bad));
    assert_int_equal(bad, 3);
    assert_int_equal(text_columns("caf\xc3\xa9"), 4);
}

static void format_cuts_and_terminates(void **state)
{
    (void)state;
    char out[4];
    assert_int_equal(text_format(out, sizeof out, "%d", 123456), 3);
    assert_string_equal(out, "123");
    assert_int_equal(text_format(out, sizeof out, "%d", 1), 1);
    assert_int_equal(text_format(out, 0, "%d", 1), 0);
}

static void numbers_are_grouped(void **state)
{
    (void)state;
    char out[28];
    assert_string_equal(text_grouped(out, 0), "0");
    assert_string_equal(text_grouped(out, 999), "999");
    assert_string_equal(text_grouped(out, 1000), "1,000");
    assert_string_equal(text_grouped(out, 1234567), "1,234,567");
    assert_string_equal(text_grouped(out, -100000), "-100,000");
    assert_string_equal(text_grouped(out, INT64_MIN), "-9,223,372,036,854,775,808");
}

static void durations_read_as_people_say_them(void **state)
{
    (void)state;
    static const struct {
        uint64_t ns;
        const char *text;
    } cases[] = {
        {0, "0 ns"},
        {38, "38 ns"},
        {999, "999 ns"},
        {4210, "4.21 us"},
        {42100, "42.1 us"},
        {999999, "999 us"},
        {120000000, "120 ms"},
        {3000000000, "3.00 s"},
        {59999999999, "59.9 s"},
        {125000000000, "2:05"},
        {3725000000000, "1:02:05"},
        {UINT64_MAX, "5124095:34:33"},
    };
    char out[16];
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_string_equal(text_duration(out, cases[i].ns), cases[i].text);
}

static void distance_counts_edits(void **state)
{
    (void)state;
    assert_int_equal(text_distance("", ""), 0);
    assert_int_equal(text_distance("counter", "counter"), 0);
    assert_int_equal(text_distance("countr", "counter"), 1);
    assert_int_equal(text_distance("conuter", "counter"), 1); // neighbours swapped
    assert_int_equal(text_distance("abc", ""), 3);
    assert_int_equal(text_distance("kitten", "sitting"), 3);
    char longer[200];
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(text_distance(longer, "a"), 62);
}

static void factorials_are_exact(void **state)
{
    (void)state;
    char *text = bigint_factorial(20);
    assert_string_equal(text, "2432902008176640000");
    mem_free(text);
    text = bigint_factorial(0);
    assert_string_equal(text, "1");
    mem_free(text);
    text = bigint_factorial(25);
    assert_string_equal(text, "15511210043330985984000000");
    mem_free(text);
    text = bigint_factorial(1700);
    assert_in_range(strlen(text), 4700, 5000);
    mem_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(printable_text_is_kept),
        cmocka_unit_test(what_is_not_printable_is_substituted),
        cmocka_unit_test(a_cut_falls_between_characters),
        cmocka_unit_test(every_character_that_passes_is_one_column),
        cmocka_unit_test(random_bytes_become_safe),
        cmocka_unit_test(decode_and_encode_agree),
        cmocka_unit_test(utf8_is_checked),
        cmocka_unit_test(format_cuts_and_terminates),
        cmocka_unit_test(numbers_are_grouped),
        cmocka_unit_test(durations_read_as_people_say_them),
        cmocka_unit_test(distance_counts_edits),
        cmocka_unit_test(factorials_are_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
