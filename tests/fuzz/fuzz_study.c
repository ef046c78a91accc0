/* A study from any bytes: read, the first choices bound, resolved, and what is resolved read back. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/panic.h"
#include "spec/study.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void round_trip(const orr_study *study)
{
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_text text = {0};
    orr_study again;
    orr_study_resolved(study, &text);
    orr_source source = {.name = "resolved.yaml", .bytes = text.bytes, .length_bytes = text.length_bytes};
    orr_study_file *file = orr_study_file_read_source(arena, &source, NULL, 0, diags);
    ORR_INVARIANT(file);
    ORR_INVARIANT(orr_study_bind(file, NULL, arena, &again, diags));
    ORR_INVARIANT(memcmp(&again.slo, &study->slo, sizeof again.slo) == 0);
    ORR_INVARIANT(again.seed == study->seed && again.serving.replicas == study->serving.replicas && again.hardware.chip_count == study->hardware.chip_count);
    orr_text_free(&text);
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 << 16) return 0;
    char *bytes = malloc(size + 1);
    if (!bytes) return 0;
    if (size) memcpy(bytes, data, size);
    bytes[size] = 0;
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_text report = {0};
    orr_source source = {.name = "study.yaml", .bytes = bytes, .length_bytes = size};
    orr_study_file *file = orr_study_file_read_source(arena, &source, NULL, 0, diags);
    if (file) {
        size_t *index = ORR_NEW_ARRAY(arena, size_t, file->domain_count + 1);
        orr_study study;
        bool good = orr_study_bind(file, index, arena, &study, diags);
        ORR_INVARIANT(good || orr_diags_error_count(diags) > 0);
        if (good) round_trip(&study);
    } else {
        ORR_INVARIANT(orr_diags_error_count(diags) > 0);
    }
    orr_diags_render(diags, false, &report);
    orr_text_free(&report);
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
    free(bytes);
    return 0;
}
