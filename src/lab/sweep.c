/* The sweep: points (sweep_points.c) are estimated (sweep_estimate.c), the best simulated (sweep_finalists.c); effects: sweep_effects.c; contours: contours.c. */
#include "lab/sweep_internal.h"

#include <math.h>
#include "base/text.h"
#include "lab/search.h"

const char *orr_sweep_verdict_key(orr_sweep_verdict verdict)
{
    static const char *const keys[] = {"keeps_slo", "misses_slo", "overloaded", "does_not_fit", "over_constraint", "impossible", "unknown"};
    return keys[verdict];
}

void orr_sweep_choices(const orr_study_file *file, uint64_t number, size_t *choice_index)
{
    for (size_t i = file->domain_count; i-- > 0;) {
        choice_index[i] = (size_t)(number % file->domains[i].choice_count);
        number /= file->domains[i].choice_count;
    }
}

/* --- the whole --- */

static bool report_broken(orr_sweeping *s, orr_arena *arena, orr_diags *diags)
{
    if (orr_demand_cache_broken(s->demands)) return true;
    if (s->broken == SIZE_MAX) return false;
    if (s->unknown) {
        const orr_node *traffic = orr_tree_get(s->sweep->file->tree, "traffic");
        orr_diag_hint(orr_diag_error(diags, traffic->key_place, "no closed form knows this: sessions, tenants, images, drafts whose depth follows the batch, and fleets that change while they serve or are of several kinds, are simulated only"), "`orrery recommend` searches by simulation.");
        return true;
    }
    size_t *choices = ORR_NEW_ARRAY(arena, size_t, s->sweep->file->domain_count + 1);
    orr_sweep_choices(s->sweep->file, s->sweep->points[s->broken].number, choices);
    orr_study_bind(s->sweep->file, choices, arena, ORR_NEW(arena, orr_study), diags);
    return true;
}

/* The yardsticks are the same at every point: any that binds tells them. */
static void read_yardsticks(orr_sweeping *s)
{
    for (size_t p = 0; p < s->sweep->point_count; p++) {
        orr_arena *arena = orr_arena_create();
        orr_diags *diags = orr_diags_create();
        orr_study *study = ORR_NEW(arena, orr_study);
        size_t *choices = ORR_NEW_ARRAY(arena, size_t, s->sweep->file->domain_count + 1);
        orr_sweep_choices(s->sweep->file, s->sweep->points[p].number, choices);
        const bool bound = orr_study_bind(s->sweep->file, choices, arena, study, diags);
        if (bound) {
            s->sweep->objective = study->objective;
            s->slo = study->slo;
            s->seed = study->seed;
        }
        orr_diags_destroy(diags);
        orr_arena_destroy(arena);
        if (bound) return;
    }
}

void orr_sweeping_tell(const orr_sweeping *s, size_t done, size_t total)
{
    if (s->options->on_progress && done % 64 == 0) s->options->on_progress(s->options->progress_context, done, total, 0, NULL);
}

static void on_estimated(void *context, size_t done, size_t total)
{
    const orr_sweeping *s = context;
    orr_sweeping_tell(s, done == total ? s->group_count : done * s->item_groups, s->group_count);
}

enum { SHARES_EACH = 16, ITEM_GROUPS_MOST = 256 };

/* The points from `from` on. False: interrupted, or wrong in a way that report_broken tells. */
static bool estimate_round(orr_sweeping *s, orr_workers *workers, size_t from, orr_arena *arena)
{
    s->from = from;
    orr_sweep_sort(s->sweep, from);
    s->group_count = orr_sweeping_group(s, arena);
    s->sweep->prepared += s->group_count;
    orr_sweeping_recall(s, arena);
    /* Elsewhere, many at a time: what a task costs on its way is nothing then; but each has some, to the end. */
    const size_t rivals = s->options->hands + (size_t)orr_workers_count(workers), share = s->group_count / (rivals * SHARES_EACH);
    s->item_groups = s->options->hands == 0 || share == 0 ? 1 : share < ITEM_GROUPS_MOST ? share : ITEM_GROUPS_MOST;
    const size_t items = (s->group_count + s->item_groups - 1) / s->item_groups;
    if (!orr_workers_share(workers, orr_sweeping_estimate_item, orr_sweeping_estimate_item_elsewhere, s, items, s->options->cancel, on_estimated, s) || s->unkept) s->sweep->interrupted = true;
    orr_sweeping_find_why_impossible(s);
    return !s->sweep->interrupted && s->broken == SIZE_MAX && !orr_demand_cache_broken(s->demands);
}

static void breed(orr_sweeping *s, orr_workers *workers, orr_arena *arena)
{
    const size_t domains = s->sweep->file->domain_count;
    bool *is_load = ORR_NEW_ARRAY(arena, bool, domains + 1);
    for (size_t i = 0; i < domains; i++) is_load[i] = s->load_of[i] >= 0;
    orr_breeding *breeding = orr_breeding_begin(s->sweep, is_load, s->options->samples_most, s->seed, arena);
    size_t told = 0;
    for (bool goes_on = true; goes_on;) {
        const size_t from = s->sweep->point_count;
        goes_on = orr_breeding_next(breeding, told);
        told = from;
        if (goes_on) goes_on = estimate_round(s, workers, from, arena);
    }
    orr_breeding_end(breeding);
    orr_sweep_sort(s->sweep, 0);
}

/* Points for the cells of contours, as long as they bring new ones. */
static void spread(orr_sweeping *s, orr_contours *contours, orr_workers *workers, orr_arena *arena)
{
    bool goes_on = !s->sweep->interrupted && s->broken == SIZE_MAX && (double)s->sweep->point_count < s->sweep->point_total;
    for (size_t round = 0; goes_on && round < ORR_CONTOUR_ROUNDS_MOST; round++) {
        const size_t from = s->sweep->point_count;
        goes_on = orr_contours_spread(s->sweep, contours, round, arena) && estimate_round(s, workers, from, arena);
        orr_sweep_sort(s->sweep, 0);
    }
}

void orr_sweeping_begin(orr_sweeping *s, const orr_study_file *file, const orr_sweep_options *options, orr_arena *arena, orr_diags *diags)
{
    orr_sweep *sweep = ORR_NEW(arena, orr_sweep);
    *sweep = (orr_sweep){.file = file, .most_off = (double)NAN, .search = options->search, .shard = options->shard, .shard_count = options->shard_count};
    sweep->point_total = 1;
    for (size_t i = 0; i < file->domain_count; i++) sweep->point_total *= (double)file->domains[i].choice_count;
    orr_sweep_spread(sweep, options->samples_most, arena);
    *s = (orr_sweeping){.sweep = sweep, .options = options, .space = {.domains = file->domains, .domain_count = file->domain_count}, .broken = SIZE_MAX, .impossible = SIZE_MAX, .arena = arena};
    read_yardsticks(s);
    orr_sweeping_read_loads(s, arena);
    pthread_mutex_init(&s->lock, NULL);
    s->demands = orr_demand_cache_create(&s->space, orr_sweeping_shapes_lengths, options->cancel, diags);
}

void orr_sweeping_end(orr_sweeping *s)
{
    orr_demand_cache_destroy(s->demands);
    pthread_mutex_destroy(&s->lock);
}

orr_sweep *orr_sweep_study(const orr_study_file *file, const orr_sweep_options *options, orr_arena *arena, orr_diags *diags)
{
    if (!orr_search_yardsticks_are_fixed(file, diags)) return NULL;
    orr_contours *contours = options->contours ? orr_contours_open(file, options->contours, arena, diags) : NULL;
    if (options->contours && !contours) return NULL;
    orr_sweeping s;
    orr_sweeping_begin(&s, file, options, arena, diags);
    orr_sweep *sweep = s.sweep;
    orr_workers *workers = orr_workers_create(options->threads);
    if (options->crew) orr_workers_hire(workers, options->hands);
    if (options->search.evolves && sweep->point_total > (double)options->samples_most) breed(&s, workers, arena);
    else estimate_round(&s, workers, 0, arena);
    if (contours) spread(&s, contours, workers, arena);
    const bool failed = report_broken(&s, arena, diags);
    if (!failed) {
        for (size_t p = 0; p < sweep->point_count; p++) sweep->counts[sweep->points[p].verdict]++;
        sweep->why_impossible = s.why_impossible;
        sweep->order = ORR_NEW_ARRAY(arena, size_t, sweep->point_count + 1);
        sweep->ordered = orr_sweep_order(sweep, 1, sweep->order);
        orr_sweep_find_front(sweep, arena);
        if (!sweep->interrupted && options->shard_count == 0) orr_sweeping_simulate_best(&s, workers, arena);
        if (!sweep->interrupted && options->seeds > 0) orr_sweeping_find_rivals(&s, arena);
        orr_sweep_find_effects(sweep, arena);
        if (contours && !sweep->interrupted) {
            orr_contours_draw(sweep, contours, workers, arena);
            sweep->contours = contours;
        }
    }
    orr_workers_destroy(workers);
    orr_sweeping_end(&s);
    return failed ? NULL : sweep;
}
