#ifndef SUPPORT_SCENARIO_H
#define SUPPORT_SCENARIO_H

#include "base/mem.h"
#include "lang/lang.h"

#include <stdio.h>
#include <string.h>

// Scenarios in tests: compile a text that is right, or say why not.
static inline struct program *scenario_compile_with(const char *text,
                                                    const struct lang_options *options)
{
    struct lang_problems problems;
    struct program *prog = lang_compile("test", text, strlen(text), options, &problems);
    if (!prog) {
        char *message = lang_problems_text(&problems, "test", text, strlen(text));
        print_message("%s\n%s\n", text, message);
        mem_free(message);
    }
    assert_non_null(prog);
    return prog;
}

static inline struct program *scenario_compile(const char *text)
{
    struct lang_options options = {0};
    return scenario_compile_with(text, &options);
}

#endif
