/* A step's parts: the walk of the prepared programs into a sink, and the sums that callers ask for.
 *
 * Invariants: 1. a part of nothing (no tokens, no requests) costs nothing; 2. every part goes through its walk, so that the explanation's lines and the sums are
 * the same arithmetic; 3. time is of the busiest rank, stage after stage; the rest is of all chips. */
#include "perf/encoder.h"
#include "perf/host.h"
#include "perf/launch.h"
#include "perf/linear_growth.h"
#include "perf/system.h"

#include "base/math.h"

/* How many rows an item has in a step of so many tokens. */
typedef struct step_rows { double rank, all, dispatch, mean_share; } step_rows;

static step_rows rows_of(const orr_perf *perf, double tokens, double rank_tokens)
{
    const orr_layout *layout = &perf->layout;
    return (step_rows){ rank_tokens, tokens, rank_tokens / (double)layout->tensor, tokens / ((double)(layout->data * layout->context) * rank_tokens) };
}

double orr_perf_rank_tokens(const orr_perf *perf, int64_t decode_count, int64_t chunk_tokens, int64_t largest_chunk_tokens)
{
    const double context = (double)perf->layout.context, decodes = (double)decode_count;
    double spread = (decodes + (double)chunk_tokens / context) * perf->layout.busiest_share;
    return orr_max(orr_max(spread, decodes / (double)perf->layout.data + (double)largest_chunk_tokens / context), 1);
}

int64_t orr_perf_computed_tokens(const orr_perf *perf, int64_t decode_tokens, int64_t chunk_tokens) { return decode_tokens * perf->layout.context + chunk_tokens; }

static orr_rank_split split_of(const orr_perf *perf, double share) { return (orr_rank_split){ share, (double)perf->layout.stage_ranks, 1 / ((double)perf->layout.data * perf->layout.micro_batches * share) }; }

static orr_rank_split decode_split(const orr_perf *perf, const orr_decode_sums *sums) { return split_of(perf, orr_decode_share(perf, (double)sums->count)); }

/* With a list: whose error what comes next has, and how large. No correction: what no measured family speaks of. */
static void note_error(const orr_perf *perf, const orr_correction *correction, const double *leading, orr_sink *sink)
{
    if (sink->list == NULL) return;
    sink->family = correction != NULL ? correction->family : ORR_KERNEL_FAMILY_COUNT_;
    sink->log_error = correction != NULL ? orr_correction_log_error(correction, leading) : perf->coefficients.error_other;
}

static void walk_item(const orr_perf *perf, const orr_item *item, const step_rows *rows, orr_sink *sink)
{
    double count = item->rows == ORR_ROWS_RANK ? rows->rank : item->rows == ORR_ROWS_ALL ? rows->all : rows->dispatch;
    double ranks = (double)perf->layout.stage_ranks, share = item->rows == ORR_ROWS_ALL ? 1 : rows->mean_share;
    const double leading = item->kind == ORR_ITEM_COLLECTIVE ? count * item->row_bytes : count;
    sink->excess = orr_correction_excess(&item->correction, &leading);
    sink->group = item->group;
    note_error(perf, item->kind == ORR_ITEM_ELEMENTWISE ? NULL : &item->correction, &leading, sink);
    switch (item->kind) {
    case ORR_ITEM_GEMM: orr_gemm_emit(item->of.gemm, item->name, item->times, count, ranks, share, sink); break;
    case ORR_ITEM_ELEMENTWISE: orr_elementwise_emit(item->of.elementwise, item->name, item->times, count, ranks, share, sink); break;
    case ORR_ITEM_COLLECTIVE: orr_collective_emit(item->of.collective, item->name, item->times, count * item->row_bytes, ranks, share, sink); break;
    case ORR_ITEM_DISPATCH: orr_dispatch_emit(item->of.dispatch, item->name, item->times, count, ranks, share, sink); break;
    case ORR_ITEM_MOE: orr_moe_emit(item->of.moe, item->times, count, sink); break;
    }
    sink->excess = 0;
    note_error(perf, NULL, NULL, sink);
}

void orr_walk_dense(const orr_perf *perf, double tokens, double rank_tokens, bool decode_only, orr_sink *sink)
{
    if (tokens <= 0) return;
    const double parts = perf->layout.micro_batches;
    const step_rows whole = rows_of(perf, tokens, rank_tokens), part = parts > 1 ? rows_of(perf, orr_max(tokens / parts, 1), orr_max(rank_tokens / parts, 1)) : whole;
    double before_ns = sink->sum->time_ns;
    sink->kernels = 0;
    for (int i = 0; i < perf->dense.count; i++) {
        const orr_item *item = &perf->dense.items[i];
        if (!decode_only || !item->prompts_only) walk_item(perf, item, item->group == ORR_NO_LAYER_GROUP ? &whole : &part, sink);
    }
    if (perf->held != ORR_HOLDS_ALL) return;        /* of both sides together: afd.c */
    if (!decode_only || tokens > perf->captured_tokens) orr_launch_emit_eager(&perf->machine, sink->sum->time_ns - before_ns, sink);
}

void orr_walk_logits(const orr_perf *perf, double logits, orr_sink *sink)
{
    if (logits <= 0) return;
    step_rows rows = rows_of(perf, logits * (double)perf->layout.context, orr_max(logits * perf->layout.busiest_share, 1));
    for (int i = 0; i < perf->logits.count; i++) walk_item(perf, &perf->logits.items[i], &rows, sink);
}

void orr_walk_decode(const orr_perf *perf, const orr_decode_sums *sums, orr_decode_memo *memo, orr_sink *sink)
{
    if (sums->count <= 0) return;
    const orr_rank_split split = decode_split(perf, sums);
    const double count = (double)sums->count * split.busiest_share, context = (double)sums->context_tokens / (double)sums->count;
    for (int i = 0; i < perf->linear_count; i++) {
        const double leading[] = { orr_linear_seen_requests(&perf->linear[i], count), context * perf->linear[i].context_share };
        sink->excess = orr_correction_cell_excess(orr_decode_memo_cell(perf, i, leading[0], leading[1], memo), leading[0], leading[1]);
        sink->group = perf->linear[i].group;
        note_error(perf, &perf->linear[i].correction, leading, sink);
        orr_linear_operator_emit(&perf->linear[i], &perf->machine, sums, &split, sink);
    }
    sink->excess = 0;
}

/* As what is emitted has it, all layers together. */
static double linear_ns(const orr_perf *perf, int at, const orr_decode_sums *sums, double share, orr_decode_memo *memo)
{
    const orr_linear_operator *linear = &perf->linear[at];
    const orr_linear_growth growth = orr_linear_growth_of(linear, &perf->machine, (double)sums->count, share);
    const double growing_ns = orr_linear_growth_ns(&growth, growth.terms, (double)sums->context_tokens, (double)sums->capped_tokens, sums->context_squares);
    const double count = orr_linear_seen_requests(linear, growth.count), context = (double)sums->context_tokens / (double)sums->count * linear->context_share;
    return linear->layers * ((linear->fixed_ns + growing_ns) * (1 + orr_correction_cell_excess(orr_decode_memo_cell(perf, at, count, context, memo), count, context)));
}

void orr_add_decode_by_group(const orr_perf *perf, const orr_decode_sums *sums, orr_decode_memo *memo, double *group_ns)
{
    if (sums->count <= 0) return;
    const double share = orr_decode_share(perf, (double)sums->count);
    for (int i = 0; i < perf->linear_count; i++) group_ns[perf->linear[i].group] += linear_ns(perf, i, sums, share, memo);
}

/* So many chunks in one launch, of which a context rank has its part. Of several micro-batches each has its part of every chunk, and finds the keys of those before it: the mean one is in the middle. */
static void add_chunks(const orr_perf *perf, const orr_chunk_operator *operator_, const orr_prefill_chunk *chunk, double count, orr_chunk_load *load)
{
    if (chunk->new_tokens <= 0 || count <= 0) return;
    const double parts = perf->layout.micro_batches, new_tokens = (double)chunk->new_tokens / parts, context_tokens = (double)chunk->context_tokens + 0.5 * (parts - 1) * new_tokens;
    if (perf->layout.context > 1) orr_context_load_add(operator_, &perf->machine, (double)perf->layout.context, new_tokens, context_tokens, count, load);
    else orr_chunk_load_add(operator_, &perf->machine, new_tokens, context_tokens, count, load);
}

void orr_perf_encode(const orr_perf *perf, int64_t images, orr_cost *cost)
{
    *cost = (orr_cost){ 0 };
    orr_sink sink = { .sum = cost };
    if (perf->encoder != NULL) orr_encoder_emit(perf->encoder, images, &sink);
}

int64_t orr_perf_most_images(const orr_perf *perf)
{
    if (perf->encoder == NULL) return 0;
    return orr_max_i64(1, (int64_t)((double)perf->engine.max_num_batched_tokens / orr_max(1, perf->encoder->tokens)));
}

/* All chunks of a launch of one operator. */
static void walk_load(const orr_perf *perf, const orr_chunk_operator *chunk, const orr_chunk_load *load, orr_sink *sink)
{
    if (load->chunks <= 0) return;
    const orr_rank_split split = { perf->layout.busiest_share, (double)perf->layout.stage_ranks, 1 / ((double)perf->layout.data * perf->layout.busiest_share) };
    const double leading[] = { orr_max(load->chunks * split.busiest_share, 1), load->new_tokens / load->chunks, load->context_tokens / load->chunks };
    sink->excess = orr_correction_excess(&chunk->correction, leading);
    sink->group = chunk->group;
    note_error(perf, &chunk->correction, leading, sink);
    orr_chunk_operator_emit(chunk, &perf->machine, load, &split, sink);
    sink->excess = 0;
}

void orr_walk_chunks(const orr_perf *perf, const orr_prefill_chunk *chunks, int64_t chunk_count, orr_sink *sink)
{
    for (int i = 0; i < perf->chunk_count; i++) {
        orr_chunk_load load = { 0 };
        for (int64_t k = 0; k < chunk_count; k++) add_chunks(perf, &perf->chunk[i], &chunks[k], 1, &load);
        walk_load(perf, &perf->chunk[i], &load, sink);
    }
}

static orr_chunk_load equal_load(const orr_perf *perf, const orr_chunk_operator *operator_, const orr_prefill_chunk *chunk, int64_t count)
{
    orr_chunk_load load = { 0 };
    add_chunks(perf, operator_, chunk, (double)count, &load);
    return load;
}

static orr_sink sum_into(orr_cost *cost)
{
    *cost = (orr_cost){ 0 };
    return (orr_sink){ .sum = cost };
}

void orr_perf_dense_on(const orr_perf *perf, int64_t computed_tokens, double rank_tokens, bool decode_only, orr_cost *cost)
{
    orr_sink sink = sum_into(cost);
    orr_walk_dense(perf, (double)computed_tokens, rank_tokens, decode_only, &sink);
}

void orr_perf_dense(const orr_perf *perf, int64_t tokens, bool decode_only, orr_cost *cost)
{
    const int64_t decodes = decode_only ? tokens : 0, prompts = tokens - decodes;
    orr_perf_dense_on(perf, orr_perf_computed_tokens(perf, decodes, prompts), orr_perf_rank_tokens(perf, decodes, prompts, 0), decode_only, cost);
}

void orr_perf_least_dense(const orr_perf *perf, int64_t tokens, orr_cost *cost) { orr_perf_dense_on(perf, tokens, orr_perf_rank_tokens(perf, 0, tokens, 0), true, cost); }

void orr_perf_logits(const orr_perf *perf, int64_t logits, orr_cost *cost)
{
    orr_sink sink = sum_into(cost);
    orr_walk_logits(perf, (double)logits, &sink);
}

void orr_perf_decode_attention(const orr_perf *perf, const orr_decode_sums *sums, orr_cost *cost)
{
    orr_decode_memo memo;
    for (int i = 0; i < perf->linear_count; i++) memo.cells[i].count.high = 0;      /* holds nothing */
    orr_perf_decode_attention_again(perf, sums, &memo, cost);
}

void orr_perf_decode_attention_again(const orr_perf *perf, const orr_decode_sums *sums, orr_decode_memo *memo, orr_cost *cost)
{
    orr_sink sink = sum_into(cost);
    orr_walk_decode(perf, sums, memo, &sink);
}

void orr_walk_equal_chunks(const orr_perf *perf, const orr_prefill_chunk *chunk, int64_t count, orr_sink *sink)
{
    for (int i = 0; i < perf->chunk_count; i++) {
        const orr_chunk_load load = equal_load(perf, &perf->chunk[i], chunk, count);
        walk_load(perf, &perf->chunk[i], &load, sink);
    }
}

void orr_perf_equal_chunks(const orr_perf *perf, const orr_prefill_chunk *chunk, int64_t count, orr_cost *cost)
{
    orr_sink sink = sum_into(cost);
    orr_walk_equal_chunks(perf, chunk, count, &sink);
}

void orr_perf_prefill_attention(const orr_perf *perf, int64_t new_tokens, int64_t context_tokens, orr_cost *cost)
{
    orr_perf_equal_chunks(perf, &(orr_prefill_chunk){ new_tokens, context_tokens }, 1, cost);
}

double orr_perf_least_prefill_ns(const orr_perf *perf, int64_t new_tokens, int64_t context_tokens)
{
    const orr_prefill_chunk chunk = { new_tokens, context_tokens };
    const double leading[] = { 1, (double)new_tokens, (double)context_tokens };
    double least_ns = 0;
    for (int i = 0; i < perf->chunk_count; i++) {
        const orr_chunk_operator *operator_ = &perf->chunk[i];
        const orr_chunk_load load = equal_load(perf, operator_, &chunk, 1);
        least_ns += operator_->layers * (1 + orr_correction_excess(&operator_->correction, leading)) * orr_chunk_operator_least_ns(operator_, &load, perf->layout.busiest_share);
    }
    return least_ns;
}

void orr_perf_add_chunks(const orr_perf *perf, const orr_prefill_chunk *chunks, int64_t chunk_count, orr_cost *step)
{
    orr_cost part;
    orr_sink sink = sum_into(&part);
    orr_walk_chunks(perf, chunks, chunk_count, &sink);
    orr_cost_add(step, &part, 1);
}

void orr_perf_step(const orr_perf *perf, const orr_step_shape *shape, orr_cost *cost)
{
    const int64_t chunk_tokens = shape->chunk_count * shape->chunk.new_tokens, decode_tokens = shape->tokens - chunk_tokens;
    const double rank_tokens = orr_perf_rank_tokens(perf, decode_tokens, chunk_tokens, chunk_tokens > 0 && !shape->spread ? shape->chunk.new_tokens : 0);
    orr_cost part;
    if (perf->afd != NULL) { orr_afd_step(perf, shape, rank_tokens, cost); return; }
    orr_perf_dense_on(perf, orr_perf_computed_tokens(perf, decode_tokens, chunk_tokens), rank_tokens, shape->decode_only, cost);
    orr_perf_logits(perf, shape->logits, &part);
    orr_cost_add(cost, &part, 1);
    orr_perf_decode_attention(perf, &shape->decode, &part);
    orr_cost_add(cost, &part, 1);
    if (shape->chunk_count == 0) return;
    orr_perf_equal_chunks(perf, &shape->chunk, shape->chunk_count, &part);
    orr_cost_add(cost, &part, 1);
}

int64_t orr_perf_decode_tokens(const orr_perf *perf) { return perf->decode_tokens; }
int64_t orr_perf_stage_count(const orr_perf *perf) { return perf->layout.pipeline; }
double orr_perf_bottleneck_share(const orr_perf *perf) { return perf->bottleneck_share; }
double orr_perf_idle_w(const orr_perf *perf)
{
    const double own = perf->machine.idle_w * (double)(perf->layout.stage_ranks * perf->layout.pipeline);
    return perf->afd != NULL ? own + orr_perf_idle_w(orr_perf_ffn(perf)) : own;
}
orr_memory_map orr_perf_memory(const orr_perf *perf) { return perf->memory; }
