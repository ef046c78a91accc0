/* The first pass: every point is bound, prepared and bounded; most of a large space ends here. */
#include "lab/search.h"

#include <math.h>
#include <pthread.h>
#include <string.h>
#include "lab/demand_cache.h"

enum { GROUP_POINTS = 64 };     /* of points that share a prepared system, so many are one thread's: many cores have work where most of a space differs in load alone */

typedef struct screening {
    orr_search *search;
    orr_demand_cache *demands;
    orr_point_groups groups;
    pthread_mutex_t lock;               /* of broken_bind */
    size_t broken_bind;                 /* the least point whose study is wrong, not just impossible */
} screening;

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

/* What the points of a group share: the system as the first of them that asked has it, in that one's arena. */
typedef struct prepared { const orr_perf *perf; orr_hulls hulls; } prepared;

static bool prepare(prepared *shared, const orr_study *study, orr_arena *arena, orr_diags *diags)
{
    shared->perf = orr_perf_prepare_bounding(study, arena, diags);
    if (shared->perf) shared->hulls.arena = arena;
    return shared->perf != NULL;
}

/* Reasons go to the heap: arenas belong to one thread. */
static void screen_point(screening *screening_, size_t point, prepared *shared)
{
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
        const int64_t replicas = orr_study_replicas(study), gpus = orr_study_gpus(study);
        const bool repeats = search->candidates[point].verdict == ORR_VERDICT_REPEATS;     /* bound like any, so that what is wrong is told; its bounds are those of the point that it repeats */
        int64_t wanted = 0;
        const char *broken = repeats ? NULL : orr_study_broken_constraint(study, arena);
        if (repeats) {
            bounds->verdict = ORR_VERDICT_REPEATS;
        } else if (broken) {
            bounds->verdict = ORR_VERDICT_CONSTRAINED;
            bounds->reason = heap_copy(broken);
        } else if (!orr_study_hardware_holds(study, &wanted)) {
            bounds->reason = heap_copy(orr_arena_printf(arena, "wants %lld GPUs; the hardware has %lld", (long long)wanted, (long long)study->hardware.chip_count));
        } else if (!shared->perf && !prepare(shared, study, arena, diags)) {
            bounds->reason = heap_copy(orr_first_error_text(diags, arena));
        } else {
            const orr_demand *demand = orr_demand_cache_get(screening_->demands, study, choices);
            if (demand) orr_bounds_compute(study, shared->perf, demand, &shared->hulls, arena, bounds);
            else bounds->verdict = ORR_VERDICT_UNKNOWN;
            bounds->reason = heap_copy(bounds->reason);
        }
        bounds->gpus = gpus;
        bounds->replicas = replicas;
    }
    orr_diags_destroy(diags);
    if (shared->hulls.arena != arena) orr_arena_destroy(arena);
}

static void screen_group(void *context, size_t group)
{
    screening *screening_ = context;
    const orr_point_groups *groups = &screening_->groups;
    prepared shared = {0};
    for (size_t i = groups->first[group]; i < groups->first[group + 1]; i++) screen_point(screening_, groups->members[i], &shared);
    orr_arena_destroy(shared.hulls.arena);
}

static void on_screened(void *context, size_t done, size_t total)
{
    (void)total;
    /* Nothing is decided yet as far as the display goes: a screened point may still want a run. */
    if (done % 16 == 0) orr_search_progress(context, 0);
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
    screening screening_ = {.search = search, .broken_bind = ORR_NO_POINT, .demands = orr_demand_cache_create(&search->space, orr_domain_shapes_traffic, search->options->cancel, search->diags)};
    screening_.groups = orr_space_groups(&search->space, GROUP_POINTS, search->arena);
    pthread_mutex_init(&screening_.lock, NULL);
    for (size_t point = 0; point < search->space.point_count; point++) search->bounds[point] = (orr_bounds){.verdict = ORR_VERDICT_UNKNOWN, .objective = (double)NAN};
    if (!orr_workers_run(search->workers, screen_group, &screening_, screening_.groups.count, search->options->cancel, on_screened, search)) search->interrupted = true;
    size_t *choices = ORR_NEW_ARRAY(search->arena, size_t, search->space.domain_count + 1);
    for (size_t point = 0; point < search->space.point_count; point++) {
        orr_bounds *bounds = &search->bounds[point];
        orr_candidate *candidate = &search->candidates[point];
        char *on_heap = (char *)(size_t)(const void *)bounds->reason;
        bounds->reason = on_heap ? orr_arena_strdup(search->arena, on_heap) : NULL;
        orr_mem_free(on_heap);
        candidate->gpus = bounds->gpus;
        candidate->replicas = bounds->replicas;
        if (candidate->verdict == ORR_VERDICT_REPEATS) bounds->objective = search->bounds[orr_space_original(&search->space, point, choices)].objective;
        candidate->bound = bounds->objective;
        if (bounds->verdict != ORR_VERDICT_UNKNOWN && candidate->verdict == ORR_VERDICT_UNKNOWN) orr_search_decide(search, point, bounds->verdict, bounds->reason);
    }
    if (orr_search_cancelled(search)) search->interrupted = true;
    if (orr_demand_cache_broken(screening_.demands)) search->failed = true;
    else if (screening_.broken_bind != ORR_NO_POINT) report_broken_bind(search, screening_.broken_bind);
    orr_demand_cache_destroy(screening_.demands);
    pthread_mutex_destroy(&screening_.lock);
}
