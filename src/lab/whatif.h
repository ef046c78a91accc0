/* whatif: a study as it is and as it would be, each at the best of its own domains; what the difference is, why, and how sure.
 *
 *   gain = objective(changed) / objective(as it is), both over the same requests (one seed)
 * Its 90 % interval takes what both sides have in common to cancel: ln gain is wrong by a quarter of itself (one standard deviation); where the chip is another one, the errors of both throughputs come to that
 * (docs/decisions/0022-whatif.md). */
#ifndef ORR_LAB_WHATIF_H
#define ORR_LAB_WHATIF_H

#include "lab/explain.h"
#include "lab/recommend.h"

#define ORR_CHANGE_ERROR 0.25

/* One side: the search, and its winner taken apart. */
typedef struct orr_whatif_side {
    const orr_study_file *file;             /* as it was searched last */
    orr_recommendation *search;
    orr_study_explanation explanation;      /* of the winner; not filled where there is none */
} orr_whatif_side;

typedef struct orr_whatif {
    orr_whatif_side before, after;
    bool compared, interrupted;             /* compared: both sides have a winner */
    double gain, gain_low, gain_high;       /* of the objective's value */
    const char *answer;
    const char *const *why; size_t why_count;
} orr_whatif;

/* `source` is the study; `settings` are what is fixed on both sides, `changes` what is changed. NULL with diagnostics. */
orr_whatif *orr_whatif_ask(const orr_source *source, const char *const *settings, size_t setting_count, const char *const *changes, size_t change_count, const orr_recommend_options *options, orr_arena *arena, orr_diags *diags);
/* Both sides as they are read first: what the answer follows from. False: one is wrong (nothing is reported). */
bool orr_whatif_read(const orr_source *source, const char *const *settings, size_t setting_count, const char *const *changes, size_t change_count, const orr_study_file **sides, orr_arena *arena);
void orr_whatif_free(orr_whatif *whatif);

#endif
