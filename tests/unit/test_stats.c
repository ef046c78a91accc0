/* Percentiles against a sort, summaries against sums, histograms against the samples themselves. */
#include "base_test.h"
#include <math.h>
#include <stdlib.h>
#include "base/stats.h"

enum { MOST = 3000 };

/* Kinds of samples that are hard for a selection: random, few distinct values, rising, falling, all equal, organ pipe. */
static void fill_samples(double *samples, size_t count, int kind, uint64_t *random)
{
    for (size_t i = 0; i < count; i++) {
        double rising = (double)i;
        switch (kind) {
        case 0: samples[i] = draw_uniform(random) * 2 - 1; break;
        case 1: samples[i] = (double)(draw(random) % 4); break;
        case 2: samples[i] = rising; break;
        case 3: samples[i] = -rising; break;
        case 4: samples[i] = 7; break;
        default: samples[i] = i < count / 2 ? rising : (double)(count - i);
        }
    }
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* The definition, by a plain sort. */
static double naive_percentile(const double *sorted, size_t count, double p)
{
    double position = (double)(count - 1) * p;
    size_t below = (size_t)floor(position), above = (size_t)ceil(position);
    return sorted[below] + (sorted[above] - sorted[below]) * (position - floor(position));
}

static void percentiles_agree_with_a_sort(void **state)
{
    (void)state;
    static double samples[MOST], sorted[MOST], work[MOST];
    static const double ps[] = {0, 0.001, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1};
    uint64_t random = 8;
    for (int round = 0; round < 600; round++) {
        size_t count = 1 + (size_t)(draw(&random) % (round % 10 == 0 ? MOST : 40));
        fill_samples(samples, count, round % 6, &random);
        memcpy(sorted, samples, count * sizeof *samples);
        qsort(sorted, count, sizeof *sorted, compare);
        for (size_t i = 0; i < sizeof ps / sizeof *ps; i++) {
            memcpy(work, samples, count * sizeof *samples);
            double got = orr_percentile(work, count, ps[i]), wanted = naive_percentile(sorted, count, ps[i]);
            assert_true(fabs(got - wanted) <= 1e-12 * (1 + fabs(wanted)));
            assert_true(bits_of(got) == bits_of(orr_percentile_sorted(sorted, count, ps[i])));
            qsort(work, count, sizeof *work, compare);
            assert_memory_equal(work, sorted, count * sizeof *work);       /* reordered, never changed */
        }
        memcpy(work, samples, count * sizeof *samples);
        orr_sort_doubles(work, count);
        assert_memory_equal(work, sorted, count * sizeof *work);
    }
    assert_true(isnan(orr_percentile(NULL, 0, 0.5)) && isnan(orr_percentile_sorted(NULL, 0, 0.5)));
    double four[] = {4, 1, 3, 2};
    assert_true(bits_of(orr_percentile(four, 4, 0.4)) == bits_of(2.2));     /* as numpy.percentile([1, 2, 3, 4], 40) */
}

static void summaries(void **state)
{
    (void)state;
    static double samples[MOST], shuffled[MOST];
    uint64_t random = 9;
    double eight[] = {2, 4, 4, 4, 5, 5, 7, 9};
    orr_summary known = orr_summarize(eight, 8);
    assert_int_equal(known.count, 8);
    assert_true(bits_of(known.mean) == bits_of(5) && bits_of(known.std) == bits_of(2) && bits_of(known.min) == bits_of(2) && bits_of(known.max) == bits_of(9));
    assert_true(bits_of(known.p50) == bits_of(4.5));
    for (int round = 0; round < 50; round++) {
        fill_samples(samples, MOST, 0, &random);
        memcpy(shuffled, samples, sizeof samples);
        for (size_t i = MOST - 1; i > 0; i--) {
            size_t j = (size_t)(draw(&random) % (i + 1));
            double t = shuffled[i];
            shuffled[i] = shuffled[j];
            shuffled[j] = t;
        }
        orr_summary a = orr_summarize(samples, MOST), b = orr_summarize(shuffled, MOST);
        assert_memory_equal(&a, &b, sizeof a);      /* the order of samples does not matter, to the bit */
        assert_true(a.min <= a.p50 && a.p50 <= a.p75 && a.p75 <= a.p90 && a.p90 <= a.p95 && a.p95 <= a.p99 && a.p99 <= a.p999 && a.p999 <= a.max);
    }
    orr_summary none = orr_summarize(NULL, 0);
    assert_true(none.count == 0 && isnan(none.mean) && isnan(none.std) && isnan(none.max) && isnan(none.p999));
    double large[] = {1e16, 1, -1e16};
    assert_true(bits_of(orr_summarize(large, 3).mean) == bits_of(1.0 / 3));
}

/* Of many samples nothing is sorted as a whole: what comes of them is what sorting and adding up gives, in any order. */
static void summaries_of_many(void **state)
{
    (void)state;
    enum { MANY = 20000 };
    static double samples[MANY], sorted[MANY];
    uint64_t random = 12;
    for (int round = 0; round < 60; round++) {
        const size_t count = 4096 + (size_t)(draw(&random) % (MANY - 4096));
        fill_samples(samples, count, round % 6, &random);
        for (size_t i = 0; round >= 30 && i < count; i++) samples[i] = floor(1e7 * -log(1 - draw_uniform(&random)) * (round % 2 ? 1 : samples[i] + 2)) / (round % 3 ? 1 : 127);
        memcpy(sorted, samples, count * sizeof *samples);
        orr_sort_doubles(sorted, count);
        long double sum = 0, squares = 0;
        for (size_t i = 0; i < count; i++) sum += (long double)sorted[i];
        const long double mean = sum / (long double)count;
        for (size_t i = 0; i < count; i++) squares += ((long double)sorted[i] - mean) * ((long double)sorted[i] - mean);
        const orr_summary s = orr_summarize(samples, count), again = orr_summarize(sorted, count);
        assert_memory_equal(&s, &again, sizeof s);
        const double values[] = {s.p50, s.p75, s.p90, s.p95, s.p99, s.p999}, ps[] = {0.5, 0.75, 0.9, 0.95, 0.99, 0.999};
        for (int q = 0; q < 6; q++) assert_true(bits_of(values[q]) == bits_of(orr_percentile_sorted(sorted, count, ps[q])));
        assert_true(bits_of(s.min) == bits_of(sorted[0]) && bits_of(s.max) == bits_of(sorted[count - 1]));
        assert_true(fabs(s.mean - (double)mean) <= 3e-16 * fmax(fabs((double)mean), 1e-3 * fmax(fabs(s.min), fabs(s.max))));
        assert_true(fabs(s.std - sqrt((double)(squares / (long double)count))) <= 1e-14 * (s.std + fabs(s.mean)));
    }
    samples[7] = NAN;
    const orr_summary none = orr_summarize(samples, MANY);
    assert_true(isnan(none.max) && isnan(none.mean));
}

static int64_t random_value(uint64_t *random) { return (int64_t)(draw(random) >> (1 + draw(random) % 63)); }

static void histogram_percentiles_are_within_a_thousandth(void **state)
{
    (void)state;
    static double samples[MOST];
    uint64_t random = 10;
    for (int round = 0; round < 40; round++) {
        orr_histogram *histogram = orr_histogram_create();
        long double sum = 0;
        for (size_t i = 0; i < MOST; i++) {
            int64_t value = round % 2 ? random_value(&random) : (int64_t)(draw(&random) % 5000000);
            samples[i] = (double)value;
            sum += (long double)value;
            orr_histogram_add(histogram, value, 1);
        }
        orr_sort_doubles(samples, MOST);
        for (int k = 0; k <= 1000; k++) {
            double wanted = orr_percentile_sorted(samples, MOST, k / 1000.0), got = orr_histogram_percentile(histogram, k / 1000.0);
            if (fabs(got - wanted) > 0.001 * wanted) fail_msg("p%g is %.17g, not %.17g", k / 10.0, got, wanted);
        }
        assert_int_equal(orr_histogram_count(histogram), MOST);
        assert_true(fabs(orr_histogram_mean(histogram) / (double)(sum / MOST) - 1) < 1e-15);
        orr_histogram_destroy(histogram);
    }
}

static void bins_hold_what_was_added(void **state)
{
    (void)state;
    uint64_t random = 11;
    for (int round = 0; round < 20; round++) {
        orr_histogram *histogram = orr_histogram_create();
        double lower, upper, last = -1;
        int64_t weight, total = 0, all = 0;
        assert_false(orr_histogram_bin(histogram, 0, &lower, &upper, &weight));
        for (int i = 0; i < 500; i++) {
            int64_t w = (int64_t)(draw(&random) % 3);
            orr_histogram_add(histogram, random_value(&random), w);
            all += w;
        }
        for (size_t k = 0; orr_histogram_bin(histogram, k, &lower, &upper, &weight); k++) {
            assert_true(lower >= last && upper > lower && weight > 0);
            assert_true(upper - lower <= 1 || upper - lower <= lower / 1024);
            last = upper;
            total += weight;
        }
        assert_int_equal(total, all);
        orr_histogram_destroy(histogram);
    }
    static const int64_t edges[] = {0, 1, 1023, 1024, 2047, 2048, 2049, 4095, 4096, INT64_MAX};
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
        orr_histogram *histogram = orr_histogram_create();
        double lower, upper;
        int64_t weight;
        orr_histogram_add(histogram, edges[i], 5);
        assert_true(orr_histogram_bin(histogram, 0, &lower, &upper, &weight));
        assert_true(lower <= (double)edges[i] && (double)edges[i] <= upper && weight == 5);
        if (edges[i] < 2048) assert_true(bits_of(orr_histogram_percentile(histogram, 0.3)) == bits_of((double)edges[i]));
        orr_histogram_destroy(histogram);
    }
}

static void merging_equals_adding(void **state)
{
    (void)state;
    uint64_t random = 12;
    orr_histogram *all = orr_histogram_create(), *merged = orr_histogram_create(), *parts[4];
    assert_true(isnan(orr_histogram_mean(all)) && isnan(orr_histogram_percentile(all, 0.5)));
    for (int i = 0; i < 4; i++) parts[i] = orr_histogram_create();
    for (int i = 0; i < 20000; i++) {
        int64_t value = random_value(&random), weight = (int64_t)(draw(&random) % 1000);
        orr_histogram_add(all, value, weight);
        orr_histogram_add(parts[i % 4], value, weight);
    }
    for (int i = 3; i >= 0; i--) orr_histogram_merge(merged, parts[i]);
    assert_true(bits_of(orr_histogram_mean(all)) == bits_of(orr_histogram_mean(merged)));
    for (int k = 0; k <= 100; k++) assert_true(bits_of(orr_histogram_percentile(all, k / 100.0)) == bits_of(orr_histogram_percentile(merged, k / 100.0)));
    double a, b, c, d;
    int64_t v, w;
    for (size_t k = 0; orr_histogram_bin(all, k, &a, &b, &v); k++) assert_true(orr_histogram_bin(merged, k, &c, &d, &w) && bits_of(a) == bits_of(c) && v == w);
    for (int i = 0; i < 4; i++) orr_histogram_destroy(parts[i]);
    orr_histogram_destroy(all);
    orr_histogram_destroy(merged);
}

static void gaps_in_a_row_are_gaps(void **state)
{
    (void)state;
    uint64_t random = 13;
    orr_histogram *row = orr_histogram_create(), *one_by_one = orr_histogram_create();
    int64_t values[256];
    for (int round = 0; round < 500; round++) {
        const int64_t count = (int64_t)(draw(&random) % 257), weight = (int64_t)(draw(&random) % 50), usual = (int64_t)(draw(&random) % 10000000), rise = (int64_t)(draw(&random) % 100), since = (int64_t)(draw(&random) % 1000);
        for (int64_t i = 0, last = since; i < count; i++, last = values[i - 1]) {
            const int64_t gap = draw(&random) % 50 == 0 ? random_value(&random) >> 10 : usual + i * rise;
            values[i] = last + gap;
            orr_histogram_add(one_by_one, gap, weight);
        }
        orr_histogram_add_gaps(row, since, values, count, weight);
    }
    assert_true(bits_of(orr_histogram_mean(row)) == bits_of(orr_histogram_mean(one_by_one)) && orr_histogram_count(row) == orr_histogram_count(one_by_one));
    double a, b, c, d;
    int64_t v, w;
    size_t bins = 0;
    for (; orr_histogram_bin(one_by_one, bins, &a, &b, &v); bins++) assert_true(orr_histogram_bin(row, bins, &c, &d, &w) && bits_of(a) == bits_of(c) && v == w);
    assert_false(orr_histogram_bin(row, bins, &c, &d, &w));
    orr_histogram_destroy(row);
    orr_histogram_destroy(one_by_one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(percentiles_agree_with_a_sort), cmocka_unit_test(summaries), cmocka_unit_test(summaries_of_many),
                                       cmocka_unit_test(histogram_percentiles_are_within_a_thousandth), cmocka_unit_test(bins_hold_what_was_added),
                                       cmocka_unit_test(merging_equals_adding), cmocka_unit_test(gaps_in_a_row_are_gaps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
