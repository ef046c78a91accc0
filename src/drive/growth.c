#include "drive/growth.h"

#include <math.h>

enum { BLOCKS = 16, LEAST_ARRIVALS = 200 };
static const double critical_t = 3.733, least_share = 0.02, ns_per_s = 1e9;

void orr_growth_arrived(orr_growth *g, const orr_growth_sample *found)
{
    if (g->stride == 0) g->stride = 1;
    if (++g->arrived % g->stride != 0) return;
    if (g->count == ORR_GROWTH_SAMPLES) {
        for (int i = 0; i < ORR_GROWTH_SAMPLES / 2; i++) g->samples[i] = g->samples[2 * i + 1];
        g->count = ORR_GROWTH_SAMPLES / 2;
        g->stride *= 2;
        if (g->arrived % g->stride != 0) return;
    }
    g->samples[g->count++] = *found;
}

orr_drift orr_growth_drift(const orr_growth *g)
{
    orr_drift drift = {0};
    const int first = g->count / 2 - 1, last = g->count - 1;
    if (g->arrived <= LEAST_ARRIVALS || last - first < BLOCKS) return drift;
    const orr_growth_sample *begin = &g->samples[first], *end = &g->samples[last];
    const double seconds = (double)(end->time_ns - begin->time_ns) / ns_per_s, arrivals = (double)(last - first) * (double)g->stride;
    drift.growth = (double)(end->waiting - begin->waiting);
    drift.of_prefill = 2 * (end->waiting_prefill - begin->waiting_prefill) > end->waiting - begin->waiting;
    const double at_encoders = (double)(end->waiting_encoders - begin->waiting_encoders);
    drift.of_encoders = 2 * at_encoders > drift.growth;
    if (seconds > 0 && drift.of_encoders) {
        drift.sustained_per_s = (double)(end->encoded - begin->encoded) / seconds;
        drift.arrivals_per_s = drift.sustained_per_s + at_encoders / seconds;
    } else if (seconds > 0) {
        drift.arrivals_per_s = arrivals / seconds;
        drift.sustained_per_s = (drift.of_prefill ? arrivals - (double)(end->waiting_prefill - begin->waiting_prefill) : (double)(end->finished - begin->finished)) / seconds;
    }
    double squares = 0, quarter = 0;
    bool steady = true;
    for (int b = 0; b < BLOCKS; b++) {
        const double grown = (double)(g->samples[first + (last - first) * (b + 1) / BLOCKS].waiting - g->samples[first + (last - first) * b / BLOCKS].waiting), off = grown - drift.growth / BLOCKS;
        squares += off * off;
        quarter += grown;
        if ((b + 1) % (BLOCKS / 4) != 0) continue;
        steady &= quarter > 0;
        quarter = 0;
    }
    drift.noise = sqrt(squares * BLOCKS / (BLOCKS - 1));
    drift.unstable = steady && drift.growth > critical_t * drift.noise && drift.growth > least_share * arrivals;
    return drift;
}
