#include "lang/lang.h"

#include "base/mem.h"
#include "base/text.h"
#include "lang/parser.h"
#include "lang/unit.h"

#include <string.h>

// The place of a byte of the text.
static struct place place_of(const char *text, size_t offset)
{
    struct place at = {1, 1, 1};
    for (size_t i = 0; i < offset;) {
        uint32_t code;
        i += text_decode(text + i, offset - i, &code);
        at.column = code == '\n'   ? 1
                    : code == '\t' ? at.column + TAB_COLUMNS - (at.column - 1) % TAB_COLUMNS
                                   : at.column + 1;
        at.line += code == '\n';
    }
    return at;
}

static bool check_bytes(const char *text, size_t len_bytes, struct lang_problems *problems)
{
    size_t bad_offset;
    const char *nul = memchr(text, '\0', len_bytes);
    if (len_bytes > PROGRAM_SOURCE_MAX)
        problem_add(problems, (struct place){1, 1, 1},
                    "a scenario has at most %d bytes, this one %zu", PROGRAM_SOURCE_MAX, len_bytes);
    else if (nul)
        problem_add(problems, place_of(text, (size_t)(nul - text)),
                    "a zero byte stands here; a scenario is a text file");
    else if (!text_is_utf8(text, len_bytes, &bad_offset))
        problem_add(problems, place_of(text, bad_offset),
                    "this is not UTF-8; save the file as UTF-8 text");
    return problems->n == 0;
}

static size_t count_lines(const char *text, size_t len_bytes)
{
    size_t n = 0;
    for (const char *at = text, *end = text + len_bytes; at < end; n++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        at = newline ? newline + 1 : end;
    }
    return n;
}

// The lines made safe: their texts lie behind the pointers to them, in one piece of memory.
static void make_lines(struct program *prog)
{
    const char *end = prog->source + prog->source_len;
    prog->n_lines = count_lines(prog->source, prog->source_len);
    size_t pointers = prog->n_lines * sizeof *prog->lines;
    size_t texts = prog->source_len * TAB_COLUMNS + prog->n_lines + 1;
    prog->lines = mem_alloc(pointers + texts);
    char *out = (char *)prog->lines + pointers;
    const char *at = prog->source;
    for (size_t i = 0; i < prog->n_lines; i++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((newline ? newline : end) - at);
        prog->lines[i] = out;
        out += line_safe(out, at, len > 0 && at[len - 1] == '\r' ? len - 1 : len) + 1;
        at += len + 1;
    }
}

static void declare_word(struct unit *unit, const char *name, enum symbol_kind kind, size_t index,
                         int64_t value)
{
    unit->symbols[names_add(&unit->names, name, strlen(name))] =
        (struct symbol){.kind = kind, .index = (uint32_t)index, .value = value};
}

// Names are complete once the text has been read, and those that the language brings are there.
static bool prepare(struct unit *unit, const char *text, size_t len_bytes)
{
    for (size_t i = 0; i < BUILTINS_COUNT; i++)
        names_add(&unit->names, builtins[i].name, strlen(builtins[i].name));
    names_add(&unit->names, "True", 4);
    names_add(&unit->names, "False", 5);
    names_add(&unit->names, "lanes", 5);
    unit->name_i = names_add(&unit->names, "i", 1);
    enum parse_result result;
    unit->declarations = parse(text, len_bytes, &unit->tree, &unit->names, unit->problems, &result);
    unit->is_partial = result != PARSE_COMPLETE;
    unit->symbols = mem_array(unit->names.n, sizeof *unit->symbols);
    unit->local_of = mem_array(unit->names.n, sizeof *unit->local_of);
    unit->routines = mem_array(PROGRAM_FUNCTIONS_MAX + 1, sizeof *unit->routines);
    unit->locals = mem_room(NULL, &unit->cap_locals, 1, sizeof *unit->locals);
    for (size_t i = 0; i < BUILTINS_COUNT; i++)
        declare_word(unit, builtins[i].name, SYMBOL_BUILTIN, i, 0);
    declare_word(unit, "True", SYMBOL_CONST, 0, 1);
    declare_word(unit, "False", SYMBOL_CONST, 0, 0);
    return result != PARSE_STOPPED;
}

static void compile(struct unit *unit, const char *text, size_t len_bytes)
{
    if (prepare(unit, text, len_bytes)) {
        unit_declare(unit);
        unit_make_lanes(unit);
        unit_declare_cells(unit);
        unit_check(unit);
        unit_check_pool(unit);
        unit_check_conditions(unit);
    }
    if (unit->problems->n == 0)
        unit_emit(unit);
    mem_free(unit->symbols);
    mem_free(unit->local_of);
    mem_free(unit->routines);
    mem_free(unit->locals);
    names_free(&unit->names);
    tree_free(&unit->tree);
}

struct program *lang_compile(const char *name, const char *text, size_t len_bytes,
                             const struct lang_options *options, struct lang_problems *problems)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    *problems = (struct lang_problems){.n = 0};
    if (!check_bytes(text, len_bytes, problems))
        return NULL;
    struct program *prog = mem_alloc(sizeof *prog);
    struct unit unit = {.options = options, .problems = problems, .prog = prog};
    prog->name = mem_text(name);
    prog->source = mem_text_n(text, len_bytes);
    prog->source_len = len_bytes;
    bool is_marked = len_bytes >= 3 && memcmp(text, byte_order_mark, 3) == 0;
    compile(&unit, prog->source + (is_marked ? 3 : 0), len_bytes - (is_marked ? 3 : 0));
    if (problems->n > 0) {
        program_free(prog);
        return NULL;
    }
    make_lines(prog);
    return prog;
}
