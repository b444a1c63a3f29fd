// What the timeline of a run of real lanes says each lane did, and in which order.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support_session.h"
#include "trace/timeline.h"

#include <stdio.h>

// Updates inside of updates, of the same cell and of others; an update that loads twice; a blind
// write, a lock, a plain read and a print while a load waits for its store.
static const char nested[] = "shared x = 0\n"
                             "shared y = 0\n"
                             "lock guard\n"
                             "def inner(a):\n"
                             "    with guard:\n"
                             "        y += 1\n"
                             "    return a + 1\n"
                             "def both(a):\n"
                             "    x += 2\n"
                             "    return inner(a)\n"
                             "def blind(a):\n"
                             "    y = 5\n"
                             "    atomic y += 1\n"
                             "    return a\n"
                             "def looks(a):\n"
                             "    seen = y\n"
                             "    print(\"{a}\")\n"
                             "    return a + seen - seen\n"
                             "def work():\n"
                             "    for _ in range(100):\n"
                             "        x = inner(x)\n"
                             "        x = both(x)\n"
                             "        x = x + blind(x) - x\n"
                             "        x = looks(x)\n"
                             "        x += 1\n"
                             "lane A = work()\n"
                             "lane B = work()\n";

static struct session *run_to_end(struct watch *w, const char *text, bool is_simulated)
{
    struct lang_options as_written = {.n_lanes = 0};
    struct session *s = open_session(w, &(struct session_options){.name = "test",
                                                                  .text = text,
                                                                  .len_bytes = strlen(text),
                                                                  .lang = &as_written,
                                                                  .lock = -1,
                                                                  .seed = 7,
                                                                  .is_simulated = is_simulated});
    session_pause(s, false);
    pump_until(s, is_ended, "the end of the run");
    return s;
}

// What is a matter of the lane's program alone, and not of whom it met. An atomic op is one event
// in the model, and a LOAD and a STORE of the same instant here.
static bool is_own(const struct event *event)
{
    if (event->kind == EVENT_LOAD && (event->flags & ACCESS_ATOMIC))
        return false;
    return event->kind == EVENT_LOAD || event->kind == EVENT_STORE ||
           event->kind == EVENT_ACQUIRE || event->kind == EVENT_RELEASE ||
           event->kind == EVENT_PRINT;
}

static const struct event *next_own(const struct timeline *tl, size_t lane, uint64_t *index)
{
    while (*index < timeline_count(tl, lane)) {
        const struct event *event = timeline_at(tl, lane, (*index)++);
        if (is_own(event))
            return event;
    }
    return NULL;
}

static void test_each_lane_in_its_own_order(void **state)
{
    (void)state;
    struct watch real, simulated;
    struct session *a = run_to_end(&real, nested, false);
    struct session *b = run_to_end(&simulated, nested, true);
    struct session_view is = session_view(a), wanted = session_view(b);
    for (size_t lane = 1; lane < is.n_lanes; lane++) {
        uint64_t i = 0, j = 0, n = 0, last_ns = 0;
        for (;; n++) {
            const struct event *event = next_own(is.timeline, lane, &i);
            const struct event *model = next_own(wanted.timeline, lane, &j);
            assert_true(!event == !model);
            if (!event)
                break;
            if (event->kind != model->kind ||
                (event->kind != EVENT_PRINT && event->object != model->object))
                fail_msg("event %llu of lane %zu is %s, not %s", (unsigned long long)n, lane,
                         event_info[event->kind].label, event_info[model->kind].label);
            assert_true(event->t_ns >= last_ns);
            last_ns = event->t_ns;
        }
        assert_true(n > 1000);
    }
    session_free(a);
    session_free(b);
}

static bool has_many(const struct session_view *view)
{
    static uint64_t before;
    uint64_t n = timeline_count(view->timeline, 1) + timeline_count(view->timeline, 2);
    bool is_more = n > before + 50000 || n < before || view->is_ended;
    if (is_more)
        before = n;
    return is_more;
}

static bool has_stopped(const struct session_view *view)
{
    return view->is_ended ||
           (view->lanes[1].state == LANE_PAUSED && view->lanes[2].state == LANE_PAUSED);
}

// At native speed the lanes are held until there is room for what they report. A pause that comes
// meanwhile comes after the store that they had made.
static void test_nothing_happens_in_a_pause(void **state)
{
    (void)state;
    enum { PAUSES = 40 };
    struct watch w;
    struct session *s = open_text(&w, "shared x = 0\n"
                                      "def work():\n"
                                      "    for _ in range(100000000):\n"
                                      "        x += 1\n"
                                      "lane A = work()\n"
                                      "lane B = work()\n");
    session_pause(s, false);
    for (int i = 0; i < PAUSES; i++) {
        pump_until(s, has_many, "more events");
        session_pause(s, true);
        pump_until(s, has_stopped, "the pause");
        session_pause(s, false);
    }
    struct session_view view = session_view(s);
    uint64_t n_pauses = 0;
    for (size_t lane = 1; lane < view.n_lanes; lane++) {
        bool is_paused = false;
        for (uint64_t i = timeline_first(view.timeline, lane);
             i < timeline_count(view.timeline, lane); i++) {
            const struct event *event = timeline_at(view.timeline, lane, i);
            if (event->kind == EVENT_PAUSE || event->kind == EVENT_RESUME)
                is_paused = event->kind == EVENT_PAUSE;
            else if (is_paused && event->kind != EVENT_GAP)
                fail_msg("%s in a pause", event_info[event->kind].label);
            n_pauses += event->kind == EVENT_PAUSE;
        }
    }
    assert_true(n_pauses > PAUSES);
    session_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_lane_in_its_own_order),
        cmocka_unit_test(test_nothing_happens_in_a_pause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
