/* What is said of a run whose queue grows without bound: the rate that came, the rate that the system sustains, and the least that would help.
 *
 * Sustained: what was served a second over the second half of the arrivals, while the queue grew. Replicas needed: ceil(replicas x arrivals / sustained), of the pool whose queue it is, as if each new one carried as much as each
 * of those there are. Where the batch is at max_num_seqs and the cache has room, that limit is named first: it costs nothing. */
#include <math.h>
#include "base/math.h"
#include "report/figure.h"
#include "report/report.h"

static const double roomy = 0.8;    /* peak share of the cache below which more requests would find blocks */

/* Of the pool whose queue it is. */
static int64_t replicas_of(const orr_run_result *run) { return run->drift.of_encoders ? run->encoders.replicas : run->drift.of_prefill ? run->prefill.replicas : run->replicas; }

int64_t orr_unstable_replicas_needed(const orr_run_result *run)
{
    const orr_drift *d = &run->drift;
    const int64_t have = replicas_of(run);
    if (!(d->sustained_per_s > 0)) return 0;
    const double needed = ceil((double)have * d->arrivals_per_s / d->sustained_per_s);
    return needed > (double)have ? (int64_t)orr_min(needed, 1e15) : have + 1;
}

/* "engine.max_num_seqs", or NULL. */
const char *orr_unstable_limit(const orr_study *study, const orr_run_result *run)
{
    const bool prefill = run->drift.of_prefill;
    if (run->drift.of_encoders) return NULL;
    const int64_t limit = prefill ? study->serving.prefill.engine.max_num_seqs : study->engine.max_num_seqs, peak = prefill ? run->prefill.peak_running : run->peak_running;
    if (peak < limit || (prefill ? run->prefill.kv_usage_peak : run->kv_usage_peak) > roomy) return NULL;
    return prefill ? "serving.prefill.engine.max_num_seqs" : "engine.max_num_seqs";
}

const char *orr_unstable_words(const orr_study *study, const orr_run_result *run, orr_arena *arena)
{
    const orr_drift *d = &run->drift;
    const int64_t have = replicas_of(run), needed = orr_unstable_replicas_needed(run);
    const char *rates = orr_arena_printf(arena, "unstable: the queue%s grows without bound. Over the second half of the arrivals %s requests/s%s came and %s left it, which is what it sustains",
                                         d->of_encoders ? " of the encoders" : d->of_prefill ? " of the prefill engines" : "", orr_figure_number(d->arrivals_per_s, 3, arena), d->of_encoders ? " with images" : "", orr_figure_number(d->sustained_per_s, 3, arena));
    if (needed == 0) return orr_arena_printf(arena, "%s.", rates);
    const char *more = orr_arena_printf(arena, "%s where there %s %lld", orr_figure_plural(needed, d->of_encoders ? "encoder" : d->of_prefill ? "prefill engine" : "replica", d->of_encoders ? "encoders" : d->of_prefill ? "prefill engines" : "replicas", arena), have == 1 ? "is" : "are", (long long)have);
    const char *limit = orr_unstable_limit(study, run);
    if (limit == NULL) return orr_arena_printf(arena, "%s; by that rate it takes %s.", rates, more);
    return orr_arena_printf(arena, "%s. The batch is at %s with room in the cache: raise that first; or, by that rate, %s.", rates, limit, more);
}
