/* Energy above idle:  E = min(P_active t + e_flop FLOP + e_vector FLOP + e_byte bytes, (TDP - idle) t) + e_link bytes.
 *
 * A byte's price is taken from the chip's own TDP: e_byte = s_m (TDP - idle) / memory bandwidth, P_active = s_a (TDP - idle). A 16-bit FLOP's lies between the same everywhere and in
 * proportion to what the chip's TDP allows it: e_16 = flop_pj x (W above idle a TFLOP/s of 16-bit peak)^b; a narrower one's is e_16 (f + (1 - f) peak_16 / peak): part of the energy does not
 * follow the width. On H100 these give 0.63 pJ/FLOP in 16 bit and 0.36 in 8 bit; links and fabric have prices of their own, in J/byte.
 * The cap as time: where the work would draw more than TDP the clock falls, and with it the voltage, so that t rises by the 3/4th power of the excess:
 *   capped(t) = t max(1, work / ((TDP - idle - P_active) t))^(3/4)
 * Units: W, J, ns. Source of the coefficients: data/calibration/universal.yaml. Valid for work that lasts longer than the power manager's window (milliseconds); a short burst runs
 * faster. Idle power is the caller's: it lasts as long as the run. */
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
    machine->capped_w = range_w - machine->active_w;
    const double half = machine->matrix_flop_per_ns[ORR_DTYPE_BF16];
    double half_j = half > 0 && range_w > 0 ? c->energy_flop_pj * 1e-12 * orr_pow(range_w * 1e3 / half, c->energy_budget_exponent) : 0;
    for (int dtype = 0; dtype < ORR_DTYPE_COUNT_; dtype++) {
        double peak = machine->matrix_flop_per_ns[dtype];
        machine->j_per_flop[dtype] = peak > 0 ? half_j * (c->energy_width_floor + (1 - c->energy_width_floor) * half / peak) : 0;
    }
    machine->j_per_vector_flop = machine->vector_flop_per_ns > 0 ? c->energy_vector_factor * half_j * half / machine->vector_flop_per_ns : 0;
    machine->j_per_memory_byte = machine->memory_bytes_per_ns > 0 ? c->energy_memory_share * range_w / (machine->memory_bytes_per_ns * 1e9) : 0;
    machine->j_per_link_byte = c->energy_link_j_per_byte;
    machine->j_per_fabric_byte = c->energy_fabric_j_per_byte;
}
