#ifndef LANG_PYTHON_H
#define LANG_PYTHON_H

#include "lang/parser.h"

// What Python has and the language has not: a mistake of its own for each, with what to write
// instead. Every function returns true when it has reported one.

// A word or a sign that begins a line in a function; at the left edge.
bool python_line(struct parser *p);
bool python_edge(struct parser *p);

// Behind a whole expression: x if c else y, is, in.
bool python_operator(struct parser *p);

// Where a value should begin: a list, None.
bool python_value(struct parser *p);

// At the dot behind a name.
bool python_attribute(struct parser *p, const char *object);

// At the left edge, between a name and its `=`: what a call behind it would make in Python.
bool python_object(struct parser *p, struct place at, const char *name);

// Behind the name of a with.
bool python_with(struct parser *p, struct place at, const char *name);

// Behind a parameter, and behind the parentheses of a def.
bool python_parameter(struct parser *p, const char *name);
bool python_result(struct parser *p);

// At the `=` of shared x = [0, 0].
bool python_array(struct parser *p, const char *name);

#endif
