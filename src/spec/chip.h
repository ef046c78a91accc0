/* A chip, a node, a fabric: parameters with origins (docs/CATALOGUE_FORMAT.md). Base units; FLOP/s dense; link bandwidth one-way per chip. 0 means "has none" where the table allows it. */
#ifndef ORR_SPEC_CHIP_H
#define ORR_SPEC_CHIP_H

#include <stdbool.h>
#include <stdint.h>
#include "base/tree.h"
#include "spec/fabric.h"

typedef struct orr_chip {
    const char *name, *title, *vendor, *technology /* of memory */, *link_technology, *host_link_technology;
    const orr_node *architecture;        /* its parts; NULL: given by its datasheet alone */
    double year;
    double bf16_flop_per_s, fp16_flop_per_s, fp8_flop_per_s, fp4_flop_per_s, int8_flop_per_s, tf32_flop_per_s, vector_flop_per_s;   /* 0: not in hardware */
    double core_count, clock_hz, core_sram_bytes, core_dispatch_ns;
    double cache_bytes, cache_bytes_per_s;
    double memory_bytes, memory_bytes_per_s, memory_latency_ns;
    double link_bytes_per_s, link_latency_ns;
    double host_link_bytes_per_s;
    double matrix_reached, memory_reached;      /* shares of the peaks that the best kernel measured reaches; 0: not measured, or as usual */
    double tdp_w, idle_w, all_in_w;
    double price_usd_per_h;
    double silicon_mm2, die_mm2, die_of_reticle, die_yield, silicon_usd;       /* of all dies; of one with cores; the largest over what one exposure covers; yield; what the chip costs to make; 0: not known */
} orr_chip;

typedef enum { ORR_SCALE_UP_NONE, ORR_SCALE_UP_SWITCH, ORR_SCALE_UP_MESH, ORR_SCALE_UP_TORUS2D, ORR_SCALE_UP_TORUS3D, ORR_SCALE_UP_PCIE } orr_scale_up_topology;

typedef struct orr_node_spec {
    const char *name, *title, *chip_name, *fabric_name;
    int64_t chip_count;                      /* in the scale-up domain */
    orr_scale_up_topology topology;
    double scale_up_bytes_per_s, scale_up_latency_ns;       /* one-way per chip */
    bool in_network_reduction;
    double host_memory_bytes, host_memory_bytes_per_s, host_cpu_count;
} orr_node_spec;

/* What a system stands on. */
typedef struct orr_hardware { orr_chip chip; orr_node_spec node; orr_fabric fabric; int64_t nodes; int64_t chip_count; } orr_hardware;

#endif
