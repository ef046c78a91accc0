/* Compiles a model for one layout: the walk over a layer's operators, once a group of identical layers, into two short programs (dense, logits), a list of attention
 * operators, and the bytes of weights a rank holds.
 *
 * Invariants: 1. an operator's weights are counted where the operator is added, so that time and memory tell of the same matrices; 2. operators that are
 * identical in different groups are one item with the sum of their layers; 3. nothing here depends on a step.
 *
 * What is cut (t tensor ranks): query and output projections by heads; key and value projections by KV heads, replicated when t exceeds them; latent down-projections and
 * the router are replicated; feed-forward by columns; vocabulary by rows. After each cut pair of products: one all-reduce of hidden_size x 2 bytes a token. */
#include "perf/system.h"

#include "base/math.h"
#include "base/panic.h"
#include "base/text.h"
#include "perf/mla.h"
#include "perf/quantize.h"

typedef struct compiler {
    orr_perf *perf;
    const orr_model *model;
    const orr_experts *experts;     /* where they are, and how tokens come to them */
    orr_arena *arena;
    orr_program *program;
    double layers;                  /* of the group being compiled; 1 outside of layers */
    double passes;                  /* executions of one of its operators in a step: layers x micro-batches */
    int group;                      /* where micro-batches overlap: which of the model's; else 0 */
    bool per_layer, prompts_only;   /* of what is added next */
    int64_t ffn_ranks; bool ffn_spread;     /* of the attention side: the FFN devices, and whether experts are spread over them */
} compiler;

static double hidden(const compiler *c) { return (double)c->model->hidden_size; }

static orr_item *new_item(compiler *c, orr_item_kind kind, const char *name, orr_item_rows rows, double times)
{
    ORR_INVARIANT(c->program->count < ORR_MAX_ITEMS);
    orr_item *item = &c->program->items[c->program->count++];
    *item = (orr_item){ .kind = kind, .rows = rows, .name = name, .times = times, .per_layer = c->per_layer, .prompts_only = c->prompts_only, .group = c->group };
    return item;
}

static bool same_gemm(const orr_gemm *a, const orr_gemm *b) { return !(a->n < b->n || a->n > b->n || a->k < b->k || a->k > b->k) && a->weight_dtype == b->weight_dtype && a->compute_dtype == b->compute_dtype; }

static void add_weights(compiler *c, double bytes) { c->perf->weights.layers += c->layers * bytes; }

/* A product whose weights are kept on every rank of its group. */
static void add_gemm_of(compiler *c, const char *name, int64_t n, int64_t k, orr_dtype weight, orr_dtype compute)
{
    if (n <= 0 || k <= 0) return;
    orr_gemm gemm = orr_gemm_prepare(&c->perf->machine, n, k, weight, compute);
    if (c->per_layer) add_weights(c, gemm.weight_bytes);
    for (int i = 0; i < c->program->count; i++) {
        orr_item *item = &c->program->items[i];
        if (item->kind == ORR_ITEM_GEMM && item->group == c->group && item->per_layer == c->per_layer && orr_text_equal(item->name, name) && same_gemm(item->of.gemm, &gemm)) { item->times += c->passes; return; }
    }
    orr_gemm *kept = ORR_NEW(c->arena, orr_gemm);
    *kept = gemm;
    new_item(c, ORR_ITEM_GEMM, name, ORR_ROWS_RANK, c->passes)->of.gemm = kept;
}

static void add_other(compiler *c, const char *name, int64_t n, int64_t k) { add_gemm_of(c, name, n, k, c->perf->layout.other_dtype, c->perf->layout.half_dtype); }

static bool same_elementwise(const orr_elementwise *a, const orr_elementwise *b)
{
    return !(a->row_bytes < b->row_bytes || a->row_bytes > b->row_bytes || a->latency_ns < b->latency_ns || a->latency_ns > b->latency_ns);
}

static void add_prepared(compiler *c, const char *name, double times, const orr_elementwise *elementwise)
{
    for (int i = 0; i < c->program->count; i++) {
        orr_item *item = &c->program->items[i];
        bool alike = item->kind == ORR_ITEM_ELEMENTWISE && item->group == c->group && item->per_layer == c->per_layer && item->prompts_only == c->prompts_only && orr_text_equal(item->name, name);
        if (alike && same_elementwise(item->of.elementwise, elementwise)) { item->times += times * c->passes; return; }
    }
    orr_elementwise *kept = ORR_NEW(c->arena, orr_elementwise);
    *kept = *elementwise;
    new_item(c, ORR_ITEM_ELEMENTWISE, name, ORR_ROWS_RANK, times * c->passes)->of.elementwise = kept;
}

static void add_elementwise(compiler *c, const char *name, double times, double row_bytes, double kernels, double extra_latency_ns)
{
    const orr_elementwise elementwise = orr_elementwise_prepare(&c->perf->machine, row_bytes, 0, kernels, extra_latency_ns);
    add_prepared(c, name, times, &elementwise);
}

/* A projection or feed-forward product; its input is brought to the product's dtype first, by a kernel of its own or within the one before. */
static void add_linear(compiler *c, const char *name, int64_t n, int64_t k)
{
    const orr_layout *layout = &c->perf->layout;
    if (n > 0 && k > 0) {
        const orr_elementwise quantize = orr_quantize_prepare(&c->perf->machine, (double)k, layout->linear_compute);
        if (quantize.kernels > 0) add_prepared(c, "quantize", 1, &quantize);
    }
    add_gemm_of(c, name, n, k, layout->linear_dtype, layout->linear_compute);
}

static void add_collective_of(compiler *c, const char *name, orr_collective collective, orr_item_rows rows, double times, double row_bytes)
{
    if (collective.algorithm_count == 0) return;
    for (int i = 0; i < c->program->count; i++) {
        orr_item *item = &c->program->items[i];
        bool same = item->kind == ORR_ITEM_COLLECTIVE && item->group == c->group && item->per_layer == c->per_layer && item->rows == rows && orr_text_equal(item->name, name)
                 && item->of.collective->kind == collective.kind && !(item->row_bytes < row_bytes || item->row_bytes > row_bytes);
        if (same) { item->times += times; return; }
    }
    orr_collective *kept = ORR_NEW(c->arena, orr_collective);
    *kept = collective;
    orr_item *item = new_item(c, ORR_ITEM_COLLECTIVE, name, rows, times);
    item->of.collective = kept;
    item->row_bytes = row_bytes;
}

static void add_collective(compiler *c, const char *name, orr_collective_kind kind, int64_t ranks, orr_item_rows rows, double row_bytes)
{
    add_collective_of(c, name, orr_collective_prepare(&c->perf->machine, kind, ranks), rows, c->passes, row_bytes);
}

static void add_all_reduce(compiler *c) { add_collective(c, "all_reduce", ORR_ALL_REDUCE, c->perf->layout.tensor, ORR_ROWS_RANK, 2 * hidden(c)); }

/* --- token mixers --- */

static void compile_gqa(compiler *c, const orr_mixer *m)
{
    int64_t t = c->perf->layout.tensor, heads = m->heads / t, kv_heads = orr_max_i64(m->kv_heads / t, 1);
    int64_t query = heads * m->head_dim, keys = kv_heads * m->head_dim, values = kv_heads * m->value_head_dim;
    int64_t projected = query * (m->output_gate ? 2 : 1) + keys + values;
    add_linear(c, "qkv_proj", projected, c->model->hidden_size);
    add_elementwise(c, "rope_kv_write", 1, 4 * (double)(query + keys + values), m->qk_norm ? 3 : 2, 0);
    if (m->output_gate) add_elementwise(c, "output_gate", 1, 6 * (double)(heads * m->value_head_dim), 1, 0);
    add_linear(c, "out_proj", c->model->hidden_size, heads * m->value_head_dim);
    double norm = !m->qk_norm ? 0 : m->qk_norm_whole ? (double)(query + keys) : 2 * (double)m->head_dim;
    add_weights(c, 2 * ((m->qkv_bias ? (double)projected : 0) + (m->out_bias ? hidden(c) : 0) + norm + (m->sinks ? (double)heads : 0)));
    add_all_reduce(c);
}

static void compile_mla(compiler *c, const orr_mixer *m)
{
    orr_mla_part parts[ORR_MAX_MLA_PARTS];
    int count = orr_mla_parts(m, c->perf->layout.tensor, c->model->hidden_size, parts);
    for (int i = 0; i < count; i++) {
        const orr_mla_part *part = &parts[i];
        c->prompts_only = part->prompts_only;
        if (part->kind == ORR_MLA_ELEMENTWISE) add_elementwise(c, part->name, 1, part->row_bytes, part->kernels, 0);
        else if (part->kind == ORR_MLA_OTHER) add_other(c, part->name, part->n, part->k);
        else add_linear(c, part->name, part->n, part->k);
        c->prompts_only = false;
    }
    add_weights(c, 2 * (double)(m->q_lora_rank + m->kv_lora_rank) + (m->sparse_topk > 0 ? 2 * 2 * (double)m->index_head_dim : 0));
    add_all_reduce(c);
}

static void compile_linear_state(compiler *c, const orr_mixer *m)
{
    int64_t t = c->perf->layout.tensor, heads = m->state_value_heads / t, values = heads * m->state_value_dim;
    double channels = orr_linear_state_channels(m) / (double)t;
    int64_t keys = 2 * orr_max_i64(m->state_key_heads * m->state_key_dim / t, m->state_key_dim);
    int64_t gates = m->kind == ORR_MIXER_GDN ? 2 * heads : heads;      /* GDN: a and b; Mamba-2: dt */
    add_linear(c, "in_proj", keys + 2 * values + gates, c->model->hidden_size);
    add_elementwise(c, "gated_norm", 1, 6 * (double)values, 1, 0);
    add_linear(c, "out_proj", c->model->hidden_size, values);
    double small = channels * (double)m->conv_kernel + (m->kind == ORR_MIXER_MAMBA2 ? channels + 3 * (double)heads + (double)values : 2 * (double)heads + (double)m->state_value_dim);
    add_weights(c, 2 * small);
    add_all_reduce(c);
}

static bool same(double a, double b) { return !(a < b || a > b); }

static bool same_linear(const orr_linear_operator *a, const orr_linear_operator *b)
{
    return orr_text_equal(a->name, b->name) && same(a->fixed_ns, b->fixed_ns) && same(a->request_ns, b->request_ns) && same(a->context_ns, b->context_ns) && same(a->capped_ns, b->capped_ns) && same(a->block_ns, b->block_ns) && same(a->serial_ns, b->serial_ns)
        && same(a->request_bytes, b->request_bytes) && same(a->context_bytes, b->context_bytes) && same(a->capped_bytes, b->capped_bytes) && same(a->context_flop, b->context_flop)
        && same(a->capped_flop, b->capped_flop) && same(a->request_vector_flop, b->request_vector_flop) && same(a->heads, b->heads) && same(a->context_share, b->context_share);
}

static bool same_chunk(const orr_chunk_operator *a, const orr_chunk_operator *b)
{
    bool shapes = orr_text_equal(a->name, b->name) && a->kind == b->kind && same(a->fixed_ns, b->fixed_ns) && same(a->cap_tokens, b->cap_tokens) && same(a->heads, b->heads)
               && same(a->pair_ns, b->pair_ns) && same(a->token_ns, b->token_ns) && same(a->token_bytes, b->token_bytes)
               && same(a->key_bytes, b->key_bytes) && same(a->fixed_bytes, b->fixed_bytes);
    return shapes && (a->expand == NULL || same_gemm(a->expand, b->expand));
}

static void append_linear(orr_perf *perf, const orr_linear_operator *linear, int group, double layers)
{
    int at = 0;
    while (at < perf->linear_count && !(perf->linear[at].group == group && same_linear(&perf->linear[at], linear))) at++;
    ORR_INVARIANT(at < ORR_MAX_SYSTEM_ATTENTION);
    if (at == perf->linear_count) perf->linear[perf->linear_count++] = *linear;
    perf->linear[at].group = group;
    perf->linear[at].layers += layers;
}

static void append_chunk(orr_perf *perf, const orr_chunk_operator *chunk, int group, double layers)
{
    int at = 0;
    while (at < perf->chunk_count && !(perf->chunk[at].group == group && same_chunk(&perf->chunk[at], chunk))) at++;
    ORR_INVARIANT(at < ORR_MAX_SYSTEM_ATTENTION);
    if (at == perf->chunk_count) perf->chunk[perf->chunk_count++] = *chunk;
    perf->chunk[at].group = group;
    perf->chunk[at].layers += layers;
}

static void append_attention(orr_perf *perf, const orr_attention *attention, int group, double layers)
{
    for (int i = 0; i < attention->linear_count; i++) append_linear(perf, &attention->linear[i], group, layers);
    for (int i = 0; i < attention->chunk_count; i++) append_chunk(perf, &attention->chunk[i], group, layers);
}

/* A layer's attention or state on one of so many tensor-parallel ranks, corrected. */
static orr_attention *attention_among(compiler *c, const orr_mixer *m, int64_t tensor)
{
    orr_perf *perf = c->perf;
    orr_rank_shape shape = { (double)tensor, perf->engine.kv_cache_dtype, perf->layout.half_dtype, perf->layout.linear_dtype, perf->layout.linear_compute, (double)perf->decode_tokens };
    orr_attention *attention = ORR_NEW(c->arena, orr_attention);
    switch (m->kind) {
    case ORR_MIXER_GQA:
        orr_attention_compile_decode(&perf->machine, m, &shape, attention);
        orr_attention_compile_prefill(&perf->machine, m, &shape, attention);
        break;
    case ORR_MIXER_MLA: orr_mla_compile(&perf->machine, m, &shape, c->arena, attention); break;
    case ORR_MIXER_GDN: case ORR_MIXER_MAMBA2: orr_linear_state_compile(&perf->machine, m, &shape, ORR_SCAN_BY_COEFFICIENTS, attention); break;
    case ORR_MIXER_NONE: break;
    }
    orr_attention_correct(attention, m, &shape, &perf->corrections, c->arena);
    return attention;
}

static void compile_mixer(compiler *c, const orr_mixer *m)
{
    orr_perf *perf = c->perf;
    if (m->kind == ORR_MIXER_GQA) compile_gqa(c, m);
    else if (m->kind == ORR_MIXER_MLA) compile_mla(c, m);
    else if (m->kind != ORR_MIXER_NONE) compile_linear_state(c, m);
    orr_attention *attention = attention_among(c, m, perf->layout.tensor);
    if (perf->layout.decode_tensor > 1) {       /* decoding attends with the heads of all ranks that cut the cache between them */
        const orr_attention *gathered = attention_among(c, m, perf->layout.tensor / perf->layout.decode_tensor);
        for (int i = 0; i < attention->linear_count; i++)
            if (attention->linear[i].reads_cache) attention->linear[i] = gathered->linear[i];
    }
    for (int i = 0; i < attention->linear_count; i++) attention->linear[i].context_share = 1;
    orr_context_compile_exchange(&perf->machine, m, &perf->layout, &perf->engine, &perf->corrections, c->arena, attention);
    if (perf->layout.decode_context > 1) orr_context_compile_decode(&perf->machine, m, &perf->layout, &perf->engine, (double)perf->decode_tokens, &perf->corrections, c->arena, attention);
    append_attention(perf, attention, c->group, c->passes);
}

/* --- feed-forward networks --- */

static void compile_dense_ffn(compiler *c, int64_t intermediate, const orr_ffn *ffn, const char *up_name, const char *down_name)
{
    int64_t columns = intermediate / c->perf->layout.tensor;
    add_linear(c, up_name, columns * (ffn->gated ? 2 : 1), c->model->hidden_size);
    add_elementwise(c, "activation", 1, (double)columns * (ffn->gated ? 6 : 4), 1, 0);
    add_linear(c, down_name, c->model->hidden_size, columns);
    if (ffn->bias) add_weights(c, 2 * ((double)columns * (ffn->gated ? 2 : 1) + hidden(c)));
}

/* Tokens go out in 8 bit with a scale to 128 numbers where experts compute in 8 or 4 bit, and come back in 16. */
static void add_dispatch(compiler *c, const orr_ffn *ffn, double width, bool before)
{
    const orr_layout *layout = &c->perf->layout;
    double element_bytes = before && orr_activation_bytes(layout->expert_compute) < 2 ? 1 + 4.0 / 128 : 2;
    orr_dispatch_shape shape = { .ranks = layout->stage_ranks, .experts = (double)ffn->experts, .per_token = (double)ffn->experts_per_token, .row_bytes = width * element_bytes, .combines = !before };
    orr_dispatch *dispatch = ORR_NEW(c->arena, orr_dispatch);
    *dispatch = orr_dispatch_prepare(&c->perf->machine, &shape);
    if (dispatch->way_count > 0) new_item(c, ORR_ITEM_DISPATCH, before ? "dispatch" : "combine", ORR_ROWS_DISPATCH, c->passes)->of.dispatch = dispatch;
}

/* Around the experts: nothing to move inside a tensor group but the all-reduce; between data and context ranks, tokens go to their experts and back. */
static void compile_exchange(compiler *c, const orr_ffn *ffn, double width, bool before)
{
    const orr_layout *layout = &c->perf->layout;
    if (layout->data * layout->context == 1) { if (!before) add_all_reduce(c); return; }
    if (layout->spread_experts) {
        add_dispatch(c, ffn, width, before);
    } else {
        add_collective(c, before ? "gather_tokens" : "scatter_tokens", before ? ORR_ALL_GATHER : ORR_REDUCE_SCATTER, layout->stage_ranks, ORR_ROWS_ALL, 2 * width);
    }
    if (!before) add_collective(c, "all_gather", ORR_ALL_GATHER, layout->tensor, ORR_ROWS_RANK, 2 * hidden(c));
}

static void compile_experts(compiler *c, const orr_ffn *ffn, int64_t width)
{
    orr_perf *perf = c->perf;
    const orr_layout *layout = &perf->layout;
    orr_moe *moe = ORR_NEW(c->arena, orr_moe);
    const orr_expert_placement *placement = orr_expert_placement_make(c->experts, ffn->experts, ffn->experts_per_token, layout->spread_experts ? layout->stage_ranks : 1, c->arena);
    const bool everywhere = perf->held == ORR_HOLDS_ALL && layout->data * layout->context == 1;
    const orr_moe_shape shape = { .ffn = ffn, .width = width, .routing = placement != NULL ? ORR_ROUTING_PLACED : ORR_ROUTING_DRAWN, .placement = placement, .ranks = layout->stage_ranks, .spread = layout->spread_experts, .everywhere = everywhere,
                                  .weight_dtype = layout->expert_dtype, .compute_dtype = layout->expert_compute };
    *moe = orr_moe_prepare(&perf->machine, &shape);
    new_item(c, ORR_ITEM_MOE, "experts", ORR_ROWS_ALL, c->passes)->of.moe = moe;
    double expert_bias = ffn->bias ? moe->rank_experts * (moe->up.n + moe->down.n) : 0;
    add_weights(c, orr_moe_rank_weight_bytes(moe) + 2 * expert_bias);
}

static int64_t expert_width(const compiler *c, const orr_ffn *ffn) { return ffn->latent_size > 0 ? ffn->latent_size : c->model->hidden_size; }

static void compile_router(compiler *c, const orr_ffn *ffn)
{
    add_other(c, "router", ffn->experts, c->model->hidden_size);
    if (ffn->latent_size > 0) add_linear(c, "latent_in_proj", ffn->latent_size, c->model->hidden_size);
    add_weights(c, 2 * ((ffn->router_bias ? (double)ffn->experts : 0) + (ffn->shared_gate ? hidden(c) : 0)));
}

static void compile_moe(compiler *c, const orr_ffn *ffn)
{
    const int64_t width = expert_width(c, ffn);
    compile_router(c, ffn);
    if (ffn->shared_intermediate > 0) compile_dense_ffn(c, ffn->shared_intermediate, ffn, "shared_gate_up", "shared_down");
    compile_exchange(c, ffn, (double)width, true);
    compile_experts(c, ffn, width);
    compile_exchange(c, ffn, (double)width, false);
    if (ffn->latent_size > 0) add_linear(c, "latent_out_proj", c->model->hidden_size, width);
}

/* --- attention and FFN on devices of their own (afd.h) --- */

/* Beside the mixers: what decides where tokens go, and what is done with what comes back: each tensor rank has sent its slice of the tokens, and sums what experts make of them before the slices are gathered. */
static void compile_attention_side(compiler *c, const orr_ffn *ffn)
{
    if (ffn->kind == ORR_FFN_NONE) return;
    const orr_layout *layout = &c->perf->layout;
    if (ffn->kind == ORR_FFN_MOE) {
        compile_router(c, ffn);
        const double width = (double)expert_width(c, ffn), copies = orr_afd_copies(c->ffn_ranks, c->ffn_spread, ffn);
        add_elementwise(c, "sum_experts", 1, 2 * (width * (copies + 1) + (ffn->shared_intermediate > 0 ? hidden(c) : 0)) / (double)layout->tensor, 1, 0);
        if (ffn->latent_size > 0) add_linear(c, "latent_out_proj", c->model->hidden_size, (int64_t)width);
    }
    add_collective(c, "all_gather", ORR_ALL_GATHER, layout->tensor, ORR_ROWS_RANK, 2 * hidden(c));
}

/* What devices cut among themselves comes in slices, and leaves in slices. */
static void compile_ffn_side(compiler *c, const orr_ffn *ffn)
{
    const orr_layout *layout = &c->perf->layout;
    const int64_t width = expert_width(c, ffn);
    if (ffn->kind == ORR_FFN_MOE) {
        if (!layout->spread_experts) add_collective(c, "gather_tokens", ORR_ALL_GATHER, layout->stage_ranks, ORR_ROWS_ALL, 2 * (double)width);
        compile_experts(c, ffn, width);
        if (!layout->spread_experts) add_collective(c, "scatter_tokens", ORR_REDUCE_SCATTER, layout->stage_ranks, ORR_ROWS_ALL, 2 * (double)width);
        if (ffn->shared_intermediate == 0) return;
    }
    const bool shared = ffn->kind == ORR_FFN_MOE, gathered = shared && !layout->spread_experts && ffn->latent_size == 0;
    if (ffn->kind == ORR_FFN_NONE) return;
    if (!gathered) add_collective(c, "gather_tokens", ORR_ALL_GATHER, layout->tensor, ORR_ROWS_RANK, 2 * hidden(c));
    if (shared) compile_dense_ffn(c, ffn->shared_intermediate, ffn, "shared_gate_up", "shared_down");
    else compile_dense_ffn(c, ffn->intermediate, ffn, "gate_up_proj", "down_proj");
    if (!gathered) add_collective(c, "scatter_tokens", ORR_REDUCE_SCATTER, layout->tensor, ORR_ROWS_RANK, 2 * hidden(c));
}

static void compile_group(compiler *c, const orr_layer_group *group)
{
    c->layers = (double)group->count;
    c->passes = c->layers * c->perf->layout.micro_batches;
    if (c->perf->held == ORR_HOLDS_FFN) { compile_ffn_side(c, &group->ffn); return; }
    add_elementwise(c, "norm_residual", group->norms, 8 * hidden(c), 1, 0);
    add_weights(c, group->norms * hidden(c) * orr_dtype_bytes(c->perf->layout.other_dtype));
    compile_mixer(c, &group->mixer);
    if (c->perf->held == ORR_HOLDS_ATTENTION) compile_attention_side(c, &group->ffn);
    else if (group->ffn.kind == ORR_FFN_DENSE) { compile_dense_ffn(c, group->ffn.intermediate, &group->ffn, "gate_up_proj", "down_proj"); add_all_reduce(c); }
    else if (group->ffn.kind == ORR_FFN_MOE) compile_moe(c, &group->ffn);
}

/* --- outside of the layers --- */

static void compile_embedding(compiler *c)
{
    const orr_layout *layout = &c->perf->layout;
    int64_t rows = orr_ceil_div(c->model->vocab_size, layout->tensor);
    add_elementwise(c, "embedding", 1, 4 * hidden(c), 1, 0);
    add_all_reduce(c);
    c->perf->weights.embedding = (double)rows * hidden(c) * orr_dtype_bytes(layout->other_dtype);
}

/* Hidden state and residual go to the next stage, each tensor rank its slice, gathered there. */
static void compile_transfers(compiler *c)
{
    const orr_layout *layout = &c->perf->layout;
    const orr_machine *machine = &c->perf->machine;
    double slice = 4 * hidden(c) / (double)layout->tensor, inside = (double)(layout->pipeline - 1 - layout->crossings);
    const int64_t stages = orr_min_i64(layout->pipeline, orr_max_i64((int64_t)machine->chips_per_node / layout->stage_ranks, 1));      /* in a node */
    if (inside > 0) add_collective_of(c, "stage_transfer", orr_collective_prepare_step(machine, false, (double)stages, (double)layout->stage_ranks), ORR_ROWS_RANK, inside, slice);
    if (layout->crossings > 0) add_collective_of(c, "stage_transfer_fabric", orr_collective_prepare_step(machine, true, (double)layout->pipeline, (double)layout->stage_ranks), ORR_ROWS_RANK, (double)layout->crossings, slice);
}

static void compile_logits(compiler *c)
{
    orr_perf *perf = c->perf;
    const orr_coefficients *k = &perf->coefficients;
    int64_t columns = orr_ceil_div(c->model->vocab_size, perf->layout.tensor);
    double vocab = (double)c->model->vocab_size;
    add_elementwise(c, "final_norm", 1, 8 * hidden(c), 2, 0);
    add_other(c, "lm_head", columns, c->model->hidden_size);
    add_collective(c, "gather_logits", ORR_ALL_GATHER, perf->layout.tensor, ORR_ROWS_RANK, 2 * vocab);
    add_elementwise(c, "sampler", 1, 4 * k->sampler_passes * vocab, 2, k->sampler_kilocycles * perf->machine.kilocycle_ns);
    perf->weights.head = c->model->tied_embeddings && perf->layout.pipeline == 1 ? 0 : (double)columns * hidden(c) * orr_dtype_bytes(perf->layout.other_dtype);
    perf->weights.head += hidden(c) * orr_dtype_bytes(perf->layout.other_dtype);       /* the last norm */
}

void orr_program_compile(orr_perf *perf, const orr_model *model, const orr_experts *experts, orr_arena *arena)
{
    const bool apart = perf->held != ORR_HOLDS_ALL, outside = perf->held != ORR_HOLDS_FFN;
    compiler c = { .perf = perf, .model = model, .experts = experts, .arena = arena, .program = &perf->dense, .layers = 1, .passes = 1, .group = apart ? ORR_NO_LAYER_GROUP : 0 };
    c.ffn_ranks = perf->engine.attention_ffn.ffn_devices;
    c.ffn_spread = perf->engine.enable_expert_parallel;
    if (outside) compile_embedding(&c);
    c.per_layer = true;
    for (int i = 0; i < model->group_count; i++) {
        if (apart) c.group = i;
        compile_group(&c, &model->groups[i]);
    }
    c.per_layer = false;
    c.layers = c.passes = 1;
    if (apart) c.group = ORR_NO_LAYER_GROUP;
    compile_transfers(&c);
    c.program = &perf->logits;
    if (outside) compile_logits(&c);
    orr_program_correct(&perf->dense, &perf->corrections, arena);
    orr_program_correct(&perf->logits, &perf->corrections, arena);
    if (outside) perf->weights.encoder = model->encoder_parameters * orr_dtype_bytes(perf->layout.other_dtype);
}

void orr_program_add_head(orr_perf *perf, const orr_model *model, const char *norm, int norms, const orr_head_product *products, int count, orr_arena *arena)
{
    compiler c = { .perf = perf, .model = model, .arena = arena, .program = &perf->dense, .layers = 1, .passes = 1, .per_layer = true, .group = perf->held != ORR_HOLDS_ALL ? ORR_NO_LAYER_GROUP : 0 };
    add_elementwise(&c, norm, 1, 8 * hidden(&c), 2, 0);
    for (int i = 0; i < count; i++) add_other(&c, products[i].name, products[i].n, products[i].k);
    add_weights(&c, norms * hidden(&c) * orr_dtype_bytes(perf->layout.other_dtype));
    orr_program_correct(&perf->dense, &perf->corrections, arena);
}

void orr_program_add_mtp_projection(orr_perf *perf, const orr_model *model, orr_arena *arena)
{
    orr_program_add_head(perf, model, "mtp_norms", 3, &(orr_head_product){ "mtp_proj", model->hidden_size, 2 * model->hidden_size }, 1, arena);
}
