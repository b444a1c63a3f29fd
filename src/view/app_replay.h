#ifndef VIEW_APP_REPLAY_H
#define VIEW_APP_REPLAY_H

#include "view/app_state.h"

// What is on screen while a loss is shown again: the lanes as they were at one of its steps.
struct replay_frame {
    struct session_view view; // the time is that of the step, and the lanes are as they were then
    struct session_lane *lanes;
    char words[TOAST_MAX];
    bool is_loss; // the words say what has been lost
};

// False when none is on, or its events are not kept any more. `view`: the session's own.
bool replay_frame_make(const struct app *app, const struct session_view *view,
                       struct replay_frame *frame);
void replay_frame_free(struct replay_frame *frame);

#endif
