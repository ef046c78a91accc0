#include "drive/warmup.h"

#include <math.h>

#include "base/math.h"

void orr_batch_means_add(orr_batch_means *b, double value)
{
    if (b->size == 0) b->size = ORR_WARMUP_BATCH;
    b->sum += value;
    if (++b->in_batch < b->size) return;
    if (b->count == ORR_WARMUP_BATCHES) {
        for (int i = 0; i < ORR_WARMUP_BATCHES / 2; i++) b->means[i] = (b->means[2 * i] + b->means[2 * i + 1]) / 2;
        b->count = ORR_WARMUP_BATCHES / 2;
        b->size *= 2;
        return;             /* what is in hand is half a batch now */
    }
    b->means[b->count++] = b->sum / (double)b->size;
    b->sum = 0;
    b->in_batch = 0;
}

/* Backwards, so that mean and sum of squares (Welford) grow by one batch a step. */
int orr_mser(const double *means, int count, bool *settled)
{
    const int last = count / 2;
    double mean = 0, squares = 0, least = INFINITY;
    int best = 0;
    for (int d = count - 1; d >= 0; d--) {
        const double n = (double)(count - d), off = means[d] - mean;
        mean += off / n;
        squares += off * (means[d] - mean);
        if (d > last) continue;
        const double z = squares / (n * n);
        if (z <= least) { least = z; best = d; }
    }
    *settled = count < 2 || best < last;
    return best;
}

void orr_warmup_add(orr_warmup_series *s, const double values[ORR_WARMUP_SERIES])
{
    s->finished++;
    for (int i = 0; i < ORR_WARMUP_SERIES; i++)
        if (!isnan(values[i])) orr_batch_means_add(&s->of[i], values[i]);
}

int64_t orr_warmup_requests(const orr_warmup_series *s, bool *settled)
{
    int64_t most = 0;
    *settled = true;
    for (int i = 0; i < ORR_WARMUP_SERIES; i++) {
        bool good;
        const orr_batch_means *b = &s->of[i];
        if (b->count < 2) continue;
        /* A series that lacks some requests is stretched over all of them. */
        const double share = (double)orr_mser(b->means, b->count, &good) / (double)b->count;
        const int64_t requests = orr_round_i64(share * (double)s->finished);
        most = orr_max_i64(most, requests);
        *settled &= good;
    }
    return orr_min_i64(most, s->finished - 1);
}
