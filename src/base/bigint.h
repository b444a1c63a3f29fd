#ifndef BASE_BIGINT_H
#define BASE_BIGINT_H

// Whole numbers of any size.

// n! in decimal digits. Newly allocated. The caller bounds n: the text has about n log10(n) digits.
char *bigint_factorial(unsigned long n);

#endif
