// A saved run is exported as the run that was saved; what cannot be read of it is told.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "export/csv.h"
#include "export/perfetto.h"
#include "support_export.h"
#include "support_perfetto.h"

#include <fcntl.h>

static char path[64];

static int make_path(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/racelane-export-%ld.rlt", (long)getpid());
    unlink(path);
    return 0;
}

static int remove_file(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

static struct session *replay(void)
{
    struct error err;
    struct session *s = session_replay(path, NULL, NULL, &err);
    if (!s)
        fail_msg("%s", err.text);
    return s;
}

static void check_same(const struct play *play)
{
    struct watch w;
    struct error err;
    size_t len;
    make_path(NULL);
    struct session *live = play_to_end(&w, play);
    struct session_view view = session_view(live);
    char *csv = written(csv_write, &view, &len);
    char *trace = written(perfetto_write, &view, &len);
    if (!session_save(live, path, &err))
        fail_msg("%s", err.text);
    session_free(live);
    struct session *saved = replay();
    view = session_view(saved);
    char *saved_csv = written(csv_write, &view, &len);
    char *saved_trace = written(perfetto_write, &view, &len);
    assert_string_equal(saved_csv, csv);
    assert_string_equal(saved_trace, trace);
    free(csv);
    free(trace);
    free(saved_csv);
    free(saved_trace);
    session_free(saved);
}

static void test_the_same_as_the_live_run(void **state)
{
    (void)state;
    check_same(&(struct play){.text = play_race, .lock = 1});
    check_same(&(struct play){.text = play_few, .lock = 0, .pace_ns = NS_PER_MS});
    check_same(&(struct play){.text = play_few, .lock = 0, .mode = "processes"});
    check_same(&(struct play){.text = play_few, .lock = 0, .is_simulated = true, .seed = 3});
}

// Every byte of a stretch in the middle of the file is turned round.
static void damage(void)
{
    unsigned char bytes[4096];
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    off_t middle = lseek(fd, 0, SEEK_END) / 3;
    assert_int_equal(pread(fd, bytes, sizeof bytes, middle), sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] ^= 0xff;
    assert_int_equal(pwrite(fd, bytes, sizeof bytes, middle), sizeof bytes);
    close(fd);
}

static void test_what_cannot_be_read_is_told(void **state)
{
    (void)state;
    struct watch w;
    struct error err;
    size_t len;
    struct session *live = play_to_end(&w, &(struct play){.text = play_race, .lock = 1});
    if (!session_save(live, path, &err))
        fail_msg("%s", err.text);
    session_free(live);
    damage();
    struct session *saved = replay();
    assert_true(session_check_file(saved, NULL, NULL) > 0);
    struct session_view view = session_view(saved);
    char *csv = written(csv_write, &view, &len);
    assert_non_null(strstr(csv, ",unreadable,,"));
    free(csv);
    char *trace = written(perfetto_write, &view, &len);
    assert_non_null(strstr(trace, "\"name\":\"unreadable\",\"args\":{\"events\":"));
    // Tracks are in order, slices do not overlap, flows have two ends.
    read_trace(trace);
    assert_true(fact("unreadable") > 0 && fact("unreadable") % TIMELINE_PAGE == 0);
    assert_true(fact("stores_unordered") > 0);
    forget_trace();
    free(trace);
    session_free(saved);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_same_as_the_live_run, make_path, remove_file),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_read_is_told, make_path, remove_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
