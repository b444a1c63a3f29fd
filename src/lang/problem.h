#ifndef LANG_PROBLEM_H
#define LANG_PROBLEM_H

#include "lang/lang.h"

// A place in the text of a scenario, as lang_problem counts it.
struct place {
    uint32_t line, column, width;
};

// Width of a tab stop, in the text as printed and in its columns.
enum { TAB_COLUMNS = 4 };

// Adds a mistake, in the order of the text; when there are too many, the last ones are counted
// only.
void problem_add(struct lang_problems *problems, struct place at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

// Nobody reads more than this: who counts them may stop looking.
enum { PROBLEMS_ENOUGH = 1000 };

static inline size_t problem_count(const struct lang_problems *problems)
{
    return problems->n + problems->n_more;
}

// The text of one line made safe, with its tabs expanded. Returns the bytes written without the
// NUL; out holds at least line_safe_size(len_bytes).
size_t line_safe(char *out, const char *line, size_t len_bytes);
size_t line_safe_size(size_t len_bytes);

#endif
