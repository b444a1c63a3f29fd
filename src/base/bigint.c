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

struct bigint {
    mpz_t sum, term;
};

struct bigint *bigint_new(void)
{
    struct bigint *n = mem_alloc(sizeof *n);
    mpz_init(n->sum);
    mpz_init(n->term);
    return n;
}

void bigint_free(struct bigint *n)
{
    if (!n)
        return;
    mpz_clear(n->sum);
    mpz_clear(n->term);
    mem_free(n);
}

void bigint_add(struct bigint *n, const uint64_t *words, size_t n_words)
{
    mpz_import(n->term, n_words, -1, sizeof *words, 0, 0, words);
    mpz_add(n->sum, n->sum, n->term);
}

void bigint_clear(struct bigint *n)
{
    mpz_set_ui(n->sum, 0);
}

char *bigint_text(const struct bigint *n)
{
    char *digits = mem_alloc(mpz_sizeinbase(n->sum, 10) + 2);
    mpz_get_str(digits, 10, n->sum);
    return digits;
}
