/* Peak rates:
 *   matrix = cores x units x rows x columns x depth x 2 x clock x (the dtype's rate over bf16's)
 *   vector = cores x lanes x 2 x clock
 *   memory = units of it x each one's capacity and bandwidth;  links = links x each one's bandwidth
 * Range: any part may be 0. What software reaches of these is the performance model's business, not silicon's. */
#include "silicon/silicon.h"

#include "base/math.h"

double orr_parts_enabled(double built, double share) { return (double)orr_round_i64(built * share); }

orr_silicon_rates orr_silicon_rate(const orr_architecture *a)
{
    const orr_matrix_units *m = &a->core.matrix;
    const double cores = orr_parts_enabled(a->core.built, a->core.enabled), units = orr_parts_enabled(a->memory.built, a->memory.enabled);
    const double bf16 = cores * m->count * m->rows * m->columns * m->depth * 2 * a->clock_hz;
    return (orr_silicon_rates){
        .bf16_flop_per_s = bf16, .fp16_flop_per_s = bf16 * m->fp16, .tf32_flop_per_s = bf16 * m->tf32, .fp8_flop_per_s = bf16 * m->fp8, .fp4_flop_per_s = bf16 * m->fp4, .int8_flop_per_s = bf16 * m->int8,
        .vector_flop_per_s = cores * a->core.vector_lanes * 2 * a->clock_hz,
        .core_count = cores,
        .cache_bytes = a->cache.built_bytes * a->cache.enabled,
        .cache_bytes_per_s = a->cache.bytes_per_clock * a->clock_hz,
        .memory_bytes = units * a->memory.technology.capacity_bytes,
        .memory_bytes_per_s = units * a->memory.technology.bytes_per_s,
        .link_bytes_per_s = a->link.count * a->link.technology.bytes_per_s,
        .host_link_bytes_per_s = a->host_link.count * a->host_link.technology.bytes_per_s,
    };
}

orr_silicon orr_silicon_make(const orr_architecture *architecture, const orr_silicon_costs *costs)
{
    orr_silicon s = {.rates = orr_silicon_rate(architecture), .area = orr_silicon_measure(architecture, costs)};
    s.yield = orr_silicon_yields(architecture, &s.area, costs);
    s.power = orr_silicon_draw(architecture, costs, &s.area, &s.rates);
    s.cost = orr_silicon_price(architecture, costs, &s.area, &s.yield);
    return s;
}
