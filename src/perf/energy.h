/* Energy above idle, of an operator and of a chip. */
#ifndef ORR_PERF_ENERGY_H
#define ORR_PERF_ENERGY_H

#include "perf/machine.h"

/* Fills the machine's energy rates from TDP and idle power. */
void orr_energy_prepare(orr_machine *machine, const orr_chip *chip);

/* ns of one chip's work of so many J and time_ns at full clock, under the power cap. At least time_ns; grows with both. */
static inline double orr_power_capped_ns(const orr_machine *machine, double time_ns, double work_j)
{
    if (!(work_j * 1e9 > machine->capped_w * time_ns) || !(machine->capped_w > 0)) return time_ns;
    double at_cap_ns = work_j * 1e9 / machine->capped_w;
    return sqrt(sqrt(time_ns * at_cap_ns) * at_cap_ns);
}

/* J above idle of `chips` chips that run for time_ns and together execute the rest. Never above TDP, never below 0. */
static inline double orr_energy_j(const orr_machine *machine, double time_ns, double chips, double matrix_flop, orr_dtype dtype, double vector_flop,
                                  double memory_bytes, double link_j)
{
    double work = matrix_flop * machine->j_per_flop[dtype] + vector_flop * machine->j_per_vector_flop + memory_bytes * machine->j_per_memory_byte;
    double busy_s = time_ns * 1e-9 * chips;
    double chip_j = machine->active_w * busy_s + work;
    double ceiling_j = machine->ceiling_w * busy_s;
    return (chip_j < ceiling_j ? chip_j : ceiling_j) + link_j;
}

#endif
