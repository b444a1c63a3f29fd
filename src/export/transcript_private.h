#ifndef EXPORT_TRANSCRIPT_PRIVATE_H
#define EXPORT_TRANSCRIPT_PRIVATE_H

#include "export/transcript.h"

// What writer and reader share.

enum { TRANSCRIPT_VERSION = 1, TRANSCRIPT_SEAL_BYTES = 36 };

// With what each begins.
#define TRANSCRIPT_START "{\n \"racelane\": \"transcript\",\n"

// What stands at the end of a transcript whose other bytes are these.
void transcript_seal_of(const char *body, size_t len_bytes, char out[TRANSCRIPT_SEAL_BYTES + 1]);

#endif
