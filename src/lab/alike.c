/* Points that one run decides: max_num_seqs that never binds.
 *
 * Let a run with limit S never have had S requests running in a replica: its most was P < S. Then at no moment did the limit refuse an admission, so a run that differs only in a limit
 * S' >= P, with the same step times and the same cache, makes the same decisions event by event (by induction over events: equal states, and the limit S' refuses nothing that S let
 * in, since at most P - 1 < S' run before an admission). So the largest limit is run first, and its result stands for every smaller one down to P. A run that was
 * given up early was given up at the same event. "The same step times and cache" is checked by the bounds' fingerprint. */
#include "lab/search.h"

static size_t sibling(const orr_search *search, size_t point, size_t choice)
{
    const size_t own = point / search->seqs_stride % search->space.domains[search->seqs_domain].choice_count;
    return point + choice * search->seqs_stride - own * search->seqs_stride;
}

static bool alike(const orr_search *search, size_t a, size_t b)
{
    const orr_bounds *x = &search->bounds[a], *y = &search->bounds[b];
    return x->fingerprint != 0 && x->fingerprint == y->fingerprint && x->gpus == y->gpus && x->replicas == y->replicas;
}

size_t orr_search_leader(const orr_search *search, size_t point)
{
    if (search->seqs_domain == ORR_NO_DOMAIN) return point;
    size_t leader = point;
    for (size_t i = 0; i < search->space.domains[search->seqs_domain].choice_count; i++) {
        const size_t other = sibling(search, point, i);
        if (search->candidates[other].verdict == ORR_VERDICT_UNKNOWN && alike(search, point, other) && search->bounds[other].max_num_seqs > search->bounds[leader].max_num_seqs) leader = other;
    }
    return leader;
}

void orr_search_share_run(orr_search *search, size_t point)
{
    const orr_candidate *done = &search->candidates[point];
    const int64_t peak = done->result.peak_running;
    if (search->seqs_domain == ORR_NO_DOMAIN || done->verdict == ORR_VERDICT_UNKNOWN || peak >= search->bounds[point].max_num_seqs) return;
    for (size_t i = 0; i < search->space.domains[search->seqs_domain].choice_count; i++) {
        const size_t other = sibling(search, point, i);
        orr_candidate *candidate = &search->candidates[other];
        if (candidate->verdict != ORR_VERDICT_UNKNOWN || !alike(search, point, other) || search->bounds[other].max_num_seqs < peak) continue;
        candidate->result = done->result;
        candidate->objective = done->objective;
        candidate->tokens_per_s_per_user = done->tokens_per_s_per_user;
        candidate->tokens_per_s_per_gpu = done->tokens_per_s_per_gpu;
        candidate->simulated = true;
        candidate->same_as = point;
        orr_search_decide(search, other, done->verdict, orr_arena_printf(search->arena, "%s (as with max_num_seqs %lld: at most %lld ever ran at once)", done->reason,
                                                                         (long long)search->bounds[point].max_num_seqs, (long long)peak));
    }
}
