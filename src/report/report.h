/* A report: what is known of one result, gathered once, from which every form is written - terminal text, results.json, CSV, the page.
 *
 * Invariants: 1. a report owns nothing: it points into the study, the run and the arena it was gathered in, which outlive it; 2. what is unknown is NULL or has count 0, and every form leaves
 * it out; 3. same report, same bytes (no date, no host, no path of this machine). */
#ifndef ORR_REPORT_REPORT_H
#define ORR_REPORT_REPORT_H

#include "drive/interval.h"
#include "lab/explain.h"
#include "lab/recommend.h"
#include "lab/replicate.h"

#define ORR_RESULTS_SCHEMA "orrery-results/v1"

typedef enum { ORR_REPORT_PREDICT, ORR_REPORT_RECOMMEND, ORR_REPORT_EXPLAIN } orr_report_kind;
const char *orr_report_kind_name(orr_report_kind kind);         /* "predict" */

/* One step taken apart, and the batch that it is of. */
typedef struct orr_report_step {
    const char *name;               /* "decode": decoding alone; "mixed": with prefill chunks; "images": encoding one request's */
    const orr_step_explanation *explanation;
    orr_decode_sums decode;
    orr_prefill_chunk chunk;        /* each of the chunks; new_tokens 0: none */
    int chunk_count;
    int64_t images;
} orr_report_step;

typedef struct orr_report {
    orr_report_kind kind;
    const char *version;            /* of Orrery */
    const char *title, *subtitle, *answer;
    const orr_study *study;         /* the system reported on; NULL: a search without a winner */
    const orr_run_result *run;
    const orr_memory_map *memory;
    const orr_run_intervals *intervals;     /* of the run's figures; NULL: nothing ran */
    orr_report_step steps[3];       /* the first is the one that says what binds */
    int step_count;
    double mixed_share;             /* of steps that hold prefill; NaN: unknown */
    const orr_elasticity *elasticities;
    size_t elasticity_count;
    const struct orr_balance *balance;      /* explain; NULL: none */
    const char *const *why;
    size_t why_count;
    const orr_recommendation *recommendation;
    const orr_replications *replications;   /* of the run; NULL: none */
    const orr_study_file *file;     /* with a recommendation: its domains */
} orr_report;

/* A predicted run. `perf` is the one it ran on: the typical steps are taken apart with it (NULL: they are left out). */
orr_report orr_report_of_run(const orr_study *study, const orr_run_result *run, const orr_perf *perf, const char *version, orr_arena *arena);
orr_report orr_report_of_explanation(const orr_study *study, const orr_study_explanation *explanation, const char *version, orr_arena *arena);
orr_report orr_report_of_recommendation(const orr_study_file *file, const orr_recommendation *recommendation, const char *version, orr_arena *arena);

/* Of a run that is unstable (report/unstable.c): a sentence or two; replicas that would do, of the pool whose queue grows (0: unknown); the engine's limit that binds while its cache has room, or NULL. */
const char *orr_unstable_words(const orr_study *study, const orr_run_result *run, orr_arena *arena);
int64_t orr_unstable_replicas_needed(const orr_run_result *run);
const char *orr_unstable_limit(const orr_study *study, const orr_run_result *run);

/* "TP2 fp8 x 4 replicas"; `replicas` 0: left out. */
/* "TP8 fp8 x 2 replicas"; replicas 0: not said. */
const char *orr_engine_label(const orr_engine *engine, int64_t replicas, orr_arena *arena);
const char *orr_system_label(const orr_study *study, int64_t replicas, orr_arena *arena);
/* "azure-conv-2023 at 20 requests/s" */
const char *orr_traffic_label(const orr_traffic *traffic, orr_arena *arena);

#endif
