#include "perf/kernel.h"

#include "base/math.h"
#include "perf/attention.h"
#include "perf/elementwise.h"
#include "perf/gemm.h"
#include "perf/mla.h"
#include "perf/moe.h"
#include "perf/quantize.h"

orr_machine orr_kernel_machine(const orr_hardware *hardware, const orr_coefficients *coefficients)
{
    const orr_engine none = {0};
    orr_machine machine = orr_machine_prepare(hardware, &none, coefficients);
    machine.repeats = true;
    return machine;
}

/* --- kind and shape --- */

static void join(char kind[ORR_KERNEL_KIND_BYTES], const char *a, const char *b, const char *c, const char *d)
{
    const char *pieces[] = {a, b, c, d};
    size_t at = 0;
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
        for (const char *p = pieces[i]; *p != '\0' && at + 1 < ORR_KERNEL_KIND_BYTES; p++) kind[at++] = *p;
    kind[at] = '\0';
}

void orr_kernel_kind(const orr_kernel *kernel, char kind[ORR_KERNEL_KIND_BYTES])
{
    static const char *const collectives[ORR_COLLECTIVE_COUNT_] = {
        [ORR_ALL_REDUCE] = "all_reduce", [ORR_LIBRARY_ALL_REDUCE] = "library_all_reduce", [ORR_ALL_GATHER] = "all_gather", [ORR_REDUCE_SCATTER] = "reduce_scatter", [ORR_ALL_TO_ALL] = "all_to_all",
        [ORR_POINT_TO_POINT] = "point_to_point"};
    const bool mixed = kernel->weight_dtype != kernel->compute_dtype;
    const char *weight = orr_dtype_name(kernel->weight_dtype), *compute = orr_dtype_name(kernel->compute_dtype);
    switch (kernel->family) {
    case ORR_KERNEL_GEMM: join(kind, weight, mixed ? " in " : "", mixed ? compute : "", ""); break;
    case ORR_KERNEL_MOE: join(kind, weight, mixed ? " in " : "", mixed ? compute : "", kernel->ffn.gated ? "" : " plain"); break;
    case ORR_KERNEL_COLLECTIVE: join(kind, collectives[kernel->collective], "", "", ""); break;
    case ORR_KERNEL_DISPATCH: join(kind, kernel->dispatch.mode == ORR_DISPATCH_LOW_LATENCY ? "low-latency " : "", kernel->dispatch.combines ? "combine" : "dispatch", "", ""); break;
    case ORR_KERNEL_STATE_SCAN: case ORR_KERNEL_STATE_UPDATE:
        join(kind, kernel->mixer.kind == ORR_MIXER_GDN ? "gdn" : "mamba2", kernel->convolves ? " convolution" : "", kernel->scan == ORR_SCAN_SEPARATE ? " in several" : "", "");
        break;
    case ORR_KERNEL_ABSORBED: join(kind, weight, "", "", ""); break;
    case ORR_KERNEL_MLA_MODULE: join(kind, kernel->decodes ? "decode " : "prefill ", weight, " kv ", orr_dtype_name(kernel->kv_dtype)); break;
    default: join(kind, compute, " kv ", orr_dtype_name(kernel->kv_dtype), kernel->mixer.window_tokens > 0 ? " window" : "");
    }
}

orr_kernel_shape orr_kernel_shape_of(const orr_kernel *kernel)
{
    const orr_mixer *mixer = &kernel->mixer;
    double sizes[ORR_KERNEL_DIMS];
    int count = 0;
    switch (kernel->family) {
    case ORR_KERNEL_GEMM: sizes[count++] = kernel->m; sizes[count++] = kernel->n; sizes[count++] = kernel->k; break;
    case ORR_KERNEL_MOE:
        sizes[count++] = kernel->tokens; sizes[count++] = kernel->width; sizes[count++] = (double)kernel->ffn.expert_intermediate; sizes[count++] = (double)kernel->ffn.experts_per_token;
        sizes[count++] = (double)kernel->ffn.experts; sizes[count++] = kernel->tensor_ranks; sizes[count++] = kernel->expert_ranks; sizes[count++] = kernel->routing_alpha;
        break;
    case ORR_KERNEL_COLLECTIVE: sizes[count++] = kernel->bytes; sizes[count++] = kernel->ranks; break;
    case ORR_KERNEL_DISPATCH:
        sizes[count++] = kernel->tokens; sizes[count++] = (double)kernel->dispatch.ranks; sizes[count++] = kernel->dispatch.experts; sizes[count++] = kernel->dispatch.per_token;
        sizes[count++] = kernel->dispatch.row_bytes; sizes[count++] = kernel->dispatch.cores;
        break;
    case ORR_KERNEL_STATE_SCAN: case ORR_KERNEL_STATE_UPDATE:
        sizes[count++] = kernel->requests; sizes[count++] = kernel->new_tokens; sizes[count++] = (double)mixer->state_key_heads; sizes[count++] = (double)mixer->state_value_heads;
        break;
    case ORR_KERNEL_ABSORBED: sizes[count++] = kernel->requests; sizes[count++] = (double)mixer->heads; break;
    default:
        sizes[count++] = kernel->requests;
        if (kernel->family == ORR_KERNEL_PREFILL_ATTENTION || kernel->family == ORR_KERNEL_PREFILL_MLA || kernel->family == ORR_KERNEL_MLA_MODULE) sizes[count++] = kernel->new_tokens;
        sizes[count++] = kernel->context_tokens; sizes[count++] = (double)mixer->heads;
        if (mixer->kind == ORR_MIXER_GQA) { sizes[count++] = (double)mixer->kv_heads; sizes[count++] = (double)mixer->head_dim; sizes[count++] = (double)mixer->window_tokens; }
    }
    orr_kernel_shape shape = {0};
    for (int i = 0; i < count; i++) orr_kernel_shape_add(&shape, sizes[i]);
    return shape;
}

/* --- cost --- */

static const orr_rank_split alone = {1, 1, 1};

static void attention_cost(const orr_machine *machine, const orr_kernel *kernel, orr_arena *arena, orr_sink *sink)
{
    const orr_mixer *mixer = &kernel->mixer;
    const orr_rank_shape shape = {1, kernel->kv_dtype, kernel->compute_dtype, kernel->weight_dtype, kernel->weight_dtype, 1};
    const bool module = kernel->family == ORR_KERNEL_MLA_MODULE;
    const bool decodes = kernel->family == ORR_KERNEL_DECODE_ATTENTION || kernel->family == ORR_KERNEL_DECODE_MLA || kernel->family == ORR_KERNEL_STATE_UPDATE || (module && kernel->decodes);
    orr_attention attention = {0};
    if (mixer->kind == ORR_MIXER_GQA) {
        orr_attention_compile_decode(machine, mixer, &shape, &attention);
        orr_attention_compile_prefill(machine, mixer, &shape, &attention);
    } else if (mixer->kind == ORR_MIXER_MLA) {
        orr_mla_compile(machine, mixer, &shape, arena, &attention);
    } else {
        orr_linear_state_compile(machine, mixer, &shape, kernel->scan, &attention);
    }
    const int64_t count = (int64_t)kernel->requests, context = (int64_t)kernel->context_tokens, cap = mixer->window_tokens > 0 ? mixer->window_tokens : mixer->sparse_topk;
    if (decodes) {
        const int64_t capped = cap > 0 ? orr_min_i64(context, cap) : context;
        const orr_decode_sums sums = {count, count * context, count * capped, kernel->requests * kernel->context_tokens * kernel->context_tokens};
        for (int i = 0; i < attention.linear_count; i++) {
            if (attention.linear[i].convolves != kernel->convolves || (attention.linear[i].absorbs && !module)) continue;
            attention.linear[i].layers = 1;
            orr_linear_operator_emit(&attention.linear[i], machine, &sums, &alone, sink);
        }
        return;
    }
    for (int i = 0; i < attention.chunk_count; i++) {
        if (attention.chunk[i].convolves != kernel->convolves) continue;
        attention.chunk[i].layers = 1;
        orr_chunk_load load = {0};
        orr_chunk_load_add(&attention.chunk[i], machine, kernel->new_tokens, kernel->context_tokens, kernel->requests, &load);
        orr_chunk_operator_emit(&attention.chunk[i], machine, &load, &alone, sink);
    }
}

static void absorbed_cost(const orr_machine *machine, const orr_kernel *kernel, orr_sink *sink)
{
    const orr_rank_shape shape = {1, kernel->kv_dtype, kernel->compute_dtype, kernel->weight_dtype, kernel->weight_dtype, 1};
    orr_attention attention = {0};
    orr_mla_compile_absorbed(machine, &kernel->mixer, &shape, kernel->weight_dtype == ORR_DTYPE_FP8_BLOCK, &attention);
    attention.linear[0].layers = 0.5;       /* one of the two products */
    orr_linear_operator_emit(&attention.linear[0], machine, &(orr_decode_sums){.count = (int64_t)kernel->requests}, &alone, sink);
}

/* Latent attention between hidden states, as program.c composes a layer's. Weights do not stay in the cache. */
static void module_cost(const orr_machine *machine, const orr_kernel *kernel, orr_arena *arena, orr_sink *sink)
{
    orr_machine once = *machine;
    once.repeats = false;
    orr_mla_part parts[ORR_MAX_MLA_PARTS];
    const double rows = kernel->requests * (kernel->decodes ? 1 : kernel->new_tokens);
    const int count = orr_mla_parts(&kernel->mixer, 1, (int64_t)kernel->width, parts);
    for (int i = 0; i < count; i++) {
        const orr_mla_part *part = &parts[i];
        if (kernel->decodes && part->prompts_only) continue;
        const orr_elementwise elementwise = orr_elementwise_prepare(&once, part->row_bytes, 0, part->kernels, 0);
        if (part->kind == ORR_MLA_ELEMENTWISE) { orr_elementwise_emit(&elementwise, part->name, 1, rows, 1, 1, sink); continue; }
        const orr_dtype dtype = part->kind == ORR_MLA_OTHER ? kernel->compute_dtype : kernel->weight_dtype;
        const orr_elementwise quantize = orr_quantize_prepare(&once, (double)part->k, dtype);
        if (quantize.kernels > 0) orr_elementwise_emit(&quantize, "quantize", 1, rows, 1, 1, sink);
        const orr_gemm gemm = orr_gemm_prepare(&once, part->n, part->k, dtype, dtype);
        orr_gemm_emit(&gemm, part->name, 1, rows, 1, 1, sink);
    }
    attention_cost(&once, kernel, arena, sink);
}

static void moe_cost(const orr_machine *machine, const orr_kernel *kernel, orr_sink *sink)
{
    orr_ffn ffn = kernel->ffn;
    ffn.expert_intermediate = (int64_t)(orr_max((double)ffn.expert_intermediate / kernel->tensor_ranks, 1));
    const bool power = kernel->routing_alpha > 0;
    const orr_moe_shape shape = {.ffn = &ffn, .width = (int64_t)kernel->width, .ranks = (int64_t)kernel->expert_ranks, .spread = kernel->expert_ranks > 1, .everywhere = !kernel->own_rows,
                                 .weight_dtype = kernel->weight_dtype, .compute_dtype = kernel->compute_dtype, .routing = power ? ORR_ROUTING_POWER : ORR_ROUTING_EVEN, .power = kernel->routing_alpha};
    const orr_moe moe = orr_moe_prepare(machine, &shape);
    orr_moe_emit(&moe, 1, kernel->tokens, sink);
    /* emitted for all the ranks; a benchmark has one of them */
    sink->sum->energy_j /= kernel->expert_ranks;
    sink->sum->flop /= kernel->expert_ranks;
    sink->sum->memory_bytes /= kernel->expert_ranks;
}

bool orr_kernel_cost(const orr_machine *machine, const orr_kernel *kernel, orr_arena *arena, orr_cost *cost)
{
    *cost = (orr_cost){0};
    if (kernel->family != ORR_KERNEL_COLLECTIVE && kernel->family != ORR_KERNEL_DISPATCH && !(machine->matrix_flop_per_ns[kernel->compute_dtype] > 0)) return false;
    orr_sink sink = {.sum = cost};
    switch (kernel->family) {
    case ORR_KERNEL_GEMM: {
        const orr_gemm gemm = orr_gemm_prepare(machine, (int64_t)kernel->n, (int64_t)kernel->k, kernel->weight_dtype, kernel->compute_dtype);
        orr_gemm_emit_alone(&gemm, kernel->m, &sink);
        break;
    }
    case ORR_KERNEL_MOE: moe_cost(machine, kernel, &sink); break;
    case ORR_KERNEL_ABSORBED: absorbed_cost(machine, kernel, &sink); break;
    case ORR_KERNEL_MLA_MODULE: module_cost(machine, kernel, arena, &sink); break;
    case ORR_KERNEL_COLLECTIVE: {
        if (!(machine->link_bytes_per_ns > 0)) return false;
        const orr_collective collective = orr_collective_prepare(machine, kernel->collective, (int64_t)kernel->ranks);
        orr_collective_emit(&collective, "collective", 1, kernel->bytes, kernel->ranks, 1, &sink);
        break;
    }
    case ORR_KERNEL_DISPATCH: {
        if (!(machine->link_bytes_per_ns > 0)) return false;
        const orr_dispatch dispatch = orr_dispatch_prepare(machine, &kernel->dispatch);
        orr_dispatch_emit(&dispatch, "dispatch", 1, kernel->tokens, (double)kernel->dispatch.ranks, 1, &sink);
        break;
    }
    default: attention_cost(machine, kernel, arena, &sink); break;
    }
    return cost->time_ns > 0;
}
