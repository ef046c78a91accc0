/* Attention and FFN on devices of their own: laws of a step's time, of what it is explained by, of memory. */
#include "base_test.h"
#include "perf_support.h"

#include "perf/afd.h"

typedef struct fixture { orr_arena *arena; orr_diags *diags; orr_coefficients coefficients; } fixture;

static int set_up(void **state)
{
    fixture *f = test_calloc(1, sizeof *f);
    f->arena = orr_arena_create();
    f->diags = orr_diags_create();
    *state = f;
    return universal_coefficients(&f->coefficients, f->arena, f->diags) ? 0 : -1;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    orr_arena_destroy(f->arena);
    orr_diags_destroy(f->diags);
    test_free(f);
    return 0;
}

static orr_study apart_study(orr_model model, int64_t tensor, int64_t data, int64_t ffn_devices, int64_t ffn_tensor, int64_t micro_batches)
{
    orr_study study = study_of(model, dgx_h100(16), plain_engine(tensor, 1, data));
    for (int i = 0; i < model.group_count; i++) study.engine.enable_expert_parallel |= model.groups[i].ffn.kind == ORR_FFN_MOE;
    if (model.weight_dtype == ORR_DTYPE_FP8_BLOCK) {
        study.engine.weight_dtype = ORR_DTYPE_FP8_BLOCK;
        study.engine.compute_dtype = ORR_DTYPE_FP8;
    }
    study.engine.attention_ffn = (orr_attention_ffn){ .ffn_devices = ffn_devices, .ffn_tensor_parallel_size = ffn_tensor, .micro_batches = micro_batches };
    return study;
}

static orr_perf *prepare(fixture *f, const orr_study *study)
{
    orr_perf *perf = orr_perf_prepare_with(study, &f->coefficients, f->arena, f->diags);
    assert_non_null(perf);
    return perf;
}

static orr_decode_sums sums_of(int64_t count, int64_t context)
{
    return (orr_decode_sums){ count, count * context, count * (context < 1024 ? context : 1024), (double)count * (double)context * (double)context };
}

static double decode_ns(const orr_perf *perf, int64_t count, int64_t context)
{
    orr_cost cost;
    const int64_t tokens = count * orr_perf_decode_tokens(perf);
    orr_perf_step(perf, &(orr_step_shape){ .decode = sums_of(count, context), .tokens = tokens, .logits = tokens, .decode_only = true }, &cost);
    return cost.time_ns;
}

/* What a decode step takes of each station. */
static orr_afd_times decode_times(const orr_perf *perf, int64_t count, int64_t context)
{
    orr_afd_dense dense;
    orr_cost logits;
    const orr_decode_sums sums = sums_of(count, context);
    orr_afd_dense_of(perf, count, orr_perf_rank_tokens(perf, count, 0, 0), true, &dense);
    orr_perf_logits(perf, count, &logits);
    orr_add_decode_by_group(perf, &sums, &(orr_decode_memo){ 0 }, dense.attention_ns);
    return orr_afd_times_of(perf, &dense, dense.attention_ns, logits.time_ns, NULL);
}

static orr_model model_at(int i)
{
    switch (i) {
    case 0: return llama_70b();
    case 1: return mixtral_8x7b();
    case 2: return deepseek_v3();
    case 3: return windowed_model();
    case 4: return recurrent_model();
    default: return sparse_model();
    }
}
enum { MODELS = 6 };

static orr_study drawn_study(int at)
{
    const int model = at % MODELS;
    static const int64_t ways[][3] = { { 1, 8, 8 }, { 2, 4, 8 }, { 8, 1, 8 }, { 1, 16, 8 }, { 4, 2, 4 } };
    const int64_t *way = ways[(at / MODELS) % 5], dense = model == 0 || model == 3;
    return apart_study(model_at(model), way[0], way[1], way[2], dense && at % 2 == 0 ? 2 : 0, 1 + at % 5);
}

static void test_lines_add_up(void **state)
{
    fixture *f = *state;
    for (int at = 0; at < 60; at++) {
        const orr_study study = drawn_study(at);
        const orr_perf *perf = prepare(f, &study);
        for (int k = 0; k < 4; k++) {
            const int64_t count = k == 0 ? 1 : 37 * k * k, context = 900 * (k + 1);
            const orr_prefill_chunk chunks[] = { { 1400, 300 } };
            const int chunk_count = k == 3 ? 1 : 0;
            const orr_decode_sums sums = sums_of(count, context);
            const orr_step_explanation e = orr_perf_explain(perf, &sums, chunks, chunk_count, f->arena);
            orr_cost step;
            orr_perf_step(perf, &(orr_step_shape){ .decode = sums, .chunk = chunks[0], .chunk_count = chunk_count, .tokens = count + 1400 * (chunk_count > 0), .logits = count + chunk_count, .decode_only = chunk_count == 0 }, &step);
            double lines_ns = 0, bindings_ns = 0, flop = 0, energy_j = 0, link_bytes = 0;
            for (size_t i = 0; i < e.line_count; i++) {
                assert_true(e.lines[i].cost.time_ns >= 0);
                assert_true(e.lines[i].limit_share <= 1);
                lines_ns += e.lines[i].cost.time_ns;
                flop += e.lines[i].cost.flop;
                energy_j += e.lines[i].cost.energy_j;
                link_bytes += e.lines[i].cost.link_bytes;
            }
            for (int b = 0; b < ORR_BIND_COUNT_; b++) bindings_ns += e.seconds_by_binding_ns[b];
            assert_near(lines_ns, step.time_ns, 1e-9);
            assert_near(e.device.time_ns, step.time_ns, 1e-9);
            assert_near(bindings_ns, e.step_ns, 1e-9);
            assert_near(flop, step.flop, 1e-9);
            assert_near(energy_j, step.energy_j, 1e-9);
            assert_near(link_bytes, step.link_bytes, 1e-9);
            for (int s = 0; s < ORR_STATION_COUNT_; s++) assert_true(e.apart.busy_ns[s] <= e.apart.step_ns * (1 + 1e-12));
        }
    }
}

static void test_one_micro_batch_is_the_sum(void **state)
{
    fixture *f = *state;
    for (int i = 0; i < MODELS; i++) {
        const orr_study study = apart_study(model_at(i), 1, 8, 8, 0, 1);
        const orr_perf *perf = prepare(f, &study);
        const orr_afd_times times = decode_times(perf, 160, 3000);
        double sum = times.eager_ns;
        for (int s = 0; s < ORR_STATION_COUNT_; s++) sum += times.busy_ns[s];
        assert_near(times.device_ns, sum, 1e-12);
        assert_near(times.device_ns, decode_ns(perf, 160, 3000), 1e-12);
    }
}

static void test_link(void **state)
{
    fixture *f = *state;
    for (int i = 0; i < MODELS; i++) {
        for (int64_t m = 1; m <= 4; m++) {
            orr_study study = apart_study(model_at(i), 1, 8, 8, 0, m);
            orr_ffn_link *link = &study.engine.attention_ffn.link;
            double before_ns = INFINITY;
            for (double gb_per_s = 1; gb_per_s < 1e6; gb_per_s *= 3) {
                link->bytes_per_s = gb_per_s * 1e9;
                const double ns = decode_ns(prepare(f, &study), 400, 2000);
                assert_true(ns <= before_ns);
                before_ns = ns;
            }
            link->latency_ns = 1e-6;
            link->bytes_per_s = 1e16;
            const orr_perf *perf = prepare(f, &study);
            assert_true(decode_ns(perf, 400, 2000) <= before_ns);
            /* no link left: both sides alone, each of equal layers in a group */
            const orr_afd_times times = decode_times(perf, 400, 2000);
            const double longest = orr_max(times.busy_ns[ORR_STATION_ATTENTION], times.busy_ns[ORR_STATION_FFN]);
            assert_true(times.device_ns >= longest);
            assert_true(times.device_ns <= times.busy_ns[ORR_STATION_ATTENTION] + times.busy_ns[ORR_STATION_FFN] + times.busy_ns[ORR_STATION_DISPATCH] + times.busy_ns[ORR_STATION_COMBINE] + times.eager_ns + 1);
        }
    }
}

/* Equal layers, no link, both sides the same: m micro-batches keep both busy, but for the first one's way through the first layer and the last one's through the last. */
static void test_balanced_sides_never_wait(void **state)
{
    (void)state;
    const orr_pingpong_run run = { .layers = 61, .ns = { 1000, 0, 1000, 0 } };
    for (int m = 2; m <= 8; m++) {
        const double ns = orr_pingpong_ns(&run, 1, m, NULL);
        assert_true(ns == 61.0 * m * 1000 + 1000);
    }
}

static void test_never_falls_with_work(void **state)
{
    fixture *f = *state;
    for (int at = 0; at < 30; at++) {
        const orr_study study = drawn_study(at);
        const orr_perf *perf = prepare(f, &study);
        double before_ns = 0;
        for (int64_t count = 1; count < 600; count += 1 + count / 9) {
            const double ns = decode_ns(perf, count, 2000);
            assert_true(ns >= before_ns * (1 - 1e-12));
            before_ns = ns;
            /* parts alone are of attention devices: no step is shorter; nor than the FFN devices' */
            orr_cost dense, logits, attention, ffn;
            const orr_decode_sums sums = sums_of(count, 2000);
            orr_perf_dense(perf, count, true, &dense);
            orr_perf_logits(perf, count, &logits);
            orr_perf_decode_attention(perf, &sums, &attention);
            orr_perf_dense(orr_perf_ffn(perf), count, true, &ffn);
            assert_true(dense.time_ns + logits.time_ns + attention.time_ns <= ns * (1 + 1e-12));
            assert_true(ffn.time_ns <= ns * (1 + 1e-12));
        }
        assert_true(decode_ns(perf, 100, 4000) >= decode_ns(perf, 100, 2000));
    }
}

/* The same chips, both ways: matrices are the same, work is the same. */
static void test_nothing_is_lost(void **state)
{
    fixture *f = *state;
    for (int i = 0; i < MODELS; i++) {
        const orr_model model = model_at(i);
        const bool dense = i == 0 || i == 3;
        orr_study apart = dense ? apart_study(model, 8, 1, 8, 0, 1) : i == 1 ? apart_study(model, 1, 8, 8, 0, 1) : apart_study(model, 1, 32, 32, 0, 1), together = apart;
        together.engine.attention_ffn = (orr_attention_ffn){ 0 };
        const orr_perf *two = prepare(f, &apart), *one = prepare(f, &together);
        assert_near(orr_perf_memory(two).weights_bytes + orr_perf_memory(orr_perf_ffn(two)).weights_bytes, orr_perf_memory(one).weights_bytes, 1e-12);
        assert_true(orr_perf_memory(orr_perf_ffn(two)).kv_bytes_per_block <= 0);
        assert_near(orr_perf_memory(two).kv_bytes_per_block, orr_perf_memory(one).kv_bytes_per_block, 1e-12);
        if (orr_perf_memory(one).fits) assert_true(orr_perf_memory(two).kv_blocks > orr_perf_memory(one).kv_blocks);
        const orr_decode_sums sums = sums_of(320, 2000);
        const double flop = orr_perf_explain(two, &sums, NULL, 0, f->arena).device.flop, whole = orr_perf_explain(one, &sums, NULL, 0, f->arena).device.flop;
        assert_near(flop, whole, 0.01);
        assert_near(orr_perf_idle_w(two), 2 * orr_perf_idle_w(one), 1e-12);
    }
}

/* Micro-batches divide work: bytes that follow tokens are the same in any number, weights are read once a micro-batch. */
static void test_micro_batches_divide_work(void **state)
{
    fixture *f = *state;
    const orr_study once = apart_study(llama_70b(), 8, 1, 8, 0, 1), thrice = apart_study(llama_70b(), 8, 1, 8, 0, 3);
    const orr_decode_sums sums = sums_of(240, 2000);
    const orr_cost a = orr_perf_explain(prepare(f, &once), &sums, NULL, 0, f->arena).device, b = orr_perf_explain(prepare(f, &thrice), &sums, NULL, 0, f->arena).device;
    assert_near(a.flop, b.flop, 1e-9);
    assert_near(a.link_bytes, b.link_bytes, 1e-9);
    assert_true(b.memory_bytes > a.memory_bytes);
}

static void test_ffn_devices_must_hold_it(void **state)
{
    fixture *f = *state;
    const orr_study small = apart_study(deepseek_v3(), 1, 8, 4, 0, 2);
    const orr_memory_map map = orr_perf_memory(prepare(f, &small));
    assert_false(map.fits);
    assert_true(map.weights_bytes > map.usable_bytes);      /* of an FFN device, which says why */
    const orr_study enough = apart_study(deepseek_v3(), 1, 8, 16, 0, 2);
    assert_true(orr_perf_memory(prepare(f, &enough)).fits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lines_add_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_micro_batch_is_the_sum, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_link, set_up, tear_down),
        cmocka_unit_test(test_balanced_sides_never_wait),
        cmocka_unit_test_setup_teardown(test_never_falls_with_work, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_is_lost, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_micro_batches_divide_work, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ffn_devices_must_hold_it, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
