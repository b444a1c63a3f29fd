#ifndef MODEL_CONFORM_H
#define MODEL_CONFORM_H

#include "base/error.h"
#include "prog/machine.h"
#include "sync/lock_kind.h"
#include "trace/event.h"

// Whether what the lanes of a run reported is a run that the model could have made: same program,
// same values, in an order that follows from what the records say of each other and never from the
// clock.
//
// The records fix for each op on something shared what it came after: a STORE which write it
// replaced, a LOAD whose write it read, an ACQUIRE, a wait and a post its turn, a TAKE its input, a
// printed line its number. Waits and notifies of a condition need no more: its lock, which the lane
// holds, has ordered them, and their turns must agree. So the checker lets the model's lanes go on
// in any order in which each finds the world as its record has it, and a write is not replaced
// before everybody has read it who did read it. All of these are of the form "this before that": a
// lane that may go on may do so at once, whatever the others do, and nothing has to be tried and
// taken back. The model does every step itself, and what it reports must be what the lane had
// reported; where no lane can go on, the records contradict each other, and no order explains them.
//
// What is let pass, because the records do not hold it:
//  - who queues first: a lane of the model stands in the queue of a lock as soon as it has come to
//    the op, a real one somewhat later. So any lane may take a free lock, whatever the kind;
//  - attempts of an update that had failed (lock kind `atomic`): the model makes only the one that
//    did not, but what the others had read must fit the order all the same;
//  - `always`, GIL, pauses: their events are not looked at. elapsed() is 0 in the model, so of a
//    program that asks for it the printed texts are not compared;
//  - what an update in a lane's own memory had loaded.
//
// What cannot be checked: a run whose lock was switched, or in which a lane was killed or its
// events dropped; an array update whose index changed between its load and its store; at native
// speed, a run that ended with an error of a lane between the load and the store of an update, and
// an update that calls its own statement between them.

// What one lane reported, in its order. Borrowed.
struct conform_lane {
    const struct event *events;
    size_t n_events;
    const struct update *updates;
    size_t n_updates;
    const char *printed; // its lines, a newline after each; NULL: none
    enum machine_fault fault;
    uint32_t fault_line;
};

struct conform_record {
    const struct conform_lane *lanes; // of all lanes of the program, main first
    const int64_t *finals;            // of each cell; in private memory, of main's
    const struct lock_kind *lock_kind;
    uint64_t seed;
    bool lock_on;
    bool is_paced; // there was a pace: a `with` of a lock that is off is an event
};

// False: *err is the first thing that is not legal, in one sentence.
bool conform_check(const struct program *prog, const struct conform_record *record,
                   struct error *err);

#endif
