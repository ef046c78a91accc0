/* The memory map: weights to the byte, blocks by hand, stages, replicated heads, windows, data ranks. */
#include "perf_support.h"

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

static orr_perf *prepare(fixture *f, orr_model model, orr_engine engine)
{
    orr_study study = study_of(model, dgx_h100(8), engine);
    return orr_perf_prepare_with(&study, &f->coefficients, f->arena, f->diags);
}

/* 70,553,706,496 parameters in 16 bit over 8 chips; norms (161 x 8,192) are on each chip. */
static void llama_70b_over_eight(void **state)
{
    fixture *f = *state;
    orr_perf *perf = prepare(f, llama_70b(), plain_engine(8, 1, 1));
    assert_non_null(perf);
    orr_memory_map map = orr_perf_memory(perf);
    double norms = 161.0 * 8192, parameters = 70553706496.0;
    assert_near(map.weights_bytes, 2 * ((parameters - norms) / 8 + norms), 1e-12);
    assert_near(map.usable_bytes, 72e9, 1e-12);
    assert_near(map.kv_bytes_per_block, 80.0 * 1 * 256 * 2 * 16, 1e-12);          /* one KV head a chip */
    double activation = 8192.0 * (8192 + 28672 / 8) * 2;
    assert_near(map.activation_bytes, activation, 1e-12);
    double room = 72e9 - map.weights_bytes - activation - 4e9;
    assert_near(map.kv_bytes, room, 1e-12);
    assert_int_equal(map.kv_blocks, (int64_t)(room / (80.0 * 256 * 2 * 16)));
    assert_int_equal(map.kv_tokens, map.kv_blocks * 16);
    assert_true(map.fits);
    assert_near(map.weights_bytes + map.encoder_bytes + map.activation_bytes + map.runtime_bytes + map.kv_bytes, map.usable_bytes, 1e-12);
}

/* 16 chips hold 8 KV heads twice: the cache of a chip is as at 8. */
static void kv_heads_are_replicated(void **state)
{
    fixture *f = *state;
    orr_memory_map eight = orr_perf_memory(prepare(f, llama_70b(), plain_engine(8, 1, 1))), sixteen = orr_perf_memory(prepare(f, llama_70b(), plain_engine(16, 1, 1)));
    assert_near(eight.kv_bytes_per_block, sixteen.kv_bytes_per_block, 0);
    double kv_columns = 2 * 128.0 * 8192 * 2 * 80;       /* of one KV head: bytes over all layers */
    double expected = eight.weights_bytes / 2 + kv_columns / 2 + 161.0 * 8192;     /* half, plus what is kept twice: KV columns and norms */
    assert_near(sixteen.weights_bytes, expected, 1e-9);
}

static void one_chip_is_too_small(void **state)
{
    fixture *f = *state;
    orr_memory_map map = orr_perf_memory(prepare(f, llama_70b(), plain_engine(1, 1, 1)));
    assert_false(map.fits);
    assert_int_equal(map.kv_blocks, 0);
    assert_true(map.weights_bytes > map.usable_bytes);
}

/* 80 layers on 3 stages: 26 + 27 + 27 less one: the last has 26, the one before 27. */
static void stages_are_as_even_as_can_be(void **state)
{
    fixture *f = *state;
    assert_int_equal(orr_layout_stage_layers(80, 3, 0), 27);
    assert_int_equal(orr_layout_stage_layers(80, 3, 1), 27);
    assert_int_equal(orr_layout_stage_layers(80, 3, 2), 26);
    assert_int_equal(orr_layout_stage_layers(61, 4, 0), 15);
    assert_int_equal(orr_layout_stage_layers(61, 4, 2), 16);
    for (int64_t stages = 1; stages < 20; stages++) {
        int64_t sum = 0;
        for (int64_t s = 0; s < stages; s++) sum += orr_layout_stage_layers(80, stages, s);
        assert_int_equal(sum, 80);
        orr_perf *perf = prepare(f, llama_70b(), plain_engine(2, stages, 1));
        if (perf == NULL) continue;
        double share = orr_perf_bottleneck_share(perf);
        assert_true(share >= 1.0 / (double)stages - 1e-12 && share <= 1.4 / (double)stages + 0.1);
        assert_int_equal(orr_perf_stage_count(perf), stages);
    }
}

/* A block of 16 tokens of DeepSeek: 61 x 576 x 2 x 16, on every tensor rank; four data ranks have four times the blocks. */
static void latent_and_data_ranks(void **state)
{
    fixture *f = *state;
    orr_engine one = plain_engine(16, 1, 1), four = plain_engine(4, 1, 4);
    four.enable_expert_parallel = true;
    orr_memory_map a = orr_perf_memory(prepare(f, deepseek_v3(), one)), b = orr_perf_memory(prepare(f, deepseek_v3(), four));
    assert_near(a.kv_bytes_per_block, 61.0 * 576 * 2 * 16, 1e-12);
    assert_near(b.kv_bytes_per_block, a.kv_bytes_per_block, 0);
    assert_int_equal(b.kv_blocks % 4, 0);
    assert_near((double)b.kv_blocks, 4 * floor(b.kv_bytes / b.kv_bytes_per_block), 1e-12);
}

/* Windowed layers count min(1, 1024 / mean context): input 3,000 and half of 2,192 is 4,096, a quarter. */
static void windows_shrink_a_block(void **state)
{
    fixture *f = *state;
    orr_study study = study_of(windowed_model(), dgx_h100(1), plain_engine(4, 1, 1));
    study.traffic = (orr_traffic){ .kind = ORR_SOURCE_FIXED, .input_tokens = 3000, .output_tokens = 2192 };
    orr_memory_map map = orr_perf_memory(orr_perf_prepare_with(&study, &f->coefficients, f->arena, f->diags));
    assert_near(map.kv_bytes_per_block, 16.0 * (4 * 256 * 2) * (10 + 52 * 0.25), 1e-12);
    study.traffic.input_tokens = 100;
    study.traffic.output_tokens = 100;
    map = orr_perf_memory(orr_perf_prepare_with(&study, &f->coefficients, f->arena, f->diags));
    assert_near(map.kv_bytes_per_block, 16.0 * (4 * 256 * 2) * 62, 1e-12);
}

static void given_blocks_are_taken(void **state)
{
    fixture *f = *state;
    orr_engine engine = plain_engine(8, 1, 1);
    engine.num_gpu_blocks = 1234;
    orr_memory_map map = orr_perf_memory(prepare(f, llama_70b(), engine));
    assert_int_equal(map.kv_blocks, 1234);
}

/* Weights of all chips, less what each chip repeats, are the model's parameters: within 2 % on 8 chips, exact on one. */
static void weights_are_the_parameters(void **state)
{
    fixture *f = *state;
    const orr_model models[] = { llama_70b(), mixtral_8x7b(), deepseek_v3(), sparse_model(), windowed_model(), recurrent_model() };
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
        orr_model model = models[i];
        model.weight_dtype = model.other_dtype = ORR_DTYPE_BF16;
        double bytes = 2 * orr_model_count_parameters(&model).total;
        orr_engine engine = plain_engine(1, 1, 1);
        orr_study study = study_of(model, dgx_h100(1), engine);
        orr_memory_map map = orr_perf_memory(orr_perf_prepare_with(&study, &f->coefficients, f->arena, f->diags));
        assert_near(map.weights_bytes, bytes, 1e-6);
        study.engine.tensor_parallel_size = 2;
        map = orr_perf_memory(orr_perf_prepare_with(&study, &f->coefficients, f->arena, f->diags));
        assert_near(2 * map.weights_bytes, bytes, 0.02);
    }
}

static void impossible_layouts_are_told(void **state)
{
    fixture *f = *state;
    size_t before = orr_diags_error_count(f->diags);
    assert_null(prepare(f, llama_70b(), plain_engine(3, 1, 1)));
    assert_null(prepare(f, llama_70b(), plain_engine(1, 81, 1)));
    assert_null(prepare(f, llama_70b(), plain_engine(64, 2, 1)));      /* more chips than there are */
    assert_true(orr_diags_error_count(f->diags) >= before + 3);
}

/* 141 GB of weights and 4 GB of runtime a chip in 72 GB: two chips are too few, three do not divide the heads, four fit. */
static void smallest_tensor_parallel(void **state)
{
    fixture *f = *state;
    orr_study study = study_of(llama_70b(), dgx_h100(1), plain_engine(1, 1, 1));
    assert_int_equal(orr_perf_smallest_tensor_parallel(&study, f->arena), 4);
    study.hardware.chip.memory_bytes = 200e9;
    assert_int_equal(orr_perf_smallest_tensor_parallel(&study, f->arena), 1);
    study.hardware.chip.memory_bytes = 10e9;
    assert_int_equal(orr_perf_smallest_tensor_parallel(&study, f->arena), 0);
}

/* Four data ranks: a request lives in one of them, whatever says how many blocks there are. */
static void a_request_has_one_rank_s_blocks(void **state)
{
    fixture *f = *state;
    orr_engine four = plain_engine(4, 1, 4);
    four.enable_expert_parallel = true;
    orr_memory_map map = orr_perf_memory(prepare(f, deepseek_v3(), four));
    assert_int_equal(map.kv_blocks_per_request, map.kv_blocks / 4);
    assert_int_equal(map.kv_blocks_per_request, (int64_t)(map.kv_bytes / map.kv_bytes_per_block));
    four.num_gpu_blocks = 1000;
    assert_int_equal(orr_perf_memory(prepare(f, deepseek_v3(), four)).kv_blocks_per_request, 250);
    map = orr_perf_memory(prepare(f, llama_70b(), plain_engine(8, 1, 1)));
    assert_int_equal(map.kv_blocks_per_request, map.kv_blocks);
}

/* States of 65,536 requests are more than there is: as many may run as fit in half of it, and as many are set aside; of 10, ten. */
static void states_limit_the_requests(void **state)
{
    fixture *f = *state;
    orr_engine engine = plain_engine(16, 1, 1);
    engine.max_num_seqs = 65536;
    orr_memory_map map = orr_perf_memory(prepare(f, recurrent_model(), engine));
    assert_true(map.fits && map.max_requests > 0 && map.max_requests < 65536);
    assert_int_equal(map.max_requests, (int64_t)(0.5 * map.kv_bytes / map.state_bytes_per_request));
    assert_near(map.state_bytes, (double)map.max_requests * map.state_bytes_per_request, 1e-12);
    assert_int_equal(map.kv_blocks, (int64_t)((map.kv_bytes - map.state_bytes) / map.kv_bytes_per_block));
    int64_t most = map.max_requests;
    engine.max_num_seqs = 10;
    map = orr_perf_memory(prepare(f, recurrent_model(), engine));
    assert_int_equal(map.max_requests, most);
    assert_near(map.state_bytes, 10 * map.state_bytes_per_request, 1e-12);
    assert_int_equal(orr_perf_memory(prepare(f, llama_70b(), plain_engine(8, 1, 1))).max_requests, 0);
}

/* Of two stages the one with less room says how many; both set as many aside. */
static void the_tightest_stage_limits_the_requests(void **state)
{
    fixture *f = *state;
    orr_engine engine = plain_engine(8, 2, 1);
    engine.max_num_seqs = 65536;
    orr_memory_map map = orr_perf_memory(prepare(f, recurrent_model(), engine));
    assert_true(map.fits);
    assert_true((double)map.max_requests * map.state_bytes_per_request <= 0.5 * map.kv_bytes);
    assert_near(map.state_bytes, (double)map.max_requests * map.state_bytes_per_request, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(llama_70b_over_eight, set_up, tear_down), cmocka_unit_test_setup_teardown(kv_heads_are_replicated, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_chip_is_too_small, set_up, tear_down), cmocka_unit_test_setup_teardown(stages_are_as_even_as_can_be, set_up, tear_down),
        cmocka_unit_test_setup_teardown(latent_and_data_ranks, set_up, tear_down), cmocka_unit_test_setup_teardown(windows_shrink_a_block, set_up, tear_down),
        cmocka_unit_test_setup_teardown(given_blocks_are_taken, set_up, tear_down), cmocka_unit_test_setup_teardown(weights_are_the_parameters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(impossible_layouts_are_told, set_up, tear_down), cmocka_unit_test_setup_teardown(smallest_tensor_parallel, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_request_has_one_rank_s_blocks, set_up, tear_down), cmocka_unit_test_setup_teardown(states_limit_the_requests, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_tightest_stage_limits_the_requests, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
