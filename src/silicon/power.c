/* Power of a chip that does all it can at once, at the rate that it sustains:
 *
 *   TDP  = static x area + s (e_mac x multiply-adds/s + e_logic x transistors of the cores x clock) x V^2 + memory + links
 *   idle = static x area + idle power of the memory
 * e_mac and e_logic are of 7 nm at nominal voltage, times the process's energy; V over its nominal value follows the clock s f (parts.h); s is the share of the peak matrix rate that the chip
 * keeps up under TDP, by a clock that falls to s times its boost, and with it the voltage. Memory and links at their full bandwidth, links both ways.
 * Three coefficients, set on A100, H100, MI300X, TPU v4 and B200; tests hold the first four within 15 % of their published power. */
#include "silicon/silicon.h"

static double voltage(const orr_process *process, double clock_hz)
{
    const double v = 1 + process->voltage_slope * (clock_hz / process->nominal_hz - 1);
    return v > process->least_voltage ? v : process->least_voltage;
}

orr_silicon_power orr_silicon_draw(const orr_architecture *a, const orr_silicon_costs *costs, const orr_silicon_area *area, const orr_silicon_rates *rates)
{
    const double v = voltage(&a->process, a->sustained * a->clock_hz), switching = a->sustained * a->process.energy * v * v;
    const double logic = (area->matrix + area->vector + area->control + area->fabric) * a->process.million_transistors_per_mm2 * 1e6 * rates->core_count;
    orr_silicon_power power = {
        .static_w = costs->static_w_per_mm2 * area->total,
        .matrix_w = switching * costs->matrix_j * rates->bf16_flop_per_s / 2,
        .logic_w = switching * costs->logic_j * logic * a->clock_hz,
        .memory_w = a->memory.technology.j_per_byte * rates->memory_bytes_per_s,
        .links_w = 2 * (a->link.technology.j_per_byte * rates->link_bytes_per_s + a->host_link.technology.j_per_byte * rates->host_link_bytes_per_s)
                 + a->dies * a->die_to_die.count * a->die_to_die.technology.j_per_byte * a->die_to_die.technology.bytes_per_s,
    };
    power.tdp_w = power.static_w + power.matrix_w + power.logic_w + power.memory_w + power.links_w;
    power.idle_w = power.static_w + orr_parts_enabled(a->memory.built, a->memory.enabled) * a->memory.technology.idle_w;
    return power;
}
