/* Studies and controls of the C ABI, and what is said of the library itself. */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include "base/cancel.h"
#include "base/panic.h"
#include "base/version.h"
#include "library/handles.h"

int32_t orrery_abi_version(void) { return ORRERY_ABI_VERSION; }
const char *orrery_version(void) { return ORR_VERSION; }

/* --- what ends the process --- */

static _Atomic(orrery_fatal_fn *) fatal_handler;

static void on_panic(const char *message)
{
    orrery_fatal_fn *handler = atomic_load(&fatal_handler);
    if (handler) handler(message);
    else fprintf(stderr, "%s\n", message);
}

static void on_exhausted(size_t wanted_bytes)
{
    char message[96];
    snprintf(message, sizeof message, "out of memory: %zu more bytes were wanted", wanted_bytes);
    on_panic(message);
}

void orrery_on_fatal(orrery_fatal_fn *handler)
{
    atomic_store(&fatal_handler, handler);
    orr_panic_on(on_panic);
    orr_mem_on_exhausted(on_exhausted);
}

/* --- studies --- */

static orrery_study *study_begin(void)
{
    orr_arena *arena = orr_arena_create();
    orrery_study *study = ORR_NEW(arena, orrery_study);
    study->arena = arena;
    return study;
}

static const char *copied(orr_arena *arena, const char *text) { return text ? orr_arena_strdup(arena, text) : NULL; }

orrery_study *orrery_study_of_file(const char *path)
{
    orrery_study *study = study_begin();
    study->path = orr_arena_strdup(study->arena, path ? path : "");
    return study;
}

orrery_study *orrery_study_of_text(const char *text, size_t length_bytes, const char *name)
{
    orrery_study *study = study_begin();
    study->source = (orr_source){.name = orr_arena_strdup(study->arena, name ? name : "study"), .bytes = orr_arena_strndup(study->arena, text ? text : "", text ? length_bytes : 0), .length_bytes = text ? length_bytes : 0};
    return study;
}

orrery_study *orrery_study_of_question(const orrery_question *given)
{
    orrery_study *study = study_begin();
    orr_arena *arena = study->arena;
    orrery_question q = ORRERY_QUESTION_INIT;
    memcpy(&q, given, given->size_bytes < sizeof q ? given->size_bytes : sizeof q);
    const char **limits = ORR_NEW_ARRAY(arena, const char *, q.limit_count + 1);
    for (size_t i = 0; i < q.limit_count; i++) limits[i] = copied(arena, q.limits[i]);
    study->question = (orr_question){.model = copied(arena, q.model ? q.model : ""), .on = copied(arena, q.on), .engine = copied(arena, q.engine), .traffic = copied(arena, q.traffic), .objective = copied(arena, q.objective),
                                     .input_tokens = q.input_tokens, .output_tokens = q.output_tokens, .limits = limits, .limit_count = q.limit_count};
    study->is_question = true;
    return study;
}

void orrery_study_free(orrery_study *study) { if (study) orr_arena_destroy(study->arena); }

/* --- controls --- */

orrery_control *orrery_control_create(void)
{
    orrery_control *control = orr_mem_resize(NULL, sizeof *control);
    control->asked = 0;
    return control;
}

void orrery_control_cancel(orrery_control *control) { if (control) orr_cancel_set(&control->asked, 1); }
void orrery_control_reset(orrery_control *control) { if (control) orr_cancel_set(&control->asked, 0); }
void orrery_control_free(orrery_control *control) { orr_mem_free(control); }
