#ifndef EXPORT_EVENT_TEXT_H
#define EXPORT_EVENT_TEXT_H

#include "session/session.h"

// The fields of an event in words, for those who read it outside of this program.

enum { EVENT_TEXT = 160 }; // bytes that hold any of the texts

// What the event is about: the name of a cell, lock or lane, an input as its call, a claim as it is
// written; "" for nothing. May be cut.
const char *event_object(const struct session_view *view, const struct event *event,
                         char out[EVENT_TEXT]);
// Its value: a number, the name of a lane, "on" or "off", why it failed; "" for kinds that have
// none. Numbers are never cut.
const char *event_value(const struct session_view *view, const struct event *event,
                        char out[EVENT_TEXT]);
// A write by its mark, as "A:17": whose, and its how-manieth to that cell, which counts modulo
// 4194304; "initial" for the value that the cell began with.
const char *event_mark(const struct session_view *view, uint32_t mark, char out[EVENT_TEXT]);
// The flags of a LOAD or STORE as words with blanks between; "" for other events.
const char *event_flags(const struct event *event, char out[EVENT_TEXT]);
// The line of the source, 0 when it has none: the lane's start, its end, what others did to it.
uint32_t event_line(const struct program *prog, const struct event *event);
// The text that a PRINT printed; NULL when it is not known to be the one.
const char *event_printed(const struct session_view *view, const struct event *event);

#endif
