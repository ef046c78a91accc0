/* Statistics over samples. Percentiles: linear interpolation (numpy type 7). Deviation: population. */
#ifndef ORR_BASE_STATS_H
#define ORR_BASE_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* p in [0, 1]; reorders samples (selection, O(count)); count 0 gives NaN. */
double orr_percentile(double *samples, size_t count, double p);
double orr_percentile_sorted(const double *sorted, size_t count, double p);
void orr_sort_doubles(double *samples, size_t count);

/* A histogram of int64 values >= 0 with relative bin width 2^-10 (error of a quantile below 0.1 %), exact count and sum. Size is fixed. */
typedef struct orr_histogram orr_histogram;
orr_histogram *orr_histogram_create(void);
void orr_histogram_destroy(orr_histogram *histogram);
void orr_histogram_add(orr_histogram *histogram, int64_t value, int64_t weight);
/* The gaps between `since` and values[0], values[0] and values[1], ..: each so many times. values rise. */
void orr_histogram_add_gaps(orr_histogram *histogram, int64_t since, const int64_t *values, int64_t count, int64_t weight);
void orr_histogram_merge(orr_histogram *into, const orr_histogram *from);
int64_t orr_histogram_count(const orr_histogram *histogram);
double orr_histogram_mean(const orr_histogram *histogram);
double orr_histogram_percentile(const orr_histogram *histogram, double p);   /* NaN when empty */
/* The k-th non-empty bin, in order: lower edge, upper edge, weight; false past the last. */
bool orr_histogram_bin(const orr_histogram *histogram, size_t k, double *lower, double *upper, int64_t *weight);

/* The 97.5 % quantile of Student's t, so that +- it holds 95 %; within 2e-6 (a table to 30 degrees of freedom, beyond it the expansion in 1 / freedom of Fisher and Cornish 1960). */
double orr_student_t_975(int64_t freedom);
double orr_student_t_950(int64_t freedom);         /* the 95 % quantile: +- it holds 90 % */

typedef struct orr_summary { int64_t count; double mean, std, min, max, p50, p75, p90, p95, p99, p999; } orr_summary;
orr_summary orr_summarize(double *samples, size_t count);     /* reorders samples; all NaN when empty */

#endif
