/* Counts behind bounds: certain misses against the percentile itself; excluded work; the Pareto front. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "base/rng.h"
#include "base/stats.h"
#include "lab/search.h"
#include "lab/work.h"

/* With one miss fewer the percentile may hold (the samples around it are as low as can be); with so many it can't. */
static void certain_misses_are_the_least(void **state)
{
    (void)state;
    double samples[600];
    static const double shares[ORR_STAT_COUNT_] = {[ORR_STAT_P50] = 0.50, [ORR_STAT_P90] = 0.90, [ORR_STAT_P95] = 0.95, [ORR_STAT_P99] = 0.99};
    for (int64_t count = 1; count <= 600; count += 7) {
        for (int stat = ORR_STAT_P50; stat < ORR_STAT_COUNT_; stat++) {
            const int64_t misses = orr_certain_misses((orr_stat)stat, count);
            assert_in_range(misses, 1, count);
            /* Misses by a hair: the percentile of `misses` of them is over the limit 1. */
            for (int64_t i = 0; i < count; i++) samples[i] = i < misses ? 1.0001 : 1;
            assert_true(orr_percentile(samples, (size_t)count, shares[stat]) > 1);
            /* One fewer, and good ones that are far below: it may hold. */
            for (int64_t i = 0; i < count; i++) samples[i] = i < misses - 1 ? 1.0001 : 0;
            assert_true(orr_percentile(samples, (size_t)count, shares[stat]) <= 1);
            assert_true(orr_certain_misses((orr_stat)stat, count + 1) >= misses);
        }
    }
    assert_int_equal(orr_certain_misses(ORR_STAT_MEAN, 100), 0);
}

static void excluded_work_covers_any_choice(void **state)
{
    (void)state;
    enum { N = 12 };
    orr_rng rng = orr_rng_stream(1, "work", 0);
    for (int round = 0; round < 50; round++) {
        int32_t inputs[N], outputs[N], sorted_inputs[N], sorted_outputs[N];
        double context = 0, tokens = 0;
        for (int i = 0; i < N; i++) {
            sorted_inputs[i] = inputs[i] = 1 + (int32_t)orr_rng_below(&rng, 50);
            sorted_outputs[i] = outputs[i] = 1 + (int32_t)orr_rng_below(&rng, 50);
        }
        for (int i = 0; i < N; i++) for (int k = i + 1; k < N; k++) {
            if (sorted_inputs[k] < sorted_inputs[i]) { const int32_t t = sorted_inputs[i]; sorted_inputs[i] = sorted_inputs[k]; sorted_inputs[k] = t; }
            if (sorted_outputs[k] < sorted_outputs[i]) { const int32_t t = sorted_outputs[i]; sorted_outputs[i] = sorted_outputs[k]; sorted_outputs[k] = t; }
        }
        double inputs_sum = 0, outputs_sum = 0;
        for (int i = 0; i < N; i++) {
            const double steps = outputs[i] - 1;
            inputs_sum += inputs[i];
            outputs_sum += outputs[i];
            tokens += inputs[i] + steps;
            context += steps * inputs[i] + steps * (steps - 1) / 2;
        }
        const orr_demand demand = {.requests = N, .input_tokens = inputs_sum, .output_tokens = outputs_sum, .uncached_tokens = inputs_sum, .decode_context_tokens = context, .decode_private_tokens = context,
                                   .inputs = sorted_inputs, .uncached = sorted_inputs, .outputs = sorted_outputs};
        for (int excluded = 0; excluded <= 3; excluded++) {
            const orr_work left = orr_work_without(&demand, excluded);
            for (unsigned set = 0; set < 1u << N; set++) {      /* every choice of so many */
                int size = 0;
                double kept_tokens = tokens, kept_context = context;
                for (int i = 0; i < N; i++) {
                    if (!(set >> i & 1)) continue;
                    const double steps = outputs[i] - 1;
                    size++;
                    kept_tokens -= inputs[i] + steps;
                    kept_context -= steps * inputs[i] + steps * (steps - 1) / 2;
                }
                if (size != excluded) continue;
                assert_true(left.prefill_tokens + left.decode_tokens <= kept_tokens + 1e-9);
                assert_true(left.decode_context_tokens <= kept_context + 1e-9);
            }
        }
    }
}

static void front_keeps_what_nothing_beats(void **state)
{
    (void)state;
    static const struct { double user, gpu; orr_verdict verdict; bool front; } cases[] = {
        {10, 100, ORR_VERDICT_FEASIBLE, true}, {20, 80, ORR_VERDICT_FEASIBLE, true}, {20, 70, ORR_VERDICT_FEASIBLE, false}, {15, 80, ORR_VERDICT_FEASIBLE, false}, {20, 80, ORR_VERDICT_FEASIBLE, false},
        {50, 500, ORR_VERDICT_MISSES_SLO, false}, {5, 100, ORR_VERDICT_FEASIBLE, false}, {30, 10, ORR_VERDICT_FEASIBLE, true}, {NAN, NAN, ORR_VERDICT_FEASIBLE, false}};
    enum { N = sizeof cases / sizeof *cases };
    orr_candidate candidates[N];
    for (size_t i = 0; i < N; i++) candidates[i] = (orr_candidate){.point = i, .verdict = cases[i].verdict, .tokens_per_s_per_user = cases[i].user, .tokens_per_s_per_gpu = cases[i].gpu};
    orr_pareto_mark(candidates, N);
    for (size_t i = 0; i < N; i++) assert_int_equal(candidates[i].on_pareto_front, cases[i].front);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(certain_misses_are_the_least), cmocka_unit_test(excluded_work_covers_any_choice), cmocka_unit_test(front_keeps_what_nothing_beats)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
