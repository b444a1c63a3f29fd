#ifndef EXPORT_COMPARISON_REPORT_H
#define EXPORT_COMPARISON_REPORT_H

#include "session/comparison.h"

// The when-to-use table, once everything has been measured. Newly allocated.
char *comparison_json(const struct comparison *c);
char *comparison_text(const struct comparison *c);

#endif
