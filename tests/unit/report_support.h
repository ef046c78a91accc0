/* What the tests of the report share: a small study, run. */
#ifndef ORR_TESTS_UNIT_REPORT_SUPPORT_H
#define ORR_TESTS_UNIT_REPORT_SUPPORT_H

#include "base_test.h"
#include "lab/bounds.h"
#include "report/report.h"

/* Thirty requests on one H100, or, with a domain, a search over the batch limits. */
#define SMALL_STUDY "schema: orrery/v1\ntitle: %s\nmodel: qwen3-8b\nhardware: {node: dgx-h100, nodes: 1}\nengine: {profile: vllm, tensor_parallel_size: %s, max_num_seqs: %s}\nserving: {replicas: 1}\n" \
    "traffic: {source: fixed, input_tokens: 200, output_tokens: 20, load: {rate: 5/s}, stop: {requests: 30}}\nslo: {ttft: {p99: 1 s}, tpot: {p99: 50 ms}}\n"

static inline orr_study_file *small_file(orr_arena *arena, const char *title, const char *tensor_parallel, const char *seqs, orr_diags *diags)
{
    orr_source *source = ORR_NEW(arena, orr_source);
    source->name = "small.yaml";
    source->bytes = orr_arena_printf(arena, SMALL_STUDY, title, tensor_parallel, seqs);
    source->length_bytes = strlen(source->bytes);
    return orr_study_file_read_source(arena, source, NULL, 0, diags);
}

typedef struct small_world { orr_arena *arena; orr_diags *diags; orr_study *study; const orr_perf *perf; orr_run_result run; } small_world;

static inline small_world small_run(const char *title)
{
    small_world w = {.arena = orr_arena_create(), .diags = orr_diags_create()};
    const orr_study_file *file = small_file(w.arena, title, "1", "16", w.diags);
    assert_non_null(file);
    w.study = ORR_NEW(w.arena, orr_study);
    assert_true(orr_study_bind(file, NULL, w.arena, w.study, w.diags));
    w.study->serving.replicas = orr_study_replicas(w.study);
    w.perf = orr_perf_prepare(w.study, w.arena, w.diags);
    assert_non_null(w.perf);
    w.run = orr_run_study(w.study, w.perf, &(orr_run_options){.keep_records = true}, w.diags);
    return w;
}

static inline void small_free(small_world *w)
{
    orr_run_result_free(&w->run);
    orr_diags_destroy(w->diags);
    orr_arena_destroy(w->arena);
}

#endif
