// `racelane export`: a saved run, written for other programs.
#include "base/text.h"
#include "cli/commands.h"
#include "cli/saved.h"
#include "export/csv.h"
#include "export/perfetto.h"
#include "export/scroll.h"
#include "export/still.h"
#include "view/theme.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SHOWN = 160, SIZE_W = 100, SIZE_H = 30 };

static int complain(const struct error *err, int status)
{
    fprintf(stderr, "racelane: %s\n", err->text);
    return status;
}

static void write_perfetto(FILE *out, struct session *session, const struct still *still,
                           uint64_t per_s_ns)
{
    (void)per_s_ns;
    struct session_view view = session_view(session);
    (void)still;
    perfetto_write(out, &view);
}

static void write_csv(FILE *out, struct session *session, const struct still *still,
                      uint64_t per_s_ns)
{
    (void)per_s_ns;
    struct session_view view = session_view(session);
    (void)still;
    csv_write(out, &view);
}

static void write_svg(FILE *out, struct session *session, const struct still *still,
                      uint64_t per_s_ns)
{
    (void)per_s_ns;
    still_write(out, session, still);
}

struct export_format {
    const char *name;
    void (*write)(FILE *out, struct session *session, const struct still *still, uint64_t per_s_ns);
    bool is_picture; // has a time, a size and a theme
};

static const struct export_format formats[] = {
    {"perfetto", write_perfetto, false},
    {"csv", write_csv, false},
    {"svg", write_svg, true},
    {"cast", scroll_write, true},
};

static struct still still_of(const struct cli_options *options)
{
    return (struct still){
        .w = options->size_w ? options->size_w : SIZE_W,
        .h = options->size_h ? options->size_h : SIZE_H,
        .theme = options->theme,
        .is_ascii = options->is_ascii,
        .has_time = options->has_at,
        .t_ns = options->at_ns,
    };
}

static const struct export_format *find_format(const struct cli_options *options, struct error *err)
{
    size_t i = 0;
    if (!options->format) {
        error_set(err, "`racelane export` needs --to perfetto, csv, svg or cast");
        return NULL;
    }
    while (strcmp(formats[i].name, options->format) != 0)
        i++;
    if (options->theme && !theme_find(options->theme)) {
        char shown[PATH_SHOWN];
        text_safe_z(shown, sizeof shown, options->theme);
        error_set(err, "--theme %s: it is one of dark, light, contrast, mono", shown);
        return NULL;
    }
    if (options->per_s_ns > 0 && strcmp(options->format, "cast") != 0) {
        error_set(err, "--speed is for --to cast");
        return NULL;
    }
    bool is_picture = options->has_at || options->size_w || options->theme || options->is_ascii;
    if (!is_picture || formats[i].is_picture)
        return &formats[i];
    error_set(err, "--at, --size, --theme and --ascii are for --to svg and --to cast");
    return NULL;
}

static int could_not_write(const char *path)
{
    char shown[PATH_SHOWN];
    int number = errno;
    text_safe_z(shown, sizeof shown, path ? path : "standard output");
    fprintf(stderr, "racelane: %s could not be written: %s\n", shown, strerror(number));
    return EXIT_REFUSED;
}

// Half a file is not left behind; a device is left alone.
static void remove_half(FILE *out, const char *path)
{
    struct stat status;
    if (fstat(fileno(out), &status) == 0 && S_ISREG(status.st_mode))
        unlink(path);
}

static int write_to_file(const struct export_format *format, struct session *session,
                         const struct cli_options *options)
{
    const struct still still = still_of(options);
    FILE *out = fopen(options->out_path, "we");
    if (!out)
        return could_not_write(options->out_path);
    format->write(out, session, &still, options->per_s_ns);
    int status = EXIT_HELD;
    if (fflush(out) != 0 || ferror(out)) {
        status = could_not_write(options->out_path);
        remove_half(out, options->out_path);
    }
    if (fclose(out) != 0 && status == EXIT_HELD)
        status = could_not_write(options->out_path);
    return status;
}

static int write_to_stdout(const struct export_format *format, struct session *session,
                           const struct cli_options *options)
{
    const struct still still = still_of(options);
    format->write(stdout, session, &still, options->per_s_ns);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return EXIT_HELD;
    int status = could_not_write(NULL);
    clearerr(stdout);
    return status;
}

// Before anything is written.
static bool is_within(const struct session *session, const struct cli_options *options,
                      struct error *err)
{
    char at[16], end[16];
    uint64_t end_ns = session_view(session).now_ns;
    if (!options->has_at || options->at_ns <= end_ns)
        return true;
    return error_set(err, "--at %s: the run had ended by then, after %s",
                     text_duration(at, options->at_ns), text_duration(end, end_ns));
}

int command_export(const struct cli_options *options)
{
    struct error err;
    const struct export_format *format = find_format(options, &err);
    if (!format)
        return complain(&err, EXIT_USAGE);
    struct session *session = saved_open(options->operands[0], &err);
    if (!session)
        return complain(&err, EXIT_USAGE);
    int status = EXIT_USAGE;
    if (!is_within(session, options, &err))
        complain(&err, status);
    else if (options->out_path)
        status = write_to_file(format, session, options);
    else
        status = write_to_stdout(format, session, options);
    session_free(session);
    return status;
}
