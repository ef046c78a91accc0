/* The first pass: every point is bound, prepared and bounded; most of a large space ends here. */
#include "lab/search.h"

#include <math.h>
#include <pthread.h>
#include <string.h>
#include "base/map.h"
#include "base/vec.h"

/* Demands by (choices that shape the traffic, context limit): few, since most domains leave the traffic as it is. */
typedef struct demand_entry { uint64_t key; orr_demand demand; bool read; } demand_entry;

typedef struct screening {
    orr_search *search;
    pthread_mutex_t lock;               /* of `demands` and `diags` */
    ORR_VEC(demand_entry *) demands;
    bool broken;                        /* a demand could not be read: reported */
    size_t broken_bind;                 /* the least point whose study is wrong, not just impossible */
} screening;

static const orr_demand *demand_for(screening *screening_, const orr_study *study, const size_t *choice_index)
{
    const orr_search *search = screening_->search;
    const int64_t limit = study->engine.max_model_len > 0 ? study->engine.max_model_len : study->model.max_context_tokens;
    uint64_t key = orr_hash_mix(1, (uint64_t)limit);
    for (size_t i = 0; i < search->space.domain_count; i++) if (orr_domain_shapes_traffic(&search->space.domains[i])) key = orr_hash_mix(key, choice_index[i]);
    pthread_mutex_lock(&screening_->lock);
    demand_entry *found = NULL;
    for (size_t i = 0; i < screening_->demands.count && !found; i++) if (screening_->demands.items[i]->key == key) found = screening_->demands.items[i];
    if (!found) {
        found = orr_mem_resize(NULL, sizeof *found);
        found->key = key;
        found->read = !screening_->broken && orr_demand_read(&study->traffic, study->seed, limit, search->options->cancel, &found->demand, search->diags);
        if (!found->read && !orr_search_cancelled(search)) screening_->broken = true;
        orr_vec_push(&screening_->demands, found);
    }
    pthread_mutex_unlock(&screening_->lock);
    return found->read ? &found->demand : NULL;
}

static char *heap_copy(const char *text)
{
    if (!text) return NULL;
    char *copy = orr_mem_resize(NULL, strlen(text) + 1);
    memcpy(copy, text, strlen(text) + 1);
    return copy;
}

const char *orr_first_error_text(const orr_diags *diags, orr_arena *arena)
{
    orr_text text = {0};
    orr_diags_render(diags, false, &text);
    const char *bytes = text.bytes ? text.bytes : "";
    const char *at = strstr(bytes, "error: ");
    at = at ? at + strlen("error: ") : bytes;
    const char *message = orr_arena_strndup(arena, at, strcspn(at, "\n"));
    const char *hint = strstr(at, "hint: ");
    if (hint) message = orr_arena_printf(arena, "%s; %.*s", message, (int)strcspn(hint + 6, "\n"), hint + 6);
    orr_text_free(&text);
    return message;
}

/* Reasons go to the heap: arenas belong to one thread. */
static void screen_point(void *context, size_t point)
{
    screening *screening_ = context;
    orr_search *search = screening_->search;
    orr_bounds *bounds = &search->bounds[point];
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_study *study = ORR_NEW(arena, orr_study);
    size_t *choices = ORR_NEW_ARRAY(arena, size_t, search->space.domain_count + 1);
    orr_space_choices(&search->space, point, choices);
    *bounds = (orr_bounds){.verdict = ORR_VERDICT_INVALID, .objective = (double)NAN};
    if (!orr_study_bind(search->file, choices, arena, study, diags)) {
        bounds->reason = heap_copy(study->layout_fault != ORR_LAYOUT_POSSIBLE && study->layout_reason ? study->layout_reason : orr_first_error_text(diags, arena));
        if (study->layout_fault == ORR_LAYOUT_POSSIBLE) {
            pthread_mutex_lock(&screening_->lock);
            if (point < screening_->broken_bind) screening_->broken_bind = point;
            pthread_mutex_unlock(&screening_->lock);
        }
    } else {
        const bool shared = !orr_prefill_has_hardware(&study->serving.prefill);      /* prefill engines stand on the study's hardware */
        const int64_t replicas = orr_study_replicas(study), own = replicas * orr_engine_own_chips(&study->engine), on_hardware = own + (shared ? orr_study_prefill_chips(study) : 0);
        const int64_t gpus = orr_study_gpus(study);
        const orr_perf *perf = NULL;
        const char *broken = orr_study_broken_constraint(study, arena);
        if (broken) {
            bounds->verdict = ORR_VERDICT_CONSTRAINED;
            bounds->reason = heap_copy(broken);
        } else if (on_hardware > study->hardware.chip_count) {
            bounds->reason = heap_copy(orr_arena_printf(arena, "wants %lld GPUs; the hardware has %lld", (long long)on_hardware, (long long)study->hardware.chip_count));
        } else if (!(perf = orr_perf_prepare_bounding(study, arena, diags))) {
            bounds->reason = heap_copy(orr_first_error_text(diags, arena));
        } else {
            const orr_demand *demand = demand_for(screening_, study, choices);
            if (demand) orr_bounds_compute(study, perf, demand, arena, bounds);
            else bounds->verdict = ORR_VERDICT_UNKNOWN;
            bounds->reason = heap_copy(bounds->reason);
        }
        bounds->gpus = gpus;
        bounds->replicas = replicas;
    }
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
}

static void on_screened(void *context, size_t done, size_t total)
{
    (void)total;
    /* Nothing is decided yet as far as the display goes: a screened point may still want a run. */
    if (done % 256 == 0) orr_search_progress(context, 0);
}

/* A study that is wrong at some point is wrong: its diagnostics are given as binding gives them. */
static void report_broken_bind(orr_search *search, size_t point)
{
    size_t *choices = ORR_NEW_ARRAY(search->arena, size_t, search->space.domain_count + 1);
    orr_space_choices(&search->space, point, choices);
    orr_study_bind(search->file, choices, search->arena, ORR_NEW(search->arena, orr_study), search->diags);
    search->failed = true;
}

void orr_search_screen(orr_search *search)
{
    screening screening_ = {.search = search, .broken_bind = ORR_NO_POINT};
    pthread_mutex_init(&screening_.lock, NULL);
    for (size_t point = 0; point < search->space.point_count; point++) search->bounds[point] = (orr_bounds){.verdict = ORR_VERDICT_UNKNOWN, .objective = (double)NAN};
    if (!orr_workers_run(search->workers, screen_point, &screening_, search->space.point_count, search->options->cancel, on_screened, search)) search->interrupted = true;
    for (size_t point = 0; point < search->space.point_count; point++) {
        orr_bounds *bounds = &search->bounds[point];
        orr_candidate *candidate = &search->candidates[point];
        char *on_heap = (char *)(size_t)(const void *)bounds->reason;
        bounds->reason = on_heap ? orr_arena_strdup(search->arena, on_heap) : NULL;
        orr_mem_free(on_heap);
        candidate->gpus = bounds->gpus;
        candidate->replicas = bounds->replicas;
        candidate->bound = bounds->objective;
        if (bounds->verdict != ORR_VERDICT_UNKNOWN && candidate->verdict == ORR_VERDICT_UNKNOWN) orr_search_decide(search, point, bounds->verdict, bounds->reason);
    }
    if (orr_search_cancelled(search)) search->interrupted = true;
    if (screening_.broken) search->failed = true;
    else if (screening_.broken_bind != ORR_NO_POINT) report_broken_bind(search, screening_.broken_bind);
    for (size_t i = 0; i < screening_.demands.count; i++) {
        if (screening_.demands.items[i]->read) orr_demand_free(&screening_.demands.items[i]->demand);
        orr_mem_free(screening_.demands.items[i]);
    }
    orr_vec_free(&screening_.demands);
    pthread_mutex_destroy(&screening_.lock);
}
