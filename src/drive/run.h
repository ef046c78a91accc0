/* One run: a study simulated on the virtual clock, from the first arrival to the last token. */
#ifndef ORR_DRIVE_RUN_H
#define ORR_DRIVE_RUN_H

#include <stdbool.h>
#include <stdint.h>
#include "base/diag.h"
#include "base/stats.h"
#include "drive/growth.h"
#include "perf/pingpong.h"
#include "perf/step.h"
#include "spec/study.h"

/* One finished request. */
typedef struct orr_request_record {
    int64_t arrival_ns, admitted_ns, first_token_ns, finish_ns;     /* absolute, virtual */
    int32_t input_tokens, output_tokens, cached_tokens, replica, preemptions, tenant;
} orr_request_record;

typedef struct orr_run_options {
    bool keep_records;              /* fill `records` (requests.csv); else only what the summaries need */
    bool stop_at_certain_miss;      /* give up once so many finished requests exceed a limit that its percentile can't hold, whatever the rest do */
    const volatile int *cancel;     /* non-zero: stop soon; NULL: never */
    void (*on_progress)(void *context, int64_t finished, int64_t expected);     /* now and then; may be NULL */
    void *progress_context;
    const struct orr_loop_observer *const *watchers;    /* told all that happens (drive/loop.h) */
    int watcher_count;
    struct orr_recorder *recorder;  /* of each step's outcome; NULL: none */
    struct orr_replay *replay;      /* instead of the performance model; NULL: none. What does not fit ends the run: orr_replay_failed */
} orr_run_options;

typedef enum { ORR_RUN_DONE, ORR_RUN_DOES_NOT_FIT, ORR_RUN_ABANDONED, ORR_RUN_CANCELLED, ORR_RUN_BROKEN_INPUT } orr_run_end;

/* Distributions in ns over finished requests (ITL: over gaps, from a histogram). */
typedef struct orr_latency_summaries { orr_summary by_metric[ORR_METRIC_LATENCY_COUNT_]; orr_summary ttft_from_admission, queue; } orr_latency_summaries;

/* The prefill engines of a disaggregated run, and what goes from them to those that decode. What orr_run_result says of steps, time, batches, cache and memory is then of those that decode; of tokens, latencies,
 * energy, GPUs and cost, of all. */
typedef struct orr_prefill_result {
    int64_t replicas, gpus, steps;              /* replicas 0: prompts are computed where they are decoded */
    double input_tokens_per_s_per_gpu;          /* over these GPUs alone */
    double busy_share, compute_utilization, memory_utilization, link_utilization, host_utilization;
    double mean_running, mean_waiting; int64_t peak_running, peak_waiting;
    int64_t kv_blocks; double kv_usage_mean, kv_usage_peak;
    orr_memory_map memory;
    int64_t local_prompts, local_tokens;        /* of finished requests: prompts that the engines that decode computed themselves, and their tokens (serving.disaggregation) */
    int64_t transfers; double transfer_bytes;
    orr_summary transfer;                       /* ns from the first token on the prefill engine until the context is where it decodes: the wait for blocks there, the link's queue and the bytes */
    double egress_utilization, ingress_utilization;     /* of the links' channels */
} orr_prefill_result;

/* Images, and encoders of them. All of finished or turned-away requests' embeddings that came within the time that is measured. */
typedef struct orr_encoder_result {
    int64_t replicas, most_images;              /* encoders, one GPU each, and what one takes at a time; replicas 0: images, if any come, are encoded in the engines' steps */
    int64_t requests, images, batches;          /* that encoders had */
    double busy_share, compute_utilization, memory_utilization, link_utilization;       /* of encoders */
    double bytes;                               /* of embeddings shipped */
    orr_summary queue, encode, ship, all;       /* ns of a request: before its batch, in it, on the way to its engine (the link's queue included), and altogether */
    int64_t step_images; double step_ns;        /* encoded in engines' steps, and what that added to them */
    double step_share;                          /* of the time of engines that compute prompts */
} orr_encoder_result;

/* Engines whose attention and FFN stand on devices of their own (perf/afd.h). What orr_run_result says of utilisation and memory is then of attention devices. Shares of steps' device time; of a replayed recording only counts. */
typedef struct orr_apart_result {
    int64_t micro_batches, attention_gpus, ffn_gpus;        /* of all replicas; micro_batches 0: nothing is apart */
    double busy[ORR_STATION_COUNT_];            /* attention devices, dispatch, FFN devices, combine: share of steps' time in which the busiest of them works */
    orr_station binding;                        /* the busiest */
    double ffn_compute_utilization, ffn_memory_utilization, ffn_link_utilization;      /* of FFN devices, over the run, as orr_run_result has them of the others */
    double link_bytes;                          /* both ways between the sides */
    orr_memory_map ffn_memory;
} orr_apart_result;

/* One group of replicas of a fleet of several kinds (serving.groups). by_metric: all but ITL. Shares are of its replicas' time. */
typedef struct orr_group_result {
    const char *name, *chip;        /* the study's */
    int64_t replicas, gpus, steps, requests_finished, input_tokens, output_tokens, cached_tokens, preemptions;
    orr_summary by_metric[ORR_METRIC_LATENCY_COUNT_];
    double request_throughput_per_s, output_tokens_per_s, output_tokens_per_s_per_gpu, goodput_per_s, slo_attainment;
    double busy_share, compute_utilization, memory_utilization, link_utilization, host_utilization, mean_batch;
    double mean_running, mean_waiting; int64_t peak_running, peak_waiting;
    int64_t kv_blocks; double kv_usage_mean, kv_usage_peak;
    orr_memory_map memory;
    double energy_j, joules_per_output_token, usd_per_h, usd_per_mtok_output;     /* as the run's, of its chips */
    orr_decode_sums typical_decode; orr_prefill_chunk typical_chunk; double chunks_per_mixed_step;  /* its mean steps, for explain */
} orr_group_result;

/* One tenant of a mix. by_metric: all but ITL. */
typedef struct orr_tenant_result {
    const char *name;               /* the study's */
    int64_t priority, requests_finished, requests_rejected, input_tokens, output_tokens, cached_tokens;
    orr_summary by_metric[ORR_METRIC_LATENCY_COUNT_];
    double request_throughput_per_s, output_tokens_per_s, goodput_per_s, slo_attainment;
    bool slo_met; double slo_worst_ratio; orr_latency_metric slo_worst_metric; orr_stat slo_worst_stat;      /* of its own limits, or the study's; ratio 0: no limits */
} orr_tenant_result;

/* One tier below the HBM, over all its stores. */
typedef struct orr_tier_result {
    const char *name;               /* the study's */
    bool prefill;                   /* of the prefill engines */
    const char *group;              /* of this group of replicas; NULL: there are none */
    int64_t stores, reads, hit_tokens;          /* tokens that were fetched, or begun to be */
    double read_bytes, written_bytes, held_bytes /* at the end */, capacity_bytes;
    double mean_read_ns;            /* of a fetch's part, from its beginning to its end */
    double read_utilization, write_utilization; /* of its links over the run: the share of time in which anything went over them */
} orr_tier_result;

/* A fleet that changes (serving.faults, slow_replicas, autoscale). Zeroed where it does not. */
typedef struct orr_fleet_result {
    bool changes;
    int64_t failures, redelivered /* requests sent again */, waited /* requests that found nobody up */, lost_tokens /* of context, computed and gone */, started, stopped /* by autoscaling */;
    double availability;            /* time in which replicas served, over that and the time in which they were down */
    double provisioned_ns, replica_hours, mean_replicas; int64_t peak_replicas;     /* provisioned: all but those that have left, or have not been started */
    double nobody_up_s;             /* no replica took requests */
} orr_fleet_result;

typedef struct orr_run_result {
    orr_run_end end;
    orr_fleet_result fleet;
    int64_t requests_lost;                      /* by failures of replicas, sent again too often */
    int64_t requests_refused;                   /* at the door (serving.admission) */
    int64_t requests_arrived, requests_finished, requests_rejected;     /* rejected: longer than the cache or the model's context */
    int64_t input_tokens, output_tokens, cached_tokens, preemptions, recomputed_tokens;
    int64_t steps, events, replicas, gpus;      /* gpus: prefill engines' too */
    int64_t decodes, decode_tokens;             /* decodes of one request in one step, and the tokens that came of them: the same without speculation */
    double duration_s;                          /* first arrival (with a beginning left out: its end) to last finish */
    int64_t warmup_requests; double warmup_s;   /* left out: the first so many requests to finish, and the time until then; 0: none. Everything here but records and drift is of what follows */
    bool warmup_is_all;                         /* the run ended before its beginning did: nothing is measured */
    bool warmup_unsettled;                      /* AUTO: no steady state was seen within the first half of the run */
    orr_latency_summaries latency;
    double request_throughput_per_s, output_tokens_per_s, total_tokens_per_s;
    double output_tokens_per_s_per_gpu, total_tokens_per_s_per_gpu;
    orr_prefill_result prefill;
    orr_apart_result apart;
    orr_encoder_result encoders;
    int64_t decode_gpus; double output_tokens_per_s_per_decode_gpu;     /* without prefill engines: all of them */
    double goodput_per_s;                       /* requests/s that met every SLO limit (each limit taken as a bound on the request; ITL is judged over the run alone) */
    double slo_attainment;                      /* share of finished requests that did (of those and the lost) */
    bool slo_met;                               /* something finished, and every stated statistic is within its limit */
    bool certain_miss;                          /* a percentile's limit is missed whatever the rest do: this one (the first to be certain) */
    orr_latency_metric certain_metric; orr_stat certain_stat;
    double slo_worst_ratio;                     /* max over limits of value / limit; 0: no limits */
    orr_latency_metric slo_worst_metric; orr_stat slo_worst_stat;
    const char *slo_worst_tenant;               /* of a mix: whose; NULL: of all requests */
    orr_group_result *groups; int group_count;   /* of a fleet of several kinds, in order; 0: all replicas are alike. With groups kv_blocks, memory and typical steps are the first one's */
    orr_tenant_result *tenants; int64_t tenant_count;       /* of a mix; the SLO's figures are then over each tenant's limits */
    double interactivity_tokens_per_s_per_user[ORR_STAT_COUNT_];        /* 1000 / TPOT_ms of the same statistic */
    /* where time went, as shares of replicas x duration */
    double busy_share;                          /* at least one step in flight */
    double compute_utilization, memory_utilization, link_utilization;       /* physical limit time / (duration x pipeline stages) */
    double host_utilization;                    /* host time / duration */
    double mean_batch;                          /* decodes of a step that decodes */
    double mean_running, mean_waiting; int64_t peak_running, peak_waiting;  /* of a replica, over time */
    int64_t kv_blocks; double kv_usage_mean, kv_usage_peak;             /* shares */
    double prefix_hit_share;                    /* of input tokens */
    orr_tier_result *tiers; int64_t tier_count; /* below the HBM, in the study's order; the prefill engines' behind the others */
    int64_t fetch_waits; double fetch_wait_mean_ns;     /* of requests whose turn had come, for what tiers hold */
    orr_cost cost;                              /* summed over all steps and replicas */
    double host_ns;
    double energy_j, mean_power_w, joules_per_output_token;             /* idle included, all GPUs of the deployment */
    double usd_per_mtok_output, usd_per_mtok_total, usd_per_h;     /* NaN: the chip has no price, or nothing was produced */
    double all_in_w, output_tokens_per_s_per_mw;                        /* of the place, whatever is drawn; NaN: not known */
    bool unstable;                              /* open load: the queue grows without bound (drift.unstable) */
    orr_drift drift;                            /* of the queue over the second half of the arrivals */
    orr_memory_map memory;
    orr_decode_sums typical_decode;             /* the mean decode step's sums, for explain */
    orr_prefill_chunk typical_chunk;            /* the mean prefill chunk and */
    double chunks_per_step;
    int64_t mixed_steps; double chunks_per_mixed_step;      /* steps with at least one chunk; with prefill engines the chunk, and chunks of a step, are theirs, and of the others' steps those that recompute have any */
    orr_histogram *itl;                         /* lives until orr_run_result_free */
    orr_request_record *records; size_t record_count;
    double *ttft_ns_sorted, *tpot_ns_sorted, *e2el_ns_sorted; size_t sample_count, tpot_count;   /* for CDFs; kept when keep_records */
} orr_run_result;

/* The statistic of a summary. */
double orr_summary_stat(const orr_summary *summary, orr_stat stat);

/* Runs it. `perf` must be prepared from `study`. Deterministic: same study, same bytes. */
orr_run_result orr_run_study(const orr_study *study, const orr_perf *perf, const orr_run_options *options, orr_diags *diags);
void orr_run_result_free(orr_run_result *result);

#endif
