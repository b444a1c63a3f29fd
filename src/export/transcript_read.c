// Reads a transcript, from bytes that nobody vouches for.
#include "export/transcript_private.h"

#include "base/mem.h"
#include "base/text.h"

#include <ctype.h>
#include <jansson.h>
#include <string.h>

// Of one answer; `err` says what was wrong first.
struct reader {
    const json_t *object;
    size_t number; // from 1; 0: of the whole
    bool has_failed;
    struct error *err;
};

static void fail(struct reader *reader, const char *member, const char *what)
{
    if (reader->has_failed)
        return;
    reader->has_failed = true;
    if (reader->number)
        error_set(reader->err, "answer %zu: `%s` %s", reader->number, member, what);
    else
        error_set(reader->err, "`%s` %s", member, what);
}

// NULL where it is missing.
static const json_t *member(struct reader *reader, const char *name)
{
    const json_t *value = json_object_get(reader->object, name);
    if (!value)
        fail(reader, name, "is missing");
    return value;
}

// Made safe to print.
static void read_text(struct reader *reader, const char *name, char *out, size_t size)
{
    const json_t *value = member(reader, name);
    const char *text = json_string_value(value);
    out[0] = '\0';
    if (value && !text)
        fail(reader, name, "is not a text");
    else if (text && strlen(text) >= size)
        fail(reader, name, "is too long");
    else if (text)
        text_safe_z(out, size, text);
}

static int64_t read_number(struct reader *reader, const char *name, int64_t least)
{
    const json_t *value = member(reader, name);
    if (value && !json_is_integer(value))
        fail(reader, name, "is not a whole number");
    else if (value && json_integer_value(value) < least)
        fail(reader, name, "is less than it can be");
    return json_integer_value(value); // 0 where it is none
}

static bool is_null(struct reader *reader, const char *name)
{
    return json_is_null(member(reader, name));
}

static bool read_bool(struct reader *reader, const char *name)
{
    const json_t *value = member(reader, name);
    if (value && !json_is_boolean(value))
        fail(reader, name, "is neither true nor false");
    return json_is_true(value);
}

// As `shape` has it, with a digit for each 0.
static bool has_shape(const char *text, const char *shape)
{
    for (; *text && *shape; text++, shape++)
        if (*shape == '0' ? !isdigit((unsigned char)*text) : *text != *shape)
            return false;
    return *text == *shape;
}

static void read_origin(struct reader *reader, struct transcript_answer *answer)
{
    bool is_lesson = !is_null(reader, "lesson"), is_tape = !is_null(reader, "tape");
    if (is_lesson && is_tape)
        fail(reader, "tape", "stands beside a lesson");
    if (is_lesson)
        read_text(reader, "lesson", answer->name, sizeof answer->name);
    else if (is_tape)
        read_text(reader, "tape", answer->name, sizeof answer->name);
    answer->origin = is_lesson ? ORIGIN_LESSON : is_tape ? ORIGIN_TAPE : ORIGIN_RUN;
}

static void read_right(struct reader *reader, const struct transcript_answer *answer)
{
    bool is_known = answer->has_guess && answer->has_value;
    if (is_known != !is_null(reader, "right") ||
        (is_known && read_bool(reader, "right") != transcript_is_right(answer)))
        fail(reader, "right", "is not what guess and value say");
}

static void read_answer(struct reader *reader, struct transcript_answer *answer)
{
    if (!json_is_object(reader->object)) {
        error_set(reader->err, "answer %zu is not an object", reader->number);
        reader->has_failed = true;
        return;
    }
    read_text(reader, "question", answer->question, sizeof answer->question);
    read_origin(reader, answer);
    read_text(reader, "scenario", answer->scenario, sizeof answer->scenario);
    answer->seed = (uint64_t)read_number(reader, "seed", INT64_MIN);
    answer->is_simulated = read_bool(reader, "simulated");
    answer->has_guess = !is_null(reader, "guess");
    if (answer->has_guess)
        answer->guess = read_number(reader, "guess", INT64_MIN);
    answer->has_value = !is_null(reader, "value");
    if (answer->has_value)
        answer->value = read_number(reader, "value", INT64_MIN);
    read_right(reader, answer);
    read_text(reader, "date", answer->date, sizeof answer->date);
    if (!has_shape(answer->date, "0000-00-00T00:00:00Z"))
        fail(reader, "date", "is not a date");
    answer->took_ms = (uint64_t)read_number(reader, "took_ms", 0);
}

static void read_answers(struct reader *whole, struct transcript *transcript)
{
    const json_t *answers = member(whole, "answers");
    size_t n = json_array_size(answers);
    if (answers && !json_is_array(answers))
        fail(whole, "answers", "is not an array");
    if (n > TRANSCRIPT_ANSWERS_MAX)
        fail(whole, "answers", "has more than there can be");
    for (size_t i = 0; i < n && !whole->has_failed; i++) {
        struct reader reader = {json_array_get(answers, i), i + 1, false, whole->err};
        read_answer(&reader, transcript_add(transcript));
        whole->has_failed = reader.has_failed;
    }
}

static void read_score(struct reader *whole, const struct transcript *transcript)
{
    struct transcript_score score = transcript_score(transcript);
    struct reader reader = *whole;
    reader.object = member(whole, "score");
    reader.has_failed = whole->has_failed;
    if (read_number(&reader, "right", 0) != (int64_t)score.n_right ||
        read_number(&reader, "of", 0) != (int64_t)score.n_told)
        fail(&reader, "score", "is not what the answers say");
    whole->has_failed = reader.has_failed;
}

static void read_whole(struct reader *whole, struct transcript *transcript)
{
    if (read_number(whole, "version", 0) != TRANSCRIPT_VERSION)
        fail(whole, "version", "is of another racelane than this");
    read_answers(whole, transcript);
    read_score(whole, transcript);
}

bool transcript_begins(const char *bytes, size_t len_bytes)
{
    size_t len = strlen(TRANSCRIPT_START);
    return len_bytes >= len && memcmp(bytes, TRANSCRIPT_START, len) == 0;
}

static bool is_sealed(const char *bytes, size_t len_bytes)
{
    char seal[TRANSCRIPT_SEAL_BYTES + 1];
    if (len_bytes < TRANSCRIPT_SEAL_BYTES)
        return false;
    size_t len_body = len_bytes - TRANSCRIPT_SEAL_BYTES;
    transcript_seal_of(bytes, len_body, seal);
    return memcmp(bytes + len_body, seal, TRANSCRIPT_SEAL_BYTES) == 0;
}

bool transcript_read(struct transcript *transcript, const char *bytes, size_t len_bytes,
                     struct error *err)
{
    json_error_t trouble;
    *transcript = (struct transcript){.answers = NULL};
    if (len_bytes > TRANSCRIPT_BYTES_MAX)
        return error_set(err, "it has more than %d bytes", TRANSCRIPT_BYTES_MAX);
    if (!is_sealed(bytes, len_bytes))
        return error_set(err, "it was cut or changed: its checksum does not fit");
    if (!transcript_begins(bytes, len_bytes))
        return error_set(err, "it does not begin as a transcript");
    json_t *root = json_loadb(bytes, len_bytes, JSON_REJECT_DUPLICATES, &trouble);
    if (!root) {
        // jansson says what bytes it met.
        char what[80];
        text_safe_z(what, sizeof what, trouble.text);
        return error_set(err, "line %d: it is not JSON: %s", trouble.line, what);
    }
    struct reader whole = {root, 0, false, err};
    read_whole(&whole, transcript);
    json_decref(root);
    if (whole.has_failed)
        transcript_free(transcript);
    return !whole.has_failed;
}
