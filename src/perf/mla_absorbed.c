/* The absorbed products of latent attention, two batched products over the heads: queries into the latent space (W_UK, nope x lora a head), results out of it (W_UV, lora x v).
 *
 *   t = 2 fixed + weights / bandwidth + tokens x sqrt(memory^2 + products^2)
 *   memory = heads (nope + 2 lora + v) x 2 bytes / (share x bandwidth), products = 2 heads lora (nope + v) / (share x matrix peak)
 * Each head's product is small (its weights are 128 KB), so that no tile is reused across heads and time is linear in the tokens. A benchmark that repeats itself finds the weights, and
 * activations that fit, in the last-level cache. Products at 8 bit with block scales quantise their inputs on the way: passes over them; engines
 * take the 16-bit ones, as timings of whole modules say.
 * Units: ns, bytes, FLOP, tokens. Source: kernel timings (data/calibration/universal.yaml). Valid from 1 to 20,000 tokens and 1 to 128 heads. */
#include "perf/mla.h"

#include "base/math.h"

static double quadratic(double a, double b) { return sqrt(a * a + b * b); }

void orr_mla_compile_absorbed(const orr_machine *machine, const orr_mixer *mixer, const orr_rank_shape *shape, bool block, orr_attention *attention)
{
    const orr_coefficients *c = machine->coefficients;
    double heads = (double)mixer->heads / shape->tensor_ranks, lora = (double)mixer->kv_lora_rank, outer = (double)(mixer->qk_nope_dim + mixer->value_head_dim);
    double weight_bytes = heads * lora * outer * (block ? 1 : 2), bytes = shape->query_tokens * heads * (outer + 2 * lora) * 2, flop = shape->query_tokens * 2 * heads * lora * outer;
    double products_ns = flop / (c->mla_absorbed_matrix_share * machine->matrix_flop_per_ns[shape->compute_dtype]), quantize_ns = block ? c->mla_absorbed_quantize_passes * bytes / machine->memory_bytes_per_ns : 0;
    orr_linear_operator *linear = &attention->linear[attention->linear_count++];
    *linear = (orr_linear_operator){ .name = "absorbed_products", .absorbs = true, .kernels = 2, .binding = ORR_BIND_MEMORY, .dtype = shape->compute_dtype, .matrix_dtype = shape->compute_dtype, .heads = heads };
    linear->fixed_ns = 2 * machine->kernel_ns + 2 * (c->mla_absorbed_kilocycles + (block ? c->mla_absorbed_quantize_kilocycles : 0)) * machine->kilocycle_ns;
    linear->fixed_ns += weight_bytes / (machine->repeats ? machine->cache_bytes_per_ns : machine->stream_bytes_per_ns);
    linear->request_ns = quadratic(bytes / (c->mla_absorbed_memory_share * machine->memory_bytes_per_ns), products_ns) + quantize_ns;
    linear->request_cached_ns = quadratic(bytes / machine->cache_bytes_per_ns, products_ns) + quantize_ns;
    linear->request_held_bytes = 0.5 * bytes;
    linear->request_bytes = bytes;
    linear->request_flop = flop;
    linear->fixed_bytes = weight_bytes;
}
