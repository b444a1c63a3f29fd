#include "cli/ui.h"

#include "base/text.h"
#include "export/svg.h"
#include "export/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SAVE_TRIES = 1000 };

const char ui_compare_name[] = "compare";

// A new file beside the others; never over one that is there. NULL with errno.
static FILE *create_new(const char *name, int number, const char *extension, char path[80])
{
    text_format(path, 80, "racelane-%s-%d.%s", name, number, extension);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (fd >= 0 && !file)
        close(fd);
    return file;
}

static bool close_written(FILE *file, const char *path)
{
    bool is_written = !ferror(file);
    is_written &= fclose(file) == 0;
    if (!is_written)
        unlink(path);
    return is_written;
}

// For names of files.
static const char *name_of(const struct ui *ui)
{
    if (ui->session)
        return session_view(ui->session).prog->name;
    return ui->comparison ? ui_compare_name : "menu";
}

void keep_screenshot(void *context, struct app *app, const struct frame *frame)
{
    const struct ui *ui = context;
    char path[80], text_path[80];
    const char *name = name_of(ui);
    FILE *svg = NULL;
    FILE *text = NULL;
    for (int number = 1; !svg && number < SAVE_TRIES; number++) {
        svg = create_new(name, number, "svg", path);
        if (!svg && errno != EEXIST)
            break;
        text = svg ? create_new(name, number, "txt", text_path) : NULL;
    }
    bool ok = svg != NULL;
    if (svg) {
        svg_write(svg, frame, app_theme(app));
        ok = close_written(svg, path);
    }
    if (text) {
        text_write(text, frame);
        ok &= close_written(text, text_path);
    }
    if (ok)
        app_say(app, "saved %s%s", path, text ? " and .txt" : "");
    else
        app_say(app, "%s could not be saved: %s", path, strerror(errno));
}

// A saved run beside the others, as the screenshots are.
void keep_run(void *context, struct app *app)
{
    const struct ui *ui = context;
    struct error err;
    char path[80] = "";
    FILE *file = NULL;
    if (!ui->session)
        return;
    for (int number = 1; !file && number < SAVE_TRIES; number++) {
        file = create_new(name_of(ui), number, "rlt", path);
        if (!file && errno != EEXIST)
            break;
    }
    if (!file) {
        app_say(app, "%s could not be saved: %s", path, strerror(errno));
        return;
    }
    fclose(file);
    if (session_save(ui->session, path, &err)) {
        app_say(app, "saved %s: racelane replay shows it again", path);
        return;
    }
    unlink(path);
    app_say(app, "%s", err.text);
}

static bool is_recording(const struct ui *ui)
{
    return ui->record.recording != NULL;
}

static void end_recording(struct ui *ui, struct app *app)
{
    struct error err;
    app_record(app, false);
    if (record_end(&ui->record, &err))
        app_say(app, "recorded %s", ui->record.path);
    else
        app_say(app, "%s", err.text);
}

// A new recording beside the others, or the end of the one that is being made.
void keep_recording(void *context, struct app *app)
{
    struct ui *ui = context;
    struct error err;
    char path[80] = "";
    FILE *file = NULL;
    if (is_recording(ui)) {
        end_recording(ui, app);
        return;
    }
    for (int number = 1; !file && number < SAVE_TRIES; number++) {
        file = create_new(name_of(ui), number, "cast", path);
        if (!file && errno != EEXIST)
            break;
    }
    if (!file) {
        app_say(app, "%s could not be recorded: %s", path, strerror(errno));
        return;
    }
    fclose(file);
    if (record_begin(&ui->record, path, &err))
        app_record(app, true);
    else
        app_say(app, "%s", err.text);
}

bool ui_record_frame(struct ui *ui, const struct frame *frame, const struct theme *theme,
                     uint64_t now_ns)
{
    struct session_view view;
    if (!is_recording(ui))
        return true;
    if (ui->session)
        view = session_view(ui->session);
    return record_frame(&ui->record, frame, theme, ui->session ? &view : NULL, now_ns);
}

void keep_frame(void *context, struct app *app, const struct frame *frame, uint64_t now_ns)
{
    struct ui *ui = context;
    if (!ui_record_frame(ui, frame, app_theme(app), now_ns))
        end_recording(ui, app);
}

void keep_chapter(void *context, uint64_t now_ns, const char *label)
{
    struct ui *ui = context;
    record_chapter(&ui->record, now_ns, label);
}
