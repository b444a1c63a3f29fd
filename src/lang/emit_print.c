#include "lang/emit.h"

#include "base/mem.h"

// print: its values in registers one after the other, and the format that says what is between.

struct pieces {
    struct piece *items;
    size_t n, cap;
};

static void add_piece(struct pieces *pieces, struct piece piece)
{
    pieces->items = mem_room(pieces->items, &pieces->cap, pieces->n + 1, sizeof *pieces->items);
    pieces->items[pieces->n++] = piece;
}

static void add_text(struct pieces *pieces, const char *text, size_t len_bytes)
{
    add_piece(pieces, (struct piece){.text = text_unescape(text, len_bytes, true)});
}

// How many elements a list has; 0 when the value is no list.
static uint32_t list_length(const struct emitter *e, const struct node *node)
{
    if (node->kind != NODE_NAME)
        return 0;
    if (node->symbol == SYMBOL_RESULTS)
        return e->prog->pool.n_items;
    bool is_array = node->symbol == SYMBOL_SHARED && e->prog->vars[node->index].is_array;
    return is_array ? e->prog->vars[node->index].n_cells : 0;
}

static bool has_room(struct emitter *e, const struct node *node, uint32_t n)
{
    uint32_t most = (uint32_t)(PROGRAM_REGS_MAX - e->next_reg);
    if (node->symbol != SYMBOL_RESULTS || n <= most)
        return true;
    if (!e->has_failed)
        unit_complain(e->unit, node->at,
                      "a print has room for %u results here; print them one by one: for i in "
                      "range(%u): print(%s[i])",
                      most, n, e->prog->pool.name);
    e->has_failed = true;
    return false;
}

static void emit_item(struct emitter *e, const struct node *node, uint32_t i, uint16_t reg)
{
    if (node->symbol == SYMBOL_RESULTS) {
        emit_result(e, node->at, reg, REG_NONE, (int32_t)i);
        return;
    }
    uint32_t cell = e->prog->vars[node->index].first_cell + i;
    emit_load(e, node, (struct cell_ref){node->index, (int32_t)cell, REG_NONE}, reg);
}

// [1, 2, 3]
static void emit_list(struct emitter *e, struct pieces *pieces, const struct node *piece,
                      uint16_t base)
{
    const struct node *node = piece->a;
    uint32_t n = list_length(e, node);
    if (!has_room(e, node, n))
        return;
    add_text(pieces, "[", 1);
    for (uint32_t i = 0; i < n && !e->has_failed; i++) {
        uint16_t reg = emit_reg(e, node->at);
        emit_item(e, node, i, reg);
        if (i > 0)
            add_text(pieces, ", ", 2);
        add_piece(pieces, (struct piece){.reg = (uint16_t)(reg - base),
                                         .type = (enum value_type)node->type,
                                         .decimals = piece->decimals});
    }
    add_text(pieces, "]", 1);
}

static void emit_piece(struct emitter *e, struct pieces *pieces, const struct node *piece,
                       uint16_t base)
{
    if (!piece->a) {
        add_text(pieces, piece->text, piece->text_len);
        return;
    }
    if (list_length(e, piece->a) > 0) {
        emit_list(e, pieces, piece, base);
        return;
    }
    uint16_t reg = emit_reg(e, piece->at);
    emit_into(e, piece->a, reg, piece->a->type);
    add_piece(pieces, (struct piece){.reg = (uint16_t)(reg - base),
                                     .type = (enum value_type)piece->a->type,
                                     .decimals = piece->decimals});
}

void emit_print(struct emitter *e, const struct node *node)
{
    struct program *prog = e->prog;
    struct pieces pieces = {0};
    uint16_t base = e->next_reg;
    for (const struct node *piece = node->a; piece; piece = piece->next)
        emit_piece(e, &pieces, piece, base);
    bool has_values = e->next_reg > base;
    prog->formats =
        mem_room(prog->formats, &e->cap_formats, prog->n_formats + 1, sizeof *prog->formats);
    prog->formats[prog->n_formats] = (struct format){pieces.items, pieces.n};
    emit_op(e, node->at, OP_PRINT, REG_NONE, has_values ? base : 0, REG_NONE,
            (int32_t)prog->n_formats++);
}
