#include "drive/run_fleet.h"

#include "base/math.h"
#include "base/mem.h"
#include "base/rng.h"

/* So many of the replicas, drawn: those whose own draw is among the least. */
static double *draw_speeds(const orr_study *study)
{
    const orr_slow_replicas *slow = &study->serving.slow_replicas;
    const int64_t replicas = study->serving.replicas;
    if (!(slow->share > 0)) return NULL;
    int64_t count = orr_max_i64(1, orr_round_i64(slow->share * (double)replicas)), left = replicas;
    double *speeds = orr_mem_resize(NULL, (size_t)replicas * sizeof *speeds);
    orr_rng rng = orr_rng_stream(study->seed, "slow replicas", 0);
    for (int64_t i = 0; i < replicas; i++, left--) {       /* each of those left is as likely */
        const bool drawn = (int64_t)orr_rng_below(&rng, (uint64_t)left) < count;
        speeds[i] = drawn ? slow->speed : 1;
        count -= drawn;
    }
    return speeds;
}

static orr_fleet_event *events_of(const orr_fault_events *events)
{
    static const orr_fleet_kind kinds[] = {[ORR_FAULT_FAIL] = ORR_FLEET_FAIL, [ORR_FAULT_DRAIN] = ORR_FLEET_DRAIN, [ORR_FAULT_RECOVER] = ORR_FLEET_RECOVER, [ORR_FAULT_SLOW] = ORR_FLEET_SLOW};
    if (events->count == 0) return NULL;
    orr_fleet_event *all = orr_mem_resize(NULL, (size_t)events->count * sizeof *all);
    for (int64_t i = 0; i < events->count; i++) {
        const orr_fault_event *e = &events->items[i];
        all[i] = (orr_fleet_event){.time_ns = orr_round_i64(e->at_ns), .duration_ns = orr_round_i64(e->duration_ns), .replica = (int)e->replica, .kind = kinds[e->kind], .speed = e->speed};
    }
    return all;
}

void orr_run_fleet_begin(orr_run_fleet *fleet, const orr_study *study)
{
    const orr_faults *f = &study->serving.faults;
    *fleet = (orr_run_fleet){.events = events_of(&f->events), .speeds = draw_speeds(study)};
    fleet->config = (orr_fleet_config){.events = fleet->events, .event_count = (int)f->events.count, .mtbf_ns = f->gpu_mtbf_ns > 0 ? f->gpu_mtbf_ns / (double)orr_engine_chips(&study->engine) : f->mtbf_ns,
        .mttr_ns = f->mttr_ns, .exponential_repair = f->repair == ORR_REPAIR_EXPONENTIAL, .detection_ns = orr_round_i64(f->detection_ns),
        .redelivery = f->redelivery == ORR_RESEND_RESTART ? ORR_REDELIVER_RESTART : ORR_REDELIVER_MIGRATE, .retry_limit = f->retry_limit, .speeds = fleet->speeds, .seed = study->seed};
    const orr_autoscale *a = &study->serving.autoscale;
    if (!(a->target > 0)) return;
    fleet->config.scale = (orr_fleet_scale){.interval_ns = orr_max_i64(1, orr_round_i64(a->interval_ns)), .provisioning_ns = orr_round_i64(a->provisioning_ns), .delay_ns = orr_round_i64(a->scale_down_delay_ns), .least = a->min,
        .initial = a->initial > 0 ? a->initial : a->min, .target = a->target, .tolerance = a->tolerance};
}

void orr_run_fleet_end(orr_run_fleet *fleet)
{
    orr_mem_free(fleet->events);
    orr_mem_free(fleet->speeds);
}
