/* Preparation of a system: machine, layout, programs, memory, and the pipeline's bottleneck.
 *
 * Bottleneck: at a typical decode step (64 requests of 2,048 tokens a data rank), stage s takes layers_s / layers of the layers' time; the first adds the embedding, the last
 * the logits. The share of the longest stage bounds a full pipeline's throughput. */
#include "perf/draft.h"
#include "perf/encoder.h"
#include "perf/depth.h"
#include "perf/system.h"

#include "base/math.h"

/* Time of the layers alone, of the embedding, of the logits, of a typical step. */
static double layers_ns(const orr_perf *perf, const orr_decode_sums *sums, double *embedding_ns)
{
    orr_cost dense = { 0 }, outside = { 0 }, attention = { 0 };
    orr_sink sink = { .sum = &dense };
    const int64_t tokens = sums->count * perf->decode_tokens;
    double rows = orr_perf_rank_tokens(perf, tokens, 0, 0);
    orr_walk_dense(perf, (double)orr_perf_computed_tokens(perf, tokens, 0), rows, true, &sink);
    sink = (orr_sink){ .sum = &outside };
    *embedding_ns = 0;
    for (int i = 0; i < perf->dense.count; i++) {
        const orr_item *item = &perf->dense.items[i];
        if (item->per_layer) continue;
        double before_ns = outside.time_ns;
        if (item->kind == ORR_ITEM_ELEMENTWISE) orr_elementwise_emit(item->of.elementwise, item->name, item->times, rows, 1, 1, &sink);
        else orr_collective_emit(item->of.collective, item->name, item->times, rows * item->row_bytes, 1, 1, &sink);
        bool transfer = item->kind == ORR_ITEM_COLLECTIVE && item->of.collective->kind == ORR_POINT_TO_POINT;
        if (!transfer) *embedding_ns += outside.time_ns - before_ns;
    }
    sink = (orr_sink){ .sum = &attention };
    orr_walk_decode(perf, sums, &(orr_decode_memo){ 0 }, &sink);
    return dense.time_ns - outside.time_ns + attention.time_ns;
}

static double bottleneck_share(const orr_perf *perf)
{
    const orr_layout *layout = &perf->layout;
    if (layout->pipeline <= 1) return 1;
    int64_t count = 64 * layout->data, context = 2048;
    orr_decode_sums sums = { count, count * context, count * context, (double)count * (double)context * (double)context };
    double embedding_ns = 0, all_ns = layers_ns(perf, &sums, &embedding_ns), longest_ns = 0;
    orr_cost logits = { 0 };
    orr_sink sink = { .sum = &logits };
    orr_walk_logits(perf, (double)(count * perf->decode_tokens), &sink);
    orr_cost drafts;
    orr_perf_drafts(perf, &sums, NULL, 0, &drafts);
    for (int64_t stage = 0; stage < layout->pipeline; stage++) {
        double stage_ns = all_ns * (double)orr_layout_stage_layers(layout->layers, layout->pipeline, stage) / (double)layout->layers;
        if (stage == 0) stage_ns += embedding_ns;
        if (stage == layout->pipeline - 1) stage_ns += logits.time_ns + drafts.time_ns;
        longest_ns = orr_max(longest_ns, stage_ns);
    }
    return orr_max(longest_ns / (all_ns + embedding_ns + logits.time_ns + drafts.time_ns), 1 / (double)layout->pipeline);
}

/* The sets of measured kernels that speak of this chip under this engine. The embedded ones correct the embedded coefficients: with the study's own, only its own speak. */
static orr_corrections corrections_of(const orr_study *study, const orr_perf_basis *basis, const orr_coefficients *coefficients)
{
    orr_corrections corrections = { .coefficients = coefficients, .bounding = basis->bounding, .altered = orr_chip_is_altered(study) };
    if (study->calibration == ORR_CALIBRATION_UNIVERSAL) return corrections;
    const char *chip = study->coefficients_tree == NULL ? study->hardware.chip.name : NULL, *kernels = study->engine.kernels;
    if (basis->residuals != NULL) corrections.kernels = basis->residuals;
    else if (study->engine.residuals != NULL) corrections.kernels = study->engine.residuals;
    else if (chip != NULL && kernels != NULL) corrections.kernels = orr_residuals_find(chip, kernels);
    if (basis->residuals == NULL && chip != NULL) corrections.collectives = orr_residuals_find(chip, "nccl");
    return corrections;
}

/* A bounding system's times stand in other proportions than the real one's, so it takes the real one's share. */
static double real_bottleneck_share(const orr_study *study, int64_t decode_tokens, const orr_perf_basis *basis, orr_arena *arena)
{
    const orr_perf_basis real = { .coefficients = basis->coefficients, .residuals = basis->residuals };
    const orr_perf *perf = orr_perf_prepare_pass(study, decode_tokens, &real, arena, NULL);
    return perf != NULL ? perf->bottleneck_share : 1 / (double)study->engine.pipeline_parallel_size;
}

orr_perf *orr_perf_prepare_pass(const orr_study *study, int64_t decode_tokens, const orr_perf_basis *basis, orr_arena *arena, orr_diags *diags)
{
    return orr_perf_prepare_part(study, study->engine.attention_ffn.ffn_devices > 0 ? ORR_HOLDS_ATTENTION : ORR_HOLDS_ALL, decode_tokens, basis, arena, diags);
}

orr_perf *orr_perf_prepare_part(const orr_study *study, orr_held_part held, int64_t decode_tokens, const orr_perf_basis *basis, orr_arena *arena, orr_diags *diags)
{
    orr_perf *perf = ORR_NEW(arena, orr_perf);
    perf->held = held;
    perf->coefficients = *basis->coefficients;
    orr_coefficients_overlay(study->engine.kernels, &perf->coefficients);
    perf->corrections = corrections_of(study, basis, &perf->coefficients);
    perf->engine = study->engine;
    perf->machine = orr_machine_prepare(&study->hardware, &study->engine, &perf->coefficients);
    if (!orr_layout_prepare(study, held, &perf->machine, &perf->layout, diags)) return NULL;
    perf->captured_tokens = (double)(study->engine.graph_max_tokens * perf->layout.data * perf->layout.context * (study->engine.graph_of_requests ? decode_tokens : 1));
    perf->decode_tokens = decode_tokens;
    orr_program_compile(perf, &study->model, &study->engine.experts, arena);
    if (held == ORR_HOLDS_ATTENTION && !orr_afd_prepare(perf, study, basis, arena, diags)) return NULL;
    if (orr_study_has_encoders(study)) perf->weights.encoder = 0;       /* it is on the encoders */
    else perf->encoder = orr_encoder_prepare(study, &perf->machine, perf->layout.stage_ranks, perf->layout.half_dtype, arena);
    if (!orr_draft_prepare(perf, study, basis, arena, diags)) return NULL;
    perf->memory = orr_memory_prepare(perf, study);
    if (held == ORR_HOLDS_ATTENTION) orr_afd_map_memory(perf, study, arena);
    const bool corrected = perf->corrections.kernels != NULL || perf->corrections.collectives != NULL;
    perf->bottleneck_share = basis->bounding && corrected && perf->layout.pipeline > 1 ? real_bottleneck_share(study, decode_tokens, basis, arena) : bottleneck_share(perf);
    return perf;
}

/* Each as if it were alone. */
static bool prepare_groups(orr_perf *perf, const orr_study *study, const orr_perf_basis *basis, orr_arena *arena, orr_diags *diags)
{
    perf->further = ORR_NEW_ARRAY(arena, const orr_perf *, (size_t)study->serving.groups.count);
    for (int g = 1; g < orr_study_own_pools(study); g++) {
        orr_study *view = ORR_NEW(arena, orr_study);
        orr_study_pool_view(study, g, arena, view);
        const orr_perf *group = orr_perf_prepare_on(view, basis, arena, diags);
        if (group == NULL) return false;
        perf->further[perf->further_count++] = group;
    }
    return true;
}

int orr_perf_group_count(const orr_perf *perf) { return 1 + perf->further_count; }
const orr_perf *orr_perf_group(const orr_perf *perf, int group) { return group == 0 ? perf : perf->further[group - 1]; }

orr_perf *orr_perf_prepare_on(const orr_study *study, const orr_perf_basis *basis, orr_arena *arena, orr_diags *diags)
{
    orr_perf *perf = orr_perf_prepare_pass(study, 1 + orr_speculation_drafts(&study->engine.speculation), basis, arena, diags);
    if (perf != NULL && !orr_depth_prepare(perf, study, basis, arena, diags)) return NULL;
    if (perf != NULL && orr_study_has_pools(study) && !orr_ship_prepare(perf, study, basis, arena, diags)) return NULL;
    if (perf != NULL && orr_study_has_groups(study) && !prepare_groups(perf, study, basis, arena, diags)) return NULL;
    if (perf != NULL && orr_study_has_encoders(study) && !orr_encoder_pool_prepare(perf, study, arena, diags)) return NULL;
    return perf;
}

orr_perf *orr_perf_prepare_with(const orr_study *study, const orr_coefficients *coefficients, orr_arena *arena, orr_diags *diags)
{
    return orr_perf_prepare_on(study, &(orr_perf_basis){ .coefficients = coefficients }, arena, diags);
}

static orr_perf *prepare_universal(const orr_study *study, bool bounding, orr_arena *arena, orr_diags *diags)
{
    const orr_coefficients *coefficients = orr_coefficients_of_tree(study->coefficients_tree, arena, diags);
    return coefficients != NULL ? orr_perf_prepare_on(study, &(orr_perf_basis){ .coefficients = coefficients, .bounding = bounding }, arena, diags) : NULL;
}

orr_perf *orr_perf_prepare(const orr_study *study, orr_arena *arena, orr_diags *diags) { return prepare_universal(study, false, arena, diags); }
orr_perf *orr_perf_prepare_bounding(const orr_study *study, orr_arena *arena, orr_diags *diags) { return prepare_universal(study, true, arena, diags); }
