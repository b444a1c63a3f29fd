#include "export/page.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void page_add(struct page *page, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int need = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (need < 0)
        return;
    page->text = mem_room(page->text, &page->cap, page->len + (size_t)need + 1, 1);
    va_start(args, fmt);
    vsnprintf(page->text + page->len, (size_t)need + 1, fmt, args);
    va_end(args);
    page->len += (size_t)need;
}

char *page_of_json(json_t *root, int digits)
{
    struct page page = {0};
    size_t precision = JSON_REAL_PRECISION((size_t)digits); // the macro keeps the type it is given
    char *dumped = json_dumps(root, JSON_INDENT(1) | precision);
    json_decref(root);
    page_add(&page, "%s\n", dumped);
    free(dumped);
    return page.text;
}
