#include "lang/unit.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct builtin builtins[BUILTINS_COUNT] = {
    {"sleep", OP_SLEEP, 1, TYPE_DURATION, TYPE_NONE},
    {"compute", OP_COMPUTE, 1, TYPE_DURATION, TYPE_NONE},
    {"random", OP_RANDOM, 2, TYPE_INT, TYPE_INT},
    {"elapsed", OP_ELAPSED, 0, TYPE_NONE, TYPE_DURATION},
    {"factorial", OP_FACTORIAL, 1, TYPE_INT, TYPE_TEXT},
};

// Words that mean something of their own, so nothing can be called by them.
static const char *const reserved_words[] = {
    "def",      "lane",  "shared", "lock",   "param",      "semaphore", "if",
    "elif",     "else",  "while",  "for",    "in",         "with",      "acquire",
    "release",  "wait",  "post",   "notify", "notify_all", "return",    "break",
    "continue", "pass",  "print",  "atomic", "and",        "or",        "not",
    "global",   "range", "True",   "False",  "None",       "lanes",
};

bool unit_complain(struct unit *unit, struct place at, const char *fmt, ...)
{
    char text[240];
    if (problem_count(unit->problems) >= PROBLEMS_ENOUGH)
        return false;
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    problem_add(unit->problems, at, "%s", text);
    return false;
}

const char *unit_name(const struct unit *unit, uint32_t name)
{
    return unit->names.texts[name];
}

const char *type_name(uint8_t type)
{
    return type == TYPE_INT        ? "a number"
           : type == TYPE_TEXT     ? "a text"
           : type == TYPE_DURATION ? "a duration"
                                   : "nothing";
}

char *text_unescape(const char *text, size_t len_bytes, bool has_braces)
{
    char *out = mem_alloc(len_bytes + 1);
    size_t n = 0;
    for (size_t i = 0; i < len_bytes; i++) {
        bool is_double = has_braces && (text[i] == '{' || text[i] == '}');
        bool is_escape = text[i] == '\\' || is_double;
        if (is_escape && i + 1 < len_bytes)
            i++;
        out[n++] = is_escape && text[i] == 'n' ? '\n' : text[i];
    }
    return out;
}

uint32_t unit_string(struct unit *unit, struct node *text)
{
    struct program *prog = unit->prog;
    if (text->index == 0) {
        prog->strings = mem_resize(prog->strings, prog->n_strings + 1, sizeof *prog->strings);
        prog->strings[prog->n_strings++] = text_unescape(text->text, text->text_len, false);
        text->index = (uint32_t)prog->n_strings;
    }
    return text->index - 1;
}

static void consider(const char *wanted, const char *known, size_t *distance, const char **best)
{
    size_t d = text_distance(wanted, known);
    if (d < *distance) {
        *distance = d;
        *best = known;
    }
}

static const char *nearest(const struct unit *unit, const char *wanted)
{
    size_t distance = strlen(wanted) / 3 + 1; // none for a name of two letters
    const char *best = NULL;
    if (distance == 1)
        return NULL;
    for (size_t i = 0; unit->routine && i < unit->routine->n_locals; i++)
        consider(wanted, unit_name(unit, unit->locals[unit->routine->first_local + i].name),
                 &distance, &best);
    for (size_t i = 0; i < unit->names.n; i++)
        if (unit->symbols[i].kind != SYMBOL_NONE)
            consider(wanted, unit->names.texts[i], &distance, &best);
    return best;
}

bool unit_unknown(struct unit *unit, const struct node *node, const char *what)
{
    const char *name = unit_name(unit, node->name);
    if (unit->names.is_lost[node->name])
        return false;
    if (unit->problems->n_more > 0) // not shown: need not be worked out
        return unit_complain(unit, node->at, "%s is not known", name);
    const char *best = nearest(unit, name);
    if (best)
        return unit_complain(unit, node->at, "%s is not known here; is it %s?", name, best);
    return unit_complain(unit, node->at, "%s is not known here; %s", name, what);
}

bool unit_is_reserved(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(reserved_words); i++)
        if (strcmp(name, reserved_words[i]) == 0)
            return true;
    return false;
}

static const char *lock_type_name(enum lock_type type)
{
    return type == LOCK_SEMAPHORE   ? "a semaphore"
           : type == LOCK_CONDITION ? "a condition"
                                    : "a lock";
}

const char *symbol_kind_name(const struct unit *unit, const struct symbol *symbol)
{
    switch (symbol->kind) {
    case SYMBOL_NONE:
    case SYMBOL_LOCAL:
        return "a variable";
    case SYMBOL_CONST:
        return "a param";
    case SYMBOL_SHARED:
        return "a shared variable";
    case SYMBOL_LOCK:
        return lock_type_name(unit->prog->locks[symbol->index].type);
    case SYMBOL_RESULTS:
        return "the pool's list of results";
    case SYMBOL_FUNCTION:
        return "a function";
    case SYMBOL_BUILTIN:
        return "built in";
    }
    return "a name";
}

static bool declare(struct unit *unit, const struct node *node, enum symbol_kind kind, size_t index)
{
    struct symbol *symbol = &unit->symbols[node->name];
    const char *name = unit_name(unit, node->name);
    if (unit_is_reserved(name))
        return unit_complain(unit, node->at, "%s is a word of the language; choose another name",
                             name);
    if (symbol->kind == SYMBOL_BUILTIN)
        return unit_complain(unit, node->at, "%s is built in; choose another name", name);
    if (symbol->kind != SYMBOL_NONE)
        return unit_complain(unit, node->at, "%s is %s already, in line %u; choose another name",
                             name, symbol_kind_name(unit, symbol), symbol->line);
    *symbol = (struct symbol){.kind = kind, .index = (uint32_t)index, .line = node->at.line};
    return true;
}

static void copy_name(const struct unit *unit, char out[PROGRAM_NAME_MAX + 1], uint32_t name)
{
    text_format(out, PROGRAM_NAME_MAX + 1, "%s", unit_name(unit, name));
}

static bool find_setting(const struct unit *unit, const char *name, int64_t *value)
{
    bool found = false;
    for (size_t i = 0; i < unit->options->n_settings; i++) {
        if (strcmp(unit->options->settings[i].name, name) != 0)
            continue;
        *value = unit->options->settings[i].value;
        found = true;
    }
    return found;
}

static void declare_param(struct unit *unit, struct node *node)
{
    struct program *prog = unit->prog;
    int64_t value = 0;
    if (!declare(unit, node, SYMBOL_CONST, prog->n_params))
        return;
    unit_constant_int(unit, node->a, INT64_MIN, INT64_MAX, "a param", &value);
    find_setting(unit, unit_name(unit, node->name), &value);
    unit->symbols[node->name].value = value;
    prog->params = mem_resize(prog->params, prog->n_params + 1, sizeof *prog->params);
    struct param *param = &prog->params[prog->n_params++];
    *param = (struct param){.value = value, .line = node->at.line};
    copy_name(unit, param->name, node->name);
}

static void declare_lock(struct unit *unit, struct node *node, enum lock_type type)
{
    struct program *prog = unit->prog;
    if (prog->n_locks == PROGRAM_LOCKS_MAX) {
        unit_complain(unit, node->at, "too many locks; at most %d", PROGRAM_LOCKS_MAX);
        return;
    }
    if (!declare(unit, node, SYMBOL_LOCK, prog->n_locks))
        return;
    prog->locks = mem_resize(prog->locks, prog->n_locks + 1, sizeof *prog->locks);
    struct lock_decl *lock = &prog->locks[prog->n_locks++];
    *lock = (struct lock_decl){.type = type, .lock = -1, .line = node->at.line};
    copy_name(unit, lock->name, node->name);
    lock->starts_off = type == LOCK_MUTEX && node->value != 0;
}

// The lock of a condition, which may be declared below it.
static void bind_condition(struct unit *unit, const struct node *node)
{
    struct program *prog = unit->prog;
    const struct symbol *condition = &unit->symbols[node->name];
    const struct symbol *lock = &unit->symbols[node->b->name];
    if (condition->kind != SYMBOL_LOCK || condition->line != node->at.line)
        return; // its declaration was a mistake
    if (lock->kind == SYMBOL_LOCK && prog->locks[lock->index].type == LOCK_MUTEX)
        prog->locks[condition->index].lock = (int32_t)lock->index;
    else if (lock->kind == SYMBOL_NONE)
        unit_unknown(unit, node->b, "declare it with lock");
    else
        unit_complain(unit, node->b->at,
                      "%s is %s; a condition belongs to a lock: condition %s with "
                      "guard, and lock guard above it",
                      unit_name(unit, node->b->name), symbol_kind_name(unit, lock),
                      unit_name(unit, node->name));
}

static void declare_pool(struct unit *unit, struct node *node)
{
    if (unit->pool) {
        unit->names.is_lost[node->name] = true;
        unit_complain(unit, node->at, "a second pool; a scenario has one");
        return;
    }
    unit->pool = node;
    unit->prog->pool.line = node->at.line;
    if (declare(unit, node, SYMBOL_RESULTS, 0))
        copy_name(unit, unit->prog->pool.name, node->name);
}

static void declare_function(struct unit *unit, struct node *node)
{
    if (unit->n_routines == PROGRAM_FUNCTIONS_MAX) {
        unit->names.is_lost[node->name] = true;
        unit_complain(unit, node->at, "too many functions; at most %d with expect and always",
                      PROGRAM_FUNCTIONS_MAX);
        return;
    }
    if (!declare(unit, node, SYMBOL_FUNCTION, unit->n_routines))
        return;
    unit->routines[unit->n_routines++] = (struct routine){.name = unit_name(unit, node->name),
                                                          .parameters = node->a,
                                                          .n_parameters = (size_t)node->value,
                                                          .body = node->b,
                                                          .at = node->at,
                                                          .result = TYPE_UNKNOWN};
}

static void declare_shared(struct unit *unit, struct node *node)
{
    struct program *prog = unit->prog;
    if (prog->n_vars == PROGRAM_CELLS_MAX) {
        unit_complain(unit, node->at, "too many shared variables; at most %d elements in all",
                      PROGRAM_CELLS_MAX);
        return;
    }
    if (!declare(unit, node, SYMBOL_SHARED, prog->n_vars))
        return;
    prog->vars = mem_resize(prog->vars, prog->n_vars + 1, sizeof *prog->vars);
    struct shared_var *var = &prog->vars[prog->n_vars++];
    *var = (struct shared_var){.n_cells = 1, .is_array = node->b != NULL, .guard = -1};
    var->line = node->at.line;
    copy_name(unit, var->name, node->name);
}

// Whitespace folded to single spaces, safe to print.
static char *fold_text(const struct node *node)
{
    bool is_long = node->index != 0;
    char *raw = is_long ? mem_text_n(node->text, node->text_len)
                        : text_unescape(node->text, node->text_len, false);
    size_t n = 0;
    for (const char *c = raw; *c; c++) {
        bool is_space = *c == ' ' || *c == '\n' || *c == '\r' || *c == '\t';
        if (!is_space)
            raw[n++] = *c;
        else if (n > 0 && raw[n - 1] != ' ')
            raw[n++] = ' ';
    }
    if (n > 0 && raw[n - 1] == ' ')
        n--;
    char *safe = mem_alloc(n * 3 + 1);
    text_safe(safe, n * 3 + 1, raw, n);
    mem_free(raw);
    return safe;
}

static void set_text(struct unit *unit, const struct node *node, char **slot, const char *what)
{
    if (*slot) {
        unit_complain(unit, node->at, "a second %s; a scenario has one", what);
        return;
    }
    *slot = fold_text(node);
}

static void set_mode(struct unit *unit, enum run_mode mode, struct place at)
{
    unit->prog->mode = mode;
    unit->mode_at = at;
    unit->has_mode = true;
}

// The workers of a pool are processes unless something else is asked for.
static void settle_mode(struct unit *unit)
{
    if (!unit->has_mode)
        unit->prog->mode = unit->pool ? MODE_POOL : MODE_THREADS;
    if (unit->prog->mode == MODE_POOL && !unit->pool && !unit->is_partial)
        unit_complain(unit, unit->mode_at,
                      "mode pool needs a pool; write for example pool 4 results = f(x) for x in "
                      "[1, 2, 3] in place of the lanes");
}

static void declare_node(struct unit *unit, struct node *node)
{
    const struct lang_options *options = unit->options;
    switch ((int)node->kind) {
    case DECL_TITLE:
        set_text(unit, node, &unit->prog->title, "title");
        return;
    case DECL_ABOUT:
        set_text(unit, node, &unit->prog->about, "about");
        return;
    case DECL_MODE:
        if (!options->mode)
            set_mode(unit, (enum run_mode)node->value, node->at);
        return;
    case DECL_MEMORY:
        if (!options->memory)
            unit->prog->memory = (enum memory_kind)node->value;
        return;
    case DECL_GIL:
        if (!options->gil)
            unit->prog->gil = (enum gil_dial)node->value;
        return;
    case DECL_SHARED:
        declare_shared(unit, node);
        return;
    case DECL_LOCK:
        declare_lock(unit, node, LOCK_MUTEX);
        return;
    case DECL_SEMAPHORE:
        declare_lock(unit, node, LOCK_SEMAPHORE);
        return;
    case DECL_CONDITION:
        declare_lock(unit, node, LOCK_CONDITION);
        return;
    case DECL_DEF:
        declare_function(unit, node);
        return;
    case DECL_POOL:
        declare_pool(unit, node);
        return;
    default: // params come first, lanes later
        return;
    }
}

static bool choose(struct unit *unit, const char *option, const char *what,
                   const char *const *names, size_t n, const char *list, size_t *choice)
{
    if (!option)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(option, names[i]) == 0) {
            *choice = i;
            return true;
        }
    }
    return unit_complain(unit, (struct place){0}, "unknown %s %s; choose %s", what, option, list);
}

static void check_setting(struct unit *unit, const char *name)
{
    for (size_t i = 0; i < unit->prog->n_params; i++)
        if (strcmp(unit->prog->params[i].name, name) == 0)
            return;
    if (!unit->is_partial)
        unit_complain(unit, (struct place){0},
                      "--set %.40s: the scenario has no param of that name", name);
}

static void apply_options(struct unit *unit)
{
    const struct lang_options *options = unit->options;
    struct place nowhere = {0};
    size_t choice = 0;
    if (choose(unit, options->mode, "mode", mode_names, MODE_COUNT,
               "sequential, threads, processes or pool", &choice))
        set_mode(unit, (enum run_mode)choice, nowhere);
    if (choose(unit, options->gil, "gil", gil_names, GIL_COUNT, "off, 3.9 or 3.10", &choice))
        unit->prog->gil = (enum gil_dial)choice;
    if (choose(unit, options->memory, "memory", memory_names, MEMORY_COUNT, "private or shared",
               &choice))
        unit->prog->memory = (enum memory_kind)choice;
    for (size_t i = 0; i < options->n_settings; i++)
        check_setting(unit, options->settings[i].name);
}

void unit_declare(struct unit *unit)
{
    for (struct node *node = unit->declarations; node; node = node->next)
        if (node->kind == DECL_PARAM)
            declare_param(unit, node);
    for (struct node *node = unit->declarations; node; node = node->next)
        declare_node(unit, node);
    for (const struct node *node = unit->declarations; node; node = node->next)
        if (node->kind == DECL_CONDITION)
            bind_condition(unit, node);
    apply_options(unit);
    settle_mode(unit);
    unit_collect_locals(unit);
    if (!unit->prog->title)
        unit->prog->title = mem_text("");
    if (!unit->prog->about)
        unit->prog->about = mem_text("");
}
