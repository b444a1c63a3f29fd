#include "export/film.h"

#include "export/film_row.h"
#include "export/svg_cell.h"

#include "base/clock.h"
#include "base/mem.h"

#include <string.h>

enum { HOLD_MS = 2000, NO_STATE = -1 };

const char film_start[] = "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"racelane\"";

// One way that a row looks.
struct state {
    char *svg;
    uint64_t hash;
    int number;       // in the file; NO_STATE: not there yet
    uint64_t counted; // for a file of that many steps to a picture
};

// From when on a row looks like that.
struct change {
    uint64_t step;
    size_t state;
};

struct row {
    struct change *changes;
    size_t n, cap;
    struct change *thin; // those that are written; NULL before
    size_t n_thin;
};

struct film {
    struct state *states;
    size_t n_states, cap_states;
    size_t *buckets; // of a hash table: index + 1 of a state
    size_t n_buckets;
    size_t n_bytes; // of all states
    struct film_styles styles;
    struct row rows[FRAME_H_MAX];
    int w, h;                  // the largest
    const struct theme *theme; // of the first frame
    uint64_t t_ns;             // of the last
    bool is_full;
};

struct film *film_new(void)
{
    return mem_alloc(sizeof(struct film));
}

void film_free(struct film *film)
{
    if (!film)
        return;
    for (size_t i = 0; i < film->n_states; i++)
        mem_free(film->states[i].svg);
    for (int y = 0; y < FRAME_H_MAX; y++) {
        mem_free(film->rows[y].changes);
        mem_free(film->rows[y].thin);
    }
    mem_free(film->states);
    mem_free(film->buckets);
    mem_free(film->styles.items);
    mem_free(film);
}

static uint64_t hash_of(const char *text)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
    return hash;
}

static size_t *bucket_of(const struct film *film, uint64_t hash, const char *svg)
{
    size_t i = hash & (film->n_buckets - 1);
    while (film->buckets[i] > 0) {
        const struct state *state = &film->states[film->buckets[i] - 1];
        if (state->hash == hash && strcmp(state->svg, svg) == 0)
            break;
        i = (i + 1) & (film->n_buckets - 1);
    }
    return &film->buckets[i];
}

static void grow_table(struct film *film)
{
    mem_free(film->buckets);
    film->n_buckets = film->n_buckets ? film->n_buckets * 2 : 1024;
    film->buckets = mem_array(film->n_buckets, sizeof(*film->buckets));
    for (size_t i = 0; i < film->n_states; i++)
        *bucket_of(film, film->states[i].hash, film->states[i].svg) = i + 1;
}

// The state that looks so; takes `svg`.
static size_t state_of(struct film *film, char *svg)
{
    if (film->n_states * 2 >= film->n_buckets)
        grow_table(film);
    uint64_t hash = hash_of(svg);
    size_t *bucket = bucket_of(film, hash, svg);
    if (*bucket > 0) {
        mem_free(svg);
        return *bucket - 1;
    }
    film->states =
        mem_room(film->states, &film->cap_states, film->n_states + 1, sizeof(*film->states));
    film->states[film->n_states] = (struct state){svg, hash, NO_STATE, 0};
    film->n_bytes += strlen(svg) + sizeof(struct state);
    *bucket = ++film->n_states;
    return film->n_states - 1;
}

static void change_row(struct film *film, int y, uint64_t step, size_t state)
{
    struct row *row = &film->rows[y];
    struct change *last = row->n > 0 ? &row->changes[row->n - 1] : NULL;
    if (last && last->step == step) {
        last->state = state;
        // What it was a moment ago may be what it was before.
        if (row->n > 1 && row->changes[row->n - 2].state == state)
            row->n--;
        return;
    }
    if (last && last->state == state)
        return;
    row->changes = mem_room(row->changes, &row->cap, row->n + 1, sizeof(*row->changes));
    row->changes[row->n++] = (struct change){step, state};
    film->n_bytes += sizeof(struct change);
}

bool film_frame(struct film *film, const struct frame *frame, const struct theme *theme,
                uint64_t t_ns)
{
    uint64_t step = t_ns / (FILM_STEP_MS * (uint64_t)NS_PER_MS);
    film->is_full |= film->n_bytes > FILM_MAX_BYTES;
    if (film->is_full)
        return false;
    if (!film->theme)
        film->theme = theme;
    if (frame_width(frame) > film->w)
        film->w = frame_width(frame);
    if (frame_height(frame) > film->h)
        film->h = frame_height(frame);
    for (int y = 0; y < film->h; y++) {
        bool is_there = y < frame_height(frame);
        // A row that comes later was empty until then.
        if (film->rows[y].n == 0 && step > 0)
            change_row(film, y, 0, state_of(film, mem_text("")));
        char *svg = is_there ? film_row_svg(frame, y, theme, &film->styles) : mem_text("");
        change_row(film, y, step, state_of(film, svg));
    }
    film->t_ns = t_ns;
    return true;
}

// Of `n_steps` at a time only the last is kept, as if it had been all of them. Returns how many
// changes are left.
static size_t thin_row(struct row *row, uint64_t n_steps)
{
    size_t n = 0;
    for (size_t i = 0; i < row->n; i++) {
        struct change next = row->changes[i];
        next.step -= next.step % n_steps;
        if (n > 0 && row->thin[n - 1].step == next.step)
            n--;
        if (n == 0 || row->thin[n - 1].state != next.state)
            row->thin[n++] = next;
    }
    row->n_thin = n;
    return n;
}

// Thins all rows. Returns about how long the file becomes.
static size_t thin(struct film *film, uint64_t n_steps)
{
    enum { CHANGE_BYTES = 14 };
    size_t bytes = 0;
    for (int y = 0; y < film->h; y++) {
        struct row *row = &film->rows[y];
        bytes += thin_row(row, n_steps) * CHANGE_BYTES;
        for (size_t i = 0; i < row->n_thin; i++) {
            struct state *state = &film->states[row->thin[i].state];
            bytes += state->counted == n_steps ? 0 : strlen(state->svg);
            state->counted = n_steps;
        }
    }
    return bytes;
}

static void thin_to_size(struct film *film, uint64_t length_ms)
{
    enum { STEPS_MAX = 10 };
    uint64_t paid_ms = length_ms > FILM_SHORT_S * 1000 ? length_ms : FILM_SHORT_S * 1000;
    for (int y = 0; y < film->h; y++)
        film->rows[y].thin = mem_array(film->rows[y].n, sizeof(struct change));
    for (uint64_t n_steps = 1; n_steps <= STEPS_MAX; n_steps++)
        if (thin(film, n_steps) <= FILM_BYTES_PER_S * paid_ms / 1000)
            return;
}

static void write_states(struct film *film, FILE *out)
{
    int number = 0;
    fputs("<defs>\n", out);
    for (int y = 0; y < film->h; y++)
        for (size_t i = 0; i < film->rows[y].n_thin; i++) {
            struct state *state = &film->states[film->rows[y].thin[i].state];
            if (state->number != NO_STATE)
                continue;
            state->number = number++;
            fprintf(out, "<g id=\"r%d\">%s</g>\n", state->number, state->svg);
        }
    fputs("</defs>\n", out);
}

static int number_at(const struct film *film, const struct row *row, size_t i)
{
    return film->states[row->thin[i].state].number;
}

static void write_row(const struct film *film, int y, uint64_t length_ms, FILE *out)
{
    const struct row *row = &film->rows[y];
    fprintf(out, "<use y=\"%d\" x=\"%d\" href=\"#r%d\"", MARGIN + y * CELL_H + BASELINE, MARGIN,
            number_at(film, row, 0));
    if (row->n_thin == 1) {
        fputs("/>\n", out);
        return;
    }
    fprintf(out,
            "><animate attributeName=\"href\" dur=\"%llu.%03llus\" repeatCount=\"indefinite\""
            " calcMode=\"discrete\" keyTimes=\"",
            (unsigned long long)(length_ms / 1000), (unsigned long long)(length_ms % 1000));
    for (size_t i = 0; i < row->n_thin; i++) {
        // In millionths of the whole, without what is always the same.
        uint64_t part = row->thin[i].step * FILM_STEP_MS * 1000000 / length_ms;
        if (part == 0)
            fputs(i > 0 ? ";0" : "0", out);
        else
            fprintf(out, "%s.%06llu", i > 0 ? ";" : "", (unsigned long long)part);
    }
    fputs("\" values=\"", out);
    for (size_t i = 0; i < row->n_thin; i++)
        fprintf(out, "%s#r%d", i > 0 ? ";" : "", number_at(film, row, i));
    fputs("\"/></use>\n", out);
}

void film_write(struct film *film, FILE *out)
{
    int w = film->w * CELL_W + 2 * MARGIN, h = film->h * CELL_H + 2 * MARGIN;
    uint64_t length_ms = film->t_ns / NS_PER_MS + HOLD_MS;
    thin_to_size(film, length_ms);
    fprintf(out,
            "%s width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"" SVG_FONTS
            "\" font-size=\"%d\" shape-rendering=\"crispEdges\">\n<style>"
            "text{font-variant-ligatures:none;white-space:pre}\n"
            ".one,.two{stroke:currentColor}.two{stroke-width:2}\n",
            film_start, w, h, w, h, FONT_SIZE);
    film_styles_write(&film->styles, out);
    fprintf(out, "</style>\n<rect width=\"%d\" height=\"%d\" fill=\"#%06x\"/>\n", w, h,
            film->theme ? (unsigned)theme_background(film->theme) : 0U);
    write_states(film, out);
    for (int y = 0; y < film->h; y++)
        write_row(film, y, length_ms, out);
    fputs("</svg>\n", out);
}
