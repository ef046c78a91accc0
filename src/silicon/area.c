/* Area, after LLMCompass (Zhang et al., ISCA 2024, arXiv:2312.03134): transistors of what is counted over the process's density, bits of SRAM by their cell, PHYs as they are published.
 *
 *   core  = (multiply-adders + lanes x control + fabric) / density + registers + SRAM
 *   die   = uncounted x (its cores + its share of cache, memory PHYs and controllers, links)
 * The factor stands for what no one publishes: command processors, video, crossbars, power delivery, spacing; it was set on GA100, GH100 and MI300X.
 * Compute dies that are stacked on I/O dies: an I/O die is no smaller than what stands on it with its own PHYs around that.
 * Range: logic from 16 to 2 nm; tests hold A100, H100, MI300X and TPU v4 within 15 % of what is published. */
#include "silicon/silicon.h"

#include "base/math.h"

static double of_bits(const orr_process *process, const orr_silicon_costs *costs, double bytes) { return bytes * 8 * process->sram_um2_per_bit * 1e-6 / costs->sram_efficiency; }
static double of_transistors(const orr_process *process, double transistors) { return transistors / (process->million_transistors_per_mm2 * 1e6); }

static double of_links(const orr_process *process, const orr_link_technology *technology, double count)
{
    return count * (technology->phy_mm2 + of_transistors(process, technology->controller_million_transistors * 1e6));
}

orr_silicon_area orr_silicon_measure(const orr_architecture *a, const orr_silicon_costs *costs)
{
    const orr_process *logic = &a->process, *io = a->io_dies.count > 0 ? &a->io_dies.process : &a->process;
    const orr_core_parts *core = &a->core;
    const orr_memory_technology *memory = &a->memory.technology;
    orr_silicon_area area = {
        .matrix = of_transistors(logic, core->matrix.count * core->matrix.rows * core->matrix.columns * core->matrix.depth * costs->matrix_transistors),
        .vector = of_transistors(logic, core->vector_lanes * costs->vector_transistors + core->fp64_lanes * costs->fp64_transistors + core->integer_lanes * costs->integer_transistors),
        .control = of_transistors(logic, core->vector_lanes * costs->control_transistors),
        .registers = of_bits(logic, costs, core->register_bytes) * costs->register_factor,
        .sram = of_bits(logic, costs, core->sram_bytes),
        .fabric = of_transistors(logic, costs->fabric_transistors),
        .cache = of_bits(io, costs, a->cache.built_bytes),
        .memory_phys = a->memory.built * (memory->phy_mm2 + of_transistors(io, memory->controller_million_transistors * 1e6)),
        .links = of_links(io, &a->link.technology, a->link.count) + of_links(io, &a->host_link.technology, a->host_link.count),
        .die_to_die = a->dies * of_links(logic, &a->die_to_die.technology, a->die_to_die.count),
    };
    area.core = area.matrix + area.vector + area.control + area.registers + area.sram + area.fabric;
    area.cores = core->built * area.core;
    const double shared = area.cache + area.memory_phys + area.links, factor = costs->uncounted_factor;
    const double memory_footprint = a->memory.built * memory->footprint_mm2;
    if (!(a->io_dies.count > 0)) {
        area.compute_die = factor * (area.cores + area.die_to_die + shared) / a->dies;
        area.total = a->dies * area.compute_die;
        area.package = area.total + memory_footprint;
        area.die_of_reticle = area.compute_die / logic->reticle_mm2;
        return area;
    }
    area.compute_die = factor * (area.cores + area.die_to_die) / a->dies;
    area.io_die = factor * shared / a->io_dies.count;
    if (a->package == ORR_PACKAGE_STACKED) {
        const double covered = (a->dies * area.compute_die + area.memory_phys + area.links) / a->io_dies.count;
        if (covered > area.io_die) area.io_die = covered;
    }
    area.die_of_reticle = orr_max(area.compute_die / logic->reticle_mm2, area.io_die / io->reticle_mm2);
    area.total = a->dies * area.compute_die + a->io_dies.count * area.io_die;
    area.package = memory_footprint + (a->package == ORR_PACKAGE_STACKED ? a->io_dies.count * area.io_die : area.total);
    return area;
}
