#include "drive/run_config.h"

#include "base/math.h"
#include "base/units.h"
#include "serve/burst.h"

static const orr_router_policy *policy_of(orr_router_kind kind)
{
    static const orr_router_policy *const policies[ORR_ROUTER_COUNT_] = {[ORR_ROUTER_ROUND_ROBIN] = &orr_router_round_robin, [ORR_ROUTER_LEAST_LOADED] = &orr_router_least_loaded,
        [ORR_ROUTER_PREFIX_AFFINE] = &orr_router_prefix_affine, [ORR_ROUTER_RANDOM] = &orr_router_random, [ORR_ROUTER_POWER_OF_TWO] = &orr_router_power_of_two,
        [ORR_ROUTER_SESSION_STICKY] = &orr_router_session_sticky, [ORR_ROUTER_SLO_LANES] = &orr_router_slo_lanes, [ORR_ROUTER_KV_AWARE] = &orr_router_kv_aware};
    return policies[kind];
}

static orr_router_settings routing_of(const orr_routing *routing)
{
    orr_router_settings settings = {.report_interval_ns = orr_round_i64(routing->report_interval_ns), .prefix_weight = routing->prefix_weight, .lane_count = (int)routing->lanes.count};
    for (int i = 0; i < settings.lane_count; i++) settings.lane_shares[i] = routing->lanes.values[i];
    return settings;
}

static const orr_kv_eviction *eviction_of(const orr_engine *engine)
{
    static const orr_kv_eviction *const policies[] = {[ORR_EVICT_LRU] = &orr_kv_evict_lru, [ORR_EVICT_LFU] = &orr_kv_evict_lfu, [ORR_EVICT_TTL] = &orr_kv_evict_ttl, [ORR_EVICT_BELADY] = &orr_kv_evict_belady};
    return policies[engine->cache_eviction];
}

_Static_assert((int)ORR_MAX_DRAFTS <= (int)ORR_MAX_DRAFT_TOKENS, "the scheduler takes as many drafts as a study may ask for");

static orr_scheduling scheduling_of(const orr_engine *engine)
{
    static const orr_admission_kind admissions[] = {[ORR_ADMISSION_INPUT] = ORR_ADMIT_INPUT, [ORR_ADMISSION_NEW_TOKEN_RATIO] = ORR_ADMIT_RATIO, [ORR_ADMISSION_MAX_OUTPUT] = ORR_ADMIT_MAX_OUTPUT, [ORR_ADMISSION_STATIC] = ORR_ADMIT_STATIC};
    static const orr_order_kind orders[] = {[ORR_QUEUE_FCFS] = ORR_ORDER_FCFS, [ORR_QUEUE_PREFIX] = ORR_ORDER_PREFIX, [ORR_QUEUE_PRIORITY] = ORR_ORDER_PRIORITY, [ORR_QUEUE_DEADLINE] = ORR_ORDER_DEADLINE, [ORR_QUEUE_FAIR] = ORR_ORDER_FAIR};
    static const orr_victim_kind victims[] = {[ORR_PREEMPT_TAIL] = ORR_VICTIM_TAIL, [ORR_PREEMPT_LEAST_OUTPUT] = ORR_VICTIM_LEAST_OUTPUT, [ORR_PREEMPT_PRIORITY] = ORR_VICTIM_PRIORITY};
    const orr_scheduling_settings *s = &engine->scheduling;
    const orr_scheduling_parts parts = orr_scheduling_resolve(engine->scheduler, s);
    const double ratio = s->init_new_token_ratio * s->schedule_conservativeness, init_ratio = ratio < 1 ? ratio : 1;
    return (orr_scheduling){.admission = admissions[parts.admission], .order = orders[parts.order], .victim = victims[parts.victim],
        .init_new_token_ratio = init_ratio, .min_new_token_ratio = init_ratio * s->min_new_token_ratio_factor, .new_token_ratio_decay_steps = s->new_token_ratio_decay_steps,
        .clip_max_new_tokens = s->clip_max_new_tokens, .retract_decode_steps = s->retract_decode_steps, .prefix_order_most = s->prefix_order_most,
        .fair_input_weight = s->fair_input_weight, .fair_output_weight = s->fair_output_weight};
}

/* Requests that come in turn to any of so many ranks, in the mean, until each has had one: d (1 + 1/2 + .. + 1/d). */
static int64_t arrivals_for_each(int64_t ranks)
{
    double sum = 0;
    for (int64_t i = 1; i <= ranks; i++) sum += (double)ranks / (double)i;
    return orr_round_i64(sum);
}

/* acceptance: [ORR_MAX_DRAFTS], filled by position; the configuration keeps pointing to it. */
static orr_engine_config engine_config(const orr_study *study, const orr_engine *engine, const orr_memory_map *memory, double *acceptance)
{
    const int64_t drafts = orr_speculation_drafts(&engine->speculation);
    for (int64_t i = 0; i < drafts; i++) acceptance[i] = orr_speculation_rate(&engine->speculation, i);
    return (orr_engine_config){.max_num_seqs = engine->max_num_seqs, .max_num_batched_tokens = engine->max_num_batched_tokens, .block_tokens = orr_engine_block_tokens(engine),
        .block_count = memory->kv_blocks, .max_request_blocks = memory->kv_blocks_per_request, .max_model_tokens = engine->max_model_len > 0 ? engine->max_model_len : study->model.max_context_tokens,
        .context_cap_tokens = study->model.context_cap_tokens, .lane_count = (int)engine->pipeline_parallel_size,
        .chunked_prefill = engine->enable_chunked_prefill, .separate_prefill = !engine->enable_mixed_chunk, .receive_interval_steps = engine->scheduler_recv_interval, .scheduling = scheduling_of(engine),
        .gather_steps = engine->scheduler_gather_steps, .gather_requests = arrivals_for_each(engine->data_parallel_size),
        .prefix_caching = engine->enable_prefix_caching, .radix = engine->cache == ORR_CACHE_RADIX, .eviction = eviction_of(engine), .cache_ttl_ns = orr_round_i64(engine->cache_ttl_ns),
        .draft_tokens = (int)drafts, .lookahead_tokens = orr_speculation_lookahead(&engine->speculation), .acceptance = acceptance, .burst_seed = study->seed,
        .accepted = drafts > 0 ? engine->speculation.trace.accepted : NULL, .accepted_count = drafts > 0 ? engine->speculation.trace.count : 0};
}

/* Time of a prompt token in a full step of prompts. */
static double ns_per_prompt_token(const orr_perf *perf, const orr_engine_config *engine)
{
    orr_exec_model *model = orr_exec_model_create(perf, engine->max_num_seqs, engine->max_num_batched_tokens);
    const orr_executor executor = orr_exec_model_executor(model);
    const orr_plan_chunk chunk = {engine->max_num_batched_tokens, 0, true};
    const orr_plan plan = {.chunks = &chunk, .chunk_count = 1, .chunk_tokens = chunk.new_tokens, .completing_chunks = 1, .running_requests = 1};
    const orr_outcome outcome = executor.execute(executor.context, 0, &plan);
    orr_exec_model_destroy(model);
    return (double)outcome.occupancy_ns / (double)chunk.new_tokens;
}

/* `perf`, `engine`: of the engines that compute prompts. */
static orr_door_config door_of(const orr_door *door, const orr_perf *perf, const orr_engine_config *engine)
{
    static const orr_door_kind kinds[] = {[ORR_ADMIT_ALL] = ORR_DOOR_NONE, [ORR_ADMIT_BY_QUEUE] = ORR_DOOR_QUEUE, [ORR_ADMIT_BY_TOKENS] = ORR_DOOR_TOKENS, [ORR_ADMIT_BY_DEADLINE] = ORR_DOOR_DEADLINE};
    orr_door_config config = {.kind = kinds[door->policy], .most_waiting = door->max_queue, .most_tokens = door->max_tokens};
    if (config.kind == ORR_DOOR_DEADLINE) config.ns_per_token = door->prompt_tokens_per_s > 0 ? ORR_NS_PER_S / door->prompt_tokens_per_s : ns_per_prompt_token(perf, engine);
    return config;
}

static orr_transfer_time ship(void *context, int64_t tokens)
{
    const orr_perf *const *perf = context;
    const orr_shipment s = orr_perf_ship(*perf, tokens);
    return (orr_transfer_time){orr_round_i64(s.egress_ns), orr_round_i64(s.ingress_ns), orr_round_i64(s.latency_ns), s.bytes};
}

/* One pool's engines: their door, and the tiers below them. */
typedef struct pool_parts { orr_engine_config engine; orr_door_config door; orr_tiers_config tiers; } pool_parts;

static pool_parts pool_of(orr_run_config *to, int pool, const orr_study *study, const orr_perf *perf, const orr_engine *engine, const orr_hardware *hardware, int64_t replicas)
{
    const orr_memory_map memory = orr_perf_memory(perf);
    pool_parts parts = {.engine = engine_config(study, engine, &memory, to->acceptance[pool])};
    parts.engine.depths = orr_perf_depths(perf);
    parts.engine.most_images = orr_perf_most_images(perf);
    parts.door = door_of(&study->serving.admission, perf, &parts.engine);
    to->recompute[pool] = (orr_recompute){perf, parts.engine.max_num_batched_tokens};
    if (engine->kv_tiers.count > 0) parts.tiers = orr_run_tiers_config(study, engine, hardware, replicas, &to->recompute[pool]);
    return parts;
}

static void put_groups(orr_run_config *to, const orr_study *study, const orr_perf *perf)
{
    const orr_groups *groups = &study->serving.groups;
    orr_loop_config *loop = &to->loop;
    if (!orr_study_has_groups(study)) return;
    loop->replica_count = (int)groups->items[0].replicas;
    loop->weight = groups->items[0].weight;
    loop->further = to->further;
    loop->further_count = (int)groups->count - 1;
    for (int g = 1; g < (int)groups->count; g++) {
        const orr_group *group = &groups->items[g];
        const pool_parts parts = pool_of(to, g, study, orr_perf_group(perf, g), &group->engine, &group->hardware, group->replicas);
        to->further[g - 1] = (orr_loop_group){.engine = parts.engine, .door = parts.door, .tiers = parts.tiers, .replica_count = (int)group->replicas, .weight = group->weight};
    }
}

static void put_prefill(orr_run_config *to, const orr_study *study)
{
    const orr_perf *perf = to->perf, *own = orr_perf_prefill(perf);
    const orr_prefill *prefill = &study->serving.prefill;
    if (own == NULL) return;
    const pool_parts parts = pool_of(to, ORR_MOST_STUDY_GROUPS, study, own, &prefill->engine, orr_prefill_has_hardware(prefill) ? &prefill->hardware : &study->hardware, prefill->replicas);
    to->loop.prefill = (orr_prefill_pool){
        .engine = parts.engine, .door = parts.door, .tiers = parts.tiers,
        .router = policy_of(prefill->router),
        .replica_count = (int)prefill->replicas,
        .local = {.most_tokens = study->serving.disaggregation.max_local_prefill_length, .most_waiting = study->serving.disaggregation.max_prefill_queue_size},
        .link = {.context = &to->perf, .time = ship, .egress_channels = (int)orr_perf_channels(own), .ingress_channels = (int)orr_perf_channels(perf),
            .overlapped_layers = study->serving.transfer.overlap == ORR_TRANSFER_LAYERWISE ? study->model.layer_count : 0}};
}

void orr_run_config_begin(orr_run_config *to, const orr_study *study, const orr_perf *perf)
{
    const orr_engine *engine = &study->engine;
    to->perf = perf;
    const pool_parts parts = pool_of(to, 0, study, perf, engine, &study->hardware, orr_study_has_groups(study) ? study->serving.groups.items[0].replicas : study->serving.replicas);
    orr_run_fleet_begin(&to->fleet, study);
    to->loop = (orr_loop_config){
        .engine = parts.engine, .door = parts.door, .tiers = parts.tiers,
        .router = policy_of(study->serving.router), .routing = routing_of(&study->serving.routing),
        .replica_count = (int)study->serving.replicas,
        .fleet = to->fleet.config,
        .encoders = orr_run_encoder_pool(study, perf, policy_of(study->serving.encoders.router), &to->encoding),
        .entry_ns = orr_round_i64(engine->request_entry_ns), .exit_ns = orr_round_i64(engine->request_exit_ns),
        .closed = study->traffic.load == ORR_LOAD_CLOSED, .in_flight_limit = study->traffic.concurrency, .ttft_limit_ns = orr_slo_ttft_limit_ns(&study->slo), .seed = study->seed};
    put_groups(to, study, perf);
    put_prefill(to, study);
}

void orr_run_config_end(orr_run_config *config)
{
    orr_encoder_costs_free(&config->encoding);
    orr_run_fleet_end(&config->fleet);
}

void orr_run_config_execute_with(orr_run_config *config, const orr_executors *executors)
{
    for (int g = 0; g < config->loop.further_count; g++) config->further[g].executor = orr_executors_of_group(executors, g + 1);
    config->loop.prefill.executor = orr_executors_of(executors, ORR_POOL_PREFILL);
}

void orr_run_config_foresee(orr_run_config *config, orr_future *future)
{
    config->foresight = orr_future_foresight(future);
    config->loop.engine.foresight = config->loop.prefill.engine.foresight = &config->foresight;
    for (int g = 0; g < config->loop.further_count; g++) config->further[g].engine.foresight = &config->foresight;
}
