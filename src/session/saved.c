// A session that shows a run from a file.
#include "session/saved.h"

#include "base/mem.h"
#include "base/text.h"

static bool no_start(void *context, int memory_fd, struct error *err)
{
    (void)context;
    (void)memory_fd;
    return error_set(err, "a saved run is not run again");
}

static void no_stop(void *context)
{
    (void)context;
}

static bool no_end(void *context, int *status)
{
    (void)context;
    (void)status;
    return false;
}

static void size_text(char out[24], uint64_t bytes)
{
    if (bytes >= 10 << 20)
        text_format(out, 24, "%llu MiB", (unsigned long long)(bytes >> 20));
    else if (bytes >= 10 << 10)
        text_format(out, 24, "%llu KiB", (unsigned long long)(bytes >> 10));
    else
        text_format(out, 24, "%llu bytes", (unsigned long long)bytes);
}

// What is missing of a file that was cut, said before anything else that there is to say.
static void tell_cut(struct session *s, const struct rlt_facts *facts)
{
    char good[24], all[24], until[16], totals[16], how[80] = "";
    size_text(good, facts->good_bytes);
    size_text(all, facts->file_bytes);
    text_duration(until, s->saved->now_ns);
    text_duration(totals, s->saved->state_ns);
    if (facts->good_bytes < facts->file_bytes)
        text_format(how, sizeof how, " (%s of %s are whole)", good, all);
    if (facts->has_state)
        text_format(s->trouble, sizeof s->trouble,
                    "the file is cut%s: events up to %s, all numbers as of %s", how, until, totals);
    else
        text_format(s->trouble, sizeof s->trouble, "the file is cut%s: events up to %s, no numbers",
                    how, until);
    s->has_failed = true;
}

static bool take_state(struct session *s, const char *name, struct error *err)
{
    size_t len;
    const void *bytes = rlt_state(s->saved->file, &len);
    struct rlt_facts facts = rlt_facts(s->saved->file);
    if (bytes && !saved_unpack_state(s, bytes, len))
        return error_set(err, "%s: what it says of the run is nonsense", name);
    if (facts.is_complete && facts.has_state)
        s->saved->now_ns = s->saved->state_ns;
    if (!facts.is_complete)
        tell_cut(s, &facts);
    s->is_ready = s->is_ended = s->is_host_gone = true;
    s->end_ns = s->saved->now_ns;
    return true;
}

struct session *session_replay(const char *path, rlt_progress progress, void *context,
                               struct error *err)
{
    static const struct session_launcher nobody = {no_start, no_stop, no_end, NULL};
    char name[120];
    text_safe_z(name, sizeof name, path);
    struct rlt *file = rlt_open(path, progress, context, err);
    if (!file)
        return NULL;
    struct session *s = mem_alloc(sizeof *s);
    s->launcher = nobody;
    s->run.fd = -1;
    size_t len;
    const void *run = rlt_run(file, &len);
    struct error why;
    bool is_right = saved_unpack_run(s, run, len, &why);
    if (!is_right)
        error_set(err, "%s: %s", name, why.text);
    else if (s->prog->n_lanes != rlt_lanes(file))
        is_right = error_set(err, "%s: it has the events of another number of lanes", name);
    if (!is_right)
        rlt_free(file);
    if (is_right) {
        s->saved = saved_new(s->prog);
        s->saved->file = file;
        s->saved->path = mem_text(name);
        const struct rlt_bounds bounds = {.n_ops = s->prog->n_ops,
                                          .n_cells = s->prog->n_cells,
                                          .n_locks = s->prog->n_locks,
                                          .n_items = s->prog->pool.n_items,
                                          .n_always = s->prog->n_always};
        s->is_headless = true; // its timeline is the file's
        session_make_state(s);
        s->timeline = rlt_timeline(file, &bounds);
        s->saved->now_ns = timeline_now(s->timeline);
        is_right = take_state(s, name, err);
    }
    if (is_right)
        return s;
    session_free(s);
    return NULL;
}

const char *saved_trouble(const struct session *s)
{
    if (!s->timeline || !timeline_has_unreadable(s->timeline))
        return NULL;
    return "the file is damaged: some of its events cannot be read; the totals are right";
}

void saved_view(const struct session *s, struct session_view *view)
{
    view->is_saved = true;
    view->file = s->saved->path;
    view->gil_holder = s->saved->gil_holder;
    view->gil_switches = s->saved->gil_switches;
    view->is_simulated = s->saved->is_simulated;
    view->schedule = s->saved->schedule;
    view->n_steps = s->saved->n_steps;
    view->n_known_steps = s->saved->n_known_steps;
    view->step_ns = s->saved->step_ns;
    if (s->saved->is_simulated) {
        view->is_bare = false;
        view->gil = GIL_OFF;
    }
}

bool session_is_saved(const struct session *s)
{
    return s->saved != NULL;
}

struct rlt_facts session_file(const struct session *s)
{
    return s->saved ? rlt_facts(s->saved->file) : (struct rlt_facts){.is_complete = true};
}

uint64_t session_check_file(struct session *s, rlt_progress progress, void *context)
{
    return s->saved ? rlt_check(s->saved->file, progress, context) : 0;
}
