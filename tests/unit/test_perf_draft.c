/* Speculation in the performance model: several queries a request, what a drafting model adds to time and memory, look-ups on the host. */
#include "perf_support.h"

#include "perf/draft.h"

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

static orr_perf *prepare(fixture *f, orr_model model, orr_engine engine, orr_speculation_method method, int64_t tokens)
{
    orr_study study = study_of(model, dgx_h100(8), engine);
    orr_speculation *s = &study.engine.speculation;
    s->method = method;
    s->tokens = tokens;
    s->acceptance = (orr_rates){ .count = 1, .same = true, .values = { 0.7 } };
    s->mtp_layers = method == ORR_SPECULATION_MTP ? 1 : 0;
    s->lookup_ns = 5000;
    s->eagle = (orr_eagle){ .features = 3, .vocab_size = 32000 };
    s->draft_model = mixtral_8x7b();
    s->draft_weight_dtype = s->draft_compute_dtype = ORR_DTYPE_BF16;
    orr_perf *perf = orr_perf_prepare_with(&study, &f->coefficients, f->arena, f->diags);
    assert_non_null(perf);
    return perf;
}

static orr_engine experts_on_eight(void)
{
    orr_engine engine = plain_engine(8, 1, 1);
    engine.enable_expert_parallel = true;
    return engine;
}

/* 8 query heads a KV head; 4 queries a request are 32 rows, two tiles of 16 where one was: keys and values are read once. */
static void queries_share_one_read(void **state)
{
    (void)state;
    orr_coefficients c = lossless();
    orr_machine machine = toy_machine(&c);
    orr_mixer mixer = gqa(16, 2, 128, 0);
    orr_rank_shape shape = { 1, ORR_DTYPE_BF16, ORR_DTYPE_BF16, ORR_DTYPE_BF16, ORR_DTYPE_BF16, 1 };
    orr_attention one = { 0 }, four = { 0 };
    orr_attention_compile_decode(&machine, &mixer, &shape, &one);
    shape.query_tokens = 4;
    orr_attention_compile_decode(&machine, &mixer, &shape, &four);
    const orr_linear_operator *a = &one.linear[0], *b = &four.linear[0];
    assert_near(a->context_bytes, 2 * 256 * 2, 0);
    assert_near(b->context_bytes, a->context_bytes, 0);
    assert_near(b->context_flop, 4 * a->context_flop, 0);
    assert_near(b->request_bytes, 4 * a->request_bytes, 0);
    assert_true(b->context_ns > a->context_ns && b->context_ns < 4 * a->context_ns);
}

/* One MTP layer: a layer of the last group, a projection of 2 h x h in 16 bit and three norms; a 62nd layer of cache. */
static void mtp_memory(void **state)
{
    fixture *f = *state;
    orr_model longer = deepseek_v3();
    longer.groups[1].count++;
    longer.layer_count++;
    const orr_perf *none = prepare(f, deepseek_v3(), experts_on_eight(), ORR_SPECULATION_NONE, 2), *more = prepare(f, longer, experts_on_eight(), ORR_SPECULATION_NONE, 2);
    const orr_perf *mtp = prepare(f, deepseek_v3(), experts_on_eight(), ORR_SPECULATION_MTP, 2);
    const double layer = more->memory.weights_bytes - none->memory.weights_bytes, projection = 2 * 7168.0 * 7168 * 2 + 3 * 7168.0 * 2;
    assert_near(mtp->memory.weights_bytes, none->memory.weights_bytes + layer + projection, 1e-12);
    assert_near(mtp->memory.kv_bytes_per_block, none->memory.kv_bytes_per_block * 62 / 61, 1e-12);
}

/* An EAGLE head in 16 bit: a dense layer as the model's (Llama 3.1 70B: 8 chips), 3 h -> h, the half of q, k, v that reads the embedding, two norms; a reduced vocabulary brings its own head. */
static void eagle_memory(void **state)
{
    fixture *f = *state;
    orr_model longer = llama_70b();
    longer.groups[0].count++;
    longer.layer_count++;
    const orr_perf *none = prepare(f, llama_70b(), plain_engine(8, 1, 1), ORR_SPECULATION_NONE, 2), *more = prepare(f, longer, plain_engine(8, 1, 1), ORR_SPECULATION_NONE, 2);
    const orr_perf *eagle = prepare(f, llama_70b(), plain_engine(8, 1, 1), ORR_SPECULATION_EAGLE, 2);
    const double h = 8192, layer = more->memory.weights_bytes - none->memory.weights_bytes, head = (32000.0 / 8 + 1) * h * 2;
    const double products = (3 * h * h + (8192 + 2 * 1024) / 8.0 * h) * 2 + 2 * h * 2;
    assert_near(eagle->memory.weights_bytes, none->memory.weights_bytes + layer + products + head, 1e-9);
    assert_near(eagle->memory.kv_bytes_per_block, none->memory.kv_bytes_per_block * 81 / 80, 1e-12);
    orr_draft_pass passes[2];
    const orr_decode_sums sums = { 10, 10000, 10000, 1e7 };
    assert_int_equal(orr_perf_draft_passes(eagle, &sums, &(orr_draft_prompts){ 0 }, passes), 2);
    assert_int_equal(passes[0].tokens, 30);
    assert_int_equal(passes[1].times, 1);
}

/* A draft model is there whole, with its cache. On a pipeline it is on the last stage. */
static void draft_model_memory(void **state)
{
    fixture *f = *state;
    const orr_perf *none = prepare(f, llama_70b(), plain_engine(8, 1, 1), ORR_SPECULATION_NONE, 2), *alone = prepare(f, mixtral_8x7b(), plain_engine(8, 1, 1), ORR_SPECULATION_NONE, 2);
    const orr_perf *both = prepare(f, llama_70b(), plain_engine(8, 1, 1), ORR_SPECULATION_DRAFT, 2);
    assert_near(both->memory.weights_bytes, none->memory.weights_bytes + alone->memory.weights_bytes, 1e-12);
    assert_near(both->memory.kv_bytes_per_block, none->memory.kv_bytes_per_block + alone->memory.kv_bytes_per_block, 1e-12);
    const orr_perf *stages = prepare(f, llama_70b(), plain_engine(8, 4, 1), ORR_SPECULATION_DRAFT, 2), *plain = prepare(f, llama_70b(), plain_engine(8, 4, 1), ORR_SPECULATION_NONE, 2);
    assert_true(stages->memory.weights_bytes > plain->memory.weights_bytes + 0.9 * alone->memory.weights_bytes);
    assert_true(stages->bottleneck_share > plain->bottleneck_share);
}

/* A state before each draft is kept, to go back to. */
static void states_are_kept(void **state)
{
    fixture *f = *state;
    const orr_perf *none = prepare(f, recurrent_model(), experts_on_eight(), ORR_SPECULATION_NONE, 3), *ngram = prepare(f, recurrent_model(), experts_on_eight(), ORR_SPECULATION_NGRAM, 3);
    assert_near(ngram->memory.state_bytes_per_request, 4 * none->memory.state_bytes_per_request, 1e-12);
}

/* K drafts are one pass over all tokens and K - 1 over one a request, each of the same parts as any step; and the lines of the explanation add up to all of it. */
static void passes_add_up(void **state)
{
    fixture *f = *state;
    const int64_t K = 3;
    const orr_perf *perf = prepare(f, deepseek_v3(), experts_on_eight(), ORR_SPECULATION_MTP, K);
    const orr_decode_sums sums = { 40, 80000, 80000, 40 * 4e6 };
    const orr_prefill_chunk prompt = { 700, 0 };
    orr_cost expected = { 0 }, part, drafts;
    orr_perf_dense(perf->draft_first, 40 * (1 + K) + 700, false, &part);
    orr_cost_add(&expected, &part, 1);
    orr_perf_logits(perf->draft_first, 41, &part);
    orr_cost_add(&expected, &part, 1);
    orr_perf_decode_attention(perf->draft_first, &sums, &part);
    orr_cost_add(&expected, &part, 1);
    orr_perf_prefill_attention(perf->draft_first, 700, 0, &part);
    orr_cost_add(&expected, &part, 1);
    orr_perf_dense(perf->draft_next, 41, true, &part);
    orr_cost_add(&expected, &part, 2);
    orr_perf_logits(perf->draft_next, 41, &part);
    orr_cost_add(&expected, &part, 2);
    orr_perf_decode_attention(perf->draft_next, &(orr_decode_sums){ 41, 80700, 80700, 40 * 4e6 + 490000 }, &part);
    orr_cost_add(&expected, &part, 2);
    orr_perf_drafts(perf, &sums, &prompt, 1, &drafts);
    assert_near(drafts.time_ns, expected.time_ns, 1e-12);
    assert_near(drafts.flop, expected.flop, 1e-12);
    assert_near(drafts.energy_j, expected.energy_j, 1e-12);

    const orr_step_explanation e = orr_perf_explain(perf, &sums, &prompt, 1, f->arena);
    orr_perf_dense(perf, 40 * (1 + K) + 700, false, &expected);
    orr_perf_logits(perf, 40 * (1 + K) + 1, &part);
    orr_cost_add(&expected, &part, 1);
    orr_perf_decode_attention(perf, &sums, &part);
    orr_cost_add(&expected, &part, 1);
    orr_perf_prefill_attention(perf, 700, 0, &part);
    orr_cost_add(&expected, &part, 1);
    orr_cost_add(&expected, &drafts, 1);
    orr_cost lines = { 0 };
    for (size_t i = 0; i < e.line_count; i++) orr_cost_add(&lines, &e.lines[i].cost, 1);
    assert_near(e.device.time_ns, expected.time_ns, 1e-12);
    assert_near(lines.time_ns, expected.time_ns, 1e-12);
    assert_near(lines.memory_bytes, expected.memory_bytes, 1e-12);
    assert_near(e.step_ns, orr_perf_join_ns(perf, e.device.time_ns, orr_perf_host_ns(perf, 41, 40 * (1 + K) + 700, 1)), 1e-12);
}

/* One draft: one pass. None: nothing. Look-ups: host time a request, no pass. */
static void who_drafts_what(void **state)
{
    fixture *f = *state;
    const orr_decode_sums sums = { 10, 10000, 10000, 1e7 };
    const orr_perf *one = prepare(f, llama_70b(), plain_engine(8, 1, 1), ORR_SPECULATION_DRAFT, 1), *none = prepare(f, llama_70b(), plain_engine(8, 1, 1), ORR_SPECULATION_NONE, 1);
    const orr_perf *ngram = prepare(f, llama_70b(), plain_engine(8, 1, 1), ORR_SPECULATION_NGRAM, 4);
    orr_draft_pass passes[2];
    assert_int_equal(orr_perf_draft_passes(one, &sums, &(orr_draft_prompts){ 0 }, passes), 1);
    assert_int_equal(passes[0].tokens, 20);
    assert_int_equal(orr_perf_draft_passes(none, &sums, &(orr_draft_prompts){ 0 }, passes), 0);
    assert_int_equal(orr_perf_draft_passes(ngram, &sums, &(orr_draft_prompts){ 0 }, passes), 0);
    assert_int_equal(orr_perf_decode_tokens(ngram), 5);
    assert_int_equal(orr_perf_decode_tokens(none), 1);
    assert_near(orr_perf_host_ns(ngram, 10, 50, 0), orr_perf_host_ns(none, 10, 50, 0) + 10 * 5000, 1e-12);
}

/* A memory-bound step verifies drafts for little more than one token costs, and never for less. */
static void verifying_is_cheap_where_memory_binds(void **state)
{
    fixture *f = *state;
    const orr_decode_sums sums = { 8, 16000, 16000, 8 * 4e6 };
    double before_ns = 0, first_ns = 0;
    for (int64_t drafts = 0; drafts <= 6; drafts++) {
        const orr_perf *perf = prepare(f, llama_70b(), plain_engine(4, 1, 1), drafts > 0 ? ORR_SPECULATION_NGRAM : ORR_SPECULATION_NONE, drafts);
        const double ns = orr_perf_explain(perf, &sums, NULL, 0, f->arena).device.time_ns;
        assert_true(ns >= before_ns);
        if (drafts == 0) first_ns = ns;
        before_ns = ns;
    }
    assert_true(before_ns < 1.35 * first_ns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queries_share_one_read), cmocka_unit_test_setup_teardown(mtp_memory, set_up, tear_down), cmocka_unit_test_setup_teardown(draft_model_memory, set_up, tear_down), cmocka_unit_test_setup_teardown(eagle_memory, set_up, tear_down),
        cmocka_unit_test_setup_teardown(states_are_kept, set_up, tear_down), cmocka_unit_test_setup_teardown(passes_add_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_drafts_what, set_up, tear_down), cmocka_unit_test_setup_teardown(verifying_is_cheap_where_memory_binds, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
