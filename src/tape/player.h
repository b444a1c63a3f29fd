#ifndef TAPE_PLAYER_H
#define TAPE_PLAYER_H

#include "tape/tape.h"
#include "view/app.h"

// Plays a tape on an app and its session. It has no clock of its own: whoever drives it says what
// time it is, on a clock that begins at 0 and only goes forward, and the same times give the same
// run of a simulated scenario. The tape must outlive it.
//
// Pages are what PageDown goes through. The player rests where a page ends, and at the tape's end:
//
//     run ... say ... until ... | page | lock on ... | page | ... the tape's end
//                               rest 0               rest 1     rest 2
struct player;

enum player_audience {
    PLAYER_WATCHED, // somebody presses PageDown at each `page` and answers each `ask`
    PLAYER_ALONE,   // nobody does: after a while it goes on
    PLAYER_QUICK,   // nobody does, and nobody reads: it hurries, from page to page
};

enum {
    PLAYER_QUANTUM_MS = 4, // of the clock of player_advance
};

enum player_news_kind {
    NEWS_NONE,
    NEWS_CHAPTER, // begins: `text` is its title
    NEWS_RUN,    // another one begins: the driver opens it, `run` of the tape, before the next step
    NEWS_ENDED,  // once
    NEWS_FAILED, // once: `text` is what, as FILE:LINE:COLUMN: error: ...
};

struct player_news {
    enum player_news_kind kind;
    unsigned reactions; // enum reaction flags that the driver acts on before it calls again
    const char *text;   // valid as long as the player
    size_t run;
    // When player_step has something to do again; UINT64_MAX: when the run or a key has done
    // something, and until then at each step of the clock.
    uint64_t due_ns;
};

// `label` is the tape's name in messages; copied and made safe.
struct player *player_new(const struct tape *tape, const char *label,
                          enum player_audience audience);
void player_free(struct player *player); // accepts NULL

// Does what is due at now_ns; the session is pumped by the driver, before.
struct player_news player_step(struct player *player, struct app *app, struct session *session,
                               uint64_t now_ns);
// The same with a clock of the player's own: a quantum of time goes by, with the session's clock
// set and the session pumped. *changed becomes true when there is something new to draw. No time
// goes by while orders are being tried: then it has to be called again.
struct player_news player_play_quantum(struct player *player, struct app *app,
                                       struct session *session, bool *changed);
uint64_t player_clock_ns(const struct player *player);
// As that, for each quantum of time that has gone by on the driver's clock, so that a simulated run
// comes out the same however seldom this is called. Returns early with news or reactions.
struct player_news player_advance(struct player *player, struct app *app, struct session *session,
                                  uint64_t now_ns, bool *changed);

// It goes on: from a rest, or held by a key, it plays; from a question, whose answer is told; while
// it plays, it hurries to the next rest: a simulated run is there at once, and real lanes, which
// cannot be hurried, go on by themselves while the tape rests.
void player_next_page(struct player *player, struct app *app);
// Makes it hurry to the rest before, from the last `run` before it that begins a page; real lanes
// are waited for on the way, as what comes then has to find them there. Returns which one of the
// tape's: the driver opens that anew before the next step.
size_t player_previous_page(struct player *player, struct app *app);
// A key has done this. What changes the run holds the tape, so that two hands do not pull at once;
// PageDown makes it go on, and so does the key that ends the pause.
void player_note_key(struct player *player, struct app *app, const struct session *session,
                     enum command command);

// Whether it plays, hurries or waits for time; not at a rest, held, or done.
bool player_is_going(const struct player *player);
bool player_has_ended(const struct player *player);
bool player_has_failed(const struct player *player);

#endif
