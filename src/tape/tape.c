#include "tape/tape.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "tape/parse.h"
#include "view/paragraph.h"

#include <string.h>

static bool need_end(struct tape_parser *parser, const char *after)
{
    if (parser->token.kind == TOKEN_LINE_END)
        return true;
    return tape_wrong(parser, parser->token.place,
                      "nothing may follow here after `%s`; a comment "
                      "begins with #",
                      after);
}

static bool need_text(struct tape_parser *parser, const char **text, const char *name, int rows)
{
    if (parser->token.kind != TOKEN_TEXT)
        return tape_wrong(parser, parser->token.place,
                          "`%s` needs a text in quotation marks, as in %s \"...\"", name, name);
    *text = parser->token.text;
    if (paragraph_rows(*text, TAPE_TEXT_COLUMNS) > rows)
        return tape_wrong(parser, parser->token.place,
                          "this text is too long: `%s` has %d row%s of %d columns, which a small "
                          "screen has too",
                          name, rows, rows == 1 ? "" : "s", TAPE_TEXT_COLUMNS);
    tape_lex_next(parser);
    return true;
}

static bool need_time(struct tape_parser *parser, uint64_t *ns, const char *name)
{
    if (parser->token.kind != TOKEN_NAME || !tape_time(parser->token.text, ns))
        return tape_wrong(parser, parser->token.place,
                          "`%s` takes a time up to %d minutes, as in %s 2s, 150ms or 1.5s", name,
                          TAPE_TIME_MAX_S / 60, name);
    tape_lex_next(parser);
    return true;
}

static bool parse_say(struct tape_parser *parser, struct tape_step *step)
{
    step->word = TAPE_SAY;
    parser->tape->has_texts = true;
    return need_text(parser, &step->text, "say", TAPE_SAY_ROWS);
}

// Both a line of the tape and a command: the command switches what the line writes.
static bool parse_caption(struct tape_parser *parser, struct tape_step *step)
{
    step->command = COMMAND_CAPTION;
    if (parser->token.kind != TOKEN_TEXT)
        return tape_parse_argument(parser, step);
    step->word = TAPE_CAPTION;
    parser->tape->has_texts = true;
    return need_text(parser, &step->text, "caption", 1);
}

static bool parse_chapter(struct tape_parser *parser, struct tape_step *step)
{
    step->word = TAPE_CHAPTER;
    return need_text(parser, &step->text, "chapter", 1);
}

static bool parse_ask(struct tape_parser *parser, struct tape_step *step)
{
    step->word = TAPE_ASK;
    parser->tape->has_texts = true;
    if (!need_text(parser, &step->text, "ask", 1))
        return false;
    if (!tape_is_name(parser, "answer"))
        return tape_wrong(parser, parser->token.place,
                          "`ask` needs its answer, as in ask \"how many?\" answer counter");
    tape_lex_next(parser);
    if (!tape_parse_quantity(parser, &step->answer))
        return false;
    step->is_of_end = tape_is_name(parser, "finally");
    if (step->is_of_end)
        tape_lex_next(parser);
    return true;
}

static bool parse_wait(struct tape_parser *parser, struct tape_step *step)
{
    step->word = TAPE_WAIT;
    return need_time(parser, &step->ns, "wait");
}

static bool parse_until(struct tape_parser *parser, struct tape_step *step)
{
    step->word = TAPE_UNTIL;
    step->ns = TAPE_UNTIL_S * NS_PER_S;
    if (!tape_parse_condition(parser, &step->condition))
        return false;
    if (!tape_is_name(parser, "or"))
        return true;
    tape_lex_next(parser);
    return need_time(parser, &step->ns, "or");
}

static bool parse_pace(struct tape_parser *parser, struct tape_step *step)
{
    step->word = TAPE_PACE;
    if (tape_is_name(parser, "native")) {
        tape_lex_next(parser);
        return true;
    }
    if (parser->token.kind == TOKEN_NAME && tape_time(parser->token.text, &step->ns) &&
        step->ns <= NS_PER_S) {
        tape_lex_next(parser);
        return true;
    }
    return tape_wrong(parser, parser->token.place,
                      "`pace` takes `native` or a time up to 1 s, as in pace 20ms");
}

static bool parse_page(struct tape_parser *parser, struct tape_step *step)
{
    step->word = TAPE_PAGE;
    parser->tape->n_pages++;
    return true;
}

// By a key instead of the command's name.
static bool parse_key(struct tape_parser *parser, struct tape_step *step)
{
    struct tape_token token = parser->token;
    step->command = token.text ? command_of_key(token.text) : COMMAND_NONE;
    if (step->command == COMMAND_NONE)
        return tape_wrong(parser, token.place,
                          "`key` takes a key that does something, as in key l; "
                          "`racelane keys` shows all");
    if (step->command != COMMAND_LANE) {
        tape_lex_next(parser);
        bool is_alone = parser->token.kind == TOKEN_LINE_END;
        return is_alone ? tape_parse_argument(parser, step) : need_end(parser, "key");
    }
    return tape_parse_argument(parser, step); // the key is the lane's number
}

// Lines that are no commands of the keys.
static const struct {
    const char *name;
    bool (*parse)(struct tape_parser *parser, struct tape_step *step);
} own_words[] = {
    {"say", parse_say},   {"caption", parse_caption}, {"chapter", parse_chapter},
    {"ask", parse_ask},   {"wait", parse_wait},       {"until", parse_until},
    {"pace", parse_pace}, {"page", parse_page},       {"key", parse_key},
};

static bool refuse_line(struct tape_parser *parser, const struct tape_token *token)
{
    enum { N_WORDS = ARRAY_LEN(own_words) };
    const char *names[COMMAND_COUNT + N_WORDS + 2];
    char near[80];
    size_t n = 0;
    for (int command = 1; command < COMMAND_COUNT; command++)
        names[n++] = command_table[command].name;
    for (size_t i = 0; i < N_WORDS; i++)
        names[n++] = own_words[i].name;
    names[n++] = "title";
    names[n++] = "about";
    tape_suggest(near, token->text, names, n);
    if (near[0] == '\0')
        text_format(near, sizeof near, "; `racelane keys` shows all");
    return tape_wrong(parser, token->place, "there is no command `%.40s`%s", token->text, near);
}

static bool parse_step(struct tape_parser *parser, struct tape_step *step)
{
    const struct tape_token token = parser->token;
    if (token.kind != TOKEN_NAME)
        return tape_wrong(parser, token.place, "a line begins with a command, as in lock on");
    *step = (struct tape_step){.word = TAPE_COMMAND,
                               .line = token.place.line,
                               .column = token.place.column,
                               .width = token.place.width};
    if (strcmp(token.text, "run") == 0)
        return tape_wrong(parser, token.place,
                          "the first `run` stands before all other lines, so that nothing is done "
                          "before it");
    if (strcmp(token.text, "title") == 0 || strcmp(token.text, "about") == 0)
        return tape_wrong(parser, token.place, "`%s` stands before all other lines, and once",
                          token.text);
    tape_lex_next(parser);
    for (size_t i = 0; i < ARRAY_LEN(own_words); i++)
        if (strcmp(token.text, own_words[i].name) == 0)
            return !parser->is_bad && own_words[i].parse(parser, step) &&
                   need_end(parser, token.text);
    step->command = command_of_name(token.text);
    if (step->command == COMMAND_NONE)
        return refuse_line(parser, &token);
    return !parser->is_bad && tape_parse_argument(parser, step) && need_end(parser, token.text);
}

// `run race --lock off`: the words are the command line's to understand.
static bool parse_run(struct tape_parser *parser, struct tape_run *run)
{
    run->words = mem_array(TAPE_RUN_WORDS_MAX, sizeof *run->words);
    run->line = parser->line;
    // From behind `run`.
    for (tape_lex_word(parser); parser->token.kind != TOKEN_LINE_END; tape_lex_word(parser)) {
        if (run->n_words == TAPE_RUN_WORDS_MAX)
            return tape_wrong(parser, parser->token.place, "`run` takes at most %d words",
                              TAPE_RUN_WORDS_MAX);
        run->words[run->n_words++] = parser->token.text;
    }
    return true;
}

// From here on another run.
static bool parse_next_run(struct tape_parser *parser, struct tape_step *step)
{
    struct tape *tape = parser->tape;
    const struct place place = parser->token.place;
    *step = (struct tape_step){.word = TAPE_RUN,
                               .line = place.line,
                               .column = place.column,
                               .width = place.width,
                               .run = tape->n_runs};
    if (tape->n_runs == TAPE_RUNS_MAX)
        return tape_wrong(parser, place, "a tape has at most %d lines `run`", TAPE_RUNS_MAX);
    return parse_run(parser, &tape->runs[tape->n_runs++]);
}

// What stands at the top and is no step. False: it is something else.
static bool parse_top(struct tape_parser *parser)
{
    struct tape *tape = parser->tape;
    bool is_title = tape_is_name(parser, "title"), is_about = tape_is_name(parser, "about");
    if (tape->n_steps > 0 || tape->runs[0].line > 0)
        return false;
    if (tape_is_name(parser, "run"))
        return parse_run(parser, &tape->runs[0]) || parser->is_bad;
    const char **text = is_title ? &tape->title : &tape->about;
    if ((!is_title && !is_about) || (*text)[0] != '\0')
        return false;
    tape_lex_next(parser);
    return (need_text(parser, text, is_title ? "title" : "about", is_title ? 1 : TAPE_SAY_ROWS) &&
            need_end(parser, is_title ? "title" : "about")) ||
           parser->is_bad;
}

static void parse_line(struct tape_parser *parser)
{
    struct tape *tape = parser->tape;
    if (parser->is_bad || parser->token.kind == TOKEN_LINE_END || parse_top(parser))
        return;
    if (tape->n_steps == TAPE_STEPS_MAX) {
        tape_wrong(parser, parser->token.place, "a tape has at most %d commands", TAPE_STEPS_MAX);
        return;
    }
    tape->steps = mem_room(tape->steps, &tape->cap_steps, tape->n_steps + 1, sizeof *tape->steps);
    struct tape_step *step = &tape->steps[tape->n_steps];
    if (tape_is_name(parser, "run") && tape->runs[0].line > 0)
        parse_next_run(parser, step);
    else
        parse_step(parser, step);
    tape->n_steps++; // a wrong one counts too: after it the first `run` comes too late
}

struct tape *tape_parse(const char *text, size_t len_bytes, struct lang_problems *problems)
{
    *problems = (struct lang_problems){.n = 0};
    if (len_bytes > TAPE_BYTES_MAX) {
        problem_add(problems, (struct place){0}, "a tape has at most %d bytes, this one has more",
                    TAPE_BYTES_MAX);
        return NULL;
    }
    struct tape *tape = mem_alloc(sizeof *tape);
    tape->n_runs = 1;
    tape->title = tape->about = "";
    struct tape_parser parser = {.tape = tape, .problems = problems};
    const char *end = text + len_bytes;
    uint32_t number = 1;
    for (const char *line = text; line < end && problem_count(problems) < PROBLEMS_ENOUGH;
         number++) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        const char *line_end = newline ? newline : end;
        tape_lex_line(&parser, line, (size_t)(line_end - line), number);
        parse_line(&parser);
        line = newline ? newline + 1 : end;
    }
    if (tape->n_steps == 0 && problem_count(problems) == 0)
        problem_add(problems, (struct place){0}, "there is no command in this tape");
    if (problem_count(problems) == 0)
        return tape;
    tape_free(tape);
    return NULL;
}

void tape_free(struct tape *tape)
{
    if (!tape)
        return;
    for (size_t i = 0; i < tape->n_texts; i++)
        mem_free(tape->texts[i]);
    mem_free(tape->texts);
    mem_free(tape->steps);
    for (size_t i = 0; i < tape->n_runs; i++)
        mem_free(tape->runs[i].words);
    mem_free(tape);
}

struct tape_place tape_place_before(const struct tape *tape, int rest)
{
    struct tape_place place = {0};
    int rests = 0;
    for (size_t i = 0; i < tape->n_steps && rests <= rest; i++) {
        bool begins_page = i > 0 && tape->steps[i - 1].word == TAPE_PAGE;
        rests += tape->steps[i].word == TAPE_PAGE;
        if (tape->steps[i].word == TAPE_RUN && begins_page)
            place = (struct tape_place){.step = i + 1, .run = tape->steps[i].run, .rests = rests};
    }
    return place;
}
