/* Laws of residual corrections, on random systems under random residuals: a bounding system is never above the real one and keeps time in order; a correction of factor 1 changes not one byte; an
 * altered chip is never surer than the measured one, nor is the universal model, where measured kernels are known better than their family. */
#include "perf_world.h"

#include "../unit/residual_support.h"
#include "perf/decode_tally.h"

enum { CORRECTED = 120 };

typedef struct corrected { orr_study study; orr_residuals *residuals; orr_coefficients coefficients; const orr_perf *real, *bounding, *plain; } corrected;

static corrected next_corrected(world *w, residuals_kind how)
{
    corrected c = {.residuals = drawn_residuals(how, &w->rng, w->arena), .coefficients = w->coefficients};
    random_system(w, &c.study);
    c.coefficients.residual_share = pick(w, 2) == 0 ? 1 : orr_rng_uniform(&w->rng);
    c.real = orr_perf_prepare_on(&c.study, &(orr_perf_basis){.coefficients = &c.coefficients, .residuals = c.residuals}, w->arena, NULL);
    c.bounding = orr_perf_prepare_on(&c.study, &(orr_perf_basis){.coefficients = &c.coefficients, .residuals = c.residuals, .bounding = true}, w->arena, NULL);
    c.plain = orr_perf_prepare_with(&c.study, &c.coefficients, w->arena, NULL);
    assert_non_null(c.real);
    assert_non_null(c.bounding);
    return c;
}

static void is_below(double bound_ns, double real_ns, const char *what, const corrected *c)
{
    if (!(bound_ns <= real_ns)) fail_msg("%s: a bound of %.17g ns, a time of %.17g ns (%s)", what, bound_ns, real_ns, c->study.model.name);
}

static void a_bound_is_below_the_time(void **state)
{
    world *w = *state;
    int differs = 0;
    for (int i = 0; i < CORRECTED; i++) {
        const corrected c = next_corrected(w, RESIDUALS_DRAWN);
        assert_near(orr_perf_bottleneck_share(c.bounding), orr_perf_bottleneck_share(c.real), 0);
        const orr_perf *fresh = orr_perf_prepare_on(&c.study, &(orr_perf_basis){.coefficients = &c.coefficients, .residuals = c.residuals}, w->arena, NULL);
        const int64_t fixed = 1 + pick(w, 20000);
        for (int64_t n = 1; n < 20000; n += 1 + n / 7) {
            is_below(dense_ns(c.bounding, n), dense_ns(c.real, n), "tokens", &c);
            is_below(eager_ns(c.bounding, n), eager_ns(c.real, n) * (1 + 1e-12), "tokens without a graph", &c);
            is_below(logits_ns(c.bounding, n), logits_ns(c.real, n), "logits", &c);
            is_below(decode_ns(c.bounding, equal_contexts(&c.study, n, fixed)), decode_ns(c.real, equal_contexts(&c.study, n, fixed)), "requests", &c);
            is_below(decode_ns(c.bounding, equal_contexts(&c.study, 33, n)), decode_ns(c.real, equal_contexts(&c.study, 33, n)), "contexts", &c);
            is_below(prefill_ns(c.bounding, n, fixed), prefill_ns(c.real, n, fixed), "new tokens", &c);
            is_below(prefill_ns(c.bounding, 100, n), prefill_ns(c.real, 100, n), "cached tokens", &c);
            differs += dense_ns(c.bounding, n) < dense_ns(c.real, n);
        }
        assert_near(decode_ns(fresh, equal_contexts(&c.study, 77, fixed)), decode_ns(c.real, equal_contexts(&c.study, 77, fixed)), 0);       /* what was asked before changes nothing */
        const orr_prefill_chunk chunks[3] = {{1 + pick(w, 8000), pick(w, 8000)}, {1 + pick(w, 400), 0}, {1 + pick(w, 400), 9}};
        orr_cost bound = {0}, real = {0};
        double least_ns = 0;
        orr_perf_add_chunks(c.bounding, chunks, 3, &bound);
        orr_perf_add_chunks(c.real, chunks, 3, &real);
        is_below(bound.time_ns, real.time_ns, "chunks", &c);
        for (int k = 0; k < 3; k++) least_ns += orr_perf_least_prefill_ns(c.bounding, chunks[k].new_tokens, chunks[k].context_tokens);
        is_below(least_ns, real.time_ns * (1 + 1e-12), "what chunks add at the least", &c);
    }
    assert_true(differs > CORRECTED);       /* the residuals say something */
}

static void a_bound_keeps_time_in_order(void **state)
{
    world *w = *state;
    for (int i = 0; i < CORRECTED / 2; i++) {
        const corrected c = next_corrected(w, RESIDUALS_DRAWN);
        double dense = 0, eager = 0, logits = 0, count_ns = 0, context_ns = 0, new_ns = 0, cached_ns = 0;
        const int64_t fixed = 1 + pick(w, 5000);
        for (int64_t n = 1; n < 3000; n += 1 + n / 40) {
            double now = dense_ns(c.bounding, n);
            not_less(now, dense, "tokens", &c.study, 1e-12);
            dense = now;
            now = eager_ns(c.bounding, n);
            not_less(now, eager, "tokens without a graph", &c.study, 1e-12);
            eager = now;
            now = logits_ns(c.bounding, n);
            not_less(now, logits, "logits", &c.study, 1e-12);
            logits = now;
            now = decode_ns(c.bounding, equal_contexts(&c.study, n, fixed));
            not_less(now, count_ns, "requests", &c.study, 1e-12);
            count_ns = now;
            now = decode_ns(c.bounding, equal_contexts(&c.study, 17, 7 * n));
            not_less(now, context_ns, "contexts", &c.study, 1e-12);
            context_ns = now;
            now = prefill_ns(c.bounding, n, fixed);
            not_less(now, new_ns, "new tokens", &c.study, 1e-12);
            new_ns = now;
            now = prefill_ns(c.bounding, 100, 5 * n);
            not_less(now, cached_ns, "cached tokens", &c.study, 1e-12);
            cached_ns = now;
        }
    }
}

static void same_bytes(const orr_cost *a, const orr_cost *b) { assert_memory_equal(a, b, sizeof *a); }

static void factor_1_changes_nothing(void **state)
{
    world *w = *state;
    for (int i = 0; i < CORRECTED; i++) {
        const corrected c = next_corrected(w, RESIDUALS_OF_FACTOR_1);
        orr_cost with, without;
        assert_near(orr_perf_bottleneck_share(c.real), orr_perf_bottleneck_share(c.plain), 0);
        for (int64_t n = 1; n < 20000; n += 1 + n / 3) {
            const orr_decode_sums sums = equal_contexts(&c.study, n, 1 + pick(w, 20000));
            const int64_t context = pick(w, 9000);
            orr_perf_dense(c.real, n, n % 2 == 0, &with);
            orr_perf_dense(c.plain, n, n % 2 == 0, &without);
            same_bytes(&with, &without);
            orr_perf_logits(c.real, n, &with);
            orr_perf_logits(c.plain, n, &without);
            same_bytes(&with, &without);
            orr_perf_decode_attention(c.real, &sums, &with);
            orr_perf_decode_attention(c.plain, &sums, &without);
            same_bytes(&with, &without);
            orr_perf_prefill_attention(c.real, n, context, &with);
            orr_perf_prefill_attention(c.plain, n, context, &without);
            same_bytes(&with, &without);
        }
    }
}

/* Whatever was asked before: by counts and contexts that stay, grow and jump. */
static void a_memo_changes_nothing(void **state)
{
    world *w = *state;
    for (int i = 0; i < CORRECTED; i++) {
        const corrected c = next_corrected(w, RESIDUALS_DRAWN);
        orr_decode_memo memo = {0};
        int64_t count = 1, context = 1;
        for (int step = 0; step < 300; step++) {
            orr_cost again, fresh;
            if (pick(w, 20) == 0) count = 1 + pick(w, 600);
            context = pick(w, 30) == 0 ? 1 + pick(w, 100000) : context + 1 + pick(w, 90);
            const orr_decode_sums sums = equal_contexts(&c.study, count, context);
            orr_perf_decode_attention_again(c.real, &sums, &memo, &again);
            orr_perf_decode_attention(c.real, &sums, &fresh);
            same_bytes(&again, &fresh);
        }
    }
}

/* Steps side by side take what each takes alone: contexts from short to beyond a cap, across cells of the grid, on chips that repeat themselves too. */
static void a_run_takes_what_its_steps_take(void **state)
{
    world *w = *state;
    enum { STEPS = 5 * ORR_DECODE_LANES };
    for (int i = 0; i < CORRECTED; i++) {
        const corrected c = next_corrected(w, RESIDUALS_DRAWN);
        orr_perf *perf = orr_perf_prepare_on(&c.study, &(orr_perf_basis){.coefficients = &c.coefficients, .residuals = pick(w, 4) ? c.residuals : NULL}, w->arena, NULL);
        perf->machine.repeats = pick(w, 4) == 0;
        orr_decode_memo memo = {0};
        for (int round = 0; round < 20; round++) {
            const int64_t count = 1 + pick(w, pick(w, 2) ? 4 : 900), context = 1 + pick(w, pick(w, 2) ? 300 : 100000), apart = pick(w, 2) * pick(w, context);
            orr_decode_run run = {.first = equal_contexts(&c.study, count, context), .steps = 1 + pick(w, STEPS)};
            run.growing_count = run.first.capped_tokens < run.first.context_tokens ? pick(w, count) : count;
            run.first.context_squares += (double)count * (double)apart * (double)apart;
            const double other_ns = scale(w, 1, 1e8), host_ns = pick(w, 3) ? scale(w, 1, 1e8) : 0;
            double times_ns[STEPS];
            orr_perf_decode_run_ns(perf, &run, other_ns, host_ns, &memo, times_ns);
            for (int64_t k = 0; k < run.steps; k++) {
                const double ahead = (double)k;
                const orr_decode_sums sums = {count, run.first.context_tokens + k * count, run.first.capped_tokens + k * run.growing_count, run.first.context_squares + ahead * (2.0 * (double)run.first.context_tokens + ahead * (double)count)};
                const double alone_ns = orr_perf_join_ns(perf, other_ns + decode_ns(perf, sums), host_ns);
                if (memcmp(&alone_ns, &times_ns[k], sizeof alone_ns) != 0) fail_msg("step %lld of %lld requests: %.17g ns alone, %.17g ns in a run (%s)", (long long)k, (long long)count, alone_ns, times_ns[k], c.study.model.name);
            }
        }
    }
}

static void same_sum(double a, double b, const char *what)
{
    if (!(fabs(a - b) <= 1e-12 * fabs(a))) fail_msg("%s: %.17g step by step, %.17g in sums", what, a, b);
}

/* Steps tallied take what each takes, their other costs all together what they sum up to. */
static void a_tally_tells_what_its_steps_cost(void **state)
{
    world *w = *state;
    int told = 0;
    for (int i = 0; i < CORRECTED; i++) {
        const corrected c = next_corrected(w, RESIDUALS_DRAWN);
        const orr_perf *perf = orr_perf_prepare_on(&c.study, &(orr_perf_basis){.coefficients = &c.coefficients, .residuals = pick(w, 4) ? c.residuals : NULL}, w->arena, NULL);
        if (!orr_decode_tally_tells(perf)) continue;
        told++;
        orr_decode_memo memo = {0}, other_memo = {0};
        orr_decode_tally tally;
        orr_cost sum = {0}, step;
        orr_decode_tally_init(&tally, perf);
        for (int k = 0; k < 100; k++) {
            const orr_decode_sums sums = equal_contexts(&c.study, 1 + pick(w, pick(w, 2) ? 4 : 900), 1 + pick(w, pick(w, 2) ? 300 : 100000));
            const double times = pick(w, 2) ? 1 : 0.5 * (double)(1 + pick(w, 20)), time_ns = orr_decode_tally_add(&tally, perf, &sums, times, &memo);
            orr_perf_decode_attention_again(perf, &sums, &other_memo, &step);
            if (memcmp(&time_ns, &step.time_ns, sizeof time_ns) != 0) fail_msg("%.17g ns tallied, %.17g ns alone (%s)", time_ns, step.time_ns, c.study.model.name);
            orr_cost_add(&sum, &step, times);
        }
        const orr_cost tallied = orr_decode_tally_cost(&tally, perf);
        same_sum(sum.time_ns, tallied.time_ns, "time");
        same_sum(sum.flop, tallied.flop, "FLOP");
        same_sum(sum.memory_bytes, tallied.memory_bytes, "bytes");
        same_sum(sum.link_bytes, tallied.link_bytes, "link bytes");
        same_sum(sum.energy_j, tallied.energy_j, "energy");
        same_sum(sum.compute_limit_ns, tallied.compute_limit_ns, "compute limit");
        same_sum(sum.memory_limit_ns, tallied.memory_limit_ns, "memory limit");
        same_sum(sum.link_limit_ns, tallied.link_limit_ns, "link limit");
    }
    assert_true(told > CORRECTED / 4);
}

/* The errors of the lines, line by line, and of the step: `less` must not be surer than `more`. */
static void is_no_surer(const orr_perf *less, const orr_perf *more, const corrected *c, world *w, const char *what)
{
    const orr_decode_sums decode = equal_contexts(&c->study, 1 + pick(w, 300), 1 + pick(w, 10000));
    const orr_prefill_chunk chunk = {1 + pick(w, 4000), pick(w, 4000)};
    const int chunk_count = (int)pick(w, 2);
    const orr_step_explanation a = orr_perf_explain(less, &decode, &chunk, chunk_count, w->arena), b = orr_perf_explain(more, &decode, &chunk, chunk_count, w->arena);
    assert_int_equal(a.line_count, b.line_count);
    for (size_t i = 0; i < a.line_count; i++) {
        assert_string_equal(a.lines[i].name, b.lines[i].name);
        if (!(a.lines[i].log_error >= b.lines[i].log_error)) fail_msg("%s: %s is off by %.4f, measured by %.4f", what, a.lines[i].name, a.lines[i].log_error, b.lines[i].log_error);
        if (!(b.lines[i].log_error > 0)) fail_msg("%s has no error (%s)", b.lines[i].name, c->study.model.name);
    }
    if (!(a.log_error >= b.log_error * (1 - 1e-12))) fail_msg("%s: a step is off by %.4f, measured by %.4f", what, a.log_error, b.log_error);
}

static void what_was_measured_is_surest(void **state)
{
    world *w = *state;
    static const orr_provenance given = {.path = "hardware.chip.memory.bandwidth", .origin = ORR_ORIGIN_STUDY};
    for (int i = 0; i < CORRECTED; i++) {
        const corrected same = next_corrected(w, RESIDUALS_OF_FACTOR_1), drawn = next_corrected(w, RESIDUALS_DRAWN);
        orr_study altered = drawn.study, universal = same.study;
        altered.provenance = &given;
        altered.provenance_count = 1;
        universal.calibration = ORR_CALIBRATION_UNIVERSAL;
        is_no_surer(orr_perf_prepare_on(&altered, &(orr_perf_basis){.coefficients = &drawn.coefficients, .residuals = drawn.residuals}, w->arena, NULL), drawn.real, &drawn, w, "an altered chip");
        is_no_surer(orr_perf_prepare_on(&universal, &(orr_perf_basis){.coefficients = &same.coefficients, .residuals = same.residuals}, w->arena, NULL), same.real, &same, w, "the universal model");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_bound_is_below_the_time, set_up, tear_down), cmocka_unit_test_setup_teardown(a_bound_keeps_time_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(factor_1_changes_nothing, set_up, tear_down), cmocka_unit_test_setup_teardown(a_memo_changes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_run_takes_what_its_steps_take, set_up, tear_down), cmocka_unit_test_setup_teardown(a_tally_tells_what_its_steps_cost, set_up, tear_down), cmocka_unit_test_setup_teardown(what_was_measured_is_surest, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
