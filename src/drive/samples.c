#include "drive/samples.h"

#include <math.h>

#include "base/math.h"

orr_summary orr_summary_of_histogram(const orr_histogram *h)
{
    orr_summary s = {.count = orr_histogram_count(h), .mean = orr_histogram_mean(h), .std = NAN};
    s.min = orr_histogram_percentile(h, 0);
    s.max = orr_histogram_percentile(h, 1);
    s.p50 = orr_histogram_percentile(h, 0.5);
    s.p75 = orr_histogram_percentile(h, 0.75);
    s.p90 = orr_histogram_percentile(h, 0.9);
    s.p95 = orr_histogram_percentile(h, 0.95);
    s.p99 = orr_histogram_percentile(h, 0.99);
    s.p999 = orr_histogram_percentile(h, 0.999);
    return s;
}

static void add_beyond(orr_samples *s, double value)
{
    const double off = value - s->first;
    s->sum += off;
    s->squares += off * off;
    s->least = orr_min(s->least, value);
    s->most = orr_max(s->most, value);
    orr_histogram_add(s->beyond, orr_round_i64(value), 1);
}

void orr_samples_add(orr_samples *s, double value, bool all)
{
    if (!s->beyond && (all || s->values.count < ORR_EXACT_SAMPLES)) {
        orr_vec_push(&s->values, value);
        return;
    }
    if (!s->beyond) {
        s->beyond = orr_histogram_create();
        s->first = s->least = s->most = s->values.items[0];
        for (size_t i = 0; i < s->values.count; i++) add_beyond(s, s->values.items[i]);
        orr_vec_free(&s->values);
    }
    add_beyond(s, value);
}

orr_summary orr_samples_summarize(orr_samples *s)
{
    if (!s->beyond) return orr_summarize(s->values.items, s->values.count);
    orr_summary summary = orr_summary_of_histogram(s->beyond);
    const double n = (double)summary.count, mean = s->sum / n;
    summary.mean = s->first + mean;
    summary.std = sqrt(orr_max(0, s->squares / n - mean * mean));
    summary.min = s->least;
    summary.max = s->most;
    return summary;
}

void orr_samples_free(orr_samples *s)
{
    orr_vec_free(&s->values);
    orr_histogram_destroy(s->beyond);
    *s = (orr_samples){0};
}
