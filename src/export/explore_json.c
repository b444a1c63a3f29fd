#include "export/explore.h"

#include "base/mem.h"
#include "export/page.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A number of states: a number, or a text once it does not fit one.
static json_t *whole(const char *digits)
{
    errno = 0;
    long long n = strtoll(digits, NULL, 10);
    return errno ? json_string(digits) : json_integer(n);
}

static json_t *digits(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *schedule(const struct explore_account *account, const uint16_t *lanes, size_t n,
                        bool is_known,
                        char *(*write)(const struct program *, const uint16_t *, size_t))
{
    if (!is_known)
        return json_null();
    char *text = write(account->prog, lanes, n);
    json_t *value = json_string(text);
    mem_free(text);
    return value;
}

static void put_example(json_t *object, const struct explore_account *account,
                        const struct explore_failure *failure)
{
    json_object_set_new(object, "schedules", digits(failure->schedules));
    json_object_set_new(object, "shortest",
                        schedule(account, failure->shortest, failure->n_shortest,
                                 failure->has_shortest, explore_schedule_text));
    json_object_set_new(object, "fewest_switches",
                        schedule(account, failure->fewest_switches, failure->n_fewest,
                                 failure->has_fewest, explore_turns_text));
}

static json_t *finals(const struct explore_result *result)
{
    json_t *object = json_object();
    for (size_t i = 0; i < result->n_cells; i++) {
        const struct explore_cell *cell = &result->cells[i];
        json_t *values = json_object();
        for (size_t j = 0; j < cell->n_finals; j++) {
            char value[24];
            snprintf(value, sizeof value, "%lld", (long long)cell->finals[j].value);
            json_object_set_new(values, value, digits(cell->finals[j].schedules));
        }
        json_object_set_new(object, cell->name, values);
    }
    return object;
}

static json_t *deadlocks(const struct explore_account *account)
{
    const struct explore_result *result = account->result;
    json_t *object = json_object();
    json_object_set_new(object, "states", whole(result->n_deadlocks));
    json_object_set_new(object, "schedules", digits(result->stuck_schedules));
    for (size_t i = 0; i < result->n_failures; i++)
        if (result->failures[i].kind == GOAL_DEADLOCK)
            put_example(object, account, &result->failures[i]);
    return object;
}

static const char *const kinds[] = {[GOAL_EXPECT] = "expect",
                                    [GOAL_ALWAYS] = "always",
                                    [GOAL_FAULT] = "error",
                                    [GOAL_DEADLOCK] = "deadlock"};

static json_t *probe(const struct explore_account *account)
{
    if (!account->probe.has_failed)
        return json_null();
    char *turns = explore_probe_turns(account);
    json_t *object = json_object();
    json_object_set_new(object, "text", json_string(account->probe.text));
    json_object_set_new(object, "kind", json_string(kinds[account->probe.kind]));
    json_object_set_new(object, "turns", json_string(turns));
    mem_free(turns);
    return object;
}

static json_t *violations(const struct explore_account *account)
{
    const struct explore_result *result = account->result;
    json_t *array = json_array();
    for (size_t i = 0; i < result->n_failures; i++) {
        const struct explore_failure *failure = &result->failures[i];
        if (failure->kind == GOAL_DEADLOCK)
            continue;
        json_t *object = json_object();
        json_object_set_new(object, "text", json_string(failure->text));
        json_object_set_new(object, "kind", json_string(kinds[failure->kind]));
        put_example(object, account, failure);
        json_array_append_new(array, object);
    }
    return array;
}

char *explore_json(const struct explore_account *account)
{
    const struct explore_result *result = account->result;
    char *note = explore_note(account);
    json_t *root = json_object();
    json_object_set_new(root, "scenario", json_string(account->prog->name));
    json_object_set_new(root, "complete", json_boolean(result->is_complete));
    json_object_set_new(root, "states", whole(result->n_states));
    json_object_set_new(root, "schedules", digits(result->schedules));
    json_object_set_new(root, "finals", finals(result));
    json_object_set_new(root, "deadlocks", deadlocks(account));
    json_object_set_new(root, "violations", violations(account));
    json_object_set_new(root, "probe", probe(account));
    json_object_set_new(root, "elapsed_s", json_real(account->elapsed_s));
    json_object_set_new(root, "peak_bytes", json_integer((json_int_t)result->peak_bytes));
    json_object_set_new(root, "lock", json_string(account->lock_on ? "on" : "off"));
    json_object_set_new(root, "lock_kind", json_string(account->lock_kind));
    json_object_set_new(root, "grain",
                        json_string(account->grain == GRAIN_ACCESS ? "access" : "op"));
    json_object_set_new(root, "endless", json_boolean(result->is_endless));
    json_object_set_new(root, "explored", json_integer((json_int_t)result->n_explored));
    json_object_set_new(root, "note", json_string(note));
    mem_free(note);
    return page_of_json(root, 9);
}
