#ifndef SUPPORT_CAST_H
#define SUPPORT_CAST_H

#include "support_pty.h"

#include <stdio.h>

// Recordings, by the judgement of others than ours: libvterm says what they show, jansson whether
// each line is what asciicast version 2 says it is. Whatever is wrong fails the test.

enum { CAST_MARKERS_MAX = 64, CAST_LABEL_MAX = 200 };

struct played {
    VTerm *vterm; // NULL: there was no header
    VTermScreen *screen;
    struct vt *vt; // our own terminal, fed with the same
    int w, h;
    uint64_t length_ns;
    bool is_cut; // in the middle of a line, before which all is played
    size_t n_events;
    size_t n_outputs; // that write something
    size_t n_markers; // the first CAST_MARKERS_MAX have their label below
    char markers[CAST_MARKERS_MAX][CAST_LABEL_MAX];
};

// Plays all that is there to its end. The file may still be written to.
void played_open(struct played *played, FILE *in);
void played_open_path(struct played *played, const char *path);
void played_assert_whole(const struct played *played);
void played_close(struct played *played);
// The last picture's rows without trailing blanks, to be freed.
char *played_text(const struct played *played);
VTermScreenCell played_cell(const struct played *played, int x, int y);
bool played_has_marker(const struct played *played, const char *begins);

// Whether two cells look the same: of a blank only the ground and what is drawn on it. Not every
// terminal strikes text through, so that does not count.
bool cells_look_alike(const VTermScreenCell *a, const VTermScreenCell *b);

#endif
