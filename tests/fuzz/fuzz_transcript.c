#include "base/mem.h"
#include "export/transcript.h"

#include <stdbool.h>
#include <string.h>

// Any bytes are read as a transcript, as they are and with a checksum that fits; what is one can be
// written, and is the same when it is read again.

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void read_again(const struct transcript *transcript)
{
    struct error err;
    struct transcript again;
    char *text = transcript_text(transcript, "racelane");
    bool is_read = transcript_read(&again, text, strlen(text), &err);
    if (!is_read || again.n_answers != transcript->n_answers)
        __builtin_trap();
    struct transcript_score before = transcript_score(transcript), now = transcript_score(&again);
    if (before.n_right != now.n_right || before.n_told != now.n_told ||
        before.n_passed != now.n_passed)
        __builtin_trap();
    transcript_free(&again);
    mem_free(text);
}

static void try(const char *text, size_t size)
{
    struct error err;
    struct transcript transcript;
    if (!transcript_read(&transcript, text, size, &err))
        return;
    read_again(&transcript);
    transcript_free(&transcript);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *text = (const char *)bytes;
    try(text, size);
    char *sealed = transcript_seal(text, size);
    try(sealed, size + strlen(sealed + size));
    mem_free(sealed);
    return 0;
}
