#include "traffic/prefix_groups.h"

#include "base/map.h"
#include "base/math.h"

enum { MAX_SLOTS = 1 << 20 };       /* of a cell: 8 MiB of Zipf table; spec/traffic_fields.c bounds groups by 64 cells of them */
static const uint64_t system_content = UINT64_C(0x53595354454d);        /* "SYSTEM"; groups' contents are hashes */

static void fill_zipf(orr_prefix_groups *groups, orr_arena *arena, double skew)
{
    groups->cumulative = ORR_NEW_ARRAY(arena, double, groups->slots);
    double sum = 0;
    for (int64_t k = 0; k < groups->slots; k++) groups->cumulative[k] = sum += orr_pow((double)(k + 1), -skew);
    for (int64_t k = 0; k < groups->slots; k++) groups->cumulative[k] /= sum;
    int64_t slot = 0;
    for (int i = 0; i < ORR_PREFIX_GUIDE; i++) {
        while (slot + 1 < groups->slots && groups->cumulative[slot] <= (double)i / ORR_PREFIX_GUIDE) slot++;
        groups->guide[i] = (uint32_t)slot;
    }
}

static void fill_tokens(orr_prefix_groups *groups, const orr_quantile_table *input, double fraction)
{
    for (int cell = 0; cell < groups->cells; cell++) {
        if (groups->tokens[cell] > 0) continue;     /* given */
        const int from = ORR_QUANTILE_CELLS * cell / groups->cells, to = ORR_QUANTILE_CELLS * (cell + 1) / groups->cells;
        double sum = 0;
        for (int k = from; k < to; k++) sum += (input->edges[k] + input->edges[k + 1]) / 2;
        groups->tokens[cell] = orr_max_i64(0, orr_round_i64(fraction * (sum / (to - from) - (double)groups->system_tokens)));
    }
}

void orr_prefix_groups_prepare(orr_prefix_groups *groups, orr_arena *arena, const orr_workload *workload, const orr_quantile_table *input)
{
    groups->system_tokens = orr_round_i64(workload->shared_prefix_tokens);
    groups->share = workload->prefix_share;
    const double wanted = workload->prefix_groups;
    const int64_t given_tokens = orr_round_i64(workload->prefix_tokens);
    if (workload->prefix_share <= 0 || (workload->prefix_fraction <= 0 && given_tokens < 1) || wanted < 0.5) return;
    const int64_t count = orr_round_i64(orr_min(wanted, (double)MAX_SLOTS * ORR_PREFIX_CELLS));
    groups->slots = given_tokens > 0 && count <= MAX_SLOTS ? count : orr_ceil_div(count, ORR_PREFIX_CELLS);     /* of one length: all in one cell */
    groups->cells = (int)orr_max_i64(1, (count + groups->slots / 2) / groups->slots);
    if (groups->cells > ORR_PREFIX_CELLS) groups->cells = ORR_PREFIX_CELLS;
    groups->life_requests = (uint64_t)orr_round_i64(workload->prefix_life_requests);
    for (int cell = 0; cell < groups->cells && given_tokens > 0; cell++) groups->tokens[cell] = given_tokens;
    fill_tokens(groups, input, workload->prefix_fraction);
    if (workload->prefix_skew > 0) fill_zipf(groups, arena, workload->prefix_skew);
}

static int64_t draw_slot(const orr_prefix_groups *groups, double u)
{
    if (!groups->cumulative) return (int64_t)(u * (double)groups->slots);
    int64_t slot = groups->guide[(int)(u * ORR_PREFIX_GUIDE)];
    while (slot + 1 < groups->slots && u >= groups->cumulative[slot]) slot++;
    return slot;
}

/* Which of its successive prefixes a slot holds when request `index` arrives. */
static uint64_t generation_of(const orr_prefix_groups *groups, uint64_t number, uint64_t index)
{
    if (!groups->life_requests) return 0;
    /* The golden ratio spreads the phases of neighbours evenly. */
    const double phase = (double)number * 0.6180339887498949;
    const uint64_t offset = (uint64_t)((phase - (double)(uint64_t)phase) * (double)groups->life_requests);
    return (index + offset) / groups->life_requests;
}

int orr_prefix_groups_pick(const orr_prefix_groups *groups, uint64_t index, double u, int64_t input_tokens, orr_chance *chance, orr_segment segments[2])
{
    int count = 0;
    int64_t room = input_tokens;
    if (groups->system_tokens > 0 && input_tokens > groups->system_tokens) {
        segments[count++] = (orr_segment){system_content, groups->system_tokens};
        room -= groups->system_tokens;
    }
    if (!groups->cells) return count;
    const double member = orr_chance_uniform(chance), choice = orr_chance_uniform(chance);
    if (member >= groups->share || (groups->system_tokens > 0 && count == 0)) return count;
    int cell = (int)(u * groups->cells);
    while (cell > 0 && groups->tokens[cell] >= room) cell--;
    if (groups->tokens[cell] >= room || groups->tokens[cell] < 1) return count;
    const uint64_t number = (uint64_t)draw_slot(groups, choice) * (uint64_t)groups->cells + (uint64_t)cell;
    segments[count++] = (orr_segment){orr_hash_mix(number + 1, generation_of(groups, number, index)), groups->tokens[cell]};
    return count;
}
