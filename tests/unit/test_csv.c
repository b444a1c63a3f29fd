// Events as CSV, read back by a reader of RFC 4180.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "export/csv.h"
#include "export/sink.h"
#include "support_export.h"

enum { FIELDS = 10, FIELD_MAX = 200 };
enum field { T_NS, LANE, KIND, OBJECT, VALUE, READ_FROM, WROTE, REPLACED, LINE, FLAGS };

// One field at *text, without its quotes; what ends it: ',', '\n' for a line's end, 0 at the end.
static char read_field(const char **text, char out[FIELD_MAX])
{
    size_t n = 0;
    const char *c = *text;
    bool is_quoted = *c == '"';
    for (c += is_quoted; *c; c++) {
        if (is_quoted && *c == '"' && *++c != '"')
            break;
        if (!is_quoted && (*c == ',' || *c == '\r'))
            break;
        assert_true(is_quoted || *c != '"');
        assert_true(n < FIELD_MAX - 1);
        out[n++] = *c;
    }
    out[n] = '\0';
    char end = *c;
    if (end == '\r') {
        assert_int_equal(c[1], '\n');
        *text = c + 2;
        return '\n';
    }
    assert_true(end == ',' || end == '\0');
    *text = c + (end == ',');
    return end;
}

struct row {
    char fields[FIELDS][FIELD_MAX];
};

// False at the end of the text.
static bool read_row(const char **text, struct row *row)
{
    if (**text == '\0')
        return false;
    for (size_t i = 0; i < FIELDS; i++) {
        char end = read_field(text, row->fields[i]);
        assert_int_equal(end, i + 1 < FIELDS ? ',' : '\n');
    }
    return true;
}

static char *csv_of(const struct session_view *view)
{
    size_t len;
    return written(csv_write, view, &len);
}

// One row an event and in the order of time; returns how many rows of other kinds there are.
static size_t check_rows(const struct session_view *view, const char *text)
{
    struct row row;
    uint64_t last_ns = 0, n_events = 0, n_rows = 0;
    size_t n_others = 0;
    assert_true(read_row(&text, &row));
    assert_string_equal(row.fields[T_NS], "t_ns");
    assert_string_equal(row.fields[FLAGS], "flags");
    while (read_row(&text, &row)) {
        if (strcmp(row.fields[KIND], "given up") == 0) {
            n_others++;
            continue;
        }
        uint64_t t_ns = strtoull(row.fields[T_NS], NULL, 10);
        assert_true(t_ns >= last_ns);
        last_ns = t_ns;
        n_rows++;
    }
    for (size_t lane = 0; lane < view->n_lanes; lane++)
        n_events += timeline_count(view->timeline, lane) - timeline_first(view->timeline, lane);
    assert_int_equal(n_rows, n_events);
    return n_others;
}

static void test_every_event_has_its_row(void **state)
{
    (void)state;
    static const struct play plays[] = {
        {.text = play_race, .lock = 0},
        {.text = play_race, .lock = 1},
        {.text = play_few, .lock = 0, .pace_ns = NS_PER_MS},
        {.text = play_few, .lock = 0, .mode = "processes"},
        {.text = play_few, .lock = 0, .is_bare = true, .pace_ns = NS_PER_MS},
    };
    for (size_t i = 0; i < ARRAY_LEN(plays); i++) {
        struct watch w;
        struct session *s = play_to_end(&w, &plays[i]);
        struct session_view view = session_view(s);
        char *text = csv_of(&view);
        assert_int_equal(check_rows(&view, text), 0);
        free(text);
        session_free(s);
    }
}

// The rows of stores to the counter, without times and lines: "A 1 A:1 initial update".
static char *stores_of(const char *text)
{
    struct row row;
    char *out = mem_alloc(4096);
    size_t len = 0;
    while (read_row(&text, &row))
        if (strcmp(row.fields[KIND], "STORE") == 0)
            len += (size_t)snprintf(out + len, 4096 - len, "%s %s %s %s %s\n", row.fields[LANE],
                                    row.fields[VALUE], row.fields[WROTE], row.fields[REPLACED],
                                    row.fields[FLAGS]);
    return out;
}

static void test_a_lost_update_is_told(void **state)
{
    (void)state;
    struct watch w;
    // Both lanes load before either stores.
    struct session *s = play_to_end(&w, &(struct play){.text = "shared counter = 0\n"
                                                               "def add():\n"
                                                               "    counter += 1\n"
                                                               "lane A = add()\n"
                                                               "lane B = add()\n",
                                                       .is_simulated = true,
                                                       .schedule = "ABAB",
                                                       .lock = -1});
    struct session_view view = session_view(s);
    char *text = csv_of(&view);
    char *stores = stores_of(text);
    assert_string_equal(stores, "A 1 A:1 initial update lost\n"
                                "B 1 B:1 A:1 update loss\n");
    assert_non_null(strstr(text, ",LOAD,counter,0,initial,,,3,update\r\n"));
    mem_free(stores);
    free(text);
    session_free(s);
}

static void test_quotes(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = play_to_end(&w, &(struct play){.text = "def get(name, n):\n"
                                                               "    print(name)\n"
                                                               "lane get(x, 2) for x in "
                                                               "[\"a.zip\", \"b.zip\"]\n",
                                                       .lock = -1});
    struct session_view view = session_view(s);
    char *text = csv_of(&view);
    check_rows(&view, text);
    const char *at = text;
    struct row row;
    size_t n = 0;
    while (read_row(&at, &row))
        n += strcmp(row.fields[LANE], view.lanes[1].name) == 0;
    assert_int_equal(n, timeline_count(view.timeline, 1));
    free(text);
    session_free(s);
}

static void test_a_field_in_quotes(void **state)
{
    (void)state;
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    struct sink *sink = sink_open(out);
    sink_csv(sink, "a \"b\", c");
    sink_json(sink, "\"\\\n");
    sink_int(sink, INT64_MIN);
    sink_us(sink, 1002);
    sink_close(sink);
    fclose(out);
    assert_string_equal(text, "\"a \"\"b\"\", c\"\"\\\"\\\\\\u000a\"-92233720368547758081.002");
    free(text);
}

static void test_what_is_missing_is_told(void **state)
{
    (void)state;
    struct watch w;
    struct session *s =
        play_to_end(&w, &(struct play){.text = play_race, .memory_bytes = 1 << 20, .lock = 0});
    struct session_view view = session_view(s);
    char *text = csv_of(&view);
    assert_true(check_rows(&view, text) > 0);
    free(text);
    // Dropped, and no event says so.
    view.dropped += 17;
    text = csv_of(&view);
    assert_non_null(strstr(text, ",,gap,,17,,,,,\r\n"));
    free(text);
    session_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_event_has_its_row),
        cmocka_unit_test(test_a_lost_update_is_told),
        cmocka_unit_test(test_quotes),
        cmocka_unit_test(test_a_field_in_quotes),
        cmocka_unit_test(test_what_is_missing_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
