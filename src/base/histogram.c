/* The histogram: values below 2048 have a bin each; from there on every power of two is cut into 1024 bins.
 *
 * Invariants: 1. a bin's width is at most 2^-10 of its lower edge; 2. count and sum are exact (the sum in 128 bits); 3. a block's weight and count of non-empty bins are
 * the sums over its 1024 bins, so that ranks and bins are found by blocks; 4. merging equals adding one by one, in any order. */
#include "base/stats.h"

#include <math.h>
#include <string.h>
#include "base/mem.h"
#include "base/panic.h"

enum { BLOCK_BINS = 1024, BLOCK_COUNT = 54 };       /* two blocks of single values, then one for each power of two from 2^11 to 2^62 */

__extension__ typedef unsigned __int128 wide;

struct orr_histogram {
    int64_t weights[BLOCK_COUNT][BLOCK_BINS];
    int64_t block_weight[BLOCK_COUNT];
    int32_t block_filled[BLOCK_COUNT];              /* bins that are not empty */
    int64_t count;
    wide sum;
};

orr_histogram *orr_histogram_create(void)
{
    orr_histogram *histogram = orr_mem_resize(NULL, sizeof *histogram);
    memset(histogram, 0, sizeof *histogram);
    return histogram;
}

void orr_histogram_destroy(orr_histogram *histogram) { orr_mem_free(histogram); }

static void locate(int64_t value, int *block, int *bin)
{
    const int shift = value < BLOCK_BINS ? 0 : 63 - __builtin_clzll((uint64_t)value) - 10;      /* floor(log2(value)) - 10 */
    *block = value < BLOCK_BINS ? 0 : shift + 1;
    *bin = (int)((value >> shift) & (BLOCK_BINS - 1));
}

/* The values [lower, lower + width) of a bin. */
static int64_t lower_edge(int block, int bin, int64_t *width)
{
    *width = block < 2 ? 1 : INT64_C(1) << (block - 1);
    return block == 0 ? bin : (BLOCK_BINS + (int64_t)bin) << (block - 1);
}

static void add_weight(orr_histogram *histogram, int block, int bin, int64_t weight)
{
    if (weight == 0) return;
    int64_t *cell = &histogram->weights[block][bin];
    histogram->block_filled[block] += *cell == 0;
    *cell += weight;
    histogram->block_weight[block] += weight;
    histogram->count += weight;
}

void orr_histogram_add(orr_histogram *histogram, int64_t value, int64_t weight)
{
    int block, bin;
    ORR_INVARIANT(value >= 0 && weight >= 0);
    locate(value, &block, &bin);
    add_weight(histogram, block, bin, weight);
    histogram->sum += (wide)value * (wide)weight;
}

/* Gaps of one bin are counted together: in a row they are often alike. */
void orr_histogram_add_gaps(orr_histogram *histogram, int64_t since, const int64_t *values, int64_t count, int64_t weight)
{
    if (count == 1) { orr_histogram_add(histogram, *values - since, weight); return; }
    ORR_INVARIANT(weight >= 0);
    const int64_t *value = values, *const end = values + count;
    for (int64_t last = since; value < end;) {
        int block, bin;
        int64_t width;
        ORR_INVARIANT(*value >= last);
        locate(*value - last, &block, &bin);
        const int64_t lower = lower_edge(block, bin, &width);
        const int64_t *const first = value;
        do last = *value++;
        while (value < end && (uint64_t)(*value - last - lower) < (uint64_t)width);
        add_weight(histogram, block, bin, (value - first) * weight);
    }
    if (count > 0) histogram->sum += (wide)(values[count - 1] - since) * (wide)weight;
}

void orr_histogram_merge(orr_histogram *into, const orr_histogram *from)
{
    wide sum = from->sum;
    for (int block = 0; block < BLOCK_COUNT; block++)
        for (int bin = 0; from->block_filled[block] && bin < BLOCK_BINS; bin++) add_weight(into, block, bin, from->weights[block][bin]);
    into->sum += sum;
}

int64_t orr_histogram_count(const orr_histogram *histogram) { return histogram->count; }
double orr_histogram_mean(const orr_histogram *histogram) { return histogram->count ? (double)histogram->sum / (double)histogram->count : NAN; }

/* The value of the sample of a rank (from 0), as the middle of its bin. */
static double value_at(const orr_histogram *histogram, int64_t rank)
{
    int block = 0, bin = 0;
    int64_t width;
    while (rank >= histogram->block_weight[block]) rank -= histogram->block_weight[block++];
    while (rank >= histogram->weights[block][bin]) rank -= histogram->weights[block][bin++];
    int64_t lower = lower_edge(block, bin, &width);
    return (double)lower + (double)(width - 1) * 0.5;
}

double orr_histogram_percentile(const orr_histogram *histogram, double p)
{
    if (histogram->count == 0 || isnan(p)) return NAN;
    double position = (double)(histogram->count - 1) * (p < 0 ? 0 : p > 1 ? 1 : p);
    int64_t rank = (int64_t)position;
    if (rank >= histogram->count - 1) return value_at(histogram, histogram->count - 1);
    double low = value_at(histogram, rank), high = value_at(histogram, rank + 1);
    return low + (high - low) * (position - (double)rank);
}

bool orr_histogram_bin(const orr_histogram *histogram, size_t k, double *lower, double *upper, int64_t *weight)
{
    int block = 0, bin = 0;
    int64_t width;
    while (block < BLOCK_COUNT && k >= (size_t)histogram->block_filled[block]) k -= (size_t)histogram->block_filled[block++];
    if (block == BLOCK_COUNT) return false;
    for (;; bin++) {
        if (histogram->weights[block][bin] == 0) continue;
        if (k-- == 0) break;
    }
    int64_t edge = lower_edge(block, bin, &width);
    *lower = (double)edge;
    *upper = (double)edge + (double)width;
    *weight = histogram->weights[block][bin];
    return true;
}
