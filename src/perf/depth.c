#include "perf/depth.h"

/* The system with so many drafts; without a look-up where it drafts none. */
static const orr_perf *system_of(const orr_perf *deepest, const orr_study *study, int64_t drafts, const orr_perf_basis *basis, orr_arena *arena, orr_diags *diags)
{
    if (drafts == study->engine.speculation.tokens) return deepest;
    orr_study *view = ORR_NEW(arena, orr_study);
    *view = *study;
    if (drafts == 0 && study->engine.speculation.method == ORR_SPECULATION_NGRAM) view->engine.speculation.method = ORR_SPECULATION_NONE;
    return orr_perf_prepare_pass(view, 1 + drafts, basis, arena, diags);
}

bool orr_depth_prepare(orr_perf *perf, const orr_study *study, const orr_perf_basis *basis, orr_arena *arena, orr_diags *diags)
{
    const orr_speculation *s = &study->engine.speculation;
    if (orr_speculation_drafts(s) == 0 || s->depth.policy == ORR_DEPTH_CONSTANT) return true;
    const bool by_batch = s->depth.policy == ORR_DEPTH_BATCH;
    orr_depths *depths = ORR_NEW(arena, orr_depths);
    *depths = (orr_depths){ .most = study->engine.max_num_seqs };
    depths->of_batch = ORR_NEW_ARRAY(arena, uint8_t, (size_t)depths->most + 1);
    bool used[ORR_MAX_DRAFTS + 1] = { 0 };
    for (int64_t k = 0; k <= s->tokens; k++) used[k] = !by_batch;
    if (by_batch) orr_depth_fill_batch(s, depths);
    for (int64_t n = 0; by_batch && n <= depths->most; n++) used[depths->of_batch[n]] = true;
    for (int64_t k = 0; k <= s->tokens; k++)
        if (used[k] && (depths->systems[k] = system_of(perf, study, k, basis, arena, diags)) == NULL) return false;
    if (!by_batch) orr_depth_fill_goodput(s, study->model.context_cap_tokens, depths);
    perf->depths = depths;
    return true;
}

const uint8_t *orr_perf_depths(const orr_perf *perf) { return perf->depths != NULL ? perf->depths->of_batch : NULL; }
const orr_perf *orr_perf_at_depth(const orr_perf *perf, int64_t drafts) { return perf->depths != NULL ? perf->depths->systems[drafts] : drafts + 1 == perf->decode_tokens ? perf : NULL; }

const orr_perf *orr_perf_of_batch(const orr_perf *perf, int64_t requests)
{
    return perf->depths != NULL ? perf->depths->systems[perf->depths->of_batch[orr_min_i64(requests, perf->depths->most)]] : perf;
}
