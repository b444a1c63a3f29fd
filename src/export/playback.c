#include "export/playback.h"

#include "export/cast_read.h"
#include "export/palette.h"
#include "export/vt.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { JUMP_S = 5, LINE_SHOWN_S = 3, LABEL_MAX = 80, NAME_MAX_BYTES = 120, TROUBLE_MAX = 80 };

// In quarters of the recording's own speed.
static const int speeds[] = {1, 2, 4, 8, 16, 32, 64};
enum { SPEED_OWN = 2, SPEED_QUARTERS = 4 };

struct playback {
    FILE *in;
    struct cast_reader *reader;
    struct vt *vt;
    struct palette *palette;
    uint64_t length_ns;
    char trouble[TROUBLE_MAX]; // where it is cut, "": it is whole

    struct cast_event next; // not shown yet, while has_next
    bool has_next;
    size_t n_shown; // events that have been
    uint64_t at_ns;
    char label[LABEL_MAX]; // of the last marker

    bool is_paused;
    size_t speed;     // of speeds
    uint64_t then_ns; // of the last tick; 0: before the first
    uint64_t line_until_ns;
    bool is_line_shown;
};

static void read_next(struct playback *playback)
{
    playback->has_next = cast_read(playback->reader, &playback->next) == CAST_EVENT;
}

static void rewind_all(struct playback *playback)
{
    int w, h;
    cast_rewind(playback->reader);
    cast_reader_size(playback->reader, &w, &h);
    vt_resize(playback->vt, w, h);
    playback->n_shown = 0;
    playback->at_ns = 0;
    playback->label[0] = '\0';
    read_next(playback);
}

// One event more.
static void show_next(struct playback *playback)
{
    const struct cast_event *event = &playback->next;
    int w, h;
    if (event->code == 'o')
        vt_write(playback->vt, event->bytes, event->len_bytes);
    else if (event->code == 'm')
        text_safe(playback->label, sizeof(playback->label), event->bytes, event->len_bytes);
    else if (event->code == 'r' && cast_event_size(event, &w, &h) &&
             (w != vt_width(playback->vt) || h != vt_height(playback->vt)))
        vt_resize(playback->vt, w, h);
    playback->n_shown++;
    if (event->t_ns > playback->at_ns)
        playback->at_ns = event->t_ns;
    read_next(playback);
}

// All events up to then. Returns whether there were any.
static bool show_until(struct playback *playback, uint64_t t_ns)
{
    bool has_shown = false;
    while (playback->has_next && playback->next.t_ns <= t_ns) {
        show_next(playback);
        has_shown = true;
    }
    playback->at_ns = t_ns < playback->length_ns ? t_ns : playback->length_ns;
    return has_shown;
}

static void go_to_start(struct playback *playback)
{
    rewind_all(playback);
    show_until(playback, 0);
}

static void go_to(struct playback *playback, uint64_t t_ns)
{
    if (t_ns < playback->at_ns)
        rewind_all(playback);
    show_until(playback, t_ns);
}

// The first so many events.
static void go_to_event(struct playback *playback, size_t n)
{
    if (n < playback->n_shown)
        rewind_all(playback);
    while (playback->n_shown < n && playback->has_next)
        show_next(playback);
}

// To the next event of output, or the one before.
static void step(struct playback *playback, int direction)
{
    playback->is_paused = true;
    if (direction > 0) {
        bool was_output = false;
        while (playback->has_next && !was_output) {
            was_output = playback->next.code == 'o';
            show_next(playback);
        }
    } else if (playback->n_shown > 1) {
        go_to_event(playback, playback->n_shown - 1);
    }
}

// To the next marker, or the end.
static void go_to_marker(struct playback *playback)
{
    bool was_marker = false;
    while (playback->has_next && !was_marker) {
        was_marker = playback->next.code == 'm';
        show_next(playback);
    }
    show_until(playback, playback->at_ns);
}

static void pause_or_go_on(struct playback *playback)
{
    playback->is_paused = !playback->is_paused;
    if (!playback->is_paused && playback->at_ns >= playback->length_ns)
        rewind_all(playback);
}

static void change_speed(struct playback *playback, int by)
{
    if (by < 0 && playback->speed > 0)
        playback->speed--;
    else if (by > 0 && playback->speed + 1 < ARRAY_LEN(speeds))
        playback->speed++;
    else if (by == 0)
        playback->speed = SPEED_OWN;
}

static void jump_back(struct playback *playback)
{
    uint64_t by_ns = JUMP_S * NS_PER_S;
    go_to(playback, playback->at_ns > by_ns ? playback->at_ns - by_ns : 0);
}

bool playback_press(struct playback *playback, const char *key, uint64_t now_ns)
{
    playback_tick(playback, now_ns);
    playback->line_until_ns = now_ns + LINE_SHOWN_S * NS_PER_S;
    playback->is_line_shown = true;
    if (strcmp(key, "q") == 0 || strcmp(key, "ctrl-c") == 0)
        return false;
    if (strcmp(key, "space") == 0)
        pause_or_go_on(playback);
    else if (strcmp(key, "right") == 0)
        go_to(playback, playback->at_ns + JUMP_S * NS_PER_S);
    else if (strcmp(key, "left") == 0)
        jump_back(playback);
    else if (strcmp(key, ".") == 0)
        step(playback, 1);
    else if (strcmp(key, ",") == 0)
        step(playback, -1);
    else if (strcmp(key, "page-down") == 0)
        go_to_marker(playback);
    else if (strcmp(key, "[") == 0)
        change_speed(playback, -1);
    else if (strcmp(key, "]") == 0)
        change_speed(playback, 1);
    else if (strcmp(key, "\\") == 0)
        change_speed(playback, 0);
    else if (strcmp(key, "0") == 0 || strcmp(key, "home") == 0)
        go_to_start(playback);
    else if (strcmp(key, "end") == 0)
        go_to(playback, playback->length_ns);
    return true;
}

bool playback_tick(struct playback *playback, uint64_t now_ns)
{
    bool has_changed = playback->then_ns == 0;
    uint64_t since_ns =
        playback->then_ns && now_ns > playback->then_ns ? now_ns - playback->then_ns : 0;
    if (playback->then_ns == 0)
        playback->line_until_ns = now_ns + LINE_SHOWN_S * NS_PER_S;
    playback->then_ns = now_ns;
    if (!playback->is_paused) {
        uint64_t by_ns = since_ns / SPEED_QUARTERS * (uint64_t)speeds[playback->speed];
        uint64_t tenth = playback->at_ns / (NS_PER_S / 10);
        has_changed |= show_until(playback, playback->at_ns + by_ns);
        // The line's clock.
        has_changed |= playback->at_ns / (NS_PER_S / 10) != tenth;
        if (playback->at_ns >= playback->length_ns && !playback->has_next) {
            playback->is_paused = true;
            has_changed = true;
        }
    }
    bool is_line_shown = playback->is_paused || now_ns < playback->line_until_ns;
    has_changed |= is_line_shown != playback->is_line_shown;
    playback->is_line_shown = is_line_shown;
    return has_changed;
}

uint64_t playback_next_tick(const struct playback *playback)
{
    enum { CLOCK_NS = 50 * NS_PER_MS };
    if (playback->then_ns == 0)
        return 0;
    if (playback->is_paused)
        return UINT64_MAX;
    uint64_t next_ns = playback->then_ns + CLOCK_NS;
    if (playback->has_next) {
        uint64_t in_ns =
            playback->next.t_ns > playback->at_ns ? playback->next.t_ns - playback->at_ns : 0;
        uint64_t due_ns =
            playback->then_ns + in_ns / (uint64_t)speeds[playback->speed] * SPEED_QUARTERS + 1;
        next_ns = due_ns < next_ns ? due_ns : next_ns;
    }
    return next_ns;
}

static int draw_time(const struct playback *playback, struct area area, int x)
{
    uint64_t at = playback->at_ns / (NS_PER_S / 10), all = playback->length_ns / (NS_PER_S / 10);
    return draw_textf(area, x, 0, ROLE_BAR_TITLE, " %llu:%02llu.%llu / %llu:%02llu.%llu ",
                      (unsigned long long)(at / 600), (unsigned long long)(at / 10 % 60),
                      (unsigned long long)(at % 10), (unsigned long long)(all / 600),
                      (unsigned long long)(all / 10 % 60), (unsigned long long)(all % 10));
}

// Where the recording ends before its time, how little of it is seen, which chapter it is.
static void note_of(const struct playback *playback, const struct frame *frame, char *out,
                    size_t size)
{
    int w = vt_width(playback->vt), h = vt_height(playback->vt);
    out[0] = '\0';
    if (playback->trouble[0] != '\0' && playback->at_ns >= playback->length_ns)
        text_format(out, size, "the file is cut: %s", playback->trouble);
    else if (w > frame_width(frame) || h > frame_height(frame))
        text_format(out, size, "%dx%d of %dx%d are seen", frame_width(frame), frame_height(frame),
                    w, h);
    else
        text_format(out, size, "%s", playback->label);
}

static void draw_line(const struct playback *playback, const struct frame *frame, struct area area)
{
    const char *const keys[][2] = {{"space", playback->is_paused ? "go on" : "pause"},
                                   {"Left Right", "5 s"},
                                   {".", "step"},
                                   {"[ ]", "speed"},
                                   {"0", "start"},
                                   {"q", "quit"}};
    char note[160], speed[16];
    draw_fill(area, ROLE_FOOT);
    int x = 0;
    if (playback->is_paused)
        x = draw_text(area, x, 0, ROLE_BAR_STILL, " || ");
    else
        x = draw_glyph(area, draw_text(area, x, 0, ROLE_BAR_LIVE, " "), 0, ROLE_BAR_LIVE,
                       GLYPH_MARK_START);
    x = draw_time(playback, area, x);
    int quarters = speeds[playback->speed];
    if (quarters < SPEED_QUARTERS)
        text_format(speed, sizeof(speed), "x1/%d ", SPEED_QUARTERS / quarters);
    else
        text_format(speed, sizeof(speed), "x%d ", quarters / SPEED_QUARTERS);
    x = draw_text(area, x, 0, ROLE_FOOT, speed) + 1;
    note_of(playback, frame, note, sizeof(note));
    int end = area.w - (note[0] ? (int)text_columns(note) + 1 : 0);
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        int columns = (int)(text_columns(keys[i][0]) + text_columns(keys[i][1])) + 4;
        if (x + columns > end)
            continue;
        x = draw_textf(area, x, 0, ROLE_KEY, " %s ", keys[i][0]);
        x = draw_textf(area, x, 0, ROLE_FOOT, " %s ", keys[i][1]);
    }
    bool is_trouble = playback->trouble[0] && playback->at_ns >= playback->length_ns;
    int room = area.w - x - 1;
    int columns = (int)text_columns(note);
    draw_text_cut(area, area.w - 1 - (columns < room ? columns : room), 0, room,
                  is_trouble ? ROLE_BROKEN : ROLE_FOOT, note);
}

void playback_draw(struct playback *playback, struct frame *frame)
{
    struct area whole = frame_area(frame);
    frame_clear(frame);
    palette_draw(playback->palette, playback->vt, whole);
    bool has_room = vt_height(playback->vt) < whole.h;
    if (has_room || playback->is_line_shown)
        draw_line(playback, frame, area_part(whole, 0, whole.h - 1, whole.w, 1));
}

const struct theme *playback_theme(const struct playback *playback)
{
    return palette_theme(playback->palette);
}

uint64_t playback_time(const struct playback *playback)
{
    return playback->at_ns;
}

uint64_t playback_length(const struct playback *playback)
{
    return playback->length_ns;
}

bool playback_is_paused(const struct playback *playback)
{
    return playback->is_paused;
}

bool playback_is_cut(const struct playback *playback)
{
    return playback->trouble[0] != '\0';
}

// An ordinary file; another could keep us waiting for ever.
static FILE *open_file(const char *path, const char *name, struct error *err)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        error_errno(err, "%s: cannot be opened", name);
        return NULL;
    }
    bool is_ordinary = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
    FILE *in = is_ordinary ? fdopen(fd, "r") : NULL;
    if (!in) {
        error_set(err, "%s is not an ordinary file", name);
        close(fd);
    }
    return in;
}

// How long it is, and whether it is whole.
static void measure(struct playback *playback)
{
    struct cast_event event;
    enum cast_read read;
    while ((read = cast_read(playback->reader, &event)) == CAST_EVENT)
        playback->length_ns = event.t_ns;
    if (read == CAST_CUT)
        text_format(playback->trouble, TROUBLE_MAX, "%s", cast_trouble(playback->reader));
}

struct playback *playback_open(const char *path, const struct theme *theme, struct error *err)
{
    char name[NAME_MAX_BYTES];
    text_safe_z(name, sizeof(name), path);
    FILE *in = open_file(path, name, err);
    struct cast_reader *reader = in ? cast_reader_new(in, name, err) : NULL;
    if (!reader) {
        if (in)
            fclose(in);
        return NULL;
    }
    struct playback *playback = mem_alloc(sizeof(*playback));
    playback->in = in;
    playback->reader = reader;
    playback->vt = vt_new(1, 1);
    playback->palette = palette_new(theme);
    playback->speed = SPEED_OWN;
    playback->is_line_shown = true;
    measure(playback);
    rewind_all(playback);
    return playback;
}

void playback_free(struct playback *playback)
{
    if (!playback)
        return;
    cast_reader_free(playback->reader);
    fclose(playback->in);
    vt_free(playback->vt);
    palette_free(playback->palette);
    mem_free(playback);
}
