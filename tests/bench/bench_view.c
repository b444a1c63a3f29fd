// What a frame costs to draw, with a thousand lanes at 200x60: in rows and in the overview, at a
// pace and at native speed, when each lane has more events than are kept and shares its core.
//
//     bench_view [frames]      100 of each unless given
#include "bench.h"

#include "../unit/fake_screen.h"

#include <string.h>
#include <time.h>

enum { WIDTH = 200, HEIGHT = 60, LANES = 1000, FRAMES = 100, GOAL_MS = 10 };

static double cpu_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void bench_frames(const char *what, const struct fake *fake, const char *keys, int frames)
{
    struct app *app = new_app(&fake->view, WIDTH, HEIGHT);
    struct frame *frame = frame_new(WIDTH, HEIGHT, GLYPHS_UTF8);
    press(app, keys);
    app_draw(app, frame);
    double from = cpu_ms();
    for (int i = 0; i < frames; i++)
        app_draw(app, frame);
    double each = (cpu_ms() - from) / frames;
    bench_row(what, "under 10 ms", bench_judge(each < GOAL_MS), "%.2f ms of CPU a frame", each);
    frame_free(frame);
    app_free(app);
}

// A second of native speed, with the lock on: each lane waits and holds in turn, and is off its
// core for most of the time.
static void go_native(struct fake *fake)
{
    enum { ROUNDS = 1500, ROUND_NS = 600000 };
    struct timeline *tl = (struct timeline *)fake->view.timeline;
    static const enum event_kind kinds[] = {EVENT_CONTEND, EVENT_ACQUIRE, EVENT_LOAD, EVENT_STORE,
                                            EVENT_RELEASE};
    uint64_t from_ns = fake->view.now_ns;
    fake->view.pace_ns = 0;
    for (size_t lane = 1; lane <= LANES; lane++)
        for (uint64_t round = 0; round < ROUNDS; round++) {
            uint64_t t_ns = from_ns + round * ROUND_NS + lane * 100;
            for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
                fake_event(fake, t_ns + i * 90000, lane, kinds[i], 0, 1);
            if (round % 10 == 9)
                timeline_preempted(tl, lane, t_ns - 9 * ROUND_NS, t_ns, 5 * ROUND_NS);
        }
    fake->view.now_ns = from_ns + (uint64_t)ROUNDS * ROUND_NS;
    timeline_advance(tl, fake->view.now_ns);
}

int main(int argc, char **argv)
{
    int frames = argc > 1 ? (int)strtol(argv[1], NULL, 10) : FRAMES;
    struct fake *fake = fake_new(LANES + 1, 20 * LANES);
    bench_table();
    bench_frames("1,000 lanes at a pace, the overview, 200x60", fake, "", frames);
    bench_frames("the same, the whole run", fake, "0", frames);
    bench_frames("the same, a row for each lane", fake, "d", frames);
    go_native(fake);
    bench_frames("1,000 lanes at native speed, the overview, 200x60", fake, "", frames);
    bench_frames("the same, zoomed in", fake, "+++++++++", frames);
    bench_frames("the same, a row for each lane", fake, "d", frames);
    fake_free(fake);
    return 0;
}
