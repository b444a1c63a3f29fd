#ifndef SUPPORT_PERFETTO_H
#define SUPPORT_PERFETTO_H

// Reads a trace back, and fails where a viewer would have trouble with it: a field is missing, a
// track goes back in time, slices overlap, a flow has one end or lies outside of a slice.
#include "base/mem.h"
#include "trace/event.h"

#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { TRACKS_MAX = 4096 };

// A track as it has been read so far.
struct track {
    uint64_t pid, tid;
    const char *counter; // name, of a counter; else NULL
    uint64_t last_ns;
    uint64_t from_ns, until_ns; // of the newest slice
    uint64_t state_ns[LANE_STATE_COUNT];
    json_int_t value;
};

struct reading_of_trace {
    json_t *root;
    struct track tracks[TRACKS_MAX];
    size_t n_tracks;
    json_t *starts, *ends; // of flows, by their id: when
    size_t n_starts, n_ends, n_slices, n_instants;
};

static struct reading_of_trace *r;

static struct track *track_of(const json_t *record, const char *counter)
{
    uint64_t pid = (uint64_t)json_integer_value(json_object_get(record, "pid"));
    uint64_t tid = counter ? 0 : (uint64_t)json_integer_value(json_object_get(record, "tid"));
    for (size_t i = 0; i < r->n_tracks; i++) {
        struct track *track = &r->tracks[i];
        bool is_same_counter =
            counter ? track->counter && strcmp(track->counter, counter) == 0 : !track->counter;
        if (track->pid == pid && track->tid == tid && is_same_counter)
            return track;
    }
    assert_true(r->n_tracks < TRACKS_MAX);
    r->tracks[r->n_tracks] = (struct track){.pid = pid, .tid = tid, .counter = counter};
    return &r->tracks[r->n_tracks++];
}

static uint64_t ns_of(const json_t *record, const char *key)
{
    const json_t *us = json_object_get(record, key);
    assert_true(json_is_real(us));
    double ns = round(json_real_value(us) * 1000);
    assert_true(fabs(json_real_value(us) * 1000 - ns) < 0.01);
    return (uint64_t)ns;
}

static void require(const json_t *record, const char *keys)
{
    char key[16];
    for (int n = 0; sscanf(keys, " %15s%n", key, &n) == 1; keys += n)
        if (!json_object_get(record, key))
            fail_msg("no %s in %s", key, json_dumps(record, 0));
}

static void read_slice(const json_t *record, struct track *track)
{
    uint64_t dur_ns = ns_of(record, "dur");
    const char *name = json_string_value(json_object_get(record, "name"));
    assert_true(dur_ns > 0);
    assert_true(track->last_ns >= track->until_ns);
    track->from_ns = track->last_ns;
    track->until_ns = track->last_ns + dur_ns;
    for (size_t state = 0; state < LANE_STATE_COUNT; state++)
        if (strcmp(name, lane_state_name((enum lane_state)state)) == 0)
            track->state_ns[state] += dur_ns;
    r->n_slices++;
}

static void read_flow(const json_t *record, const struct track *track, json_t *ends)
{
    char id[24];
    assert_true(track->last_ns >= track->from_ns && track->last_ns < track->until_ns);
    snprintf(id, sizeof id, "%lld", (long long)json_integer_value(json_object_get(record, "id")));
    assert_null(json_object_get(ends, id));
    json_object_set_new(ends, id, json_integer((json_int_t)track->last_ns));
}

static void read_record(const json_t *record)
{
    const char *phase = json_string_value(json_object_get(record, "ph"));
    const char *name = json_string_value(json_object_get(record, "name"));
    assert_non_null(phase);
    require(record, "pid name");
    if (*phase == 'M') {
        require(record, "args");
        return;
    }
    require(record, *phase == 'C'   ? "ts args"
                    : *phase == 'X' ? "ts tid dur"
                    : *phase == 'i' ? "ts tid s"
                                    : "ts tid id cat");
    struct track *track = track_of(record, *phase == 'C' ? name : NULL);
    uint64_t t_ns = ns_of(record, "ts");
    assert_true(t_ns >= track->last_ns);
    track->last_ns = t_ns;
    switch (*phase) {
    case 'C':
        track->value =
            json_integer_value(json_object_get(json_object_get(record, "args"), "value"));
        return;
    case 'X':
        read_slice(record, track);
        return;
    case 'i':
        r->n_instants++;
        return;
    case 's':
        read_flow(record, track, r->starts);
        r->n_starts++;
        return;
    case 'f':
        assert_string_equal(json_string_value(json_object_get(record, "bp")), "e");
        read_flow(record, track, r->ends);
        r->n_ends++;
        return;
    default:
        fail_msg("phase %s", phase);
    }
}

static json_int_t fact(const char *key)
{
    return json_integer_value(json_object_get(json_object_get(r->root, "otherData"), key));
}

static void read_trace(const char *text)
{
    json_error_t error;
    r = mem_alloc(sizeof *r);
    r->starts = json_object();
    r->ends = json_object();
    r->root = json_loads(text, 0, &error);
    if (!r->root)
        fail_msg("line %d: %s", error.line, error.text);
    json_t *records = json_object_get(r->root, "traceEvents");
    assert_true(json_is_array(records));
    size_t i;
    json_t *record;
    json_array_foreach(records, i, record) read_record(record);
    const char *id;
    json_t *one;
    json_int_t n_backward = 0;
    json_object_foreach(r->starts, id, one)
    {
        const json_t *end = json_object_get(r->ends, id);
        assert_non_null(end);
        n_backward += json_integer_value(one) >= json_integer_value(end);
    }
    assert_int_equal(n_backward, fact("flows_backward"));
    assert_int_equal(r->n_starts, r->n_ends);
}

static void forget_trace(void)
{
    json_decref(r->root);
    json_decref(r->starts);
    json_decref(r->ends);
    mem_free(r);
}

#endif
