// The model's pool: inputs in order to whoever comes, and a place for the result of each.
#include "model/stepper_private.h"

// What is shown of an input beside its number: the first argument.
static int64_t first_number(const struct pool_decl *pool, size_t item)
{
    bool is_number = pool->n_args > 0 && pool->arg_types[0] == TYPE_INT;
    return is_number ? pool->args[item * pool->n_args] : 0;
}

void step_take(struct stepper *s, struct step_lane *lane, const struct op *op)
{
    const struct pool_decl *pool = &s->prog->pool;
    if (s->n_taken == pool->n_items) {
        machine_take(&lane->machine, op, -1);
        return;
    }
    uint32_t item = s->n_taken++;
    step_report(s, lane, EVENT_TAKE, item, first_number(pool, item), 0);
    machine_take(&lane->machine, op, item);
}

void step_give(struct stepper *s, struct step_lane *lane, const struct op *op)
{
    size_t item = (size_t)machine_value(&lane->machine, op->a);
    int64_t value = machine_value(&lane->machine, op->b);
    s->results[item] = (struct step_result){value, true};
    step_report(s, lane, EVENT_GIVE, (uint32_t)item, value, 0);
    machine_complete(&lane->machine, op, 0);
}

void step_result(struct stepper *s, struct step_lane *lane, const struct op *op)
{
    size_t item;
    if (!machine_item(&lane->machine, op, &item))
        return;
    if (s->results[item].is_there)
        machine_complete(&lane->machine, op, s->results[item].value);
    else
        machine_fail(&lane->machine, op, FAULT_RESULT);
}
