/* The best system for each combination of some domains' choices: a chip for each limit on latency, a layout for each load. One search a cell, so that limits and objectives may be among the domains (one search needs one
 * yardstick; a table has one a cell) and no cell's winner is ruled out by another's. */
#ifndef ORR_LAB_BEST_BY_H
#define ORR_LAB_BEST_BY_H

#include "lab/recommend.h"

typedef struct orr_best_cell {
    const size_t *choices;          /* one a domain of the table */
    bool found;                     /* a system keeps the SLOs; else only `reason` */
    const char *label, *reason;     /* of the rest of the domains; what stopped the nearest */
    int64_t gpus;
    double objective, ttft_p99_ns, tpot_p99_ns, tokens_per_s_per_user, tokens_per_s_per_gpu, usd_per_mtok, joules_per_token;
    orr_binding binding, next;      /* of its typical step */
    orr_grade grade;
    orr_interval interval;          /* of its throughput */
} orr_best_cell;

typedef struct orr_best_by {
    const orr_domain *domains; size_t domain_count;         /* of the table, in the order asked for */
    orr_best_cell *cells; size_t cell_count;                /* last domain fastest */
    orr_objective objective;
    size_t simulated;
    bool interrupted;
    const char *title;
} orr_best_by;

/* Reads the study with `settings` after its own. NULL with diagnostics. */
typedef orr_study_file *orr_best_by_read(void *context, const char *const *settings, size_t count, orr_arena *arena, orr_diags *diags);

/* NULL with diagnostics when a path is no domain of the study, or a cell can't be searched. */
orr_best_by *orr_best_by_ask(orr_best_by_read *read, void *context, const char *const *paths, size_t path_count, const orr_recommend_options *options, orr_arena *arena, orr_diags *diags);

#endif
