/* What a chip is made of: a process, cores, caches, stacks of memory, links, dies, a package. Base units (bytes, bytes/s, Hz, W, USD, J/byte); areas in mm2. Counts are of the whole package.
 *
 * `built` counts what is on the dies, `enabled` is the share of it that is in use: the rest is spare and pays for yield. */
#ifndef ORR_SILICON_PARTS_H
#define ORR_SILICON_PARTS_H

#include <stdbool.h>

/* A process node. Energy is relative to 7 nm at the same clock's nominal voltage. */
typedef struct orr_process {
    const char *name, *title;
    double million_transistors_per_mm2; /* of logic */
    double sram_um2_per_bit;            /* of the cell; the array's overhead is apart */
    double wafer_usd, wafer_mm;
    double defects_per_cm2, defect_clustering;
    double energy;                      /* of one switching transistor; 7 nm: 1 */
    double nominal_hz, voltage_slope, least_voltage;    /* V / V_nominal = max(least, 1 + slope (f / f_nominal - 1)) */
    double reticle_mm2;                 /* the largest die */
} orr_process;

/* A unit of memory beside the dies: a stack of HBM, a chip of GDDR or LPDDR. */
typedef struct orr_memory_technology {
    const char *name, *title;
    double capacity_bytes, bytes_per_s, latency_ns;
    double phy_mm2, controller_million_transistors;     /* on the die it is joined to */
    double j_per_byte, idle_w;
    double usd_per_gb, footprint_mm2;   /* on the package; 0: beside it, on the board */
} orr_memory_technology;

/* A link off the package, or between dies of one: per link or lane, one way. */
typedef struct orr_link_technology {
    const char *name, *title;
    double bytes_per_s, latency_ns;
    double phy_mm2, controller_million_transistors;
    double j_per_byte;
} orr_link_technology;

typedef struct orr_matrix_units {
    double count, rows, columns, depth;         /* of a core; multiply-adds a clock of one unit: rows x columns x depth, 16-bit inputs */
    double fp16, tf32, fp8, fp4, int8;          /* rates, relative to bf16; 0: not in hardware */
} orr_matrix_units;

typedef struct orr_core_parts {
    double built, enabled;
    orr_matrix_units matrix;
    double vector_lanes, fp64_lanes, integer_lanes;     /* multiply-adds a clock */
    double register_bytes, sram_bytes;
} orr_core_parts;

typedef enum { ORR_PACKAGE_SUBSTRATE, ORR_PACKAGE_INTERPOSER, ORR_PACKAGE_STACKED } orr_package_kind;

typedef struct orr_architecture {
    orr_process process;                        /* of the compute dies */
    double dies, clock_hz, sustained;           /* sustained: share of the peak matrix rate that TDP is meant for */
    orr_core_parts core;
    struct { double built_bytes, enabled, bytes_per_clock; } cache;
    struct { orr_memory_technology technology; double built, enabled; } memory;
    struct { orr_link_technology technology; double count; } link, host_link, die_to_die;      /* die_to_die: of each die */
    struct { orr_process process; double count; } io_dies;      /* 0: cache, memory and links are on the compute dies */
    orr_package_kind package;
} orr_architecture;

/* What chips have in common: data/silicon/NAME.yaml, each with its source. */
typedef struct orr_silicon_costs {
    const char *name, *title;
    double matrix_transistors, vector_transistors, fp64_transistors, integer_transistors;      /* of one multiply-adder */
    double control_transistors;                 /* of one vector lane: its share of fetching, scheduling, addressing */
    double fabric_transistors;                  /* of one core: its way to the others and to the cache */
    double sram_efficiency;                     /* bits' share of an array */
    double register_factor;                     /* of a register file's bit over an array's */
    double uncounted_factor;                    /* whole die over what is counted */
    double matrix_j, logic_j, static_w_per_mm2; /* of a 16-bit multiply-add; of a transistor and a clock: both at 7 nm and nominal voltage */
    double interposer_usd_per_mm2, substrate_usd_per_mm2, stacking_usd_per_mm2, test_factor;   /* test: of the rest */
} orr_silicon_costs;

#endif
