// `always` and `expect`: judged on what really was in the cells.
#include "session/private.h"

#include "base/mem.h"
#include "prog/machine.h"

void session_claims_begin(struct session *s)
{
    const struct program *prog = s->prog;
    mem_free(s->claims);
    s->n_claims = prog->n_always + prog->n_expects;
    s->claims = mem_array(s->n_claims, sizeof *s->claims);
    for (size_t i = 0; i < prog->n_always; i++)
        s->claims[i] =
            (struct session_claim){.text = prog->always[i].text,
                                   .is_always = true,
                                   // Without a ledger nobody sees the single stores.
                                   .is_judged = !session_is_bare(s) || prog->always[i].cell < 0,
                                   .holds = true};
    for (size_t i = 0; i < prog->n_expects; i++)
        s->claims[prog->n_always + i] = (struct session_claim){.text = prog->expects[i].text};
}

void session_broken(struct session *s, size_t claim, uint64_t t_ns, uint16_t lane)
{
    if (claim >= s->prog->n_always)
        return;
    struct session_claim *broken = &s->claims[claim];
    // Lanes report one after the other: the first report is not always the earliest.
    if (!broken->holds && (!broken->is_placed || broken->broken_ns <= t_ns))
        return;
    broken->holds = false;
    broken->is_placed = true;
    broken->broken_ns = t_ns;
    broken->broken_lane = lane;
}

static int64_t read_cell(const void *context, size_t cell)
{
    const int64_t *cells = context;
    return cells[cell];
}

// `always` over one cell: every store to it is judged, in coherence order. `cells` are those that
// the lane works on.
void session_judge_store(struct session *s, size_t lane, const struct update *update,
                         const int64_t *cells)
{
    for (size_t i = 0; i < s->prog->n_always; i++) {
        const struct claim *claim = &s->prog->always[i];
        bool holds = true;
        if (claim->cell != update->cell || !s->claims[i].holds ||
            !machine_judge(s->prog, claim, read_cell, cells, &holds) || holds)
            continue;
        session_broken(s, i, update->t_ns, (uint16_t)lane);
        s->claims[i].has_value = true;
        s->claims[i].broken_value = update->value;
        if (s->timeline)
            timeline_append(s->timeline, &(struct event){.t_ns = update->t_ns,
                                                         .value = update->value,
                                                         .pc = (uint16_t)update->pc,
                                                         .object = (uint16_t)i,
                                                         .lane = (uint16_t)lane,
                                                         .kind = EVENT_BROKEN});
    }
}

void session_judge_end(struct session *s)
{
    const struct program *prog = s->prog;
    uint64_t broken =
        s->sim ? 0 : atomic_load_explicit(&s->run.header->host.broken, memory_order_relaxed);
    for (size_t i = 0; i < prog->n_always && i < 64; i++)
        if (broken & UINT64_C(1) << i)
            s->claims[i].holds = false; // where, is not known when the event was dropped
    for (size_t i = 0; i < prog->n_expects; i++) {
        struct session_claim *claim = &s->claims[prog->n_always + i];
        claim->is_judged = true;
        claim->holds = false;
        machine_judge(prog, &prog->expects[i], read_cell, s->cells, &claim->holds);
    }
}
