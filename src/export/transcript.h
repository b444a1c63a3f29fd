#ifndef EXPORT_TRANSCRIPT_H
#define EXPORT_TRANSCRIPT_H

#include "base/clock.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What somebody has predicted, question by question, as one JSON object with a checksum at its end:
//
//     {
//      "racelane": "transcript",
//      "version": 1,
//      "made_by": "racelane 0.1.0",
//      "answers": [
//       {
//        "question": "What will counter be at the end?",
//        "lesson": null, "tape": null,       one of both, when it is one that asked
//        "scenario": "race", "seed": 7, "simulated": true,
//        "guess": 25,                        null: passed over
//        "value": 24,                        null: never told
//        "right": false,                     null: one of both is
//        "date": "2026-12-01T09:30:00Z",     when it was answered
//        "took_ms": 3210
//       }
//      ],
//      "score": {"right": 0, "of": 1},       of those where right is not null
//      "checksum": "0123456789abcdef"
//     }
//
// The checksum is of all bytes before it, so that no byte can be changed unnoticed. It is no
// signature: whoever has this program can make one that fits.

enum {
    TRANSCRIPT_ANSWERS_MAX = 1000,
    TRANSCRIPT_BYTES_MAX = 4 << 20,
    TRANSCRIPT_NAME_BYTES = 160,
    TRANSCRIPT_QUESTION_BYTES = 640,
};

enum transcript_origin { ORIGIN_RUN, ORIGIN_LESSON, ORIGIN_TAPE }; // by key; who asked

struct transcript_answer {
    enum transcript_origin origin;
    char name[TRANSCRIPT_NAME_BYTES]; // of the lesson or the tape; all texts are safe to print
    char scenario[TRANSCRIPT_NAME_BYTES];
    char question[TRANSCRIPT_QUESTION_BYTES];
    uint64_t seed;
    bool is_simulated;
    bool has_guess, has_value;
    int64_t guess, value;
    char date[CLOCK_DATE_BYTES];
    uint64_t took_ms;
    unsigned number; // of the question, where it has been asked here; not in the file
};

struct transcript {
    struct transcript_answer *answers; // grows; see transcript_free
    size_t n_answers, cap_answers;
};

// A new last one, all zero; NULL when there are TRANSCRIPT_ANSWERS_MAX already.
struct transcript_answer *transcript_add(struct transcript *transcript);
void transcript_free(struct transcript *transcript); // what it holds

bool transcript_is_right(const struct transcript_answer *answer);
struct transcript_score {
    size_t n_right, n_told, n_passed; // told: guessed, and the value is known
};
struct transcript_score transcript_score(const struct transcript *transcript);

// The file's text. Newly allocated.
char *transcript_text(const struct transcript *transcript, const char *made_by);
// Puts the checksum at the end of an object without one: `body` ends behind its last member. Newly
// allocated.
char *transcript_seal(const char *body, size_t len_bytes);

// Whether these may be the first bytes of one.
bool transcript_begins(const char *bytes, size_t len_bytes);
// Reads bytes that nobody vouches for. False with one clause about what is wrong, and nothing read.
bool transcript_read(struct transcript *transcript, const char *bytes, size_t len_bytes,
                     struct error *err);

#endif
