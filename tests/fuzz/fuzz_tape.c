#include "base/mem.h"
#include "tape/player.h"

#include <string.h>

// Any bytes are read as a tape; what is one is played, for a bounded time, on a simulated run.

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { QUANTA = 600, W = 80, H = 24 };

static const char scenario[] = "param N = 3\n"
                               "shared counter = 0\n"
                               "lock guard off\n"
                               "def add():\n"
                               "    for _ in range(N):\n"
                               "        with guard:\n"
                               "            counter += 1\n"
                               "lane A = add()\n"
                               "lane B = add()\n"
                               "expect counter == lanes * N\n";

// Only simulated runs: nothing is ever started.
static bool refuse(void *context, int memory_fd, struct error *err)
{
    (void)context;
    (void)memory_fd;
    return error_set(err, "no lanes are run here");
}

static void stop(void *context)
{
    (void)context;
}

static bool has_ended(void *context, int *status)
{
    (void)context;
    *status = 0;
    return true;
}

static struct session *open(void)
{
    const struct session_launcher launcher = {.start = refuse, .stop = stop, .ended = has_ended};
    const struct lang_options lang = {.n_lanes = 0};
    const struct session_options how = {.name = "fuzz",
                                        .text = scenario,
                                        .len_bytes = sizeof scenario - 1,
                                        .lang = &lang,
                                        .lock = -1,
                                        .pace_ns = 20000000,
                                        .seed = 7,
                                        .is_simulated = true};
    struct lang_problems problems;
    struct error err;
    return session_open(&how, &launcher, &problems, &err);
}

static void play(const struct tape *tape, struct session *session, enum player_audience audience)
{
    struct error err;
    struct app *app = app_new(&(struct app_options){.theme = "mono"}, &err);
    struct frame *frame = frame_new(W, H, GLYPHS_UTF8);
    struct player *player = player_new(tape, "fuzz.tape", audience);
    bool has_changed = false;
    app_resize(app, W, H);
    app_attach(app, session);
    app_keep_captions(app, true);
    app_show_keys(app, true);
    for (int i = 0; i < QUANTA; i++) {
        struct player_news news = player_play_quantum(player, app, session, &has_changed);
        if (news.kind != NEWS_NONE || i % 100 == 0)
            app_draw(app, frame);
        if (news.reactions & REACT_QUIT)
            break;
        app_tick(app, player_clock_ns(player));
        if (i % 50 == 49)
            player_next_page(player, app);
    }
    player_free(player);
    frame_free(frame);
    app_free(app);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *text = (const char *)bytes;
    struct lang_problems problems;
    struct tape *tape = tape_parse(text, size, &problems);
    if (!tape) {
        mem_free(lang_problems_text(&problems, "fuzz.tape", text, size));
        return 0;
    }
    struct session *session = open();
    if (tape_bind(tape, 0, session_view(session).prog, &problems))
        play(tape, session, size % 2 ? PLAYER_ALONE : PLAYER_WATCHED);
    session_free(session);
    tape_free(tape);
    return 0;
}
