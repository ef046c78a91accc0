/* Host join, launches, energy, and the order of magnitude of a known step. */
#include "perf_support.h"

#include "perf/host.h"
#include "perf/kernel.h"
#include "perf/launch.h"

static void host_joins_by_overlap(void **state)
{
    (void)state;
    orr_engine engine = { .host_per_step_ns = 1000, .host_per_request_ns = 10, .host_per_token_ns = 1, .host_per_prefill_ns = 100 };
    assert_near(orr_host_ns(&engine, &(orr_host_work){ 8, 500, 2 }), 1000 + 80 + 500 + 200, 1e-12);
    assert_near(orr_host_join_ns(&engine, 5000, 2000), 7000, 1e-12);
    engine.host_overlap = 1;
    assert_near(orr_host_join_ns(&engine, 5000, 2000), 5000, 1e-12);
    assert_near(orr_host_join_ns(&engine, 1000, 2000), 2000, 1e-12);
    engine.host_overlap = 0.5;
    assert_near(orr_host_join_ns(&engine, 5000, 2000), 6000, 1e-12);
    assert_near(orr_host_join_ns(&engine, 500, 2000), 2000, 1e-12);
}

static void eager_launches_wait_for_the_host(void **state)
{
    (void)state;
    orr_coefficients c = lossless();
    orr_machine machine = toy_machine(&c);
    machine.eager_ns = 5000;
    orr_cost cost = { 0 };
    orr_sink sink = { .sum = &cost, .kernels = 100 };
    orr_launch_emit_eager(&machine, 400000, &sink);
    assert_near(cost.time_ns, 100000, 1e-12);
    orr_launch_emit_eager(&machine, 600000, &sink);
    assert_near(cost.time_ns, 100000, 1e-12);
}

/* 100 W above idle at the matrix peak of 4,096 FLOP/ns: 1/40,960 nJ a FLOP; at 100 bytes/ns of memory 1 nJ a byte; capped at 100 W. */
static void energy_is_priced_by_tdp(void **state)
{
    (void)state;
    orr_coefficients c = lossless();
    orr_machine machine = toy_machine(&c);
    assert_near(orr_energy_j(&machine, 1e9, 1, 4096e9 / 2, ORR_DTYPE_BF16, 0, 0, 0), 50, 1e-9);
    assert_near(orr_energy_j(&machine, 1e9, 1, 0, ORR_DTYPE_BF16, 0, 50e9, 0), 50, 1e-9);
    assert_near(orr_energy_j(&machine, 1e9, 2, 4 * 4096e9, ORR_DTYPE_BF16, 0, 0, 7), 207, 1e-9);
}

/* Llama-3.1-70B in 16 bit on four H100, 64 requests of 2,000 tokens: weights 35 GB and cache 10.5 GB a chip at 3.35 TB/s are 13.7 ms; a step takes 17 to 26 ms. */
static void a_known_step(void **state)
{
    (void)state;
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_coefficients c;
    assert_true(universal_coefficients(&c, arena, diags));
    orr_study study = study_of(llama_70b(), dgx_h100(1), plain_engine(4, 1, 1));
    orr_perf *perf = orr_perf_prepare_with(&study, &c, arena, diags);
    assert_non_null(perf);
    orr_decode_sums sums = { 64, 128000, 128000, 64 * 4e6 };
    orr_step_explanation e = orr_perf_explain(perf, &sums, NULL, 0, arena);
    assert_true(e.device.time_ns > 17e6 && e.device.time_ns < 26e6);
    assert_near(e.device.memory_limit_ns, (2 * (70553706496.0 - 128256.0 * 8192) / 4 + 128000.0 * 80 * 2 * 256 * 2) / 3350, 0.01);
    assert_int_equal(e.binding, ORR_BIND_MEMORY);
    assert_near(orr_perf_idle_w(perf), 280, 1e-12);
    /* a chip's power is between idle and TDP */
    double power_w = e.device.energy_j / (e.device.time_ns * 1e-9) / 4 + 70;
    assert_true(power_w > 250 && power_w < 700);
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
}

static orr_perf *prepare(orr_model model, orr_engine engine, orr_arena *arena, orr_diags *diags)
{
    orr_coefficients c;
    assert_true(universal_coefficients(&c, arena, diags));
    orr_study study = study_of(model, dgx_h100(2), engine);
    orr_perf *perf = orr_perf_prepare_with(&study, &c, arena, diags);
    assert_non_null(perf);
    return perf;
}

static const orr_operator_line *line_named(const orr_step_explanation *e, const char *name)
{
    for (size_t i = 0; i < e->line_count; i++)
        if (strcmp(e->lines[i].name, name) == 0) return &e->lines[i];
    fail_msg("no line %s", name);
    return NULL;
}

/* Eight data ranks: one request and one prompt are each on one of them, whose lines say so; 800 requests are 100 and the imbalance. */
static void one_request_is_on_one_rank(void **state)
{
    (void)state;
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_engine spread = plain_engine(1, 1, 8);
    spread.enable_expert_parallel = true;
    orr_perf *perf = prepare(mixtral_8x7b(), spread, arena, diags), *one = prepare(mixtral_8x7b(), plain_engine(1, 1, 1), arena, diags);
    orr_decode_sums sums = { 1, 32000, 32000, 32000.0 * 32000 }, none = { 0 };
    orr_step_explanation e = orr_perf_explain(perf, &sums, NULL, 0, arena), alone = orr_perf_explain(one, &sums, NULL, 0, arena);
    assert_string_equal(line_named(&e, "decode_attention")->shape, "requests=1 context=32000 heads=8 bf16");
    assert_near(line_named(&e, "decode_attention")->cost.time_ns, line_named(&alone, "decode_attention")->cost.time_ns, 1e-12);
    assert_near(line_named(&e, "decode_attention")->cost.flop, line_named(&alone, "decode_attention")->cost.flop, 1e-12);
    orr_prefill_chunk prompt = { 8000, 24000 };
    e = orr_perf_explain(perf, &none, &prompt, 1, arena);
    alone = orr_perf_explain(one, &none, &prompt, 1, arena);
    assert_near(line_named(&e, "prefill_attention")->cost.time_ns, line_named(&alone, "prefill_attention")->cost.time_ns, 1e-12);
    assert_near(line_named(&e, "qkv_proj")->cost.time_ns, line_named(&alone, "qkv_proj")->cost.time_ns, 1e-12);
    assert_near(line_named(&e, "prefill_attention")->cost.flop, line_named(&alone, "prefill_attention")->cost.flop, 1e-12);
    double share = (1 + perf->coefficients.rank_imbalance) / 8;
    assert_near(orr_perf_rank_tokens(perf, 800, 0, 0), 800 * share, 1e-12);
    assert_near(orr_perf_rank_tokens(perf, 80, 4000, 3000), 3010, 1e-12);
    assert_near(orr_perf_rank_tokens(perf, 80, 8000, 1000), 8080 * share, 1e-12);
    assert_near(orr_perf_rank_tokens(one, 80, 4000, 3000), 4080, 0);
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
}

static bool has_line(const orr_step_explanation *e, const char *name)
{
    for (size_t i = 0; i < e->line_count; i++)
        if (strcmp(e->lines[i].name, name) == 0) return true;
    return false;
}

/* Latent attention as kernel tables time it, projections included, is what a layer of a step has: decoding absorbs what prompts expand. */
static void a_latent_layer_is_its_module(void **state)
{
    (void)state;
    static const char *const decodes[] = { "latent_down_proj", "q_up_proj", "latent_norm_rope_write", "absorbed_products", "decode_mla", "out_proj", NULL };
    static const char *const prompts[] = { "latent_down_proj", "q_up_proj", "kv_up_proj", "keys_join", "latent_norm_rope_write", "prefill_mla", "out_proj", NULL };
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_model model = deepseek_v3();
    model.weight_dtype = ORR_DTYPE_BF16;
    orr_engine engine = plain_engine(16, 1, 1);
    engine.weight_dtype = ORR_DTYPE_BF16;
    orr_perf *perf = prepare(model, engine, arena, diags);
    const orr_decode_sums sums = { 30, 30 * 5000, 30 * 5000, 30 * 25e6 };
    const orr_prefill_chunk chunk = { 900, 0 };
    for (int i = 0; i < 2; i++) {
        orr_step_explanation e = i == 0 ? orr_perf_explain(perf, &sums, NULL, 0, arena) : orr_perf_explain(perf, &(orr_decode_sums){ 0 }, &chunk, 1, arena);
        assert_true(has_line(&e, "kv_up_proj") == (i == 1) && has_line(&e, "keys_join") == (i == 1) && has_line(&e, "absorbed_products") == (i == 0));
        double sum_ns = 0;
        for (const char *const *name = i == 0 ? decodes : prompts; *name != NULL; name++) sum_ns += line_named(&e, *name)->cost.time_ns;
        orr_kernel kernel = { .family = ORR_KERNEL_MLA_MODULE, .weight_dtype = ORR_DTYPE_BF16, .compute_dtype = ORR_DTYPE_BF16, .kv_dtype = ORR_DTYPE_BF16, .mixer = model.groups[0].mixer, .width = 7168, .decodes = i == 0 };
        kernel.mixer.heads = kernel.mixer.kv_heads = 128 / 16;
        kernel.requests = i == 0 ? 30 : 1;
        kernel.new_tokens = i == 0 ? 1 : 900;
        kernel.context_tokens = i == 0 ? 5000 : 0;
        orr_cost cost;
        orr_machine machine = perf->machine;
        machine.repeats = true;
        assert_true(orr_kernel_cost(&machine, &kernel, arena, &cost));
        assert_near(61 * cost.time_ns, sum_ns, 1e-12);
    }
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(host_joins_by_overlap), cmocka_unit_test(eager_launches_wait_for_the_host), cmocka_unit_test(energy_is_priced_by_tdp), cmocka_unit_test(a_known_step),
                                        cmocka_unit_test(one_request_is_on_one_rank), cmocka_unit_test(a_latent_layer_is_its_module) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
