/* Prefix reuse of a trace, boiled down to the few numbers of a profile's `prefix`.
 *
 * Read off the trace: the system prompt (what at least half of the prompts start with), the share of requests whose prompt has more in common with another's (members), the
 * share that finds it computed already (hits), how many arrivals ago it was last used (median and 90th percentile). Then sought, by running the profile's own sampler over as many
 * requests: life_requests so that the hits agree, groups so that the median distance agrees, skew (of a few) so that the 90th percentile comes nearest, and last the
 * fraction so that the share of tokens found agrees. */
#ifndef ORR_TRAFFIC_FIT_PREFIX_H
#define ORR_TRAFFIC_FIT_PREFIX_H

#include "traffic/fit_measure.h"
#include "traffic/trace.h"

/* What the first reading of a trace leaves: how often each chained segment occurs. */
typedef struct orr_prefix_census { orr_map counts; int64_t requests; } orr_prefix_census;
void orr_prefix_census_add(orr_prefix_census *census, const orr_arrival *arrival);
/* Tokens of this prompt's start that at least half of all prompts start with. */
int64_t orr_prefix_census_system(const orr_prefix_census *census, const orr_arrival *arrival);
/* Has more than the system prompt in common with another request. */
bool orr_prefix_census_is_member(const orr_prefix_census *census, const orr_arrival *arrival, int64_t system_tokens);
void orr_prefix_census_free(orr_prefix_census *census);

/* Sets the prefix_* of the workload, whose lengths are fitted already, from the trace's figures. */
void orr_prefix_fit(orr_workload *workload, const orr_stream_figures *trace, double member_share, int64_t system_tokens);

#endif
