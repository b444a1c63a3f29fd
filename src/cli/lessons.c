#include "cli/lessons.h"

#include "base/mem.h"
#include "base/text.h"
#include "cli/file.h"
#include "export/page.h"
#include "tape/lessons.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_MAX_BYTES = 4096, NAME_MAX_BYTES = 80 };

// "" when the environment names no place for it.
static void state_folder(char out[PATH_MAX_BYTES])
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    out[0] = '\0';
    // One that is not absolute is to be ignored, says its specification.
    if (state && state[0] == '/')
        text_format(out, PATH_MAX_BYTES, "%s/racelane", state);
    else if (home && home[0] == '/')
        text_format(out, PATH_MAX_BYTES, "%s/.local/state/racelane", home);
    if (strlen(out) + NAME_MAX_BYTES >= PATH_MAX_BYTES)
        out[0] = '\0';
}

static void make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    mkdir(path, 0700);
}

// Marks what the file says, beside what is marked already.
static void read_done(struct lessons_menu *menu)
{
    char path[PATH_MAX_BYTES], line[NAME_MAX_BYTES];
    state_folder(path);
    if (path[0] == '\0')
        return;
    text_format(path + strlen(path), NAME_MAX_BYTES, "/lessons");
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        for (size_t i = 0; i < menu->n_lessons; i++)
            menu->items[i].is_done |= strcmp(menu->items[i].name, line) == 0;
    }
    if (file)
        fclose(file);
}

static void write_done(const struct lessons_menu *menu)
{
    char path[PATH_MAX_BYTES];
    struct page page = {0};
    struct error unused; // what cannot be kept is known as long as the program runs
    state_folder(path);
    if (path[0] == '\0')
        return;
    make_folders(path);
    text_format(path + strlen(path), NAME_MAX_BYTES, "/lessons");
    for (size_t i = 0; i < menu->n_lessons; i++)
        if (menu->items[i].is_done)
            page_add(&page, "%s\n", menu->items[i].name);
    file_replace(path, page.text, page.len, &unused);
    mem_free(page.text);
}

void lessons_menu_finish(struct lessons_menu *menu, size_t lesson)
{
    menu->items[lesson].is_done = true;
    read_done(menu); // another racelane may have written meanwhile
    write_done(menu);
}

static struct tape *parse(const struct lesson_entry *lesson)
{
    struct lang_problems problems;
    struct tape *tape = tape_parse(lesson->text, lesson->len_bytes, &problems);
    assert(tape); // what ships has been read by a test
    return tape;
}

static void add_lesson(struct lessons_menu *menu, const struct lesson_entry *lesson)
{
    struct tape *tape = parse(lesson);
    size_t i = menu->n_lessons++, digits = strspn(tape->title, "0123456789");
    menu->tapes[i] = tape;
    menu->sections[i] = mem_text_n(tape->title, digits);
    menu->items[i] = (struct menu_item){
        .is_lesson = true,
        .name = lesson_name(lesson),
        .section = menu->sections[i],
        .title = tape->title + digits + strspn(tape->title + digits, " "),
        .about = tape->about,
    };
}

void lessons_menu_make(struct lessons_menu *menu)
{
    size_t n = 0;
    *menu = (struct lessons_menu){.n = 0};
    while (lessons[n].name)
        n++;
    menu->scenarios = listing_make(&menu->n_scenarios);
    menu->items = mem_array(n + menu->n_scenarios, sizeof *menu->items);
    menu->tapes = mem_array(n + 1, sizeof *menu->tapes);
    menu->sections = mem_array(n + 1, sizeof *menu->sections);
    for (size_t i = 0; i < n; i++)
        add_lesson(menu, &lessons[i]);
    for (size_t i = 0; i < menu->n_scenarios; i++) {
        const struct listing_item *item = &menu->scenarios[i];
        menu->items[n + i] = (struct menu_item){.name = item->name,
                                                .section = item->section,
                                                .title = item->title,
                                                .about = item->about};
    }
    menu->n = n + menu->n_scenarios;
    read_done(menu);
}

void lessons_menu_free(struct lessons_menu *menu)
{
    for (size_t i = 0; i < menu->n_lessons; i++) {
        tape_free(menu->tapes[i]);
        mem_free(menu->sections[i]);
    }
    mem_free(menu->tapes);
    mem_free(menu->sections);
    mem_free(menu->items);
    listing_free(menu->scenarios, menu->n_scenarios);
}

void lessons_print(void)
{
    struct lessons_menu menu;
    lessons_menu_make(&menu);
    for (size_t i = 0; i < menu.n_lessons; i++)
        printf("%-12s %3s  %s\n", menu.items[i].name, menu.items[i].section, menu.items[i].title);
    lessons_menu_free(&menu);
}
