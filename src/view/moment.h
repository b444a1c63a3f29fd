#ifndef VIEW_MOMENT_H
#define VIEW_MOMENT_H

#include "view/moment_table.h"
#include "view/scene.h"

// The moment view: the instant around one event as the table of a textbook, lanes as columns, ops
// as rows in their proven order.

// Lines of the table that are seen in an area of that height.
int moment_room(int h);
void moment_draw(const struct scene *scene, struct moment_look look, struct area area);

// What an event is, in words: "LOAD > 41", "acquire guard". `columns` at most, 10 or more.
void moment_op_text(const struct scene *scene, const struct event *event, int columns, char *out,
                    size_t size);

// Times of a table, told by its unit: "71 ns", "-1,204 ns", "240.0 ms". span_ns: the longest of
// them that matters.
char *moment_time(char out[32], uint64_t t_ns, uint64_t zero_ns, uint64_t span_ns);

#endif
