#ifndef SUPPORT_SIM_H
#define SUPPORT_SIM_H

// Sessions of simulated runs, and what one sees of them.
#include "export/text.h"
#include "support_session.h"
#include "view/app.h"

#include <stdio.h>
#include <stdlib.h>

static const char race[] = "param N = 3\n"
                           "shared counter = 0\n"
                           "lock guard off\n"
                           "def add():\n"
                           "    for _ in range(N):\n"
                           "        with guard:\n"
                           "            counter += 1\n"
                           "lane A = add()\n"
                           "lane B = add()\n"
                           "after:\n"
                           "    print(\"{counter}\")\n"
                           "expect counter == lanes * N\n";

static inline uint64_t number_from(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : otherwise;
}

static inline struct session *try_open(const char *text, uint64_t seed, const char *schedule,
                                       struct lang_problems *problems)
{
    static struct launch none;
    struct error err;
    const struct session_launcher launcher = {start_host, stop_host, host_ended, &none};
    const struct lang_options as_written = {.n_lanes = 0};
    none = (struct launch){.pid = 0};
    return session_open(&(struct session_options){.name = "test",
                                                  .text = text,
                                                  .len_bytes = strlen(text),
                                                  .lang = &as_written,
                                                  .lock = -1,
                                                  .pace_ns = 100 * NS_PER_MS,
                                                  .seed = seed,
                                                  .is_simulated = true,
                                                  .schedule = schedule},
                        &launcher, problems, &err);
}

static inline struct session *open_sim(const char *text, uint64_t seed, const char *schedule)
{
    struct lang_problems problems;
    struct session *s = try_open(text, seed, schedule, &problems);
    if (!s)
        fail_msg("%s", problems.items[0].text);
    return s;
}

static inline bool step(struct session *s)
{
    struct error err;
    return session_step(s, SESSION_ANY_LANE, &err);
}

static inline bool back(struct session *s)
{
    struct error err;
    return session_step_back(s, &err);
}

// The whole screen as text. Newly allocated by the C library.
static inline char *picture(struct session *s)
{
    struct error err;
    const struct app_options how = {.theme = "mono"};
    struct app *app = app_new(&how, &err);
    app_resize(app, 100, 30);
    app_attach(app, s);
    struct frame *frame = frame_new(100, 30, GLYPHS_UTF8);
    app_draw(app, frame);
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    text_write(out, frame);
    fclose(out);
    frame_free(frame);
    app_free(app);
    char *copy = strdup(text); // the stream had the address of `text`
    free(text);
    return copy;
}

// But for the header, which tells how many known steps lie ahead.
static inline void check_picture(struct session *s, const char *expected)
{
    char *now = picture(s);
    assert_string_equal(strchr(now, '\n'), strchr(expected, '\n'));
    free(now);
}

#endif
