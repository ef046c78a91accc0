/* Rivals: the best systems of a search, simulated again under further seeds, the same for all of them, and which of them can be told apart.
 *
 *     d_i = objective of the rival - objective of the best, both under seed i (common random numbers: the same requests, so that what their luck does to both cancels)
 *     interval = mean d +- t s / sqrt(n),   s the standard deviation of the n differences (n - 1), t the 95 % quantile of Student's t with n - 1 degrees of freedom: it holds the mean difference over all chance 90 times of 100
 *
 * They are told apart where the interval leaves zero out, each rival from the best by itself. The seeds are those of replications 1, 2, .. (lab/replicate.h), without the study's own: it chose the best, and would be kind to it. Where nothing is drawn
 * at random every difference is the same, s is 0, and any difference tells. How far off the model may be is another matter: `model`, of the best's throughput (drive/interval.h), of which what both have in common cancels.
 * Deterministic: same bytes with any number of threads. */
#ifndef ORR_LAB_RIVALS_H
#define ORR_LAB_RIVALS_H

#include "drive/interval.h"
#include "lab/objective.h"
#include "spec/study.h"

enum { ORR_RIVALS_MOST = 4, ORR_RIVAL_SEEDS_MOST = 1000 };

typedef enum { ORR_TOLD_UNKNOWN /* fewer than two seeds under which both ran */, ORR_TOLD_EQUAL /* every difference is 0 */, ORR_TOLD_NO, ORR_TOLD_WORSE, ORR_TOLD_BETTER } orr_told;
const char *orr_told_key(orr_told told);        /* "unknown equal no worse better" */

typedef struct orr_rival {
    const size_t *choices;          /* of the domains */
    const char *label;
    size_t rank;                    /* in the search's order, from 1 */
    int64_t runs, keeps;            /* seeds under which it ran to its end; of these it kept every limit and was stable */
    double mean;                    /* of its objective */
    int64_t pairs;                  /* seeds under which the best ran, too */
    double difference, half;        /* of the best rival: NaN */
    orr_told told;                  /* from the best */
} orr_rival;

typedef struct orr_rivals {
    int64_t seed_count;
    uint64_t *seeds;
    orr_rival items[ORR_RIVALS_MOST]; size_t count;     /* the first is the best */
    bool has_model;
    orr_interval model;             /* of the best's throughput, as factors */
    bool nothing_varies;            /* no run's objective depends on its seed */
} orr_rivals;

typedef struct orr_rivals_options {
    int threads;                    /* 0: one a core */
    const volatile int *cancel;
    const struct orr_memo *memo;    /* lab/memo.h; NULL: none */
    void (*on_done)(void *context, size_t done, size_t total);
    void *context;
} orr_rivals_options;

/* Whom to look at, of `count` systems, the best first: the first of each group that shares a run (`groups`; NULL: each has its own); where all of those tie with the best, within `tie_share`, the last place goes to the first that does not.
 * How many, as indices in `chosen`. */
size_t orr_rivals_choose(const double *objectives, const size_t *groups, size_t count, double tie_share, size_t chosen[ORR_RIVALS_MOST]);
/* `choices` and `ranks` of `count` systems, the best first; those above ORR_RIVALS_MOST are left. NULL: fewer than two, or cancelled. In `arena`. */
orr_rivals *orr_rivals_find(const orr_study_file *file, orr_objective objective, const size_t *const *choices, const size_t *ranks, size_t count, int64_t seeds, const orr_rivals_options *options, orr_arena *arena);

#endif
