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

static bool is_array(const struct emitter *e, const struct node *node)
{
    return node->kind == NODE_NAME && node->symbol == SYMBOL_SHARED &&
           e->prog->vars[node->index].is_array;
}

// [1, 2, 3]
static void emit_array(struct emitter *e, struct pieces *pieces, const struct node *node,
                       uint16_t base)
{
    const struct shared_var *var = &e->prog->vars[node->index];
    add_text(pieces, "[", 1);
    for (uint32_t i = 0; i < var->n_cells && !e->has_failed; i++) {
        struct cell_ref cell = {node->index, (int32_t)(var->first_cell + i), REG_NONE};
        uint16_t reg = emit_reg(e, node->at);
        emit_load(e, node, cell, reg);
        if (i > 0)
            add_text(pieces, ", ", 2);
        add_piece(pieces, (struct piece){.reg = (uint16_t)(reg - base), .type = TYPE_INT});
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
    if (is_array(e, piece->a)) {
        emit_array(e, pieces, piece->a, base);
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
