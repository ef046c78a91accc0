/* A disaggregated system seen by its parts. */
#include "spec/study.h"

#include <string.h>

/* What is said of serving.prefill.X is said of X there; of the study's own X what the view replaces is dropped. */
static void move_provenance(const orr_study *study, orr_arena *arena, orr_study *view)
{
    static const char prefix[] = "serving.prefill.";
    orr_provenance *moved = ORR_NEW_ARRAY(arena, orr_provenance, study->provenance_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < study->provenance_count; i++) {
        orr_provenance p = study->provenance[i];
        const bool own_hardware = orr_prefill_has_hardware(&study->serving.prefill);
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
    view->serving = (orr_serving){.mode = ORR_SERVING_AGGREGATED, .replicas = prefill->replicas, .router = prefill->router, .routing = study->serving.routing};
    move_provenance(study, arena, view);
}

bool orr_study_pools_share_node(const orr_study *study) { return !orr_prefill_has_hardware(&study->serving.prefill) && study->hardware.nodes == 1; }
