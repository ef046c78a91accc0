/* What the files of a search share (private to src/lab/): the points, what is known of each, and the passes over them.
 *
 * Invariants: 1. candidates[p] and bounds[p] belong to point p until rank.c orders them; 2. a pass decides what to do next from the results of completed rounds only, never from
 * their timing; 3. a candidate is decided once: its verdict leaves UNKNOWN and never changes again. */
#ifndef ORR_LAB_SEARCH_H
#define ORR_LAB_SEARCH_H

#include "base/vec.h"
#include "base/cancel.h"
#include "lab/bounds.h"
#include "lab/recommend.h"
#include "lab/space.h"
#include "base/workers.h"

#define ORR_NO_POINT SIZE_MAX

typedef struct orr_search {
    const orr_study_file *file;
    const orr_recommend_options *options;
    orr_arena *arena;
    orr_diags *diags;
    orr_space space;
    orr_workers *workers;
    orr_candidate *candidates;
    orr_bounds *bounds;
    orr_objective objective;
    orr_stat front_stat;
    orr_slo slo;                        /* of every point: no domain may stand in it */
    size_t seqs_domain, seqs_stride;    /* of max_num_seqs; ORR_NO_DOMAIN: not searched */
    size_t tokens_domain;               /* of max_num_batched_tokens */
    size_t decided, simulated;
    double simulated_requests;
    size_t best;                        /* the feasible point of least loss, or ORR_NO_POINT */
    double best_loss;
    ORR_VEC(size_t) feasible;           /* points, in the order they were decided */
    bool interrupted, failed;
} orr_search;

static inline bool orr_search_cancelled(const orr_search *search) { return orr_cancel_asked(search->options->cancel); }
/* What the best known objective lets win: no point whose bound is above it can. */
static inline double orr_search_loss_limit(const orr_search *search)
{
    return search->best_loss + ORR_TIE_SHARE * (search->best_loss < 0 ? -search->best_loss : search->best_loss);
}
/* Gives the point its one verdict. */
void orr_search_decide(orr_search *search, size_t point, orr_verdict verdict, const char *reason);
void orr_search_progress(orr_search *search, size_t under_way);

/* False with diagnostics: SLOs, objective and constraints are one yardstick for all systems. */
bool orr_search_yardsticks_are_fixed(const orr_study_file *file, orr_diags *diags);
/* screen.c: binds every point, and decides those that bounds decide. */
void orr_search_screen(orr_search *search);
/* simulate.c: runs the points of one round (decided ones included nowhere) and takes their results in, in order. */
void orr_search_simulate(orr_search *search, const size_t *points, size_t count);
/* alike.c */
size_t orr_search_leader(const orr_search *search, size_t point);
void orr_search_share_run(orr_search *search, size_t point);
/* pareto.c */
void orr_pareto_mark(orr_candidate *candidates, size_t count);
/* A simulated feasible point is as good as `point` could at best be, on both axes of the front. */
bool orr_pareto_covers(const orr_search *search, size_t point);
/* rank.c */
size_t orr_search_winner(const orr_search *search);    /* by the order of ranks, before it is made; ORR_NO_POINT: none */
void orr_rank(orr_search *search);
/* why.c */
void orr_recommendation_explain(const orr_search *search, orr_recommendation *recommendation);

/* The text of the first error, without its place; and its hint after a semicolon. */
const char *orr_first_error_text(const orr_diags *diags, orr_arena *arena);

#endif
