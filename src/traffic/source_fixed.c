/* Fixed lengths: exact, or uniform over whole tokens from (1 - length_range) x nominal to nominal; prompts may repeat with a period.
 *
 * With prefix_period P, request i is request i mod P again: the same lengths (drawn from that one's stream) and the same prompt, as one segment that covers it all. */
#include "base/math.h"
#include "traffic/chance.h"
#include "traffic/source_kind.h"

typedef struct fixed_state {
    orr_chance_family family;
    uint64_t period;
    int64_t input_min, input_max, output_min, output_max;
    orr_segment segment;
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
    arrival->segments = &state->segment;
    arrival->segment_count = 0;
    arrival->session = 0;
    if (state->period) {
        state->segment = (orr_segment){prompt, arrival->input_tokens};
        arrival->segment_count = 1;
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
    return (orr_source_part){&fixed_kind, state, 0, 0};
}
