/* A system whose work is divided among engines or devices, seen by its parts. */
#include <string.h>

#include "spec/study_internal.h"

/* What is said of PREFIX.X is said of X there; of the study's own X what the view replaces is dropped. */
static void move_provenance(const orr_study *study, const char *prefix, bool own_hardware, orr_arena *arena, orr_study *view)
{
    orr_provenance *moved = ORR_NEW_ARRAY(arena, orr_provenance, study->provenance_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < study->provenance_count; i++) {
        orr_provenance p = study->provenance[i];
        if (orr_text_starts_with(p.path, prefix)) p.path += strlen(prefix);
        else if (orr_text_starts_with(p.path, "serving.") || (own_hardware && orr_text_starts_with(p.path, "hardware."))) continue;
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
    move_provenance(study, "serving.prefill.", orr_prefill_has_hardware(prefill), arena, view);
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
    move_provenance(study, "engine.attention_ffn.", orr_ffn_has_hardware(apart), arena, view);
}
