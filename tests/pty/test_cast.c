#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/text.h"
#include "export/ansi.h"
#include "export/cast.h"
#include "export/cast_read.h"
#include "export/vt.h"
#include "lang/lang.h"
#include "lang/library.h"
#include "session/session.h"
#include "support_cast.h"
#include "view/app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What a recording shows, by the judgement of another terminal than ours: libvterm.

enum {
    W = 100,
    H = 30,
    STEP_MS = 60, // as many ops a second as two real lanes make at the usual pace
    STEPS = 60 * 1000 / STEP_MS,
    MIB = 1 << 20,
};

// --- its last picture

// -1: the terminal's own.
static int number_of(VTermColor colour)
{
    if (VTERM_COLOR_IS_DEFAULT_FG(&colour) || VTERM_COLOR_IS_DEFAULT_BG(&colour))
        return STYLE_DEFAULT;
    assert_true(VTERM_COLOR_IS_INDEXED(&colour));
    return colour.indexed.idx;
}

static bool is_as_drawn(struct played *played, const struct frame *frame, const struct theme *theme,
                        int x, int y)
{
    VTermScreenCell seen;
    char utf8[5];
    const struct cell *cell = frame_at(frame, x, y);
    struct style style = ansi_cell_style(cell, theme);
    const struct vt_cell *ours = vt_at(played->vt, x, y);
    vterm_screen_get_cell(played->screen, (VTermPos){.row = y, .col = x}, &seen);
    text_encode(utf8, seen.chars[0] ? seen.chars[0] : ' ');
    unsigned attributes =
        (seen.attrs.bold ? STYLE_BOLD : 0U) | (seen.attrs.underline ? STYLE_UNDERLINE : 0U) |
        (seen.attrs.reverse ? STYLE_REVERSE : 0U) | (seen.attrs.strike ? STYLE_STRIKE : 0U);
    if (strcmp(utf8, cell->utf8) != 0 || strcmp(ours->utf8, cell->utf8) != 0 ||
        number_of(seen.bg) != style.bg || ours->style.bg != style.bg)
        return false;
    // Of a blank nothing else is seen.
    if (strcmp(utf8, " ") == 0 && !(style.attributes & ~STYLE_BOLD))
        return !(attributes & ~(unsigned)STYLE_BOLD) && !(ours->style.attributes & ~STYLE_BOLD);
    return number_of(seen.fg) == style.fg && attributes == style.attributes &&
           ours->style.fg == style.fg && ours->style.attributes == style.attributes;
}

// Our own reader finds the same events.
static void check_reader(const struct played *played, FILE *in)
{
    struct error err;
    struct cast_event event;
    size_t n_events = 0;
    enum cast_read read;
    rewind(in);
    struct cast_reader *reader = cast_reader_new(in, "recording", &err);
    if (!reader)
        fail_msg("%s", err.text);
    while ((read = cast_read(reader, &event)) == CAST_EVENT)
        n_events++;
    assert_int_equal(read, CAST_END);
    assert_int_equal(n_events, played->n_events);
    assert_int_equal(event.t_ns, played->length_ns);
    cast_reader_free(reader);
}

static void check_picture(struct played *played, const struct frame *frame,
                          const struct theme *theme)
{
    assert_int_equal(vt_width(played->vt), frame_width(frame));
    assert_int_equal(vt_height(played->vt), frame_height(frame));
    for (int y = 0; y < frame_height(frame); y++)
        for (int x = 0; x < frame_width(frame); x++)
            if (!is_as_drawn(played, frame, theme, x, y))
                fail_msg("column %d of row %d is not \"%s\" as it was drawn; ours is \"%s\"", x, y,
                         frame_at(frame, x, y)->utf8, vt_at(played->vt, x, y)->utf8);
}

static char *text_of(FILE *file, size_t *len)
{
    fseek(file, 0, SEEK_END);
    *len = (size_t)ftell(file);
    char *text = malloc(*len + 1);
    rewind(file);
    assert_int_equal(fread(text, 1, *len, file), *len);
    text[*len] = '\0';
    return text;
}

// --- a race that is simulated, on a clock that is none

static bool start_no_host(void *context, int memory_fd, struct error *err)
{
    (void)context;
    (void)memory_fd;
    return error_set(err, "a simulated run has no host");
}

static void stop_no_host(void *context)
{
    (void)context;
}

static bool has_no_host(void *context, int *status)
{
    (void)context;
    *status = 0;
    return true;
}

static struct session *open_race(void)
{
    struct error err = {.text = ""};
    struct lang_problems problems;
    const struct library_entry *race = library_find("race");
    const struct lang_options as_written = {.n_lanes = 0};
    const struct session_launcher none = {start_no_host, stop_no_host, has_no_host, NULL};
    struct session *session = session_open(&(struct session_options){.name = race->name,
                                                                     .text = race->text,
                                                                     .len_bytes = race->len_bytes,
                                                                     .lang = &as_written,
                                                                     .lock = -1,
                                                                     .pace_ns = STEP_MS * NS_PER_MS,
                                                                     .seed = 7,
                                                                     .is_simulated = true},
                                           &none, &problems, &err);
    if (!session)
        fail_msg("%s", err.text);
    return session;
}

// 60 s of it. Returns the last frame.
static struct frame *record_race(FILE *out, const struct theme *theme)
{
    struct error err;
    struct session *session = open_race();
    struct app *app = app_new(&(struct app_options){.theme = theme->name}, &err);
    struct frame *frame = frame_new(W, H, GLYPHS_UTF8);
    struct cast *cast = cast_new(out);
    app_resize(app, W, H);
    app_attach(app, session);
    for (uint64_t step = 0; step < STEPS; step++) {
        app_draw(app, frame);
        cast_frame(cast, frame, theme, step * STEP_MS * NS_PER_MS);
        assert_true(session_step(session, SESSION_ANY_LANE, &err));
    }
    cast_free(cast);
    app_free(app);
    session_free(session);
    return frame;
}

static void test_a_race_ends_in_its_last_frame(void **state)
{
    (void)state;
    for (size_t i = 0; themes[i]; i++) {
        struct played played;
        FILE *file = tmpfile();
        struct frame *frame = record_race(file, themes[i]);
        played_open(&played, file);
        played_assert_whole(&played);
        check_reader(&played, file);
        check_picture(&played, frame, themes[i]);
        assert_int_equal(played.length_ns, (STEPS - 1) * STEP_MS * (uint64_t)NS_PER_MS);
        played_close(&played);
        frame_free(frame);
        fclose(file);
    }
}

static void test_two_takes_are_the_same_and_small(void **state)
{
    (void)state;
    char *takes[2];
    size_t len[2];
    for (int i = 0; i < 2; i++) {
        FILE *file = tmpfile();
        frame_free(record_race(file, themes[0]));
        takes[i] = text_of(file, &len[i]);
        fclose(file);
    }
    assert_string_equal(takes[0], takes[1]);
    print_message("60 s of race at %dx%d: %zu bytes\n", W, H, len[0]);
    assert_true(len[0] < MIB);
    free(takes[0]);
    free(takes[1]);
}

// --- pictures that nobody would draw

static void scribble(struct frame *frame, struct random *random)
{
    struct area whole = frame_area(frame);
    for (uint64_t n = random_below(random, 40); n > 0; n--) {
        int x = (int)random_below(random, (uint64_t)whole.w);
        int y = (int)random_below(random, (uint64_t)whole.h);
        int run = 1 + (int)random_below(random, 12);
        enum role role = (enum role)random_below(random, ROLE_COUNT);
        if (random_below(random, 3) == 0)
            draw_run(whole, x, y, run, role, (enum glyph)random_below(random, GLYPH_COUNT));
        else
            draw_text(whole, x, y, role, random_below(random, 2) ? "\"a\\ b\"" : "é→█ x");
        draw_attributes(whole, x, y, run, (unsigned)random_below(random, 16));
    }
}

static void test_any_pictures_in_turn(void **state)
{
    (void)state;
    uint64_t seed = pty_seed(3);
    struct random random = random_stream(seed, 0);
    for (int round = 0; round < 60; round++) {
        struct played played;
        FILE *file = tmpfile();
        struct frame *frame = NULL;
        const struct theme *theme = themes[0];
        struct cast *cast = cast_new(file);
        uint64_t t_ns = 0;
        for (int i = 0; i < 30; i++) {
            if (!frame || random_below(&random, 20) == 0) {
                frame_free(frame);
                frame = frame_new(1 + (int)random_below(&random, 60),
                                  1 + (int)random_below(&random, 20), GLYPHS_UTF8);
            }
            if (random_below(&random, 8) == 0)
                theme = theme_next(theme, NULL);
            scribble(frame, &random);
            cast_frame(cast, frame, theme, t_ns += random_below(&random, NS_PER_S));
        }
        cast_free(cast);
        played_open(&played, file);
        played_assert_whole(&played);
        check_reader(&played, file);
        check_picture(&played, frame, theme);
        played_close(&played);
        frame_free(frame);
        fclose(file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_race_ends_in_its_last_frame),
        cmocka_unit_test(test_two_takes_are_the_same_and_small),
        cmocka_unit_test(test_any_pictures_in_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
