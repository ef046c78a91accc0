/* Routers and admission in the study language: what they need, what is written of them, what does not go together. */
#include "spec_support.h"

#include <string.h>

#define HEAD(load) "schema: orrery/v1\nmodel: meta-llama/Llama-3.1-8B-Instruct\nhardware: {chip: h100-sxm, chips: 2}\ntraffic: {source: fixed, input_tokens: 100, output_tokens: 10, load: {" load "}, stop: {requests: 10}}\n"
#define SERVING(rest) HEAD("rate: 1/s") "serving: {" rest "}\n"

/* Resolved, a study says what its router asks for and no more, and reads back to itself. */
static void what_counts_is_written(void **state)
{
    (void)state;
    static const struct { const char *text; bool routing, admission; } cases[] = {
        {SERVING("router: least_loaded, routing: {prefix_weight: 2}"), false, false}, {SERVING("router: kv_aware, routing: {report_interval: 2 s}"), true, false},
        {SERVING("router: slo_lanes, routing: {lanes: [1, 3]}, admission: {policy: queue, max_queue: 7}"), true, true}, {SERVING("admission: {max_queue: 7}"), false, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spec_fixture f = spec_begin(), again = spec_begin();
        orr_text resolved = {0}, twice = {0};
        orr_study_resolved(spec_bind(&f, cases[i].text, NULL, 0), &resolved);
        assert_true((strstr(resolved.bytes, "\n  routing:\n") != NULL) == cases[i].routing);
        assert_true((strstr(resolved.bytes, "\n  admission:\n") != NULL) == cases[i].admission);
        const orr_study *study = spec_bind(&again, resolved.bytes, NULL, 0);
        orr_study_resolved(study, &twice);
        assert_true(!cases[i].admission || (study->serving.admission.max_queue == 7 && study->serving.routing.lanes.count == 2));
        orr_text_free(&resolved);
        orr_text_free(&twice);
        spec_end(&f);
        spec_end(&again);
    }
}

static void what_does_not_go_together(void **state)
{
    (void)state;
    static const struct { const char *text, *says; } wrong[] = {
        {SERVING("router: slo_lanes"), "serving.routing.lanes is not given"},
        {SERVING("router: slo_lanes, routing: {lanes: [1, 1, 1]}"), "routing.lanes has 3 shares, and there are 2 replicas"},
        {SERVING("router: slo_lanes, routing: {lanes: [0, 0]}"), "are all 0"},
        {SERVING("admission: {policy: deadline}"), "nothing limits TTFT"},
        {SERVING("router: random_walk"), "random_walk"},
        {HEAD("concurrency: 4") "serving: {admission: {policy: tokens}}\n", "the load is closed"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        spec_fixture f = spec_begin();
        orr_study study;
        const orr_study_file *file = spec_read(&f, wrong[i].text, NULL, 0);
        assert_true(file == NULL || !orr_study_bind(file, NULL, f.arena, &study, f.diags));
        spec_expect_report(&f, wrong[i].says);
        spec_end(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_counts_is_written), cmocka_unit_test(what_does_not_go_together)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
