#ifndef BASE_BIGINT_H
#define BASE_BIGINT_H

#include <stddef.h>
#include <stdint.h>

// Whole numbers of any size.

// n! in decimal digits. Newly allocated. The caller bounds n: the text has about n log10(n) digits.
char *bigint_factorial(unsigned long n);

// A sum that never overflows.
struct bigint;
struct bigint *bigint_new(void);    // 0
void bigint_free(struct bigint *n); // accepts NULL
// Adds a number of n_words 64-bit words, the least first.
void bigint_add(struct bigint *n, const uint64_t *words, size_t n_words);
void bigint_clear(struct bigint *n);       // 0 again
char *bigint_text(const struct bigint *n); // in decimal digits; newly allocated

#endif
