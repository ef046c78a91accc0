/* explain: what is left out of elasticities and sentences, and the typical step with prefill. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "lab/explain.h"
#include "spec/catalogue.h"

typedef struct explained { orr_arena *arena; orr_diags *diags; orr_study study; orr_study_explanation e; } explained;

static explained explain(const char *output_tokens)
{
    explained x = {.arena = orr_arena_create(), .diags = orr_diags_create()};
    assert_true(orr_catalogue_load(x.diags));
    const char *const settings[] = {orr_arena_printf(x.arena, "traffic.output_tokens=%s", output_tokens), "traffic.stop.requests=300"};
    const orr_study_file *file = orr_study_file_read(x.arena, "examples/predict-qwen3-14b-h100.yaml", settings, 2, x.diags);
    assert_non_null(file);
    assert_true(orr_study_bind(file, NULL, x.arena, &x.study, x.diags));
    assert_true(orr_explain_study(&x.study, NULL, x.arena, &x.e, x.diags));
    assert_true(x.e.runs);
    return x;
}

static void release(explained *x)
{
    orr_study_explanation_free(&x->e);
    orr_diags_destroy(x->diags);
    orr_arena_destroy(x->arena);
}

static void wave_rounding_is_no_elasticity(void **state)
{
    (void)state;
    explained x = explain("200");
    assert_true(x.e.elasticity_count > 5);
    assert_string_equal(x.e.elasticities[0].parameter, "chip.memory.bandwidth");
    assert_true(x.e.elasticities[0].tpot < 0);
    for (size_t i = 0; i < x.e.elasticity_count; i++) {
        const orr_elasticity *e = &x.e.elasticities[i];
        assert_string_not_equal(e->parameter, "chip.core.count");
        if (orr_text_starts_with(e->parameter, "chip.compute")) assert_true(e->decode_step < 0.001 && e->mixed_step < 0.001);       /* no rate slows what it doesn't serve */
    }
    release(&x);
}

/* A mixed step has the chunks of the steps that have any, not of all steps. */
static void a_mixed_step_has_a_chunk(void **state)
{
    (void)state;
    explained x = explain("200");
    const orr_run_result *r = &x.e.run;
    assert_true(r->chunks_per_step < 0.5);      /* else the case tells nothing */
    assert_true(x.e.chunk_count >= 1);
    assert_int_equal(x.e.chunk_count, llround(r->chunks_per_mixed_step));
    assert_true(fabs(x.e.mixed_share - (double)r->mixed_steps / (double)r->steps) < 1e-12);
    assert_true(x.e.mixed_step.line_count > 0 && x.e.mixed_step.step_ns > x.e.decode_step.step_ns);
    release(&x);
}

static void without_output_gaps_no_time_between_them(void **state)
{
    (void)state;
    explained x = explain("1");
    assert_true(x.e.why_count > 0);
    for (size_t i = 0; i < x.e.why_count; i++) {
        assert_null(strstr(x.e.why[i], "nan"));
        assert_null(strstr(x.e.why[i], "per output token"));
    }
    release(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(wave_rounding_is_no_elasticity), cmocka_unit_test(a_mixed_step_has_a_chunk), cmocka_unit_test(without_output_gaps_no_time_between_them)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
