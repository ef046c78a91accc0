/* Mixture of experts: routing, grouped products, combination; on the busiest of R ranks.
 *
 * T tokens choose k of E experts: T k rows. Half of the experts are taken (1 + s) times, half (1 - s) times as popular as the mean (s: moe.skew), so that
 *   touched = E/2 [1 - (1 - k/E (1+s))^T] + E/2 [1 - (1 - k/E (1-s))^T]        s = 0: E (1 - (1 - k/E)^T)
 * Whole experts spread over R ranks (expert parallelism): a rank holds E/R. The busiest rank has
 *   rows    = mean (1 + z s / sqrt(E/R) sqrt(1 - 1/R)) + z sqrt(mean (1 - 1/R)),  mean = T k / R,  z = busiest_sigmas sqrt(2 ln R)
 *   touched = mean + z sqrt(mean (1 - mean / (E/R))), at most E/R
 * Experts cut over the ranks instead: every rank has all rows and a slice of every touched expert.
 * Products: gemm.c's grouped form, reading each touched expert's weights once. Permutation and combination stream the rows. The all-to-all or all-reduce
 * around them is a collective of its own (program.c).
 * Units: ns, bytes, FLOP, tokens. Source: occupancy of random choices; extreme of R normal loads; coefficients in data/calibration/universal.yaml. Valid for
 * 1 to 100,000 tokens; no capacity factor (nothing is dropped), no redundant experts. */
#include "perf/moe.h"

#include "base/math.h"

static void prepare_routing(orr_moe *moe)
{
    const orr_coefficients *c = moe->machine->coefficients;
    double chance = moe->per_token / moe->experts, skew = c->moe_skew;
    moe->log_miss_popular = orr_log(1 - orr_min(chance * (1 + skew), 1 - 1e-12));
    moe->log_miss_rare = orr_log(1 - orr_min(chance * (1 - skew), 1 - 1e-12));
    if (moe->spread_ranks <= 1) return;
    double others = 1 - 1 / moe->spread_ranks;
    moe->sigmas = c->moe_busiest_sigmas * sqrt(2 * orr_log(moe->spread_ranks));
    moe->rank_excess = moe->sigmas * skew / sqrt(orr_max(moe->experts / moe->spread_ranks, 1)) * sqrt(others);
}

orr_moe orr_moe_prepare(const orr_machine *machine, const orr_ffn *ffn, int64_t width, int64_t ranks, bool spread, orr_dtype weight_dtype, orr_dtype compute_dtype)
{
    orr_moe moe = { .experts = (double)ffn->experts, .per_token = (double)ffn->experts_per_token, .ranks = (double)ranks, .machine = machine };
    int64_t inner = spread ? ffn->expert_intermediate : orr_ceil_div(ffn->expert_intermediate, ranks);
    moe.spread_ranks = spread ? (double)ranks : 1;
    moe.rank_experts = spread ? (double)orr_ceil_div(ffn->experts, ranks) : moe.experts;
    moe.up = orr_gemm_prepare_grouped(machine, inner * (ffn->gated ? 2 : 1), width, weight_dtype, compute_dtype);
    moe.down = orr_gemm_prepare_grouped(machine, width, inner, weight_dtype, compute_dtype);
    double row = (double)width;
    moe.permute = orr_elementwise_prepare(machine, row * (2 + orr_activation_bytes(compute_dtype)), 0, 2, machine->coefficients->moe_kilocycles * machine->kilocycle_ns);
    moe.combine = orr_elementwise_prepare(machine, row * 2 + (double)inner * (ffn->gated ? 6 : 4), 0, 2, 0);
    prepare_routing(&moe);
    return moe;
}

double orr_moe_touched(const orr_moe *moe, double tokens)
{
    double missed = 0.5 * (orr_exp(tokens * moe->log_miss_popular) + orr_exp(tokens * moe->log_miss_rare));
    return moe->experts * (1 - missed);
}

typedef struct load { double rows, touched, mean_rows, mean_touched; } load;

/* Rows and touched experts on the busiest rank, and in the mean. */
static load rank_load(const orr_moe *moe, double tokens)
{
    double rows = tokens * moe->per_token / moe->spread_ranks, touched = orr_moe_touched(moe, tokens) / moe->spread_ranks;
    load l = { rows, touched, rows, touched };
    if (moe->spread_ranks <= 1) return l;
    double others = 1 - 1 / moe->spread_ranks, mean_experts = moe->experts / moe->spread_ranks;
    l.rows = orr_min(rows * (1 + moe->rank_excess) + moe->sigmas * sqrt(rows * others), tokens * moe->per_token);
    double filled = touched / mean_experts;
    l.touched = orr_min(touched + moe->sigmas * sqrt(touched * orr_max(1 - filled, 0)), mean_experts);
    if (filled * moe->sigmas * moe->sigmas > mean_experts * (1 - filled)) l.touched = mean_experts;     /* past its peak the normal bound would fall again */
    l.touched = orr_max(l.touched, orr_min(1, moe->rank_experts));
    l.touched = orr_min(l.touched * moe->rank_experts / mean_experts, moe->rank_experts);
    l.rows = orr_max(l.rows, l.touched);
    return l;
}

static void emit_product(const orr_moe *moe, const orr_gemm *gemm, const char *name, double times, const load *l, orr_sink *sink)
{
    bool memory_bound = false;
    double time_ns = orr_gemm_grouped_ns(gemm, l->touched, l->rows, &memory_bound);
    double beyond = orr_max(l->rows * gemm->row_bytes - moe->machine->cache_kept_bytes, 0), share = l->mean_rows / l->rows;
    /* static bytes are of the mean rank, so that all ranks together read each touched expert once */
    orr_work work = { .dtype = gemm->compute_dtype, .flop = l->rows * gemm->row_flop, .bytes = beyond, .static_bytes = l->touched * gemm->weight_bytes, .ranks = moe->ranks, .mean_share = share };
    orr_operator operator_ = { .name = name, .times = times, .kernels = 1, .shape = ORR_SHAPE_GROUPED, .dtype = gemm->weight_dtype, .size = { l->touched, l->rows, gemm->n, gemm->k } };
    operator_.binding = 2 * gemm->latency_ns > time_ns ? ORR_BIND_LATENCY : memory_bound ? ORR_BIND_MEMORY : ORR_BIND_COMPUTE;
    double limit_ns = (beyond + work.static_bytes) / moe->machine->memory_bytes_per_ns;
    work.static_bytes = l->mean_touched * gemm->weight_bytes;
    orr_work_cost(moe->machine, &work, time_ns, &operator_.cost);
    operator_.cost.memory_limit_ns = limit_ns;
    orr_emit(sink, &operator_);
}

void orr_moe_emit(const orr_moe *moe, double times, double tokens, orr_sink *sink)
{
    if (tokens <= 0) return;
    load l = rank_load(moe, tokens);
    double share = l.mean_rows / l.rows;
    orr_elementwise_emit(&moe->permute, "route_permute", times, l.rows, moe->ranks, share, sink);
    emit_product(moe, &moe->up, "experts_gate_up", times, &l, sink);
    emit_product(moe, &moe->down, "experts_down", times, &l, sink);
    orr_elementwise_emit(&moe->combine, "activation_combine", times, l.rows, moe->ranks, share, sink);
}

double orr_moe_rank_weight_bytes(const orr_moe *moe) { return moe->rank_experts * (moe->up.weight_bytes + moe->down.weight_bytes); }
