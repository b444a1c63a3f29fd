#include "base/checksum.h"

#include "base/pack.h"

uint64_t checksum(uint64_t sum, const void *bytes, size_t len)
{
    static const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
    const unsigned char *at = bytes;
    for (; len >= 8; at += 8, len -= 8) {
        sum = (sum ^ little_endian_8(at)) * odd;
        sum ^= sum >> 29;
    }
    return (sum ^ little_endian(at, len) ^ (uint64_t)len << 56) * odd;
}
