/* Datasheet to machine.
 *
 * Source: the chip's, node's and fabric's parameters (base units per second) and the universal coefficients.
 * Missing figures: a chip that states no vector rate is given 1/15 of its 16-bit matrix rate; no memory latency, 600 ns; no clock, 1.5 GHz; no core SRAM, no limit on
 * bytes in flight. Each is the common case of present chips and is only reached when the datasheet is silent. */
#include "perf/machine.h"

#include <string.h>
#include "base/math.h"
#include "perf/energy.h"
#include "perf/launch.h"

static double per_ns(double per_s) { return per_s * 1e-9; }

static void set_peaks(orr_machine *machine, const orr_chip *chip)
{
    double half = orr_max(chip->bf16_flop_per_s, chip->fp16_flop_per_s);
    double *peak = machine->matrix_flop_per_ns;
    peak[ORR_DTYPE_FP32] = per_ns(orr_max(chip->tf32_flop_per_s, chip->vector_flop_per_s));
    peak[ORR_DTYPE_BF16] = per_ns(chip->bf16_flop_per_s > 0 ? chip->bf16_flop_per_s : half);
    peak[ORR_DTYPE_FP16] = per_ns(chip->fp16_flop_per_s > 0 ? chip->fp16_flop_per_s : half);
    peak[ORR_DTYPE_FP8] = peak[ORR_DTYPE_FP8_BLOCK] = per_ns(chip->fp8_flop_per_s);
    peak[ORR_DTYPE_INT8] = per_ns(chip->int8_flop_per_s);
    peak[ORR_DTYPE_FP4] = per_ns(chip->fp4_flop_per_s);
    peak[ORR_DTYPE_INT4] = 0;       /* weights only: nothing multiplies at 4-bit integers here */
    machine->vector_flop_per_ns = chip->vector_flop_per_s > 0 ? per_ns(chip->vector_flop_per_s) : peak[ORR_DTYPE_BF16] / 15;
}

static void set_memory(orr_machine *machine, const orr_chip *chip, const orr_coefficients *c)
{
    machine->memory_bytes_per_ns = per_ns(chip->memory_bytes_per_s);
    machine->stream_bytes_per_ns = machine->memory_bytes_per_ns * c->stream_memory_share;
    machine->memory_latency_ns = chip->memory_latency_ns > 0 ? chip->memory_latency_ns : 600;
    machine->kilocycle_ns = 1e12 / (chip->clock_hz > 0 ? chip->clock_hz : 1.5e9);
    machine->cache_bytes = chip->cache_bytes;
    machine->cache_kept_bytes = c->cache_share * chip->cache_bytes;
    machine->cache_bytes_per_ns = orr_max(per_ns(chip->cache_bytes_per_s), machine->memory_bytes_per_ns) * c->stream_memory_share;
    machine->core_count = chip->core_count >= 1 ? chip->core_count : 1;
    machine->core_sram_bytes = chip->core_sram_bytes;
    machine->core_stream_bytes_per_ns = chip->core_sram_bytes > 0 ? c->sram_in_flight_share * chip->core_sram_bytes / machine->memory_latency_ns : machine->memory_bytes_per_ns;
}

static void set_links(orr_machine *machine, const orr_hardware *hardware)
{
    const orr_node_spec *node = &hardware->node;
    bool joined = node->topology != ORR_SCALE_UP_NONE && node->chip_count > 1;
    machine->chips_per_node = joined ? (double)node->chip_count : 1;
    machine->link_bytes_per_ns = joined ? per_ns(node->scale_up_bytes_per_s > 0 ? node->scale_up_bytes_per_s : hardware->chip.link_bytes_per_s) : 0;
    machine->link_latency_ns = node->scale_up_latency_ns > 0 ? node->scale_up_latency_ns : hardware->chip.link_latency_ns;
    machine->mesh = node->topology == ORR_SCALE_UP_MESH;
    machine->torus_dimensions = node->topology == ORR_SCALE_UP_TORUS2D ? 2 : node->topology == ORR_SCALE_UP_TORUS3D ? 3 : 0;
    machine->in_network_reduction = joined && node->in_network_reduction;
    machine->fabric_bytes_per_ns = per_ns(hardware->fabric.bytes_per_s) / orr_max(hardware->fabric.oversubscription, 1);
    machine->fabric_latency_ns = hardware->fabric.latency_ns;
}

/* A fabric by its parts: the domain in place of the node's links, and a network whose oversubscription is met only where leaves are left. */
static void set_fabric(orr_machine *machine, const orr_hardware *hardware)
{
    const orr_fabric *fabric = &hardware->fabric;
    if (orr_fabric_has_domain(fabric)) {
        machine->by_parts = true;
        machine->domain = orr_fabric_domain(fabric, orr_max_i64(fabric->domain.chips, hardware->node.chip_count));
        machine->hop_ns = fabric->domain.hop_ns;
        if (fabric->domain.bytes_per_s > 0) machine->link_bytes_per_ns = machine->chips_per_node > 1 ? per_ns(fabric->domain.bytes_per_s) : 0;
        if (fabric->domain.latency_ns > 0) machine->link_latency_ns = fabric->domain.latency_ns;
        if (fabric->domain.link_j_per_byte > 0) machine->j_per_link_byte = fabric->domain.link_j_per_byte;
    }
    if (orr_fabric_has_network(fabric)) {
        machine->network_by_parts = true;
        machine->network = orr_fabric_network(fabric, hardware->nodes, hardware->node.chip_count);
        machine->fabric_bytes_per_ns = per_ns(fabric->bytes_per_s);
        machine->fabric_hop_ns = fabric->network.hop_ns;
        if (fabric->network.link_j_per_byte > 0) machine->j_per_fabric_byte = fabric->network.link_j_per_byte;
    }
    if (!machine->by_parts && !machine->network_by_parts) return;
    machine->fabric_w = orr_fabric_domain_bill(fabric, hardware->node.chip_count).power_w + orr_fabric_network_bill(fabric, hardware->nodes, hardware->node.chip_count).power_w;
    machine->idle_w += machine->fabric_w;       /* drawn whether or not anything is sent */
    machine->tdp_w += machine->fabric_w;
}

/* A chip whose best measured kernels fall further short of its peaks than those of the fitted chips is taken at what it reaches. */
static double reach_of(double reached, double usual) { return reached > 0 ? orr_min(reached / usual, 1) : 1; }

static void set_reach(orr_machine *machine, const orr_chip *chip, const orr_coefficients *c)
{
    machine->matrix_reach = reach_of(chip->matrix_reached, c->usual_matrix_reach);
    machine->memory_reach = reach_of(chip->memory_reached, c->usual_memory_reach);
    for (int dtype = 0; dtype < ORR_DTYPE_COUNT_; dtype++) machine->matrix_flop_per_ns[dtype] *= machine->matrix_reach;
    machine->memory_bytes_per_ns *= machine->memory_reach;
    machine->stream_bytes_per_ns *= machine->memory_reach;
}

orr_machine orr_machine_prepare(const orr_hardware *hardware, const orr_engine *engine, const orr_coefficients *coefficients)
{
    orr_machine machine;
    memset(&machine, 0, sizeof machine);
    machine.coefficients = coefficients;
    set_peaks(&machine, &hardware->chip);
    set_memory(&machine, &hardware->chip, coefficients);
    set_links(&machine, hardware);
    orr_launch_prepare(&machine, &hardware->chip, engine);
    orr_energy_prepare(&machine, &hardware->chip);
    set_fabric(&machine, hardware);
    set_reach(&machine, &hardware->chip, coefficients);
    return machine;
}
