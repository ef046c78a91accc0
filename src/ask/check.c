/* check: is this study right, what does it search, and what does it resolve to? */
#include <inttypes.h>
#include "ask/ask.h"

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
    for (int64_t g = 0; g < study->serving.groups.count; g++) {
        const orr_group *group = &study->serving.groups.items[g];
        orr_text_printf(out, "  %s: %" PRId64 " of %s, TP %" PRId64 " x PP %" PRId64 " x DP %" PRId64 ", on %" PRId64 " x %s\n", group->name, group->replicas, group->engine.profile, group->engine.tensor_parallel_size,
                        group->engine.pipeline_parallel_size, group->engine.data_parallel_size, orr_group_chips(group), group->hardware.chip.name);
    }
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

void orr_ask_check(const orr_ask *ask, orr_text *summary, orr_answer *answer, orr_arena *arena, orr_diags *diags)
{
    *answer = (orr_answer){.code = ORR_EXIT_USAGE};
    const orr_study_file *file = orr_ask_read_study(ask, arena, diags);
    orr_study *study = ORR_NEW(arena, orr_study);
    const bool one_system = file && file->domain_count == 0;
    const bool good = file && (!one_system || orr_study_bind(file, NULL, arena, study, diags));
    answer->code = orr_exit_code(diags, good ? ORR_EXIT_DONE : ORR_EXIT_USAGE);
    if (!good) return;
    answer->file = file;
    if (one_system) { answer->study = study; describe_system(study, summary); }
    else describe_domains(file, summary);
}
