/* Laws of context parallelism: the cut is balanced as counting token by token says, one rank changes nothing, perfect links make a long prompt's time fall as 1/P, a cut cache holds as many times
 * the tokens, no cut takes more memory, and joining costs what its bytes cost. */
#include "perf_world.h"

#include "perf/context_parallel.h"

enum { CUTS = 300 };

static int64_t keys_seen(int64_t position, int64_t cap) { return cap > 0 && position + 1 > cap ? cap : position + 1; }

/* n a multiple of 2 P: rank r computes pieces r and 2P - 1 - r. */
static void pieces_are_balanced(void **state)
{
    world *w = *state;
    for (int i = 0; i < CUTS; i++) {
        const int64_t ranks = 1 + pick(w, 9), piece = 1 + pick(w, 40), n = 2 * ranks * piece, context = pick(w, 300), cap = pick(w, 2) == 0 ? 0 : 1 + pick(w, 400);
        int64_t most = 0, least = INT64_MAX;
        for (int64_t r = 0; r < ranks; r++) {
            int64_t pairs = 0;
            for (int64_t t = 0; t < n; t++)
                if (t / piece == r || t / piece == 2 * ranks - 1 - r) pairs += keys_seen(context + t, cap);
            most = pairs > most ? pairs : most;
            least = pairs < least ? pairs : least;
        }
        if (cap == 0) assert_int_equal(most, least);
        const orr_context_pieces pieces = orr_context_pieces_of((double)ranks, (double)n, (double)context);
        double pairs = 0;
        for (int k = 0; k < 2; k++) pairs += orr_causal_pairs(pieces.tokens, pieces.context[k], (double)cap);
        assert_near(pairs, (double)most, 1e-12);
    }
}

static orr_hardware perfect_links(int64_t nodes)
{
    orr_hardware hardware = dgx_h100(nodes);
    hardware.node.chip_count = hardware.chip_count;
    hardware.node.scale_up_bytes_per_s = hardware.chip.link_bytes_per_s = hardware.fabric.bytes_per_s = 1e18;
    hardware.node.scale_up_latency_ns = hardware.chip.link_latency_ns = hardware.fabric.latency_ns = 1e-3;
    return hardware;
}

static orr_perf *prepare(world *w, orr_model model, orr_hardware hardware, int64_t tensor, int64_t context, int64_t decode, orr_context_exchange_kind exchange)
{
    orr_engine engine = plain_engine(tensor, 1, 1);
    engine.prefill_context_parallel_size = context;
    engine.decode_context_parallel_size = decode;
    engine.prefill_context_exchange = exchange;
    const orr_study study = study_of(model, hardware, engine);
    return orr_perf_prepare_with(&study, &w->coefficients, w->arena, NULL);
}

static double prompt_ns(const orr_perf *perf, int64_t tokens, int64_t context)
{
    const orr_prefill_chunk chunk = { tokens, context };
    orr_cost dense, attention = { 0 };
    orr_perf_dense(perf, tokens, false, &dense);
    orr_perf_add_chunks(perf, &chunk, 1, &attention);
    return dense.time_ns + attention.time_ns;
}

static bool is(double a, double b) { return !(a < b || a > b); }

/* 0 and 1 are one system, to the last bit. */
static void one_rank_is_none(void **state)
{
    world *w = *state;
    const orr_model models[] = { llama_70b(), deepseek_v3(), windowed_model(), mixtral_8x7b() };
    for (int m = 0; m < 4; m++) {
        const orr_perf *none = prepare(w, models[m], dgx_h100(8), 8, 0, 0, ORR_CONTEXT_ALL_GATHER), *one = prepare(w, models[m], dgx_h100(8), 8, 1, 1, ORR_CONTEXT_RING);
        const orr_memory_map a = orr_perf_memory(none), b = orr_perf_memory(one);
        assert_memory_equal(&a, &b, sizeof a);
        assert_true(is(prompt_ns(none, 5000, 700), prompt_ns(one, 5000, 700)));
        const orr_decode_sums sums = { 30, 30000, 30000, 3e7 };
        assert_true(is(decode_ns(none, sums), decode_ns(one, sums)));
        assert_int_equal(none->linear_count, one->linear_count);
        assert_int_equal(none->chunk_count, one->chunk_count);
    }
}

/* A prompt of a million tokens, in one chunk. */
static void perfect_links_divide_the_time(void **state)
{
    world *w = *state;
    const orr_context_exchange_kind exchanges[] = { ORR_CONTEXT_ALL_GATHER, ORR_CONTEXT_RING };
    for (int k = 0; k < 2; k++) {
        const double one_ns = prompt_ns(prepare(w, llama_70b(), perfect_links(64), 8, 1, 1, exchanges[k]), 1000000, 0);
        double before_ns = one_ns;
        for (int64_t context = 2; context <= 16; context *= 2) {
            const double ns = prompt_ns(prepare(w, llama_70b(), perfect_links(64), 8, context, 1, exchanges[k]), 1000000, 0);
            assert_true(ns < before_ns);
            before_ns = ns;
            assert_near(ns * (double)context, one_ns, 0.02);
        }
    }
}

/* A ring hides what attention is longer than; with slow links its time is the hops' own; it never takes more than attention and all hops. */
static void a_ring_hides_its_hops(void **state)
{
    world *w = *state;
    orr_hardware slow = dgx_h100(16);
    slow.fabric.bytes_per_s = 1e9;
    const double bytes = 256 * 2, layers = 80, ranks = 8;       /* one KV head of keys and values a chip */
    int hidden = 0, exposed = 0;
    for (int64_t tokens = 1000; tokens < 20000000; tokens *= 3) {
        const orr_perf *perf = prepare(w, llama_70b(), slow, 8, (int64_t)ranks, 1, ORR_CONTEXT_RING);
        const orr_collective hop = orr_collective_prepare_hop(&perf->machine, true);
        const orr_prefill_chunk chunk = { tokens, 0 };
        const orr_step_explanation e = orr_perf_explain(perf, &(orr_decode_sums){ 0 }, &chunk, 1, w->arena);
        double attention_ns = 0;
        for (size_t i = 0; i < e.line_count; i++)
            if (strcmp(e.lines[i].name, "prefill_attention") == 0) attention_ns = e.lines[i].cost.time_ns / layers;
        const double exposed_ns = fmax(orr_collective_ns(&hop, (double)tokens * bytes / ranks) - attention_ns / ranks, 0);
        assert_near(prefill_ns(perf, tokens, 0), layers * (attention_ns + (ranks - 1) * exposed_ns), 1e-12);
        if (exposed_ns > 0) exposed++; else hidden++;
    }
    assert_true(hidden > 1 && exposed > 1);
}

/* Copies become capacity, to the block. */
static void a_cut_cache_holds_more(void **state)
{
    world *w = *state;
    const orr_memory_map whole = orr_perf_memory(prepare(w, deepseek_v3(), dgx_h100(8), 16, 1, 1, ORR_CONTEXT_ALL_GATHER));
    for (int64_t decode = 2; decode <= 16; decode *= 2) {
        const orr_memory_map map = orr_perf_memory(prepare(w, deepseek_v3(), dgx_h100(8), 16, 1, decode, ORR_CONTEXT_ALL_GATHER));
        assert_int_equal(map.kv_blocks, whole.kv_blocks);
        assert_int_equal(map.kv_tokens, whole.kv_tokens * decode);
        assert_near(map.kv_bytes_per_block, whole.kv_bytes_per_block, 0);
    }
    /* 64 query heads and 8 KV heads over 32 ranks: four hold the same, and context ranks beside them. */
    const orr_memory_map heads = orr_perf_memory(prepare(w, llama_70b(), dgx_h100(8), 32, 1, 1, ORR_CONTEXT_ALL_GATHER));
    assert_int_equal(orr_perf_memory(prepare(w, llama_70b(), dgx_h100(8), 32, 1, 4, ORR_CONTEXT_ALL_GATHER)).kv_tokens, 4 * heads.kv_tokens);
    assert_null(prepare(w, llama_70b(), dgx_h100(8), 32, 1, 8, ORR_CONTEXT_ALL_GATHER));
    assert_null(prepare(w, llama_70b(), dgx_h100(8), 8, 1, 2, ORR_CONTEXT_ALL_GATHER));
    assert_non_null(prepare(w, llama_70b(), dgx_h100(8), 8, 2, 2, ORR_CONTEXT_ALL_GATHER));
    assert_null(prepare(w, llama_70b(), dgx_h100(8), 8, 4, 2, ORR_CONTEXT_ALL_GATHER));
    assert_null(prepare(w, recurrent_model(), dgx_h100(8), 1, 2, 1, ORR_CONTEXT_ALL_GATHER));
}

/* On systems drawn at random: twice the context ranks take no more memory a chip and leave no fewer tokens of cache; so do twice the ranks that cut it. */
static void more_ranks_take_no_more_memory(void **state)
{
    world *w = *state;
    int compared = 0;
    for (int i = 0; i < CUTS; i++) {
        orr_study study;
        const orr_memory_map map = orr_perf_memory(random_system(w, &study));
        orr_study more = study;
        more.engine.prefill_context_parallel_size = 2 * orr_engine_context_ranks(&study.engine);
        if (study.engine.decode_context_parallel_size > 1) more.engine.decode_context_parallel_size *= 2;
        for (int cut = 0; cut < 2; cut++) {
            const orr_perf *perf = orr_perf_prepare_with(&more, &w->coefficients, w->arena, NULL);
            if (perf != NULL) {
                const orr_memory_map other = orr_perf_memory(perf);
                assert_true(other.activation_bytes <= map.activation_bytes * (1 + 1e-12));
                if (study.engine.pipeline_parallel_size == 1) assert_true(other.weights_bytes <= map.weights_bytes * (1 + 1e-12));     /* else another stage may be the fullest */
                assert_true(other.kv_tokens >= map.kv_tokens);
                compared++;
            }
            more = study;
            more.engine.decode_context_parallel_size = 2 * (study.engine.decode_context_parallel_size > 1 ? study.engine.decode_context_parallel_size : orr_engine_context_ranks(&study.engine));
        }
    }
    assert_true(compared > CUTS / 2);
}

/* Perfect links: half the context a rank, gathered heads; long contexts take about as much less as keys are read less. The time alone is what the walk emits. */
static void decoding_reads_its_share(void **state)
{
    world *w = *state;
    const orr_decode_sums sums = { 8, 8 * 4000000, 8 * 4000000, 8.0 * 4000000 * 4000000 };
    const orr_dcp_comm backends[] = { ORR_DCP_AG_RS, ORR_DCP_A2A };
    for (int k = 0; k < 2; k++) {
        double before_ns = decode_ns(prepare(w, llama_70b(), perfect_links(16), 32, 1, 1, ORR_CONTEXT_ALL_GATHER), sums);
        for (int64_t decode = 2; decode <= 8; decode *= 2) {
            orr_engine engine = plain_engine(32, 1, 1);
            engine.prefill_context_parallel_size = decode == 8 ? 2 : 1;      /* both kinds of ranks */
            engine.decode_context_parallel_size = decode;
            engine.dcp_comm_backend = backends[k];
            const orr_study study = study_of(llama_70b(), perfect_links(16), engine);
            const orr_perf *perf = orr_perf_prepare_with(&study, &w->coefficients, w->arena, w->diags);
            assert_non_null(perf);
            const double ns = decode_ns(perf, sums);
            assert_near(ns, before_ns / 2, 0.06);
            before_ns = ns;
            orr_decode_memo memo = { 0 };
            double times_ns[ORR_DECODE_LANES];
            orr_perf_decode_run_ns(perf, &(orr_decode_run){ sums, 8, 3 }, 0, 0, &memo, times_ns);
            for (int64_t step = 0; step < 3; step++) {
                const double c = (double)sums.context_tokens, ahead = (double)step;
                const orr_decode_sums later = { 8, sums.context_tokens + 8 * step, sums.capped_tokens + 8 * step, sums.context_squares + ahead * (2 * c + 8 * ahead) };
                assert_true(is(times_ns[step], decode_ns(perf, later)));
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pieces_are_balanced, set_up, tear_down), cmocka_unit_test_setup_teardown(one_rank_is_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(perfect_links_divide_the_time, set_up, tear_down), cmocka_unit_test_setup_teardown(a_ring_hides_its_hops, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_cut_cache_holds_more, set_up, tear_down), cmocka_unit_test_setup_teardown(more_ranks_take_no_more_memory, set_up, tear_down),
        cmocka_unit_test_setup_teardown(decoding_reads_its_share, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
