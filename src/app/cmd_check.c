/* orrery check: is this study right, what does it search, and what does it resolve to? */
#include <inttypes.h>
#include <stdio.h>
#include "app/study_verb.h"
#include "app/verbs.h"
#include "base/file.h"
#include "spec/catalogue.h"
#include "spec/study.h"

typedef struct check_options { orr_option_list settings; const char *resolved_path; bool schema; } check_options;

static const orr_option options[] = {
    {.name = "set", .letter = 's', .kind = ORR_OPTION_LIST, .offset = offsetof(check_options, settings), .argument = "PATH=VALUE", .doc = "override a value: --set engine.tensor_parallel_size=4"},
    {.name = "write-resolved", .kind = ORR_OPTION_TEXT, .offset = offsetof(check_options, resolved_path), .argument = "FILE", .doc = "write every value of the one system (- for stdout)"},
    {.name = "schema", .kind = ORR_OPTION_FLAG, .offset = offsetof(check_options, schema), .doc = "print the JSON Schema of studies, for editors"},
};

static void describe_system(const orr_study *study, orr_text *out)
{
    const orr_engine *e = &study->engine;
    orr_text_printf(out, "model      %s\n", study->model.name);
    orr_text_printf(out, "hardware   %" PRId64 " x %s", study->hardware.chip_count, study->hardware.chip.name);
    if (study->hardware.nodes > 1 || !orr_text_ends_with(study->hardware.node.name, study->hardware.chip.name))
        orr_text_printf(out, ", in %" PRId64 " x %s", study->hardware.nodes, study->hardware.node.name);
    orr_text_append(out, "\n");
    orr_text_printf(out, "engine     %s, TP %" PRId64, e->profile, e->tensor_parallel_size);
    if (orr_engine_context_ranks(e) > 1) orr_text_printf(out, " x PCP %" PRId64, e->prefill_context_parallel_size);
    orr_text_printf(out, " x PP %" PRId64 " x DP %" PRId64, e->pipeline_parallel_size, e->data_parallel_size);
    if (e->decode_context_parallel_size > 1) orr_text_printf(out, ", DCP %" PRId64, e->decode_context_parallel_size);
    orr_text_printf(out, ", weights %s, products %s, KV cache %s\n", orr_dtype_name(e->weight_dtype), orr_dtype_name(e->compute_dtype), orr_dtype_name(e->kv_cache_dtype));
    const orr_attention_ffn *apart = &e->attention_ffn;
    if (apart->ffn_devices > 0)
        orr_text_printf(out, "FFN        on %" PRId64 " x %s beside %" PRId64 " for attention, %" PRId64 " micro-batch%s\n", apart->ffn_devices, orr_ffn_has_hardware(apart) ? apart->hardware.chip.name : study->hardware.chip.name,
                        orr_engine_attention_chips(e), apart->micro_batches, apart->micro_batches == 1 ? "" : "es");
    orr_text_printf(out, "serving    %" PRId64 " replica%s\n", study->serving.replicas, study->serving.replicas == 1 ? "" : "s");
    orr_text_append(out, "traffic    ");
    if (study->traffic.source) orr_text_append(out, study->traffic.source);
    for (int64_t i = 0; i < study->traffic.tenants.count; i++) orr_text_printf(out, "%s%s (%s)", i ? ", " : "", study->traffic.tenants.items[i].name, study->traffic.tenants.items[i].traffic.source);
    orr_text_append(out, "\n");
}

static void describe_domains(const orr_study_file *file, orr_text *out)
{
    double points = 1;
    for (size_t i = 0; i < file->domain_count; i++) {
        const orr_domain *domain = &file->domains[i];
        points *= (double)domain->choice_count;
        orr_text_printf(out, "domain     %s:", domain->path);
        for (size_t k = 0; k < domain->choice_count && k < 12; k++) orr_text_printf(out, " %s", domain->choices[k]);
        if (domain->choice_count > 12) orr_text_printf(out, " .. %s", domain->choices[domain->choice_count - 1]);
        orr_text_append(out, "\n");
    }
    orr_text_printf(out, "systems    %.0f\n", points);
}

static int write_resolved(const orr_study *study, const char *path, orr_diags *diags)
{
    orr_text text = {0};
    orr_study_resolved(study, &text);
    bool good = true;
    if (orr_text_equal(path, "-")) fputs(text.bytes, stdout);
    else good = orr_file_write(path, text.bytes, text.length_bytes, diags);
    orr_text_free(&text);
    return good ? ORR_EXIT_DONE : ORR_EXIT_ENVIRONMENT;
}

static int check(const check_options *given, const char *path, orr_arena *arena, orr_diags *diags)
{
    orr_text summary = {0};
    orr_study study;
    orr_study_file *file = orr_app_read_study(path, &given->settings, arena, diags);
    if (!file) return orr_app_exit_code(diags, ORR_EXIT_USAGE);
    bool one_system = file->domain_count == 0;
    if ((one_system || given->resolved_path) && !orr_study_bind(file, NULL, arena, &study, diags)) return orr_app_exit_code(diags, ORR_EXIT_USAGE);
    if (given->resolved_path) {
        int code = write_resolved(&study, given->resolved_path, diags);
        if (code != ORR_EXIT_DONE || orr_text_equal(given->resolved_path, "-")) return code;
    }
    orr_text_printf(&summary, "%s is right\n", path);
    if (one_system) describe_system(&study, &summary);
    else describe_domains(file, &summary);
    fputs(summary.bytes, stdout);
    orr_text_free(&summary);
    return ORR_EXIT_DONE;
}

static int run(const orr_verb *verb, int argc, char **argv)
{
    check_options given = {0};
    const char *arguments[argc + 1];
    int count = 0, code = orr_options_parse(verb, argc, argv, &given, arguments, &count);
    if (code >= 0) { orr_options_free(verb, &given); return code; }
    if (given.schema) {
        orr_text schema = {0};
        orr_study_json_schema(&schema);
        fputs(schema.bytes, stdout);
        orr_text_free(&schema);
        code = ORR_EXIT_DONE;
    } else if (count == 0) {
        fputs("error: no study is named\n  hint: orrery check STUDY.yaml, or orrery check --schema.\n", stderr);
        code = ORR_EXIT_USAGE;
    } else {
        orr_arena *arena = orr_arena_create();
        orr_diags *diags = orr_diags_create();
        code = check(&given, arguments[0], arena, diags);
        orr_app_print_diags(diags);
        size_t errors = orr_diags_error_count(diags);
        if (errors) fprintf(stderr, "%zu error%s\n", errors, orr_app_plural(errors));
        orr_diags_destroy(diags);
        orr_arena_destroy(arena);
    }
    orr_options_free(verb, &given);
    return code;
}

const orr_verb orr_verb_check = {
    .name = "check", .summary = "say whether a study is right, and what it stands for", .usage = "STUDY [options]",
    .details = "Reports every mistake of the study in one go, with its place and the way out. A study without domains is one system: it is laid out and\n"
               "described; one with domains is a search: its axes are listed.",
    .options = options, .option_count = sizeof options / sizeof *options, .min_arguments = 0, .max_arguments = 1, .run = run,
};
