/* Samples of one latency: exact up to a number of them, a histogram beyond it, so that memory does not grow with requests.
 *
 * Up to ORR_EXACT_SAMPLES every sample stands and percentiles are numpy's type 7. Beyond, they go to a histogram: percentiles within 0.1 %; mean, deviation, least and most stay exact (up to rounding to whole ns). */
#ifndef ORR_DRIVE_SAMPLES_H
#define ORR_DRIVE_SAMPLES_H

#include "base/stats.h"
#include "base/vec.h"

enum { ORR_EXACT_SAMPLES = 1 << 20 };       /* 8 MiB a latency */

typedef struct orr_samples {
    ORR_VEC(double) values;
    orr_histogram *beyond;          /* NULL: all stand in `values` */
    double first, sum, squares;     /* of differences from the first: no digits are lost to its size */
    double least, most;
} orr_samples;      /* zeroed: empty */

/* `all`: keep every sample, whatever their number. */
void orr_samples_add(orr_samples *samples, double value, bool all);
/* Reorders what stands. */
orr_summary orr_samples_summarize(orr_samples *samples);
void orr_samples_free(orr_samples *samples);
/* Of a histogram of ns; std NaN. */
orr_summary orr_summary_of_histogram(const orr_histogram *histogram);

#endif
