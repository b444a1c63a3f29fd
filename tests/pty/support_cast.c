#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support_cast.h"

#include "base/clock.h"
#include "base/text.h"
#include "export/vt.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

// --- the file, line by line

static json_t *parse(const char *line, size_t len_bytes, size_t number)
{
    json_error_t trouble;
    json_t *value = json_loadb(line, len_bytes, 0, &trouble);
    if (!value)
        fail_msg("line %zu: %s", number, trouble.text);
    return value;
}

static void take_header(struct played *played, const json_t *header)
{
    assert_int_equal(json_integer_value(json_object_get(header, "version")), 2);
    played->w = (int)json_integer_value(json_object_get(header, "width"));
    played->h = (int)json_integer_value(json_object_get(header, "height"));
    assert_true(played->w > 0 && played->h > 0);
    // Nothing of the machine, nor of the day.
    assert_null(json_object_get(header, "timestamp"));
    assert_null(json_object_get(header, "env"));
    played->vterm = vterm_new(played->h, played->w);
    played->vt = vt_new(played->w, played->h);
    vterm_set_utf8(played->vterm, 1);
    played->screen = vterm_obtain_screen(played->vterm);
    vterm_screen_reset(played->screen, 1);
}

static void take_marker(struct played *played, const char *label)
{
    if (played->n_markers < CAST_MARKERS_MAX)
        snprintf(played->markers[played->n_markers], CAST_LABEL_MAX, "%s", label);
    played->n_markers++;
}

static void take_size(struct played *played, const char *size)
{
    char x;
    assert_int_equal(sscanf(size, "%d%c%d", &played->w, &x, &played->h), 3);
    assert_int_equal(x, 'x');
    vterm_set_size(played->vterm, played->h, played->w);
    vt_resize(played->vt, played->w, played->h);
}

static void take_event(struct played *played, const json_t *event, size_t number)
{
    const char *code = json_string_value(json_array_get(event, 1));
    const json_t *text = json_array_get(event, 2);
    const json_t *time = json_array_get(event, 0);
    if (json_array_size(event) != 3 || !json_is_number(time) || !code || !json_is_string(text))
        fail_msg("line %zu is not [time, code, text]", number);
    uint64_t t_ns = (uint64_t)(json_number_value(time) * 1e6 + 0.5) * NS_PER_US;
    if (t_ns < played->length_ns)
        fail_msg("line %zu: time goes back", number);
    played->length_ns = t_ns;
    if (strcmp(code, "o") == 0) {
        vterm_input_write(played->vterm, json_string_value(text), json_string_length(text));
        vt_write(played->vt, json_string_value(text), json_string_length(text));
        played->n_outputs += json_string_length(text) > 0;
    } else if (strcmp(code, "m") == 0) {
        take_marker(played, json_string_value(text));
    } else if (strcmp(code, "r") == 0) {
        take_size(played, json_string_value(text));
    } else {
        fail_msg("line %zu: there is no event \"%s\"", number, code);
    }
}

void played_open(struct played *played, FILE *in)
{
    char *line = NULL;
    size_t size = 0, number = 0;
    ssize_t len;
    *played = (struct played){.w = 0};
    rewind(in);
    while ((len = getline(&line, &size, in)) > 0) {
        played->is_cut = line[len - 1] != '\n';
        if (played->is_cut)
            break;
        json_t *value = parse(line, (size_t)len, ++number);
        if (number == 1)
            take_header(played, value);
        else
            take_event(played, value, number);
        json_decref(value);
    }
    free(line);
    played->n_events = number > 0 ? number - 1 : 0;
}

void played_open_path(struct played *played, const char *path)
{
    FILE *in = fopen(path, "r");
    if (!in)
        fail_msg("%s is not there", path);
    played_open(played, in);
    fclose(in);
}

void played_assert_whole(const struct played *played)
{
    if (!played->vterm || played->is_cut)
        fail_msg("the recording is %s", played->vterm ? "cut" : "empty");
}

void played_close(struct played *played)
{
    if (played->vterm)
        vterm_free(played->vterm);
    vt_free(played->vt);
}

// --- what it shows

VTermScreenCell played_cell(const struct played *played, int x, int y)
{
    VTermScreenCell cell;
    memset(&cell, 0, sizeof cell);
    vterm_screen_get_cell(played->screen, (VTermPos){.row = y, .col = x}, &cell);
    return cell;
}

char *played_text(const struct played *played)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    for (int y = 0; y < played->h; y++) {
        int n_blanks = 0;
        for (int x = 0; x < played->w; x++) {
            char utf8[5];
            uint32_t code = played_cell(played, x, y).chars[0];
            if (code == 0 || code == ' ') {
                n_blanks++;
                continue;
            }
            text_encode(utf8, code);
            fprintf(out, "%*s%s", n_blanks, "", utf8);
            n_blanks = 0;
        }
        fputc('\n', out);
    }
    fclose(out);
    return text;
}

bool played_has_marker(const struct played *played, const char *begins)
{
    for (size_t i = 0; i < played->n_markers && i < CAST_MARKERS_MAX; i++)
        if (strncmp(played->markers[i], begins, strlen(begins)) == 0)
            return true;
    return false;
}

bool cells_look_alike(const VTermScreenCell *a, const VTermScreenCell *b)
{
    uint32_t shown = a->chars[0] ? a->chars[0] : ' ';
    if (shown != (b->chars[0] ? b->chars[0] : ' ') || !vterm_color_is_equal(&a->bg, &b->bg) ||
        a->attrs.reverse != b->attrs.reverse || a->attrs.underline != b->attrs.underline)
        return false;
    bool is_blank = shown == ' ' && !a->attrs.reverse && !a->attrs.underline;
    return is_blank || (vterm_color_is_equal(&a->fg, &b->fg) && a->attrs.bold == b->attrs.bold);
}
