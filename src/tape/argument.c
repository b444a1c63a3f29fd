// What stands after a command's name in a tape: on or off, how often, which one.
#include "tape/parse.h"

#include "base/mem.h"
#include "base/text.h"
#include "prog/program.h"
#include "sync/lock_kind.h"
#include "view/theme.h"

#include <string.h>

enum argument {
    ARGUMENT_NONE,
    ARGUMENT_SWITCH, // on, off, or nothing: the other
    ARGUMENT_TIMES,
    ARGUMENT_WORD, // one of a few, or nothing: the next
    ARGUMENT_LANE,
    ARGUMENT_LANE_TIMES,
    ARGUMENT_SEED,
    ARGUMENT_NEVER, // nothing that a tape may do
};

static const enum argument arguments[COMMAND_COUNT] = {
    [COMMAND_PAUSE] = ARGUMENT_SWITCH,
    [COMMAND_STEP] = ARGUMENT_TIMES,
    [COMMAND_BACK] = ARGUMENT_TIMES,
    [COMMAND_LANE] = ARGUMENT_LANE_TIMES,
    [COMMAND_NEXT_LINE] = ARGUMENT_TIMES,
    [COMMAND_LOCK] = ARGUMENT_SWITCH,
    [COMMAND_SLOWER] = ARGUMENT_TIMES,
    [COMMAND_FASTER] = ARGUMENT_TIMES,
    [COMMAND_KIND] = ARGUMENT_WORD,
    [COMMAND_DENSITY] = ARGUMENT_SWITCH,
    [COMMAND_NEXT_LOSS] = ARGUMENT_TIMES,
    [COMMAND_PREVIOUS_LOSS] = ARGUMENT_TIMES,
    [COMMAND_RESEED] = ARGUMENT_SEED,
    [COMMAND_SIMULATE] = ARGUMENT_SWITCH,
    [COMMAND_MODE] = ARGUMENT_WORD,
    [COMMAND_GIL] = ARGUMENT_WORD,
    [COMMAND_MEMORY] = ARGUMENT_WORD,
    [COMMAND_KILL] = ARGUMENT_LANE,
    [COMMAND_LEFT] = ARGUMENT_TIMES,
    [COMMAND_RIGHT] = ARGUMENT_TIMES,
    [COMMAND_UP] = ARGUMENT_TIMES,
    [COMMAND_DOWN] = ARGUMENT_TIMES,
    [COMMAND_ZOOM_IN] = ARGUMENT_TIMES,
    [COMMAND_ZOOM_OUT] = ARGUMENT_TIMES,
    [COMMAND_THEME] = ARGUMENT_WORD,
    [COMMAND_BIG] = ARGUMENT_SWITCH,
    [COMMAND_BLANK] = ARGUMENT_SWITCH,
    [COMMAND_VIEW] = ARGUMENT_WORD,
    [COMMAND_HELP] = ARGUMENT_SWITCH,
    [COMMAND_SUSPEND] = ARGUMENT_NEVER,
    [COMMAND_CAPTION] = ARGUMENT_SWITCH,
    [COMMAND_NEXT_PAGE] = ARGUMENT_NEVER,
    [COMMAND_PREVIOUS_PAGE] = ARGUMENT_NEVER,
};

enum { WORDS_MAX = 16, TIMES_MAX = 10000 };

struct words {
    const char *items[WORDS_MAX];
    size_t n;
};

static void add_words(struct words *words, const char *const *items, size_t n)
{
    for (size_t i = 0; i < n && words->n < WORDS_MAX; i++)
        words->items[words->n++] = items[i];
}

// What the command can be told, from the tables that say what there is.
static struct words words_of(enum command command)
{
    struct words words = {.n = 0};
    if (command == COMMAND_MODE)
        add_words(&words, mode_names, MODE_COUNT);
    if (command == COMMAND_GIL)
        add_words(&words, gil_names, GIL_COUNT);
    if (command == COMMAND_MEMORY)
        add_words(&words, memory_names, MEMORY_COUNT);
    if (command == COMMAND_VIEW)
        add_words(&words, app_page_names, APP_PAGE_NAMES);
    for (size_t i = 0; command == COMMAND_KIND && lock_kinds[i]; i++)
        add_words(&words, &lock_kinds[i]->name, 1);
    for (size_t i = 0; command == COMMAND_THEME && themes[i]; i++)
        add_words(&words, &themes[i]->name, 1);
    return words;
}

static bool refuse_word(struct tape_parser *parser, const struct words *words, const char *name)
{
    char list[160] = "", near[80];
    size_t len = 0;
    for (size_t i = 0; i < words->n; i++)
        len += text_format(list + len, sizeof list - len, "%s%s", i ? ", " : "", words->items[i]);
    tape_suggest(near, parser->token.text, words->items, words->n);
    return tape_wrong(parser, parser->token.place, "`%s` takes one of %s, not `%.40s`%s", name,
                      list, parser->token.text, near);
}

static bool parse_word(struct tape_parser *parser, struct tape_step *step, const char *name)
{
    struct words words = words_of(step->command);
    for (size_t i = 0; i < words.n; i++)
        if (tape_is_name(parser, words.items[i])) {
            step->wish = (struct wish){.kind = WISH_NAME, .name = words.items[i]};
            tape_lex_next(parser);
            return true;
        }
    return refuse_word(parser, &words, name);
}

static bool parse_switch(struct tape_parser *parser, struct tape_step *step, const char *name)
{
    bool is_on = tape_is_name(parser, "on");
    if (!is_on && !tape_is_name(parser, "off"))
        return tape_wrong(parser, parser->token.place,
                          "`%s` takes `on` or `off`, or nothing to switch over, not `%.40s`", name,
                          parser->token.text);
    step->wish.kind = is_on ? WISH_ON : WISH_OFF;
    tape_lex_next(parser);
    return true;
}

static bool parse_times(struct tape_parser *parser, struct tape_step *step, const char *name)
{
    int64_t times;
    if (!tape_number(parser->token.text, &times) || times < 1 || times > TIMES_MAX)
        return tape_wrong(parser, parser->token.place, "`%s` takes how often, 1 to %d, not `%.40s`",
                          name, TIMES_MAX, parser->token.text);
    step->wish.kind = WISH_TIMES;
    step->wish.number = (uint64_t)times;
    tape_lex_next(parser);
    return true;
}

static bool parse_seed(struct tape_parser *parser, struct tape_step *step, const char *name)
{
    int64_t seed;
    if (!tape_number(parser->token.text, &seed) || seed < 0)
        return tape_wrong(parser, parser->token.place,
                          "`%s` takes a seed, a whole number, not `%.40s`", name,
                          parser->token.text);
    step->wish = (struct wish){.kind = WISH_NUMBER, .number = (uint64_t)seed};
    tape_lex_next(parser);
    return true;
}

// A lane by its name, or by its number from 1; which there are is not known yet.
static bool parse_lane(struct tape_parser *parser, struct tape_step *step, const char *name)
{
    if (parser->token.kind == TOKEN_LINE_END)
        return tape_wrong(parser, parser->token.place, "`%s` needs a lane, as in %s A", name, name);
    step->lane_column = parser->token.place.column;
    step->lane_width = parser->token.place.width;
    step->wish = (struct wish){.kind = WISH_TIMES, .number = 1, .name = parser->token.text};
    tape_lex_next(parser);
    bool has_times = arguments[step->command] == ARGUMENT_LANE_TIMES;
    return !has_times || parser->token.kind == TOKEN_LINE_END || parse_times(parser, step, name);
}

bool tape_parse_argument(struct tape_parser *parser, struct tape_step *step)
{
    const char *name = command_table[step->command].name;
    enum argument argument = arguments[step->command];
    step->wish = (struct wish){.kind = WISH_ONCE};
    if (argument == ARGUMENT_NEVER)
        return tape_wrong(parser, (struct place){step->line, step->column, step->width},
                          "`%s` is nothing that a tape can do", name);
    if (argument == ARGUMENT_LANE || argument == ARGUMENT_LANE_TIMES)
        return parse_lane(parser, step, name);
    if (parser->token.kind == TOKEN_LINE_END)
        return true;
    switch (argument) {
    case ARGUMENT_SWITCH:
        return parse_switch(parser, step, name);
    case ARGUMENT_TIMES:
        return parse_times(parser, step, name);
    case ARGUMENT_WORD:
        return parse_word(parser, step, name);
    case ARGUMENT_SEED:
        return parse_seed(parser, step, name);
    case ARGUMENT_NONE:
    case ARGUMENT_LANE:
    case ARGUMENT_LANE_TIMES:
    case ARGUMENT_NEVER:
        break;
    }
    return true;
}
