/* Mixture of experts: routing, grouped products, combination; on the busiest of R ranks (moe_routing.c says what it has).
 *
 *   t = [floor + f_E E + f_T T k / (T k + 300)] kilocycles + up + down + other bytes of rows x ns a byte (gemm_grouped.c)
 * Floor: routing, sorting, permuting, both products' launches, combining: some six kernels that wait for each other; E: counting and prefix sums over the experts; T k: one block sorts few rows, many
 * need several. Products: gemm_grouped.c, reading each touched expert's weights once. Rows' bytes: permuted (and quantised) in, gate and up out, activation, down out, combined; a byte
 * that one kernel writes and the next reads counts once, what the products read and write with them. Inputs of 8 or 4 bit are made by quantising both products' 16-bit inputs: some passes more.
 * Experts cut over the ranks instead of spread: every rank has all rows and a slice of every touched expert. Where whole experts are spread and every rank holds all tokens, foreign_share of the other
 * ranks' rows is walked over too: written as zeros and summed. The all-to-all or all-reduce around is a collective of its own (program.c).
 * Units: ns, bytes, FLOP, tokens. Source: data/calibration/universal.yaml, fitted to kernel timings on A100, H100, H200 and B200. Valid for 1 to 100,000 tokens. */
#include "perf/moe.h"

#include "base/math.h"
#include "perf/gemm.h"

static const double crowd_rows = 300, kernels = 6;

static void prepare_routing(orr_moe *moe)
{
    const orr_coefficients *c = moe->machine->coefficients;
    double chance = moe->per_token / moe->experts, skew = c->moe_skew;
    moe->log_miss_popular = orr_log(1 - orr_min(chance * (1 + skew), 1 - 1e-12));
    moe->log_miss_rare = orr_log(1 - orr_min(chance * (1 - skew), 1 - 1e-12));
    if (moe->spread_ranks > 1) moe->sigmas = c->moe_busiest_sigmas * sqrt(2 * orr_log(moe->spread_ranks));
}

static void prepare_rows(orr_moe *moe, const orr_moe_shape *shape, double inner)
{
    const orr_coefficients *c = moe->machine->coefficients;
    const double gap_ns = moe->machine->kernel_ns - c->kernel_floor_kilocycles * moe->machine->kilocycle_ns, width = (double)shape->width, element = orr_activation_bytes(shape->compute_dtype);
    const double quantized = element < 2 ? c->moe_quantize_passes * (2 + element) : 0;
    moe->fixed_ns = (c->moe_kilocycles + c->moe_expert_kilocycles * moe->experts) * moe->machine->kilocycle_ns + kernels * gap_ns;
    moe->crowd_ns = c->moe_crowd_kilocycles * moe->machine->kilocycle_ns;
    moe->permute_bytes = width * (2 + quantized);
    moe->combine_bytes = width * 2 + inner * (2 + quantized);
    moe->byte_ns = orr_grouped_byte_ns(moe->machine);
}

orr_moe orr_moe_prepare(const orr_machine *machine, const orr_moe_shape *shape)
{
    const orr_ffn *ffn = shape->ffn;
    orr_moe moe = {.experts = (double)ffn->experts, .per_token = (double)ffn->experts_per_token, .ranks = (double)shape->ranks, .routing = shape->routing, .power = shape->power, .placement = shape->placement, .machine = machine};
    const int64_t inner = shape->spread ? ffn->expert_intermediate : orr_ceil_div(ffn->expert_intermediate, shape->ranks);
    moe.spread_ranks = shape->spread ? (double)shape->ranks : 1;
    moe.rank_experts = shape->placement != NULL ? (double)shape->placement->rank_slots : shape->spread ? (double)orr_ceil_div(ffn->experts, shape->ranks) : moe.experts;
    moe.foreign_share = shape->spread && shape->everywhere ? machine->coefficients->moe_foreign_share : 0;
    moe.up = orr_grouped_gemm_prepare(machine, inner * (ffn->gated ? 2 : 1), shape->width, shape->weight_dtype, shape->compute_dtype);
    moe.down = orr_grouped_gemm_prepare(machine, shape->width, inner, shape->weight_dtype, shape->compute_dtype);
    prepare_routing(&moe);
    prepare_rows(&moe, shape, (double)inner);
    return moe;
}

/* What an emission shares among its four operators. */
typedef struct emission { const orr_moe *moe; double times, tokens; orr_moe_load load; orr_grouped_load products; orr_sink *sink; } emission;

static emission begin(const orr_moe *moe, double times, double tokens, orr_sink *sink)
{
    emission e = {.moe = moe, .times = times, .tokens = tokens, .load = orr_moe_rank_load(moe, tokens), .sink = sink};
    const double all_rows = tokens * moe->per_token, foreign = orr_max(1 - e.load.rows / all_rows, 0) * moe->foreign_share;
    e.products = (orr_grouped_load){e.load.touched, e.load.rows, foreign > 0 ? foreign * orr_moe_touched(moe, tokens) : 0, foreign * all_rows, moe->routing == ORR_ROUTING_EVEN};
    return e;
}

static void emit_rows(const emission *e, const char *name, double fixed_ns, double row_bytes)
{
    const orr_moe *moe = e->moe;
    const double rows = e->load.rows + e->products.idle_rows, busy_ns = rows * row_bytes * moe->byte_ns, beyond = orr_max(rows * row_bytes - moe->machine->cache_kept_bytes, 0);
    const orr_work work = {.dtype = ORR_DTYPE_BF16, .bytes = beyond, .ranks = moe->ranks, .mean_share = e->load.mean_rows / e->load.rows};
    orr_operator operator_ = {.name = name, .times = e->times, .kernels = 2, .shape = ORR_SHAPE_ROWS, .size = {rows, row_bytes, 0, 0}};
    operator_.binding = busy_ns > fixed_ns ? ORR_BIND_MEMORY : ORR_BIND_LATENCY;
    orr_work_cost(moe->machine, &work, fixed_ns + busy_ns, &operator_.cost);
    orr_emit(e->sink, &operator_);
}

static void emit_product(const emission *e, const orr_grouped_gemm *gemm, const char *name, double launch_ns)
{
    const orr_moe *moe = e->moe;
    const orr_moe_load *l = &e->load;
    bool memory_bound = false;
    const double time_ns = launch_ns + orr_grouped_gemm_ns(gemm, &e->products, &memory_bound);
    const double beyond = orr_max(l->rows * gemm->row_bytes - moe->machine->cache_kept_bytes, 0);
    /* static bytes are of the mean rank, so that all ranks together read each touched expert once */
    orr_work work = {.dtype = gemm->compute_dtype, .flop = l->rows * gemm->row_flop, .bytes = beyond, .static_bytes = l->touched * gemm->weight_bytes, .ranks = moe->ranks, .mean_share = l->mean_rows / l->rows};
    orr_operator operator_ = {.name = name, .times = e->times, .kernels = 1, .shape = ORR_SHAPE_GROUPED, .dtype = gemm->weight_dtype, .size = {l->touched, l->rows, gemm->n, gemm->k}};
    operator_.binding = 2 * launch_ns > time_ns ? ORR_BIND_LATENCY : memory_bound ? ORR_BIND_MEMORY : ORR_BIND_COMPUTE;
    const double limit_ns = (beyond + work.static_bytes) / moe->machine->memory_bytes_per_ns * moe->machine->memory_reach;
    work.static_bytes = l->mean_touched * gemm->weight_bytes;
    orr_work_cost(moe->machine, &work, time_ns, &operator_.cost);
    operator_.cost.memory_limit_ns = limit_ns;
    orr_emit(e->sink, &operator_);
}

void orr_moe_emit(const orr_moe *moe, double times, double tokens, orr_sink *sink)
{
    if (tokens <= 0) return;
    const emission e = begin(moe, times, tokens, sink);
    const double all_rows = tokens * moe->per_token, launch_ns = orr_min(moe->machine->kernel_ns, moe->fixed_ns / kernels);
    emit_rows(&e, "route_permute", moe->fixed_ns - 4 * launch_ns + moe->crowd_ns * all_rows / (all_rows + crowd_rows), moe->permute_bytes);
    emit_product(&e, &moe->up, "experts_gate_up", launch_ns);
    emit_product(&e, &moe->down, "experts_down", launch_ns);
    emit_rows(&e, "activation_combine", 2 * launch_ns, moe->combine_bytes);
}

double orr_moe_rank_weight_bytes(const orr_moe *moe) { return moe->rank_experts * (moe->up.weight_bytes + moe->down.weight_bytes); }
