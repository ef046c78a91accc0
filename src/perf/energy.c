/* Energy above idle:  E = min(P_active t + e_flop FLOP + e_vector FLOP + e_byte bytes, (TDP - idle) t) + e_link bytes.
 *
 * The prices a FLOP and a byte are taken from the chip's own TDP: e_flop = s_c (TDP - idle) / matrix peak of the dtype, e_byte = s_m (TDP - idle) /
 * memory bandwidth, P_active = s_a (TDP - idle). On H100 (700 W, 70 W idle) these give 0.67 pJ/FLOP in 16 bit, 0.33 in 8 bit and 141 pJ/byte of memory
 * (the way through the chip included), 76 W for clocks and control; links and fabric have prices of their own, in J/byte.
 * Units: W, J, ns. Source of the shares: data/calibration/universal.yaml. Valid where a chip's TDP is what sustained matrix work draws; power management
 * that lowers clocks is not modelled as time, only as the ceiling. Idle power is the caller's: it lasts as long as the run. */
#include "perf/energy.h"

#include "base/math.h"

void orr_energy_prepare(orr_machine *machine, const orr_chip *chip)
{
    const orr_coefficients *c = machine->coefficients;
    double range_w = orr_max(chip->tdp_w - chip->idle_w, 0);
    machine->idle_w = chip->idle_w;
    machine->tdp_w = chip->tdp_w;
    machine->ceiling_w = range_w;
    machine->active_w = c->energy_active_share * range_w;
    for (int dtype = 0; dtype < ORR_DTYPE_COUNT_; dtype++) {
        double peak = machine->matrix_flop_per_ns[dtype];
        machine->j_per_flop[dtype] = peak > 0 ? c->energy_compute_share * range_w / (peak * 1e9) : 0;
    }
    machine->j_per_vector_flop = machine->vector_flop_per_ns > 0 ? 0.5 * c->energy_compute_share * range_w / (machine->vector_flop_per_ns * 1e9) : 0;
    machine->j_per_memory_byte = machine->memory_bytes_per_ns > 0 ? c->energy_memory_share * range_w / (machine->memory_bytes_per_ns * 1e9) : 0;
    machine->j_per_link_byte = c->energy_link_j_per_byte;
    machine->j_per_fabric_byte = c->energy_fabric_j_per_byte;
}
