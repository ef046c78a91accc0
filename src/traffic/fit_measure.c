#include "traffic/fit_measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/math.h"
#include "base/stats.h"
#include "base/units.h"

uint64_t orr_chain_segment(uint64_t chain, orr_segment segment) { return orr_hash_mix(orr_hash_mix(chain, segment.content), (uint64_t)segment.tokens); }

void orr_stream_sample_add(orr_stream_sample *sample, const orr_arrival *arrival, int64_t system_tokens)
{
    const uint64_t index = sample->input.count;
    int64_t hit_tokens = 0;
    uint64_t chain = 0, last = 0;
    bool hitting = true;
    for (int i = 0; i < arrival->segment_count; i++) {
        uint64_t used = 0;
        chain = orr_chain_segment(chain, arrival->segments[i]);
        hitting = hitting && orr_map_get(&sample->last_use, chain, &used);
        if (hitting) {
            hit_tokens += arrival->segments[i].tokens;
            last = used;
        }
        orr_map_put(&sample->last_use, chain, index + 1);
    }
    sample->hit_tokens += hit_tokens;
    if (hit_tokens > system_tokens) {
        sample->hit_requests++;
        orr_vec_push(&sample->distances, (double)(index + 1 - last));
    }
    orr_vec_push(&sample->input, (double)arrival->input_tokens);
    orr_vec_push(&sample->output, (double)arrival->output_tokens);
    orr_vec_push(&sample->times_ns, arrival->arrival_ns);
}

void orr_stream_sample_free(orr_stream_sample *sample)
{
    orr_vec_free(&sample->input);
    orr_vec_free(&sample->output);
    orr_vec_free(&sample->distances);
    orr_vec_free(&sample->times_ns);
    orr_map_free(&sample->last_use);
}

static orr_length_figures lengths_of(const double *values, size_t count)
{
    double *copy = orr_mem_resize(NULL, count * sizeof *copy);
    memcpy(copy, values, count * sizeof *copy);
    const orr_summary summary = orr_summarize(copy, count);
    orr_mem_free(copy);
    return (orr_length_figures){summary.mean, summary.p50, summary.p90, summary.p99, summary.max};
}

/* --- rank correlation --- */

typedef struct ranked { double value; size_t index; } ranked;

static int by_value(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    return (x->value > y->value) - (x->value < y->value);
}

/* Mean ranks; `ranks` has `count`. */
static void rank(const double *values, size_t count, double *ranks)
{
    ranked *order = orr_mem_resize(NULL, count * sizeof *order);
    for (size_t i = 0; i < count; i++) order[i] = (ranked){values[i], i};
    qsort(order, count, sizeof *order, by_value);
    for (size_t i = 0, end = 0; i < count; i = end) {
        while (end < count && order[end].value == order[i].value) end++;
        for (size_t k = i; k < end; k++) ranks[order[k].index] = (double)(i + end - 1) / 2;
    }
    orr_mem_free(order);
}

static double spearman(const double *a, const double *b, size_t count)
{
    double *ranks = orr_mem_resize(NULL, 2 * count * sizeof *ranks), *other = ranks + count;
    rank(a, count, ranks);
    rank(b, count, other);
    const double mean = (double)(count - 1) / 2;
    double ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < count; i++) {
        ab += (ranks[i] - mean) * (other[i] - mean);
        aa += (ranks[i] - mean) * (ranks[i] - mean);
        bb += (other[i] - mean) * (other[i] - mean);
    }
    orr_mem_free(ranks);
    return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : NAN;
}

/* --- arrivals --- */

/* The median of the gaps that are not 0. */
static double step_of(const double *gaps, size_t gap_count)
{
    double *steps = orr_mem_resize(NULL, gap_count * sizeof *steps);
    size_t count = 0;
    for (size_t i = 0; i < gap_count; i++)
        if (gaps[i] > 0) steps[count++] = gaps[i];
    const double step_ns = orr_percentile(steps, count, 0.5);
    orr_mem_free(steps);
    return step_ns;
}

/* Where stamps come in steps, gaps say nothing; the counts a step do: for a renewal process, variance / mean of counts tends to cv^2. */
static double cv_of_counts(const orr_stream_sample *sample, size_t gap_count, double step_ns)
{
    const int64_t span_steps = orr_round_i64((double)(sample->times_ns.items[gap_count] - sample->times_ns.items[0]) / step_ns) + 1;
    double sum_squares = 0;
    for (size_t i = 0, end = 0; i <= gap_count; i = end) {
        while (end <= gap_count && sample->times_ns.items[end] == sample->times_ns.items[i]) end++;
        sum_squares += (double)(end - i) * (double)(end - i);
    }
    const double mean = (double)(gap_count + 1) / (double)span_steps;
    return sqrt(orr_max(0, sum_squares / (double)span_steps - mean * mean) / mean);
}

static void measure_arrivals(const orr_stream_sample *sample, orr_stream_figures *figures)
{
    const size_t gap_count = sample->times_ns.count - 1;
    const int64_t *times_ns = sample->times_ns.items;
    const double span_ns = (double)(times_ns[gap_count] - times_ns[0]);
    if (gap_count < 1 || span_ns <= 0) return;
    double *gaps = orr_mem_resize(NULL, gap_count * sizeof *gaps);
    const double mean = span_ns / (double)gap_count;
    double squares = 0;
    size_t zeros = 0;
    for (size_t i = 0; i < gap_count; i++) {
        gaps[i] = (double)(times_ns[i + 1] - times_ns[i]);
        squares += (gaps[i] - mean) * (gaps[i] - mean);
        zeros += gaps[i] <= 0;
    }
    figures->rate_per_s = ORR_NS_PER_S / mean;
    const double step_ns = step_of(gaps, gap_count);
    figures->coarse_stamps = zeros * 2 > gap_count && step_ns > mean;      /* bursts have equal stamps too, but short steps between */
    figures->arrival_cv = figures->coarse_stamps ? cv_of_counts(sample, gap_count, step_ns) : sqrt(squares / (double)gap_count) / mean;
    orr_mem_free(gaps);
}

orr_stream_figures orr_stream_sample_figures(const orr_stream_sample *sample)
{
    const size_t count = sample->input.count;
    orr_stream_figures figures = {.requests = (int64_t)count, .reuse_distance_p50 = NAN, .reuse_distance_p90 = NAN, .rank_correlation = NAN};
    if (!count) return figures;
    figures.input = lengths_of(sample->input.items, count);
    figures.output = lengths_of(sample->output.items, count);
    figures.rank_correlation = spearman(sample->input.items, sample->output.items, count);
    measure_arrivals(sample, &figures);
    figures.hit_share = (double)sample->hit_tokens / (figures.input.mean * (double)count);
    figures.hit_request_share = (double)sample->hit_requests / (double)count;
    if (sample->distances.count) {
        const orr_length_figures distances = lengths_of(sample->distances.items, sample->distances.count);
        figures.reuse_distance_p50 = distances.p50;
        figures.reuse_distance_p90 = distances.p90;
    }
    return figures;
}
