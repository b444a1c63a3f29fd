#include "cli/transcript.h"

#include "base/mem.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/file.h"
#include "cli/ui.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { NAME_SHOWN = 160 };

static const char what_it_is[] = "a transcript";

static bool write_file(struct transcript_file *file, struct error *err)
{
    char made_by[40];
    text_format(made_by, sizeof made_by, "racelane %s", cli_version);
    char *text = transcript_text(&file->transcript, made_by);
    file->is_behind = !file_replace(file->path, text, strlen(text), err);
    mem_free(text);
    return !file->is_behind;
}

// What is in it already. It is neither thrown away nor taken for what it is not.
static bool go_on(struct transcript_file *file, struct error *err)
{
    char name[NAME_SHOWN], *text;
    size_t len;
    struct error why;
    text_safe_z(name, sizeof name, file->path);
    bool ok = file_read(file->path, what_it_is, TRANSCRIPT_BYTES_MAX, &text, &len, err);
    if (ok && len > 0 && !transcript_begins(text, len))
        ok = error_set(err, "%s exists and is not a transcript: choose another name", name);
    else if (ok && len > 0 && !transcript_read(&file->transcript, text, len, &why))
        ok = error_set(err, "%s exists, and nothing is added to it: %s", name, why.text);
    mem_free(text);
    return ok;
}

static void forget(struct transcript_file *file)
{
    transcript_free(&file->transcript);
    *file = (struct transcript_file){.path = NULL};
}

bool transcript_file_open(struct transcript_file *file, const char *path, struct error *err)
{
    struct stat about;
    *file = (struct transcript_file){.path = path};
    if (!path)
        return true;
    bool is_new = stat(path, &about) != 0 && errno == ENOENT;
    if ((is_new || go_on(file, err)) && write_file(file, err))
        return true;
    forget(file);
    return false;
}

static void take_answer(struct transcript_file *file, const struct ui *ui,
                        const struct question *question, struct transcript_answer *answer)
{
    answer->number = question->number;
    answer->has_guess = question->stage == QUESTION_GUESSED;
    answer->guess = answer->has_guess ? question->guess : 0;
    answer->took_ms = (clock_now_ns() - file->asked_ns) / NS_PER_MS;
    clock_date(answer->date);
    text_format(answer->question, sizeof answer->question, "%s", file->question);
    if (ui->taped) {
        bool is_lesson = ui->taped == &ui->lesson;
        answer->origin = is_lesson ? ORIGIN_LESSON : ORIGIN_TAPE;
        text_format(answer->name, sizeof answer->name, "%s",
                    is_lesson ? lesson_name(&lessons[ui->lesson_at]) : ui->taped->label);
    }
    if (question->session) {
        struct session_view view = session_view(question->session);
        answer->seed = view.seed;
        answer->is_simulated = view.is_simulated;
        text_safe_z(answer->scenario, sizeof answer->scenario, view.prog->name);
    }
}

// Of this sitting, which numbers its questions.
static struct transcript_answer *find(struct transcript *transcript, unsigned number)
{
    for (size_t i = transcript->n_answers; i > 0; i--)
        if (transcript->answers[i - 1].number == number)
            return &transcript->answers[i - 1];
    return NULL;
}

// False: there is nothing to write, or no room for it.
static bool take(struct transcript_file *file, const struct ui *ui, const struct question *question,
                 struct error *err)
{
    struct transcript_answer *answer;
    switch (question->stage) {
    case QUESTION_ASKED:
        text_format(file->question, sizeof file->question, "%s", question->text);
        file->asked_ns = clock_now_ns();
        return false;
    case QUESTION_GUESSED:
    case QUESTION_PASSED:
        answer = transcript_add(&file->transcript);
        if (!answer)
            return error_set(err, "the transcript is full: %d answers", TRANSCRIPT_ANSWERS_MAX);
        take_answer(file, ui, question, answer);
        return true;
    case QUESTION_REVEALED:
        answer = find(&file->transcript, question->number);
        if (!answer)
            return false;
        answer->has_value = true;
        answer->value = question->value;
        return true;
    }
    return false;
}

void transcript_file_hear(void *context, struct app *app, const struct question *question)
{
    struct ui *ui = context;
    struct transcript_file *file = &ui->transcript;
    struct error err = {.text = ""};
    if (!file->path)
        return;
    bool was_behind = file->is_behind;
    if (take(file, ui, question, &err))
        write_file(file, &err);
    // Once: what is right is worth more than the same trouble again.
    if (err.text[0] != '\0' && !was_behind)
        app_say(app, "%s", err.text);
}

bool transcript_file_close(struct transcript_file *file, struct error *err)
{
    bool ok = !file->is_behind || write_file(file, err);
    forget(file);
    return ok;
}

bool transcript_is_named(const char *operand)
{
    char start[64];
    return file_is_named(operand, ".transcript") ||
           transcript_begins(start, file_begin(operand, start, sizeof start));
}

static void print_place(const struct transcript_answer *answer)
{
    static const char *const kinds[] = {"", "lesson ", "tape "};
    printf("%s%s%sscenario %s, seed %llu%s\n", kinds[answer->origin], answer->name,
           answer->origin == ORIGIN_RUN ? "" : ", ", answer->scenario,
           (unsigned long long)answer->seed, answer->is_simulated ? ", simulated" : "");
}

static bool is_same_place(const struct transcript_answer *a, const struct transcript_answer *b)
{
    return a->origin == b->origin && strcmp(a->name, b->name) == 0 &&
           strcmp(a->scenario, b->scenario) == 0 && a->seed == b->seed &&
           a->is_simulated == b->is_simulated;
}

static void print_answer(size_t number, const struct transcript_answer *answer)
{
    char guess[28], value[28], took[16];
    text_grouped(guess, answer->guess);
    text_grouped(value, answer->value);
    // A clock of thousands of years is nonsense of somebody else's, and no trouble here.
    uint64_t most_ms = UINT64_MAX / NS_PER_MS;
    text_duration(took, (answer->took_ms < most_ms ? answer->took_ms : most_ms) * NS_PER_MS);
    printf("%4zu. %s\n      ", number, answer->question);
    if (!answer->has_guess && !answer->has_value)
        printf("passed over");
    else if (!answer->has_guess)
        printf("passed over: it was %s", value);
    else if (!answer->has_value)
        printf("guessed %s; what it was has not been told", guess);
    else
        printf("%s: guessed %s, it was %s", transcript_is_right(answer) ? "right" : "wrong", guess,
               value);
    printf(" (%s, after %s)\n", answer->date, took);
}

static void print_all(const char *name, const struct transcript *transcript)
{
    struct transcript_score score = transcript_score(transcript);
    if (transcript->n_answers == 0) {
        printf("%s: valid: no answers\n", name);
        return;
    }
    size_t n_untold = transcript->n_answers - score.n_told - score.n_passed;
    printf("%s: valid: %zu of %zu right, %zu passed over", name, score.n_right, score.n_told,
           score.n_passed);
    if (n_untold > 0)
        printf(", %zu not told", n_untold);
    putchar('\n');
    for (size_t i = 0; i < transcript->n_answers; i++) {
        const struct transcript_answer *answer = &transcript->answers[i];
        if (i == 0 || !is_same_place(answer - 1, answer))
            print_place(answer);
        print_answer(i + 1, answer);
    }
}

int transcript_check(const char *path)
{
    struct error err;
    struct transcript transcript;
    char name[NAME_SHOWN], *text;
    size_t len;
    int status = EXIT_USAGE;
    text_safe_z(name, sizeof name, path);
    if (!file_read(path, what_it_is, TRANSCRIPT_BYTES_MAX, &text, &len, &err)) {
        fprintf(stderr, "racelane: %s\n", err.text);
    } else if (!transcript_read(&transcript, text, len, &err)) {
        printf("%s: refused: %s\n", name, err.text);
        status = EXIT_CUT;
    } else {
        print_all(name, &transcript);
        transcript_free(&transcript);
        status = EXIT_HELD;
    }
    mem_free(text);
    return status;
}
