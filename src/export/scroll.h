#ifndef EXPORT_SCROLL_H
#define EXPORT_SCROLL_H

#include "export/still.h"

// An ended run as an asciicast: the screen, scrolled through the run from its beginning to its end,
// or from the time that `still` has.

enum { SCROLL_UNASKED_S = 20, SCROLL_MAX_S = 600 };

// per_s_ns: how much of the run a second of the recording goes over; 0: all of it in
// SCROLL_UNASKED_S. So little that it would take more than SCROLL_MAX_S counts as that much.
void scroll_write(FILE *out, struct session *session, const struct still *still, uint64_t per_s_ns);

#endif
