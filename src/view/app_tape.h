#ifndef VIEW_APP_TAPE_H
#define VIEW_APP_TAPE_H

#include "view/app_state.h"

// What a tape adds to the screen: its words, the keys that it presses, its questions. What other
// layers call is in view/app.h.

// --- caption.c
int caption_rows_at(const struct app *app, int h); // of a screen so high
unsigned caption_toggle(struct app *app, int unused);
void caption_show_key(struct app *app, enum command command);
unsigned caption_tick(struct app *app, uint64_t now_ns);
uint64_t caption_next_tick(const struct app *app);
// What is left of the line of messages beside the key that is shown at its end.
struct area caption_leave_corner(const struct app *app, struct area message);
// The words below the line of messages and the key at its end; moves the keys below the words. What
// is asked may need the line of messages too.
void caption_draw(const struct app *app, struct layout *layout);
// Whether the answer stands there, below its question, and need not be told in the line of
// messages.
bool caption_tells_answer(const struct app *app);

// --- predict.c
unsigned predict_begin(struct app *app, int unused); // by key
unsigned predict_press(struct app *app, const char *key);
unsigned predict_tick(struct app *app); // the run may have ended
// Covers every number that would give the answer away.
void predict_hide(const struct app *app, const struct scene *scene, const struct layout *layout);
// The answer as it is typed, in a line from x on.
void predict_draw(const struct app *app, struct area line, int x);

#endif
