/* A workload profile, sampled: lengths from quantiles under a Gaussian copula, prefixes from groups.
 *
 * Request i draws, in this order, from the stream (seed, "lengths", i): rank of the prompt, partner's noise (output), membership and group of the prefix. */
#include "traffic/copula.h"
#include "traffic/prefix_groups.h"
#include "traffic/quantiles.h"
#include "traffic/source_kind.h"

typedef struct profile_state {
    orr_chance_family family;
    bool correlated, shares;
    orr_segment segments[2];
    orr_prefix_groups groups;
    orr_quantile_table input, output;
    orr_copula copula;
} profile_state;

static bool profile_next(void *context, uint64_t index, orr_arrival *arrival)
{
    profile_state *state = context;
    orr_chance chance = orr_chance_of(state->family, index);
    const double u = orr_chance_uniform(&chance);
    arrival->input_tokens = orr_quantile_table_at(&state->input, u);
    arrival->output_tokens = orr_quantile_table_at(&state->output, state->correlated ? orr_copula_partner(&state->copula, u, &chance) : orr_chance_uniform(&chance));
    arrival->segments = state->segments;
    arrival->segment_count = state->shares ? orr_prefix_groups_pick(&state->groups, index, u, arrival->input_tokens, &chance, state->segments) : 0;
    arrival->session = 0;
    return true;
}

static const orr_source_kind profile_kind = {.next = profile_next};

orr_source_part orr_source_profile_open(orr_arena *arena, const orr_workload *workload, uint64_t seed)
{
    profile_state *state = ORR_NEW(arena, profile_state);
    state->family = orr_chance_family_of(seed, "lengths");
    state->correlated = workload->rank_correlation != 0;
    orr_quantile_table_fill(&state->input, &workload->input);
    orr_quantile_table_fill(&state->output, &workload->output);
    if (state->correlated) orr_copula_prepare(&state->copula, workload->rank_correlation);
    orr_prefix_groups_prepare(&state->groups, arena, workload, &state->input);
    state->shares = state->groups.cells > 0 || state->groups.system_tokens > 0;
    return (orr_source_part){&profile_kind, state, workload->native_rate_per_s, workload->arrival_cv};
}
