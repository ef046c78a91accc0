/* How often drafts are accepted, fitted to measured servers that speculate: one number for an engine.
 *
 * Rows tell no acceptance, and TPOT falls with it in a known way (perf/draft.c, spec/speculation.h), so TPOT tells it. Loss: mean of sqrt(r^2 + 0.05^2), r the log of predicted over measured TPOT, held within
 * 1.2; golden sections between 0.3 and 0.98. */
#ifndef ORR_TRUST_ACCEPTANCE_FIT_H
#define ORR_TRUST_ACCEPTANCE_FIT_H

#include "trust/case_run.h"

/* A trial that gives every study it alters this acceptance, after what `before` (may be NULL) does. */
typedef struct orr_acceptance_trial { double acceptance; const orr_case_trial *before; } orr_acceptance_trial;
void orr_acceptance_alter(void *context, const orr_case *one, orr_study *study);

/* The acceptance that suits the cases best: those that speculate and that `skip` (may be NULL) does not name. NaN: there are none. */
double orr_acceptance_fit(const orr_bound_case *bound, const bool *skip, size_t count, const orr_case_trial *before, orr_workers *workers);

#endif
