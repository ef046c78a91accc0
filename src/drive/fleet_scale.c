/* Autoscaling: how many replicas a fleet should have, asked at intervals (fleet.h, "scaled").
 * Source of the rule and of its defaults: Kubernetes, Horizontal Pod Autoscaler (desired = ceil(current x metric / target), tolerance 0.1, period 15 s, scale-down stabilization window 300 s). */
#include "drive/fleet_internal.h"

#include <math.h>
#include "base/math.h"

/* Those that serve or will: neither gone, nor going, nor down for good. */
static bool counts(const fleet_replica *fr)
{
    if (fr->phase == ORR_REPLICA_DOWN) return fr->due_ns[ORR_FLEET_RETURNS] < INT64_MAX;
    return fr->phase == ORR_REPLICA_UP || fr->phase == ORR_REPLICA_STARTING;
}

static int64_t provisioned(const loop *l)
{
    int64_t count = 0;
    for (int i = 0; i < l->replica_count; i++) count += counts(&l->fleet->replicas[i]);
    return count;
}

static int64_t wanted(const loop *l, int64_t now)
{
    const orr_fleet_scale *scale = &l->config->fleet.scale;
    const double asked = (double)l->in_flight / scale->target, ratio = asked / (double)orr_max_i64(now, 1);
    const bool as_it_should_be = now > 0 && ratio <= 1 + scale->tolerance && ratio >= 1 - scale->tolerance;
    return orr_min_i64(orr_max_i64(as_it_should_be ? now : (int64_t)ceil(asked), scale->least), l->replica_count);
}

/* The most that was wanted within the delay, this time included. */
static int64_t wanted_lately(loop *l, int64_t this_time)
{
    fleet *f = l->fleet;
    orr_vec_push(&f->wishes, (scale_wish){l->now_ns, this_time});
    size_t kept = 0;
    int64_t most = this_time;
    for (size_t i = 0; i < f->wishes.count; i++) {
        if (f->wishes.items[i].time_ns < l->now_ns - l->config->fleet.scale.delay_ns) continue;
        most = orr_max_i64(most, f->wishes.items[i].replicas);
        f->wishes.items[kept++] = f->wishes.items[i];
    }
    f->wishes.count = kept;
    return most;
}

static void start_some(loop *l, int64_t count)
{
    for (int i = 0; i < l->replica_count && count > 0; i++) {
        if (l->fleet->replicas[i].phase != ORR_REPLICA_OFF) continue;
        orr_fleet_start(l, i, l->config->fleet.scale.provisioning_ns);
        l->fleet->totals.started++;
        count--;
    }
}

/* Whoever has not begun to serve, the last first; then whoever has the fewest requests. */
static int least_missed(const loop *l)
{
    int least = ORR_NO_REPLICA;
    for (int i = 0; i < l->replica_count; i++) {
        const fleet_replica *fr = &l->fleet->replicas[i], *so_far = least == ORR_NO_REPLICA ? NULL : &l->fleet->replicas[least];
        if (fr->phase != ORR_REPLICA_UP && fr->phase != ORR_REPLICA_STARTING) continue;
        const bool starts = fr->phase == ORR_REPLICA_STARTING;
        if (so_far == NULL || starts > (so_far->phase == ORR_REPLICA_STARTING) || (starts == (so_far->phase == ORR_REPLICA_STARTING) && fr->here <= so_far->here)) least = i;
    }
    return least;
}

static void stop_some(loop *l, int64_t count)
{
    for (int number; count > 0 && (number = least_missed(l)) != ORR_NO_REPLICA; count--) {
        orr_fleet_stop(l, number);
        l->fleet->totals.stopped++;
    }
}

void orr_fleet_assess(loop *l)
{
    const int64_t now = provisioned(l), up = wanted(l, now), down = wanted_lately(l, up);
    if (up > now) start_some(l, up - now);
    else if (down < now) stop_some(l, now - down);
    for (int i = 0; i < l->replica_count; i++) {
        const fleet_replica *fr = &l->fleet->replicas[i];
        if (!counts(fr) && fr->phase != ORR_REPLICA_DRAINING) continue;
        orr_agenda_push(&l->agenda, l->now_ns + l->config->fleet.scale.interval_ns, ORR_EVENT_FLEET, 0, ORR_FLEET_ASSESSED);      /* while there is somebody */
        return;
    }
}
