/* explain: where the time of one system goes, what binds it, and what each hardware parameter is worth.
 *
 * The study is simulated once; its mean decode step, and that step with its mean prefill chunks, are taken apart operator by operator. An elasticity is d ln(time) / d ln(parameter), from
 * +10 % on the parameter: -0.7 says that 10 % more of it takes about 7 % off the step. Elasticities of steps, not of queues: a system near saturation gains more. */
#ifndef ORR_LAB_EXPLAIN_H
#define ORR_LAB_EXPLAIN_H

#include "base/units.h"
#include "drive/run.h"

typedef struct orr_elasticity {
    const char *parameter;          /* "chip.memory.bandwidth" */
    const char *doc;
    orr_unit unit;
    double value;                   /* before the change */
    double decode_step, mixed_step; /* d ln(step time) / d ln(parameter) */
    double tpot, throughput;        /* of the mix of both steps as the run had them: TPOT, and tokens/s of a busy system */
} orr_elasticity;

typedef struct orr_study_explanation {
    orr_run_result run;             /* freed by orr_study_explanation_free */
    const char *label;
    bool runs;                      /* false: it does not fit; only `memory` and `why` are filled */
    orr_decode_sums decode;         /* the typical decode step */
    orr_prefill_chunk chunk;        /* the typical prefill chunk; new_tokens 0: none */
    int chunk_count;                /* chunks of a mixed step */
    double mixed_share;             /* of steps */
    orr_step_explanation decode_step, mixed_step, images;   /* line_count 0: there is no such step; `images`: of one request */
    int64_t image_count;
    orr_elasticity *elasticities;   /* by size of the effect on TPOT, largest first */
    size_t elasticity_count;
    const struct orr_balance *balance;              /* lab/balance.h; NULL: it did not run */
    orr_memory_map memory;
    const char *const *why;         /* sentences */
    size_t why_count;
} orr_study_explanation;

/* False with diagnostics when the layout is impossible or its input can't be read. Elasticities under 0.1 % are left out. */
bool orr_explain_study(const orr_study *study, const orr_run_options *watched /* cancel and progress of its run; NULL: nobody */, orr_arena *arena, orr_study_explanation *explanation, orr_diags *diags);
void orr_study_explanation_free(orr_study_explanation *explanation);

/* elasticity.c. The times of the explanation's typical steps on the study's hardware; false: it can't be prepared. The run's mean step is of both, by its share of mixed steps. */
typedef struct orr_step_times { double decode_ns, mixed_ns; } orr_step_times;
bool orr_step_times_of(const orr_study *study, const orr_study_explanation *explanation, orr_step_times *times);
static inline double orr_step_times_mean_ns(const orr_step_times *times, double mixed_share) { return (1 - mixed_share) * times->decode_ns + mixed_share * times->mixed_ns; }
void orr_elasticities(const orr_study *study, orr_study_explanation *explanation, orr_arena *arena);

#endif
