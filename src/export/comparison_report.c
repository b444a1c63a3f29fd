#include "export/comparison_report.h"

#include "base/text.h"
#include "export/page.h"

#include <string.h>

enum { BAR_COLUMNS = 30 };

static json_t *seconds(uint64_t ns)
{
    return ns ? json_real((double)ns / 1e9) : json_null();
}

static json_t *rows_json(const struct comparison_view *view)
{
    json_t *array = json_array();
    for (size_t i = 0; i < view->n_rows; i++) {
        const struct comparison_row *row = &view->rows[i];
        bool is_done = row->state == ROW_DONE;
        json_t *object = json_object();
        json_object_set_new(object, "work", json_string(row->work));
        json_object_set_new(object, "mode", json_string(mode_names[row->mode]));
        json_object_set_new(object, "gil", json_string(gil_names[row->gil]));
        json_object_set_new(object, "workers", json_integer((json_int_t)row->workers));
        json_object_set_new(object, "elapsed_s",
                            is_done ? json_real((double)row->elapsed_ns / 1e9) : json_null());
        json_object_set_new(object, "speedup",
                            row->speedup > 0 ? json_real(row->speedup) : json_null());
        if (row->state == ROW_FAILED)
            json_object_set_new(object, "trouble", json_string(row->trouble));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *calibration_json(const struct comparison_calibration *calibration)
{
    json_t *object = json_object();
    json_object_set_new(object, "burners", json_integer((json_int_t)calibration->burners));
    json_object_set_new(object, "alone_s", seconds(calibration->alone_ns));
    json_object_set_new(object, "together_s", seconds(calibration->together_ns));
    json_object_set_new(object, "gives",
                        calibration->gives > 0 ? json_real(calibration->gives) : json_null());
    return object;
}

static json_t *text_json(const char *text)
{
    return text[0] ? json_string(text) : json_null();
}

// What the figures say, and in words how far they can be believed.
static json_t *advice_json(const struct comparison_advice *advice)
{
    char note[240] = "";
    if (advice->trust == ADVICE_NONE)
        text_format(note, sizeof note, "the machine was too busy to tell: %s", advice->why);
    else if (advice->trust == ADVICE_UNTOLD)
        text_format(note, sizeof note, "the machine was too busy to tell for what computes: %s",
                    advice->why);
    else if (advice->trust == ADVICE_LOADED)
        text_format(note, sizeof note, "measured beside other load: %s", advice->why);
    json_t *object = json_object();
    json_object_set_new(object, "io", text_json(advice->io));
    json_object_set_new(object, "cpu", text_json(advice->cpu));
    json_object_set_new(object, "note", text_json(note));
    return object;
}

char *comparison_json(const struct comparison *c)
{
    struct comparison_view view = comparison_view(c);
    json_t *root = json_object();
    json_object_set_new(root, "cores", json_integer((json_int_t)view.cores));
    json_object_set_new(root, "calibration", calibration_json(&view.calibration));
    json_object_set_new(root, "rows", rows_json(&view));
    json_object_set_new(root, "recommendation", advice_json(&view.advice));
    return page_of_json(root, 6);
}

static uint64_t longest(const struct comparison_view *view, const char *work)
{
    uint64_t most = 1;
    for (size_t i = 0; i < view->n_rows; i++)
        if (strcmp(view->rows[i].work, work) == 0 && view->rows[i].elapsed_ns > most)
            most = view->rows[i].elapsed_ns;
    return most;
}

static void add_row(struct page *page, const struct comparison_view *view,
                    const struct comparison_row *row)
{
    char bar[BAR_COLUMNS + 1] = "", speedup[16] = "";
    if (row->state != ROW_DONE) {
        page_add(page, "  %-14s failed: %s\n", row->label, row->trouble);
        return;
    }
    size_t n = (size_t)(row->elapsed_ns * BAR_COLUMNS / longest(view, row->work));
    memset(bar, '#', n > 0 ? n : 1);
    if (row->speedup > 0)
        text_format(speedup, sizeof speedup, "x %.2f", row->speedup);
    page_add(page, "  %-14s %6.2f s  %-*s %s\n", row->label, (double)row->elapsed_ns / 1e9,
             BAR_COLUMNS, bar, speedup);
}

char *comparison_text(const struct comparison *c)
{
    struct comparison_view view = comparison_view(c);
    struct page page = {0};
    char machine[160], words[160];
    page_add(&page, "measured now: %s\n", comparison_machine(&view, machine));
    for (size_t i = 0; i < view.n_rows; i++) {
        if (i == 0 || strcmp(view.rows[i].work, view.rows[i - 1].work) != 0)
            page_add(&page, "\n%s\n", comparison_heading(&view.rows[i]));
        add_row(&page, &view, &view.rows[i]);
    }
    if (!view.advice.io[0] || !view.advice.cpu[0])
        return page.text;
    page_add(&page, "\nIn a Python with its GIL: %s.\n", comparison_words(&view.advice, words));
    if (view.advice.trust != ADVICE_FIRM)
        page_add(&page, "The machine was busy: %s.\n", view.advice.why);
    return page.text;
}
