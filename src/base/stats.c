/* Percentiles and summaries of samples. The histogram is in histogram.c.
 *
 * Invariants: 1. results depend on the values alone, not on the order in which samples came (sums are taken in sorted order, or in whole numbers); 2. -0 sorts before 0, NaN last. */
#include "base/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* A total order: the bits of a double as a signed number, the negative ones turned round. */
static int64_t order_of(double x)
{
    int64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return isnan(x) ? INT64_MAX : bits < 0 ? INT64_MIN - bits - 1 : bits;
}

/* The double of an order; NaN's payload is not kept. */
static double of_order(int64_t order)
{
    if (order == INT64_MAX) return NAN;
    int64_t bits = order < 0 ? INT64_MIN - order - 1 : order;
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static int compare_doubles(const void *a, const void *b)
{
    int64_t x = order_of(*(const double *)a), y = order_of(*(const double *)b);
    return x < y ? -1 : x > y;
}

enum { RADIX_FROM_COUNT = 512, DIGIT_BITS = 11, DIGIT_VALUES = 1 << DIGIT_BITS, MOST_DIGITS = (64 + DIGIT_BITS - 1) / DIGIT_BITS };

/* Orders less the least of them, without the bits below that none has: times of one kind are whole numbers within a few octaves, so that little of a double's 64 bits is left. */
typedef struct radix { int64_t least; int shift, digits; } radix;

static radix keys_of(const double *samples, size_t count, uint64_t *keys)
{
    int64_t least = INT64_MAX, most = INT64_MIN;
    for (size_t i = 0; i < count; i++) {
        const int64_t order = order_of(samples[i]);
        keys[i] = (uint64_t)order;
        least = order < least ? order : least;
        most = order > most ? order : most;
    }
    uint64_t bits = 0;
    for (size_t i = 0; i < count; i++) bits |= keys[i] -= (uint64_t)least;
    if (bits == 0) return (radix){.least = least};
    const int shift = __builtin_ctzll(bits), width = 64 - __builtin_clzll((uint64_t)most - (uint64_t)least) - shift;
    return (radix){least, shift, (width + DIGIT_BITS - 1) / DIGIT_BITS};
}

/* By digits of the key, least first (stable). */
static void radix_sort(double *samples, size_t count)
{
    uint64_t *keys = orr_mem_resize(NULL, 2 * count * sizeof *keys), *from = keys, *to = keys + count;
    const radix r = keys_of(samples, count, keys);
    size_t counts[MOST_DIGITS][DIGIT_VALUES];
    memset(counts, 0, (size_t)r.digits * sizeof counts[0]);
    for (size_t i = 0; i < count; i++) {
        uint64_t rest = from[i] >> r.shift;
        for (int d = 0; d < r.digits; d++, rest >>= DIGIT_BITS) counts[d][rest % DIGIT_VALUES]++;
    }
    for (int d = 0; d < r.digits; d++) {
        const int shift = r.shift + DIGIT_BITS * d;
        size_t start = 0;
        for (int v = 0; v < DIGIT_VALUES; v++) { const size_t n = counts[d][v]; counts[d][v] = start; start += n; }
        for (size_t i = 0; i < count; i++) to[counts[d][from[i] >> shift & (DIGIT_VALUES - 1)]++] = from[i];
        uint64_t *other = from;
        from = to;
        to = other;
    }
    for (size_t i = 0; i < count; i++) samples[i] = of_order((int64_t)(from[i] + (uint64_t)r.least));
    orr_mem_free(keys);
}

void orr_sort_doubles(double *samples, size_t count)
{
    if (count >= RADIX_FROM_COUNT) radix_sort(samples, count);
    else if (count) qsort(samples, count, sizeof *samples, compare_doubles);
}

static void swap(double *a, double *b)
{
    double t = *a;
    *a = *b;
    *b = t;
}

/* The middle of three samples goes to the front, to part by. */
static void choose_pivot(double *samples, size_t count)
{
    double *a = samples, *b = samples + count / 2, *c = samples + count - 1;
    if (order_of(*a) > order_of(*b)) swap(a, b);
    if (order_of(*b) > order_of(*c)) swap(b, c);
    if (order_of(*a) > order_of(*b)) swap(a, b);
    swap(a, b);
}

/* Moves the k-th smallest to samples[k], with nothing larger before it and nothing smaller behind. Parts with few halvings are sorted instead (at most 4 log2 n parts). */
static void select_kth(double *samples, size_t count, size_t k)
{
    int parts_left = 8;
    for (size_t n = count; n > 1; n /= 2) parts_left += 4;
    while (count > 16 && parts_left-- > 0) {
        choose_pivot(samples, count);
        int64_t pivot = order_of(samples[0]);
        size_t i = 0, j = count;                    /* Hoare: [0, i] <= pivot <= [j, count) */
        for (;;) {
            do i++; while (i < count && order_of(samples[i]) < pivot);
            do j--; while (order_of(samples[j]) > pivot);
            if (i >= j) break;
            swap(&samples[i], &samples[j]);
        }
        swap(&samples[0], &samples[j]);             /* the pivot stands at j */
        if (k == j) return;
        if (k < j) count = j;
        else samples += j + 1, count -= j + 1, k -= j + 1;
    }
    orr_sort_doubles(samples, count);
}

/* Between a and b, exact at both ends and monotone (numpy's lerp). */
static double between(double a, double b, double t)
{
    double gap = b - a;
    if (!(gap > 0)) return a;
    return t >= 0.5 ? b - gap * (1.0 - t) : a + gap * t;
}

/* Splits the position of a quantile into a rank and the way to the next. */
static size_t rank_of(size_t count, double p, double *t)
{
    double position = (double)(count - 1) * (p < 0 ? 0 : p > 1 ? 1 : p);
    size_t rank = (size_t)position;
    *t = position - (double)rank;
    return rank;
}

double orr_percentile_sorted(const double *sorted, size_t count, double p)
{
    double t;
    if (count == 0 || isnan(p)) return NAN;
    size_t rank = rank_of(count, p, &t);
    return rank + 1 < count ? between(sorted[rank], sorted[rank + 1], t) : sorted[count - 1];
}

double orr_percentile(double *samples, size_t count, double p)
{
    double t;
    if (count == 0 || isnan(p)) return NAN;
    size_t rank = rank_of(count, p, &t);
    select_kth(samples, count, rank);
    if (rank + 1 >= count) return samples[rank];
    double next = samples[rank + 1];
    for (size_t i = rank + 2; i < count; i++)
        if (order_of(samples[i]) < order_of(next)) next = samples[i];
    return between(samples[rank], next, t);
}

/* A sum with what rounding lost carried along (Neumaier). */
typedef struct total { double sum, lost; } total;

static void add_to(total *t, double x)
{
    double sum = t->sum + x;
    t->lost += fabs(t->sum) >= fabs(x) ? (t->sum - sum) + x : (x - sum) + t->sum;
    t->sum = sum;
}

/* --- summaries --- */

enum { QUANTILES = 6, SELECT_FROM_COUNT = 4096, BUCKET_BITS = 11, BUCKETS = 1 << BUCKET_BITS, WHOLE_BITS = 40, PART_BITS = 60 };
static const double quantiles[QUANTILES] = {0.5, 0.75, 0.9, 0.95, 0.99, 0.999};

static void set_quantiles(orr_summary *summary, const double *values)
{
    summary->p50 = values[0];
    summary->p75 = values[1];
    summary->p90 = values[2];
    summary->p95 = values[3];
    summary->p99 = values[4];
    summary->p999 = values[5];
}

/* A sum in whole numbers of 2^-100 of the largest that is added: exact for doubles down to 2^-47 of it, and the same in any order. */
__extension__ typedef __int128 wide;
typedef struct whole_sum { double scale; wide whole, part; } whole_sum;

static whole_sum whole_sum_of(double most)
{
    int exponent;
    frexp(most, &exponent);
    return (whole_sum){.scale = ldexp(1, WHOLE_BITS - exponent)};
}

static inline void add_whole(whole_sum *t, double x)
{
    const double scaled = x * t->scale;
    const int64_t whole = (int64_t)scaled;
    t->whole += whole;
    t->part += (int64_t)((scaled - (double)whole) * 0x1p60);
}

static double value_of(const whole_sum *t) { return (double)(t->whole * ((wide)1 << PART_BITS) + t->part) * 0x1p-60 / t->scale; }

/* order_of where all are numbers, and beyond them where one is none. */
static inline int64_t order_of_number(double x)
{
    int64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits ^ (bits < 0 ? INT64_MAX : 0);
}

/* Samples by their orders' leading bits, some BUCKETS of them. */
typedef struct buckets { int64_t least; int shift; size_t counts[BUCKETS], starts[BUCKETS]; } buckets;
static inline size_t bucket_of(const buckets *b, double x) { return (size_t)(((uint64_t)order_of_number(x) - (uint64_t)b->least) >> b->shift); }

/* Where the sample of a rank lies: the last that starts at it or before. */
static size_t bucket_with(const buckets *b, size_t rank)
{
    size_t low = 0, high = BUCKETS;
    while (high - low > 1) {
        const size_t middle = (low + high) / 2;
        if (b->starts[middle] <= rank) low = middle;
        else high = middle;
    }
    return low;
}

/* Those of the buckets that hold a quantile are sorted, nobody else. */
static void select_quantiles(const double *samples, size_t count, const buckets *b, double *values)
{
    size_t ranks[2 * QUANTILES], within[2 * QUANTILES], begins[BUCKETS], ends[BUCKETS], wanted = 0;
    bool holds[BUCKETS] = {false};
    double shares[QUANTILES], at[2 * QUANTILES];
    for (int q = 0; q < QUANTILES; q++) {
        ranks[2 * q] = rank_of(count, quantiles[q], &shares[q]);
        ranks[2 * q + 1] = ranks[2 * q] + 1 < count ? ranks[2 * q] + 1 : ranks[2 * q];
    }
    for (int r = 0; r < 2 * QUANTILES; r++) {
        const size_t k = within[r] = bucket_with(b, ranks[r]);
        if (holds[k]) continue;
        holds[k] = true;
        begins[k] = ends[k] = wanted;
        wanted += b->counts[k];
    }
    double *held = orr_mem_resize(NULL, wanted * sizeof *held);
    for (size_t i = 0; i < count; i++) {
        const size_t k = bucket_of(b, samples[i]);
        if (holds[k]) held[ends[k]++] = samples[i];
    }
    for (int r = 0; r < 2 * QUANTILES; r++) {
        const size_t k = within[r];
        if (holds[k]) orr_sort_doubles(held + begins[k], b->counts[k]);
        holds[k] = false;
        at[r] = held[begins[k] + ranks[r] - b->starts[k]];
    }
    for (int q = 0; q < QUANTILES; q++) values[q] = ranks[2 * q] + 1 < count ? between(at[2 * q], at[2 * q + 1], shares[q]) : at[2 * q];
    orr_mem_free(held);
}

/* Of many: nothing is sorted but what lies about the quantiles. False: some are not numbers, or as large as doubles get. */
static bool summarize_many(const double *samples, size_t count, orr_summary *summary)
{
    buckets b = {.least = INT64_MAX};
    int64_t most = INT64_MIN;
    for (size_t i = 0; i < count; i++) {
        const int64_t order = order_of_number(samples[i]);
        b.least = order < b.least ? order : b.least;
        most = order > most ? order : most;
    }
    summary->min = of_order(b.least);
    summary->max = of_order(most);
    const double largest = fmax(fabs(summary->min), fabs(summary->max));
    if (!(largest < 0x1p400) || !(largest > 0x1p-400)) return false;
    const uint64_t range = (uint64_t)most - (uint64_t)b.least;
    for (b.shift = 0; range >> b.shift >= BUCKETS;) b.shift++;
    whole_sum sum = whole_sum_of(largest);
    for (size_t i = 0; i < count; i++) {
        b.counts[bucket_of(&b, samples[i])]++;
        add_whole(&sum, samples[i]);
    }
    for (size_t k = 1; k < BUCKETS; k++) b.starts[k] = b.starts[k - 1] + b.counts[k - 1];
    summary->mean = value_of(&sum) / (double)count;
    const double below = summary->mean - summary->min, above = summary->max - summary->mean, farthest = below > above ? below : above;
    if (farthest > 0) {
        whole_sum squares = whole_sum_of(farthest * farthest);
        for (size_t i = 0; i < count; i++) add_whole(&squares, (samples[i] - summary->mean) * (samples[i] - summary->mean));
        summary->std = sqrt(value_of(&squares) / (double)count);
    }
    double values[QUANTILES];
    select_quantiles(samples, count, &b, values);
    set_quantiles(summary, values);
    return true;
}

orr_summary orr_summarize(double *samples, size_t count)
{
    if (count == 0) return (orr_summary){0, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    orr_summary summary = {.count = (int64_t)count};
    if (count >= SELECT_FROM_COUNT && summarize_many(samples, count, &summary)) return summary;
    total sum = {0}, squares = {0};
    orr_sort_doubles(samples, count);
    for (size_t i = 0; i < count; i++) add_to(&sum, samples[i]);
    summary.mean = (sum.sum + sum.lost) / (double)count;
    for (size_t i = 0; i < count; i++) add_to(&squares, (samples[i] - summary.mean) * (samples[i] - summary.mean));
    summary.std = sqrt((squares.sum + squares.lost) / (double)count);
    summary.min = samples[0];
    summary.max = samples[count - 1];
    double values[QUANTILES];
    for (int q = 0; q < QUANTILES; q++) values[q] = orr_percentile_sorted(samples, count, quantiles[q]);
    set_quantiles(&summary, values);
    return summary;
}

/* From a table to 30 degrees of freedom, beyond it from the normal quantile z. */
static double student_t(const double table[30], double z, int64_t freedom)
{
    if (freedom < 1) return NAN;
    if (freedom <= 30) return table[freedom - 1];
    const double n = (double)freedom, z2 = z * z, z3 = z2 * z, z5 = z3 * z2, z7 = z5 * z2;
    return z + (z3 + z) / (4 * n) + (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n) + (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * n * n * n);
}

double orr_student_t_975(int64_t freedom)
{
    static const double table[30] = {12.7062047362, 4.3026527297, 3.1824463053, 2.7764451052, 2.5705818356, 2.4469118511, 2.3646242516, 2.3060041352, 2.2621571628, 2.2281388520, 2.2009851601, 2.1788128297, 2.1603686565,
        2.1447866879, 2.1314495456, 2.1199052992, 2.1098155778, 2.1009220402, 2.0930240544, 2.0859634473, 2.0796138447, 2.0738730679, 2.0686576104, 2.0638985616, 2.0595385528, 2.0555294386, 2.0518305165, 2.0484071418,
        2.0452296421, 2.0422724563};
    return student_t(table, 1.959963984540054, freedom);
}

double orr_student_t_950(int64_t freedom)
{
    static const double table[30] = {6.3137515147, 2.9199855804, 2.3533634348, 2.1318467863, 2.0150483733, 1.9431802805, 1.8945786051, 1.8595480375, 1.8331129327, 1.8124611228, 1.7958848187, 1.7822875556, 1.7709333960,
        1.7613101358, 1.7530503557, 1.7458836763, 1.7396067261, 1.7340636066, 1.7291328115, 1.7247182429, 1.7207429028, 1.7171443744, 1.7138715277, 1.7108820799, 1.7081407613, 1.7056179198, 1.7032884457, 1.7011309343,
        1.6991270265, 1.6972608866};
    return student_t(table, 1.6448536269514722, freedom);
}
