/* Memory of one chip, to the KV block.
 *
 *   usable = capacity x gpu_memory_utilization (with utilization_of_free: what is taken + gpu_memory_utilization x what that leaves);  kv = usable - weights - encoder - activation peak - runtime;  blocks = floor(kv / bytes of a block) x data ranks
 * weights: the rank's bytes as the programs hold them (program.c), of the stage with the fewest blocks: layers of the stage / all layers, the embedding on the first, the head
 *   on the last stage (one copy where they are tied and share a stage). KV heads fewer than the tensor ranks are held by several; MLA's latent and the indexer's key by all.
 * activation peak = activation_bytes_factor x max_num_batched_tokens x (hidden + widest feed-forward shard) x 2 bytes.
 * Ranks that cut a request's cache along its tokens (context_decode.c) hold 1/D of it each, but for the indexer's keys; a block is then block_size tokens on each of them. Context ranks compute their share of
 * prompts' tokens and all that decodes, so that the activation peak is of d + (max_num_batched_tokens - d) / P tokens, d = max_num_seqs x (1 + drafts) at most.
 * A block is block_size tokens of all the stage's layers. Sliding-window layers: an engine with a hybrid allocator keeps only the window for them, each kind of layer in a
 *   pool of equal pages. That is approximated by one kind of block whose windowed layers count min(1, window / mean context) of their bytes; the mean context is the traffic's
 *   (input + half of the output), memory.window_reference_tokens when the traffic does not tell. Sparse attention keeps the whole context.
 * Recurrent state is counted a request: state_bytes_per_request; an engine pages it from the same pool. Half of that pool at most is for states: they say how many requests may
 *   run at once (max_requests, one a data rank at least, of the stage that has room for the fewest), and min(max_num_seqs, max_requests) states are set aside here.
 * A drafting model's weights and cache are on the last stage (draft.c); a request that verifies K drafts keeps 1 + K recurrent states, to take rejected ones back.
 * Where attention and FFN stand apart (afd.c) each side's devices have a map of their own, of what they hold; blocks and states are the attention devices'.
 * num_gpu_blocks, when given, replaces the count. Units: bytes. Source: vLLM's profiling run, restated. Valid for a chip that holds nothing else. */
#include "perf/draft.h"
#include "perf/encoder.h"
#include "perf/system.h"

#include "base/math.h"

static double widest_shard(const orr_model *model, orr_held_part held, const orr_layout *layout)
{
    double widest = 0;
    for (int i = 0; i < model->group_count; i++) {
        const orr_ffn *ffn = &model->groups[i].ffn;
        if (held == ORR_HOLDS_ATTENTION) continue;
        double dense = (double)(ffn->intermediate + ffn->shared_intermediate) / (double)layout->tensor;
        double expert = (double)(ffn->expert_intermediate * ffn->experts_per_token) / (double)(layout->spread_experts ? 1 : layout->stage_ranks);
        widest = orr_max(widest, orr_max(dense, ffn->kind == ORR_FFN_MOE ? expert : 0));
    }
    return widest;
}

/* Mean context of a request in the cache, by the traffic. */
static double mean_context(const orr_study *study, const orr_coefficients *c)
{
    const orr_traffic *traffic = &study->traffic;
    if (traffic->kind == ORR_SOURCE_FIXED && traffic->input_tokens + traffic->output_tokens > 0) {
        double shrink = 1 - 0.5 * traffic->length_range;
        return shrink * ((double)traffic->input_tokens + 0.5 * (double)traffic->output_tokens);
    }
    const orr_length_quantiles *input = &traffic->workload.input, *output = &traffic->workload.output;
    if (traffic->kind != ORR_SOURCE_PROFILE || input->knot_count < 2 || output->knot_count < 2) return c->window_reference_tokens;
    double mean = 0;
    for (int i = 1; i < input->knot_count; i++) mean += 0.5 * (input->p[i] - input->p[i - 1]) * (input->tokens[i] + input->tokens[i - 1]);
    for (int i = 1; i < output->knot_count; i++) mean += 0.25 * (output->p[i] - output->p[i - 1]) * (output->tokens[i] + output->tokens[i - 1]);
    return orr_max(mean, 1);
}

/* Bytes a token of one layer takes on one chip. */
static double layer_token_bytes(const orr_mixer *mixer, const orr_perf *perf, double context)
{
    double element = orr_dtype_bytes(perf->engine.kv_cache_dtype), tensor = (double)perf->layout.tensor;
    double index = mixer->sparse_topk > 0 ? (double)mixer->index_head_dim + 4 : 0, ranks = (double)perf->layout.decode_context;
    if (mixer->kind == ORR_MIXER_MLA) return (double)(mixer->kv_lora_rank + mixer->qk_rope_dim) * element / ranks + index;
    if (mixer->kind != ORR_MIXER_GQA) return 0;
    double whole = orr_max((double)mixer->kv_heads / tensor, 1) * (double)(mixer->head_dim + mixer->value_head_dim) * element / ranks + index;
    double kept = mixer->window_tokens > 0 ? orr_min((double)mixer->window_tokens / context, 1) : 1;
    return whole * kept;
}

/* What all layers hold, a token and a request; one chip. */
static void cache_bytes(const orr_perf *perf, const orr_study *study, double *per_token, double *per_request)
{
    double context = mean_context(study, &perf->coefficients);
    *per_token = *per_request = 0;
    if (perf->held == ORR_HOLDS_FFN) return;
    for (int i = 0; i < study->model.group_count; i++) {
        const orr_layer_group *group = &study->model.groups[i];
        orr_state_size state = orr_linear_state_size(&group->mixer);
        *per_token += (double)group->count * layer_token_bytes(&group->mixer, perf, context);
        *per_request += (double)group->count * (state.recurrent * perf->coefficients.state_element_bytes + state.convolution * 2) / (double)perf->layout.tensor;
    }
}

/* The most requests whose states fit in half of what a stage has left for the cache; 0: no state. */
static int64_t most_requests(const orr_perf *perf, const orr_memory_map *map)
{
    if (map->state_bytes_per_request <= 0) return 0;
    return orr_max_i64((int64_t)orr_min(0.5 * map->kv_bytes / map->state_bytes_per_request, 1e15), 1) * perf->layout.data;
}

/* The most tokens of a step on one rank. */
static double most_tokens(const orr_perf *perf, const orr_engine *engine)
{
    const double all = (double)engine->max_num_batched_tokens, decodes = orr_min((double)(engine->max_num_seqs * perf->decode_tokens), all);
    return decodes + (all - decodes) / (double)perf->layout.context;
}

/* The map of a stage with so many layers, the first or the last of the pipeline or neither: all but what is cut into states and blocks. */
static orr_memory_map stage_map(const orr_perf *perf, const orr_study *study, int64_t layers, bool first, bool last)
{
    const orr_engine *engine = &study->engine;
    double share = (double)layers / (double)perf->layout.layers, per_token = 0, per_request = 0;
    cache_bytes(perf, study, &per_token, &per_request);
    orr_memory_map map = { .capacity_bytes = study->hardware.chip.memory_bytes, .runtime_bytes = engine->runtime_bytes };
    map.usable_bytes = map.capacity_bytes * engine->gpu_memory_utilization;
    const orr_draft_bytes draft = last ? orr_draft_memory(perf) : (orr_draft_bytes){ 0, 0, 0 };
    map.weights_bytes = share * perf->weights.layers + (first ? perf->weights.embedding : 0) + (last ? perf->weights.head : 0) + draft.weights;
    map.encoder_bytes = first ? perf->weights.encoder : 0;
    map.activation_bytes = engine->activation_bytes_factor * most_tokens(perf, engine) * ((double)study->model.hidden_size + widest_shard(&study->model, perf->held, &perf->layout)) * 2;
    if (first && perf->encoder) map.activation_bytes = orr_max(map.activation_bytes, orr_encoder_activation_bytes(perf->encoder, orr_perf_most_images(perf), engine->activation_bytes_factor));
    const double taken = map.weights_bytes + map.encoder_bytes + map.activation_bytes + map.runtime_bytes;
    if (engine->utilization_of_free) map.usable_bytes = orr_max(taken + (map.capacity_bytes - taken) * engine->gpu_memory_utilization, 0);
    map.kv_bytes = orr_max(map.usable_bytes - taken, 0);
    map.kv_bytes_per_block = share * per_token * (double)orr_engine_block_tokens(engine) + draft.per_block;
    map.state_bytes_per_request = share * per_request * (double)perf->decode_tokens + draft.state_per_request;
    map.max_requests = most_requests(perf, &map);
    return map;
}

/* Cuts a stage's memory into the states of so many requests (of all data ranks) and blocks. */
static void cut_stage(const orr_perf *perf, const orr_study *study, int64_t requests, orr_memory_map *map)
{
    const orr_engine *engine = &study->engine;
    map->state_bytes = (double)requests / (double)perf->layout.data * map->state_bytes_per_request;
    double room = orr_max(map->kv_bytes - map->state_bytes, 0), seats = (double)engine->max_num_seqs * (double)study->model.max_context_tokens / (double)orr_engine_block_tokens(engine);
    double blocks = map->kv_bytes_per_block > 0 ? room / map->kv_bytes_per_block : room > 0 ? seats : 0;
    map->kv_blocks = (int64_t)orr_min(blocks, 1e15) * perf->layout.data;
}

orr_memory_map orr_memory_prepare(const orr_perf *perf, const orr_study *study)
{
    const orr_layout *layout = &perf->layout;
    orr_memory_map stages[3] = { stage_map(perf, study, layout->layers_first, true, layout->pipeline == 1) };
    int count = 1;
    if (layout->pipeline > 1) stages[count++] = stage_map(perf, study, layout->layers_last, false, true);
    if (layout->pipeline > 1 && layout->layers_most > layout->layers_first) stages[count++] = stage_map(perf, study, layout->layers_most, false, false);
    int64_t most = stages[0].max_requests;
    for (int i = 1; i < count; i++) most = orr_min_i64(most, stages[i].max_requests);
    int64_t requests = most > 0 ? orr_min_i64(study->engine.max_num_seqs, most) : study->engine.max_num_seqs;
    int tightest = 0;
    for (int i = 0; i < count; i++) {
        cut_stage(perf, study, requests, &stages[i]);
        if (stages[i].kv_blocks < stages[tightest].kv_blocks) tightest = i;
    }
    orr_memory_map map = stages[tightest];
    map.max_requests = most;
    map.fits = map.kv_bytes > 0 && (map.kv_blocks >= layout->data || perf->held == ORR_HOLDS_FFN);
    if (map.fits && study->engine.num_gpu_blocks > 0) map.kv_blocks = study->engine.num_gpu_blocks;
    if (!map.fits) map.kv_blocks = 0;
    map.kv_tokens = map.kv_blocks * orr_engine_block_tokens(&study->engine);
    map.kv_blocks_per_request = map.kv_blocks / layout->data;
    return map;
}

/* Does the study fit with this many tensor ranks? */
static bool fits_with(const orr_study *study, const orr_coefficients *coefficients, int64_t tensor, orr_arena *arena)
{
    orr_study *other = ORR_NEW(arena, orr_study);
    *other = *study;
    other->engine.tensor_parallel_size = tensor;
    orr_perf *perf = orr_perf_prepare_with(other, coefficients, arena, NULL);
    return perf != NULL && perf->memory.fits;
}

int64_t orr_perf_smallest_tensor_parallel(const orr_study *study, orr_arena *arena)
{
    orr_diags *diags = orr_diags_create();
    const orr_coefficients *coefficients = orr_coefficients_of_tree(study->coefficients_tree, arena, diags);
    orr_diags_destroy(diags);
    if (coefficients == NULL) return 0;
    int64_t others = orr_max_i64(study->engine.pipeline_parallel_size, 1) * orr_max_i64(study->engine.data_parallel_size, 1) * orr_engine_context_ranks(&study->engine);
    int64_t most = study->hardware.chip_count > 0 ? study->hardware.chip_count / others : 1024;
    for (int64_t tensor = 1; tensor <= most; tensor++)
        if (fits_with(study, coefficients, tensor, arena)) return tensor;
    return 0;
}
