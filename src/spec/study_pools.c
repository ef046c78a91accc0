/* A system whose work is divided among engines or devices, seen by its parts. */
#include <string.h>

#include "spec/study_internal.h"

/* What is said of PREFIX.X is said of X there; of the study's own X what the view replaces is dropped, and what serving says unless it is kept. */
static void move_provenance(const orr_study *study, const char *prefix, bool own_hardware, bool keeps_serving, orr_arena *arena, orr_study *view)
{
    orr_provenance *moved = ORR_NEW_ARRAY(arena, orr_provenance, study->provenance_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < study->provenance_count; i++) {
        orr_provenance p = study->provenance[i];
        if (orr_text_starts_with(p.path, prefix)) p.path += strlen(prefix);
        else if ((!keeps_serving && orr_text_starts_with(p.path, "serving.")) || (own_hardware && orr_text_starts_with(p.path, "hardware."))) continue;
        moved[count++] = p;
    }
    view->provenance = moved;
    view->provenance_count = count;
}

void orr_study_prefill_view(const orr_study *study, orr_arena *arena, orr_study *view)
{
    const orr_prefill *prefill = &study->serving.prefill;
    *view = *study;
    view->engine = prefill->engine;
    if (orr_prefill_has_hardware(prefill)) view->hardware = prefill->hardware;
    view->serving = (orr_serving){.mode = ORR_SERVING_AGGREGATED, .replicas = prefill->replicas, .router = prefill->router, .routing = study->serving.routing, .encoders = study->serving.encoders};
    if (orr_study_has_encoders(study)) view->serving.encoders.hardware = *orr_study_encoder_hardware(study);
    move_provenance(study, "serving.prefill.", orr_prefill_has_hardware(prefill), false, arena, view);
}

void orr_study_group_view(const orr_study *study, const orr_group *group, orr_arena *arena, orr_study *view)
{
    *view = *study;
    view->engine = group->engine;
    view->hardware = group->hardware;
    view->serving = (orr_serving){.mode = ORR_SERVING_AGGREGATED, .replicas = group->replicas, .router = study->serving.router, .routing = study->serving.routing, .admission = study->serving.admission};
    move_provenance(study, orr_arena_printf(arena, "serving.groups.%s.", group->name), group->own_hardware, false, arena, view);
}

void orr_study_merge_single_group(orr_study *study, orr_arena *arena)
{
    if (study->serving.groups.count != 1) return;
    const orr_group *group = study->serving.groups.items;
    move_provenance(study, orr_arena_printf(arena, "serving.groups.%s.", group->name), group->own_hardware, true, arena, study);
    study->engine = group->engine;
    study->hardware = group->hardware;
    study->serving.replicas = group->replicas;
    study->serving.groups = (orr_groups){0};
}

void orr_study_pool_view(const orr_study *study, int pool, orr_arena *arena, orr_study *view)
{
    if (pool >= orr_study_own_pools(study)) orr_study_prefill_view(study, arena, view);
    else if (orr_study_has_groups(study)) orr_study_group_view(study, &study->serving.groups.items[pool], arena, view);
    else *view = *study;
}

const char *orr_study_pool_name(const orr_study *study, int pool, orr_arena *arena)
{
    if (pool >= orr_study_own_pools(study)) return "prefill engines";
    return orr_study_has_groups(study) ? orr_arena_printf(arena, "group %s", study->serving.groups.items[pool].name) : NULL;
}

const orr_group *orr_study_group_of(const orr_study *study, int64_t replica)
{
    const orr_groups *groups = &study->serving.groups;
    for (int64_t g = 0; g < groups->count; g++) {
        if (replica < groups->items[g].replicas) return &groups->items[g];
        replica -= groups->items[g].replicas;
    }
    return NULL;
}

bool orr_study_pools_share_node(const orr_study *study) { return !orr_prefill_has_hardware(&study->serving.prefill) && study->hardware.nodes == 1; }

void orr_study_ffn_view(const orr_study *study, orr_arena *arena, orr_study *view)
{
    const orr_attention_ffn *apart = &study->engine.attention_ffn;
    *view = *study;
    if (orr_ffn_has_hardware(apart)) view->hardware = apart->hardware;
    orr_engine *engine = &view->engine;
    const bool all = apart->ffn_tensor_parallel_size == 0 && !engine->enable_expert_parallel;
    engine->tensor_parallel_size = all ? apart->ffn_devices : apart->ffn_tensor_parallel_size > 0 ? apart->ffn_tensor_parallel_size : 1;
    engine->data_parallel_size = apart->ffn_devices / engine->tensor_parallel_size;
    engine->pipeline_parallel_size = 1;
    engine->decode_context_parallel_size = 1;       /* no cache to cut */
    engine->attention_ffn = (orr_attention_ffn){.micro_batches = apart->micro_batches};
    engine->speculation.method = ORR_SPECULATION_NONE;
    if (orr_ffn_has_hardware(apart) && engine->residuals && !orr_text_equal(engine->residuals->chip, view->hardware.chip.name)) engine->residuals = NULL;      /* measured on another chip */
    orr_engine_resolve_dtypes(&view->model, &view->hardware.chip, engine);
    view->serving = (orr_serving){.mode = ORR_SERVING_AGGREGATED, .replicas = study->serving.replicas};
    move_provenance(study, "engine.attention_ffn.", orr_ffn_has_hardware(apart), false, arena, view);
}
