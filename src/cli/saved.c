// Saved runs: opened, checked, and shown again by `racelane replay`.
#include "cli/saved.h"

#include "base/text.h"
#include "cli/file.h"
#include "cli/options.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool saved_is_named(const char *operand)
{
    return file_is_named(operand, ".rlt") || rlt_is_one(operand);
}

struct telling {
    const char *what;
    bool has_told;
};

static bool tell(void *context, uint64_t done, uint64_t all)
{
    struct telling *telling = context;
    if (!isatty(STDERR_FILENO))
        return true;
    fprintf(stderr, "\r%s: %llu %%", telling->what,
            (unsigned long long)(all ? done * 100 / all : 100));
    telling->has_told = true;
    return true;
}

static void end_telling(const struct telling *telling)
{
    if (telling->has_told)
        fprintf(stderr, "\r%*s\r", (int)strlen(telling->what) + 8, "");
}

struct session *saved_open(const char *path, struct error *err)
{
    struct telling telling = {.what = "reading a file that was cut"};
    struct session *session = session_replay(path, tell, &telling, err);
    end_telling(&telling);
    return session;
}

int saved_check(const char *path)
{
    struct error err;
    char name[160];
    text_safe_z(name, sizeof name, path);
    struct session *session = saved_open(path, &err);
    if (!session) {
        fprintf(stderr, "racelane: %s\n", err.text);
        return EXIT_USAGE;
    }
    struct telling telling = {.what = "reading every page"};
    uint64_t n_bad = session_check_file(session, tell, &telling);
    end_telling(&telling);
    struct rlt_facts facts = session_file(session);
    struct session_view view = session_view(session);
    char until[16];
    text_duration(until, view.now_ns);
    if (facts.is_complete && n_bad == 0)
        printf("%s: complete: a run of %s, %llu events in %llu pages, %s\n", name, view.prog->name,
               (unsigned long long)facts.n_events, (unsigned long long)facts.n_pages, until);
    if (!facts.is_complete)
        printf("%s: cut: %llu of %llu bytes are whole: %llu events, up to %s\n", name,
               (unsigned long long)facts.good_bytes, (unsigned long long)facts.file_bytes,
               (unsigned long long)facts.n_events, until);
    if (n_bad > 0)
        printf("%s: damaged: %llu of %llu pages of events cannot be read\n", name,
               (unsigned long long)n_bad, (unsigned long long)facts.n_pages);
    session_free(session);
    return facts.is_complete && n_bad == 0 ? EXIT_HELD : EXIT_CUT;
}
