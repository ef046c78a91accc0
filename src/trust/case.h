/* Measured serving systems: what ran, under which load, and what came out; each as a study that Orrery can run.
 *
 * Sources, in the folder of measurements: cases.csv (a row a system and load), a100_h100_phases.csv (whole prompt and token phases of static batches, medians of repetitions) and
 * runs/NAME (requests of one server, replayed at their own arrival times).
 * Invariants: 1. a case has a study or a reason why it has none, never both; 2. nothing a study says was fitted to the row: only what the row, its source's published client and the
 * engine's defaults say; 3. order and texts follow from the files alone. */
#ifndef ORR_TRUST_CASE_H
#define ORR_TRUST_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include "base/diag.h"

typedef enum {
    ORR_CASE_TTFT_MEAN, ORR_CASE_TTFT_P50, ORR_CASE_TTFT_P90, ORR_CASE_TTFT_P99,         /* ms */
    ORR_CASE_TPOT_MEAN, ORR_CASE_TPOT_P50, ORR_CASE_TPOT_P90, ORR_CASE_TPOT_P99,         /* ms */
    ORR_CASE_E2E_MEAN, ORR_CASE_E2E_P99,                                                 /* ms */
    ORR_CASE_OUTPUT_TOKENS_PER_S, ORR_CASE_OUTPUT_TOKENS_PER_S_PER_GPU, ORR_CASE_TOTAL_TOKENS_PER_S_PER_GPU,
    ORR_CASE_POWER_W_PER_GPU,
    ORR_CASE_QUANTITY_COUNT_
} orr_case_quantity;
const char *orr_case_quantity_name(orr_case_quantity quantity);      /* the column's name: "ttft_mean_ms" */

/* How a system is built: what errors are judged apart, since what decides them differs. */
typedef enum { ORR_CASE_PLAIN, ORR_CASE_SPECULATING = 1, ORR_CASE_DISAGGREGATED = 2 } orr_case_build;       /* bits */

typedef struct orr_case {
    const char *id, *source, *load;
    unsigned build;                                                  /* orr_case_build */
    const char *heading;                                             /* what it is judged under: its load, and how it is built where it is not plain: "closed_loop mtp" */
    const char *engine, *engine_version, *model, *hw, *precision;    /* as written; "" where absent */
    const char *date;                                                /* "2026-05-17"; NULL or "": not told */
    double concurrency, batch, rate_per_s, input_tokens, output_tokens;      /* NaN: not given */
    double measured[ORR_CASE_QUANTITY_COUNT_];                       /* NaN: not measured */
    const char *profile, *node, *system;                             /* catalogue names, and a label of the system without its load */
    const char *study;                                               /* YAML; NULL: it can't be run, and `reason` says why */
    const char *reason;
    const char *requests_path;                                       /* runs/NAME: what the study's trace is made from, where it names %TRACE%; NULL else */
    bool requests_repeat;                                            /* prompt i is that of i - 100 */
} orr_case;

typedef struct orr_cases { const char *folder; orr_case *items; size_t count; } orr_cases;

/* Reads everything in the folder; NULL with diagnostics when it is not there or can't be read. Everything lives in the arena. */
orr_cases *orr_cases_read(orr_arena *arena, const char *folder, orr_diags *diags);

/* --- inside trust --- */
/* Engines of one kind where prompts are computed apart. NaN: not given. */
typedef struct orr_case_pool { double workers, gpus, tensor, expert; } orr_case_pool;
/* The study of a case, from what the row says; fills build, heading, profile, node, system, study or reason (case_study.c). */
typedef struct orr_case_row {
    const char *mode, *kv_dtype, *attention_data_parallel, *speculation, *length_rule, *note, *gpus, *date;
    double tensor, pipeline, expert;
    orr_case_pool prefill, decode;
} orr_case_row;
void orr_case_make_study(orr_arena *arena, orr_case *one, const orr_case_row *row);
/* Its pools (case_pools.c): why they can't be told, NULL where they can; the label of both; `hardware`, the decode engines' layout and `serving`, as lines of the study. */
const char *orr_case_pools_reason(const orr_case_row *row);
const char *orr_case_pools_label(orr_arena *arena, const orr_case_row *row);
void orr_case_say_pools_hardware(const orr_case *one, const orr_case_row *row, orr_text *out);
void orr_case_say_pools_layout(const orr_case_row *row, orr_text *out);
void orr_case_say_pools_scheduler(const orr_case *one, orr_text *out);
void orr_case_say_pools_serving(const orr_case_row *row, orr_text *out);
/* Drafts a step, 0 without speculation, and `speculation: {..}` of its engine (case_speculation.c). */
long orr_case_drafts(const orr_case *one, const orr_case_row *row);
void orr_case_say_speculation(const orr_case *one, const orr_case_row *row, orr_text *out);
/* Names of tables to names of the catalogue; NULL: the catalogue has none such (case_names.c). */
const char *orr_case_node(const char *hw);
long orr_case_node_chips(const char *node);     /* chips in its scale-up domain */
const char *orr_case_model(const char *model);
const char *orr_case_profile(const char *engine);
/* `quantization` of the engine for weights in this precision; NULL: unknown. "" is 16 bit. */
const char *orr_case_quantization(const char *precision, const char *model);
/* Cases of runs/NAME, in order of name (case_requests.c). False: reported. */
bool orr_cases_read_runs(orr_arena *arena, const char *folder, orr_case **items, size_t *count, orr_diags *diags);
/* Writes the trace that a case's study replays. */
bool orr_case_write_trace(const orr_case *one, const char *path, orr_diags *diags);

#endif
