#include "base/mem.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Set once at start-up, before any thread exists; read by whichever thread runs out first.
static void (*_Atomic exhausted_hook)(void);

void mem_on_exhausted(void (*hook)(void))
{
    atomic_store_explicit(&exhausted_hook, hook, memory_order_release);
}

static _Noreturn void end_exhausted(void)
{
    static const char line[] = "racelane: the machine has no memory left; close something or ask "
                               "for fewer lanes\n";
    void (*hook)(void) = atomic_load_explicit(&exhausted_hook, memory_order_acquire);
    if (hook)
        hook();
    ssize_t written = write(STDERR_FILENO, line, sizeof line - 1);
    _exit(written < 0 ? 3 : 3);
}

void *mem_array(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size ? size : 1);
    if (!memory)
        end_exhausted();
    return memory;
}

void *mem_alloc(size_t size)
{
    return mem_array(1, size);
}

void *mem_resize(void *memory, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        end_exhausted();
    size_t bytes = count * size;
    void *moved = realloc(memory, bytes ? bytes : 1);
    if (!moved)
        end_exhausted();
    return moved;
}

char *mem_text_n(const char *text, size_t len_bytes)
{
    char *copy = mem_alloc(len_bytes + 1);
    memcpy(copy, text, len_bytes);
    return copy;
}

char *mem_text(const char *text)
{
    return mem_text_n(text, strlen(text));
}

void mem_free(void *memory)
{
    free(memory);
}

void *mem_room(void *array, size_t *cap, size_t need, size_t size)
{
    if (need <= *cap)
        return array;
    size_t wanted = *cap ? *cap : 8;
    while (wanted < need) {
        if (wanted > SIZE_MAX / 2)
            end_exhausted();
        wanted *= 2;
    }
    *cap = wanted;
    return mem_resize(array, wanted, size);
}
