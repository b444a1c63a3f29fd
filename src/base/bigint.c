#include "base/bigint.h"

#include "base/mem.h"

#include <gmp.h>

char *bigint_factorial(unsigned long n)
{
    mpz_t product;
    mpz_init(product);
    mpz_fac_ui(product, n);
    char *digits = mem_alloc(mpz_sizeinbase(product, 10) + 2);
    mpz_get_str(digits, 10, product);
    mpz_clear(product);
    return digits;
}
