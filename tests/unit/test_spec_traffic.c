/* Traffic in the study language: tenants by name or in a list, defaults that follow, combinations that make no sense. */
#include "spec_support.h"

#include <string.h>

#define HEAD "schema: orrery/v1\nmodel: meta-llama/Llama-3.1-8B-Instruct\nhardware: {chip: h100-sxm, chips: 1}\nengine: {profile: vllm, quantization: fp8}\n"
#define FIXED "source: fixed, input_tokens: 100, output_tokens: 10"

static void tenants_in_a_list_or_by_name(void **state)
{
    (void)state;
    static const char *const forms[] = {
        HEAD "traffic: {tenants: [{name: a, " FIXED ", load: {rate: 3/s}, priority: -1}, {name: b-2, source: azure-conv-2023, load: {diurnal: {amplitude: 1}}}], stop: {requests: 10}}\n",
        HEAD "traffic: {tenants: {a: {" FIXED ", load: {rate: 3/s}, priority: -1}, b-2: {source: azure-conv-2023, load: {diurnal: {amplitude: 1}}}}, stop: {requests: 10}}\n"};
    for (int i = 0; i < 2; i++) {
        spec_fixture f = spec_begin();
        const orr_study *study = spec_bind(&f, forms[i], NULL, 0);
        const orr_traffic *t = &study->traffic;
        assert_true(t->kind == ORR_SOURCE_MIX && t->tenants.count == 2 && t->load == ORR_LOAD_OPEN_POISSON);
        assert_string_equal(t->tenants.items[0].name, "a");
        assert_string_equal(t->tenants.items[1].name, "b-2");
        assert_int_equal(t->tenants.items[0].priority, -1);
        assert_int_equal(t->tenants.items[1].traffic.load, ORR_LOAD_OPEN_DIURNAL);
        assert_true(t->tenants.items[1].traffic.shape.period_ns > 8.63e13 && t->tenants.items[1].traffic.shape.amplitude > 0.99 && t->tenants.items[1].traffic.rate_per_s > 5);
        orr_text resolved = {0};            /* reads back to itself */
        orr_study_resolved(study, &resolved);
        spec_fixture again = spec_begin();
        orr_text twice = {0};
        orr_study_resolved(spec_bind(&again, resolved.bytes, NULL, 0), &twice);
        assert_non_null(strstr(twice.bytes, "    b-2:\n      name: b-2\n"));
        orr_text_free(&resolved);
        orr_text_free(&twice);
        spec_end(&again);
        spec_end(&f);
    }
}

static void what_does_not_go_together(void **state)
{
    (void)state;
    static const struct { const char *traffic, *says; } wrong[] = {
        {"{tenants: [{name: a, " FIXED ", share: 1}, {name: b, " FIXED "}], load: {rate: 1/s}, stop: {requests: 10}}", "some tenants have a share"},
        {"{tenants: [{name: a, " FIXED ", load: {rate: 1/s}}, {name: a, " FIXED "}], stop: {requests: 10}}", "two tenants are called \"a\""},
        {"{tenants: [{" FIXED "}], stop: {requests: 10}}", "a tenant has no name"},
        {"{tenants: {a.b: {" FIXED "}}, stop: {requests: 10}}", "\"a.b\" can't be a tenant's name"},
        {"{tenants: {a: {" FIXED ", load: {rate: 1/s}}}}", "traffic never ends"},
        {"{tenants: {a: {" FIXED ", load: {concurrency: 4}}}, stop: {requests: 10}}", "a tenant's own load is open"},
        {"{tenants: {a: {" FIXED ", load: {rate: 1/s}, slo: {itl: {p99: 1 s}}}}, stop: {requests: 10}}", "not told apart by tenant"},
        {"{" FIXED ", tenants: {a: {" FIXED ", load: {rate: 1/s}}}, stop: {requests: 10}}", "stands beside tenants"},
        {"{tenants: {a: {" FIXED ", share: 1, load: {rate: 1/s}}}, load: {rate: 1/s}, stop: {requests: 10}}", "either a share of the mix's load or a load of its own"},
        {"{" FIXED ", load: {rate: 1/s, mmpp: {rates: [1, 2], dwell_s: [1, 2, 3]}}, stop: {requests: 10}}", "as many dwell_s"},
        {"{" FIXED ", load: {rate: 1/s, spikes: {duration: 10 min, interval: 1 min}}, stop: {requests: 10}}", "a spike's duration"},
        {"{" FIXED ", load: {rate: 1/s, process: poisson, diurnal: {amplitude: 0.2}}, stop: {requests: 10}}", "load.diurnal stands beside another process"},
        {"{" FIXED ", load: {rate: 1/s}, sessions: {think_time: 1 s}, stop: {requests: 10}}", "sessions have no turns"},
        {"{" FIXED ", load: {rate: 1/s, concurrency: 3}, sessions: {turns: 4}, stop: {requests: 10}}", "sessions with open arrivals"},
        {"{tenants: {a: {" FIXED ", load: {rate: 1/s}, sessions: {turns: 2}}}, load: {concurrency: 3}, stop: {requests: 10}}", "sessions with open arrivals"},
        {"{" FIXED ", load: {rate: 1/s}, window: {start: 1 s}, stop: {requests: 10}}", "traffic.window is for a trace"},
        {"{source: azure-conv-2023, prefix: {share: 1}, stop: {requests: 10}}", "traffic.prefix is for fixed lengths"},
        {"{load: {rate: 1/s}, stop: {requests: 10}}", "traffic.source is missing"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        spec_fixture f = spec_begin();
        orr_text text = {0};
        orr_text_printf(&text, "%straffic: %s\n", HEAD, wrong[i].traffic);
        orr_study_file *file = spec_read(&f, text.bytes, NULL, 0);
        assert_null(file);
        spec_expect_report(&f, wrong[i].says);
        spec_end(&f);
        orr_text_free(&text);
    }
}

static void belady_foresees_no_sessions(void **state)
{
    (void)state;
    static const char *const settings[] = {"engine.cache_eviction=belady"};
    spec_fixture f = spec_begin();
    assert_null(spec_read(&f, HEAD "traffic: {" FIXED ", load: {rate: 1/s}, sessions: {turns: 3}, stop: {requests: 10}}\n", settings, 1));
    spec_expect_report(&f, "belady looks ahead");
    spec_end(&f);
}

static void settings_reach_a_tenant(void **state)
{
    (void)state;
    static const char *const settings[] = {"traffic.tenants.a.load.rate=7/s"};
    spec_fixture f = spec_begin();
    const orr_study *study = spec_bind(&f, HEAD "traffic: {tenants: {a: {" FIXED ", load: {rate: 3/s}}}, stop: {requests: 10}}\n", settings, 1);
    assert_true(study->traffic.tenants.items[0].traffic.rate_per_s > 6.99 && study->traffic.rate_per_s > 6.99);
    spec_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(tenants_in_a_list_or_by_name), cmocka_unit_test(what_does_not_go_together), cmocka_unit_test(belady_foresees_no_sessions), cmocka_unit_test(settings_reach_a_tenant)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
