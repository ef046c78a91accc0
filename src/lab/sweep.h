/* sweep: a whole space in closed form (estimate.h), the best of it simulated, and what moves the objective.
 *
 * Every point of the product of domains is estimated or, where there are more than `samples_most`, so many of them: bred from the best by NSGA-II (`evolves`), or spread evenly (Roberts' R sequence: multiples of the powers of a generalised golden ratio, mod 1).
 * Points that differ in replicas and load alone share one prepared system. The `finalists` best of those that may keep the SLOs are simulated with the whole traffic, which decides. Deterministic: same bytes with any number of threads.
 *
 * Effects, over the points that keep the SLOs in closed form, y the logarithm of the objective:
 *     first   Var over choices of E[y | choice] / Var(y): what the domain decides alone (Sobol's first-order index)
 *     total   E[Var(y | all others)] / Var(y): what is left open while all others are fixed (the total index); of whole products only
 *     alone   the objective as this domain alone moves away from the best point, by simulation where there are finalists (a tornado's bar) */
#ifndef ORR_LAB_SWEEP_H
#define ORR_LAB_SWEEP_H

#include "lab/contours.h"
#include "lab/crew.h"
#include "lab/estimate.h"
#include "lab/evolve.h"
#include "lab/rivals.h"
#include "spec/study.h"

typedef enum { ORR_SWEEP_KEEPS, ORR_SWEEP_MISSES, ORR_SWEEP_OVERLOADED, ORR_SWEEP_DOES_NOT_FIT, ORR_SWEEP_CONSTRAINED, ORR_SWEEP_IMPOSSIBLE, ORR_SWEEP_UNKNOWN, ORR_SWEEP_VERDICT_COUNT_ } orr_sweep_verdict;
const char *orr_sweep_verdict_key(orr_sweep_verdict verdict);       /* "keeps_slo" */

typedef struct orr_sweep_point {
    uint64_t number;                    /* in the product, the last domain fastest */
    orr_sweep_verdict verdict;
    int32_t gpus;
    bool unbuilt;                       /* impossible whatever the hardware holds: it can't be bound */
    double objective, slo_ratio;        /* NaN: none */
    double load, batch, ttft_ns, ttft_p99_ns, tpot_ns, tpot_p99_ns, output_tokens_per_s, usd_per_mtok, joules_per_token, output_tokens_per_s_per_mw;
} orr_sweep_point;

/* One point, simulated. */
typedef struct orr_finalist { size_t point; orr_run_result run; double objective; bool ran, keeps; } orr_finalist;

typedef struct orr_effect {
    const char *path;
    double first, total;                /* NaN: not known */
    const char *low, *high;             /* the choices, this domain alone moved, of the least and the most objective; NULL: it moves nothing */
    double least, most;
    double *best;                       /* by choice: the best objective among points with it; NaN: none keeps the SLOs */
} orr_effect;

/* What else may be sought beside the objective: a front. */
typedef enum { ORR_BY_COST, ORR_BY_ENERGY, ORR_BY_POWER, ORR_BY_GPUS, ORR_BY_THROUGHPUT, ORR_BY_SPEED, ORR_BY_TTFT, ORR_BY_COUNT_ } orr_yardstick;
const char *orr_yardstick_key(orr_yardstick yardstick);         /* "cost", "energy", "tokens_per_mw", "gpus", "tokens_per_gpu", "tpot", "ttft" */

/* How a space is searched that is too large to be listed. */
typedef struct orr_sweep_search {
    bool evolves;                       /* a quarter of the points spread evenly, the others bred from the best (evolve.h); false: all spread evenly */
    orr_yardstick against[ORR_MOST_LOSSES - 1]; int against_count;      /* a front of the objective and these */
} orr_sweep_search;
/* As a number, and back. */
int64_t orr_sweep_search_code(const orr_sweep_search *search);
orr_sweep_search orr_sweep_search_of(int64_t code);

typedef struct orr_sweep {
    const orr_study_file *file;
    orr_objective objective;
    double point_total;                 /* of the product */
    orr_sweep_point *points; size_t point_count;        /* estimated ones, by number */
    size_t counts[ORR_SWEEP_VERDICT_COUNT_];
    const char *why_impossible;         /* of the first that can't be built; NULL: all can */
    size_t prepared;                    /* systems that were bound and prepared: the others share theirs */
    size_t *order; size_t ordered;      /* points that keep the SLOs, best first */
    orr_finalist *finalists; size_t finalist_count;     /* simulated: the best that keeps the SLOs first, then the others by estimate */
    double most_off;                    /* largest |ln(estimated / simulated objective)| among them; NaN: none */
    size_t unseen;                      /* not simulated, though by its estimate, if as far off as that, it could win */
    orr_effect *effects; size_t effect_count;
    size_t generations;                 /* bred; 0: none */
    orr_sweep_search search;
    size_t shard, shard_count;          /* only this share of the points was estimated, for the keeper; 0: all */
    size_t *front; size_t front_count;  /* points that keep the SLOs, none of which is better than another in all that is sought; by objective */
    const orr_rivals *rivals;           /* of the finalists; NULL: not asked for, or fewer than two keep the SLOs */
    orr_contours *contours;             /* NULL: not asked for, or interrupted */
    bool interrupted;
} orr_sweep;

/* Who knows points from before and keeps those that are estimated (lab/memo.h: the store). Points are told apart by their number; a point is kept once, whole. */
typedef struct orr_sweep_keeper {
    void *context;
    /* Fills in those of the points (by number) that are known, and marks them in `known`. Before any work, and before that of each further generation. */
    void (*recall)(void *context, orr_sweep_point *points, size_t count, bool *known);
    /* points[which[0 .. count)] were estimated just now. By any thread, one at a time. False: they can't be kept, the keeper has its reasons, and the sweep stops as if it were interrupted. */
    bool (*keep)(void *context, const orr_sweep_point *points, const size_t *which, size_t count);
} orr_sweep_keeper;

typedef struct orr_sweep_options {
    int threads;                        /* 0: all cores */
    size_t samples_most, finalists;
    orr_sweep_search search;
    size_t shard, shard_count;          /* this share alone, from 1 (systems in turn), for the keeper: nothing is simulated and no answer given; 0: all */
    int64_t seeds;                      /* that the best finalists are told apart by; 0: they are not */
    const orr_contours_wanted *contours;        /* NULL: none */
    const volatile int *cancel;
    void (*on_progress)(void *context, size_t done, size_t total, size_t simulated, const char *best_label);
    void *progress_context;
    const orr_sweep_keeper *keeper;     /* NULL: nobody */
    const struct orr_memo *memo;        /* of finalists' runs (lab/memo.h); NULL: none */
    orr_crew *crew; size_t hands;       /* other processes that work for this one; NULL: none */
} orr_sweep_options;

/* NULL with diagnostics: a study that is wrong at some point, traffic that no closed form knows (sessions, tenants), a domain of the yardsticks. In `arena`. */
orr_sweep *orr_sweep_study(const orr_study_file *file, const orr_sweep_options *options, orr_arena *arena, orr_diags *diags);
/* Works for another process that sweeps the same study (orr_crew_serve). */
orr_crew_answer_fn orr_sweep_answer;
typedef struct orr_sweep_helper orr_sweep_helper;        /* its context */
orr_sweep_helper *orr_sweep_helper_create(const orr_study_file *file, size_t samples_most, const volatile int *cancel, orr_arena *arena);
void orr_sweep_helper_destroy(orr_sweep_helper *helper);
/* The choices of a point, one a domain. */
void orr_sweep_choices(const orr_study_file *file, uint64_t number, size_t *choice_index);

#endif
