// Transcripts: what is written is read again, and nothing else is.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/random.h"
#include "base/text.h"
#include "export/transcript.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct transcript_answer examples[] = {
    {.origin = ORIGIN_LESSON,
     .name = "race",
     .scenario = "race",
     .question = "Two lanes: what will it be? \"25\", \\ or ×?",
     .seed = 7,
     .is_simulated = true,
     .has_guess = true,
     .guess = -25,
     .has_value = true,
     .value = 24,
     .date = "2026-12-01T09:30:00Z",
     .took_ms = 3210},
    {.origin = ORIGIN_TAPE,
     .name = "quiz.tape",
     .scenario = "bank",
     .question = "?",
     .date = "2026-12-01T09:31:00Z"},
    {.scenario = "bank",
     .question = "At the end?",
     .seed = UINT64_MAX,
     .has_guess = true,
     .guess = INT64_MIN,
     .has_value = true,
     .value = INT64_MIN,
     .date = "2026-12-01T09:32:00Z",
     .took_ms = INT64_MAX},
    {.scenario = "bank",
     .question = "",
     .has_guess = true,
     .guess = INT64_MAX,
     .date = "2026-12-01T09:33:00Z"},
    {.scenario = "", .question = "", .has_value = true, .value = 5, .date = "2026-12-01T09:34:00Z"},
};

static struct transcript example(size_t n)
{
    struct transcript transcript = {.answers = NULL};
    for (size_t i = 0; i < n; i++)
        *transcript_add(&transcript) = examples[i];
    return transcript;
}

static char *example_text(size_t n)
{
    struct transcript transcript = example(n);
    char *text = transcript_text(&transcript, "racelane 0.1.0");
    transcript_free(&transcript);
    return text;
}

static void assert_answer(const struct transcript_answer *a, const struct transcript_answer *b)
{
    assert_int_equal(a->origin, b->origin);
    assert_string_equal(a->name, b->name);
    assert_string_equal(a->scenario, b->scenario);
    assert_string_equal(a->question, b->question);
    assert_true(a->seed == b->seed);
    assert_int_equal(a->is_simulated, b->is_simulated);
    assert_int_equal(a->has_guess, b->has_guess);
    assert_int_equal(a->has_value, b->has_value);
    assert_true(a->guess == b->guess);
    assert_true(a->value == b->value);
    assert_string_equal(a->date, b->date);
    assert_true(a->took_ms == b->took_ms);
}

static void test_round_trip(void **state)
{
    (void)state;
    for (size_t n = 0; n <= ARRAY_LEN(examples); n++) {
        struct error err = {.text = ""};
        struct transcript read;
        char *text = example_text(n);
        assert_true(transcript_begins(text, strlen(text)));
        if (!transcript_read(&read, text, strlen(text), &err))
            fail_msg("%s\n%s", err.text, text);
        assert_int_equal(read.n_answers, n);
        for (size_t i = 0; i < n; i++)
            assert_answer(&read.answers[i], &examples[i]);
        char *again = transcript_text(&read, "racelane 0.1.0");
        assert_string_equal(again, text);
        transcript_free(&read);
        mem_free(again);
        mem_free(text);
    }
}

static void test_score(void **state)
{
    (void)state;
    struct transcript transcript = example(ARRAY_LEN(examples));
    struct transcript_score score = transcript_score(&transcript);
    assert_int_equal(score.n_right, 1);
    assert_int_equal(score.n_told, 2);
    assert_int_equal(score.n_passed, 2);
    transcript_free(&transcript);
    char *text = example_text(ARRAY_LEN(examples));
    assert_non_null(strstr(text, "\"score\": {\n  \"right\": 1,\n  \"of\": 2\n }"));
    mem_free(text);
}

static void assert_refused(const char *bytes, size_t len, const char *what)
{
    struct error err = {.text = ""};
    struct transcript read;
    if (transcript_read(&read, bytes, len, &err))
        fail_msg("%s: taken as valid:\n%.*s", what, (int)len, bytes);
    assert_null(read.answers);
    assert_true(err.text[0] != '\0');
    assert_null(strpbrk(err.text, "\n\x1b"));
}

// Every byte, to every other value.
static void test_no_byte_can_change(void **state)
{
    (void)state;
    char *text = example_text(2), what[40];
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++)
        for (unsigned change = 1; change < 256; change++) {
            text[i] = (char)((unsigned char)text[i] ^ change);
            snprintf(what, sizeof what, "byte %zu ^ %u", i, change);
            assert_refused(text, len, what);
            text[i] = (char)((unsigned char)text[i] ^ change);
        }
    mem_free(text);
}

// Cut anywhere, a byte taken out or put in, a byte twice.
static void test_nothing_is_cut_or_added(void **state)
{
    (void)state;
    char *text = example_text(2), what[40];
    size_t len = strlen(text);
    char *other = mem_alloc(len + 2);
    for (size_t i = 0; i <= len; i++) {
        snprintf(what, sizeof what, "at %zu", i);
        if (i < len)
            assert_refused(text, i, what);
        memcpy(other, text, i);
        memcpy(other + i, text + i + (i < len), len - i - (i < len));
        if (i < len)
            assert_refused(other, len - 1, what);
        for (const char *put = " 0\n"; *put; put++) {
            other[i] = *put;
            memcpy(other + i + 1, text + i, len - i);
            assert_refused(other, len + 1, what);
        }
    }
    mem_free(other);
    mem_free(text);
}

// A file that somebody made, with a checksum that fits: `body` without its last bracket.
static void assert_sealed_refused(const char *body, size_t len, const char *why)
{
    struct error err = {.text = ""};
    struct transcript read;
    char *text = transcript_seal(body, len);
    if (transcript_read(&read, text, len + strlen(text + len), &err))
        fail_msg("taken as valid:\n%s", text);
    assert_null(read.answers);
    assert_null(strpbrk(err.text, "\n\x1b"));
    if (!strstr(err.text, why))
        fail_msg("`%s` and not `%s` of:\n%s", err.text, why, text);
    mem_free(text);
}

// The example with one member of its first answer, or of the whole, another one.
static void test_wrong_members(void **state)
{
    (void)state;
    static const char *const changes[][3] = {
        {"\"version\": 1", "\"version\": 2", "`version` is of another racelane"},
        {"\"version\": 1", "\"version\": 1.0", "`version` is not a whole number"},
        {"\"version\": 1", "\"version\": NaN", "not JSON"},
        {"\"version\": 1", "\"version\": 1e999", "not JSON"},
        {"\"version\": 1", "\"version\": 1, \"version\": 1", "not JSON"},
        {"\"version\": 1", "\"version\": 99999999999999999999", "not JSON"},
        {"\"answers\"", "\"answer\"", "`answers` is missing"},
        {"\"guess\": -25", "\"guess\": \"25\"", "answer 1: `guess` is not a whole number"},
        {"\"guess\": -25", "\"guess\": -25.0", "answer 1: `guess` is not a whole number"},
        {"\"guess\": -25", "\"guess\": 24", "answer 1: `right` is not what guess and value say"},
        {"\"guess\": -25", "\"guess\": null", "answer 1: `right` is not what"},
        {"\"guess\"", "\"gues\"", "answer 1: `guess` is missing"},
        {"\"value\"", "\"valu\"", "answer 1: `value` is missing"},
        {"\"right\": false", "\"right\": 0", "answer 1: `right` is neither true nor false"},
        {"\"right\": false", "\"right\": null", "answer 1: `right` is not what"},
        {"\"seed\": 7", "\"seed\": null", "answer 1: `seed` is not a whole number"},
        {"\"seed\": 7", "\"seed\": [[7]]", "answer 1: `seed` is not a whole number"},
        {"\"simulated\": true", "\"simulated\": {}", "answer 1: `simulated` is neither"},
        {"\"scenario\": \"race\"", "\"scenario\": 7", "answer 1: `scenario` is not a text"},
        {"\"tape\": null", "\"tape\": \"x\"", "answer 1: `tape` stands beside a lesson"},
        {"\"took_ms\": 3210", "\"took_ms\": -1", "answer 1: `took_ms` is less than it can be"},
        {"09:30:00Z", "9:30:00Z", "answer 1: `date` is not a date"},
        {"09:30:00Z", "09:30:0\\u0020Z", "answer 1: `date` is not a date"},
        {"\"race\"", "\"\\u0000\"", "not JSON"},
        {"\"race\"", "\"\xff\"", "not JSON"},
        {"\"of\": 1", "\"of\": 2", "`score` is not what the answers say"},
        {"\"score\"", "\"scores\"", "`score` is missing"},
        {"\"transcript\"", "\"transcripts\"", "it does not begin as a transcript"},
        {" \"score\"", " 0", "not JSON"},
    };
    char *text = example_text(1);
    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        char body[4096];
        const char *at = strstr(text, changes[i][0]);
        assert_non_null(at);
        size_t len_end = strlen(strstr(text, ",\n \"checksum\""));
        const char *rest = at + strlen(changes[i][0]);
        size_t len = text_format(body, sizeof body, "%.*s%s%.*s", (int)(at - text), text,
                                 changes[i][1], (int)(strlen(rest) - len_end), rest);
        assert_sealed_refused(body, len, changes[i][2]);
    }
    mem_free(text);
}

static const char start[] = "{\n \"racelane\": \"transcript\",\n \"version\": 1,\n \"answers\": [";

static void test_hostile_files(void **state)
{
    (void)state;
    enum { DEEP = 100000, LONG = 2000 };
    static const char *const bodies[][2] = {
        {"", "it does not begin"},
        {"{", "it does not begin"},
        {"[]", "it does not begin"},
        {"{\n \"racelane\": \"transcript\",\n", "not JSON"},
        {"{\n \"racelane\": \"transcript\",\n \"version\": 1", "`answers` is missing"},
    };
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++)
        assert_sealed_refused(bodies[i][0], strlen(bodies[i][0]), bodies[i][1]);
    char *body = mem_alloc(DEEP + LONG);
    size_t len = text_format(body, sizeof start, "%s", start);
    memset(body + len, '[', DEEP);
    assert_sealed_refused(body, len + DEEP, "not JSON");
    // More answers than there can be, none of them one.
    for (size_t i = 0; i <= TRANSCRIPT_ANSWERS_MAX; i++)
        memcpy(body + len + 2 * i, i == TRANSCRIPT_ANSWERS_MAX ? "0]" : "0,", 2);
    assert_sealed_refused(body, len + 2 * TRANSCRIPT_ANSWERS_MAX + 2, "`answers` has more than");
    memcpy(body + len, "0]", 2);
    assert_sealed_refused(body, len + 2, "answer 1 is not an object");
    // A text that is too long, with an escape sequence in it.
    size_t at = len + text_format(body + len, LONG, "{\"question\": \"\\u001b[2J");
    memset(body + at, 'x', LONG);
    memcpy(body + at + LONG, "\"}]", 3);
    assert_sealed_refused(body, at + LONG + 3, "answer 1: `question` is too long");
    mem_free(body);
    char *huge = mem_alloc(TRANSCRIPT_BYTES_MAX + 1);
    memset(huge, ' ', TRANSCRIPT_BYTES_MAX + 1);
    assert_refused(huge, TRANSCRIPT_BYTES_MAX + 1, "huge");
    mem_free(huge);
}

// What would move the cursor, or the reader's eye.
static void test_texts_are_made_safe(void **state)
{
    (void)state;
    struct error err;
    struct transcript transcript = example(1), read;
    text_format(transcript.answers[0].question, 80, "a\x1b[2Jb\u202ec\nd");
    text_format(transcript.answers[0].name, 80, "\x07");
    char *text = transcript_text(&transcript, "racelane 0.1.0");
    assert_true(transcript_read(&read, text, strlen(text), &err));
    assert_null(strpbrk(read.answers[0].question, "\n\x1b"));
    assert_null(strstr(read.answers[0].question, "\u202e"));
    assert_int_equal(text_columns(read.answers[0].question), strlen("a.[2Jb.c.d"));
    assert_null(strchr(read.answers[0].name, '\x07'));
    mem_free(text);
    transcript_free(&read);
    transcript_free(&transcript);
}

// Bytes that are changed at random and sealed again: whatever is made of them can be written.
static void test_changed_and_sealed(void **state)
{
    (void)state;
    const char *given = getenv("RACELANE_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : 1;
    print_message("RACELANE_SEED=%llu\n", (unsigned long long)seed);
    struct random random = random_stream(seed, 0);
    char *text = example_text(3);
    size_t len_body = (size_t)(strstr(text, ",\n \"checksum\"") - text), n_read = 0;
    for (int i = 0; i < 20000; i++) {
        struct error err;
        struct transcript read;
        char *body = mem_text_n(text, len_body);
        for (uint64_t n = random_below(&random, 3) + 1; n > 0; n--)
            body[random_below(&random, len_body)] = (char)(32 + random_below(&random, 96));
        char *sealed = transcript_seal(body, len_body);
        if (transcript_read(&read, sealed, len_body + strlen(sealed + len_body), &err)) {
            char *again = transcript_text(&read, "racelane");
            n_read++;
            mem_free(again);
            transcript_free(&read);
        }
        mem_free(sealed);
        mem_free(body);
    }
    assert_true(n_read > 0);
    mem_free(text);
}

static void test_full(void **state)
{
    (void)state;
    struct error err;
    struct transcript transcript = {.answers = NULL}, read;
    struct transcript_answer answer = examples[0];
    memset(answer.question, '"', sizeof answer.question - 1);
    memset(answer.scenario, '"', sizeof answer.scenario - 1);
    memset(answer.name, '"', sizeof answer.name - 1);
    for (size_t i = 0; i < TRANSCRIPT_ANSWERS_MAX; i++)
        *transcript_add(&transcript) = answer;
    assert_null(transcript_add(&transcript));
    char *text = transcript_text(&transcript, "racelane 0.1.0");
    if (!transcript_read(&read, text, strlen(text), &err))
        fail_msg("%s", err.text);
    assert_int_equal(read.n_answers, TRANSCRIPT_ANSWERS_MAX);
    mem_free(text);
    transcript_free(&read);
    transcript_free(&transcript);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_score),
        cmocka_unit_test(test_no_byte_can_change),
        cmocka_unit_test(test_nothing_is_cut_or_added),
        cmocka_unit_test(test_wrong_members),
        cmocka_unit_test(test_hostile_files),
        cmocka_unit_test(test_texts_are_made_safe),
        cmocka_unit_test(test_changed_and_sealed),
        cmocka_unit_test(test_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
