/* Where rows go: experts touched, and the load of the busiest of R ranks.
 *
 * T tokens choose k of E experts: T k rows. Half of the experts are taken (1 + s) times, half (1 - s) times as popular as the mean (s: moe.skew), so that T tokens touch
 *   touched(T) = E/2 [1 - (1 - k/E (1+s))^T] + E/2 [1 - (1 - k/E (1-s))^T]        s = 0: E (1 - (1 - k/E)^T)
 * Whole experts spread over R ranks: a rank holds E/R of them. The busiest has f times the mean's rows,
 *   f = 1 + smooth_min(z sqrt((v^2 R/E + 1/mean) (1 - 1/R)), min(R, E/k) - 1),  z = busiest_sigmas sqrt(2 ln R),  mean = T k / R
 * (extreme of R nearly normal loads, of experts that differ by v and tokens that are counted; a rank can't have more than all rows, nor an expert more than every token), and touches
 * touched(f T)/R of its experts. v: of drawn routing s; of a benchmark's power law, loads drawn with density x^-a on [1, 0.8 T]: v^2 = <x^2>/<x>^2 - 1, closed.
 * Placed experts (a study's popularity, copies and places: expert_placement.c): the busiest rank has f = 1 + smooth_min(sqrt((R share - 1)^2 + z^2 (1 - 1/R)/mean), ..) times the mean's rows, R share at the least,
 * and touches of its own slots what f T/(R share) tokens do.
 * A benchmark's even routing deals rows out in turn: min(E, T k) touched, every rank and expert the same.
 * Invariants: 1. rows and touched grow with T (a power law's v does too); 2. the mean rank never has more than the busiest; 3. rows >= touched.
 * Units: rows, experts. Source: occupancy of random choices; checked against drawn loads (busiest rank within 8 %, median) and against kernel timings at few rows (touched). Valid for 1 to 100,000 tokens;
 * no capacity factor (nothing is dropped). */
#include "perf/moe.h"

#include "base/math.h"

static const double benchmark_range = 0.8;      /* of a power law's largest load, in tokens */

double orr_moe_touched(const orr_moe *moe, double tokens)
{
    if (moe->routing == ORR_ROUTING_EVEN) return orr_min(moe->experts, tokens * moe->per_token);
    if (moe->routing == ORR_ROUTING_PLACED) return orr_expert_placement_touched(moe->placement, tokens, false);
    const double missed = 0.5 * (orr_exp(tokens * moe->log_miss_popular) + orr_exp(tokens * moe->log_miss_rare));
    return moe->experts * (1 - missed);
}

/* Integral of x^(power - a) over [1, end], times what doesn't matter: (end^q - 1) / q. */
static double moment(double end, double exponent)
{
    return fabs(exponent) < 1e-6 ? orr_log(end) : (orr_pow(end, exponent) - 1) / exponent;
}

/* Squared coefficient of variation of the experts' loads. */
static double spread_of(const orr_moe *moe, double tokens)
{
    if (moe->routing == ORR_ROUTING_DRAWN) return moe->machine->coefficients->moe_skew * moe->machine->coefficients->moe_skew;
    const double end = orr_max(benchmark_range * tokens, 1.01), whole = moment(end, 1 - moe->power), mean = moment(end, 2 - moe->power) / whole;
    return orr_max(moment(end, 3 - moe->power) / (whole * mean * mean) - 1, 0);
}

/* 1 + excess, no more than a rank or an expert can have. */
static double within_limit(const orr_moe *moe, double excess)
{
    const double limit = orr_min(moe->spread_ranks, moe->experts / moe->per_token) - 1;
    return excess > 0 && limit > 0 ? 1 + excess * limit / orr_smooth_max(excess, limit) : 1;
}

/* Busiest rank's rows over the mean's. */
static double busiest(const orr_moe *moe, double tokens, double mean_rows)
{
    if (moe->spread_ranks <= 1 || moe->routing == ORR_ROUTING_EVEN) return 1;
    return within_limit(moe, moe->sigmas * sqrt((spread_of(moe, tokens) / orr_max(moe->experts / moe->spread_ranks, 1) + 1 / mean_rows) * (1 - 1 / moe->spread_ranks)));
}

/* Popularity makes one rank the busiest; what tokens happen to choose adds to it as if it were drawn beside. */
static orr_moe_load placed_load(const orr_moe *moe, double tokens, double mean_rows, double mean_touched)
{
    const double ranks = moe->spread_ranks, placed = moe->placement->busiest_share * ranks, chance = moe->sigmas * sqrt((1 - 1 / ranks) / mean_rows);
    const double factor = orr_max(within_limit(moe, sqrt((placed - 1) * (placed - 1) + chance * chance)), placed);
    orr_moe_load load = {.rows = orr_max(mean_rows * factor, 1), .mean_rows = mean_rows, .mean_touched = mean_touched};
    load.touched = orr_expert_placement_touched(moe->placement, tokens * factor / placed, true);
    load.touched = orr_min(orr_max(load.touched, orr_min(1, moe->rank_experts)), load.rows);
    return load;
}

orr_moe_load orr_moe_rank_load(const orr_moe *moe, double tokens)
{
    const double mean_rows = tokens * moe->per_token / moe->spread_ranks, mean_touched = orr_moe_touched(moe, tokens) / moe->spread_ranks;
    if (moe->spread_ranks <= 1) return (orr_moe_load){mean_rows, mean_touched, mean_rows, mean_touched};
    if (moe->routing == ORR_ROUTING_PLACED) return placed_load(moe, tokens, mean_rows, mean_touched);
    const double factor = busiest(moe, tokens, mean_rows), filled = moe->rank_experts / (moe->experts / moe->spread_ranks);     /* the fullest rank, when experts don't divide */
    orr_moe_load load = {.rows = orr_max(mean_rows * factor, 1), .mean_rows = mean_rows, .mean_touched = mean_touched};
    load.touched = orr_min(orr_moe_touched(moe, tokens * factor) / moe->spread_ranks * filled, moe->rank_experts);
    load.touched = orr_min(orr_max(load.touched, orr_max(mean_touched, orr_min(1, moe->rank_experts))), load.rows);
    return load;
}
