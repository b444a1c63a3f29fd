// What a tape asks of a run: `lost > 3`, `answer counter`.
#include "tape/parse.h"

#include "base/mem.h"
#include "base/text.h"
#include "prog/program.h"

#include <string.h>

static const struct {
    const char *name;
    enum quantity_kind kind;
    bool is_claim; // it is so or not: needs no comparison
} quantities[] = {
    {"lost", QUANTITY_LOST, false},         {"updates", QUANTITY_UPDATES, false},
    {"steps", QUANTITY_STEPS, false},       {"time", QUANTITY_TIME, false},
    {"finished", QUANTITY_FINISHED, false}, {"ended", QUANTITY_ENDED, true},
    {"paused", QUANTITY_PAUSED, true},
};

static const struct {
    const char *text;
    enum comparison_sign sign;
} signs[] = {
    {"<", SIGN_LESS},      {"<=", SIGN_AT_MOST}, {">", SIGN_MORE},
    {">=", SIGN_AT_LEAST}, {"==", SIGN_EQUAL},   {"!=", SIGN_OTHER},
};

bool tape_parse_quantity(struct tape_parser *parser, struct tape_quantity *quantity)
{
    const struct tape_token token = parser->token;
    uint64_t ns;
    if (token.kind != TOKEN_NAME)
        return tape_wrong(parser, token.place,
                          "here stands a number or what is asked for: a variable, lost, updates, "
                          "steps, time, finished");
    *quantity = (struct tape_quantity){.kind = QUANTITY_CELL,
                                       .name = token.text,
                                       .column = token.place.column,
                                       .width = token.place.width};
    tape_lex_next(parser);
    if (tape_number(token.text, &quantity->number)) {
        quantity->kind = QUANTITY_NUMBER;
    } else if (tape_time(token.text, &ns)) {
        quantity->kind = QUANTITY_NUMBER;
        quantity->number = (int64_t)ns;
    } else if (strchr("0123456789-", token.text[0])) {
        return tape_wrong(parser, token.place, "`%.40s` is no number and no time", token.text);
    }
    for (size_t i = 0; i < ARRAY_LEN(quantities); i++)
        if (strcmp(token.text, quantities[i].name) == 0)
            quantity->kind = quantities[i].kind;
    return true;
}

static bool is_claim(enum quantity_kind kind)
{
    for (size_t i = 0; i < ARRAY_LEN(quantities); i++)
        if (quantities[i].kind == kind)
            return quantities[i].is_claim;
    return false;
}

static bool parse_sign(struct tape_parser *parser, enum comparison_sign *sign)
{
    for (size_t i = 0; i < ARRAY_LEN(signs); i++)
        if (parser->token.kind == TOKEN_SIGN && strcmp(parser->token.text, signs[i].text) == 0) {
            *sign = signs[i].sign;
            tape_lex_next(parser);
            return true;
        }
    if (parser->token.kind == TOKEN_SIGN)
        return tape_wrong(parser, parser->token.place,
                          "`%.8s` compares nothing; <, <=, >, >=, == "
                          "and != do",
                          parser->token.text);
    return tape_wrong(parser, parser->token.place,
                      "here stands <, <=, >, >=, == or !=, as in lost > 3");
}

bool tape_parse_condition(struct tape_parser *parser, struct tape_condition *condition)
{
    char *text = mem_alloc(160);
    condition->text = tape_keep(parser->tape, text);
    *text = '\0';
    if (!tape_parse_quantity(parser, &condition->left))
        return false;
    if (is_claim(condition->left.kind)) {
        condition->sign = SIGN_OTHER;
        condition->right = (struct tape_quantity){.kind = QUANTITY_NUMBER, .name = "0"};
        text_format(text, 160, "%s", condition->left.name);
        return true;
    }
    const char *sign = parser->token.text;
    struct place place = parser->token.place;
    if (!parse_sign(parser, &condition->sign) || !tape_parse_quantity(parser, &condition->right))
        return false;
    if (condition->left.kind == QUANTITY_NUMBER && condition->right.kind == QUANTITY_NUMBER)
        return tape_wrong(parser, place, "two numbers are compared: that never changes");
    text_format(text, 160, "%.60s %s %.60s", condition->left.name, sign, condition->right.name);
    return true;
}

static int64_t lost_now(const struct session_view *view)
{
    uint64_t lost = 0;
    for (size_t cell = 0; !view->is_bare && view->ledger && cell < view->prog->n_cells; cell++)
        lost += ledger_cell(view->ledger, cell)->lost;
    return (int64_t)lost;
}

static int64_t lanes_now(const struct session_view *view, enum quantity_kind kind)
{
    uint64_t n = 0;
    for (size_t lane = 0; lane < view->n_lanes; lane++)
        n += kind == QUANTITY_UPDATES ? view->lanes[lane].updates
                                      : lane > 0 && view->lanes[lane].end_ns != UINT64_MAX;
    return (int64_t)n;
}

int64_t tape_quantity_now(const struct tape_quantity *quantity, const struct session_view *view)
{
    switch (quantity->kind) {
    case QUANTITY_NUMBER:
        return quantity->number;
    case QUANTITY_CELL:
        return view->cells[quantity->cell];
    case QUANTITY_LOST:
        return lost_now(view);
    case QUANTITY_UPDATES:
    case QUANTITY_FINISHED:
        return lanes_now(view, quantity->kind);
    case QUANTITY_STEPS:
        return (int64_t)view->n_steps;
    case QUANTITY_TIME:
        return (int64_t)view->now_ns;
    case QUANTITY_ENDED:
        return view->is_ended || view->is_deadlocked;
    case QUANTITY_PAUSED:
        return view->is_paused;
    }
    return 0;
}

bool tape_condition_holds(const struct tape_condition *condition, const struct session_view *view)
{
    int64_t left = tape_quantity_now(&condition->left, view);
    int64_t right = tape_quantity_now(&condition->right, view);
    switch (condition->sign) {
    case SIGN_LESS:
        return left < right;
    case SIGN_AT_MOST:
        return left <= right;
    case SIGN_MORE:
        return left > right;
    case SIGN_AT_LEAST:
        return left >= right;
    case SIGN_EQUAL:
        return left == right;
    case SIGN_OTHER:
        return left != right;
    }
    return false;
}
