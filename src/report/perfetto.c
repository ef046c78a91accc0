/* A trace for Perfetto (ui.perfetto.dev): a stream of packets in Protocol Buffers, each `Trace.packet`, written as things happen.
 *
 *   a process for each replica         with a track for each lane (steps as slices; the plan and its cost as annotations), counters of requests waiting and running and of KV blocks in use,
 *                                      the lifetimes of the first requests (queue, prefill, decode within each), and on prefill engines the transfers out of them
 *   a process for each encoder         with its batches, and what the first requests' images waited, took and were on their way
 *   timestamps                         virtual ns from the run's start
 * Slices of one track must nest. Lifetimes and transfers overlap, so each stands on the first of several rows that was free before it began; rows of one name are drawn together.
 * Packets are not in order of time (a lifetime is written when it ends): readers sort them.
 * Names and annotations' names are interned by the first packet, whose flag says that the sequence starts there.
 *
 * Field numbers are those of the published definitions, github.com/google/perfetto, protos/perfetto/trace: trace.proto, trace_packet.proto, interned_data/interned_data.proto,
 * track_event/{track_event,track_descriptor,process_descriptor,counter_descriptor,debug_annotation}.proto. */
#include "base/math.h"
#include "base/mem.h"
#include "base/stream.h"
#include "base/vec.h"
#include "base/wire.h"
#include "report/run_files.h"

enum { TRACE_PACKET = 1 };
enum { PACKET_TIMESTAMP = 8, PACKET_SEQUENCE_ID = 10, PACKET_TRACK_EVENT = 11, PACKET_INTERNED_DATA = 12, PACKET_SEQUENCE_FLAGS = 13, PACKET_TRACK_DESCRIPTOR = 60 };
enum { SEQUENCE_CLEARED = 1, SEQUENCE_NEEDS_STATE = 2 };
enum { INTERNED_EVENT_NAMES = 2, INTERNED_ANNOTATION_NAMES = 3, INTERNED_IID = 1, INTERNED_NAME = 2 };
enum { TRACK_UUID = 1, TRACK_NAME = 2, TRACK_PROCESS = 3, TRACK_PARENT_UUID = 5, TRACK_COUNTER = 8, PROCESS_PID = 1, PROCESS_NAME = 6, COUNTER_UNIT = 3, COUNTER_UNIT_COUNT = 2 };
enum { EVENT_ANNOTATIONS = 4, EVENT_TYPE = 9, EVENT_NAME_IID = 10, EVENT_TRACK_UUID = 11, EVENT_NAME = 23, EVENT_COUNTER_VALUE = 30 };
enum { TYPE_BEGIN = 1, TYPE_END = 2, TYPE_COUNTER = 4 };
enum { ANNOTATION_NAME_IID = 1, ANNOTATION_INT = 4, ANNOTATION_DOUBLE = 5 };

enum { VARINT = 0, FIXED64 = 1, LENGTH = 2 };        /* how a field's value is laid out */

static const char *const event_names[] = {"decode", "prefill", "mixed", "queue", "transfer", "encode"};
enum { NAME_DECODE = 1, NAME_PREFILL, NAME_MIXED, NAME_QUEUE, NAME_TRANSFER, NAME_ENCODE };
static const char *const annotation_names[] = {"decode_requests", "decode_tokens", "context_tokens", "chunks", "chunk_tokens", "running_requests", "occupancy_us", "device_us", "host_us", "gflop", "memory_mb", "energy_j",
    "request", "input_tokens", "output_tokens", "cached_tokens", "preemptions", "tokens", "to", "megabytes", "waited_us", "images"};
enum { NOTE_DECODES = 1, NOTE_DECODE_TOKENS, NOTE_CONTEXT, NOTE_CHUNKS, NOTE_CHUNK_TOKENS, NOTE_RUNNING, NOTE_OCCUPANCY, NOTE_DEVICE, NOTE_HOST, NOTE_GFLOP, NOTE_MEMORY, NOTE_ENERGY,
    NOTE_REQUEST, NOTE_INPUT, NOTE_OUTPUT, NOTE_CACHED, NOTE_PREEMPTIONS, NOTE_TOKENS, NOTE_TO, NOTE_MEGABYTES, NOTE_WAITED, NOTE_IMAGES };

/* What a row of lifetimes or transfers shows has ended by then. */
typedef struct row { uint64_t uuid; int64_t free_ns; } row;
typedef ORR_VEC(row) rows;

enum { COUNTER_WAITING, COUNTER_RUNNING, COUNTER_BLOCKS, COUNTERS };
typedef struct replica_tracks { uint64_t process, lanes, counters[COUNTERS]; int64_t shown[COUNTERS]; rows requests, transfers; } replica_tracks;
typedef struct encoder_tracks { uint64_t process, batches; int64_t last_start_ns; rows requests; } encoder_tracks;

typedef struct perfetto_file {
    orr_run_file file;
    orr_sink *sink;
    int64_t requests;
    int own_replicas, replica_count;
    uint64_t next_uuid;
    replica_tracks *replicas;
    encoder_tracks *encoders; int encoder_count;
} perfetto_file;

/* --- messages --- */

enum { MESSAGE_BYTES = 2048 };      /* more than any packet here has */
typedef struct message { size_t length; uint8_t bytes[MESSAGE_BYTES]; } message;

static void put_varint(message *m, int field, uint64_t value)
{
    m->length += orr_wire_varint(m->bytes + m->length, (uint64_t)field << 3 | VARINT);
    m->length += orr_wire_varint(m->bytes + m->length, value);
}

static void put_double(message *m, int field, double value)
{
    m->length += orr_wire_varint(m->bytes + m->length, (uint64_t)field << 3 | FIXED64);
    m->length += orr_wire_double(m->bytes + m->length, value);
}

static void put_bytes(message *m, int field, const void *bytes, size_t count)
{
    m->length += orr_wire_varint(m->bytes + m->length, (uint64_t)field << 3 | LENGTH);
    m->length += orr_wire_varint(m->bytes + m->length, count);
    memcpy(m->bytes + m->length, bytes, count);
    m->length += count;
}

static void put_text(message *m, int field, const char *text) { put_bytes(m, field, text, strlen(text)); }
static void put_message(message *m, int field, const message *inner) { put_bytes(m, field, inner->bytes, inner->length); }

static void write_packet(perfetto_file *f, message *packet)
{
    uint8_t head[1 + ORR_VARINT_BYTES] = {TRACE_PACKET << 3 | LENGTH};
    put_varint(packet, PACKET_SEQUENCE_ID, 1);
    orr_sink_write(f->sink, head, 1 + orr_wire_varint(head + 1, packet->length));
    orr_sink_write(f->sink, packet->bytes, packet->length);
}

static void put_names(message *interned, int field, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        message name = {.length = 0};
        put_varint(&name, INTERNED_IID, i + 1);
        put_text(&name, INTERNED_NAME, names[i]);
        put_message(interned, field, &name);
    }
}

static void write_names(perfetto_file *f)
{
    message interned = {.length = 0}, packet = {.length = 0};
    put_names(&interned, INTERNED_EVENT_NAMES, event_names, sizeof event_names / sizeof *event_names);
    put_names(&interned, INTERNED_ANNOTATION_NAMES, annotation_names, sizeof annotation_names / sizeof *annotation_names);
    put_message(&packet, PACKET_INTERNED_DATA, &interned);
    put_varint(&packet, PACKET_SEQUENCE_FLAGS, SEQUENCE_CLEARED | SEQUENCE_NEEDS_STATE);
    write_packet(f, &packet);
}

/* --- tracks --- */

static uint64_t write_track(perfetto_file *f, const char *name, uint64_t parent, const message *process, bool counter)
{
    message track = {.length = 0}, packet = {.length = 0};
    const uint64_t uuid = f->next_uuid++;
    put_varint(&track, TRACK_UUID, uuid);
    if (name) put_text(&track, TRACK_NAME, name);
    if (process) put_message(&track, TRACK_PROCESS, process);
    if (parent) put_varint(&track, TRACK_PARENT_UUID, parent);
    if (counter) {
        message counted = {.length = 0};
        put_varint(&counted, COUNTER_UNIT, COUNTER_UNIT_COUNT);
        put_message(&track, TRACK_COUNTER, &counted);
    }
    put_message(&packet, PACKET_TRACK_DESCRIPTOR, &track);
    write_packet(f, &packet);
    return uuid;
}

static uint64_t write_process(perfetto_file *f, int number, const char *name)
{
    message process = {.length = 0};
    put_varint(&process, PROCESS_PID, (uint64_t)number + 1);
    put_text(&process, PROCESS_NAME, name);
    return write_track(f, NULL, 0, &process, false);
}

static void write_replica(perfetto_file *f, int number, const char *name, int64_t lanes)
{
    static const char *const counters[COUNTERS] = {"waiting requests", "running requests", "KV blocks in use"};
    replica_tracks *r = &f->replicas[number];
    r->process = write_process(f, number, name);
    for (int64_t lane = 0; lane < lanes; lane++) {
        orr_text title = {0};
        if (lanes > 1) orr_text_printf(&title, "steps, lane %lld", (long long)lane);
        const uint64_t uuid = write_track(f, lanes > 1 ? title.bytes : "steps", r->process, NULL, false);
        if (lane == 0) r->lanes = uuid;      /* of a replica they follow one another */
        orr_text_free(&title);
    }
    for (int i = 0; i < COUNTERS; i++) {
        r->counters[i] = write_track(f, counters[i], r->process, NULL, true);
        r->shown[i] = -1;
    }
}

/* The first row that is free from then on. */
static uint64_t take_row(perfetto_file *f, rows *all, const char *name, uint64_t parent, int64_t begin_ns, int64_t end_ns)
{
    for (size_t i = 0; i < all->count; i++) {
        if (all->items[i].free_ns > begin_ns) continue;
        all->items[i].free_ns = end_ns;
        return all->items[i].uuid;
    }
    orr_vec_push(all, (row){write_track(f, name, parent, NULL, false), end_ns});
    return all->items[all->count - 1].uuid;
}

/* --- events --- */

static void note_int(message *event, int name, int64_t value)
{
    message note = {.length = 0};
    put_varint(&note, ANNOTATION_NAME_IID, (uint64_t)name);
    put_varint(&note, ANNOTATION_INT, (uint64_t)value);
    put_message(event, EVENT_ANNOTATIONS, &note);
}

static void note_double(message *event, int name, double value)
{
    message note = {.length = 0};
    put_varint(&note, ANNOTATION_NAME_IID, (uint64_t)name);
    put_double(&note, ANNOTATION_DOUBLE, value);
    put_message(event, EVENT_ANNOTATIONS, &note);
}

static void write_event(perfetto_file *f, int64_t time_ns, const message *event)
{
    message packet = {.length = 0};
    put_varint(&packet, PACKET_TIMESTAMP, (uint64_t)time_ns);
    put_message(&packet, PACKET_TRACK_EVENT, event);
    put_varint(&packet, PACKET_SEQUENCE_FLAGS, SEQUENCE_NEEDS_STATE);
    write_packet(f, &packet);
}

static message begin_event(int type, uint64_t track)
{
    message event;
    event.length = 0;
    put_varint(&event, EVENT_TYPE, (uint64_t)type);
    put_varint(&event, EVENT_TRACK_UUID, track);
    return event;
}

static void write_end(perfetto_file *f, int64_t time_ns, uint64_t track)
{
    const message event = begin_event(TYPE_END, track);
    write_event(f, time_ns, &event);
}

static void write_slice(perfetto_file *f, int64_t begin_ns, int64_t end_ns, uint64_t track, int name)
{
    message event = begin_event(TYPE_BEGIN, track);
    put_varint(&event, EVENT_NAME_IID, (uint64_t)name);
    write_event(f, begin_ns, &event);
    write_end(f, end_ns, track);
}

/* --- what happens --- */

static void on_stepped(void *context, const orr_loop_step *step)
{
    perfetto_file *f = context;
    const orr_plan *plan = step->plan;
    const uint64_t track = f->replicas[step->replica].lanes + (uint64_t)step->lane;
    message event = begin_event(TYPE_BEGIN, track);
    put_varint(&event, EVENT_NAME_IID, plan->chunk_count == 0 ? NAME_DECODE : plan->decode_count == 0 ? NAME_PREFILL : NAME_MIXED);
    note_int(&event, NOTE_DECODES, plan->decode_count);
    if (plan->decode_tokens != plan->decode_count) note_int(&event, NOTE_DECODE_TOKENS, plan->decode_tokens);
    note_int(&event, NOTE_CONTEXT, plan->decode_context_tokens);
    note_int(&event, NOTE_CHUNKS, plan->chunk_count);
    note_int(&event, NOTE_CHUNK_TOKENS, plan->chunk_tokens);
    note_int(&event, NOTE_RUNNING, plan->running_requests);
    if (step->outcome.occupancy_ns != step->outcome.latency_ns) note_double(&event, NOTE_OCCUPANCY, (double)step->outcome.occupancy_ns / 1e3);
    const struct { int name; double value; } costs[] = {{NOTE_DEVICE, step->cost->cost.time_ns / 1e3}, {NOTE_HOST, step->cost->host_ns / 1e3}, {NOTE_GFLOP, step->cost->cost.flop / 1e9},
        {NOTE_MEMORY, step->cost->cost.memory_bytes / 1e6}, {NOTE_ENERGY, step->cost->cost.energy_j}};
    for (size_t i = 0; i < sizeof costs / sizeof *costs; i++) note_double(&event, costs[i].name, costs[i].value);
    write_event(f, step->start_ns, &event);
    write_end(f, step->end_ns, track);
}

static void on_state(void *context, int replica, const orr_replica_state *now)
{
    perfetto_file *f = context;
    replica_tracks *r = &f->replicas[replica];
    const int64_t values[COUNTERS] = {now->waiting, now->running, now->used_blocks};
    for (int i = 0; i < COUNTERS; i++) {
        if (values[i] == r->shown[i]) continue;
        r->shown[i] = values[i];
        message event = begin_event(TYPE_COUNTER, r->counters[i]);
        put_varint(&event, EVENT_COUNTER_VALUE, (uint64_t)values[i]);
        write_event(f, now->time_ns, &event);
    }
}

static void put_request(message *event, uint64_t id)
{
    orr_text name = {0};
    orr_text_printf(&name, "request %llu", (unsigned long long)id);
    put_text(event, EVENT_NAME, name.bytes);
    orr_text_free(&name);
}

static void on_finished(void *context, const orr_loop_finish *finish)
{
    perfetto_file *f = context;
    const orr_finished *done = &finish->finished;
    const int64_t arrival_ns = done->request.arrival_ns;
    if ((int64_t)done->request.id >= f->requests) return;
    replica_tracks *r = &f->replicas[finish->replica];
    const uint64_t track = take_row(f, &r->requests, "requests", r->process, arrival_ns, finish->finish_ns);
    message event = begin_event(TYPE_BEGIN, track);
    put_request(&event, done->request.id);
    const struct { int name; int64_t value; } notes[] = {{NOTE_INPUT, done->request.input_tokens}, {NOTE_OUTPUT, done->output_tokens}, {NOTE_CACHED, done->cached_tokens}, {NOTE_PREEMPTIONS, done->preemptions}};
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) note_int(&event, notes[i].name, notes[i].value);
    write_event(f, arrival_ns, &event);
    write_slice(f, arrival_ns, done->admitted_ns, track, NAME_QUEUE);
    write_slice(f, done->admitted_ns, finish->first_token_ns, track, NAME_PREFILL);
    if (finish->finish_ns > finish->first_token_ns) write_slice(f, finish->first_token_ns, finish->finish_ns, track, NAME_DECODE);
    write_end(f, finish->finish_ns, track);
}

/* From when the bytes start until they are there. */
static void on_transferred(void *context, const orr_transferred *transfer)
{
    perfetto_file *f = context;
    replica_tracks *r = &f->replicas[transfer->from];
    const uint64_t track = take_row(f, &r->transfers, "transfers out", r->process, transfer->start_ns, transfer->end_ns);
    message event = begin_event(TYPE_BEGIN, track);
    put_varint(&event, EVENT_NAME_IID, NAME_TRANSFER);
    note_int(&event, NOTE_REQUEST, (int64_t)transfer->request);
    note_int(&event, NOTE_TO, transfer->to);
    note_int(&event, NOTE_TOKENS, transfer->tokens);
    note_double(&event, NOTE_MEGABYTES, transfer->bytes / 1e6);
    note_double(&event, NOTE_WAITED, (double)orr_max_i64(0, transfer->start_ns - transfer->computed_ns) / 1e3);
    write_event(f, transfer->start_ns, &event);
    write_end(f, transfer->end_ns, track);
}

/* Told request by request, once the embeddings are there: those of one batch began together, and batches of one encoder are told in order. */
static void on_encoded(void *context, const orr_encoded *encoded)
{
    perfetto_file *f = context;
    encoder_tracks *e = &f->encoders[encoded->replica];
    if (encoded->start_ns != e->last_start_ns) {
        message batch = begin_event(TYPE_BEGIN, e->batches);
        put_varint(&batch, EVENT_NAME_IID, NAME_ENCODE);
        note_int(&batch, NOTE_IMAGES, encoded->batch_images);
        write_event(f, encoded->start_ns, &batch);
        write_end(f, encoded->end_ns, e->batches);
        e->last_start_ns = encoded->start_ns;
    }
    if ((int64_t)encoded->request >= f->requests) return;
    const uint64_t track = take_row(f, &e->requests, "requests", e->process, encoded->entered_ns, encoded->there_ns);
    message event = begin_event(TYPE_BEGIN, track);
    put_request(&event, encoded->request);
    note_int(&event, NOTE_IMAGES, encoded->images);
    write_event(f, encoded->entered_ns, &event);
    write_slice(f, encoded->entered_ns, encoded->start_ns, track, NAME_QUEUE);
    write_slice(f, encoded->start_ns, encoded->end_ns, track, NAME_ENCODE);
    write_slice(f, encoded->end_ns, encoded->there_ns, track, NAME_TRANSFER);
    write_end(f, encoded->there_ns, track);
}

/* --- the file --- */

static bool close_file(orr_run_file *file, bool whole, orr_diags *diags)
{
    perfetto_file *f = file->observer.context;
    const bool good = orr_sink_close(f->sink, whole, diags);
    for (int i = 0; i < f->replica_count; i++) {
        orr_vec_free(&f->replicas[i].requests);
        orr_vec_free(&f->replicas[i].transfers);
    }
    for (int i = 0; i < f->encoder_count; i++) orr_vec_free(&f->encoders[i].requests);
    orr_mem_free(f->replicas);
    orr_mem_free(f->encoders);
    orr_mem_free(f);
    return good;
}

orr_run_file *orr_perfetto_file_open(const char *path, const orr_study *study, int64_t requests, orr_diags *diags)
{
    orr_sink *sink = orr_sink_open(path, diags);
    if (sink == NULL) return NULL;
    const bool pools = orr_study_has_pools(study);
    perfetto_file *f = orr_mem_resize(NULL, sizeof *f);
    *f = (perfetto_file){.file = {.close = close_file}, .sink = sink, .requests = requests, .own_replicas = (int)study->serving.replicas, .next_uuid = 1};
    f->file.observer = (orr_loop_observer){.context = f, .finished = on_finished, .stepped = on_stepped, .state = on_state, .transferred = on_transferred, .encoded = on_encoded};
    f->replica_count = f->own_replicas + (pools ? (int)study->serving.prefill.replicas : 0);
    f->replicas = orr_mem_resize(NULL, (size_t)f->replica_count * sizeof *f->replicas);
    memset(f->replicas, 0, (size_t)f->replica_count * sizeof *f->replicas);
    write_names(f);
    for (int i = 0; i < f->replica_count; i++) {
        const bool prefill = i >= f->own_replicas;
        orr_text name = {0};
        const orr_group *group = orr_study_group_of(study, i);
        if (group) orr_text_printf(&name, "%s ", group->name);
        orr_text_printf(&name, "%s %d", prefill ? "prefill engine" : pools ? "decode engine" : "replica", prefill ? i - f->own_replicas : i);
        write_replica(f, i, name.bytes, prefill ? study->serving.prefill.engine.pipeline_parallel_size : group ? group->engine.pipeline_parallel_size : study->engine.pipeline_parallel_size);
        orr_text_free(&name);
    }
    f->encoder_count = (int)study->serving.encoders.replicas;
    f->encoders = orr_mem_resize(NULL, (size_t)(f->encoder_count + 1) * sizeof *f->encoders);
    for (int i = 0; i < f->encoder_count; i++) {
        orr_text name = {0};
        orr_text_printf(&name, "encoder %d", i);
        f->encoders[i] = (encoder_tracks){.process = write_process(f, f->replica_count + i, name.bytes), .last_start_ns = -1};
        f->encoders[i].batches = write_track(f, "batches", f->encoders[i].process, NULL, false);
        orr_text_free(&name);
    }
    return &f->file;
}
