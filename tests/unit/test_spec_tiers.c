/* Caches and tiers in the study language: stores by name, in a list or by name, what does not go together. */
#include "spec_support.h"

#include <string.h>

#define HEAD "schema: orrery/v1\nmodel: meta-llama/Llama-3.1-8B-Instruct\nhardware: {chip: h100-sxm, chips: 1}\ntraffic: {source: fixed, input_tokens: 100, output_tokens: 10, load: {rate: 1/s}, stop: {requests: 10}}\n"
#define ENGINE(rest) HEAD "engine: {profile: vllm, quantization: fp8, " rest "}\n"

static void stores_give_what_tiers_leave_open(void **state)
{
    (void)state;
    static const char *const forms[] = {
        ENGINE("cache: radix, cache_eviction: lfu, kv_fetch: always, kv_tiers: [{name: host, store: cpu-offload}, {name: ssd, store: nvme-gen5, capacity: 1 TB, via: host, shared: node, prefetch: at_arrival}]"),
        ENGINE("cache: radix, cache_eviction: lfu, kv_fetch: always, kv_tiers: {host: {store: host-ddr5-pcie5}, ssd: {store: local-ssd, capacity: 1 TB, via: host, shared: node, prefetch: at_arrival}}")};
    for (int i = 0; i < 2; i++) {
        spec_fixture f = spec_begin();
        const orr_study *study = spec_bind(&f, forms[i], NULL, 0);
        const orr_engine *e = &study->engine;
        assert_true(e->cache == ORR_CACHE_RADIX && e->cache_eviction == ORR_EVICT_LFU && e->kv_fetch == ORR_FETCH_ALWAYS && e->kv_tiers.count == 2);
        const orr_kv_tier_spec *host = &e->kv_tiers.items[0], *ssd = &e->kv_tiers.items[1];
        assert_string_equal(host->store.name, "host");
        assert_true(host->store.per == ORR_STORE_PER_CHIP && host->store.capacity_bytes > 2.5e11 && host->shared == ORR_SHARED_ENGINE && host->write == ORR_WRITE_ON_EVICT && host->via == NULL);
        assert_string_equal(ssd->store.name, "ssd");
        assert_string_equal(ssd->via, "host");
        assert_true(ssd->store.capacity_bytes > 0.99e12 && ssd->store.capacity_bytes < 1.01e12 && ssd->store.read_bytes_per_s > 1.39e10 && ssd->shared == ORR_SHARED_NODE && ssd->prefetch == ORR_FETCH_AT_ARRIVAL);
        orr_text resolved = {0}, twice = {0};       /* reads back to itself */
        orr_study_resolved(study, &resolved);
        spec_fixture again = spec_begin();
        orr_study_resolved(spec_bind(&again, resolved.bytes, NULL, 0), &twice);
        assert_non_null(strstr(twice.bytes, "    ssd:\n      name: ssd\n"));
        orr_text_free(&resolved);
        orr_text_free(&twice);
        spec_end(&again);
        spec_end(&f);
    }
}

/* Prefill engines have the study's tiers, or their own. */
static void prefill_engines_inherit_tiers(void **state)
{
    (void)state;
    static const char *const pools[] = {"serving: {mode: disaggregated, prefill: {replicas: 1}}\n", "serving: {mode: disaggregated, prefill: {replicas: 1, engine: {kv_tiers: {ssd: {store: nvme}, far: {store: remote, write: none}}}}}\n"};
    for (int i = 0; i < 2; i++) {
        spec_fixture f = spec_begin();
        orr_text text = {0};
        orr_text_printf(&text, "%s%s", "schema: orrery/v1\nmodel: meta-llama/Llama-3.1-8B-Instruct\nhardware: {chip: h100-sxm, chips: 2}\ntraffic: {source: fixed, input_tokens: 100, output_tokens: 10, load: {rate: 1/s}, stop: {requests: 10}}\n"
            "engine: {profile: vllm, kv_tiers: {host: {store: host-ddr5-pcie5}}}\n", pools[i]);
        const orr_study *study = spec_bind(&f, text.bytes, NULL, 0);
        const orr_kv_tier_specs *tiers = &study->serving.prefill.engine.kv_tiers;
        assert_int_equal(study->engine.kv_tiers.count, 1);
        assert_int_equal(tiers->count, i + 1);
        assert_string_equal(tiers->items[0].store.name, i == 0 ? "host" : "ssd");
        if (i == 1) assert_true(tiers->items[0].store.latency_ns > 0 && tiers->items[1].write == ORR_WRITE_NONE);
        orr_text_free(&text);
        spec_end(&f);
    }
}

static void what_does_not_go_together(void **state)
{
    (void)state;
    static const struct { const char *engine, *says; } wrong[] = {
        {ENGINE("kv_tiers: {a: {store: nvme-gen7}}"), "no store \"nvme-gen7\""},
        {ENGINE("kv_tiers: [{store: nvme}]"), "a tier has no name"},
        {ENGINE("kv_tiers: [{name: a, store: nvme}, {name: a, store: nvme}]"), "two tiers are called \"a\""},
        {ENGINE("kv_tiers: {a: {capacity: 5 GB}}"), "read_bandwidth is missing"},
        {ENGINE("kv_tiers: {a: {store: nvme, via: b}}"), "goes via \"b\", which is no tier before it"},
        {ENGINE("kv_tiers: {a: {store: nvme, shared: cluster}, b: {store: nvme, via: a}}"), "which more engines share"},
        {ENGINE("kv_tiers: {a: {store: nvme, exclusive: true, write: through}}"), "is exclusive, and not written on_evict"},
        {ENGINE("enable_prefix_caching: false, kv_tiers: {a: {store: nvme}}"), "engine.kv_tiers is given, and enable_prefix_caching is off"},
        {ENGINE("enable_prefix_caching: false, cache_eviction: lfu"), "engine.cache_eviction is given, and enable_prefix_caching is off"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        spec_fixture f = spec_begin();
        const orr_study_file *file = spec_read(&f, wrong[i].engine, NULL, 0);
        orr_study study;
        assert_true(file == NULL || !orr_study_bind(file, NULL, f.arena, &study, f.diags));
        spec_expect_report(&f, wrong[i].says);
        spec_end(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(stores_give_what_tiers_leave_open), cmocka_unit_test(prefill_engines_inherit_tiers), cmocka_unit_test(what_does_not_go_together)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
