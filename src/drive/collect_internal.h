/* What a collector keeps while a run goes on (collect.c), and the result is written from (collect_result.c). */
#ifndef ORR_DRIVE_COLLECT_INTERNAL_H
#define ORR_DRIVE_COLLECT_INTERNAL_H

#include "base/vec.h"
#include "drive/collect.h"
#include "drive/fleet_tally.h"
#include "drive/run_encoders.h"
#include "drive/samples.h"
#include "drive/served.h"
#include "drive/tenants.h"
#include "drive/warmup.h"

/* A stated limit, and how many requests may still exceed it before it is missed for certain. */
typedef struct watched_limit { orr_latency_metric metric; orr_stat stat; double limit_ns; int64_t exceeded, exceeded_allowed; } watched_limit;

enum { MAX_LIMITS = ORR_METRIC_LATENCY_COUNT_ * ORR_STAT_COUNT_ };

/* What a replica was last seen doing, and since when: the time-weighted means are integrals of it. */
typedef struct seen_state { int64_t since_ns, running, waiting, used_blocks, steps_in_flight; struct pool_sums *pool /* whose it is */; } seen_state;

/* Integrals over time of what a pool's replicas did (a group's, or prefill engines), and sums over their steps. */
typedef struct pool_sums {
    int64_t replicas;
    double busy_ns, running_ns, waiting_ns, blocks_ns;
    double chunk_new_sum, chunk_context_sum, chunk_count;
    double decode_steps, decode_count_sum, decode_context_sum, decode_capped_sum, decode_square_sum;
    int64_t steps, mixed_steps, peak_running, peak_waiting, peak_blocks, waiting_now;
    orr_served_sums served;         /* where there are groups */
} pool_sums;

/* What is left out at the beginning. */
typedef struct beginning {
    orr_warmup_kind kind;
    int64_t requests, until_ns;             /* since the first arrival */
    int64_t first_arrival_ns;
    bool under_way;
    int64_t finished, rejected, refused, lost, end_ns;    /* of it, once it is over: its end, as clients see it */
    orr_loop_totals totals;
    orr_loop_view view;
    void (*on_over)(void *context);
    void *context;
} beginning;

struct orr_collector {
    const orr_study *study;
    const orr_run_options *options;
    int64_t expected_requests;
    orr_samples ttft, tpot, e2el;
    orr_histogram *itl, *queue, *ttft_from_admission, *transfer;
    ORR_VEC(orr_request_record) records;
    watched_limit limits[MAX_LIMITS];
    int limit_count;
    const watched_limit *certain;           /* the first that is missed for certain; NULL: none */
    int64_t turned_away_late;       /* rejected or refused after they had been told of (orr_request.encoded_ns) */
    bool changes;
    orr_fleet_tally fleet;                  /* where it changes */
    int64_t finished, rejected, refused, lost, waited, good, input_tokens, output_tokens, cached_tokens, local_prompts, local_tokens, last_finish_ns;
    pool_sums pools[ORR_MOST_GROUPS];       /* groups in order, the prefill engines behind them */
    int own_pools, pool_count;
    int64_t own_replicas, replicas;         /* of all groups; and prefill engines */
    double transfer_bytes, egress_ns, ingress_ns;
    orr_tenant_tallies *tenants;            /* of a mix: every one has limits of its own; NULL: no mix */
    orr_encoder_tallies *encoders;          /* NULL: none */
    orr_growth growth;
    seen_state *seen;                       /* by replica */
    orr_warmup_series *series;              /* NULL: not kept */
    beginning beginning;
};

#endif
