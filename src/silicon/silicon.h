/* A chip from its parts: rates, area, yield, power and what it costs to make. Pure functions of parts.h. */
#ifndef ORR_SILICON_SILICON_H
#define ORR_SILICON_SILICON_H

#include "silicon/parts.h"

/* Peak rates, dense: FLOP/s, bytes, bytes/s one way. */
typedef struct orr_silicon_rates {
    double bf16_flop_per_s, fp16_flop_per_s, tf32_flop_per_s, fp8_flop_per_s, fp4_flop_per_s, int8_flop_per_s, vector_flop_per_s;
    double core_count, cache_bytes, cache_bytes_per_s;
    double memory_bytes, memory_bytes_per_s, link_bytes_per_s, host_link_bytes_per_s;
} orr_silicon_rates;

/* mm2. Of one core: matrix to fabric; of the whole package: the rest. */
typedef struct orr_silicon_area {
    double matrix, vector, control, registers, sram, fabric;
    double core;                                /* sum of the above */
    double cores, cache, memory_phys, links, die_to_die;
    double compute_die, io_die;                 /* of one */
    double die_of_reticle;                      /* the largest of these over its process's reticle */
    double total;                               /* of all dies */
    double package;                             /* what stands on it: dies that stand on none, and memory */
} orr_silicon_area;

typedef struct orr_silicon_yield { double compute_die, io_die; } orr_silicon_yield;

typedef struct orr_silicon_power { double static_w, matrix_w, logic_w, memory_w, links_w, tdp_w, idle_w; } orr_silicon_power;

typedef struct orr_silicon_cost { double dies_usd, memory_usd, package_usd, test_usd, total_usd; } orr_silicon_cost;

typedef struct orr_silicon { orr_silicon_rates rates; orr_silicon_area area; orr_silicon_yield yield; orr_silicon_power power; orr_silicon_cost cost; } orr_silicon;

/* Whole ones. */
double orr_parts_enabled(double built, double share);

orr_silicon_rates orr_silicon_rate(const orr_architecture *architecture);
orr_silicon_area orr_silicon_measure(const orr_architecture *architecture, const orr_silicon_costs *costs);
/* Dies of `mm2` from a wafer, whole ones; and the share of them without a killing defect. */
double orr_dies_of_wafer(const orr_process *process, double mm2);
double orr_die_yield(const orr_process *process, double mm2);
orr_silicon_yield orr_silicon_yields(const orr_architecture *architecture, const orr_silicon_area *area, const orr_silicon_costs *costs);
orr_silicon_power orr_silicon_draw(const orr_architecture *architecture, const orr_silicon_costs *costs, const orr_silicon_area *area, const orr_silicon_rates *rates);
orr_silicon_cost orr_silicon_price(const orr_architecture *architecture, const orr_silicon_costs *costs, const orr_silicon_area *area, const orr_silicon_yield *yield);
/* All of them. */
orr_silicon orr_silicon_make(const orr_architecture *architecture, const orr_silicon_costs *costs);

#endif
