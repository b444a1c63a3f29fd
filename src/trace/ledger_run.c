#include "trace/ledger_private.h"

#include "base/mem.h"

#include <assert.h>
#include <string.h>

struct run *run_new(struct ledger *ledger, uint16_t lane, uint64_t seq)
{
    struct run *run = pool_take(&ledger->runs);
    *run = (struct run){.first_seq = seq, .n = 1, .lane = lane};
    return run;
}

void run_free(struct ledger *ledger, struct run *run)
{
    counts_clear(&run->lump);
    pool_give(&ledger->runs, run);
}

struct lane_cell *lane_cell_new(struct ledger *ledger, size_t lane, size_t cell)
{
    struct lane_cell *made = mem_alloc(sizeof *made);
    ledger->lanes[lane].cells[cell] = made;
    return made;
}

static void table_reserve(struct run_table *table)
{
    if (table->len < table->cap)
        return;
    if (table->head > table->cap / 2) {
        table->len -= table->head;
        memmove(table->runs, table->runs + table->head, table->len * sizeof *table->runs);
        table->head = 0;
        return;
    }
    table->runs = mem_room(table->runs, &table->cap, table->len + 1, sizeof *table->runs);
}

void run_table_push(struct run_table *table, struct run *run)
{
    table_reserve(table);
    table->runs[table->len++] = run;
}

// Puts `added` in front of `run`, which is in the table.
static void table_insert(struct run_table *table, const struct run *run, struct run *added)
{
    table_reserve(table);
    size_t place = table->len++;
    for (; table->runs[place - 1] != run; place--)
        table->runs[place] = table->runs[place - 1];
    table->runs[place] = table->runs[place - 1];
    table->runs[place - 1] = added;
}

// The run that holds the lane's write `seq`, NULL when it is not kept.
static struct run *table_find(const struct run_table *table, uint64_t seq)
{
    size_t low = table->head;
    size_t high = table->len;
    // The wanted one mostly is the newest: look there before halving.
    if (low < high && table->runs[high - 1]->first_seq <= seq)
        low = high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table->runs[middle]->first_seq <= seq)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == table->head)
        return NULL;
    struct run *run = table->runs[low - 1];
    return seq - run->first_seq < run->n ? run : NULL;
}

void replaced_append(struct cell *cell, struct run *run, uint64_t replaced)
{
    run->replaced = replaced;
    run->newer = NULL;
    run->older = cell->newest;
    if (cell->newest)
        cell->newest->newer = run;
    else
        cell->oldest = run;
    cell->newest = run;
}

static void replaced_insert(struct cell *cell, struct run *run, struct run *newer)
{
    run->replaced = newer->replaced;
    run->newer = newer;
    run->older = newer->older;
    newer->older = run;
    if (run->older)
        run->older->newer = run;
    else
        cell->oldest = run;
}

void replaced_unlink(struct cell *cell, struct run *run)
{
    if (run->older)
        run->older->newer = run->newer;
    else
        cell->oldest = run->newer;
    if (run->newer)
        run->newer->older = run->older;
    else
        cell->newest = run->older;
}

// Moves the first `n` writes of the run into a run of their own, before it. When exactly the last
// of them was replaced is not known any more; that it was is enough, and errs on the safe side.
static struct run *run_cut(struct ledger *ledger, struct cell *cell, struct run_table *table,
                           struct run *run, uint64_t n)
{
    struct run *head = run_new(ledger, run->lane, run->first_seq);
    struct segment *segment = run->segment;
    head->n = n;
    head->is_blind = run->is_blind;
    head->is_counted = run->is_counted;
    head->segment = segment;
    head->prev = run->prev;
    head->next = run;
    run->prev = head;
    run->first_seq += n;
    run->n -= n;
    if (head->prev)
        head->prev->next = head;
    else
        segment->first = head;
    segment->n_runs++;
    segment->n_live++;
    if (run == cell->tip)
        replaced_append(cell, head, ledger->merged);
    else
        replaced_insert(cell, head, run);
    table_insert(table, run, head);
    return head;
}

struct run *run_ending_at(struct ledger *ledger, struct cell *cell, uint64_t id)
{
    uint16_t lane = write_lane(id);
    if (lane >= ledger->n_lanes)
        return NULL;
    struct lane_cell *writer = ledger->lanes[lane].cells[cell - ledger->cells];
    if (!writer)
        return NULL;
    struct run *run = table_find(&writer->table, write_seq(id));
    if (!run)
        return NULL;
    uint64_t n = write_seq(id) - run->first_seq + 1;
    return n == run->n ? run : run_cut(ledger, cell, &writer->table, run, n);
}

void run_die(struct ledger *ledger, struct cell *cell, struct run *run)
{
    struct run_table *table = &ledger->lanes[run->lane].cells[cell - ledger->cells]->table;
    struct segment *segment = run->segment;
    // A lane's writes are replaced in the order in which it made them.
    assert(table->runs[table->head] == run);
    if (++table->head == table->len)
        table->head = table->len = 0;
    replaced_unlink(cell, run);
    run->is_dead = true;
    if (run->is_blind) {
        run->is_blind = false;
        run->n = 0;
    }
    segment->n_live--;
    segment_melt(ledger, cell, run);
    if (!segment->n_live)
        segment_settle(ledger, cell, segment);
}
