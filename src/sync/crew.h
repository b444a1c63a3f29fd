#ifndef SYNC_CREW_H
#define SYNC_CREW_H

// A few threads that do one task together, again and again: each call is a round that ends when
// all have finished their part. Between rounds nobody touches anything.
struct crew;

// With the calling thread they are n; 1 makes no thread. Fewer when the system refuses some.
struct crew *crew_new(unsigned n);
void crew_free(struct crew *crew); // accepts NULL
unsigned crew_size(const struct crew *crew);

// Calls task(context, worker) once for each worker below crew_size, the caller being worker 0, and
// returns when all have returned. What was written before is seen by all, and what they write is
// seen by the caller afterwards.
void crew_run(struct crew *crew, void (*task)(void *context, unsigned worker), void *context);

#endif
