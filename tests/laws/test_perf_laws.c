/* Laws of the performance model, on systems drawn at random: more work never takes less time, a better chip never takes more, parts add up, lines add up to parts, the memory
 * map adds up to what is usable. */
#include "perf_world.h"

enum { SYSTEMS = 400 };

static void more_work_takes_no_less_time(void **state)
{
    world *w = *state;
    for (int i = 0; i < SYSTEMS; i++) {
        orr_study study;
        const orr_perf *perf = random_system(w, &study);
        double dense = 0, eager = 0, logits = 0, count_ns = 0, context_ns = 0, new_ns = 0, cached_ns = 0;
        int64_t fixed = 1 + pick(w, 5000), chunk = 1 + pick(w, 3000);
        for (int64_t n = 1; n < 3000; n += 1 + n / 40) {
            double now = dense_ns(perf, n);
            not_less(now, dense, "tokens", &study, 1e-12);
            dense = now;
            now = eager_ns(perf, n);
            not_less(now, eager, "tokens without a graph", &study, 1e-12);
            eager = now;
            now = logits_ns(perf, n);
            not_less(now, logits, "logits", &study, 1e-12);
            logits = now;
            now = decode_ns(perf, equal_contexts(&study, n, fixed));
            not_less(now, count_ns, "requests", &study, 1e-12);
            count_ns = now;
            now = decode_ns(perf, equal_contexts(&study, 17, 7 * n));
            not_less(now, context_ns, "contexts", &study, 1e-12);
            context_ns = now;
            now = prefill_ns(perf, n, fixed);
            not_less(now, new_ns, "new tokens", &study, 1e-12);
            new_ns = now;
            now = prefill_ns(perf, chunk, 5 * n);
            not_less(now, cached_ns, "cached tokens", &study, 1e-12);
            cached_ns = now;
        }
    }
}

static void compare(const orr_perf *better, const orr_perf *base, const orr_study *study, const char *what)
{
    for (int64_t n = 1; n < 20000; n = n * 3 / 2 + 1) {
        not_less(dense_ns(base, n), dense_ns(better, n), what, study, 1e-12);
        not_less(logits_ns(base, n), logits_ns(better, n), what, study, 1e-12);
        not_less(decode_ns(base, equal_contexts(study, n, 900)), decode_ns(better, equal_contexts(study, n, 900)), what, study, 1e-12);
        not_less(prefill_ns(base, n, 3 * n), prefill_ns(better, n, 3 * n), what, study, 1e-12);
    }
}

static void a_better_chip_is_no_slower(void **state)
{
    world *w = *state;
    for (int i = 0; i < SYSTEMS; i++) {
        orr_study study;
        const orr_perf *base = random_system(w, &study);
        orr_study wide = study, fast = study;
        wide.hardware.chip.memory_bytes_per_s *= 2;
        compare(orr_perf_prepare_with(&wide, &w->coefficients, w->arena, NULL), base, &study, "twice the memory bandwidth");
        orr_chip *chip = &fast.hardware.chip;
        double by = scale(w, 1, 8);
        chip->bf16_flop_per_s *= by; chip->fp16_flop_per_s *= by; chip->fp8_flop_per_s *= by; chip->vector_flop_per_s *= scale(w, 1, 8);
        chip->memory_bytes_per_s *= scale(w, 1, 8); chip->memory_latency_ns /= scale(w, 1, 3); chip->clock_hz *= scale(w, 1, 3);
        chip->cache_bytes *= scale(w, 1, 4); chip->cache_bytes_per_s *= scale(w, 1, 4); chip->core_sram_bytes *= scale(w, 1, 2);
        fast.hardware.node.scale_up_bytes_per_s *= scale(w, 1, 4); fast.hardware.node.scale_up_latency_ns /= scale(w, 1, 4);
        fast.hardware.fabric.bytes_per_s *= scale(w, 1, 4); fast.hardware.fabric.latency_ns /= scale(w, 1, 4);
        fast.hardware.fabric.domain.hop_ns /= scale(w, 1, 4); fast.hardware.fabric.network.hop_ns /= scale(w, 1, 4);
        compare(orr_perf_prepare_with(&fast, &w->coefficients, w->arena, NULL), base, &study, "a better chip");
    }
}

/* Rates and power halved, latencies doubled, wherever they stand: everything takes twice as long, to the last bit (a power of two rounds nothing). What is left over would be a time of the model's own, of no chip and no engine. */
static void time_has_no_unit(void **state)
{
    world *w = *state;
    orr_coefficients slow_coefficients = w->coefficients;
    slow_coefficients.gemm_block_host_ns *= 2;
    slow_coefficients.fabric_software_ns *= 2;
    for (int i = 0; i < SYSTEMS; i++) {
        orr_study study;
        const orr_perf *fast = random_system(w, &study);
        orr_study slow_study = study;
        orr_chip *chip = &slow_study.hardware.chip;
        orr_node_spec *node = &slow_study.hardware.node;
        orr_fabric *fabric = &slow_study.hardware.fabric;
        orr_engine *engine = &slow_study.engine;
        double *const rates[] = { &chip->bf16_flop_per_s, &chip->fp16_flop_per_s, &chip->fp8_flop_per_s, &chip->fp4_flop_per_s, &chip->int8_flop_per_s, &chip->tf32_flop_per_s, &chip->vector_flop_per_s, &chip->clock_hz,
            &chip->cache_bytes_per_s, &chip->memory_bytes_per_s, &chip->link_bytes_per_s, &chip->host_link_bytes_per_s, &node->scale_up_bytes_per_s, &node->host_memory_bytes_per_s, &fabric->bytes_per_s, &chip->tdp_w, &chip->idle_w, &chip->all_in_w };
        double *const times[] = { &chip->core_dispatch_ns, &chip->memory_latency_ns, &chip->link_latency_ns, &node->scale_up_latency_ns, &fabric->latency_ns, &fabric->domain.hop_ns, &fabric->network.hop_ns, &engine->host_per_step_ns, &engine->host_per_request_ns,
            &engine->host_per_token_ns, &engine->host_per_prefill_ns, &engine->kernel_launch_ns, &engine->eager_launch_ns };
        for (size_t k = 0; k < sizeof rates / sizeof *rates; k++) *rates[k] /= 2;
        for (size_t k = 0; k < sizeof times / sizeof *times; k++) *times[k] *= 2;
        const orr_perf *slow = orr_perf_prepare_with(&slow_study, &slow_coefficients, w->arena, NULL);
        for (int64_t n = 1; n < 20000; n = n * 3 / 2 + 1) {
            assert_true(dense_ns(slow, n) == 2 * dense_ns(fast, n) && eager_ns(slow, n) == 2 * eager_ns(fast, n) && logits_ns(slow, n) == 2 * logits_ns(fast, n));
            assert_true(decode_ns(slow, equal_contexts(&study, n, 900)) == 2 * decode_ns(fast, equal_contexts(&study, n, 900)) && prefill_ns(slow, n, 3 * n) == 2 * prefill_ns(fast, n, 3 * n));
        }
        const orr_decode_sums decode = equal_contexts(&study, pick(w, 300), 1 + pick(w, 10000));
        const orr_prefill_chunk chunk = { 1 + pick(w, 4000), pick(w, 4000) };
        assert_true(orr_perf_explain(slow, &decode, &chunk, 1, w->arena).step_ns == 2 * orr_perf_explain(fast, &decode, &chunk, 1, w->arena).step_ns);
    }
}

static void assert_same_cost(const orr_cost *a, const orr_cost *b)
{
    assert_near(a->time_ns, b->time_ns, 1e-12);
    assert_near(a->flop, b->flop, 1e-12);
    assert_near(a->memory_bytes, b->memory_bytes, 1e-12);
    assert_near(a->link_bytes, b->link_bytes, 1e-12);
    assert_near(a->energy_j, b->energy_j, 1e-12);
    assert_near(a->compute_limit_ns, b->compute_limit_ns, 1e-12);
    assert_near(a->memory_limit_ns, b->memory_limit_ns, 1e-12);
    assert_near(a->link_limit_ns, b->link_limit_ns, 1e-12);
}

static void lines_add_up_to_parts(void **state)
{
    world *w = *state;
    for (int i = 0; i < SYSTEMS; i++) {
        orr_study study;
        const orr_perf *perf = random_system(w, &study);
        orr_decode_sums decode = equal_contexts(&study, pick(w, 300), 1 + pick(w, 10000));
        orr_prefill_chunk chunks[2] = { { 1 + pick(w, 4000), pick(w, 4000) }, { 1 + pick(w, 400), 0 } };
        int chunk_count = (int)pick(w, 3);
        int64_t tokens = decode.count;
        for (int k = 0; k < chunk_count; k++) tokens += chunks[k].new_tokens;
        orr_step_explanation e = orr_perf_explain(perf, &decode, chunks, chunk_count, w->arena);
        orr_cost parts = { 0 }, part, lines = { 0 };
        int64_t largest = 0;
        for (int k = 0; k < chunk_count; k++) largest = chunks[k].new_tokens > largest ? chunks[k].new_tokens : largest;
        orr_perf_dense_on(perf, orr_perf_computed_tokens(perf, decode.count, tokens - decode.count), orr_perf_rank_tokens(perf, decode.count, tokens - decode.count, largest), chunk_count == 0, &part);
        orr_cost_add(&parts, &part, 1);
        orr_perf_logits(perf, decode.count + chunk_count, &part);
        orr_cost_add(&parts, &part, 1);
        orr_perf_decode_attention(perf, &decode, &part);
        orr_cost_add(&parts, &part, 1);
        orr_perf_add_chunks(perf, chunks, chunk_count, &parts);
        for (size_t k = 0; k < e.line_count; k++) orr_cost_add(&lines, &e.lines[k].cost, 1);
        assert_same_cost(&parts, &e.device);
        assert_same_cost(&lines, &e.device);
        double by_binding = 0;
        for (int k = 0; k < ORR_BIND_COUNT_; k++) by_binding += e.seconds_by_binding_ns[k];
        assert_near(by_binding, e.step_ns, 1e-12);
        assert_near(e.step_ns, orr_perf_join_ns(perf, e.device.time_ns, e.host_ns), 1e-12);
    }
}

/* A time is at least what the datasheet's peaks allow, energy at least idle's, and no chip draws more than its TDP. */
static void physics_hold(void **state)
{
    world *w = *state;
    for (int i = 0; i < SYSTEMS; i++) {
        orr_study study;
        const orr_perf *perf = random_system(w, &study);
        orr_decode_sums decode = equal_contexts(&study, 1 + pick(w, 300), 1 + pick(w, 10000));
        orr_prefill_chunk chunk = { 1 + pick(w, 4000), pick(w, 4000) };
        orr_step_explanation e = orr_perf_explain(perf, &decode, &chunk, 1, w->arena);
        for (size_t k = 0; k < e.line_count; k++) {
            const orr_operator_line *line = &e.lines[k];
            assert_true(isfinite(line->cost.time_ns) && line->cost.time_ns >= 0 && line->cost.energy_j >= 0 && line->cost.flop >= 0);
            assert_true(line->limit_share >= 0 && line->limit_share <= 1);
            if (strcmp(line->name, "ring_kv") == 0) continue;       /* goes on behind attention */
            double limit = fmax(fmax(line->cost.compute_limit_ns, line->cost.memory_limit_ns), line->cost.link_limit_ns);
            if (!(line->cost.time_ns >= limit * (1 - 1e-9))) fail_msg("%s takes %.6g ns, its limit is %.6g ns (%s, %s)", line->name, line->cost.time_ns, limit, line->shape, study.model.name);
        }
        double chips = (double)(study.engine.tensor_parallel_size * orr_engine_context_ranks(&study.engine) * study.engine.data_parallel_size), links_j = e.device.link_bytes * w->coefficients.energy_fabric_j_per_byte;
        assert_true(e.device.energy_j <= (700 - 70) * chips * e.device.time_ns * 1e-9 * (1 + 1e-9) + links_j);
    }
}

static void memory_adds_up(void **state)
{
    world *w = *state;
    for (int i = 0; i < SYSTEMS; i++) {
        orr_study study;
        orr_memory_map map = orr_perf_memory(random_system(w, &study));
        double sum = map.weights_bytes + map.encoder_bytes + map.activation_bytes + map.runtime_bytes + map.kv_bytes;
        if (map.kv_bytes > 0) assert_near(sum, map.usable_bytes, 1e-12);
        else assert_true(sum >= map.usable_bytes);
        if (!map.fits) { assert_int_equal(map.kv_blocks, 0); continue; }
        assert_true((double)map.kv_blocks / (double)study.engine.data_parallel_size * map.kv_bytes_per_block <= map.kv_bytes * (1 + 1e-12));
        assert_int_equal(map.kv_tokens, map.kv_blocks * orr_engine_block_tokens(&study.engine));
    }
}

static void nothing_costs_nothing(void **state)
{
    world *w = *state;
    orr_study study;
    const orr_perf *perf = random_system(w, &study);
    assert_near(dense_ns(perf, 0) + logits_ns(perf, 0) + prefill_ns(perf, 0, 100) + decode_ns(perf, (orr_decode_sums){ 0, 0, 0, 0 }), 0, 0);
}

/* With data-parallel ranks a request alone is no faster than on one of them, work and traffic are conserved whatever the spread, and no step is faster than the spread of many;
 * with one rank nothing changes. */
static void a_rank_holds_whole_requests(void **state)
{
    world *w = *state;
    for (int i = 0; i < SYSTEMS; i++) {
        orr_study study;
        const orr_perf *perf = random_system(w, &study);
        int64_t ranks = study.engine.data_parallel_size, context = 1 + pick(w, 30000), few = 1 + pick(w, 2 * ranks), decodes = pick(w, 300);
        orr_study single = study;
        single.engine.data_parallel_size = 1;
        const orr_perf *one = orr_perf_prepare_with(&single, &w->coefficients, w->arena, NULL);
        assert_non_null(one);
        assert_near(decode_ns(perf, equal_contexts(&study, 1, context)), decode_ns(one, equal_contexts(&study, 1, context)), 1e-12);
        not_less(decode_ns(perf, equal_contexts(&study, few, context)), decode_ns(one, equal_contexts(&study, 1, context)), "few requests", &study, 1e-12);
        orr_prefill_chunk chunks[3] = { { 1 + pick(w, 8000), pick(w, 8000) }, { 1 + pick(w, 400), 0 }, { 1 + pick(w, 400), 9 } };
        orr_cost all = { 0 }, many = { 0 }, part, alone = { 0 };
        double least_ns = 0;
        orr_perf_add_chunks(perf, chunks, 1, &alone);
        assert_near(alone.time_ns, prefill_ns(one, chunks[0].new_tokens, chunks[0].context_tokens), 1e-12);
        orr_perf_add_chunks(perf, chunks, 3, &all);
        int64_t largest = 0, chunk_tokens = 0;
        for (int k = 0; k < 3; k++) {
            orr_perf_prefill_attention(perf, chunks[k].new_tokens, chunks[k].context_tokens, &part);
            orr_cost_add(&many, &part, 1);
            least_ns += orr_perf_least_prefill_ns(perf, chunks[k].new_tokens, chunks[k].context_tokens);
            chunk_tokens += chunks[k].new_tokens;
            largest = chunks[k].new_tokens > largest ? chunks[k].new_tokens : largest;
        }
        not_less(all.time_ns, alone.time_ns, "chunks beside the first", &study, 1e-12);
        not_less(all.time_ns, least_ns, "what chunks add at the least", &study, 1e-12);
        if (ranks == 1) not_less(many.time_ns, all.time_ns, "chunks one after another", &study, 1e-9);
        assert_near(all.flop, many.flop, 1e-12);
        if (study.engine.prefill_context_parallel_size <= 1) assert_true(all.memory_bytes <= many.memory_bytes * (1 + 1e-12));      /* else latents of each chunk alone fit the cache when expanded */
        double rank = orr_perf_rank_tokens(perf, decodes, chunk_tokens, largest);
        const double context_ranks = (double)orr_engine_context_ranks(&study.engine);       /* cut what is of prompts */
        assert_true(rank >= (double)largest / context_ranks && rank <= (double)(decodes + chunk_tokens));
        orr_perf_dense_on(perf, orr_perf_computed_tokens(perf, decodes, chunk_tokens), rank, false, &part);
        not_less(part.time_ns, eager_ns(perf, decodes + chunk_tokens), "tokens on one rank", &study, 1e-12);
        if (ranks > 1) continue;
        assert_true(rank == (double)decodes + (double)chunk_tokens / context_ranks);
        if (context_ranks > 1) continue;
        assert_near(part.time_ns, eager_ns(perf, decodes + chunk_tokens), 0);
    }
}

/* The cost of a decode step in the sum of contexts is a line at length, and never below what its slope there says: what bounds are built on (lab/work.c). */
static void decode_is_linear_in_long_contexts(void **state)
{
    world *w = *state;
    for (int i = 0; i < SYSTEMS; i++) {
        orr_study study;
        const orr_perf *perf = random_system(w, &study);
        int64_t far = study.model.context_cap_tokens + (1 << 24) * (study.engine.decode_context_parallel_size > 1 ? study.engine.decode_context_parallel_size : 1);
        double a = decode_ns(perf, equal_contexts(&study, 20, far)), b = decode_ns(perf, equal_contexts(&study, 20, 2 * far)), c = decode_ns(perf, equal_contexts(&study, 20, 3 * far));
        assert_true(fabs((c - b) - (b - a)) <= 1e-6 * c);
        double slope_ns = (b - a) / (double)far;
        for (int64_t context = 1; context < far; context *= 3) not_less(decode_ns(perf, equal_contexts(&study, 20, context)), slope_ns * (double)context, "contexts at their least", &study, 1e-9);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(more_work_takes_no_less_time, set_up, tear_down), cmocka_unit_test_setup_teardown(a_better_chip_is_no_slower, set_up, tear_down), cmocka_unit_test_setup_teardown(time_has_no_unit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lines_add_up_to_parts, set_up, tear_down), cmocka_unit_test_setup_teardown(physics_hold, set_up, tear_down),
        cmocka_unit_test_setup_teardown(memory_adds_up, set_up, tear_down), cmocka_unit_test_setup_teardown(nothing_costs_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(decode_is_linear_in_long_contexts, set_up, tear_down), cmocka_unit_test_setup_teardown(a_rank_holds_whole_requests, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
