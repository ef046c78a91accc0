/* steps.csv: what each step did and took, written as they begin. */
#include "base/mem.h"
#include "base/stream.h"
#include "report/csv.h"
#include "report/run_files.h"

typedef struct steps_file { orr_run_file file; orr_sink *sink; orr_text text; int64_t steps; int own_replicas; } steps_file;

static const char *const columns[] = {"step", "pool", "replica", "lane", "start_s", "latency_ms", "occupancy_ms", "running", "decode_requests", "decode_tokens", "decode_context_tokens", "chunks", "chunk_tokens",
    "completed_prompts", "device_ms", "host_ms", "flop", "memory_bytes", "link_bytes", "energy_j"};

static void on_finished(void *context, const orr_loop_finish *finish) { (void)context, (void)finish; }

static void on_stepped(void *context, const orr_loop_step *step)
{
    steps_file *f = context;
    orr_csv writer = {.out = &f->text}, *csv = &writer;
    const orr_plan *plan = step->plan;
    const bool prefill = step->replica >= f->own_replicas;
    orr_csv_int(csv, f->steps++);
    orr_csv_string(csv, prefill ? "prefill" : "own");
    orr_csv_int(csv, prefill ? step->replica - f->own_replicas : step->replica);
    orr_csv_int(csv, step->lane);
    orr_csv_double(csv, (double)step->start_ns / 1e9);
    orr_csv_double(csv, (double)(step->end_ns - step->start_ns) / 1e6);
    orr_csv_double(csv, (double)step->outcome.occupancy_ns / 1e6);
    const int64_t counts[] = {plan->running_requests, plan->decode_count, plan->decode_tokens, plan->decode_context_tokens, plan->chunk_count, plan->chunk_tokens, plan->completing_chunks};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) orr_csv_int(csv, counts[i]);
    const orr_cost *cost = &step->cost->cost;
    const double costs[] = {cost->time_ns / 1e6, step->cost->host_ns / 1e6, cost->flop, cost->memory_bytes, cost->link_bytes, cost->energy_j};
    for (size_t i = 0; i < sizeof costs / sizeof *costs; i++) orr_csv_double(csv, costs[i]);
    orr_csv_row_end(csv);
    orr_sink_gather(f->sink, &f->text);
}

static bool close_file(orr_run_file *file, bool whole, orr_diags *diags)
{
    steps_file *f = file->observer.context;
    orr_sink_drain(f->sink, &f->text);
    const bool good = orr_sink_close(f->sink, whole, diags);
    orr_text_free(&f->text);
    orr_mem_free(f);
    return good;
}

orr_run_file *orr_steps_file_open(const char *path, const orr_study *study, orr_diags *diags)
{
    orr_sink *sink = orr_sink_open(path, diags);
    if (sink == NULL) return NULL;
    steps_file *f = orr_mem_resize(NULL, sizeof *f);
    *f = (steps_file){.file = {.observer = {.context = f, .finished = on_finished, .stepped = on_stepped}, .close = close_file}, .sink = sink, .own_replicas = (int)study->serving.replicas};
    orr_csv csv = {.out = &f->text};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) orr_csv_string(&csv, columns[i]);
    orr_csv_row_end(&csv);
    return &f->file;
}
