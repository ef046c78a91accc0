/* Attention, latent attention, the indexer and recurrent state against values worked by hand on the machine without losses. */
#include "perf_support.h"

static const orr_rank_split whole = { 1, 1, 1 };

static double brute_pairs(int64_t new_tokens, int64_t context, int64_t cap)
{
    double pairs = 0;
    for (int64_t i = 1; i <= new_tokens; i++) pairs += (double)(cap > 0 && context + i > cap ? cap : context + i);
    return pairs;
}

static void pairs_are_counted(void **state)
{
    (void)state;
    for (int64_t n = 1; n < 40; n += 3)
        for (int64_t c = 0; c < 40; c += 4)
            for (int64_t cap = 0; cap < 60; cap += 7) assert_near(orr_causal_pairs((double)n, (double)c, (double)cap), brute_pairs(n, c, cap), 1e-12);
}

static orr_cost decode_cost(const orr_linear_operator *linear, const orr_machine *machine, orr_decode_sums sums)
{
    orr_cost cost = { 0 };
    orr_sink sink = { .sum = &cost };
    orr_linear_operator_emit(linear, machine, &sums, &whole, &sink);
    return cost;
}

/* 8 heads, 2 KV heads of 64: a token's K and V are 2 x 128 x 2 B = 512 B, 5.12 ns at 100 bytes/ns; products 2 x 2 x 16 rows x 128 = 8,192 FLOP, 2 ns: (5.12^4 + 2^4)^(1/4). */
static void decode_slope(void **state)
{
    (void)state;
    orr_coefficients c = lossless();
    orr_machine machine = toy_machine(&c);
    orr_mixer mixer = gqa(8, 2, 64, 0);
    orr_rank_shape shape = { 1, ORR_DTYPE_BF16, ORR_DTYPE_BF16, ORR_DTYPE_BF16, ORR_DTYPE_BF16, 1 };
    orr_attention attention = { 0 };
    orr_attention_compile_decode(&machine, &mixer, &shape, &attention);
    orr_linear_operator *linear = &attention.linear[0];
    assert_int_equal(attention.linear_count, 1);
    assert_near(linear->context_ns, pow(pow(5.12, 4) + pow(2, 4), 0.25), 1e-9);
    linear->layers = 3;
    orr_cost a = decode_cost(linear, &machine, (orr_decode_sums){ 4, 400, 400, 40000 }), b = decode_cost(linear, &machine, (orr_decode_sums){ 4, 800, 800, 160000 });
    assert_near(b.time_ns - a.time_ns, 3 * 400 * linear->context_ns, 1e-9);
    assert_near(a.memory_bytes, 3 * (400 * 512.0 + 4 * 2 * 8 * 128), 1e-12);
    assert_near(a.flop, 3 * 400 * 2.0 * 8 * 128, 1e-12);
    /* unequal: 100 and 300 have std/mean = 1/2 */
    c.attention_inequality = 0.2;
    orr_cost unequal = decode_cost(linear, &machine, (orr_decode_sums){ 2, 400, 400, 100000 }), equal = decode_cost(linear, &machine, (orr_decode_sums){ 2, 400, 400, 80000 });
    assert_near(unequal.time_ns - equal.time_ns, 0.1 * 3 * 400 * linear->context_ns, 1e-9);
}

static void window_follows_capped_contexts(void **state)
{
    (void)state;
    orr_coefficients c = lossless();
    orr_machine machine = toy_machine(&c);
    orr_mixer mixer = gqa(8, 2, 64, 128);
    orr_rank_shape shape = { 2, ORR_DTYPE_FP8, ORR_DTYPE_BF16, ORR_DTYPE_BF16, ORR_DTYPE_BF16, 1 };
    orr_attention attention = { 0 };
    orr_attention_compile_decode(&machine, &mixer, &shape, &attention);
    attention.linear[0].layers = 1;
    orr_cost near = decode_cost(&attention.linear[0], &machine, (orr_decode_sums){ 1, 1000, 128, 1e6 }), far = decode_cost(&attention.linear[0], &machine, (orr_decode_sums){ 1, 9000, 128, 81e6 });
    assert_near(near.time_ns, far.time_ns, 0);
    assert_near(near.memory_bytes, 128 * 128.0 + 2 * 4 * 128, 1e-12);    /* one KV head of this rank, one byte an element; q and out */
}

/* Latent of 512 + 64: 1,152 B a token whatever the tensor ranks; products 2 x rows x 1,088. */
static void latent_is_read_by_every_rank(void **state)
{
    (void)state;
    orr_coefficients c = lossless();
    orr_machine machine = toy_machine(&c);
    orr_model model = deepseek_v3();
    orr_arena *arena = orr_arena_create();
    for (int tensor = 1; tensor <= 8; tensor *= 2) {
        orr_rank_shape shape = { tensor, ORR_DTYPE_BF16, ORR_DTYPE_BF16, ORR_DTYPE_BF16, ORR_DTYPE_BF16, 1 };
        orr_attention attention = { 0 };
        orr_mla_compile(&machine, &model.groups[0].mixer, &shape, arena, &attention);
        const orr_linear_operator *linear = &attention.linear[1];
        assert_true(attention.linear[0].absorbs && !linear->absorbs);
        assert_near(linear->context_bytes, 1152, 1e-12);
        double flop = 2.0 * (128.0 / tensor) * 1088;
        assert_near(linear->context_flop, flop, 1e-12);
        assert_near(linear->context_ns, pow(pow(11.52, 4) + pow(flop / 4096, 4), 0.25), 1e-9);
        assert_int_equal(attention.chunk_count, 2);      /* attention and the expansion of the context */
    }
    orr_arena_destroy(arena);
}

/* 128 heads, 512 x 128 each, twice: 33.5 MB of weights at 100 B/ns, and a token's 128 x (128 + 512) x 2 x 2 B in 3,276.8 ns beside 2 x 128 x 512 x 256 FLOP in 8,192 ns. */
static void absorbed_products_are_linear_in_tokens(void **state)
{
    (void)state;
    orr_coefficients c = lossless();
    orr_machine machine = toy_machine(&c);
    orr_model model = deepseek_v3();
    orr_rank_shape shape = { 1, ORR_DTYPE_BF16, ORR_DTYPE_BF16, ORR_DTYPE_BF16, ORR_DTYPE_BF16, 1 };
    orr_attention attention = { 0 };
    orr_mla_compile_absorbed(&machine, &model.groups[0].mixer, &shape, false, &attention);
    attention.linear[0].layers = 1;
    double weights_ns = 128 * 512 * 256 * 2.0 / 100, token_ns = sqrt(pow(128 * 640 * 4.0 / 100, 2) + pow(2 * 128 * 512 * 256.0 / 4096, 2));
    orr_cost one = decode_cost(&attention.linear[0], &machine, (orr_decode_sums){ 1, 1000, 1000, 1e6 }), many = decode_cost(&attention.linear[0], &machine, (orr_decode_sums){ 30, 9000, 9000, 3e6 });
    assert_near(one.time_ns, weights_ns + token_ns, 1e-9);
    assert_near(many.time_ns, weights_ns + 30 * token_ns, 1e-9);
    assert_near(many.memory_bytes - one.memory_bytes, 29 * 128 * 640 * 4.0, 1e-9);
}

/* A core of 192 KiB holds a tile of 72 KiB but not three: one request of 8,000 tokens takes as long as two, and three times what a core that holds them needs. */
static void contexts_run_on_their_own_cores_where_tiles_do_not_fit(void **state)
{
    (void)state;
    orr_coefficients c = lossless();
    c.mla_unfit_slowdown = 3;
    c.mla_unfit_serial_share = 1;
    orr_machine machine = toy_machine(&c);
    orr_model model = deepseek_v3();
    orr_arena *arena = orr_arena_create();
    orr_rank_shape shape = { 8, ORR_DTYPE_BF16, ORR_DTYPE_BF16, ORR_DTYPE_BF16, ORR_DTYPE_BF16, 1 };
    double ns[2], srams[2] = { 216 * 1024, 192 * 1024 };
    for (int i = 0; i < 2; i++) {
        machine.core_sram_bytes = srams[i];
        orr_attention attention = { 0 };
        orr_mla_compile(&machine, &model.groups[0].mixer, &shape, arena, &attention);
        attention.linear[1].layers = 1;
        ns[i] = decode_cost(&attention.linear[1], &machine, (orr_decode_sums){ 1, 8000, 8000, 64e6 }).time_ns;
        if (i == 0) continue;
        double two_ns = decode_cost(&attention.linear[1], &machine, (orr_decode_sums){ 2, 16000, 16000, 128e6 }).time_ns;
        assert_true(two_ns < 1.03 * ns[1]);
        assert_true(attention.linear[1].serial_ns > 0);
        assert_near(attention.chunk[0].query_tile, 0.5 * c.attention_query_tile, 0);
    }
    assert_true(ns[1] > 3 * ns[0]);
    orr_arena_destroy(arena);
}

static void sparse_attention_sees_the_chosen(void **state)
{
    (void)state;
    orr_coefficients c = lossless();
    orr_machine machine = toy_machine(&c);
    orr_model model = sparse_model();
    orr_arena *arena = orr_arena_create();
    orr_rank_shape shape = { 1, ORR_DTYPE_BF16, ORR_DTYPE_BF16, ORR_DTYPE_BF16, ORR_DTYPE_BF16, 1 };
    orr_attention attention = { 0 };
    orr_mla_compile(&machine, &model.groups[0].mixer, &shape, arena, &attention);
    assert_int_equal(attention.linear_count, 4);         /* scores, choice, absorbed products, attention */
    assert_near(attention.linear[0].context_bytes, 132, 1e-12);
    assert_near(attention.linear[0].context_flop, 2 * 64 * 128, 1e-12);
    assert_true(attention.linear[3].context_ns <= 0 && attention.linear[3].capped_ns > 0);
    orr_arena_destroy(arena);
}

static orr_cost chunks_cost(const orr_chunk_operator *chunk, const orr_machine *machine, const orr_chunk_load *load)
{
    orr_cost cost = { 0 };
    orr_sink sink = { .sum = &cost };
    orr_chunk_operator_emit(chunk, machine, load, &whole, &sink);
    return cost;
}

/* 100 requests of 10 tokens: 5.12 ns a token are 5,120 ns; each reads 20 tokens at the least, 10,240 ns, and 8 rows take a core 50 cycles each, 100 ns a request on four cores:
 * sqrt(5,120^2 + 20,240^2), the products a hair; contexts of 10 tokens are half joined at 30: a quarter of 6,000 ns. */
static void short_contexts_take_a_block(void **state)
{
    (void)state;
    orr_coefficients c = lossless();
    c.attention_block_tokens = 20; c.attention_row_kilocycles = 0.05; c.attention_join_kilocycles = 6; c.attention_join_tokens = 30;
    orr_hardware hardware = toy_hardware();
    hardware.chip.bf16_flop_per_s = 4 * 4096e9;     /* cores of the common width */
    const orr_engine engine = { 0 };
    orr_machine machine = orr_machine_prepare(&hardware, &engine, &c);
    orr_mixer mixer = gqa(8, 2, 64, 0);
    orr_rank_shape shape = { 1, ORR_DTYPE_BF16, ORR_DTYPE_BF16, ORR_DTYPE_BF16, ORR_DTYPE_BF16, 1 };
    orr_attention attention = { 0 };
    orr_attention_compile_decode(&machine, &mixer, &shape, &attention);
    attention.linear[0].layers = 1;
    orr_cost cost = decode_cost(&attention.linear[0], &machine, (orr_decode_sums){ 100, 1000, 1000, 10000 });
    assert_near(cost.time_ns, hypot(5120, 20240) + 1500 + 100 * 2 * 8 * 128 / 100.0, 1e-4);
    /* A benchmark finds half of 1,000 tokens in a cache of twice their size: 512,000 B. */
    c.attention_cached_share = 0.5;
    hardware.chip.cache_bytes = 1024000;
    machine = orr_machine_prepare(&hardware, &engine, &c);
    machine.repeats = true;
    attention = (orr_attention){ 0 };
    orr_attention_compile_decode(&machine, &mixer, &shape, &attention);
    attention.linear[0].layers = 1;
    cost = decode_cost(&attention.linear[0], &machine, (orr_decode_sums){ 100, 1000, 1000, 10000 });
    assert_near(cost.time_ns, hypot(2560, 20240) + 1500 + 100 * 2 * 8 * 128 / 100.0, 1e-4);
    /* Cores 32 times as wide take half of the cycles of their own. */
    hardware.chip.bf16_flop_per_s *= 32;
    machine = orr_machine_prepare(&hardware, &engine, &c);
    orr_attention_compile_decode(&machine, &mixer, &shape, &attention);
    assert_near(attention.linear[1].join_ns, attention.linear[0].join_ns / 2, 1e-12);
}

/* 4,096 new tokens, 8 heads of 64 each with a KV head: pairs 8,390,656 and half a tile of 128 rows on the diagonal, 262,144; a pair is 2 x 8 x 128 FLOP = 0.5 ns on all cores,
 * so 4,326,400 ns; the last tile alone is 128 x 4,096 pairs of one head on one core, 2 x 128 FLOP / 1,024 = 0.25 ns each: 131,072 ns; 4,096 x 4,096 B through memory are 167,772 ns. */
static void prefill_of_a_long_prompt(void **state)
{
    (void)state;
    orr_coefficients c = lossless();
    orr_machine machine = toy_machine(&c);
    orr_mixer mixer = gqa(8, 8, 64, 0);
    orr_rank_shape shape = { 1, ORR_DTYPE_BF16, ORR_DTYPE_BF16, ORR_DTYPE_BF16, ORR_DTYPE_BF16, 1 };
    orr_attention attention = { 0 };
    orr_attention_compile_prefill(&machine, &mixer, &shape, &attention);
    attention.chunk[0].layers = 1;
    orr_chunk_load load = { 0 };
    orr_chunk_load_add(&attention.chunk[0], &machine, 4096, 0, 1, &load);
    orr_cost cost = chunks_cost(&attention.chunk[0], &machine, &load);
    assert_near(cost.time_ns, hypot(4326400, 131072) + 167772.16, 1e-9);
    assert_near(cost.flop, 8390656.0 * 2 * 8 * 128, 1e-12);
    assert_near(cost.memory_bytes, 4096.0 * (8 * 128 * 2 + 2 * 8 * 128), 1e-12);
    /* Half of the way from the 16-bit peak to the 8-bit one, which is twice as high; the score's exponentials beside it. */
    c.attention_narrow_cache_gain = 0.5;
    shape.kv_dtype = ORR_DTYPE_FP8;
    orr_attention_compile_prefill(&machine, &mixer, &shape, &attention);
    assert_near(attention.chunk[1].pair_ns, attention.chunk[0].pair_ns / 1.5, 1e-12);
    shape.compute_dtype = ORR_DTYPE_FP8;
    c.attention_softmax_flop = 8;
    orr_attention_compile_prefill(&machine, &mixer, &shape, &attention);
    assert_near(attention.chunk[2].pair_ns, hypot(attention.chunk[0].pair_ns / 2, 8 * 8 / 256.0), 1e-12);
}

/* Two chunks in one launch: one fixed time, work added up, the longer one's last tile. A context before a chunk is split four ways for its last tile. */
static void chunks_run_together(void **state)
{
    (void)state;
    orr_coefficients c = lossless();
    c.attention_prefill_kilocycles = 5; c.attention_split_limit = 4;
    orr_machine machine = toy_machine(&c);
    orr_mixer mixer = gqa(8, 8, 64, 0);
    orr_rank_shape shape = { 1, ORR_DTYPE_BF16, ORR_DTYPE_BF16, ORR_DTYPE_BF16, ORR_DTYPE_BF16, 1 };
    orr_attention attention = { 0 };
    orr_attention_compile_prefill(&machine, &mixer, &shape, &attention);
    orr_chunk_operator *chunk = &attention.chunk[0];
    chunk->layers = 1;
    orr_chunk_load one = { 0 }, other = { 0 }, both = { 0 }, four = { 0 };
    orr_chunk_load_add(chunk, &machine, 256, 0, 1, &one);
    orr_chunk_load_add(chunk, &machine, 128, 512, 1, &other);
    orr_chunk_load_add(chunk, &machine, 256, 0, 1, &both);
    orr_chunk_load_add(chunk, &machine, 128, 512, 1, &both);
    orr_chunk_load_add(chunk, &machine, 256, 0, 4, &four);
    assert_near(one.longest_ns, 128 * 256 * 0.25, 1e-12);
    assert_near(other.longest_ns, 128 * (128 + 512 / 4) * 0.25, 1e-12);
    orr_cost cost = chunks_cost(chunk, &machine, &both);
    assert_near(cost.time_ns, 5000 + hypot(one.spread_ns + other.spread_ns, other.longest_ns) + one.memory_ns + other.memory_ns, 1e-12);
    assert_near(chunks_cost(chunk, &machine, &four).time_ns, 5000 + hypot(4 * one.spread_ns, one.longest_ns) + 4 * one.memory_ns, 1e-12);
    /* Over ten data ranks: a tenth of all, the larger chunk at least; the mean rank has a tenth of the FLOP. */
    const orr_rank_split ten = { 0.1, 10, 1 };
    orr_sink sink = { .sum = &cost };
    cost = (orr_cost){ 0 };
    orr_chunk_operator_emit(chunk, &machine, &both, &ten, &sink);
    assert_near(cost.time_ns, 5000 + hypot(other.spread_ns, other.longest_ns) + (other.memory_ns > one.memory_ns ? other.memory_ns : one.memory_ns), 1e-12);
    assert_near(cost.flop, (one.pairs + other.pairs) * chunk->pair_flop, 1e-12);
    assert_near(orr_chunk_operator_least_ns(chunk, &one, 1), one.spread_ns + one.memory_ns, 1e-12);
}

/* State of 4 heads x 16 x 32 fp32 and 3 x (2 x 2 x 16 + 4 x 32) conv inputs in 16 bit: 8,192 + 1,152 B, read and written. */
static void recurrent_state(void **state)
{
    (void)state;
    orr_coefficients c = lossless();
    orr_machine machine = toy_machine(&c);
    orr_mixer mixer = { .kind = ORR_MIXER_GDN, .state_key_heads = 2, .state_value_heads = 4, .state_key_dim = 16, .state_value_dim = 32, .conv_kernel = 4 };
    orr_state_size size = orr_linear_state_size(&mixer);
    assert_near(size.recurrent, 2048, 1e-12);
    assert_near(size.convolution, 3 * 192, 1e-12);
    orr_rank_shape shape = { 1, ORR_DTYPE_BF16, ORR_DTYPE_BF16, ORR_DTYPE_BF16, ORR_DTYPE_BF16, 1 };
    orr_attention attention = { 0 };
    orr_linear_state_compile(&machine, &mixer, &shape, ORR_SCAN_FUSED, &attention);
    assert_int_equal(attention.linear_count, 2);    /* the convolution, the state */
    assert_near(attention.linear[0].request_bytes, 2 * 1152 + 4 * 192, 1e-12);
    assert_near(attention.linear[1].request_bytes, 2 * 8192 + 4 * 192, 1e-12);
    assert_true(attention.linear[1].context_ns <= 0);
    assert_near(attention.chunk[1].token_flop, 1.5 * 4 * (4 * 16 * 32 + 128 * 48), 1e-12);
}

static double scan_ns(const orr_coefficients *c, orr_scan_kind scan, double heads, double new_tokens)
{
    orr_machine machine = toy_machine(c);
    machine.stream_bytes_per_ns = machine.memory_bytes_per_ns = machine.matrix_flop_per_ns[ORR_DTYPE_BF16] = 1e12;
    orr_mixer mixer = { .kind = ORR_MIXER_GDN, .state_key_heads = 1, .state_value_heads = (int64_t)heads, .state_key_dim = 128, .state_value_dim = 128, .conv_kernel = 4 };
    orr_rank_shape shape = { 1, ORR_DTYPE_BF16, ORR_DTYPE_BF16, ORR_DTYPE_BF16, ORR_DTYPE_BF16, 1 };
    orr_attention attention = { 0 };
    orr_linear_state_compile(&machine, &mixer, &shape, scan, &attention);
    attention.chunk[1].layers = 1;
    orr_chunk_load load = { 0 };
    orr_chunk_load_add(&attention.chunk[1], &machine, new_tokens, 0, 1, &load);
    return chunks_cost(&attention.chunk[1], &machine, &load).time_ns;
}

/* Four cores at 1 GHz. In one kernel: 6 heads are a wave and a half, 1.75 with half of the rounding; 2,000 ns a head and 3,000 ns a piece, of which 160 tokens are 2.5, and not less than one.
 * In several: 1.5 x (1,000 + 2.5 x 4,000) and 2.5 x 500 in the chain. */
static void scan_in_one_kernel_or_several(void **state)
{
    (void)state;
    orr_coefficients c = lossless();
    c.state_fused_kilocycles = 7;
    c.state_fused_unit_kilocycles = 2;
    c.state_fused_piece_kilocycles = 3;
    c.state_wave_rounding = 0.5;
    c.state_scan_kilocycles = 9;
    c.state_unit_kilocycles = 1;
    c.state_piece_kilocycles = 4;
    c.state_chain_kilocycles = 0.5;
    double floor_ns = c.kernel_floor_kilocycles * 1000;
    assert_near(scan_ns(&c, ORR_SCAN_FUSED, 6, 160), floor_ns + 7000 + 1.75 * (2000 + 2.5 * 3000), 1e-6);
    assert_near(scan_ns(&c, ORR_SCAN_FUSED, 6, 3), floor_ns + 7000 + 1.75 * (2000 + 3000), 1e-6);
    assert_near(scan_ns(&c, ORR_SCAN_FUSED, 1, 64), floor_ns + 7000 + 0.625 * (2000 + 3000), 1e-6);
    assert_near(scan_ns(&c, ORR_SCAN_SEPARATE, 6, 160), 4 * floor_ns + 9000 + 1.5 * (1000 + 2.5 * 4000) + 2.5 * 500, 1e-6);
    c.state_fused = 1;
    assert_near(scan_ns(&c, ORR_SCAN_BY_COEFFICIENTS, 6, 160), floor_ns + 7000 + 1.75 * (2000 + 2.5 * 3000), 1e-6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_are_counted), cmocka_unit_test(decode_slope), cmocka_unit_test(window_follows_capped_contexts), cmocka_unit_test(latent_is_read_by_every_rank),
        cmocka_unit_test(absorbed_products_are_linear_in_tokens), cmocka_unit_test(contexts_run_on_their_own_cores_where_tiles_do_not_fit), cmocka_unit_test(sparse_attention_sees_the_chosen), cmocka_unit_test(prefill_of_a_long_prompt), cmocka_unit_test(short_contexts_take_a_block), cmocka_unit_test(chunks_run_together), cmocka_unit_test(recurrent_state), cmocka_unit_test(scan_in_one_kernel_or_several),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
