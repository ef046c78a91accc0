/* The minorant of step times lies below them at every whole count, and not far below; sums over groups lie below sums. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/math.h"
#include "base/rng.h"
#include "lab/minorant.h"
#include "lab/work.h"
#include "spec/catalogue.h"

typedef struct place { const char *model, *hardware, *tensor, *data, *quantization; int64_t most; } place;
static const place places[] = {
    {"Qwen/Qwen3-8B", "{chip: mi300x, chips: 1}", "1", "1", "fp8", 2048},           {"Qwen/Qwen3-14B", "{chip: h100-sxm, chips: 1}", "1", "1", "none", 8192},
    {"llama-3.1-70b", "{node: hgx-h200, nodes: 1}", "8", "1", "none", 8192},        {"qwen3-30b-a3b", "{chip: b200-sxm, chips: 1}", "1", "1", "none", 3000},
    {"gpt-oss-20b", "{node: dgx-h100, nodes: 1}", "2", "3", "none", 8192},          {"mixtral-8x7b", "{node: dgx-a100, nodes: 1}", "4", "1", "none", 1000},
    {"deepseek-r1", "{node: hgx-h200, nodes: 1}", "1", "8", "none", 8192},          {"Qwen/Qwen3-32B", "{node: tpu-v6e-8, nodes: 1}", "8", "1", "none", 20000},
    {"Qwen/Qwen3-14B", "{chip: l40s, chips: 1}", "1", "1", "fp8", 65},              {"meta-llama/Llama-3.1-8B-Instruct", "{chip: h20, chips: 1}", "1", "1", "none", 1},
};

static void check(const orr_perf *perf, orr_tokens_ns_fn *time_ns, int64_t most, const place *at)
{
    static orr_minorant m;
    orr_minorant_make(&m, time_ns, perf, most);
    double least = 1e300;
    for (int64_t n = 1; n <= most; n++) {
        const double said = orr_minorant_ns(&m, (double)n), is = time_ns(perf, n);
        if (said > is * (1 + 1e-12)) fail_msg("%s on %s: %lld tokens take %.3f ns, the minorant is %.3f ns", at->model, at->hardware, (long long)n, is, said);
        least = orr_min(least, is / (double)n);
        if (n > 64 && n % 97 != 0 && n != most) continue;
        const double token_ns = orr_minorant_least_per_token_ns(&m, (double)n);
        if (token_ns > least * (1 + 1e-12)) fail_msg("%s on %s: a token takes %.3f ns, the least is %.3f ns", at->model, at->hardware, least, token_ns);
    }
    if (orr_minorant_least_per_token_ns(&m, (double)most) < 0.95 * least) fail_msg("%s on %s: the minorant lies far below", at->model, at->hardware);
}

static void lies_below_every_whole_count(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const place *at = &places[i];
        orr_arena *arena = orr_arena_create();
        orr_diags *diags = orr_diags_create();
        assert_true(orr_catalogue_load(diags));
        const char *const settings[] = {orr_arena_printf(arena, "model=%s", at->model), orr_arena_printf(arena, "hardware=%s", at->hardware), orr_arena_printf(arena, "engine.tensor_parallel_size=%s", at->tensor),
                                        orr_arena_printf(arena, "engine.data_parallel_size=%s", at->data), orr_arena_printf(arena, "engine.quantization=%s", at->quantization)};
        const orr_study_file *file = orr_study_file_read(arena, "examples/predict-qwen3-14b-h100.yaml", settings, sizeof settings / sizeof *settings, diags);
        orr_study study;
        const orr_perf *perf = file != NULL && orr_study_bind(file, NULL, arena, &study, diags) ? orr_perf_prepare(&study, arena, diags) : NULL;
        if (perf == NULL) {
            orr_text problems = {0};
            orr_diags_render(diags, false, &problems);
            fail_msg("%s on %s: %s", at->model, at->hardware, problems.bytes);
        }
        check(perf, orr_dense_ns, at->most, at);
        check(perf, orr_logits_ns, orr_min_i64(at->most, 1024), at);
        orr_diags_destroy(diags);
        orr_arena_destroy(arena);
    }
}

static double jumping_ns(const void *context, int32_t tokens) { (void)context; return tokens <= 1000 ? tokens : 5000 + tokens / 100; }

static void sums_of_groups_lie_below_sums(void **state)
{
    (void)state;
    enum { N = 500 };
    orr_rng rng = orr_rng_stream(1, "sums", 0);
    for (int64_t count = 0; count <= N; count += 1 + count / 8) {
        int32_t lengths[N];
        int32_t length = 1;
        double sum = 0;
        for (int64_t i = 0; i < count; i++) {
            lengths[i] = length += (int32_t)orr_rng_below(&rng, 9);
            sum += jumping_ns(NULL, length);
        }
        const double least = orr_least_sum_ns(jumping_ns, NULL, lengths, count);
        assert_true(least <= sum);
        if (count <= 32) assert_true(least == sum);
        else assert_true(least > 0.8 * sum);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(lies_below_every_whole_count), cmocka_unit_test(sums_of_groups_lie_below_sums)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
