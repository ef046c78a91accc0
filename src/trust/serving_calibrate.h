/* Fitting what an engine's software costs (host time of a step, of a request, of a prompt; entry; launches) to measured closed loops and servers, and judging the fit on rows it has not seen.
 *
 * Loss: mean over cases of sqrt(r^2 + 0.05^2) + 0.5 sqrt(s^2 + 0.1^2), r and s the logs of predicted over measured TPOT and TTFT, each held within 1.2: far-off rows weigh no more than
 * that. A fold holds whole configurations (system, lengths, load): repetitions never stand on both sides. */
#ifndef ORR_TRUST_SERVING_CALIBRATE_H
#define ORR_TRUST_SERVING_CALIBRATE_H

#include "trust/case_run.h"

enum { ORR_HOST_TIMES = 8 };
typedef struct orr_host_times { double values[ORR_HOST_TIMES]; } orr_host_times;

typedef struct orr_serving_fit_options { size_t evaluations, folds /* 0: no cross-validation */, stride /* the search looks at every so many cases; 0 and 1: at all */; } orr_serving_fit_options;

/* Fits the profile ("vllm") to the closed loops of the folder. Writes to `out` the fitted fields as they stand in data/engines/NAME.yaml, and the errors before, after and on held-out folds as
 * comments. False with diagnostics when the folder can't be read or has no such case. */
bool orr_serving_calibrate(const char *folder, const char *profile, const orr_serving_fit_options *options, orr_workers *workers, orr_text *out, orr_diags *diags);

/* What a profile's software costs, fitted to those of `bound` that tell it (closed loops and recorded runs that neither draft nor compute prompts apart), from values that no fit made. Returns how many rows the search
 * looked at: every `stride`-th, and every recorded run; 0: there are none. */
size_t orr_host_times_fit(const orr_bound_case *bound, size_t count, size_t stride, size_t evaluations, orr_workers *workers, orr_host_times *times);
void orr_host_times_apply(const orr_host_times *times, orr_study *study);

#endif
