// A transcript: its answers, its score, and how it is written.
#include "export/transcript_private.h"

#include "base/checksum.h"
#include "base/mem.h"
#include "base/text.h"
#include "export/page.h"

#include <assert.h>
#include <string.h>

struct transcript_answer *transcript_add(struct transcript *transcript)
{
    if (transcript->n_answers == TRANSCRIPT_ANSWERS_MAX)
        return NULL;
    transcript->answers = mem_room(transcript->answers, &transcript->cap_answers,
                                   transcript->n_answers + 1, sizeof *transcript->answers);
    struct transcript_answer *answer = &transcript->answers[transcript->n_answers++];
    *answer = (struct transcript_answer){.origin = ORIGIN_RUN};
    return answer;
}

void transcript_free(struct transcript *transcript)
{
    mem_free(transcript->answers);
    *transcript = (struct transcript){.answers = NULL};
}

static bool is_told(const struct transcript_answer *answer)
{
    return answer->has_guess && answer->has_value;
}

bool transcript_is_right(const struct transcript_answer *answer)
{
    return is_told(answer) && answer->guess == answer->value;
}

struct transcript_score transcript_score(const struct transcript *transcript)
{
    struct transcript_score score = {0};
    for (size_t i = 0; i < transcript->n_answers; i++) {
        const struct transcript_answer *answer = &transcript->answers[i];
        score.n_told += is_told(answer);
        score.n_right += transcript_is_right(answer);
        score.n_passed += !answer->has_guess;
    }
    return score;
}

static json_t *text_or_null(bool is_text, const char *text)
{
    return is_text ? json_string(text) : json_null();
}

static json_t *number_or_null(bool is_number, int64_t number)
{
    return is_number ? json_integer(number) : json_null();
}

static json_t *object_of(const struct transcript_answer *answer)
{
    json_t *object = json_object();
    json_object_set_new(object, "question", json_string(answer->question));
    json_object_set_new(object, "lesson",
                        text_or_null(answer->origin == ORIGIN_LESSON, answer->name));
    json_object_set_new(object, "tape", text_or_null(answer->origin == ORIGIN_TAPE, answer->name));
    json_object_set_new(object, "scenario", json_string(answer->scenario));
    json_object_set_new(object, "seed", json_integer((json_int_t)answer->seed));
    json_object_set_new(object, "simulated", json_boolean(answer->is_simulated));
    json_object_set_new(object, "guess", number_or_null(answer->has_guess, answer->guess));
    json_object_set_new(object, "value", number_or_null(answer->has_value, answer->value));
    json_object_set_new(object, "right",
                        is_told(answer) ? json_boolean(transcript_is_right(answer)) : json_null());
    json_object_set_new(object, "date", json_string(answer->date));
    json_object_set_new(object, "took_ms", json_integer((json_int_t)answer->took_ms));
    return object;
}

char *transcript_text(const struct transcript *transcript, const char *made_by)
{
    struct transcript_score score = transcript_score(transcript);
    json_t *root = json_object(), *answers = json_array(), *sum = json_object();
    json_object_set_new(root, "racelane", json_string("transcript"));
    json_object_set_new(root, "version", json_integer(TRANSCRIPT_VERSION));
    json_object_set_new(root, "made_by", json_string(made_by));
    json_object_set_new(root, "answers", answers);
    for (size_t i = 0; i < transcript->n_answers; i++)
        json_array_append_new(answers, object_of(&transcript->answers[i]));
    json_object_set_new(sum, "right", json_integer((json_int_t)score.n_right));
    json_object_set_new(sum, "of", json_integer((json_int_t)score.n_told));
    json_object_set_new(root, "score", sum);
    char *whole = page_of_json(root, 0);
    char *sealed = transcript_seal(whole, strlen(whole) - strlen("\n}\n"));
    mem_free(whole);
    return sealed;
}

void transcript_seal_of(const char *body, size_t len_bytes, char out[TRANSCRIPT_SEAL_BYTES + 1])
{
    static const uint64_t first = UINT64_C(0x7261636b6c616e65);
    uint64_t sum = checksum(first, body, len_bytes);
    size_t len = text_format(out, TRANSCRIPT_SEAL_BYTES + 1, ",\n \"checksum\": \"%016llx\"\n}\n",
                             (unsigned long long)(sum ^ sum >> 32));
    assert(len == TRANSCRIPT_SEAL_BYTES);
}

char *transcript_seal(const char *body, size_t len_bytes)
{
    char *sealed = mem_alloc(len_bytes + TRANSCRIPT_SEAL_BYTES + 1);
    memcpy(sealed, body, len_bytes);
    transcript_seal_of(body, len_bytes, sealed + len_bytes);
    return sealed;
}
