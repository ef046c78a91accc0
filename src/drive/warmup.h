/* Where a run's beginning ends: MSER-5.
 *
 * A series of observations x in order is cut into batches of 5, whose means are y_1 .. y_n. Of what is left after the first d batches, the squared standard error of the mean is
 *
 *     z(d) = sum over i > d of (y_i - mean of these)^2 / (n - d)^2
 *
 * and the beginning is the d <= n / 2 with the least z: leaving out more of a transient lowers the spread, leaving out steady state costs observations. The least at the end of that range says that no steady state was seen.
 * Here the series are TTFT, TPOT and E2EL of requests in the order of their finish, and the beginning is the longest of the three. A batch holds 5 requests; in long runs batches are merged by twos, so that at most 4,096 are kept.
 * Range: a run of many times the beginning's length; a queue that grows without bound has no steady state.
 * Source: K. P. White, M. J. Cobb, S. C. Spratt, A comparison of five steady-state truncation heuristics for simulation, Winter Simulation Conference 2000 (MSER-5). */
#ifndef ORR_DRIVE_WARMUP_H
#define ORR_DRIVE_WARMUP_H

#include <stdbool.h>
#include <stdint.h>

enum { ORR_WARMUP_BATCHES = 4096, ORR_WARMUP_BATCH = 5, ORR_WARMUP_SERIES = 3 };

/* Zeroed: empty. */
typedef struct orr_batch_means { double means[ORR_WARMUP_BATCHES], sum; int count; int64_t size /* of a batch; 0: 5 */, in_batch; } orr_batch_means;

typedef struct orr_warmup_series { orr_batch_means of[ORR_WARMUP_SERIES]; int64_t finished; } orr_warmup_series;

void orr_batch_means_add(orr_batch_means *batches, double value);
/* Batches of the beginning; `settled`: the least is not at the range's end. */
int orr_mser(const double *means, int count, bool *settled);
/* A request finished; NaN where it has no such value. */
void orr_warmup_add(orr_warmup_series *series, const double values[ORR_WARMUP_SERIES]);
/* Requests of the beginning, by their finish. */
int64_t orr_warmup_requests(const orr_warmup_series *series, bool *settled);

#endif
