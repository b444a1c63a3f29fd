#ifndef CLI_RECORD_H
#define CLI_RECORD_H

#include "export/recording.h"
#include "session/session.h"

#include <stdbool.h>
#include <stdint.h>

// A recording of the screen while it is made: its clock, and its markers at lost updates.
struct record {
    struct recording *recording; // NULL: none
    char path[160];              // safe to print
    bool has_begun;
    uint64_t begin_ns;  // of the first frame, on the clock that frames come with
    uint64_t t_ns;      // of the last, since then
    size_t runs;        // of the session; a new one counts its losses anew
    uint64_t last_loss; // that has been seen; of a second the newest has a marker
    uint64_t marker_ns;
    bool has_marker;
};

// False with a message. *record is ready for record_frame then.
bool record_begin(struct record *record, const char *path, struct error *err);
// `view` is what the frame shows of a session, NULL when it shows none. False: it cannot go on, and
// record_end says why.
bool record_frame(struct record *record, const struct frame *frame, const struct theme *theme,
                  const struct session_view *view, uint64_t now_ns);
// Nothing when there is no recording.
void record_chapter(struct record *record, uint64_t now_ns, const char *label);
// Nothing when there is none. False with a message when the file is not whole.
bool record_end(struct record *record, struct error *err);

#endif
