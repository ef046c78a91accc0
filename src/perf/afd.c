/* Attention and FFN apart: a step's time on two kinds of devices.
 *
 * Attention devices (t tensor x d data ranks) hold mixers, keys and values, norms, routers, the embedding and the head; n FFN devices hold dense FFNs, experts and shared experts. The router stands with attention, since its
 * answer says where a token goes; embedding and head are used once a step by those who have the tokens, and nobody waits for them in between. A step's batch is cut into m equal micro-batches; of one of B tokens, of which the
 * busiest attention rank has b, in a layer:
 *   T_a  = mixers, norms, router, sum of what comes back      of b/m tokens, and of a share 1/m of the contexts
 *   T_f  = FFN or experts                                     of B/m tokens, gathered from all attention ranks
 *   T_c  = L + max(b/(m t), i B/(m n)) c p / (f F)            each way: the busier of the device that sends (receives) and the one that receives (sends)
 *     c copies of a token: one to each device that holds a chosen expert, n (1 - (1 - 1/n)^k), and one to a shared expert; 1 where all devices cut the FFN: each gets a slice, and they gather it among themselves
 *     p bytes of a copy: 8 bit and scales out where the FFN computes in 8 or 4 bit, 16 bit back;  i: rows of the busiest FFN device over the mean's (moe_routing.c)
 *     f F, L: as expert dispatch reaches them (dispatch.c): over the fabric f = dispatch.fabric_share of the slower side's, L = dispatch.fabric_latencies of its latency; in one scale-up domain dispatch.low_link_share and
 *     dispatch.low_latencies of its link; or as the study says
 *   step = embedding + ping-pong(T_a, T_c, T_f, T_c; m) + head     (pingpong.c), and what launching one by one adds where no graph does
 * Prompts are cut in the same way, the chunk that a micro-batch ends in going on in the next: it finds the keys that the one before has written in the same layer.
 * Limits: m = 1 is the sum of all; an infinite link leaves max(m T_a, m T_f, T_a + T_f) a layer; no step is shorter than either side's work.
 * Units: ns, bytes, J. Source: MegaScale-Infer (arXiv 2504.02263), Step-3 (arXiv 2507.19427); why so: docs/decisions/0018-attention-and-ffn-apart.md. Valid for equal micro-batches of at least a token; transfers take
 * no cores of the devices (RDMA written by the NIC, or copy engines). */
#include "perf/afd.h"

#include "base/math.h"
#include "perf/launch.h"
#include "perf/system.h"

/* --- preparation --- */

double orr_afd_copies(int64_t ranks, bool spread, const orr_ffn *ffn)
{
    const double n = (double)ranks;
    return spread && ffn->kind == ORR_FFN_MOE && ranks > 1 ? n * (1 - orr_pow(1 - 1 / n, (double)ffn->experts_per_token)) : 1;
}

static double sent_bytes(orr_dtype compute, bool out) { return out && orr_activation_bytes(compute) < 2 ? 1 + 4.0 / 128 : 2; }

static double row_bytes(const orr_perf *ffn_side, const orr_model *model, const orr_ffn *ffn, bool out)
{
    const orr_layout *layout = &ffn_side->layout;
    const double hidden = (double)model->hidden_size, whole = hidden * sent_bytes(layout->linear_compute, out);
    if (ffn->kind != ORR_FFN_MOE) return ffn->kind == ORR_FFN_DENSE ? whole : 0;
    const double width = ffn->latent_size > 0 ? (double)ffn->latent_size : hidden;
    const bool together = !layout->spread_experts && ffn->latent_size == 0;      /* the same slice serves the shared expert */
    return orr_afd_copies(layout->stage_ranks, layout->spread_experts, ffn) * width * sent_bytes(layout->expert_compute, out) + (ffn->shared_intermediate > 0 && !together ? whole : 0);
}

static void set_link(const orr_perf *perf, const orr_study *study, orr_afd *afd)
{
    const orr_machine *sides[] = { &perf->machine, &afd->ffn->machine };
    const orr_coefficients *c = &perf->coefficients;
    const bool together = orr_study_ffn_shares_node(study);
    double slowest = 0, latency_ns = 0;
    for (int i = 0; i < 2; i++) {
        const double rate = together ? sides[i]->link_bytes_per_ns : sides[i]->fabric_bytes_per_ns;
        if (!(rate > 0)) continue;      /* the other side's fabric joins them */
        slowest = slowest > 0 ? orr_min(slowest, rate) : rate;
        latency_ns = orr_max(latency_ns, together ? c->dispatch_low_latencies * sides[i]->link_latency_ns : c->dispatch_fabric_latencies * sides[i]->fabric_latency_ns);
    }
    const orr_ffn_link *given = &study->engine.attention_ffn.link;
    const double reached = slowest * (together ? c->dispatch_low_link_share : c->dispatch_fabric_share);
    afd->ns_per_byte = given->bytes_per_s > 0 ? 1e9 / given->bytes_per_s : 1 / reached;
    afd->limit_ns_per_byte = given->bytes_per_s > 0 ? afd->ns_per_byte : 1 / slowest;
    afd->latency_ns = given->latency_ns > 0 ? given->latency_ns : latency_ns + orr_max(sides[0]->dispatch_excess_ns, sides[1]->dispatch_excess_ns);
    afd->j_per_byte = together ? perf->machine.j_per_link_byte : perf->machine.j_per_fabric_byte;
}

bool orr_afd_prepare(orr_perf *perf, const orr_study *study, const orr_perf_basis *basis, orr_arena *arena, orr_diags *diags)
{
    orr_study *view = ORR_NEW(arena, orr_study);
    orr_study_ffn_view(study, arena, view);
    orr_afd *afd = ORR_NEW(arena, orr_afd);
    *afd = (orr_afd){ .micro_batches = perf->layout.micro_batches, .run_count = study->model.group_count };
    afd->ffn = orr_perf_prepare_part(view, ORR_HOLDS_FFN, perf->decode_tokens, basis, arena, diags);
    if (afd->ffn == NULL) return false;
    afd->attention_ranks = (double)perf->layout.tensor;
    afd->ffn_ranks = (double)afd->ffn->layout.stage_ranks;
    for (int g = 0; g < afd->run_count; g++) {
        const orr_layer_group *group = &study->model.groups[g];
        afd->layers[g] = (double)group->count;
        for (int way = 0; way < 2; way++) afd->ways[g][way] = (orr_afd_way){ way == 0 ? "dispatch" : "combine", row_bytes(afd->ffn, &study->model, &group->ffn, way == 0) };
    }
    const orr_program *program = &afd->ffn->dense;
    for (int i = 0; i < program->count; i++)
        if (program->items[i].kind == ORR_ITEM_MOE) afd->moe[program->items[i].group] = program->items[i].of.moe;
    set_link(perf, study, afd);
    perf->afd = afd;
    return true;
}

void orr_afd_map_memory(orr_perf *perf, const orr_study *study, orr_arena *arena)
{
    orr_study *view = ORR_NEW(arena, orr_study);
    orr_study_ffn_view(study, arena, view);
    orr_perf *ffn = perf->afd->ffn;
    if (perf->draft_first != NULL && perf->draft_first->afd != NULL) {      /* MTP layers have FFNs too */
        ffn->draft_first = perf->draft_first->afd->ffn;
        ffn->draft_layers = perf->draft_layers;
    }
    ffn->memory = orr_memory_prepare(ffn, view);
    if (perf->memory.fits && !ffn->memory.fits) perf->memory = ffn->memory;      /* the side that does not fit */
}

/* --- the link --- */

/* A micro-batch of a step, as the walk cuts it. */
static double part_of(const orr_afd *afd, double rows) { return orr_max(rows / afd->micro_batches, 1); }

/* One layer's way of a micro-batch: what the busiest device sends or receives, and what all do. */
typedef struct crossing { double busiest_bytes, bytes, ns; } crossing;

static crossing crossing_of(const orr_afd *afd, int group, int way, double tokens, double rank_tokens)
{
    const double all = part_of(afd, tokens), of_rank = part_of(afd, rank_tokens), row = afd->ways[group][way].row_bytes;
    if (!(row > 0)) return (crossing){ 0, 0, 0 };
    double uneven = 1;
    if (afd->moe[group] != NULL) {
        const orr_moe_load load = orr_moe_rank_load(afd->moe[group], all);
        uneven = load.rows / load.mean_rows;
    }
    const double busiest = orr_max(of_rank / afd->attention_ranks, all * uneven / afd->ffn_ranks) * row;
    return (crossing){ busiest, all * row, afd->latency_ns + busiest * afd->ns_per_byte };
}

void orr_afd_walk_link(const orr_perf *perf, double tokens, double rank_tokens, const double *dispatch_hidden, const double *combine_hidden, orr_sink *sink)
{
    const orr_afd *afd = perf->afd;
    for (int way = 0; way < 2; way++) {
        sink->hidden = way == 0 ? dispatch_hidden : combine_hidden;
        for (int g = 0; g < afd->run_count; g++) {
            const crossing c = crossing_of(afd, g, way, tokens, rank_tokens);
            if (!(c.ns > 0)) continue;
            orr_operator operator_ = { .name = afd->ways[g][way].name, .times = afd->layers[g] * afd->micro_batches, .kernels = 1, .shape = ORR_SHAPE_COLLECTIVE, .size = { afd->ffn_ranks, c.busiest_bytes, 0, 0 } };
            operator_.binding = 2 * afd->latency_ns > c.ns ? ORR_BIND_LATENCY : ORR_BIND_LINK;
            operator_.cost = (orr_cost){ .time_ns = c.ns, .link_bytes = c.bytes, .energy_j = c.bytes * afd->j_per_byte, .link_limit_ns = c.busiest_bytes * afd->limit_ns_per_byte };
            sink->group = g;
            sink->excess = 0;
            sink->family = ORR_KERNEL_DISPATCH;
            sink->log_error = perf->coefficients.error_other;
            orr_emit(sink, &operator_);
        }
    }
    sink->hidden = NULL;
}

/* --- a step --- */

void orr_afd_dense_of(const orr_perf *perf, int64_t tokens, double rank_tokens, bool decode_only, orr_afd_dense *dense)
{
    const orr_afd *afd = perf->afd;
    *dense = (orr_afd_dense){ .kernels = 0 };
    if (tokens <= 0) return;
    orr_sink sink = { .sum = &dense->attention, .group_ns = dense->attention_ns };
    orr_walk_dense(perf, (double)tokens, rank_tokens, decode_only, &sink);
    double kernels = sink.kernels;
    sink = (orr_sink){ .sum = &dense->ffn, .group_ns = dense->ffn_ns };
    orr_walk_dense(afd->ffn, (double)tokens, orr_perf_rank_tokens(afd->ffn, tokens, 0, 0), decode_only, &sink);
    kernels = orr_max(kernels, sink.kernels);
    sink = (orr_sink){ .sum = &dense->link };
    orr_afd_walk_link(perf, (double)tokens, rank_tokens, NULL, NULL, &sink);
    for (int way = 0; way < 2; way++)
        for (int g = 0; g < afd->run_count; g++) dense->link_ns[way][g] = crossing_of(afd, g, way, (double)tokens, rank_tokens).ns;
    const bool captured = decode_only && (double)tokens <= afd->micro_batches * perf->captured_tokens;
    dense->kernels = captured ? 0 : kernels;
}

orr_afd_times orr_afd_times_of(const orr_perf *perf, const orr_afd_dense *dense, const double *attention_ns, double logits_ns, orr_pingpong_path *path)
{
    const orr_afd *afd = perf->afd;
    orr_pingpong_run runs[ORR_MAX_LAYER_GROUPS];
    orr_afd_times times = { 0 };
    for (int g = 0; g < afd->run_count; g++) {
        const double executions = afd->layers[g] * afd->micro_batches;
        runs[g] = (orr_pingpong_run){ afd->layers[g], { attention_ns[g] / executions, dense->link_ns[0][g], dense->ffn_ns[g] / executions, dense->link_ns[1][g] } };
        times.busy_ns[ORR_STATION_ATTENTION] += attention_ns[g];
        times.busy_ns[ORR_STATION_FFN] += dense->ffn_ns[g];
        times.busy_ns[ORR_STATION_DISPATCH] += dense->link_ns[0][g] * executions;
        times.busy_ns[ORR_STATION_COMBINE] += dense->link_ns[1][g] * executions;
    }
    const double outside_ns = attention_ns[ORR_NO_LAYER_GROUP];
    times.layers_ns = orr_pingpong_ns(runs, afd->run_count, afd->micro_batches, path);
    times.eager_ns = orr_max(dense->kernels * perf->machine.eager_ns - (times.layers_ns + outside_ns), 0);
    times.busy_ns[ORR_STATION_ATTENTION] += outside_ns + logits_ns;
    times.device_ns = times.layers_ns + outside_ns + times.eager_ns + logits_ns;
    return times;
}

void orr_afd_add_chunks(const orr_perf *perf, const orr_prefill_chunk *chunks, int64_t chunk_count, double *group_ns, orr_cost *cost)
{
    orr_sink sink = { .sum = cost, .group_ns = group_ns };
    orr_walk_chunks(perf, chunks, chunk_count, &sink);
}

void orr_afd_step(const orr_perf *perf, const orr_step_shape *shape, double rank_tokens, orr_cost *cost)
{
    orr_afd_dense dense;
    orr_cost part;
    orr_afd_dense_of(perf, shape->tokens, rank_tokens, shape->decode_only, &dense);
    *cost = dense.attention;
    orr_cost_add(cost, &dense.ffn, 1);
    orr_cost_add(cost, &dense.link, 1);
    orr_perf_logits(perf, shape->logits, &part);
    orr_cost_add(cost, &part, 1);
    const double logits_ns = part.time_ns;
    orr_decode_memo memo;
    for (int i = 0; i < perf->linear_count; i++) memo.cells[i].count.high = 0;      /* holds nothing */
    orr_sink sink = { .sum = cost, .group_ns = dense.attention_ns };
    orr_walk_decode(perf, &shape->decode, &memo, &sink);
    orr_walk_equal_chunks(perf, &shape->chunk, shape->chunk_count, &sink);
    cost->time_ns = orr_afd_times_of(perf, &dense, dense.attention_ns, logits_ns, NULL).device_ns;
}

const orr_perf *orr_perf_ffn(const orr_perf *perf) { return perf->afd != NULL ? perf->afd->ffn : NULL; }
