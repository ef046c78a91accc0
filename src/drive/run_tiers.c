/* From stores in bytes to tiers in blocks.
 *
 *   block bytes = (bytes of keys and values a token, of all layers, each counted once) x block size      (a copy, whatever the engine's layout; recurrent state is not kept)
 *   of a store `per: chip`: x the chips of those that share it: an engine's, a node's, all of the pool's
 *   computing n tokens behind c, alone, in chunks of at most the budget b: (n / m) x (device and host time of a step of one chunk of m = min(n, b) behind c + (n - m) / 2) */
#include "drive/run_tiers.h"

#include "base/math.h"
#include "base/mem.h"

static int64_t recompute_ns(void *context, int64_t new_tokens, int64_t computed_tokens)
{
    const orr_recompute *r = context;
    const orr_prefill_chunk chunk = {orr_min_i64(new_tokens, r->budget_tokens), computed_tokens + (new_tokens - orr_min_i64(new_tokens, r->budget_tokens)) / 2};
    orr_cost step;
    orr_perf_step(r->perf, &(orr_step_shape){.chunk = chunk, .chunk_count = 1, .tokens = chunk.new_tokens, .spread = true}, &step);
    const double step_ns = orr_perf_join_ns(r->perf, step.time_ns, orr_perf_host_ns(r->perf, 1, chunk.new_tokens, 1));
    return orr_round_i64(step_ns * (double)new_tokens / (double)chunk.new_tokens);
}

static int64_t rate_of(double bytes_per_s, double times) { return orr_max_i64(1, orr_round_i64(orr_min(bytes_per_s * times / 1e3, 1e13))); }

static int via_of(const orr_engine *engine, const char *name)
{
    for (int64_t i = 0; name && i < engine->kv_tiers.count; i++) if (orr_text_equal(engine->kv_tiers.items[i].store.name, name)) return (int)i + 1;
    return 0;
}

orr_tiers_config orr_run_tiers_config(const orr_study *study, const orr_engine *engine, const orr_hardware *hardware, int64_t replicas, orr_recompute *recompute)
{
    static const orr_tier_scope scopes[] = {[ORR_SHARED_ENGINE] = ORR_TIER_OF_ENGINE, [ORR_SHARED_NODE] = ORR_TIER_OF_NODE, [ORR_SHARED_CLUSTER] = ORR_TIER_OF_CLUSTER};
    static const orr_tier_write writes[] = {[ORR_WRITE_ON_EVICT] = ORR_TIER_ON_EVICT, [ORR_WRITE_THROUGH] = ORR_TIER_THROUGH, [ORR_WRITE_NONE] = ORR_TIER_NONE};
    const orr_kv_bytes kv = orr_model_kv_bytes(&study->model, engine->kv_cache_dtype);
    const int64_t chips = orr_engine_chips(engine), per_node = orr_max_i64(1, hardware->node.chip_count / chips);
    orr_tiers_config config = {.count = (int)engine->kv_tiers.count, .block_bytes = orr_max_i64(1, orr_round_i64((kv.per_token_full + kv.per_token_windowed) * (double)orr_engine_block_tokens(engine))),
        .engines_per_node = (int)orr_min_i64(per_node, replicas), .always = engine->kv_fetch == ORR_FETCH_ALWAYS, .context = recompute, .recompute_ns = recompute_ns};
    for (int t = 0; t < config.count; t++) {
        const orr_kv_tier_spec *spec = &engine->kv_tiers.items[t];
        const double sharing[] = {[ORR_SHARED_ENGINE] = (double)chips, [ORR_SHARED_NODE] = (double)(chips * config.engines_per_node), [ORR_SHARED_CLUSTER] = (double)(chips * replicas)};
        const double times = spec->store.per == ORR_STORE_PER_CHIP ? sharing[spec->shared] : 1;
        config.tiers[t] = (orr_tier){.capacity_blocks = (int64_t)orr_min(spec->store.capacity_bytes * times / (double)config.block_bytes, 1e15),
            .read_kb_per_s = rate_of(spec->store.read_bytes_per_s, times), .write_kb_per_s = rate_of(spec->store.write_bytes_per_s > 0 ? spec->store.write_bytes_per_s : spec->store.read_bytes_per_s, times),
            .latency_ns = orr_round_i64(spec->store.latency_ns), .scope = scopes[spec->shared], .write = writes[spec->write], .exclusive = spec->exclusive, .ahead = spec->prefetch == ORR_FETCH_AT_ARRIVAL,
            .via = via_of(engine, spec->via)};
    }
    return config;
}

void orr_run_tiers_fill(const orr_engine *engine, const orr_tiers_config *config, const orr_tier_totals *totals, bool prefill, const char *group, orr_run_result *r)
{
    if (config->count == 0) return;
    r->tiers = orr_mem_resize(r->tiers, (size_t)(r->tier_count + config->count) * sizeof *r->tiers);
    const double all_ns = r->duration_s * 1e9, block_bytes = (double)config->block_bytes;
    for (int t = 0; t < config->count; t++) {
        const orr_tier_totals *sum = &totals[t];
        const double of_links = all_ns * (double)sum->links;
        r->tiers[r->tier_count++] = (orr_tier_result){.name = engine->kv_tiers.items[t].store.name, .prefill = prefill, .group = group, .stores = sum->links, .reads = sum->reads,
            .hit_tokens = sum->read_blocks * orr_engine_block_tokens(engine), .read_bytes = (double)sum->read_blocks * block_bytes, .written_bytes = (double)sum->written_blocks * block_bytes,
            .held_bytes = (double)sum->held_blocks * block_bytes, .capacity_bytes = (double)config->tiers[t].capacity_blocks * block_bytes * (double)sum->links,
            .mean_read_ns = sum->reads > 0 ? sum->read_wait_ns / (double)sum->reads : 0,
            .read_utilization = of_links > 0 ? orr_min(1, sum->read_busy_ns / of_links) : 0,
            .write_utilization = of_links > 0 ? orr_min(1, sum->write_busy_ns / of_links) : 0 /* writes go on behind the last answer */};
    }
}
