/* An engine from benchmarks of one's own server: the host times that make a study's predictions match what was measured.
 *
 * The study gives model, hardware and the engine's settings; each result gives its load, its requests and their lengths, and mean TTFT, TPOT and ITL. Fitted, by simulation, of
 *   host_per_step      (TPOT)                 request_entry       (TTFT)
 *   host_per_request   (TPOT at two loads)    host_per_prefill    (TTFT and TPOT at three)
 * are the first 1 + results of these, less those that the results do not tell apart: a time is fitted where moving it moves the logarithms of the predictions by 0.3 % at least, and a fifth of that in a
 * direction that those before it in the list do not have (Gram-Schmidt on the columns of the Jacobian). The rest stays as the study has it.
 *
 * Loss: the sum over results of r(TTFT)^2 + r(TPOT)^2 + r(ITL)^2 / 4, r the logarithm of predicted over measured. Search: NLopt's SBPLX on the logarithms of the times, twice, the second time from the first's
 * end. Deterministic; values are rounded to four digits, and what is told is of the rounded ones. Range: what host times can explain. A server that is faster than its device by the model, or slower by
 * its kernels, keeps an error, which is told; kernels are calibrated from tables of their own (trust/residual_fit.h). */
#ifndef ORR_TRUST_ENGINE_CALIBRATE_H
#define ORR_TRUST_ENGINE_CALIBRATE_H

#include "base/workers.h"
#include "trust/bench_result.h"

enum { ORR_ENGINE_TIMES = 4 };

typedef struct orr_engine_fit_options {
    const char *study_path;
    const char *const *settings;            /* as --set has them */
    size_t setting_count, evaluations;
    orr_workers *workers;
} orr_engine_fit_options;

typedef struct orr_engine_time { const char *key; double before_ns, after_ns; bool fitted; const char *reason; /* why it is not fitted; NULL */ } orr_engine_time;

typedef struct orr_engine_fit {
    orr_engine_time times[ORR_ENGINE_TIMES];
    double (*before_ms)[ORR_METRIC_LATENCY_COUNT_], (*after_ms)[ORR_METRIC_LATENCY_COUNT_];     /* predicted means, a result */
    double loss_before, loss_after;
    size_t evaluations, fitted_count;
    const orr_study *study;                 /* of the first result */
    const orr_node *profile;                /* the engine's profile, whole */
} orr_engine_fit;

/* False with diagnostics, also where nothing can be fitted. */
bool orr_engine_calibrate(const orr_bench_result *results, size_t count, const orr_engine_fit_options *options, orr_arena *arena, orr_engine_fit *fit, orr_diags *diags);

/* A whole engine file: the profile's fields with the study's software values and the fitted times in them, which cite the results. name: of the engine. */
void orr_engine_calibration_write(const orr_engine_fit *fit, const orr_bench_result *results, size_t count, const char *name, orr_arena *arena, orr_text *out);

/* |predicted / measured - 1| of a metric; NaN where either is not told. */
double orr_engine_fit_error(const orr_bench_result *result, const double *predicted_ms, orr_latency_metric metric);

#endif
