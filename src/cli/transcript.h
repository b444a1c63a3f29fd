#ifndef CLI_TRANSCRIPT_H
#define CLI_TRANSCRIPT_H

#include "export/transcript.h"
#include "view/app.h"

// `--transcript FILE`: what is predicted, written after each answer, and `racelane check` of it.

struct transcript_file {
    const char *path; // NULL: none is kept
    struct transcript transcript;
    char question[TRANSCRIPT_QUESTION_BYTES]; // that is open
    uint64_t asked_ns;
    bool is_behind; // the file lacks something of the transcript, which is told
};

// A new file, or one that goes on. False: it cannot be written, or is something else.
bool transcript_file_open(struct transcript_file *file, const char *path, struct error *err);
// For struct app_listener: `context` is a struct ui.
void transcript_file_hear(void *context, struct app *app, const struct question *question);
// What could not be written is tried once more. False when it cannot.
bool transcript_file_close(struct transcript_file *file, struct error *err);

// Whether that is the name of a transcript, or the file begins like one.
bool transcript_is_named(const char *operand);
// Prints what it says, or why it is refused. The exit status.
int transcript_check(const char *path);

#endif
