/* What a chip costs to make:
 *
 *   dies    = sum of wafer / (dies of the wafer x yield)
 *   memory  = its bytes x USD/byte
 *   package = its area x USD/mm2 of its kind (+ stacking, by the area of what is stacked)
 *   test    = a share of all that
 * Development, margin and the board are not in it: prices are several times this. */
#include "silicon/silicon.h"

static double of_die(const orr_process *process, double mm2, double yield) { return process->wafer_usd / (orr_dies_of_wafer(process, mm2) * yield); }

orr_silicon_cost orr_silicon_price(const orr_architecture *a, const orr_silicon_costs *costs, const orr_silicon_area *area, const orr_silicon_yield *yield)
{
    orr_silicon_cost cost = {.dies_usd = a->dies * of_die(&a->process, area->compute_die, yield->compute_die)};
    if (a->io_dies.count > 0) cost.dies_usd += a->io_dies.count * of_die(&a->io_dies.process, area->io_die, yield->io_die);
    cost.memory_usd = orr_parts_enabled(a->memory.built, a->memory.enabled) * a->memory.technology.capacity_bytes * 1e-9 * a->memory.technology.usd_per_gb;
    cost.package_usd = area->package * (a->package == ORR_PACKAGE_SUBSTRATE ? costs->substrate_usd_per_mm2 : costs->interposer_usd_per_mm2);
    if (a->package == ORR_PACKAGE_STACKED) cost.package_usd += a->dies * area->compute_die * costs->stacking_usd_per_mm2;
    cost.test_usd = costs->test_factor * (cost.dies_usd + cost.memory_usd + cost.package_usd);
    cost.total_usd = cost.dies_usd + cost.memory_usd + cost.package_usd + cost.test_usd;
    return cost;
}
