/* Random systems for the laws of the performance model: six models, chips between a twentieth and twenty times an H100, layouts and fabrics of every kind; and the times of a step's parts. */
#ifndef ORR_TESTS_PERF_WORLD_H
#define ORR_TESTS_PERF_WORLD_H

#include "../unit/perf_support.h"

#include "base/rng.h"

typedef struct world { orr_arena *arena; orr_diags *diags; orr_coefficients coefficients; orr_rng rng; } world;

static inline int set_up(void **state)
{
    world *w = test_calloc(1, sizeof *w);
    w->arena = orr_arena_create();
    w->diags = orr_diags_create();
    w->rng = orr_rng_stream(1, "perf laws", 0);
    *state = w;
    return universal_coefficients(&w->coefficients, w->arena, w->diags) ? 0 : -1;
}

static inline int tear_down(void **state)
{
    world *w = *state;
    orr_arena_destroy(w->arena);
    orr_diags_destroy(w->diags);
    test_free(w);
    return 0;
}

static inline int64_t pick(world *w, int64_t below) { return (int64_t)orr_rng_below(&w->rng, (uint64_t)below); }
static inline double scale(world *w, double low, double high) { return low * exp(orr_rng_uniform(&w->rng) * log(high / low)); }

/* Every other system has a domain by parts, of any topology; every other of these a network by parts. */
static inline void random_fabric(world *w, orr_hardware *hardware)
{
    if (pick(w, 2) == 0) return;
    hardware->fabric.domain = (orr_scale_up){ .topology = (orr_domain_topology)(1 + pick(w, 6)), .hop_ns = scale(w, 10, 3000), .dimensions = 1 + pick(w, 3), .block = 1 + pick(w, 4), .route = (orr_route)pick(w, 3),
        .oversubscription = 1 + (double)pick(w, 4), .parts.switches.ports = (double)(8 + pick(w, 64)) };
    if (pick(w, 2) == 0) return;
    hardware->fabric.oversubscription = 1 + (double)pick(w, 4);
    hardware->fabric.network = (orr_scale_out){ .topology = (orr_network_topology)(1 + pick(w, 2)), .hop_ns = scale(w, 10, 3000), .parts.switches.ports = (double)(32 + pick(w, 64)) };
}

/* A chip between a twentieth and twenty times an H100, in every parameter of its own. */
static inline orr_hardware random_hardware(world *w)
{
    orr_hardware hardware = dgx_h100(64);
    orr_chip *chip = &hardware.chip;
    chip->bf16_flop_per_s *= scale(w, 0.05, 20);
    chip->fp16_flop_per_s = chip->bf16_flop_per_s;
    chip->fp8_flop_per_s = chip->bf16_flop_per_s * scale(w, 1, 4);
    chip->vector_flop_per_s *= scale(w, 0.05, 20);
    chip->memory_bytes_per_s *= scale(w, 0.05, 20);
    chip->memory_bytes *= scale(w, 0.2, 20);
    chip->memory_latency_ns *= scale(w, 0.3, 3);
    chip->clock_hz *= scale(w, 0.3, 3);
    chip->cache_bytes = pick(w, 4) == 0 ? 0 : chip->cache_bytes * scale(w, 0.1, 10);
    chip->cache_bytes_per_s *= scale(w, 0.3, 10);
    chip->core_count = 1 + (double)pick(w, 400);
    hardware.node.scale_up_bytes_per_s *= scale(w, 0.05, 20);
    hardware.node.scale_up_latency_ns *= scale(w, 0.1, 10);
    hardware.node.chip_count = (int64_t)1 << pick(w, 6);
    hardware.node.in_network_reduction = pick(w, 2) == 0;
    hardware.node.topology = (orr_scale_up_topology)(1 + pick(w, 5));
    hardware.fabric.bytes_per_s *= scale(w, 0.1, 10);
    hardware.chip_count = 512;
    random_fabric(w, &hardware);
    return hardware;
}

static inline orr_study random_study(world *w)
{
    orr_model models[] = { llama_70b(), mixtral_8x7b(), deepseek_v3(), sparse_model(), windowed_model(), recurrent_model() };
    orr_model model = models[pick(w, 6)];
    orr_engine engine = plain_engine((int64_t)1 << pick(w, 4), 1 + pick(w, 4), 1);
    bool moe = model.groups[model.group_count - 1].ffn.kind == ORR_FFN_MOE;
    if (moe && pick(w, 2) == 0) { engine.data_parallel_size = (int64_t)1 << pick(w, 4); engine.enable_expert_parallel = true; }
    if (moe && engine.tensor_parallel_size > 1 && pick(w, 2) == 0) engine.enable_expert_parallel = true;
    if (pick(w, 3) == 0) {
        engine.prefill_context_parallel_size = (int64_t)1 << pick(w, 4);
        engine.prefill_context_exchange = pick(w, 2) == 0 ? ORR_CONTEXT_ALL_GATHER : ORR_CONTEXT_RING;
        if (pick(w, 2) == 0) engine.decode_context_parallel_size = orr_engine_context_ranks(&engine) << pick(w, 4);
        engine.dcp_comm_backend = pick(w, 2) == 0 ? ORR_DCP_AG_RS : ORR_DCP_A2A;
    }
    orr_study study = study_of(model, random_hardware(w), engine);
    study.engine.host_overlap = orr_rng_uniform(&w->rng);
    return study;
}

/* The next random system that is possible. */
static inline orr_perf *random_system(world *w, orr_study *study)
{
    for (;;) {
        *study = random_study(w);
        orr_perf *perf = orr_perf_prepare_with(study, &w->coefficients, w->arena, NULL);
        if (perf != NULL) return perf;
    }
}

static inline orr_decode_sums equal_contexts(const orr_study *study, int64_t count, int64_t context)
{
    int64_t cap = study->model.context_cap_tokens, capped = cap > 0 && context > cap ? cap : context;
    return (orr_decode_sums){ count, count * context, count * capped, (double)count * (double)context * (double)context };
}

static inline double dense_ns(const orr_perf *perf, int64_t tokens) { orr_cost cost; orr_perf_dense(perf, tokens, true, &cost); return cost.time_ns; }
static inline double eager_ns(const orr_perf *perf, int64_t tokens) { orr_cost cost; orr_perf_dense(perf, tokens, false, &cost); return cost.time_ns; }
static inline double logits_ns(const orr_perf *perf, int64_t count) { orr_cost cost; orr_perf_logits(perf, count, &cost); return cost.time_ns; }
static inline double decode_ns(const orr_perf *perf, orr_decode_sums sums) { orr_cost cost; orr_perf_decode_attention(perf, &sums, &cost); return cost.time_ns; }
static inline double prefill_ns(const orr_perf *perf, int64_t n, int64_t c) { orr_cost cost; orr_perf_prefill_attention(perf, n, c, &cost); return cost.time_ns; }

static inline void not_less(double more, double less, const char *what, const orr_study *study, double slack)
{
    if (!(more >= less * (1 - slack))) fail_msg("%s: %.9g ns after %.9g ns (%s, %lld x %lld x %lld, context %lld, %lld)", what, more, less, study->model.name, (long long)study->engine.tensor_parallel_size,
                                                (long long)study->engine.pipeline_parallel_size, (long long)study->engine.data_parallel_size, (long long)study->engine.prefill_context_parallel_size,
                                                (long long)study->engine.decode_context_parallel_size);
}

#endif
