// Runs: the first, and others of the same scenario, with another seed, another kind of lock, or in
// another mode.
#include "session/saved.h"
#include "session/sim.h"

#include "base/mem.h"
#include "base/text.h"
#include "lang/lang.h"

#include <string.h>

struct program *session_compile_spec(const struct run_spec *spec, const char *text,
                                     size_t len_bytes, struct lang_problems *problems)
{
    struct lang_setting settings[RUN_SETTINGS_MAX];
    for (uint32_t i = 0; i < spec->n_settings; i++)
        settings[i] = (struct lang_setting){spec->settings[i].name, spec->settings[i].value};
    struct lang_options options = {
        .settings = settings,
        .n_settings = spec->n_settings,
        .n_lanes = spec->n_lanes,
        .mode = spec->mode[0] ? spec->mode : NULL,
        .gil = spec->gil[0] ? spec->gil : NULL,
        .memory = spec->memory[0] ? spec->memory : NULL,
    };
    return lang_compile(spec->name, text, len_bytes, &options, problems);
}

void session_forget_state(struct session *s)
{
    ledger_free(s->ledger);
    timeline_free(s->timeline);
    session_output_free(s);
    for (size_t i = 0; s->feeds && i < s->prog->n_lanes; i++)
        mem_free(s->feeds[i].partial);
    mem_free(s->feeds);
    mem_free(s->lanes);
    mem_free(s->last_writes);
    mem_free(s->cells);
    mem_free(s->copies);
    s->ledger = NULL;
    s->timeline = NULL;
    s->feeds = NULL;
    s->lanes = NULL;
    s->last_writes = NULL;
    s->cells = NULL;
    s->copies = NULL;
}

void session_forget_run(struct session *s)
{
    recorder_finish(s);
    s->launcher.stop(s->launcher.context);
    session_forget_state(s);
    sim_free(s->sim);
    s->sim = NULL;
    run_close(&s->run);
}

static struct ledger *new_ledger(const struct program *prog)
{
    int64_t *initial = mem_array(prog->n_cells, sizeof *initial);
    bool *updates = mem_array(prog->n_lanes * prog->n_cells, sizeof *updates);
    bool *nests = mem_array(prog->n_lanes * prog->n_cells, sizeof *nests);
    for (size_t cell = 0; cell < prog->n_cells; cell++) {
        bool cell_nests = program_cell_nests(prog, cell);
        initial[cell] = program_cell_initial(prog, cell);
        for (size_t lane = 0; lane < prog->n_lanes; lane++) {
            size_t at = lane * prog->n_cells + cell;
            // A process with cells of its own never touches those of main.
            bool is_apart = lane > 0 && program_is_private(prog);
            updates[at] = !is_apart && program_lane_updates(prog, lane, cell);
            nests[at] = updates[at] && cell_nests;
        }
    }
    struct ledger *ledger = ledger_new(&(struct ledger_shape){.n_lanes = prog->n_lanes,
                                                              .n_cells = prog->n_cells,
                                                              .initial = initial,
                                                              .updates = updates,
                                                              .nests = nests});
    mem_free(initial);
    mem_free(updates);
    mem_free(nests);
    return ledger;
}

void session_forget_counts(struct session *s)
{
    s->is_ready = s->is_host_gone = s->is_ended = s->has_failed = s->is_deadlocked = false;
    s->is_paused = s->wants_pause = s->epoch_is_open = false;
    s->n_pauses = 0;
    s->began_ns = s->end_ns = 0;
    s->events = s->dropped = s->arranged = s->held_ns = s->overlap_ns = s->preempted_ns = 0;
    s->epoch = s->epoch_merged = s->n_merged_seen = s->epoch_at_ns = 0;
    s->deadlock_sign = 0;
    s->is_arranging = false;
    s->n_refused = s->next_fed = 0;
    s->gil_seen = s->gil_seen_ns = s->gil_rate = 0;
    s->n_deaths = s->last_dead = s->n_open_drafts = 0;
    s->lock_look = (struct lock_look){.is_open = false};
    s->lock_on = s->lock_off = (struct session_lock_phase){.span_ns = 0};
    s->host_signal = 0;
    s->trouble[0] = s->kept_schedule[0] = '\0';
}

// The kind `atomic` takes no lock: it protects single statements, and says so where that is not
// enough.
static void say_unprotected(struct session *s)
{
    if (!s->run.kind->is_lock_free)
        return;
    for (size_t i = 0; i < s->prog->n_ops && !s->trouble[0]; i++) {
        const struct op *op = &s->prog->ops[i];
        if (op->code == OP_STORE && (op->flags & OP_UPDATES) && (op->flags & OP_IN_WITH) &&
            !(op->flags & OP_RETRIABLE))
            text_format(s->trouble, sizeof s->trouble,
                        "the kind `atomic` takes no lock and cannot protect line %u", op->line);
    }
}

static enum lane_kind kind_of(const struct program *prog, size_t lane)
{
    return lane == 0                       ? LANE_MAIN
           : program_uses_processes(prog)  ? LANE_PROCESS
           : prog->mode == MODE_SEQUENTIAL ? LANE_CALL
                                           : LANE_THREAD;
}

static void make_lanes(struct session *s)
{
    const struct program *prog = s->prog;
    s->lanes = mem_array(prog->n_lanes, sizeof *s->lanes);
    for (size_t i = 0; i < prog->n_lanes; i++)
        s->lanes[i] = (struct session_lane){
            .name = prog->lanes[i].name,
            .kind = kind_of(prog, i),
            .end_ns = UINT64_MAX,
            .pc = (uint32_t)prog->n_ops,
            .waits_for = EVENT_NO_OBJECT,
            .owner = EVENT_NO_OBJECT,
            .waits_since_ns = UINT64_MAX,
            .item = EVENT_NO_OBJECT,
            .copies = session_has_copies(s, i) ? &s->copies[i * prog->n_cells] : NULL,
        };
}

static void make_cells(struct session *s)
{
    const struct program *prog = s->prog;
    s->last_writes = mem_array(prog->n_cells, sizeof *s->last_writes);
    s->cells = mem_array(prog->n_cells, sizeof *s->cells);
    s->is_private = program_is_private(prog);
    if (s->is_private)
        s->copies = mem_array(prog->n_lanes * prog->n_cells, sizeof *s->copies);
    for (size_t cell = 0; cell < prog->n_cells; cell++) {
        s->cells[cell] = program_cell_initial(prog, cell);
        for (size_t lane = 0; s->is_private && lane < prog->n_lanes; lane++)
            s->copies[lane * prog->n_cells + cell] = s->cells[cell];
    }
}

void session_make_state(struct session *s)
{
    const struct program *prog = s->prog;
    session_forget_counts(s);
    s->ledger = new_ledger(prog);
    if (!s->is_headless || s->save_path)
        s->timeline = timeline_new(prog->n_lanes, s->memory_bytes);
    s->feeds = mem_array(prog->n_lanes, sizeof *s->feeds);
    make_cells(s);
    make_lanes(s);
    session_claims_begin(s);
    s->lock_word = s->spec.lock_on ? 1 : 0;
    s->is_settled = true;
    s->pace_ns = s->spec.pace_ns;
}

static void adopt(struct session *s, struct program *prog)
{
    session_forget_run(s);
    if (prog != s->prog) {
        session_forget_orders(s);
        program_free(s->prog);
    }
    s->prog = prog;
    s->runs++;
}

static bool begin_live(struct session *s, struct program *prog, struct error *err)
{
    struct run fresh;
    if (!run_create(&fresh, prog, &s->spec, s->text, s->len_bytes, err))
        return false;
    adopt(s, prog);
    s->run = fresh;
    session_make_state(s);
    say_unprotected(s);
    if (s->save_path)
        recorder_begin(s);
    if (s->launcher.start(s->launcher.context, s->run.fd, err))
        return true;
    s->is_ended = s->has_failed = s->is_host_gone = true;
    text_format(s->trouble, sizeof s->trouble, "%s", err->text);
    return false;
}

// Runs `prog`, which the session owns from then on. When it is refused for want of memory, the old
// run goes on; when its host cannot be started, it is the run all the same, and has ended.
bool session_begin_run(struct session *s, struct program *prog, struct error *err)
{
    if (s->saved)
        return error_set(err, "a saved run is not run again; racelane run %s does", prog->name);
    if (!s->spec.is_simulated)
        return begin_live(s, prog, err);
    adopt(s, prog);
    session_make_state(s);
    s->sim = sim_new(prog);
    s->is_paused = !s->is_headless;
    sim_begin(s);
    return true;
}

void session_begin_again(struct session *s)
{
    bool was_paused = s->is_paused;
    session_forget_state(s);
    session_make_state(s);
    s->is_paused = was_paused;
    sim_begin(s);
}

// As s->spec says now; put back to what it was when the old run is still the run.
static bool begin_or_put_back(struct session *s, struct program *prog,
                              const struct run_spec *before, struct error *err)
{
    size_t runs = s->runs;
    if (session_begin_run(s, prog, err))
        return true;
    if (s->runs == runs)
        s->spec = *before;
    return false;
}

bool session_restart(struct session *s, uint64_t seed, struct error *err)
{
    struct run_spec before = s->spec;
    if (s->sim && seed == s->spec.seed) { // with the steps as they are known, also those by hand
        session_begin_again(s);
        s->is_paused = !s->is_headless;
        return true;
    }
    s->spec.seed = seed;
    return begin_or_put_back(s, s->prog, &before, err);
}

bool session_has_type(const struct program *prog, enum lock_type type)
{
    for (size_t i = 0; i < prog->n_locks; i++)
        if (prog->locks[i].type == type)
            return true;
    return false;
}

bool session_kind_fits(const struct session *s, const struct program *prog, uint32_t kind)
{
    (void)s;
    if (session_has_type(prog, LOCK_CONDITION) && lock_kinds[kind]->is_lock_free)
        return false;
    return !session_has_type(prog, LOCK_MUTEX) || !program_uses_processes(prog) ||
           lock_kinds[kind]->is_robust;
}

void session_lock_kind_next(struct session *s)
{
    struct error err;
    struct run_spec before = s->spec;
    do
        s->spec.lock_kind = lock_kinds[s->spec.lock_kind + 1] ? s->spec.lock_kind + 1 : 0;
    while (!session_kind_fits(s, s->prog, s->spec.lock_kind));
    session_forget_orders(s);
    if (s->sim)
        sim_begin_kept(s, &err);
    else
        begin_or_put_back(s, s->prog, &before, &err);
}

// Runs the scenario as s->spec says now; else the spec is put back.
static bool run_again_as(struct session *s, const struct run_spec *before, struct error *err)
{
    struct lang_problems problems;
    struct program *prog = session_compile_spec(&s->spec, s->text, s->len_bytes, &problems);
    if (!prog) {
        s->spec = *before;
        return error_set(err, "%s", problems.items[0].text);
    }
    if (!session_kind_fits(s, prog, s->spec.lock_kind))
        s->spec.lock_kind = 0;
    if (begin_or_put_back(s, prog, before, err))
        return true;
    if (prog != s->prog)
        program_free(prog);
    return false;
}

// One after another makes no sense where a lane waits for what a later one posts or notifies.
static enum run_mode mode_after(const struct program *prog, enum run_mode mode)
{
    bool has_pool = prog->pool.n_items > 0;
    bool has_waits =
        session_has_type(prog, LOCK_SEMAPHORE) || session_has_type(prog, LOCK_CONDITION);
    switch (mode) {
    case MODE_THREADS:
        return has_pool ? MODE_SEQUENTIAL : MODE_PROCESSES;
    case MODE_PROCESSES:
    case MODE_POOL:
        return has_pool || has_waits ? MODE_THREADS : MODE_SEQUENTIAL;
    case MODE_SEQUENTIAL:
        return has_pool ? MODE_POOL : MODE_THREADS;
    case MODE_COUNT:
        break;
    }
    return mode;
}

// How the key gets to that mode: there are three at most.
static const char *way_to(const struct session *s, enum run_mode wanted)
{
    return mode_after(s->prog, s->prog->mode) == wanted ? "{mode}" : "{mode} twice";
}

bool session_mode_next(struct session *s, struct error *err)
{
    struct run_spec before = s->spec;
    enum run_mode next = mode_after(s->prog, s->prog->mode);
    text_format(s->spec.mode, sizeof s->spec.mode, "%s", mode_names[next]);
    return run_again_as(s, &before, err);
}

bool session_memory_next(struct session *s, struct error *err)
{
    struct run_spec before = s->spec;
    enum run_mode processes = s->prog->pool.n_items > 0 ? MODE_POOL : MODE_PROCESSES;
    if (s->prog->n_cells == 0)
        return error_set(err, "this scenario has no shared variable, so there is nothing to share");
    if (!program_uses_processes(s->prog))
        return error_set(err, "%s share their memory; %s makes processes of them",
                         s->prog->mode == MODE_SEQUENTIAL ? "calls in one thread always"
                                                          : "threads always",
                         way_to(s, processes));
    enum memory_kind other = s->prog->memory == MEMORY_PRIVATE ? MEMORY_SHARED : MEMORY_PRIVATE;
    text_format(s->spec.memory, sizeof s->spec.memory, "%s", memory_names[other]);
    return run_again_as(s, &before, err);
}

bool session_gil_next(struct session *s, struct error *err)
{
    static const enum gil_dial after[GIL_COUNT] = {
        [GIL_OFF] = GIL_3_10, [GIL_3_10] = GIL_3_9, [GIL_3_9] = GIL_OFF};
    struct run_spec before = s->spec;
    if (s->sim)
        return error_set(
            err,
            "the model has no GIL: any lane may make the next step; {simulate} runs real lanes");
    if (program_uses_processes(s->prog))
        return error_set(err, "each process has a GIL of its own; %s makes threads of them",
                         way_to(s, MODE_THREADS));
    if (s->prog->mode == MODE_SEQUENTIAL)
        return error_set(err, "one thread alone always has the GIL; %s starts several",
                         way_to(s, MODE_THREADS));
    text_format(s->spec.gil, sizeof s->spec.gil, "%s", gil_names[after[s->prog->gil]]);
    return run_again_as(s, &before, err);
}
