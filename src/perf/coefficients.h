/* The universal coefficients: how far real kernels fall short of a chip's datasheet, one set for every chip.
 *
 * Invariants: 1. one table (coefficients.c) names, bounds and documents them all; 2. data/calibration/universal.yaml gives every one of them, each
 * with its source and origin, and nothing else; 3. none depends on a chip by name: what differs between chips is in the chip's parameters. */
#ifndef ORR_PERF_COEFFICIENTS_H
#define ORR_PERF_COEFFICIENTS_H

#include <stdbool.h>
#include <stddef.h>
#include "base/diag.h"
#include "base/mem.h"
#include "base/tree.h"
#include "spec/field.h"

typedef struct orr_coefficients {
    /* kernel.* - any kernel */
    double kernel_floor_kilocycles;          /* an empty kernel's own time */
    double stream_memory_share;             /* share of the memory bandwidth that streaming kernels reach */
    double cache_share;                     /* share of the last-level cache that holds what the kernel before wrote */
    double sram_in_flight_share;            /* share of a core's SRAM that holds bytes in flight */
    double residual_share, residual_share_gemm;     /* of a kernel's residual, measured alone and again and again, that a step keeps; of a product's, measured with the quantisation of its input */
    double usual_matrix_reach, usual_memory_reach;      /* shares of the peaks that the best kernels reach on the chips the other coefficients were fitted on */
    /* gemm.* */
    double gemm_start_kilocycles;           /* of a product beyond an empty kernel: first loads, last stores */
    double gemm_compute_share;              /* of the matrix peak, an endless tile, no quantisation losses */
    double gemm_block_compute_share;        /* the same for block-scaled 8-bit floats */
    double gemm_memory_share;
    double gemm_fp4_memory_share;           /* factor on it in 4-bit products */
    double gemm_fill_depth;                 /* elements of K that filling and draining a tile costs */
    double gemm_tile_half_intensity;        /* operations per element of the tile at which half of the rate is lost */
    double gemm_wave_rounding;              /* 0: waves are fractional, 1: whole */
    double gemm_panel_shares;               /* of the cache's bandwidth over the cores, that one core reads W's panels with */
    double gemm_split_latencies;            /* of memory, in joining a split K */
    double gemm_block_cycles;               /* an element of K in a block-scaled 8-bit product, whatever the tile */
    double gemm_fp4_cycles;                 /* the same at 4 bit */
    double gemm_quantize_kernels;           /* in a step: launches, in the mean, to bring a product's input to 8 or 4 bit; fused ones count none */
    double gemm_quantize_kilocycles;        /* alone: launches to bring an input to 8 bit with one scale */
    double gemm_block_quantize_kilocycles;  /* with a scale a block */
    double gemm_block_pack_kilocycles;      /* packing those scales for a matrix unit that takes them itself */
    double gemm_fp4_quantize_kilocycles;
    double gemm_integer_kilocycles;         /* around a product of integer weights */
    double gemm_quantize_row_cycles;        /* a row, with one scale */
    double gemm_quantize_passes;            /* over the input's bytes, before and after */
    double gemm_block_host_ns;              /* the host's pace of block-scaled products launched without a graph */
    /* attention.* */
    double attention_matrix_share;          /* of the matrix peak in the two products */
    double attention_fp8_matrix_share;      /* the same in products at 8 bit */
    double attention_narrow_cache_gain;     /* how far an 8-bit cache lets 16-bit products run at the 8-bit peak: 0 not, 1 fully */
    double attention_softmax_flop;          /* vector operations' worth of one score: exponential, maximum, rescaling */
    double attention_query_tile;            /* query rows of a tile */
    double attention_split_limit;           /* ways in which one query tile's context before its chunk may be split */
    double attention_prefill_kilocycles;     /* fixed, per launch sequence */
    double attention_prefill_tile_kilocycles;   /* of starting a tile of query rows of a head on a core */
    double attention_query_passes;          /* over the bytes of queries and outputs, writing and reading */
    double attention_key_passes;            /* over those of keys and values */
    double attention_decode_kilocycles;
    double attention_join_kilocycles;       /* of the results of contexts cut into parts */
    double attention_join_tokens;           /* mean context at which half of them are */
    double attention_decode_memory_share;
    double attention_decode_matrix_share;   /* of the matrix peak in padded products */
    double attention_decode_rows;           /* query rows a decode tile is padded to */
    double attention_block_tokens;          /* keys that a request reads at the least */
    double attention_row_kilocycles;        /* of a core on each query row of a request */
    double attention_cached_share;          /* of the last-level cache: contexts of which a repeating benchmark finds half there */
    double attention_inequality;            /* a: time x (1 + a std/mean of the contexts) */
    /* mla.* */
    double mla_prefill_matrix_share;        /* of the matrix peak in the two products of prompts */
    double mla_prefill_kilocycles;          /* fixed, per launch sequence */
    double mla_prefill_tile_kilocycles;     /* of starting a tile of query rows on a core */
    double mla_prefill_passes;              /* over queries, keys, values and outputs, beside the products */
    double mla_quantize_kilocycles;         /* kernels that bring them to 8 bit for an 8-bit cache */
    double mla_quantize_passes;
    double mla_decode_kilocycles;           /* fixed, of decoding */
    double mla_parts_kilocycles;            /* fixed, of cutting contexts into parts */
    double mla_parts_inside;                /* of that, when parts are joined inside the kernel */
    double mla_join_kilocycles, mla_join_tokens;    /* joining as many parts as cores; mean context at which half of it is due */
    double mla_decode_memory_share;
    double mla_decode_matrix_share;
    double mla_request_kilocycles;          /* of a core, a tile of rows of a request */
    double mla_output_passes;               /* over queries and results of decoding */
    double mla_unfit_slowdown;              /* of decoding where a core can't hold the tiles */
    double mla_unfit_serial_share;          /* of a core's throughput a token, that a request's own context takes there */
    double mla_unfit_prefill_share;         /* of the products' share, there */
    double mla_absorbed_kilocycles;         /* fixed, of an absorbed product */
    double mla_absorbed_memory_share, mla_absorbed_matrix_share;
    double mla_absorbed_quantize_kilocycles, mla_absorbed_quantize_passes;      /* the same with block-scaled 8-bit products */
    double indexer_matrix_share;
    double topk_passes;                     /* passes over the scores that picking the top k takes */
    /* state.* */
    double state_element_bytes;             /* of a recurrent state, as it is kept */
    double state_moved_bytes;               /* read and written of it by an update, an element */
    double state_memory_share;
    double state_conv_kilocycles;           /* fixed, of a convolution */
    double state_conv_update_cycles;        /* of a core, a channel of one token */
    double state_conv_cycles;               /* the same in a chunk of many */
    double state_conv_tokens;               /* that a chunk counts at the least in it */
    double state_update_kilocycles;         /* fixed */
    double state_update_head_kilocycles;    /* of a core, a head's state of 128 x 128 */
    double state_fused;                     /* 1: a scan is one kernel, 0: several */
    double state_fused_kilocycles;          /* fixed, of a scan in one kernel */
    double state_fused_unit_kilocycles;     /* of a head, on its core */
    double state_fused_piece_kilocycles;    /* of a piece of it */
    double state_wave_rounding;             /* as of products */
    double state_scan_kilocycles;           /* the same of a scan in several kernels */
    double state_unit_kilocycles;
    double state_piece_kilocycles;
    double state_chain_kilocycles;          /* of a piece in the chain through the state */
    /* moe.* */
    double moe_skew;                        /* spread of the experts' popularity (coefficient of variation) */
    double moe_busiest_sigmas;              /* how far the busiest rank is above the mean, in standard deviations per sqrt(2 ln ranks) */
    double moe_kilocycles;                  /* fixed: routing, sorting, permuting, both products' launches, combining */
    double moe_expert_kilocycles;           /* the same, an expert of the model */
    double moe_crowd_kilocycles;            /* the same, when rows are many */
    double moe_row_slowdown;                /* time of a row's bytes over theirs at the cache's bandwidth */
    double moe_quantize_passes;             /* over a product's input, to bring it to 8 or 4 bit */
    double moe_foreign_share;               /* of other ranks' rows that a rank walks over when it holds all tokens */
    double moe_idle_tile_kilocycles;        /* a tile of such rows */
    double moe_compute_share;               /* of the matrix peak, in a grouped product */
    double moe_memory_share;                /* of the memory bandwidth, on experts' weights */
    double moe_fill_share;                  /* of the cache's bandwidth, in bringing tiles to the cores */
    double moe_fill_depth;                  /* elements of K that filling and draining a tile costs */
    double moe_wave_rounding;               /* 0: waves are fractional, 1: whole */
    double moe_block_flop;                  /* vector FLOP a sum and 128 of K, at 8 bit with block scales */
    double moe_unpack_flop;                 /* vector FLOP an element of a weight that is unpacked */
    /* elementwise.* */
    double sampler_passes;                  /* passes over the logits in fp32 */
    double sampler_kilocycles;
    /* collective.* */
    double link_share;                      /* of the link bandwidth: ring, two-shot, all-to-all */
    double own_part;                        /* of bringing a rank's own part of the buffer to its place, over sending one part */
    double pipelining;                      /* of sqrt(alpha beta bytes): what cutting a buffer into pieces costs */
    double link_one_shot_share;
    double link_in_network_share;
    double link_point_share;                /* point to point */
    double base_latencies;                  /* of a ring, in link latencies */
    double step_latencies;                  /* of a step of a ring, in link latencies */
    double one_shot_latencies;
    double two_shot_latencies;
    double in_network_latencies;
    double all_to_all_latencies;
    double point_latencies;
    double fabric_share;
    double fabric_software_ns;              /* added to the fabric's latency once a crossing */
    /* dispatch.* */
    double dispatch_latencies;              /* normal mode's floor, in link latencies */
    double dispatch_row_cycles;             /* of a row's way through one warp, a byte */
    double dispatch_combine_row_cycles;     /* the same when copies are added up */
    double dispatch_pipelining;             /* as of collectives */
    double dispatch_link_share;
    double dispatch_core_bytes_per_cycle;   /* what one core moves */
    double dispatch_token_kilocycles;       /* of a core, a token, besides its bytes */
    double dispatch_cores;                  /* cores an engine gives to it */
    double dispatch_low_latencies;          /* low-latency mode's floor, in link latencies */
    double dispatch_expert_latencies;       /* more of them for each expert of the model */
    double dispatch_low_link_share;
    double dispatch_low_token_kilocycles;   /* of a core, a token sent */
    double dispatch_low_copy_kilocycles;    /* of a core, a copy combined */
    double dispatch_fabric_share;
    double dispatch_fabric_latencies;       /* in fabric latencies */
    /* parallel.* */
    double rank_imbalance;                  /* of data-parallel attention ranks: busiest / mean - 1 */
    /* energy.* */
    double energy_active_share;             /* of TDP - idle, whenever a kernel runs */
    double energy_flop_pj;                  /* pJ a 16-bit FLOP, on a chip with 1 W above idle a TFLOP/s of peak */
    double energy_budget_exponent;          /* how it follows that figure: 0 not, 1 in proportion */
    double energy_width_floor;              /* share of it that narrower numbers do not save */
    double energy_memory_share;             /* of TDP - idle, at the memory bandwidth */
    double energy_vector_factor;            /* a vector operation's energy over what the matrix units' rate of energy would give it at the vector rate */
    double energy_link_j_per_byte;          /* scale-up */
    double energy_fabric_j_per_byte;        /* scale-out, network included */
    /* error.*: |log(real / predicted)| that nine of ten keep, where a chip's own kernels were not measured */
    double error_gemm, error_prefill_attention, error_decode_attention, error_prefill_mla, error_decode_mla, error_moe, error_collective, error_state, error_other, error_host, error_power;
    /* interval.*: quantiles 5, 25, 75, 95 % of log(measured / predicted) over its scale, of TTFT, TPOT, E2EL, throughput, power (drive/interval.h) */
    double interval[5][4];
    /* memory.* */
    double window_reference_tokens;         /* mean context for the share of sliding-window layers in a block when traffic tells none */
} orr_coefficients;

/* The field table of a calibration file: families of coefficients. */
extern const orr_table orr_calibration_table;

/* Reads a calibration tree; NULL gives the table's own values (what universal.yaml held when written), for tests that need no catalogue. */
bool orr_coefficients_bind(const orr_node *tree, orr_coefficients *coefficients, orr_arena *arena, orr_diags *diags);
/* What an engine's kernel library does otherwise than the common one, whatever the chip: the few coefficients that the calibration of its name (data/calibration/ENGINE.yaml) gives are put in place. Nothing
 * when `kernels` is NULL or has no such file. */
void orr_coefficients_overlay(const char *kernels, orr_coefficients *coefficients);
/* The embedded `universal` calibration; NULL when it can't be read (reported). */
const orr_coefficients *orr_coefficients_universal(orr_arena *arena, orr_diags *diags);
/* Those of a study's own tree (NULL: the embedded ones). NULL with diagnostics, each at its place. */
const orr_coefficients *orr_coefficients_of_tree(const orr_node *own, orr_arena *arena, orr_diags *diags);

#endif
