#include "drive/fleet_tally.h"

#include <string.h>

#include "base/math.h"
#include "base/units.h"

void orr_fleet_tally_free(orr_fleet_tally *tally) { orr_vec_free(&tally->changes); }

/* Integrals in ns over the window: of replicas in each phase, and of having none that takes requests. */
typedef struct sums { int64_t count[ORR_REPLICA_STATE_COUNT_], since_ns, start_ns, end_ns, peak; double in_phase_ns[ORR_REPLICA_STATE_COUNT_], nobody_ns; } sums;

static int64_t provisioned(const sums *s)
{
    int64_t count = 0;
    for (int p = 0; p < ORR_REPLICA_STATE_COUNT_; p++) count += p == ORR_REPLICA_OFF ? 0 : s->count[p];
    return count;
}

static void pass(sums *s, int64_t until_ns)
{
    const int64_t from = orr_max_i64(s->since_ns, s->start_ns), to = orr_min_i64(until_ns, s->end_ns);
    s->since_ns = until_ns;
    if (to <= from) return;
    for (int p = 0; p < ORR_REPLICA_STATE_COUNT_; p++) s->in_phase_ns[p] += (double)s->count[p] * (double)(to - from);
    if (s->count[ORR_REPLICA_UP] == 0) s->nobody_ns += (double)(to - from);
    s->peak = orr_max_i64(s->peak, provisioned(s));
}

void orr_fleet_tally_sum(const orr_fleet_tally *tally, int64_t replicas, int64_t start_ns, int64_t end_ns, orr_fleet_result *r)
{
    sums s = {.start_ns = start_ns, .end_ns = end_ns};
    orr_replica_phase *phases = orr_mem_resize(NULL, (size_t)replicas * sizeof *phases);
    for (int64_t i = 0; i < replicas; i++) phases[i] = ORR_REPLICA_UP;
    s.count[ORR_REPLICA_UP] = replicas;
    for (size_t i = 0; i < tally->changes.count; i++) {
        const orr_fleet_change *c = &tally->changes.items[i];
        if (c->phase == phases[c->replica]) continue;
        pass(&s, c->time_ns);
        s.count[phases[c->replica]]--;
        s.count[phases[c->replica] = c->phase]++;
    }
    pass(&s, INT64_MAX);
    orr_mem_free(phases);
    const double serving_ns = s.in_phase_ns[ORR_REPLICA_UP] + s.in_phase_ns[ORR_REPLICA_DRAINING], down_ns = s.in_phase_ns[ORR_REPLICA_DOWN];
    r->changes = true;
    r->provisioned_ns = serving_ns + down_ns + s.in_phase_ns[ORR_REPLICA_STARTING];
    r->availability = serving_ns + down_ns > 0 ? serving_ns / (serving_ns + down_ns) : 0;
    r->replica_hours = r->provisioned_ns / (3600 * ORR_NS_PER_S);
    r->mean_replicas = end_ns > start_ns ? r->provisioned_ns / (double)(end_ns - start_ns) : 0;
    r->peak_replicas = s.peak;
    r->nobody_up_s = s.nobody_ns / ORR_NS_PER_S;
}
