#include "view/lesson.h"

#include "base/clock.h"
#include "base/text.h"

static const uint64_t minute_ns = 60 * NS_PER_S;

static uint64_t minutes_of(const struct lesson *lesson)
{
    return (lesson->now_ns - lesson->begin_ns) / minute_ns;
}

bool lesson_tick(struct lesson *lesson, uint64_t now_ns)
{
    if (!lesson->has_begun) {
        lesson->has_begun = true;
        lesson->begin_ns = lesson->now_ns = now_ns;
        return true;
    }
    uint64_t before = minutes_of(lesson);
    lesson->now_ns = now_ns;
    return minutes_of(lesson) != before;
}

uint64_t lesson_next_tick(const struct lesson *lesson)
{
    if (!lesson->has_begun)
        return UINT64_MAX;
    return lesson->begin_ns + (minutes_of(lesson) + 1) * minute_ns;
}

char *lesson_text(const struct lesson *lesson, char out[24])
{
    unsigned long long gone = minutes_of(lesson);
    // A minute that has begun is not over: of 45 minutes, 45 are left at first.
    unsigned long long length = (lesson->length_ns + minute_ns - 1) / minute_ns;
    if (length == 0)
        text_format(out, 24, "lesson %llu min", gone);
    else if (gone < length)
        text_format(out, 24, "%llu min left", length - gone);
    else
        text_format(out, 24, "%llu min over", gone - length);
    return out;
}
