#ifndef VIEW_LOCKS_H
#define VIEW_LOCKS_H

#include "view/scene.h"

// The locks view: what each lock, semaphore and condition has cost, how long lanes waited for it,
// who waits for whom now, and what the lock costs in updates per second.

// One of the program's locks, as every panel of the view needs it.
struct lock_row {
    enum lock_type type;
    const char *name;
    uint64_t taken; // acquired; of a semaphore taken, of a condition waited for to the end
    uint64_t contended;
    struct session_wait wait;
    struct session_lock lock; // of a lock: who holds it, and the holds
    int64_t value;            // of a semaphore
    uint64_t signals;         // of a semaphore posts, of a condition notifies
    struct session_waits waits;
};

struct locks_scene {
    const struct scene *scene;
    const struct lock_row *rows;
    size_t n_rows;
    size_t selected; // row
    struct session_lock_cost cost;
};

// `selected`: of the program's locks; one that there is not is taken for the last.
void locks_draw(const struct scene *scene, const struct session *session, size_t selected,
                struct area area);

void locks_panels_draw(const struct locks_scene *locks, struct area area);

// --- the panels

// The figures, a row for each lock.
int locks_table_rows(const struct locks_scene *locks, int h); // with the headings, of a view h high
void locks_table_draw(const struct locks_scene *locks, struct area area);

// How long lanes waited for the selected lock; where there is room, for the others beside it.
int locks_waits_rows(const struct locks_scene *locks, int w); // that make use of themselves
void locks_waits_draw(const struct locks_scene *locks, struct area area);

// Who holds what and who waits for whom, for how long.
int locks_graph_rows(const struct locks_scene *locks); // that it would fill, with its heading
void locks_graph_draw(const struct locks_scene *locks, struct area area);

enum { LOCKS_COST_ROWS = 5 };
void locks_cost_draw(const struct locks_scene *locks, struct area area);

#endif
