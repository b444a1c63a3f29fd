#ifndef CLI_VALUE_H
#define CLI_VALUE_H

#include <stdbool.h>
#include <stdint.h>

// What options take besides words: numbers, times, sizes. Each is false when the text is none, or
// out of range; *out is whatever then.
enum { VALUE_PACE_MAX_S = 1 };

bool value_int(const char *text, int64_t min, int64_t max, int64_t *out);
bool value_time(const char *text, uint64_t max_s, uint64_t *out_ns); // "20ms"; "native" and "0": 0
bool value_pace(const char *text, uint64_t *out_ns);
bool value_size(const char *text, uint64_t *out_bytes); // "512K", "256M", "2G"
bool value_minutes(const char *text, uint64_t *out_ns); // "45m", "2h"; a day at the most
bool value_frame(const char *text, int *w, int *h);     // "100x30"

#endif
