#include "view/scene.h"
#include "view/theme.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

#include <ctype.h>
#include <string.h>

// The source: the lines that the lanes are at, and the op that each of them is at.

enum { GUTTER_W = 5, OPS_MAX = 8 };

static const char *const keywords[] = {
    "def",    "for",    "in",     "while",      "if",       "elif",      "else",
    "with",   "return", "break",  "pass",       "and",      "or",        "not",
    "lane",   "shared", "lock",   "param",      "after",    "pool",      "mode",
    "atomic", "expect", "always", "title",      "acquire",  "release",   "wait",
    "post",   "about",  "notify", "notify_all", "continue", "semaphore", "condition",
};

static bool is_keyword(const char *word, size_t len)
{
    for (size_t i = 0; i < ARRAY_LEN(keywords); i++)
        if (strlen(keywords[i]) == len && memcmp(keywords[i], word, len) == 0)
            return true;
    return false;
}

static bool is_word_char(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

// The end of the piece of a line that is drawn in one role: a word, a text, a comment, the rest.
static size_t piece_end(const char *line, size_t from, enum role *role)
{
    size_t end = from + 1;
    *role = ROLE_TEXT;
    if (line[from] == '#') {
        *role = ROLE_COMMENT;
        return strlen(line);
    }
    if (line[from] == '"') {
        while (line[end] != '\0' && line[end] != '"')
            end++;
        return line[end] == '"' ? end + 1 : end;
    }
    bool is_word = is_word_char(line[from]);
    while (line[end] != '\0' && line[end] != '#' && line[end] != '"' &&
           is_word_char(line[end]) == is_word)
        end++;
    if (is_word && is_keyword(line + from, end - from))
        *role = ROLE_KEYWORD;
    return end;
}

static int draw_code(struct area area, int x, int y, const char *line)
{
    for (size_t at = 0; line[at] != '\0';) {
        enum role role;
        size_t end = piece_end(line, at, &role);
        char piece[256];
        text_format(piece, sizeof(piece), "%.*s", (int)(end - at), line + at);
        x = draw_text(area, x, y, role, piece);
        at = end;
    }
    return x;
}

// The line that a lane is at, 0 for none.
static uint32_t lane_line(const struct scene *scene, size_t lane)
{
    const struct session_lane *l = &scene->view->lanes[lane];
    bool is_over = l->end_ns != UINT64_MAX || !l->is_started;
    return is_over || l->pc >= scene->view->prog->n_ops ? 0 : scene->view->prog->ops[l->pc].line;
}

// First line of the function that `line` is in.
static uint32_t function_line(const struct program *prog, uint32_t line)
{
    uint32_t first = 1;
    for (size_t i = 0; i < prog->n_functions; i++)
        if (prog->functions[i].line <= line && prog->functions[i].line > first)
            first = prog->functions[i].line;
    return first;
}

// The line that must be seen: of the lane at the cursor, else of the first lane that is at one.
static uint32_t focus_line(const struct scene *scene)
{
    const struct session_view *view = scene->view;
    uint32_t line = scene->cursor_lane < view->n_lanes ? lane_line(scene, scene->cursor_lane) : 0;
    if (scene->has_cursor && line > 0)
        return line;
    for (size_t lane = 1; lane < view->n_lanes; lane++)
        if ((line = lane_line(scene, lane)) > 0)
            return line;
    if (view->n_lanes > 0 && (line = lane_line(scene, 0)) > 0)
        return line;
    for (size_t lane = 1; lane < view->prog->n_lanes; lane++)
        if (view->prog->lanes[lane].function >= 0)
            return view->prog->functions[view->prog->lanes[lane].function].line;
    return 1;
}

static bool is_with_line(const struct program *prog, uint32_t line)
{
    for (size_t i = 0; i < prog->n_ops; i++)
        if (prog->ops[i].code == OP_ENTER && prog->ops[i].line == line)
            return true;
    return false;
}

// Who is at the line: a letter each, or how many.
static void draw_line_gutter(const struct scene *scene, struct area area, int y, uint32_t line)
{
    size_t n = 0, only = 0;
    int x = 1;
    for (size_t lane = 1; lane < scene->view->n_lanes; lane++) {
        if (lane_line(scene, lane) != line)
            continue;
        const char *name = lane_name(scene, lane);
        if (text_columns(name) == 1 && x < GUTTER_W - 2)
            x = draw_text(area, x, y, lane_role(lane), name);
        only = lane;
        n++;
    }
    if (n == 0)
        return;
    if (x - 1 < (int)n) {
        draw_run(area, 1, y, GUTTER_W - 2, ROLE_TEXT, GLYPH_BLANK);
        x = draw_textf(area, 1, y, n == 1 ? lane_role(only) : ROLE_TITLE, "%zu", n);
    }
    draw_glyph(area, x < GUTTER_W - 1 ? GUTTER_W - 2 : x, y, ROLE_TITLE, GLYPH_POINTER);
}

// Where its comment and the blanks before it begin; its end where it has none.
static size_t comment_start(const char *line)
{
    size_t at = 0;
    enum role role;
    while (line[at] != '\0') {
        size_t end = piece_end(line, at, &role);
        if (role == ROLE_COMMENT)
            break;
        at = end;
    }
    while (line[at] != '\0' && at > 0 && line[at - 1] == ' ')
        at--;
    return at;
}

// A line without its comment where both have no room: half a comment says nothing.
static void cut_comment(const char *line, int columns, char *out, size_t size)
{
    size_t code = comment_start(line);
    bool has_room = (int)text_columns(line) <= columns;
    text_format(out, size, "%.*s", (int)(has_room || code == 0 ? strlen(line) : code), line);
}

static void draw_source_line(const struct scene *scene, struct area area, int y, uint32_t line)
{
    const struct session_view *view = scene->view;
    char text[256];
    cut_comment(view->prog->lines[line - 1], area.w - GUTTER_W - 1, text, sizeof(text));
    bool is_switched = view->lock != SWITCH_NONE && is_with_line(view->prog, line);
    bool is_off = is_switched && !view->lock_wanted;
    draw_line_gutter(scene, area, y, line);
    int end = is_off ? draw_text(area, GUTTER_W, y, ROLE_COMMENT, text)
                     : draw_code(area, GUTTER_W, y, text);
    int indent = (int)strspn(text, " ");
    if (is_off)
        draw_attributes(area, GUTTER_W + indent, y, end - GUTTER_W - indent, STYLE_STRIKE);
    const char *lock = is_off ? "lock off" : "lock on";
    if (is_switched && end + 2 + (int)strlen(lock) < area.w)
        draw_text(area, end + 2, y, is_off ? ROLE_LOST : ROLE_HOLDING, lock);
    // The last column may be that of the line between two panels.
    if (end >= area.w && area.w > GUTTER_W)
        draw_glyph(area, area.w - 2, y, ROLE_DIM, GLYPH_CUT);
}

// The value that a store is about to write, when it is the loaded one plus or minus a constant.
static bool value_to_store(const struct program *prog, uint32_t pc, int64_t loaded, int64_t *value)
{
    if (pc < 2 || prog->ops[pc].code != OP_STORE)
        return false;
    const struct op *load = &prog->ops[pc - 2], *sum = &prog->ops[pc - 1];
    bool is_sum = sum->code == OP_ADD || sum->code == OP_SUB;
    bool is_joined = load->code == OP_LOAD && sum->a == load->dst && prog->ops[pc].a == sum->dst &&
                     sum->b >= REG_CONST && sum->b != REG_NONE;
    if (!is_sum || !is_joined)
        return false;
    int64_t amount = prog->consts[sum->b - REG_CONST];
    return sum->code == OP_ADD ? !__builtin_add_overflow(loaded, amount, value)
                               : !__builtin_sub_overflow(loaded, amount, value);
}

static void draw_lane_op(const struct scene *scene, struct area area, int y, size_t lane)
{
    const struct session_view *view = scene->view;
    const struct session_lane *l = &view->lanes[lane];
    int x = draw_text_cut(area, 1, y, 8, lane_role(lane), l->name);
    draw_glyph(area, x + 1, y, ROLE_TITLE, GLYPH_POINTER);
    char text[64];
    const struct op *op = &view->prog->ops[l->pc];
    x = draw_text_cut(area, x + 3, y, area.w - x - 4, ROLE_TITLE,
                      program_op_text(view->prog, op, text));
    int64_t value;
    if (!l->has_loaded || scene->hides_values)
        return;
    bool is_stored = value_to_store(view->prog, l->pc, l->loaded, &value);
    if (is_stored)
        text_format(text, sizeof(text), "%lld", (long long)value);
    else
        text_format(text, sizeof(text), "had loaded %lld", (long long)l->loaded);
    // Both leave one column more than they need to; a number is there as a whole or not at all.
    if (x + 3 + (int)strlen(text) > area.w)
        return;
    if (is_stored)
        draw_glyph(area, x + 1, y, ROLE_DIM, GLYPH_ARROW_LEFT);
    draw_text(area, x + (is_stored ? 3 : 2), y, is_stored ? ROLE_STORE : ROLE_TEXT, text);
}

// One row a lane; returns the rows used.
static int draw_ops(const struct scene *scene, struct area area)
{
    int y = 0;
    for (size_t lane = 1; lane < scene->view->n_lanes && y < area.h; lane++)
        if (lane_line(scene, lane) > 0)
            draw_lane_op(scene, area, y++, lane);
    return y;
}

// Lines from `first` to the end of its function, at most `most`.
static int function_rows(const struct program *prog, uint32_t first, int most)
{
    int rows = 1;
    while (rows < most && first - 1 + (uint32_t)rows < prog->n_lines) {
        const char *line = prog->lines[first - 1 + (uint32_t)rows];
        if (line[0] != ' ' && line[0] != '\0')
            break;
        rows++;
    }
    while (rows > 1 && prog->lines[first - 2 + (uint32_t)rows][0] == '\0')
        rows--;
    return rows;
}

static size_t lanes_at_ops(const struct scene *scene)
{
    size_t n = 0;
    for (size_t lane = 1; lane < scene->view->n_lanes; lane++)
        n += lane_line(scene, lane) > 0;
    return n;
}

// The first line after the title and the text that says what the scenario is about: that text has
// a panel of its own.
static uint32_t first_line_of_code(const struct program *prog)
{
    static const char quotes[] = "\"\"\"";
    bool is_inside = false;
    for (uint32_t i = 0; i < prog->n_lines; i++) {
        const char *line = prog->lines[i];
        bool is_about = strncmp(line, "about", strlen("about")) == 0;
        const char *open = is_inside ? line : is_about ? strstr(line, quotes) : NULL;
        bool ends = open && strstr(is_inside ? open : open + strlen(quotes), quotes);
        is_inside = open && !ends;
        bool is_heading = is_about || open || strncmp(line, "title", strlen("title")) == 0;
        if (!is_heading && line[0] != '\0')
            return i + 1;
    }
    return 1;
}

int source_columns(const struct session_view *view)
{
    size_t columns = 0;
    if (!view->prog || view->prog->n_lines == 0)
        return GUTTER_W;
    for (uint32_t i = first_line_of_code(view->prog) - 1; i < view->prog->n_lines; i++) {
        size_t line = text_columns(view->prog->lines[i]);
        columns = line > columns ? line : columns;
    }
    return GUTTER_W + (int)columns + 1;
}

void source_draw(const struct scene *scene, struct area area)
{
    const struct session_view *view = scene->view;
    struct area below = panel_heading(area, "source", ROLE_DIM, "");
    if (!view->prog || view->prog->n_lines == 0 || below.h < 1)
        return;
    bool shows_ops = view->pace_ns > 0 || view->is_paused;
    int n_ops = (int)(view->n_lanes > OPS_MAX ? OPS_MAX
                      : view->n_lanes > 0     ? view->n_lanes - 1
                                              : 0);
    int ops = n_ops < below.h / 3 ? n_ops : below.h / 3;
    uint32_t focus = focus_line(scene);
    int room = below.h - ops;
    uint32_t code = first_line_of_code(view->prog);
    int n_code = (int)(view->prog->n_lines - (code - 1));
    bool shows_all = n_code < room;
    uint32_t first = shows_all ? code : function_line(view->prog, focus);
    int rows = shows_all ? n_code : function_rows(view->prog, first, room);
    if (focus >= first + (uint32_t)rows) {
        first = focus - (uint32_t)(room / 2);
        rows = function_rows(view->prog, first, room);
    }
    if (below.h > rows + ops + 2)
        below = area_part(below, 0, 1, below.w, below.h - 1);
    for (int y = 0; y < rows; y++)
        draw_source_line(scene, below, y, first + (uint32_t)y);
    int gap = below.h > rows + ops ? 1 : 0;
    struct area foot = area_part(below, 0, rows + gap, below.w, below.h - rows - gap);
    if (shows_ops)
        draw_ops(scene, foot);
    else if (lanes_at_ops(scene) > 0)
        draw_text(foot, 1, 0, ROLE_DIM, "native speed: each op lasts nanoseconds");
}
