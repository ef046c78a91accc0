/* Fixed lengths: exact, or uniform over whole tokens from (1 - length_range) x nominal to nominal; prompts may repeat with a period.
 *
 * With groups of prefixes a prompt goes on with the prefix of one (prefix_groups.h), its own length being what it is. With prefix_period P, request i is request i mod P again: the same lengths (drawn from that one's stream) and the same prompt, as one segment that covers it all. */
#include "base/math.h"
#include "traffic/chance.h"
#include "traffic/prefix_groups.h"
#include "traffic/source_kind.h"

typedef struct fixed_state {
    orr_chance_family family, prefixes;
    uint64_t period;
    int64_t input_min, input_max, output_min, output_max;
    orr_segment segments[2];
    bool shares;
    orr_prefix_groups groups;
} fixed_state;

static int64_t lowest_of(int64_t nominal, double range)
{
    /* The nudge keeps (1 - 0.3) x 10 at 7, which doubles would put a hair below. */
    return orr_max_i64(1, (int64_t)((1 - range) * (double)nominal + 1e-9));
}

static int64_t draw(int64_t least, int64_t most, orr_chance *chance)
{
    return least + (int64_t)(orr_chance_uniform(chance) * (double)(most - least + 1));
}

static bool fixed_next(void *context, uint64_t index, orr_arrival *arrival)
{
    fixed_state *state = context;
    const uint64_t prompt = state->period ? index % state->period : index;
    arrival->input_tokens = state->input_max;
    arrival->output_tokens = state->output_max;
    if (state->input_min < state->input_max || state->output_min < state->output_max) {
        orr_chance chance = orr_chance_of(state->family, prompt);
        arrival->input_tokens = draw(state->input_min, state->input_max, &chance);
        arrival->output_tokens = draw(state->output_min, state->output_max, &chance);
    }
    arrival->segments = state->segments;
    arrival->segment_count = 0;
    arrival->session = 0;
    if (state->period) {
        state->segments[0] = (orr_segment){prompt, arrival->input_tokens};
        arrival->segment_count = 1;
    } else if (state->shares) {
        orr_chance chance = orr_chance_of(state->prefixes, index);
        const double rank = ((double)(arrival->input_tokens - state->input_min) + 0.5) / (double)(state->input_max - state->input_min + 1);
        arrival->segment_count = orr_prefix_groups_pick(&state->groups, index, rank, arrival->input_tokens, &chance, state->segments);
    }
    return true;
}

static const orr_source_kind fixed_kind = {.next = fixed_next};

orr_source_part orr_source_fixed_open(orr_arena *arena, const orr_traffic *traffic, uint64_t seed)
{
    fixed_state *state = ORR_NEW(arena, fixed_state);
    state->family = orr_chance_family_of(seed, "lengths");
    state->period = (uint64_t)traffic->prefix_period;
    state->input_max = orr_max_i64(1, traffic->input_tokens);
    state->output_max = orr_max_i64(1, traffic->output_tokens);
    state->input_min = lowest_of(state->input_max, traffic->length_range);
    state->output_min = lowest_of(state->output_max, traffic->length_range);
    state->prefixes = orr_chance_family_of(seed, "prefixes");
    if (traffic->workload.prefix_share > 0 || traffic->workload.shared_prefix_tokens > 0) {
        orr_quantile_table *lengths = ORR_NEW(arena, orr_quantile_table);
        for (int cell = 0; cell <= ORR_QUANTILE_CELLS; cell++) lengths->edges[cell] = (double)state->input_min + (double)(state->input_max - state->input_min) * cell / ORR_QUANTILE_CELLS;
        orr_prefix_groups_prepare(&state->groups, arena, &traffic->workload, lengths);
        state->shares = state->groups.cells > 0 || state->groups.system_tokens > 0;
    }
    return (orr_source_part){&fixed_kind, state, 0, 0};
}
