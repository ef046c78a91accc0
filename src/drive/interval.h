/* How sure a run's figures are: 50 % and 90 % intervals, as factors on what was predicted.
 *
 *   factor = exp(z s);   s = sqrt(e^2 + 0.05^2), e the log error of the steps that make the figure (perf/explain.c: by family, nearness to measured kernels, host), z from held-out measurements
 *   of whole servers (normalised residuals log(measured / predicted) / s; calibration's `interval` section), so that 90 % of them lie inside.
 *   TPOT: decoding and mixed steps, as often as each is met; TTFT: mixed steps, times (1 + queueing / service) under open load, where an error of the service time is multiplied in the queue; E2EL: both by
 *   their shares of time; throughput: E2EL's where the system sets it (closed load, or open and saturated), else 2 %: arrivals set it; power: that of energy's own fit.
 * Range: what the measured servers cover; elsewhere s itself grows (transferred and assumed chips, shapes far from measured ones), the z stay. */
#ifndef ORR_DRIVE_INTERVAL_H
#define ORR_DRIVE_INTERVAL_H

#include "drive/run.h"

typedef enum { ORR_INTERVAL_TTFT, ORR_INTERVAL_TPOT, ORR_INTERVAL_E2EL, ORR_INTERVAL_THROUGHPUT, ORR_INTERVAL_POWER, ORR_INTERVAL_COUNT_ } orr_interval_figure;
typedef enum { ORR_GRADE_CALIBRATED, ORR_GRADE_TRANSFERRED, ORR_GRADE_ASSUMED } orr_grade;
const char *orr_grade_name(orr_grade grade);

typedef struct orr_interval { double low_ninety, low_half, high_half, high_ninety; } orr_interval;       /* factors */
typedef struct orr_run_intervals {
    double scale[ORR_INTERVAL_COUNT_];          /* s */
    orr_interval by[ORR_INTERVAL_COUNT_];
    orr_grade grade;
} orr_run_intervals;

/* Of a finished run of this system. */
orr_run_intervals orr_run_intervals_of(const orr_study *study, const orr_perf *perf, const orr_run_result *run);

#endif
