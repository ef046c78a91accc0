/* The balance point: less of any rate costs more than is taken for none, more of any gains no more than that; and lines of equal speed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "lab/balance.h"
#include "spec/catalogue.h"

typedef struct explained { orr_arena *arena; orr_diags *diags; orr_study study; orr_study_explanation e; } explained;

static explained explain(const char *path, const char *const *settings, size_t count)
{
    explained x = {.arena = orr_arena_create(), .diags = orr_diags_create()};
    assert_true(orr_catalogue_load(x.diags));
    const orr_study_file *file = orr_study_file_read(x.arena, path, settings, count, x.diags);
    assert_non_null(file);
    assert_true(orr_study_bind(file, NULL, x.arena, &x.study, x.diags));
    assert_true(orr_explain_study(&x.study, NULL, x.arena, &x.e, x.diags));
    assert_non_null(x.e.balance);
    return x;
}

static void release(explained *x)
{
    orr_study_explanation_free(&x->e);
    orr_diags_destroy(x->diags);
    orr_arena_destroy(x->arena);
}

static void hold(const explained *x, bool links)
{
    const orr_balance *b = x->e.balance;
    const double most_ns = b->step_ns * (1 + ORR_BALANCE_LOSS), rounding = 1e-4;
    double together[ORR_RATE_COUNT_];
    for (int r = 0; r < ORR_RATE_COUNT_; r++) {
        together[r] = b->rates[r].together;
        assert_true(b->rates[r].alone > 0 && b->rates[r].alone <= 1 && together[r] > 0 && together[r] <= 1);
    }
    assert_true(b->balanced_ns == orr_balance_step_ns(&x->study, &x->e, together));
    assert_true(b->balanced_ns <= most_ns);
    assert_true((b->rates[ORR_RATE_LINK].together > ORR_BALANCE_LEAST) == links);
    for (int r = 0; r < ORR_RATE_COUNT_; r++) {
        double alone[ORR_RATE_COUNT_] = {1, 1, 1}, moved[ORR_RATE_COUNT_] = {together[0], together[1], together[2]};
        alone[r] = b->rates[r].alone;
        assert_true(orr_balance_step_ns(&x->study, &x->e, alone) <= most_ns);
        moved[r] = 1;
        assert_true(orr_balance_step_ns(&x->study, &x->e, moved) >= b->step_ns * (1 - rounding));
        if (together[r] <= ORR_BALANCE_LEAST) continue;
        alone[r] *= 0.97;
        moved[r] = together[r] * 0.97;
        assert_true(orr_balance_step_ns(&x->study, &x->e, alone) > most_ns);
        assert_true(orr_balance_step_ns(&x->study, &x->e, moved) > most_ns);
    }
    assert_true(b->capacity_needed_bytes > x->e.memory.weights_bytes && b->capacity_needed_bytes <= b->capacity_bytes * (1 + rounding));
}

static void hold_trades(const explained *x)
{
    const orr_balance *b = x->e.balance;
    double before = INFINITY;
    for (int i = 0; i < ORR_BALANCE_TRADES; i++) {
        const orr_balance_trade *t = &b->trades[i];
        if (!isfinite(t->matrix)) {
            assert_true(before == INFINITY);        /* more memory bandwidth never needs more of the other */
            continue;
        }
        const double scale[ORR_RATE_COUNT_] = {t->matrix, t->memory, 1}, less[ORR_RATE_COUNT_] = {t->matrix * 0.97, t->memory, 1};
        assert_true(t->matrix <= before);
        assert_true(orr_balance_step_ns(&x->study, &x->e, scale) <= b->step_ns);
        if (t->matrix > ORR_BALANCE_LEAST) assert_true(orr_balance_step_ns(&x->study, &x->e, less) > b->step_ns);
        before = t->matrix;
    }
    assert_true(isfinite(before) && before < 1);
}

static void one_chip_without_links(void **state)
{
    (void)state;
    static const char *const settings[] = {"traffic.stop.requests=200"};
    explained x = explain("examples/predict-qwen3-14b-h100.yaml", settings, 1);
    hold(&x, false);
    hold_trades(&x);
    release(&x);
}

static void experts_over_links(void **state)
{
    (void)state;
    static const char *const settings[] = {"traffic.stop.requests=200"};
    explained x = explain("examples/predict-deepseek-r1-h200.yaml", settings, 1);
    hold(&x, true);
    hold_trades(&x);
    release(&x);
}

/* Few requests that decode: memory bandwidth binds, the matrix rate and the capacity have slack. */
static void decodes_need_few_operations(void **state)
{
    (void)state;
    static const char *const settings[] = {"traffic.stop.requests=16", "traffic.input_tokens=16", "traffic.output_tokens=1000", "traffic.load={process: closed, concurrency: 4}"};
    explained x = explain("examples/predict-qwen3-14b-h100.yaml", settings, 4);
    hold(&x, false);
    assert_true(x.e.balance->rates[ORR_RATE_MATRIX].together < 0.85 && x.e.balance->rates[ORR_RATE_MEMORY].together > 0.95);
    assert_true(x.e.balance->capacity_needed_bytes < 0.5 * x.e.balance->capacity_bytes);
    release(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_chip_without_links), cmocka_unit_test(experts_over_links), cmocka_unit_test(decodes_need_few_operations)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
