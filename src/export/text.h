#ifndef EXPORT_TEXT_H
#define EXPORT_TEXT_H

#include "view/frame.h"

#include <stdio.h>

// A frame as lines of text, without blanks at their ends. What the golden tests compare.
void text_write(FILE *out, const struct frame *frame);

#endif
