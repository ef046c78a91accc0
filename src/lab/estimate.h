/* Steady state in closed form: what a system does at a load, from the times of a few steps, without a simulation. For screening and for pictures of large spaces; simulation decides.
 *
 * A replica runs b decodes a step (of each pipeline lane). Of its steps a share f holds prompts, m tokens of them, so that prompts are computed as fast as answers end:
 *     f m = I b / D,     cycle(b) = (1 - f) T(b, 0) + f T(b, m)     (prompts in steps of their own: T(b, 0) + f T(0, m))
 * with I tokens to compute of a request's prompt and D decode steps of its answer. It finishes x(b) = b / (D cycle(b)) requests/s. Open load: x(b) = rate; closed: Little's law over all that are in flight;
 * b is at most what seats, cache and token budget allow, and a rate above x of that is more than it sustains.
 *     TPOT(q)  = (cycle(b) + z_q sqrt(cycle'(b)^2 b + f (1 - f) (T(b, m) - T(b, 0))^2 / d)) / tokens a decode step    requests in flight scatter as a Poisson number, and of the d steps of a short answer more or fewer hold prompts
 *     TTFT     = wait for a step, for other prompts (M/G/1 in the time that a prompt adds) and for a seat (M/M/c, Sakasegawa), and its own steps; q: waits have exponential tails
 * A run of n requests in open load takes n / rate and, until the last answer is out, one E2EL more.
 * Range: lengths by their means, prefix caches full of what may be shared, no tiers, routers as an even split. Against simulations: tests/unit/test_estimate.c. */
#ifndef ORR_LAB_ESTIMATE_H
#define ORR_LAB_ESTIMATE_H

#include "lab/demand.h"
#include "lab/objective.h"
#include "perf/step.h"

/* What one request asks in the mean, and how they come. */
typedef struct orr_offered {
    double requests;                /* in all */
    double rate_per_s;              /* open; 0: all that are in flight wait at once */
    double in_flight;               /* closed; 0: open, or without limit */
    double input_tokens, computed_tokens, output_tokens;
    double context_tokens, private_tokens, context_spread;      /* of a decode step: mean, what the cache holds for it alone, mean square over squared mean */
    double long_computed_tokens;    /* 99 % of prompts compute no more */
    double short_output_tokens;     /* a tenth of answers have no more */
    double arrival_variability;     /* squared coefficient of variation of gaps */
} orr_offered;

orr_offered orr_offered_of(const orr_study *study, const orr_demand *demand);

typedef struct orr_estimate {
    bool fits, stable;
    double batch;                   /* decodes of a replica in flight */
    double load;                    /* offered over what it sustains; closed: 1 */
    double step_ns, sustained_per_s, requests_per_s;
    double duration_s, output_tokens_per_s, mean_power_w;      /* of the whole run, which ends with the last answer */
    double ttft_ns[ORR_STAT_COUNT_], tpot_ns[ORR_STAT_COUNT_], e2el_ns[ORR_STAT_COUNT_];
    int64_t gpus;
    double usd_per_h, all_in_w;     /* NaN: not known */
    orr_cost step;                  /* of a mean step of one decoding replica */
} orr_estimate;

/* One system under many loads: what a cycle of so many decodes takes is found once. `study`, `perf` (prepared from it) and `offered` outlive it; in `arena`. */
typedef struct orr_estimator orr_estimator;
orr_estimator *orr_estimator_create(const orr_study *study, const orr_perf *perf, const orr_offered *offered, orr_arena *arena);
/* At study->serving.replicas, offered->rate_per_s and offered->in_flight as they are now; nothing else of them may have changed. */
orr_estimate orr_estimate_at(orr_estimator *estimator);

/* Of a load that is not sustained, or a system that doesn't fit: NaN. */
double orr_estimate_objective(const orr_estimate *estimate, orr_objective objective);
/* The largest of statistic / limit; 0: no limits (ITL is taken as TPOT); infinite where it is not stable. */
double orr_estimate_slo_ratio(const orr_estimate *estimate, const orr_slo *slo);

#endif
