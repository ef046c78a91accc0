#include "drive/run_encoders.h"

#include "base/math.h"
#include "base/mem.h"
#include "base/units.h"
#include "drive/samples.h"

typedef struct orr_encoder_time { int64_t time_ns /* 0: not asked for yet */; orr_cost cost; } encoder_time;

/* --- the pool --- */

static int64_t encode(void *context, int64_t images)
{
    orr_encoder_costs *c = context;
    if (images >= c->time_count) {
        c->times = orr_mem_resize(c->times, (size_t)(images + 1) * sizeof *c->times);
        for (; c->time_count <= images; c->time_count++) c->times[c->time_count].time_ns = 0;
    }
    encoder_time *time = &c->times[images];
    if (time->time_ns == 0) time->time_ns = orr_max_i64(1, orr_round_i64(orr_perf_encode_apart(c->perf, images, &time->cost)));
    orr_cost_add(&c->total, &time->cost, 1);
    return time->time_ns;
}

static int64_t ship(void *context, int64_t images) { return orr_round_i64(orr_perf_ship_images(((const orr_encoder_costs *)context)->perf, images).egress_ns); }

orr_encoder_pool orr_run_encoder_pool(const orr_study *study, const orr_perf *perf, const orr_router_policy *router, orr_encoder_costs *costs)
{
    *costs = (orr_encoder_costs){.perf = perf};
    if (!orr_perf_has_encoders(perf)) return (orr_encoder_pool){0};
    return (orr_encoder_pool){.replica_count = (int)study->serving.encoders.replicas, .router = router, .most_images = orr_perf_encoder_images(perf), .context = costs, .encode_ns = encode, .ship_ns = ship,
        .ship_latency_ns = orr_round_i64(orr_perf_ship_images(perf, 1).latency_ns)};
}

void orr_encoder_costs_free(orr_encoder_costs *costs) { orr_mem_free(costs->times); }

/* --- tallies --- */

/* A batch's requests are told of one after the other, each encoder's batches in order. */
struct orr_encoder_tallies {
    int64_t replicas, requests, images, batches;
    double busy_ns;
    orr_histogram *queue, *encode, *ship, *all;
    int64_t *last_start_ns;         /* by encoder; -1: none yet */
    orr_encoder_counts counts;
};

orr_encoder_tallies *orr_encoder_tallies_create(int64_t replicas)
{
    if (replicas == 0) return NULL;
    orr_encoder_tallies *t = orr_mem_resize(NULL, sizeof *t);
    *t = (orr_encoder_tallies){.replicas = replicas, .queue = orr_histogram_create(), .encode = orr_histogram_create(), .ship = orr_histogram_create(), .all = orr_histogram_create()};
    t->last_start_ns = orr_mem_resize(NULL, (size_t)replicas * sizeof *t->last_start_ns);
    for (int64_t i = 0; i < replicas; i++) t->last_start_ns[i] = -1;
    return t;
}

static void free_histograms(orr_encoder_tallies *t)
{
    orr_histogram_destroy(t->queue);
    orr_histogram_destroy(t->encode);
    orr_histogram_destroy(t->ship);
    orr_histogram_destroy(t->all);
}

void orr_encoder_tallies_destroy(orr_encoder_tallies *t)
{
    if (t == NULL) return;
    free_histograms(t);
    orr_mem_free(t->last_start_ns);
    orr_mem_free(t);
}

void orr_encoder_tallies_arrive(orr_encoder_tallies *t) { t->counts.waiting++; }
orr_encoder_counts orr_encoder_tallies_counts(const orr_encoder_tallies *t) { return t ? t->counts : (orr_encoder_counts){0, 0}; }

void orr_encoder_tallies_add(orr_encoder_tallies *t, const orr_encoded *e)
{
    if (e->start_ns != t->last_start_ns[e->replica]) {
        t->last_start_ns[e->replica] = e->start_ns;
        t->batches++;
        t->busy_ns += (double)(e->end_ns - e->start_ns);
    }
    t->counts.waiting--;
    t->counts.left++;
    t->requests++;
    t->images += e->images;
    orr_histogram_add(t->queue, e->start_ns - e->entered_ns, 1);
    orr_histogram_add(t->encode, e->end_ns - e->start_ns, 1);
    orr_histogram_add(t->ship, e->there_ns - e->end_ns, 1);
    orr_histogram_add(t->all, e->there_ns - e->entered_ns, 1);
}

void orr_encoder_tallies_empty(orr_encoder_tallies *t)
{
    if (t == NULL) return;
    free_histograms(t);
    *t = (orr_encoder_tallies){.replicas = t->replicas, .queue = orr_histogram_create(), .encode = orr_histogram_create(), .ship = orr_histogram_create(), .all = orr_histogram_create(), .last_start_ns = t->last_start_ns, .counts = t->counts};
}

void orr_encoder_tallies_finish(const orr_encoder_tallies *t, orr_run_result *r)
{
    orr_encoder_result *e = &r->encoders;
    const double all_ns = r->duration_s * ORR_NS_PER_S * (double)t->replicas;
    e->requests = t->requests;
    e->images = t->images;
    e->batches = t->batches;
    e->busy_share = all_ns > 0 ? t->busy_ns / all_ns : 0;
    e->queue = orr_summary_of_histogram(t->queue);
    e->encode = orr_summary_of_histogram(t->encode);
    e->ship = orr_summary_of_histogram(t->ship);
    e->all = orr_summary_of_histogram(t->all);
}

void orr_run_encoders_fill(const orr_perf *perf, const orr_cost *cost, orr_run_result *r)
{
    orr_encoder_result *e = &r->encoders;
    const double all_ns = r->duration_s * ORR_NS_PER_S * (double)e->replicas;
    if (!orr_perf_has_encoders(perf) || !(all_ns > 0)) return;
    const orr_shipment shipped = orr_perf_ship_images(perf, e->images);
    e->compute_utilization = cost->compute_limit_ns / all_ns;
    e->memory_utilization = cost->memory_limit_ns / all_ns;
    e->link_utilization = shipped.egress_ns / all_ns;
    e->bytes = shipped.bytes;
    orr_cost_add(&r->cost, cost, 1);
    r->energy_j += cost->energy_j + orr_perf_encoder_idle_w(perf) * (double)e->replicas * r->duration_s;
}
