/* The result of a benchmark of a real server: one of `vllm bench serve --save-result` (with --save-detailed: request by request), of aiperf (profile_export_aiperf.json, or
 * profile_export.jsonl: request by request), or results.json of a prediction, which has vLLM's keys.
 *
 * Definitions are vLLM's: TTFT from sending to the first token; TPOT (E2EL - TTFT) / (output tokens - 1) of each request; ITL the gaps between streamed outputs. aiperf's inter_token_latency is TPOT, its
 * inter_chunk_latency ITL. Invariants: 1. every request finished: results with failed, cancelled or rejected requests are refused; 2. TTFT is there and above 0, and so is TPOT where more than one token came
 * out; 3. lengths and times are finite and of possible sizes. */
#ifndef ORR_TRUST_BENCH_RESULT_H
#define ORR_TRUST_BENCH_RESULT_H

#include <stdbool.h>
#include <stdint.h>
#include "base/diag.h"
#include "base/mem.h"
#include "spec/study.h"

typedef struct orr_bench_request { double start_s; int64_t input_tokens, output_tokens; } orr_bench_request;

typedef enum { ORR_BENCH_POISSON, ORR_BENCH_GAMMA, ORR_BENCH_CONSTANT } orr_bench_arrivals;

typedef struct orr_bench_result {
    const char *path, *tool;                            /* tool: "vllm bench serve", "aiperf", "orrery predict" */
    const char *model, *date;                           /* as the tool tells; NULL: not told */
    int64_t requests;
    double input_tokens, output_tokens;                 /* mean, a request */
    bool spread_unknown;                                /* lengths vary, and how is not told: they are taken as alike */
    bool load_told;                                     /* by the two that follow */
    double rate_per_s;                                  /* 0: as fast as `concurrency` lets, all at once without it */
    int64_t concurrency;                                /* most requests in flight; 0: no limit */
    orr_bench_arrivals arrivals;                        /* of a rate */
    double cv;                                          /* GAMMA: of the gaps */
    double mean_ms[ORR_METRIC_LATENCY_COUNT_];          /* NaN: not told */
    const orr_bench_request *each;                      /* in the order of sending; NULL: not told. Where mean and standard deviation of lengths are told (aiperf): as many, uniform, spread evenly */
    bool has_starts;                                    /* start_s from the first one's 0 */
} orr_bench_result;

/* False with diagnostics. */
bool orr_bench_result_read(const char *path, orr_arena *arena, orr_bench_result *result, orr_diags *diags);
/* The same of text in memory, which outlives the result. */
bool orr_bench_result_parse(const orr_source *source, orr_arena *arena, orr_bench_result *result, orr_diags *diags);

#endif
