/* Poisson arrivals whose rate goes with the time of day, by thinning (Lewis and Shedler 1979): candidates come at the peak rate, and one at time t is kept with probability rate(t) / peak. Exact.
 *
 * rate(t) = mean (1 - a cos(2 pi (t + start) / period)), lowest where the period starts; or, with a profile, in proportion to its value in each of as many equal parts of the period. The mean over a period is
 * the load's rate. Candidate k draws its gap and whether it is kept from stream (seed, "arrivals", k): with a flat rate these are the arrivals of Poisson. Range: amplitude 0 to 1, up to 24 parts. */
#include "base/math.h"
#include "base/units.h"
#include "traffic/arrivals.h"

/* Over the mean; `state` counts the profile's parts, `scale` is 1 over its mean. */
static double relative_rate(const orr_arrival_clock *clock, double time_s)
{
    const orr_load_shape *c = clock->course;
    const double periods = (time_s * ORR_NS_PER_S + c->start_at_ns) / c->period_ns, phase = periods - (double)(int64_t)periods;
    if (c->profile.count == 0) return 1 - c->amplitude * orr_cos(6.283185307179586 * phase);
    const int part = (int)(phase * c->profile.count);
    return c->profile.values[part < c->profile.count ? part : c->profile.count - 1] * clock->scale;
}

/* stretch_end_s is of no use here: it keeps the peak over the mean. */
static void begin(orr_arrival_clock *clock)
{
    const orr_rates *profile = &clock->course->profile;
    double sum = 0, most = 0;
    for (int i = 0; i < profile->count; i++) {
        sum += profile->values[i];
        most = orr_max(most, profile->values[i]);
    }
    clock->scale = profile->count > 0 ? profile->count / sum : 1;
    clock->stretch_end_s = profile->count > 0 ? most * clock->scale : 1 + clock->course->amplitude;
    clock->candidate = 1;
}

static void advance(orr_arrival_clock *clock, uint64_t index)
{
    if (index == 0) clock->candidate = 0;       /* it begins with a gap */
    const double peak = clock->stretch_end_s;
    for (;;) {
        orr_chance chance = orr_chance_of(clock->family, clock->candidate++);
        clock->elapsed += orr_chance_exponential(&chance) / (peak * clock->rate_per_s);
        if (orr_chance_uniform(&chance) * peak < relative_rate(clock, clock->elapsed)) return;
    }
}

const orr_arrival_process orr_arrivals_diurnal = {.load = ORR_LOAD_OPEN_DIURNAL, .in_seconds = true, .begin = begin, .advance = advance};
