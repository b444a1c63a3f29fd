#ifndef LANG_LANG_H
#define LANG_LANG_H

#include "prog/program.h"

// Turns the text of a scenario into a program: text -> tokens -> tree -> checked ops.
//
// Data only: a scenario can name no file and start no program. Safe on any bytes.

// What the command line says over what the file says.
struct lang_setting {
    const char *name; // of a param
    int64_t value;
};

struct lang_options {
    const struct lang_setting *settings; // --set, in order
    size_t n_settings;
    int64_t n_lanes;  // --lanes: repeat the list of lanes up to this many, or have this many
                      // workers in the pool; 0 = as written
    const char *mode; // --mode, --gil, --memory: NULL = as written
    const char *gil;
    const char *memory;
};

// One mistake. `line` 0: not at a place in the text (an unknown --set name, say).
struct lang_problem {
    uint32_t line, column; // 1-based; column in characters of the line as printed (tabs expanded)
    uint32_t width;        // characters that the caret line marks, at least 1
    char text[240];        // "what is wrong; what would be right", safe to print
};

enum { LANG_PROBLEMS_MAX = 10 };

struct lang_problems {
    struct lang_problem items[LANG_PROBLEMS_MAX]; // in order of the text
    size_t n;
    size_t n_more; // found, and not in items
};

// Compiles text[0..len_bytes). `name` is the program's name. Returns NULL and at least one problem
// when there is a mistake. The text is copied; the caller owns the program (program_free).
struct program *lang_compile(const char *name, const char *text, size_t len_bytes,
                             const struct lang_options *options, struct lang_problems *problems);

// Writes the problems as they are shown, for each one
//     FILE:LINE:COLUMN: error: TEXT
//         the line
//            ^~~
// `file` is made safe. Returns newly allocated text.
char *lang_problems_text(const struct lang_problems *problems, const char *file, const char *text,
                         size_t len_bytes);

#endif
