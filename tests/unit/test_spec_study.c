/* Studies: references, overrides, extends, --set, resolved.yaml. */
#include "spec_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/file.h"
#include "spec/field.h"

#define SET(...) (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)

static void defaults_and_profile(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    orr_study *s = spec_bind(&f, spec_small_study, NULL, 0);
    assert_string_equal(s->model.name, "meta-llama/Llama-3.1-8B-Instruct");
    assert_int_equal(s->hardware.chip_count, 8);
    assert_int_equal(s->hardware.node.chip_count, 8);
    assert_int_equal(s->engine.max_num_seqs, 256);
    assert_true(s->engine.host_per_step_ns > 1e5);
    assert_int_equal(s->engine.kv_cache_dtype, ORR_DTYPE_BF16);
    assert_int_equal(s->engine.weight_dtype, ORR_DTYPE_BF16);
    assert_int_equal(s->serving.replicas, 8);
    assert_int_equal(s->traffic.load, ORR_LOAD_OPEN_POISSON);
    assert_int_equal(s->seed, 1);
    assert_true(s->provenance_count > 50);
    spec_end(&f);
}

static void settings_override(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    orr_study *s = spec_bind(&f, spec_small_study, SET("engine.tensor_parallel_size=4", "hardware.chip.memory.bandwidth=4 TB/s", "engine.profile=sglang", "traffic.load={concurrency: 7}", "model=Qwen/Qwen3-8B"));
    assert_int_equal(s->engine.tensor_parallel_size, 4);
    assert_true(s->hardware.chip.memory_bytes_per_s > 3.99e12 && s->hardware.chip.memory_bytes_per_s < 4.01e12);
    assert_string_equal(s->hardware.chip.name, "h100-sxm");
    assert_int_equal(s->engine.block_size, 1);
    assert_int_equal(s->traffic.load, ORR_LOAD_CLOSED);
    assert_int_equal(s->traffic.concurrency, 7);
    assert_string_equal(s->model.name, "Qwen/Qwen3-8B");
    assert_int_equal(s->serving.replicas, 2);
    spec_end(&f);
}

static void node_with_altered_chip(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    orr_study *s = spec_bind(&f, spec_small_study, SET("hardware={node: dgx-h100, nodes: 2, chip: {memory: {capacity: 160 GB}}}"));
    assert_int_equal(s->hardware.chip_count, 16);
    assert_string_equal(s->hardware.chip.name, "h100-sxm");
    assert_true(s->hardware.chip.memory_bytes > 159e9);
    assert_string_equal(s->hardware.fabric.name, s->hardware.node.fabric_name);
    spec_end(&f);
}

static void cited_values_keep_their_origin(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    orr_study *s = spec_bind(&f, spec_small_study, SET("hardware.chip.memory.bandwidth={value: 4 TB/s, origin: assumed, note: on paper}"));
    bool found = false;
    for (size_t i = 0; i < s->provenance_count; i++) {
        if (strcmp(s->provenance[i].path, "hardware.chip.memory.bandwidth") != 0) continue;
        found = true;
        assert_int_equal(s->provenance[i].origin, ORR_ORIGIN_ASSUMED);
        assert_string_equal(s->provenance[i].note, "on paper");
    }
    assert_true(found);
    spec_end(&f);
}

static void presets(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    orr_study *s = spec_bind(&f, spec_small_study, SET("slo={preset: llama3.1-8b-interactive, ttft: {p99: 300 ms, p50: 100 ms}}"));
    assert_true(s->slo.limit_ns[ORR_METRIC_TTFT][ORR_STAT_P99] > 2.99e8 && s->slo.limit_ns[ORR_METRIC_TTFT][ORR_STAT_P99] < 3.01e8);
    assert_true(s->slo.limit_ns[ORR_METRIC_TPOT][ORR_STAT_P99] > 2.99e7 && s->slo.limit_ns[ORR_METRIC_TPOT][ORR_STAT_P99] < 3.01e7);
    assert_true(s->slo.limit_ns[ORR_METRIC_TTFT][ORR_STAT_P50] > 0);
    assert_true(!(s->slo.limit_ns[ORR_METRIC_ITL][ORR_STAT_P99] > 0));
    spec_end(&f);
}

static void quantization_and_dtypes(void **state)
{
    (void)state;
    static const struct { const char *model, *chip, *quantization; orr_dtype weight, compute; } cases[] = {
        {"llama-3.1-8b", "h100-sxm", "none", ORR_DTYPE_BF16, ORR_DTYPE_BF16},       {"llama-3.1-8b", "h100-sxm", "fp8", ORR_DTYPE_FP8, ORR_DTYPE_FP8},
        {"llama-3.1-8b", "a100-sxm-80gb", "fp8", ORR_DTYPE_FP8, ORR_DTYPE_BF16},    {"llama-3.1-8b", "a100-sxm-80gb", "int8", ORR_DTYPE_INT8, ORR_DTYPE_INT8},
        {"llama-3.1-8b", "h100-sxm", "int4", ORR_DTYPE_INT4, ORR_DTYPE_BF16},       {"llama-3.1-8b", "h100-sxm", "fp4", ORR_DTYPE_FP4, ORR_DTYPE_BF16},
        {"llama-3.1-8b", "b200-sxm", "fp4", ORR_DTYPE_FP4, ORR_DTYPE_FP4},          {"deepseek-r1", "h200-sxm", "none", ORR_DTYPE_FP8_BLOCK, ORR_DTYPE_FP8},
        {"deepseek-r1", "h200-sxm", "fp8", ORR_DTYPE_FP8_BLOCK, ORR_DTYPE_FP8},     {"deepseek-r1", "h200-sxm", "bf16", ORR_DTYPE_BF16, ORR_DTYPE_BF16},
        {"gpt-oss-120b", "h100-sxm", "none", ORR_DTYPE_FP4, ORR_DTYPE_BF16},        {"kimi-k2.5", "h200-sxm", "none", ORR_DTYPE_INT4, ORR_DTYPE_BF16},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spec_fixture f = spec_begin();
        const char *const settings[] = {orr_arena_printf(f.arena, "model=%s", cases[i].model), orr_arena_printf(f.arena, "hardware.chip=%s", cases[i].chip),
                                        orr_arena_printf(f.arena, "engine.quantization=%s", cases[i].quantization), "engine.tensor_parallel_size=8"};
        orr_study *s = spec_bind(&f, spec_small_study, settings, 4);
        assert_int_equal(s->engine.weight_dtype, cases[i].weight);
        assert_int_equal(s->engine.compute_dtype, cases[i].compute);
        spec_end(&f);
    }
}

/* --- resolved.yaml --- */

static orr_text without_comments(const orr_study *study)
{
    orr_text full = {0}, bare = {0};
    orr_study_resolved(study, &full);
    for (const char *line = full.bytes; *line;) {
        const char *end = strchr(line, '\n'), *comment = strstr(line, "    # ");
        size_t length = (size_t)(end - line);
        if (comment && comment < end) length = (size_t)(comment - line);
        orr_text_append_bytes(&bare, line, length);
        orr_text_append(&bare, "\n");
        line = end + 1;
    }
    orr_text_free(&full);
    return bare;
}

/* Everything but pointers, bit for bit. */
static void expect_same_bits(const orr_study *a, const orr_study *b)
{
#define SAME_FROM(part, first) assert_memory_equal((const char *)&a->part + offsetof(__typeof__(a->part), first), (const char *)&b->part + offsetof(__typeof__(a->part), first), sizeof a->part - offsetof(__typeof__(a->part), first))
    SAME_FROM(model, hidden_size);
    SAME_FROM(hardware.chip, year);
    SAME_FROM(hardware.node, chip_count);
    SAME_FROM(hardware.fabric, topology);
    assert_int_equal(a->hardware.nodes, b->hardware.nodes);
    assert_int_equal(a->hardware.chip_count, b->hardware.chip_count);
    SAME_FROM(engine, weight_dtype);
    assert_int_equal(a->engine.tensor_parallel_size, b->engine.tensor_parallel_size);
    assert_int_equal(a->engine.pipeline_parallel_size, b->engine.pipeline_parallel_size);
    SAME_FROM(serving, mode);
    SAME_FROM(traffic.workload, input);
    SAME_FROM(traffic, input_tokens);
    SAME_FROM(slo, limit_ns);
    assert_int_equal(a->objective, b->objective);
    assert_int_equal(a->seed, b->seed);
#undef SAME_FROM
}

static void expect_round_trip(const char *text, const char *const *settings, size_t count)
{
    spec_fixture f = spec_begin();
    orr_study *first = spec_bind(&f, text, settings, count);
    orr_text written = {0};
    orr_study_resolved(first, &written);
    orr_study *second = spec_bind(&f, orr_arena_strdup(f.arena, written.bytes), NULL, 0);
    expect_same_bits(first, second);
    orr_text a = without_comments(first), b = without_comments(second);
    assert_string_equal(a.bytes, b.bytes);
    orr_text_free(&a);
    orr_text_free(&b);
    orr_text_free(&written);
    spec_end(&f);
}

static void resolved_binds_to_the_same(void **state)
{
    (void)state;
    expect_round_trip(spec_small_study, NULL, 0);
    expect_round_trip(spec_small_study, SET("hardware={node: dgx-h100, nodes: 2}", "engine.tensor_parallel_size=8", "engine.quantization=fp8", "engine.kv_cache_dtype=fp8", "slo={preset: llama2-70b}", "title=\"a: b # c\""));
    expect_round_trip(spec_small_study, SET("hardware.chip.memory.bandwidth=3333333333333.3333 B/s", "engine.host_per_step=1.2345678901234567 ms", "traffic.load={rate: 3.3333333333333335, cv: 2.5}", "objective={maximize: goodput}", "seed=42"));
    expect_round_trip(spec_small_study, SET("model=gemma-3-27b", "model=google/gemma-3-27b-it", "traffic.load={process: all_at_once}"));
    expect_round_trip(spec_small_study, SET("traffic={source: mine, workload: {name: mine, input_tokens: [[0, 1], [0.3, 17.5], [1, 9999]], output_tokens: [[0, 1], [1, 100]], rank_correlation: 0.3, native_rate: 7/s, prefix: {share: 0.5, fraction: 0.25, groups: 10}}, stop: {time: 10 min}}"));
    static const char *const models[] = {"deepseek-v3", "kimi-k2.5", "glm-5", "gpt-oss-20b", "minimax-m2.5", "qwen3.5-397b-a17b", "nemotron-3-nano", "mixtral-8x7b", "llama-4-scout"};
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        char setting[80];
        snprintf(setting, sizeof setting, "model=%s", models[i]);
        size_t count = 0;
        (void)orr_catalogue_entries(ORR_KIND_MODEL, &count);
        if (orr_catalogue_find(ORR_KIND_MODEL, models[i])) expect_round_trip(spec_small_study, (const char *const[]){setting}, 1);
    }
}

/* --- extends --- */

static char folder[] = "/tmp/orrery-test-XXXXXX";

static void write_file(const char *name, const char *text)
{
    char path[128];
    orr_diags *diags = orr_diags_create();
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_true(orr_file_write(path, text, strlen(text), diags));
    orr_diags_destroy(diags);
}

static orr_study_file *read_file(spec_fixture *f, const char *name)
{
    return orr_study_file_read(f->arena, orr_arena_printf(f->arena, "%s/%s", folder, name), NULL, 0, f->diags);
}

static void extends_merges(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    write_file("base.yaml", spec_small_study);
    write_file("middle.yaml", "extends: base.yaml\nengine: {tensor_parallel_size: {choices: [1, 2]}, max_num_seqs: 64}\n");
    write_file("top.yaml", "extends: ./middle.yaml\nengine: {tensor_parallel_size: 2}\ntraffic: {load: {rate: 9/s}}\n");
    orr_study_file *file = read_file(&f, "top.yaml");
    spec_expect_clean(&f);
    orr_study study;
    assert_true(orr_study_bind(file, NULL, f.arena, &study, f.diags));
    assert_int_equal(study.engine.tensor_parallel_size, 2);
    assert_int_equal(study.engine.max_num_seqs, 64);
    assert_int_equal(study.traffic.input_tokens, 1000);
    assert_true(study.traffic.rate_per_s > 8.9);
    spec_end(&f);
}

static void extends_cycles_are_told(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    write_file("a.yaml", "extends: b.yaml\n");
    write_file("b.yaml", "extends: a.yaml\n");
    assert_null(read_file(&f, "a.yaml"));
    spec_expect_report(&f, "goes round in a circle");
    spec_end(&f);
    f = spec_begin();
    write_file("lost.yaml", "extends: nowhere.yaml\n");
    assert_null(read_file(&f, "lost.yaml"));
    spec_expect_report(&f, "there is no file");
    spec_end(&f);
    f = spec_begin();
    write_file("chip.yaml", "extends: chip.yaml\nmemory: {capacity: 100 GB}\n");
    write_file("chip-study.yaml", "extends: base.yaml\nhardware: {chip: chip.yaml}\n");
    assert_null(read_file(&f, "chip-study.yaml"));
    spec_expect_report(&f, "goes round in a circle");
    spec_end(&f);
}

static void files_of_users(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    write_file("big.yaml", "extends: h100-sxm\nname: big\ntitle: An H100 with more memory\nmemory: {capacity: 200 GB}\n");
    write_file("config.json", "{\"architectures\": [\"LlamaForCausalLM\"], \"model_type\": \"llama\", \"hidden_size\": 1024, \"intermediate_size\": 4096, \"num_hidden_layers\": 4,"
                              "\"num_attention_heads\": 16, \"vocab_size\": 32000, \"max_position_embeddings\": 4096, \"torch_dtype\": \"bfloat16\"}");
    write_file("own.yaml", "extends: base.yaml\nmodel: config.json\nhardware: {chip: big.yaml}\n");
    orr_study_file *file = read_file(&f, "own.yaml");
    spec_expect_clean(&f);
    assert_int_equal(file->reference_count, 2);
    orr_study study;
    assert_true(orr_study_bind(file, NULL, f.arena, &study, f.diags));
    assert_string_equal(study.hardware.chip.name, "big");
    assert_true(study.hardware.chip.memory_bytes > 199e9);
    assert_int_equal(study.model.layer_count, 4);
    assert_int_equal(study.model.groups[0].mixer.kv_heads, 16);
    spec_end(&f);
}

static int make_folder(void **state) { (void)state; return mkdtemp(folder) ? 0 : -1; }

static int remove_folder(void **state)
{
    (void)state;
    static const char *const names[] = {"base.yaml", "middle.yaml", "top.yaml", "a.yaml", "b.yaml", "lost.yaml", "chip.yaml", "chip-study.yaml", "big.yaml", "config.json", "own.yaml"};
    char path[128];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        remove(path);
    }
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_and_profile), cmocka_unit_test(settings_override), cmocka_unit_test(node_with_altered_chip), cmocka_unit_test(cited_values_keep_their_origin),
        cmocka_unit_test(presets), cmocka_unit_test(quantization_and_dtypes), cmocka_unit_test(resolved_binds_to_the_same), cmocka_unit_test(extends_merges),
        cmocka_unit_test(extends_cycles_are_told), cmocka_unit_test(files_of_users),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
