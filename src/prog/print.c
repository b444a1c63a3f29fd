#include "prog/program.h"

#include "base/mem.h"
#include "base/text.h"

#include <inttypes.h>
#include <string.h>

// What PRINT prints, and what an op reads like.

struct buffer {
    char *text;
    size_t len, cap;
};

static void append(struct buffer *buffer, const char *text)
{
    size_t len = strlen(text);
    buffer->text = mem_room(buffer->text, &buffer->cap, buffer->len + len + 1, 1);
    memcpy(buffer->text + buffer->len, text, len + 1);
    buffer->len += len;
}

// Seconds with so many decimals, the last one rounded to the nearest.
static void append_duration(struct buffer *buffer, int64_t ns, unsigned decimals)
{
    static const uint64_t unit[] = {1000000000, 100000000, 10000000, 1000000, 100000,
                                    10000,      1000,      100,      10,      1};
    char text[40];
    uint64_t magnitude = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    uint64_t rounded = (magnitude + unit[decimals] / 2) / unit[decimals];
    uint64_t scale = unit[0] / unit[decimals];
    const char *sign = ns < 0 && rounded > 0 ? "-" : "";
    if (decimals == 0)
        text_format(text, sizeof text, "%s%" PRIu64, sign, rounded);
    else
        text_format(text, sizeof text, "%s%" PRIu64 ".%0*" PRIu64, sign, rounded / scale,
                    (int)decimals, rounded % scale);
    append(buffer, text);
}

static void append_value(struct buffer *buffer, const struct program *prog,
                         const struct piece *piece, int64_t value)
{
    char number[24];
    char *text;
    switch (piece->type) {
    case TYPE_TEXT:
        text = program_text(prog, value);
        append(buffer, text);
        mem_free(text);
        return;
    case TYPE_DURATION:
        append_duration(buffer, value, piece->decimals);
        return;
    case TYPE_INT:
    case TYPE_NONE:
        text_format(number, sizeof number, "%" PRId64, value);
        append(buffer, number);
        return;
    }
}

char *program_print(const struct program *prog, size_t format, const int64_t *values)
{
    struct buffer buffer = {0};
    append(&buffer, "");
    const struct format *f = &prog->formats[format];
    for (size_t i = 0; i < f->n_pieces; i++) {
        const struct piece *piece = &f->pieces[i];
        if (piece->text)
            append(&buffer, piece->text);
        else
            append_value(&buffer, prog, piece, values[piece->reg]);
    }
    return buffer.text;
}

char *program_item_text(const struct program *prog, size_t item, char out[48])
{
    const struct pool_decl *pool = &prog->pool;
    struct buffer buffer = {0};
    append(&buffer, prog->functions[pool->function].name);
    for (uint16_t i = 0; i < pool->n_args; i++) {
        const struct piece piece = {.type = pool->arg_types[i], .decimals = 2};
        append(&buffer, i == 0 ? "(" : ", ");
        append_value(&buffer, prog, &piece, pool->args[item * pool->n_args + i]);
    }
    append(&buffer, pool->n_args == 0 ? "()" : ")");
    text_format(out, 48, "%s", buffer.text);
    mem_free(buffer.text);
    return out;
}

char *program_result_text(const struct program *prog, int64_t value, char out[48])
{
    const struct piece piece = {.type = prog->pool.result_type, .decimals = 2};
    struct buffer buffer = {0};
    append_value(&buffer, prog, &piece, value);
    text_format(out, 48, "%s", buffer.text);
    mem_free(buffer.text);
    return out;
}

// A comparison that the source wrote the other way round: 80 <= r was r >= 80.
static const char *turned(enum op_code code)
{
    return code == OP_IF_LT   ? "IF >"
           : code == OP_IF_LE ? "IF >="
           : code == OP_LT    ? "GT"
           : code == OP_LE    ? "GE"
                              : op_info[code].mnemonic;
}

static bool is_const(uint16_t operand)
{
    return operand >= REG_CONST && operand != REG_NONE;
}

static void arithmetic_text(const struct program *prog, const struct op *op, char out[64])
{
    const char *mnemonic = op_info[op->code].mnemonic;
    uint16_t shown = op->b;
    bool has_order = op->code == OP_SUB || op->code == OP_DIV || op->code == OP_MOD;
    if (is_const(op->a) && !is_const(op->b) && !has_order) {
        shown = op->a;
        mnemonic = turned(op->code);
    }
    if (is_const(shown))
        text_format(out, 64, "%s %" PRId64, mnemonic, prog->consts[shown - REG_CONST]);
    else
        text_format(out, 64, "%s", mnemonic);
}

static void cell_text(const struct program *prog, const struct op *op, char out[64])
{
    char name[48];
    const char *mnemonic = op_info[op->code].mnemonic;
    if (op->b == REG_NONE)
        text_format(out, 64, "%s %s", mnemonic, program_cell_name(prog, (size_t)op->arg, name));
    else
        text_format(out, 64, "%s %s[]", mnemonic, program_cell_var(prog, (size_t)op->arg)->name);
}

static void value_text(const struct program *prog, const struct op *op, char out[64])
{
    const char *mnemonic = op_info[op->code].mnemonic;
    char duration[16];
    if (!is_const(op->a) || prog->consts[op->a - REG_CONST] < 0)
        text_format(out, 64, "%s", mnemonic);
    else
        text_format(out, 64, "%s %s", mnemonic,
                    text_duration(duration, (uint64_t)prog->consts[op->a - REG_CONST]));
}

char *program_op_text(const struct program *prog, const struct op *op, char out[64])
{
    const char *mnemonic = op_info[op->code].mnemonic;
    enum op_code code = op->code;
    if (code >= OP_ADD && code <= OP_IF_NE)
        arithmetic_text(prog, op, out);
    else if (code >= OP_LOAD && code <= OP_ATOMIC_MUL)
        cell_text(prog, op, out);
    else if (code >= OP_ENTER && code <= OP_NOTIFY_ALL)
        text_format(out, 64, "%s %s", mnemonic, prog->locks[op->arg].name);
    else if (code == OP_SLEEP || code == OP_COMPUTE)
        value_text(prog, op, out);
    else if (code == OP_CALL)
        text_format(out, 64, "%s %s", mnemonic, prog->functions[op->arg].name);
    else if (code == OP_START || code == OP_JOIN)
        text_format(out, 64, "%s %s", mnemonic, prog->lanes[op->arg].name);
    else
        text_format(out, 64, "%s", mnemonic);
    return out;
}
