// Titles of the scenarios that ship, without running them.
#include "base/mem.h"
#include "lang/lang.h"
#include "lang/library.h"
#include "session/session.h"

size_t session_library_count(void)
{
    size_t n = 0;
    while (library[n].name)
        n++;
    return n;
}

struct session_title session_library_title(size_t index)
{
    struct lang_problems problems = {0};
    const struct lang_options as_written = {0};
    const struct library_entry *entry = &library[index];
    struct program *prog =
        lang_compile(entry->name, entry->text, entry->len_bytes, &as_written, &problems);
    struct session_title title = {
        .name = entry->name,
        .title = mem_text(prog ? prog->title : ""),
        .about = mem_text(prog ? prog->about : ""),
    };
    program_free(prog);
    return title;
}
