#include "export/listing.h"

#include "base/mem.h"
#include "base/text.h"
#include "session/session.h"
#include "view/hint.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static bool is_exercise(const struct listing_item *item)
{
    static const char word[] = "Exercise ";
    return strncmp(item->title, word, sizeof word - 1) == 0;
}

static int by_section(const void *a, const void *b)
{
    const struct listing_item *x = a;
    const struct listing_item *y = b;
    long left = x->section[0] ? strtol(x->section, NULL, 10) : 1000;
    long right = y->section[0] ? strtol(y->section, NULL, 10) : 1000;
    if (left != right)
        return left < right ? -1 : 1;
    // Exercises by their number, not by the name of what they are about.
    bool are_exercises = is_exercise(x) && is_exercise(y);
    return are_exercises ? strcmp(x->title, y->title) : strcmp(x->name, y->name);
}

struct listing_item *listing_make(size_t *n)
{
    size_t count = session_library_count();
    struct listing_item *items = mem_array(count + 1, sizeof *items);
    for (size_t i = 0; i < count; i++) {
        struct session_title about = session_library_title(i);
        size_t digits = strspn(about.title, "0123456789");
        items[i] = (struct listing_item){
            .name = about.name,
            .section = mem_text_n(about.title, digits),
            .full_title = about.title,
            .title = about.title + digits + strspn(about.title + digits, " "),
            .about = about.about,
        };
    }
    // No scenario, but a part of the course: the table of all modes.
    static const char compare_title[] = "8 When to use what: every mode, measured";
    char *title = mem_text(compare_title);
    items[count++] = (struct listing_item){
        .name = "compare",
        .section = mem_text("8"),
        .full_title = title,
        .title = title + 2,
        .about = mem_text(
            "The same work as a sequence, as threads, under the GIL, as processes and as a pool, "
            "measured on this machine now, waiting and computing apart. Look at the two tables: "
            "what waits gains from threads already, what computes only from processes. It takes "
            "about a quarter of a minute, and nothing in it is known before it is measured."),
    };
    qsort(items, count, sizeof *items, by_section);
    *n = count;
    return items;
}

void listing_free(struct listing_item *items, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        mem_free(items[i].section);
        mem_free(items[i].full_title);
        mem_free(items[i].about);
    }
    mem_free(items);
}

char *listing_json(void)
{
    size_t n;
    struct listing_item *items = listing_make(&n);
    json_t *array = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *object = json_object();
        json_object_set_new(object, "name", json_string(items[i].name));
        json_object_set_new(object, "title", json_string(items[i].full_title));
        json_object_set_new(object, "section", json_string(items[i].section));
        char *about = hint_new(NULL, items[i].about);
        json_object_set_new(object, "about", json_string(about));
        mem_free(about);
        json_array_append_new(array, object);
    }
    listing_free(items, n);
    char *dumped = json_dumps(array, JSON_INDENT(1));
    json_decref(array);
    size_t len = strlen(dumped);
    char *text = mem_alloc(len + 2);
    memcpy(text, dumped, len);
    text[len] = '\n';
    free(dumped);
    return text;
}

char *listing_text(void)
{
    size_t n, len = 0, cap = 0;
    char *text = NULL;
    struct listing_item *items = listing_make(&n);
    for (size_t i = 0; i < n; i++) {
        char line[160];
        size_t bytes = text_format(line, sizeof line, "%-12s %3s  %s\n", items[i].name,
                                   items[i].section, items[i].title);
        text = mem_room(text, &cap, len + bytes + 1, 1);
        memcpy(text + len, line, bytes + 1);
        len += bytes;
    }
    listing_free(items, n);
    return text ? text : mem_text("");
}
