// What follows from the figures, and whether anything does.
#include "session/comparison.h"

#include "base/clock.h"
#include "base/text.h"

#include <string.h>

enum { SAME_PERCENT = 15 }; // figures that differ by less count as the same

// A free machine gives at least so much of its cores.
static const double free_share = 0.85;

const char *comparison_advise(const struct comparison_row *rows, size_t n, const char *work)
{
    uint64_t best_ns = UINT64_MAX;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < n; i++) {
            const struct comparison_row *row = &rows[i];
            bool is_free_threaded = row->mode == MODE_THREADS && row->gil == GIL_OFF;
            if (!row->is_ours || strcmp(row->work, work) != 0 || is_free_threaded ||
                row->state != ROW_DONE)
                continue;
            if (pass == 0)
                best_ns = row->elapsed_ns < best_ns ? row->elapsed_ns : best_ns;
            else if (row->elapsed_ns <= best_ns + best_ns * SAME_PERCENT / 100)
                return row->mode == MODE_THREADS ? mode_names[MODE_THREADS] : row->label;
        }
    return "";
}

static const struct comparison_row *row_of(const struct comparison_row *rows, size_t n,
                                           enum run_mode mode, enum gil_dial gil)
{
    for (size_t i = 0; i < n; i++)
        if (rows[i].is_ours && strcmp(rows[i].work, "cpu") == 0 && rows[i].mode == mode &&
            rows[i].gil == gil && rows[i].state == ROW_DONE)
            return &rows[i];
    return NULL;
}

static bool is_longer(uint64_t a_ns, uint64_t b_ns)
{
    return a_ns > b_ns + b_ns * SAME_PERCENT / 100;
}

static bool has_its_cores(const struct comparison_calibration *all, size_t cores)
{
    size_t could = cores < all->burners ? cores : all->burners;
    return all->gives <= 0 || all->gives >= free_share * (double)could;
}

// One after the other cannot take longer than it is written to; under its GIL threads cannot
// compute faster than that, and processes cannot but, where there are cores. If they do or do not,
// something else has had the cores.
static bool find_doubt(const struct comparison_row *rows, size_t n,
                       const struct comparison_calibration *all, size_t cores, char why[160])
{
    const struct comparison_row *sequential = row_of(rows, n, MODE_SEQUENTIAL, GIL_OFF);
    const struct comparison_row *gil = row_of(rows, n, MODE_THREADS, GIL_3_10);
    const struct comparison_row *processes = row_of(rows, n, MODE_PROCESSES, GIL_OFF);
    if (!has_its_cores(all, cores))
        text_format(why, 160, "only %.2f of %zu core%s were to be had", all->gives, cores,
                    cores == 1 ? "" : "s");
    else if (sequential && sequential->whole_ns &&
             is_longer(sequential->elapsed_ns, sequential->whole_ns))
        text_format(why, 160, "one after the other took %.2f s instead of %.2f s",
                    (double)sequential->elapsed_ns / 1e9, (double)sequential->whole_ns / 1e9);
    else if (sequential && gil && is_longer(sequential->elapsed_ns, gil->elapsed_ns))
        text_format(why, 160, "threads under the GIL were faster than one after the other");
    else if (cores > 1 && sequential && processes &&
             !is_longer(sequential->elapsed_ns, processes->elapsed_ns))
        text_format(why, 160, "on %zu cores processes were no faster than one after the other",
                    cores);
    else
        return false;
    return true;
}

struct comparison_advice comparison_advice_of(const struct comparison_row *rows, size_t n,
                                              const struct comparison_calibration *calibration,
                                              size_t cores)
{
    struct comparison_advice advice = {.io = comparison_advise(rows, n, "io"),
                                       .cpu = comparison_advise(rows, n, "cpu")};
    bool is_doubtful = find_doubt(rows, n, calibration, cores, advice.why);
    // That several processes were faster shows through any other load; that they were not does not.
    bool is_plain = strcmp(advice.cpu, mode_names[MODE_SEQUENTIAL]) == 0 ||
                    strcmp(advice.cpu, mode_names[MODE_THREADS]) == 0;
    // Waiting takes no core, so that threads were slower at it is no more than an accident.
    bool is_odd = strcmp(advice.io, mode_names[MODE_THREADS]) != 0;
    if (is_doubtful && advice.cpu[0] != '\0')
        advice.trust = is_odd ? ADVICE_NONE : is_plain ? ADVICE_UNTOLD : ADVICE_LOADED;
    return advice;
}

char *comparison_words(const struct comparison_advice *advice, char out[160])
{
    if (advice->trust == ADVICE_NONE)
        text_format(out, 160, "too busy to tell; measure again when nothing else runs");
    else if (advice->trust == ADVICE_UNTOLD)
        text_format(out, 160, "%s for what waits; for what computes: too busy to tell", advice->io);
    else
        text_format(out, 160, "%s for what waits, %s for what computes%s", advice->io, advice->cpu,
                    advice->trust == ADVICE_LOADED ? " (busy)" : "");
    return out;
}

char *comparison_machine(const struct comparison_view *view, char out[160])
{
    const struct comparison_calibration *all = &view->calibration;
    const char *plural = view->cores == 1 ? "" : "s";
    if (all->gives <= 0)
        text_format(out, 160, "%zu core%s", view->cores, plural);
    else if (!has_its_cores(all, view->cores))
        // A machine that is busy, or whose cores are halves of others.
        text_format(out, 160, "only %.2f of %zu core%s to be had: busy, or shared cores",
                    all->gives, view->cores, plural);
    else
        text_format(out, 160, "%zu core%s; %zu processes at once get the work of %.2f done",
                    view->cores, plural, all->burners, all->gives);
    return out;
}
