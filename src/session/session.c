#include "session/session.h"

#include "base/mem.h"
#include "base/text.h"
#include "engine/host.h"
#include "lang/lang.h"
#include "lang/problem.h"
#include "session/saved.h"
#include "session/sim.h"

#include <string.h>

static bool fill_spec(struct run_spec *spec, const struct session_options *options,
                      struct error *err)
{
    const struct lang_options *lang = options->lang;
    *spec = (struct run_spec){
        .seed = options->seed,
        .pace_ns = options->pace_ns,
        .switch_interval_ns =
            options->switch_interval_ns ? options->switch_interval_ns : SWITCH_INTERVAL_NS,
        .burn_per_ms = options->burn_per_ms,
        .n_lanes = lang->n_lanes,
        .is_bare = options->is_bare && !options->is_simulated,
        .is_simulated = options->is_simulated,
    };
    text_format(spec->name, sizeof spec->name, "%s", options->name);
    text_format(spec->mode, sizeof spec->mode, "%s", lang->mode ? lang->mode : "");
    text_format(spec->gil, sizeof spec->gil, "%s", lang->gil ? lang->gil : "");
    text_format(spec->memory, sizeof spec->memory, "%s", lang->memory ? lang->memory : "");
    const char *kind = options->lock_kind ? options->lock_kind : lock_kinds[0]->name;
    while (lock_kinds[spec->lock_kind] && strcmp(lock_kinds[spec->lock_kind]->name, kind) != 0)
        spec->lock_kind++;
    if (!lock_kinds[spec->lock_kind])
        return error_set(err, "there is no kind of lock `%s`", kind);
    if (lang->n_settings > RUN_SETTINGS_MAX)
        return error_set(err, "at most %d --set", RUN_SETTINGS_MAX);
    for (size_t i = 0; i < lang->n_settings; i++) {
        text_format(spec->settings[i].name, sizeof spec->settings[i].name, "%s",
                    lang->settings[i].name);
        spec->settings[i].value = lang->settings[i].value;
        spec->n_settings++;
    }
    return true;
}

static bool starts_on(const struct program *prog, int wanted)
{
    if (wanted >= 0)
        return wanted;
    for (size_t i = 0; i < prog->n_locks; i++)
        if (prog->locks[i].type == LOCK_MUTEX && prog->locks[i].starts_off)
            return false;
    return true;
}

// Of the kinds of lock only some survive the death of the process that holds them, and the one that
// takes no lock has nothing to give back while a lane waits at a condition.
static bool check_kind(const struct session *s, struct lang_problems *problems)
{
    const char *kind = lock_kinds[s->spec.lock_kind]->name;
    if (session_kind_fits(s, s->prog, s->spec.lock_kind))
        return true;
    if (lock_kinds[s->spec.lock_kind]->is_lock_free) {
        problem_add(problems, (struct place){0},
                    "--lock-kind %s takes no lock, and a condition needs one to wait without; use "
                    "mutex or another kind",
                    kind);
        return false;
    }
    problem_add(problems, (struct place){0},
                "--lock-kind %s: a process that is killed with it would leave it taken for ever; "
                "between processes use mutex or atomic",
                kind);
    return false;
}

struct session *session_open(const struct session_options *options,
                             const struct session_launcher *launcher,
                             struct lang_problems *problems, struct error *err)
{
    *problems = (struct lang_problems){.n = 0};
    struct program *prog =
        lang_compile(options->name, options->text, options->len_bytes, options->lang, problems);
    if (!prog)
        return NULL;
    struct session *s = mem_alloc(sizeof *s);
    s->launcher = *launcher;
    s->prog = prog;
    s->text = mem_text_n(options->text, options->len_bytes);
    s->len_bytes = options->len_bytes;
    s->is_headless = options->is_headless;
    s->orders.grain = options->grain;
    s->memory_bytes = options->memory_bytes ? options->memory_bytes : TIMELINE_BYTES;
    s->run.fd = -1;
    s->save_path = options->save_path ? mem_text(options->save_path) : NULL;
    if (!fill_spec(&s->spec, options, err)) {
        session_free(s);
        return NULL;
    }
    s->spec.lock_on = starts_on(prog, options->lock);
    if (!check_kind(s, problems)) {
        session_free(s);
        return NULL;
    }
    if (!session_begin_run(s, prog, err) ||
        (options->schedule && !session_load_schedule(s, options->schedule, problems))) {
        session_free(s);
        return NULL;
    }
    return s;
}

void session_free(struct session *s)
{
    if (!s)
        return;
    session_forget_run(s);
    session_forget_orders(s);
    mem_free(s->claims);
    mem_free(s->pauses);
    program_free(s->prog);
    mem_free(s->text);
    mem_free(s->save_path);
    saved_free(s->saved);
    mem_free(s);
}

static bool await_ready(struct session *s)
{
    const struct run_host *host = &s->run.header->host;
    // Pairs with the release of the host: scale and zero are there.
    if (!atomic_load_explicit(&host->is_ready, memory_order_acquire))
        return false;
    s->is_ready = true;
    s->began_ns = clock_to_ns(&host->scale, host->began_ticks);
    if (s->wants_pause)
        session_pause(s, true);
    return true;
}

static void watch_host(struct session *s)
{
    int status;
    const struct run_host *host = &s->run.header->host;
    // Pairs with the release of the host.
    bool is_done = atomic_load_explicit(&host->is_done, memory_order_acquire);
    if (is_done && !s->is_ready && !s->trouble[0])
        text_format(s->trouble, sizeof s->trouble, "%s", host->trouble);
    if (s->is_host_gone || (!is_done && !s->launcher.ended(s->launcher.context, &status)))
        return;
    // Once more: it may have been done just before it ended.
    is_done = atomic_load_explicit(&host->is_done, memory_order_acquire);
    s->is_host_gone = true;
    if (!is_done && !s->trouble[0]) {
        s->has_failed = true;
        s->host_signal = status & 0x7f;
        if (s->host_signal)
            text_format(s->trouble, sizeof s->trouble,
                        "the process with the lanes was killed by signal %d", status & 0x7f);
        else
            text_format(s->trouble, sizeof s->trouble, "the process with the lanes has gone");
    }
}

static bool everything_taken(const struct session *s)
{
    if (!s->is_host_gone)
        return false;
    for (size_t lane = 0; lane < s->run.n_lanes; lane++)
        if (!s->feeds[lane].is_ended)
            return false;
    return true;
}

// Never, unless this program breaks a promise to its own ledger; then it must not keep silent.
static void admit_unattributed(struct session *s)
{
    uint64_t n = 0;
    for (size_t cell = 0; cell < s->run.n_cells; cell++)
        n += ledger_cell(s->ledger, cell)->unattributed;
    if (n == 0)
        return;
    s->has_failed = true;
    text_format(s->trouble, sizeof s->trouble,
                "the ledger could not attribute %llu update%s: do not trust this run's losses",
                (unsigned long long)n, n == 1 ? "" : "s");
}

static void finish(struct session *s)
{
    session_take_prints(s, true);
    // What a dead lane's last write had kept back, and what that makes of the lanes' counts.
    session_merge(s);
    session_refresh_lanes(s);
    uint64_t end = 0;
    for (size_t lane = 0; lane < s->run.n_lanes; lane++)
        if (s->lanes[lane].is_started && s->lanes[lane].end_ns != UINT64_MAX &&
            s->lanes[lane].end_ns > end)
            end = s->lanes[lane].end_ns;
    s->end_ns = s->is_ready ? end : 0;
    s->is_ended = true;
    session_watch_gil(s);
    s->overlap_ns = session_overlap_ns(s);
    ledger_collect(s->ledger);
    admit_unattributed(s);
    if (s->is_ready && s->run.header->host.is_done)
        session_judge_end(s);
    if (s->timeline)
        timeline_advance(s->timeline, s->end_ns);
    recorder_finish(s);
}

static bool pump_live(struct session *s)
{
    if (s->is_ended)
        return false;
    watch_host(s);
    if (!s->is_ready && !await_ready(s)) {
        if (s->is_host_gone)
            s->is_ended = s->has_failed = true;
        return s->is_host_gone;
    }
    uint64_t now_ns = session_now_ns(s);
    session_mark_starts(s);
    bool changed = session_feed(s);
    changed |= session_take_prints(s, false);
    session_refresh_lanes(s);
    session_mark_ends(s);
    session_ask_quiet(s);
    session_find_deadlock(s);
    session_look_at_lock(s);
    if (s->timeline && !s->is_paused) {
        session_sample_sched(s);
        session_watch_gil(s);
    }
    if (s->timeline)
        timeline_advance(s->timeline, session_taken_until(s, now_ns));
    recorder_pump(s);
    if (everything_taken(s)) {
        finish(s);
        return true;
    }
    return changed || !s->is_paused;
}

bool session_pump(struct session *s)
{
    // It may begin another run: so first.
    bool changed = session_orders_pump(s);
    if (s->saved)
        return changed;
    return (s->sim ? sim_pump(s) : pump_live(s)) || changed;
}

static enum switch_state switch_state(const struct session *s)
{
    if (!session_has_lock(s))
        return SWITCH_NONE;
    if (!s->is_settled && !s->is_ended)
        return SWITCH_TURNING;
    return s->lock_word & 1 ? SWITCH_ON : SWITCH_OFF;
}

// That a file was cut comes before anything that it says.
static const char *trouble(const struct session *s)
{
    bool is_cut = s->saved && !session_file(s).is_complete;
    if (s->is_deadlocked && !is_cut)
        return s->deadlock;
    if (s->trouble[0])
        return s->trouble;
    return s->saved ? saved_trouble(s) : NULL;
}

static void view_lock(const struct session *s, struct session_view *view)
{
    const struct lock_kind *kind = lock_kinds[s->spec.lock_kind];
    view->lock = switch_state(s);
    view->lock_wanted = s->lock_word & 1;
    view->lock_kind = kind->name;
    view->lock_kind_help = kind->help;
    for (size_t i = 1; i < s->prog->n_lanes; i++) {
        bool is_alive = s->lanes[i].is_started && s->lanes[i].end_ns == UINT64_MAX;
        view->lock_lanes += is_alive;
        view->lock_acknowledged += is_alive && s->lanes[i].has_acknowledged;
    }
}

static void view_gil(const struct session *s, struct session_view *view)
{
    static const struct run_host no_host = {.gil_holder = EVENT_NO_OBJECT};
    const struct run_host *host = s->run.header ? &s->run.header->host : &no_host;
    view->gil = s->prog->mode == MODE_THREADS && !s->sim ? s->prog->gil : GIL_OFF;
    view->gil_holder = atomic_load_explicit(&host->gil_holder, memory_order_relaxed);
    view->gil_switches = atomic_load_explicit(&host->gil_switches, memory_order_relaxed);
    view->gil_rate = s->gil_rate;
    view->switch_interval_ns = s->spec.switch_interval_ns;
}

struct session_view session_view(const struct session *s)
{
    struct session_view view = {
        .prog = s->prog,
        .timeline = s->timeline,
        .ledger = s->ledger,
        .lanes = s->lanes,
        .n_lanes = s->prog->n_lanes,
        .now_ns = session_now_ns(s),
        .is_paused = s->is_paused,
        .is_ended = s->is_ended,
        .is_bare = session_is_bare(s),
        .has_failed = s->has_failed || s->is_deadlocked,
        .is_deadlocked = s->is_deadlocked,
        .trouble = trouble(s),
        .save_trouble = s->save_trouble[0] ? s->save_trouble : NULL,
        .is_saving = s->writer != NULL,
        .n_refused = s->n_refused,
        .host_signal = s->host_signal,
        .mode = s->prog->mode,
        .is_simulated = s->sim != NULL,
        .is_private = s->is_private,
        .n_deaths = s->n_deaths,
        .last_dead = s->last_dead,
        .pace_ns = s->pace_ns,
        .seed = s->spec.seed,
        .runs = s->runs,
        .output = s->output,
        .n_output = s->n_output,
        .n_output_dropped = s->n_output_dropped,
        .claims = s->claims,
        .n_claims = s->n_claims,
        .cells = s->cells,
        .events = s->events,
        .dropped = s->dropped,
        .held_ns = s->held_ns,
        .arranging = s->is_arranging,
        .arranged = s->arranged,
        .overlap_ns = s->overlap_ns,
        .preempted_ns = s->preempted_ns,
    };
    view_lock(s, &view);
    view_gil(s, &view);
    if (s->sim)
        sim_view(s, &view);
    if (s->saved)
        saved_view(s, &view);
    return view;
}

uint64_t session_burn_per_ms(const struct session *s)
{
    return s->is_ready && s->run.header ? s->run.header->host.burn_per_ms : s->spec.burn_per_ms;
}

void session_wait(struct session *s, uint64_t timeout_ns)
{
    (void)s;
    clock_sleep_until(clock_now_ns() + timeout_ns);
}

int session_host(int memory_fd)
{
    struct error err;
    struct run run;
    if (!run_map(&run, memory_fd, &err))
        return 3;
    struct lang_problems problems;
    struct program *prog =
        session_compile_spec(&run.header->spec, run.text, run.header->text_len, &problems);
    int status = 3;
    if (!prog)
        engine_host_refuse(&run, problems.items[0].text);
    else if (!run_fits(&run, prog))
        engine_host_refuse(&run, "the run's memory was made for other lanes, variables or locks "
                                 "than its scenario has; start again");
    else
        status = engine_host(&run, prog);
    program_free(prog);
    run_close(&run);
    return status;
}
