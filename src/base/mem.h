#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

// Heap memory that is never missing: when there is none left, the hook runs (it restores the
// terminal), one line goes to stderr and the process ends with status 3. So no caller checks.

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

void *mem_alloc(size_t size);                          // zeroed; free with mem_free
void *mem_array(size_t count, size_t size);            // zeroed; the product is checked
void *mem_resize(void *memory, size_t count, size_t size); // what is new is not zeroed
char *mem_text(const char *text);                      // a copy
char *mem_text_n(const char *text, size_t len_bytes);  // a copy of len_bytes, NUL-terminated
void mem_free(void *memory);                           // accepts NULL

// Room for `need` elements in a growing array whose capacity is *cap: doubles, never shrinks.
void *mem_room(void *array, size_t *cap, size_t need, size_t size);

// Called once before the process ends for want of memory. NULL for none.
void mem_on_exhausted(void (*hook)(void));

#endif
