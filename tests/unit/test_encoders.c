/* Images: what models make of them, what encoding costs, encoders in the study language, and what a run says of them. */
#include "spec_support.h"

#include <math.h>
#include <string.h>

#include "drive/run.h"

static const char seeing[] =
    "schema: orrery/v1\n"
    "model: gemma-3-27b-it\n"
    "hardware: {node: dgx-h100, nodes: 1}\n"
    "engine: {profile: vllm, tensor_parallel_size: 2}\n"
    "traffic: {source: fixed, input_tokens: 500, output_tokens: 20, images: {share: 0.5, per_request: 2, width: 1024, height: 768}, load: {rate: 20/s}, stop: {requests: 400}}\n";

static void sizes_become_tokens(void **state)
{
    (void)state;
    static const struct { const char *model; int64_t width, height, patches, stretches, tokens; } cases[] = {
        {"gemma-3-27b-it", 1024, 768, 4096, 1, 256},                            /* scaled to 896 x 896, 64 x 64 patches, pooled 4 x 4 */
        {"llama-4-scout-17b-16e-instruct", 336, 336, 576, 1, 144},              /* one tile of 24 x 24, shuffled 2 x 2 */
        {"llama-4-scout-17b-16e-instruct", 672, 336, 3 * 576, 3, 3 * 144},      /* two, and the whole */
        {"qwen3.5-397b-a17b", 1024, 1024, 4096, 1, 1024},                       /* patches of 16, merged 2 x 2 */
        {"qwen2.5-vl-7b", 1024, 1024, 37 * 37 * 4, 1, 37 * 37},                 /* patches of 14, merged 2 x 2 */
        {"kimi-k2.5", 280, 280, 400, 1, 100},                                   /* patches of 14, merged 2 x 2 */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spec_fixture f = spec_begin();
        orr_model model;
        const char *const settings[] = {orr_arena_printf(f.arena, "model=%s", cases[i].model)};
        model = spec_bind(&f, "schema: orrery/v1\nmodel: gemma-3-27b-it\nhardware: {node: dgx-b200, nodes: 8}\nengine: {profile: vllm, tensor_parallel_size: 4, pipeline_parallel_size: 8}\n"
            "traffic: {source: fixed, input_tokens: 5, output_tokens: 2, load: {rate: 1/s}, stop: {requests: 4}}\n", settings, 1)->model;
        const orr_image_size size = orr_vision_image(&model.vision, cases[i].width, cases[i].height);
        assert_int_equal(size.patches, cases[i].patches);
        assert_int_equal(size.stretches, cases[i].stretches);
        assert_int_equal(size.tokens, cases[i].tokens);
        spec_end(&f);
    }
}

/* Qwen 2.5: all but four layers attend within windows of 8 x 8 patches: a larger image costs in proportion, but for these four. */
static void windows_bound_attention(void **state)
{
    (void)state;
    orr_cost costs[2];
    for (int large = 0; large < 2; large++) {
        spec_fixture f = spec_begin();
        const char *const settings[] = {"model=qwen2.5-vl-7b", "serving.encoders.replicas=1", large ? "traffic.images={share: 1, width: 1792, height: 1792}" : "traffic.images={share: 1, width: 896, height: 896}"};
        const orr_study *study = spec_bind(&f, seeing, settings, 3);
        assert_int_equal(study->model.vision.window, 8);
        assert_int_equal(study->model.vision.full_layers, 4);
        assert_int_equal(orr_vision_image(&study->model.vision, 896, 896).windows, 64);
        const orr_perf *perf = orr_perf_prepare(study, f.arena, f.diags);
        assert_non_null(perf);
        orr_perf_encode_apart(perf, 1, &costs[large]);
        spec_end(&f);
    }
    const double patches = 4096, width = 1280, full = 4;
    const double beyond = 4 * width * full * (16 * patches * patches - 4 * patches * patches);     /* of pairs, over four times as many patches */
    assert_true(fabs((costs[1].flop - 4 * costs[0].flop) / beyond - 1) < 0.1);
}

static const orr_perf *prepare(spec_fixture *f, const orr_study *study)
{
    const orr_perf *perf = orr_perf_prepare(study, f->arena, f->diags);
    assert_non_null(perf);
    return perf;
}

/* FLOP of one image, counted by hand from SigLIP's shape: products of its rows, and pairs of patches. */
static void an_image_costs_its_products(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    static const char *const settings[] = {"serving.encoders.replicas=2"};
    const orr_perf *in_steps = prepare(&f, spec_bind(&f, seeing, NULL, 0)), *apart = prepare(&f, spec_bind(&f, seeing, settings, 1));
    const double patches = 4096, width = 1152, wide = 4304, layers = 27, tokens = 256, hidden = 5376;
    const double flop = 2 * patches * (588 * width + layers * (4 * width * width + 2 * width * wide)) + 4 * patches * patches * width * layers + 2 * tokens * width * hidden;
    orr_cost one, two, sixteen;
    orr_perf_encode_apart(apart, 1, &one);
    assert_true(one.flop > flop && one.flop < 1.05 * flop);      /* norms and softmax beside */
    assert_true(one.time_ns > flop / 989.4e3 && one.time_ns < 4 * flop / 989.4e3);
    orr_perf_encode_apart(apart, 2, &two);
    orr_perf_encode_apart(apart, 16, &sixteen);
    assert_true(two.time_ns > one.time_ns && two.time_ns < 2 * one.time_ns && sixteen.time_ns < 8 * two.time_ns);
    /* In the steps of an engine of two chips each chip takes whole images. */
    orr_cost shared;
    orr_perf_encode(in_steps, 2, &shared);
    assert_true(shared.time_ns > one.time_ns && shared.time_ns < 1.1 * one.time_ns);
    /* Taken apart, operator by operator, it is the same. */
    const struct { const orr_perf *perf; double time_ns; } ways[] = {{in_steps, shared.time_ns}, {apart, orr_perf_encode_apart(apart, 2, &two)}};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        const orr_step_explanation e = orr_perf_explain_images(ways[i].perf, 2, f.arena);
        double sum_ns = 0;
        for (size_t k = 0; k < e.line_count; k++) sum_ns += e.lines[k].cost.time_ns;
        assert_true(e.line_count > 8 && e.step_ns == ways[i].time_ns && fabs((sum_ns + e.seconds_by_binding_ns[ORR_BIND_HOST]) / e.step_ns - 1) < 1e-9);
    }
    assert_int_equal(orr_perf_explain_images(apart, 0, f.arena).line_count, 0);
    orr_perf_encode(apart, 2, &shared);
    assert_true(shared.time_ns == 0);
    /* Who has encoders holds none of them. */
    assert_true(orr_perf_memory(in_steps).encoder_bytes > 0 && orr_perf_memory(apart).encoder_bytes == 0);
    assert_int_equal(orr_perf_most_images(in_steps), orr_perf_encoder_images(apart));
    const orr_shipment shipped = orr_perf_ship_images(apart, 3);
    assert_true(shipped.bytes == 3 * tokens * hidden * 2 && shipped.egress_ns > shipped.bytes / 450);
    spec_end(&f);
}

static void encoders_take_their_chips(void **state)
{
    (void)state;
    static const struct { const char *setting; int64_t replicas, gpus; } cases[] = {
        {"serving.encoders.replicas=1", 3, 7}, {"serving.encoders.replicas=2", 3, 8}, {"serving.encoders.replicas=6", 1, 8}, {"serving.encoders={replicas: 3, hardware: {chip: l4, chips: 4}, bandwidth: 3 GB/s}", 4, 11},
        {"serving={mode: disaggregated, prefill: {replicas: 1}, encoders: {replicas: 2}}", 2, 8}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spec_fixture f = spec_begin();
        const orr_study *s = spec_bind(&f, seeing, &cases[i].setting, 1);
        assert_int_equal(s->serving.replicas, cases[i].replicas);
        assert_int_equal(orr_study_gpus(s), cases[i].gpus);
        orr_text first = {0}, second = {0};
        orr_study_resolved(s, &first);
        orr_study_resolved(spec_bind(&f, first.bytes, NULL, 0), &second);
        assert_non_null(strstr(first.bytes, "encoders:"));
        assert_int_equal(strstr(second.bytes, "encoders:") != NULL, 1);
        orr_text_free(&first);
        orr_text_free(&second);
        spec_end(&f);
    }
}

static void mistakes_point(void **state)
{
    (void)state;
    static const struct { const char *setting, *piece; } cases[] = {
        {"serving.encoders.replica=2", "Did you mean \"replicas\"?"},
        {"serving.encoders.replicas=7", "encoders take 7 chips, and of 8 too few are left for an engine of 2"},
        {"serving={replicas: 4, encoders: {replicas: 2}}", "8 chips hold 3 beside the encoders"},
        {"serving.encoders={replicas: 2, router: kv_aware}", "encoders hold no cache"},
        {"serving.encoders={replicas: 2, router: slo_lanes}", "serving.routing.lanes is not given"},
        {"serving.encoders={replicas: 5, hardware: {chip: l4, chips: 4}}", "5 encoders are asked for, and their hardware has 4 chips"},
        {"traffic.images.share=1.5", "traffic.images.share"},
        {"model=qwen3-32b", "sees no images"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spec_fixture f = spec_begin();
        const orr_study_file *file = spec_read(&f, seeing, &cases[i].setting, 1);
        orr_study s;
        if (file) assert_false(orr_study_bind(file, NULL, f.arena, &s, f.diags));
        spec_expect_report(&f, cases[i].piece);
        spec_end(&f);
    }
    spec_fixture f = spec_begin();
    static const char *const settings[] = {"traffic.images.share=0", "serving.encoders.replicas=2"};
    const orr_study_file *file = spec_read(&f, seeing, settings, 2);
    orr_study s;
    if (file) assert_false(orr_study_bind(file, NULL, f.arena, &s, f.diags));
    spec_expect_report(&f, "no request brings images");
    spec_end(&f);
    f = spec_begin();
    static const char *const many[] = {"serving.encoders={replicas: 2, max_images: 100000}"};
    assert_null(orr_perf_prepare(spec_bind(&f, seeing, many, 1), f.arena, f.diags));
    spec_expect_report(&f, "Write serving.encoders.max_images: ");
    spec_end(&f);
}

static orr_run_result run(spec_fixture *f, const char *const *settings, size_t count)
{
    const orr_study *study = spec_bind(f, seeing, settings, count);
    orr_run_result r = orr_run_study(study, prepare(f, study), &(orr_run_options){0}, f->diags);
    assert_int_equal(r.end, ORR_RUN_DONE);
    return r;
}

/* Every image is encoded once, here or there; what TTFT is made of adds up to it; encoders are paid for and draw power. */
static void a_run_accounts_for_images(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    static const char *const pool[] = {"serving.encoders.replicas=2"}, *const late[] = {"serving.encoders.replicas=2", "measure.warmup=100"}, *const none[] = {"traffic.images.share=0"};
    orr_run_result in_steps = run(&f, NULL, 0), apart = run(&f, pool, 1), rest = run(&f, late, 2), blind = run(&f, none, 1);
    const orr_encoder_result *e = &apart.encoders;
    assert_int_equal(in_steps.encoders.step_images, e->images);
    assert_true(e->images == 2 * e->requests && e->requests > 150 && e->requests < 250 && e->step_images == 0 && in_steps.encoders.images == 0);
    assert_true(in_steps.encoders.step_share > 0 && in_steps.encoders.step_share < 1 && e->busy_share > 0 && e->busy_share < 1 && e->batches <= e->requests);
    const double share = (double)e->requests / (double)apart.requests_finished, parts_ns = share * e->all.mean + apart.latency.queue.mean + apart.latency.ttft_from_admission.mean;
    const orr_engine *engine = &spec_bind(&f, seeing, NULL, 0)->engine;
    assert_true(fabs(e->queue.mean + e->encode.mean + e->ship.mean - e->all.mean) < 2);
    assert_true(fabs(apart.latency.by_metric[ORR_METRIC_TTFT].mean - parts_ns - share * engine->request_entry_ns) < 10);        /* the way in is told with the queue, of those without images */
    assert_int_equal(apart.input_tokens, in_steps.input_tokens);
    assert_int_equal(apart.input_tokens - blind.input_tokens, 256 * e->images);
    assert_true(apart.usd_per_h == in_steps.usd_per_h && apart.gpus == 8);
    assert_true(rest.encoders.images < e->images && rest.encoders.images > e->images / 2);
    assert_true(blind.latency.by_metric[ORR_METRIC_TTFT].mean < apart.latency.by_metric[ORR_METRIC_TTFT].mean);
    orr_run_result_free(&in_steps);
    orr_run_result_free(&apart);
    orr_run_result_free(&rest);
    orr_run_result_free(&blind);
    spec_end(&f);
}

/* One encoder where two are wanted: it is called by its name, with the rate that it sustains. */
static void an_overloaded_encoder_is_named(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    static const char *const settings[] = {"serving.encoders.replicas=1", "traffic.images.per_request=16", "traffic.stop.requests=1500"};
    orr_run_result r = run(&f, settings, 3);
    assert_true(r.unstable && r.drift.of_encoders && !r.drift.of_prefill);
    assert_true(r.drift.arrivals_per_s > 8 && r.drift.arrivals_per_s < 12 && r.drift.sustained_per_s < r.drift.arrivals_per_s);
    assert_true(fabs(r.drift.sustained_per_s * 16 * r.encoders.encode.mean / (double)r.encoders.images * (double)r.encoders.batches / 1e9 - 1) < 0.15);
    orr_run_result_free(&r);
    spec_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sizes_become_tokens), cmocka_unit_test(windows_bound_attention), cmocka_unit_test(an_image_costs_its_products), cmocka_unit_test(encoders_take_their_chips), cmocka_unit_test(mistakes_point),
        cmocka_unit_test(a_run_accounts_for_images), cmocka_unit_test(an_overloaded_encoder_is_named)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
