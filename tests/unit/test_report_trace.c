/* A trace for Perfetto, taken apart by a small decoder of Protocol Buffers: packets, tracks, slices that nest and end, counters, in agreement with the run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/stream.h"
#include "base/wire.h"
#include "lab/bounds.h"
#include "report/run_files.h"
#include "spec/catalogue.h"

/* One field of a message: its number, and a whole number or bytes. */
typedef struct field { int number, layout; uint64_t value; const uint8_t *bytes; size_t length; } field;
typedef struct cursor { const uint8_t *at, *end; } cursor;

static uint64_t varint(cursor *c)
{
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
        assert_true(c->at < c->end && shift < 70);
        value |= (uint64_t)(*c->at & 0x7f) << shift;
        if (!(*c->at++ & 0x80)) return value;
    }
}

static bool next(cursor *c, field *f)
{
    if (c->at == c->end) return false;
    const uint64_t key = varint(c);
    *f = (field){.number = (int)(key >> 3), .layout = (int)(key & 7)};
    if (f->layout == 0) { f->value = varint(c); return true; }
    f->length = f->layout == 2 ? (size_t)varint(c) : 8;
    assert_true(f->layout == 2 || f->layout == 1);
    assert_true(f->length <= (size_t)(c->end - c->at));
    f->bytes = c->at;
    c->at += f->length;
    return true;
}

static cursor inside(const field *f) { return (cursor){f->bytes, f->bytes + f->length}; }

static bool find(cursor message, int number, field *f)
{
    while (next(&message, f)) if (f->number == number) return true;
    return false;
}

enum { MOST_TRACKS = 1000, MOST_EVENTS = 100000 };
typedef struct event { int64_t time_ns; int index; uint64_t track; int type; int64_t value; } event;
static struct { bool known, counter; int depth; int64_t last; } tracks[MOST_TRACKS];
static event events[MOST_EVENTS];

static int by_time(const void *a, const void *b)
{
    const event *x = a, *y = b;
    if (x->time_ns != y->time_ns) return x->time_ns < y->time_ns ? -1 : 1;
    return x->index < y->index ? -1 : 1;
}

static void take_track(cursor track)
{
    field uuid, other;
    assert_true(find(track, 1, &uuid));
    assert_true(uuid.value > 0 && uuid.value < MOST_TRACKS && !tracks[uuid.value].known);
    if (find(track, 5, &other)) assert_true(tracks[other.value].known);
    else assert_true(find(track, 3, &other));       /* a process has no parent */
    tracks[uuid.value].known = true;
    tracks[uuid.value].counter = find(track, 8, &other);
}

static int read_trace(const char *path, int *annotated)
{
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    const orr_source *source = orr_file_read(arena, path, diags);
    assert_non_null(source);
    cursor all = {(const uint8_t *)source->bytes, (const uint8_t *)source->bytes + source->length_bytes};
    int count = 0;
    memset(tracks, 0, sizeof tracks);
    for (field packet; next(&all, &packet);) {
        field f, g;
        assert_int_equal(packet.number, 1);
        assert_true(find(inside(&packet), 10, &f) && f.value == 1);
        if (find(inside(&packet), 60, &f)) take_track(inside(&f));
        if (!find(inside(&packet), 11, &f)) continue;
        assert_true(count < MOST_EVENTS);
        event *e = &events[count];
        *e = (event){.index = count};
        assert_true(find(inside(&packet), 8, &g));
        e->time_ns = (int64_t)g.value;
        assert_true(find(inside(&packet), 13, &g) && g.value == 2);
        assert_true(find(inside(&f), 9, &g));
        e->type = (int)g.value;
        assert_true(find(inside(&f), 11, &g));
        e->track = g.value;
        assert_true(e->track < MOST_TRACKS && tracks[e->track].known);
        if (find(inside(&f), 30, &g)) e->value = (int64_t)g.value;
        if (e->type == 1) assert_true(find(inside(&f), 10, &g) || find(inside(&f), 23, &g));
        *annotated += find(inside(&f), 4, &g);
        count++;
    }
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
    return count;
}

typedef struct seen { orr_loop_observer observer; int64_t steps, peak_running, encoded, batches, last_start_ns[8]; } seen;
static void on_finished(void *context, const orr_loop_finish *finish) { (void)context, (void)finish; }
static void on_stepped(void *context, const orr_loop_step *step)
{
    seen *s = context;
    s->steps++;
    assert_non_null(step->cost);
    assert_true(step->cost->cost.time_ns > 0 && step->end_ns > step->start_ns);
}
static void on_state(void *context, int replica, const orr_replica_state *now)
{
    (void)replica;
    seen *s = context;
    if (now->running > s->peak_running) s->peak_running = now->running;
}

static void on_encoded(void *context, const orr_encoded *encoded)
{
    seen *s = context;
    s->encoded++;
    s->batches += encoded->start_ns != s->last_start_ns[encoded->replica];
    s->last_start_ns[encoded->replica] = encoded->start_ns;
}

static void check(const char *const *settings, size_t setting_count, int64_t requests)
{
    char path[] = "/tmp/orrery-trace-XXXXXX";
    const int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_study study;
    assert_true(orr_catalogue_load(diags));
    const orr_study_file *read = orr_study_file_read(arena, "examples/predict-qwen3-14b-h100.yaml", settings, setting_count, diags);
    assert_non_null(read);
    assert_true(orr_study_bind(read, NULL, arena, &study, diags));
    study.serving.replicas = orr_study_replicas(&study);
    const orr_perf *perf = orr_perf_prepare(&study, arena, diags);
    assert_non_null(perf);
    orr_run_file *trace = orr_perfetto_file_open(path, &study, requests, diags);
    assert_non_null(trace);
    seen counted = {.observer = {.context = &counted, .finished = on_finished, .stepped = on_stepped, .state = on_state, .encoded = on_encoded}, .last_start_ns = {-1, -1, -1, -1, -1, -1, -1, -1}};
    const orr_loop_observer *watchers[] = {&trace->observer, &counted.observer};
    orr_run_result r = orr_run_study(&study, perf, &(orr_run_options){.watchers = watchers, .watcher_count = 2}, diags);
    assert_int_equal(r.end, ORR_RUN_DONE);
    assert_true(trace->close(trace, true, diags));

    int annotated = 0;
    const int count = read_trace(path, &annotated);
    assert_int_equal(annotated, counted.steps + requests + counted.batches + counted.encoded);
    qsort(events, (size_t)count, sizeof *events, by_time);
    int64_t begun = 0, peak = 0;
    for (int i = 0; i < count; i++) {
        const event *e = &events[i];
        assert_int_equal(tracks[e->track].counter, e->type == 4);
        if (e->type == 1) { begun++; tracks[e->track].depth++; }
        if (e->type == 2) tracks[e->track].depth--;
        assert_true(tracks[e->track].depth >= 0 && tracks[e->track].depth <= 2);
        if (e->value > peak) peak = e->value;
    }
    for (int i = 0; i < MOST_TRACKS; i++) assert_int_equal(tracks[i].depth, 0);
    assert_int_equal(begun, counted.steps + (requests + counted.encoded) * 4 + counted.batches);       /* a lifetime: itself, queue, prefill, decode; of images: itself, queue, encode, transfer */
    assert_true(peak >= counted.peak_running);
    assert_int_equal(counted.steps, r.steps);
    orr_run_result_free(&r);
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
    unlink(path);
}

static void one_replica(void **state)
{
    (void)state;
    check((const char *const[]){"traffic.stop.requests=200"}, 1, 50);
}

static void lanes_of_a_pipeline(void **state)
{
    (void)state;
    check((const char *const[]){"traffic.stop.requests=200", "hardware.chips=2", "engine.pipeline_parallel_size=2"}, 3, 20);
}

/* All requests are shown, so that all that are told count. */
static void encoders(void **state)
{
    (void)state;
    check((const char *const[]){"traffic.stop.requests=120", "model=qwen2.5-vl-7b", "hardware.chips=4", "serving={replicas: 1, encoders: {replicas: 3}}", "traffic.images={share: 0.7, per_request: 2, width: 800, height: 600}", "traffic.load.rate=40/s"}, 6, 120);
}

static void no_lifetimes(void **state)
{
    (void)state;
    check((const char *const[]){"traffic.stop.requests=50"}, 1, 0);
}

/* A sink keeps the old file until it is closed whole; what it wrote reads back, whatever the sizes. */
static void sinks_and_taps(void **state)
{
    (void)state;
    char path[] = "/tmp/orrery-sink-XXXXXX";
    close(mkstemp(path));
    orr_diags *diags = orr_diags_create();
    for (int round = 0; round < 2; round++) {
        orr_sink *sink = orr_sink_open(path, diags);
        assert_non_null(sink);
        for (uint64_t i = 0; i < 50000; i++) {
            uint8_t bytes[ORR_VARINT_BYTES];
            orr_sink_write(sink, bytes, orr_wire_varint(bytes, i * i * i * (i % 7)));
        }
        assert_true(orr_sink_close(sink, round == 0, diags));
        orr_tap *tap = orr_tap_open(path, diags);
        for (uint64_t i = 0, value; i < 50000; i++) {
            assert_true(orr_tap_varint(tap, &value));
            assert_true(value == i * i * i * (i % 7));
        }
        assert_true(orr_tap_at_end(tap));
        orr_tap_close(tap);
    }
    assert_null(orr_sink_open("/absent/folder/file", diags));
    assert_null(orr_tap_open("/absent/folder/file", diags));
    assert_int_equal(orr_diags_error_count(diags), 2);
    uint8_t bytes[8];
    orr_wire_double(bytes, -0.1);
    assert_true(orr_wire_read_double(bytes) == -0.1);
    orr_diags_destroy(diags);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_replica), cmocka_unit_test(lanes_of_a_pipeline), cmocka_unit_test(encoders), cmocka_unit_test(no_lifetimes), cmocka_unit_test(sinks_and_taps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
