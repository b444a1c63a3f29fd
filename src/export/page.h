#ifndef EXPORT_PAGE_H
#define EXPORT_PAGE_H

#include <jansson.h>
#include <stddef.h>

// A text that grows; begins as {0}. `text` belongs to whoever made the page (mem_free), and is NULL
// before the first call.
struct page {
    char *text;
    size_t len, cap;
};

__attribute__((format(printf, 2, 3))) void page_add(struct page *page, const char *fmt, ...);

// The object as text with a newline after it (mem_free), reals with so many digits; frees `root`.
char *page_of_json(json_t *root, int digits);

#endif
