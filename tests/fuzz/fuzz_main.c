// Runs a fuzz target without a fuzzer: once on each file that is named, and on changed copies of
// it. As a test it shows that the target still builds and that what was once found stays mended.
//
//     fuzz_NAME [-n CHANGED] FILE...      RACELANE_SEED says which changes
#include "base/mem.h"
#include "base/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static uint8_t *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rbe");
    uint8_t *bytes = NULL;
    size_t cap = 0;
    *size = 0;
    if (!file) {
        perror(path);
        exit(2);
    }
    for (size_t n = 1; n > 0; *size += n) {
        bytes = mem_room(bytes, &cap, *size + 4096, 1);
        n = fread(bytes + *size, 1, 4096, file);
    }
    fclose(file);
    return bytes;
}

// A byte here or there, a number that is much too large, a stretch from elsewhere, or an end.
static size_t change(struct random *dice, uint8_t *bytes, size_t size)
{
    for (uint64_t n = 1 + random_below(dice, 4); n > 0 && size > 8; n--) {
        size_t at = (size_t)random_below(dice, size - 8);
        switch (random_below(dice, 4)) {
        case 0:
            bytes[at] ^= (uint8_t)(1u << random_below(dice, 8));
            break;
        case 1:
            memset(bytes + at, random_below(dice, 2) ? 0xff : 0, 8);
            break;
        case 2:
            memmove(bytes + at, bytes + random_below(dice, size - 8), 8);
            break;
        case 3:
            size -= random_below(dice, 8) == 0 ? random_below(dice, size / 4) : 0;
            break;
        }
    }
    return size;
}

static void run_on(const char *path, uint64_t n_changed, struct random *dice)
{
    size_t size;
    uint8_t *bytes = read_file(path, &size);
    LLVMFuzzerTestOneInput(bytes, size);
    // Exactly as long as it is, so that one byte too many is noticed.
    for (uint64_t i = 0; i < n_changed; i++) {
        uint8_t *changed = mem_alloc(size + 1);
        memcpy(changed, bytes, size);
        size_t left = change(dice, changed, size);
        changed = mem_resize(changed, left + 1, 1);
        LLVMFuzzerTestOneInput(changed, left);
        mem_free(changed);
    }
    mem_free(bytes);
}

int main(int argc, char **argv)
{
    const char *text = getenv("RACELANE_SEED");
    uint64_t seed = text ? strtoull(text, NULL, 0) : 1, n_changed = 0;
    struct random dice = random_stream(seed, 9);
    int first = 1;
    if (argc > 2 && strcmp(argv[1], "-n") == 0) {
        n_changed = strtoull(argv[2], NULL, 0);
        first = 3;
    }
    printf("RACELANE_SEED=%llu\n", (unsigned long long)seed);
    for (int i = first; i < argc; i++)
        run_on(argv[i], n_changed, &dice);
    return 0;
}
