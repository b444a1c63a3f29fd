// What was run, into a file and out of it: enough to compile it again.
#include "session/saved.h"

#include "base/mem.h"
#include "base/text.h"

#include <string.h>

enum { RUN_LAYOUT = 1 };

static void exchange_spec(struct exchange *x, struct run_spec *spec, char kind[16])
{
    exchange_text(x, spec->name, sizeof spec->name);
    spec->seed = exchange_u64(x, spec->seed);
    spec->pace_ns = exchange_u64(x, spec->pace_ns);
    spec->switch_interval_ns = exchange_u64(x, spec->switch_interval_ns);
    spec->burn_per_ms = exchange_u64(x, spec->burn_per_ms);
    spec->n_lanes = exchange_i64(x, spec->n_lanes);
    exchange_text(x, spec->mode, sizeof spec->mode);
    exchange_text(x, spec->gil, sizeof spec->gil);
    exchange_text(x, spec->memory, sizeof spec->memory);
    exchange_text(x, kind, 16);
    spec->lock_on = exchange_bool(x, spec->lock_on);
    spec->is_simulated = exchange_bool(x, spec->is_simulated);
    spec->is_bare = exchange_bool(x, spec->is_bare);
    spec->n_settings = (uint32_t)exchange_below(x, spec->n_settings, RUN_SETTINGS_MAX + 1);
    for (size_t i = 0; i < spec->n_settings; i++) {
        exchange_text(x, spec->settings[i].name, sizeof spec->settings[i].name);
        spec->settings[i].value = exchange_i64(x, spec->settings[i].value);
    }
}

// How large the program is: another version of the compiler may make another one of the text.
static void exchange_size(struct exchange *x, size_t size[6])
{
    for (size_t i = 0; i < 6; i++)
        size[i] = (size_t)exchange_u64(x, size[i]);
}

static void measure(const struct program *prog, size_t size[6])
{
    size[0] = prog->n_ops;
    size[1] = prog->n_lanes;
    size[2] = prog->n_cells;
    size[3] = prog->n_locks;
    size[4] = prog->pool.n_items;
    size[5] = prog->n_always + prog->n_expects;
}

void saved_pack_run(const struct session *s, struct packer *p)
{
    struct exchange x = {.out = p};
    struct run_spec spec = s->spec;
    char kind[16];
    size_t size[6];
    text_format(kind, sizeof kind, "%s", lock_kinds[spec.lock_kind]->name);
    measure(s->prog, size);
    spec.burn_per_ms = session_burn_per_ms(s);
    pack_u64(p, RUN_LAYOUT);
    exchange_spec(&x, &spec, kind);
    exchange_size(&x, size);
    pack_u64(p, s->len_bytes);
    pack_bytes(p, s->text, s->len_bytes);
}

static bool find_kind(const char *name, uint32_t *kind)
{
    for (uint32_t i = 0; lock_kinds[i]; i++)
        if (strcmp(lock_kinds[i]->name, name) == 0) {
            *kind = i;
            return true;
        }
    return false;
}

bool saved_unpack_run(struct session *s, const void *bytes, size_t len_bytes, struct error *err)
{
    struct unpacker u = {.bytes = bytes, .len = len_bytes};
    struct exchange x = {.in = &u};
    char kind[16];
    size_t size[6], found[6];
    if (unpack_u64(&u) != RUN_LAYOUT)
        return error_set(err, "what was run is written in a way that this racelane does not know");
    exchange_spec(&x, &s->spec, kind);
    exchange_size(&x, size);
    s->len_bytes = unpack_count(&u, 1);
    bool is_right =
        !u.has_failed && s->len_bytes <= PROGRAM_SOURCE_MAX && find_kind(kind, &s->spec.lock_kind);
    if (!is_right)
        return error_set(err, "what was run is nonsense: the file was not written by racelane");
    s->text = mem_text_n((const char *)u.bytes + u.at, s->len_bytes);
    struct lang_problems problems = {.n = 0};
    s->prog = session_compile_spec(&s->spec, s->text, s->len_bytes, &problems);
    if (!s->prog)
        return error_set(err, "its scenario does not compile: %s", problems.items[0].text);
    measure(s->prog, found);
    if (memcmp(size, found, sizeof size) != 0)
        return error_set(err, "its scenario compiles to another program with this racelane");
    return true;
}
