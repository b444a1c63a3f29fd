#include "export/explore.h"

#include "base/mem.h"
#include "base/text.h"
#include "export/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS_SHOWN = 60, VALUES_SHOWN = 40 };

// The leading digits of a number of any length, as a fraction of 10 to its length.
static double leading(const char *digits)
{
    char head[16];
    size_t n = strlen(digits) < 15 ? strlen(digits) : 15;
    memcpy(head, digits, n);
    head[n] = '\0';
    double value = strtod(head, NULL);
    for (size_t i = 0; i < n; i++)
        value /= 10;
    return value;
}

static double share(const char *part, const char *all)
{
    double value = leading(part) / leading(all);
    for (size_t i = strlen(part); i < strlen(all); i++)
        value /= 10;
    return 100 * value;
}

static void add_share(struct page *page, const char *part, const char *all)
{
    double percent = share(part, all);
    if (percent < 0.01)
        page_add(page, " (below 0.01 %%)");
    else
        page_add(page, " (%.*f %%)", percent < 1 ? 2 : percent < 99.95 ? 1 : 0, percent);
}

static void add_finals(struct page *page, const struct explore_result *result)
{
    for (size_t i = 0; i < result->n_cells; i++) {
        const struct explore_cell *cell = &result->cells[i];
        if (cell->n_finals == 0)
            continue;
        page_add(page, "%s ends as\n", cell->name);
        for (size_t j = 0; j < cell->n_finals && j < VALUES_SHOWN; j++) {
            const struct explore_final *final = &cell->finals[j];
            page_add(page, "  %10lld", (long long) final->value);
            if (final->schedules && result->schedules) {
                bool is_one = strcmp(final->schedules, "1") == 0;
                page_add(page, "   in %s schedule%s", final->schedules, is_one ? "" : "s");
                add_share(page, final->schedules, result->schedules);
            }
            page_add(page, "\n");
        }
        if (cell->n_finals > VALUES_SHOWN)
            page_add(page, "  and %zu more values\n", cell->n_finals - VALUES_SHOWN);
    }
}

static void add_schedule(struct page *page, const struct explore_account *account,
                         const char *label, const uint16_t *lanes, size_t n,
                         char *(*write)(const struct program *, const uint16_t *, size_t))
{
    size_t n_shown = n < STEPS_SHOWN ? n : STEPS_SHOWN;
    char *text = write(account->prog, lanes, write == explore_turns_text ? n : n_shown);
    page_add(page, "  %s %s", label, n ? text : "(before any step)");
    if (n_shown < n && write != explore_turns_text)
        page_add(page, " ... %zu steps in all", n);
    page_add(page, "\n");
    mem_free(text);
}

static const char *const verbs[] = {[GOAL_EXPECT] = "fails",
                                    [GOAL_ALWAYS] = "is broken",
                                    [GOAL_FAULT] = "happens",
                                    [GOAL_DEADLOCK] = "happens"};

static void add_failure(struct page *page, const struct explore_account *account,
                        const struct explore_failure *failure)
{
    const struct explore_result *result = account->result;
    page_add(page, "%s %s", failure->text, verbs[failure->kind]);
    if (failure->kind == GOAL_DEADLOCK)
        page_add(page, ", in %s state%s", result->n_deadlocks,
                 strcmp(result->n_deadlocks, "1") == 0 ? "" : "s");
    if (failure->schedules)
        page_add(page, ", in %s schedule%s", failure->schedules,
                 strcmp(failure->schedules, "1") == 0 ? "" : "s");
    page_add(page, "\n");
    if (failure->has_shortest)
        add_schedule(page, account, "shortest:         ", failure->shortest, failure->n_shortest,
                     explore_schedule_text);
    if (failure->has_fewest)
        add_schedule(page, account, "fewest switches:  ", failure->fewest_switches,
                     failure->n_fewest, explore_turns_text);
}

char *explore_probe_turns(const struct explore_account *account)
{
    size_t n = account->probe.n;
    while (n > 0 && account->probe.lanes[n - 1] == 0)
        n--;
    return explore_turns_text(account->prog, account->probe.lanes, n);
}

static void add_probe(struct page *page, const struct explore_account *account)
{
    if (!account->probe.has_failed)
        return;
    char *turns = explore_probe_turns(account);
    page_add(page, "%s %s in one of a few schedules that were tried by themselves\n  turns: %s\n",
             account->probe.text, verbs[account->probe.kind], turns);
    mem_free(turns);
}

static void add_verdict(struct page *page, const struct explore_account *account)
{
    const struct explore_result *result = account->result;
    if (result->n_failures > 0) {
        page_add(page, "%s\n",
                 result->is_complete
                     ? "Every interleaving was tried: some fail."
                     : "Not every interleaving was tried, and some of those that were "
                       "fail.");
        return;
    }
    if (account->probe.has_failed)
        page_add(page, "Not every interleaving was tried, and one that was fails.\n");
    else if (!result->is_complete)
        page_add(page, "No failure was found, but not every interleaving was tried.\n");
    else if (account->prog->n_expects + account->prog->n_always == 0)
        page_add(page, "Every interleaving was tried: none fails (the scenario has no `expect` or "
                       "`always`).\n");
    else
        page_add(page, "Every interleaving was tried: none fails.\n");
}

static char *cut_note(const struct explore_account *account)
{
    struct page page = {0};
    const struct explore_result *result = account->result;
    const char *found = result->n_failures ? "what was not reached is not known"
                                           : "no failure was found among them";
    const char *states_were = strcmp(result->n_states, "1") == 0 ? "state was" : "states were";
    uint64_t mib = account->memory_max_bytes >> 20;
    if (account->trouble && account->trouble[0])
        page_add(&page, "not found: %s", account->trouble);
    else if (result->status == EXPLORE_MEMORY)
        page_add(&page, "not found within %llu %s: %s %s covered and %s",
                 (unsigned long long)(mib ? mib : account->memory_max_bytes >> 10),
                 mib ? "MiB" : "KiB", result->n_states, states_were, found);
    else
        page_add(&page, "stopped: %s %s covered and %s", result->n_states, states_were, found);
    return page.text;
}

char *explore_note(const struct explore_account *account)
{
    struct page page = {0};
    const struct explore_result *result = account->result;
    page_add(&page, "%s", "");
    if (!result->is_complete) {
        mem_free(page.text);
        return cut_note(account);
    }
    if (result->is_endless)
        page_add(&page, "lanes may go round for ever, so there is no number of schedules");
    if (account->has_random)
        page_add(&page, "%seach value of random() makes a schedule of its own",
                 page.len ? "; " : "");
    for (size_t i = 0; i < result->n_failures; i++)
        if (!result->failures[i].has_shortest || !result->failures[i].has_fewest) {
            page_add(&page, "%ssome examples were not found within the limit",
                     page.len ? "; " : "");
            break;
        }
    return page.text;
}

char *explore_text(const struct explore_account *account)
{
    struct page page = {0};
    const struct explore_result *result = account->result;
    char *note = explore_note(account);
    page_add(&page, "%s, lock %s, %s\n", account->prog->name, account->lock_on ? "on" : "off",
             account->grain == GRAIN_ACCESS ? "by access" : "step by step");
    page_add(&page, "%s state%s", result->n_states, strcmp(result->n_states, "1") == 0 ? "" : "s");
    if (result->schedules)
        page_add(&page, ", %s schedule%s", result->schedules,
                 strcmp(result->schedules, "1") == 0 ? " that ends" : "s that end");
    if (result->is_complete && strcmp(result->n_deadlocks, "0") == 0)
        page_add(&page, ", no deadlock");
    page_add(&page, "; %.3f s, %.1f MiB\n", account->elapsed_s,
             (double)result->peak_bytes / 1048576);
    if (note[0])
        page_add(&page, "%s\n", note);
    page_add(&page, "\n");
    add_finals(&page, result);
    for (size_t i = 0; i < result->n_failures; i++)
        add_failure(&page, account, &result->failures[i]);
    add_probe(&page, account);
    page_add(&page, "\n");
    add_verdict(&page, account);
    mem_free(note);
    return page.text;
}
