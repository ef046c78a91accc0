/* Drafting by a model: what the passes before the next step's verification cost.
 *
 * After a step the drafting model runs K times, one pass after the other, as engines do:
 *   the first pass takes all tokens of the step (verified tokens of the decoding requests and the prompts' chunks: its own cache has to follow), and gives each request its first draft;
 *   passes 2 to K take one token a request.  time = first(tokens) + (K - 1) next(requests);  each has the drafting model's dense part, attention over the contexts, and logits.
 * The drafting model is a system of its own (system.h) on the same tensor and data ranks, in one stage: that of the last layers.
 *   MTP: one layer of the model's last group between a projection of (hidden state, embedding of the next token) 2 h -> h, kept whole on every rank, and the model's own embedding and head.
 *   Draft model: all of it, its weights as published.
 *   EAGLE: a head over the model's hidden states (draft_eagle.c), in 16 bit.
 * A step of depth 0 drafts nothing, but where depths change from step to step the drafting model's cache follows: the first pass, without logits.
 * Bytes: the MTP layers' weights and cache, or all of the draft model's; a drafting model that has a window or top-k of its own sees contexts as if they were equal.
 * Units: ns, bytes, tokens. Source: the order of work in vLLM V1's proposers; the MTP module as in DeepSeek-V3's report. Valid for drafts in a chain (no trees), greedy, without early exit. */
#include "perf/draft.h"

#include "base/math.h"
#include "perf/system.h"

bool orr_draft_prepare(orr_perf *perf, const orr_study *study, const orr_perf_basis *basis, orr_arena *arena, orr_diags *diags)
{
    const orr_speculation *speculation = &study->engine.speculation;
    const bool mtp = speculation->method == ORR_SPECULATION_MTP, eagle = speculation->method == ORR_SPECULATION_EAGLE;
    if (!mtp && !eagle && speculation->method != ORR_SPECULATION_DRAFT) return true;
    orr_study *drafting = ORR_NEW(arena, orr_study);
    *drafting = *study;
    drafting->model = mtp ? orr_model_mtp(&study->model) : eagle ? orr_model_eagle(&study->model, &speculation->eagle) : speculation->draft_model;
    drafting->engine.pipeline_parallel_size = 1;
    drafting->engine.speculation.method = ORR_SPECULATION_NONE;
    if (!mtp) {
        drafting->engine.attention_ffn = (orr_attention_ffn){ 0 };       /* a small model as a whole stands with attention */
        drafting->engine.weight_dtype = speculation->draft_weight_dtype;
        drafting->engine.compute_dtype = speculation->draft_compute_dtype;
    }
    orr_perf *first = orr_perf_prepare_pass(drafting, perf->decode_tokens, basis, arena, diags);
    orr_perf *next = first != NULL && perf->decode_tokens > 2 ? orr_perf_prepare_pass(drafting, 1, basis, arena, diags) : NULL;
    if (first == NULL || (next == NULL && perf->decode_tokens > 2)) return false;
    if (mtp) {
        orr_program_add_mtp_projection(first, &drafting->model, arena);
        if (next != NULL) orr_program_add_mtp_projection(next, &drafting->model, arena);
    }
    if (eagle) {
        orr_program_add_eagle_head(first, &drafting->model, &speculation->eagle, true, arena);
        if (next != NULL) orr_program_add_eagle_head(next, &drafting->model, &speculation->eagle, false, arena);
    }
    perf->draft_owns_head = eagle && speculation->eagle.vocab_size > 0;
    perf->draft_first = first;
    perf->draft_next = next;
    perf->draft_layers = mtp ? orr_speculation_mtp_layers(speculation, &study->model) : eagle ? 1 : 0;
    perf->draft_cap_tokens = drafting->model.context_cap_tokens;
    perf->context_cap_tokens = study->model.context_cap_tokens;
    return true;
}

orr_draft_bytes orr_draft_memory(const orr_perf *perf)
{
    if (perf->draft_first == NULL) return (orr_draft_bytes){ 0, 0, 0 };
    const orr_perf *draft = perf->draft_first;
    const double layers = perf->draft_layers > 0 ? (double)perf->draft_layers : 1;
    const double shared = perf->draft_layers > 0 ? (perf->draft_owns_head ? draft->weights.head : 0) : draft->weights.embedding + draft->weights.head + draft->weights.encoder;
    return (orr_draft_bytes){ layers * draft->weights.layers + shared, layers * draft->memory.kv_bytes_per_block, layers * draft->memory.state_bytes_per_request };
}

/* The sums as the drafting model sees them. */
static orr_decode_sums sums_of(const orr_perf *perf, orr_decode_sums sums)
{
    const int64_t cap = perf->draft_cap_tokens;
    if (cap != perf->context_cap_tokens) sums.capped_tokens = cap > 0 ? orr_min_i64(sums.context_tokens, sums.count * cap) : sums.context_tokens;
    return sums;
}

int orr_perf_draft_passes(const orr_perf *perf, const orr_decode_sums *decode, const orr_draft_prompts *prompts, orr_draft_pass passes[2])
{
    if (perf->draft_first == NULL) return 0;
    const int64_t requests = decode->count + prompts->completing, cap = perf->context_cap_tokens;
    passes[0] = (orr_draft_pass){ perf->draft_first, 1, decode->count * perf->decode_tokens + prompts->tokens, perf->decode_tokens > 1 ? requests : 0, sums_of(perf, *decode), prompts->tokens > 0 };
    if (perf->draft_next == NULL || requests == 0) return 1;
    orr_decode_sums sums = *decode;
    const double context = (double)prompts->completing_context_tokens;
    sums.count = requests;
    sums.context_tokens += prompts->completing_context_tokens;
    sums.capped_tokens += cap > 0 ? orr_min_i64(prompts->completing_context_tokens, prompts->completing * cap) : prompts->completing_context_tokens;
    if (prompts->completing > 0) sums.context_squares += context * context / (double)prompts->completing;
    passes[1] = (orr_draft_pass){ perf->draft_next, perf->decode_tokens - 2, requests, requests, sums_of(perf, sums), false };
    return 2;
}

orr_draft_prompts orr_draft_prompts_of(const orr_prefill_chunk *chunks, int64_t chunk_count)
{
    orr_draft_prompts prompts = { .completing = chunk_count };
    for (int64_t i = 0; i < chunk_count; i++) {
        prompts.tokens += chunks[i].new_tokens;
        prompts.completing_context_tokens += chunks[i].new_tokens + chunks[i].context_tokens;
    }
    return prompts;
}

void orr_perf_drafts(const orr_perf *perf, const orr_decode_sums *decode, const orr_prefill_chunk *chunk, int64_t chunk_count, orr_cost *cost)
{
    *cost = (orr_cost){ 0 };
    orr_draft_prompts prompts = { .completing = chunk_count };
    if (chunk_count > 0) prompts = (orr_draft_prompts){ chunk_count * chunk->new_tokens, chunk_count, chunk_count * (chunk->new_tokens + chunk->context_tokens) };
    orr_draft_pass passes[2];
    const int count = orr_perf_draft_passes(perf, decode, &prompts, passes);
    for (int i = 0; i < count; i++) {
        const orr_draft_pass *pass = &passes[i];
        const int64_t chunk_tokens = pass->with_chunks ? prompts.tokens : 0;
        orr_step_shape shape = { .decode = pass->decode, .tokens = pass->tokens, .logits = pass->logits, .decode_only = !pass->with_chunks };
        if (chunk_tokens > 0) {
            shape.chunk = *chunk;
            shape.chunk_count = chunk_count;
        }
        orr_cost all;
        orr_perf_step(pass->perf, &shape, &all);
        orr_cost_add(cost, &all, (double)pass->times);
    }
}
