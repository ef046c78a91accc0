/* The search: screen by bounds, simulate best first, then fill the Pareto front.
 *
 *  1. every point is bound to a system and bounded (screen.c): most end there;
 *  2. best first: points in the order of the best objective they could reach are simulated in rounds, until no point left could beat what was found;
 *  3. the front: points that can't win but could stand on the front are simulated while there are any (or up to a limit, said in the reason);
 *  4. the rest are pruned with their bound; the winner runs again with records; ranking and reasons.
 * A round's points are chosen from results of completed rounds alone, and its size does not depend on the number of threads: same bytes with one or many. */
#include "lab/search.h"
#include "lab/label.h"

#include <math.h>
#include <stdlib.h>

enum { ROUND_POINTS = 32 };     /* enough for many cores, few enough that the best known objective stays fresh */

const char *orr_verdict_name(orr_verdict verdict)
{
    static const char *const names[ORR_VERDICT_COUNT_] = {
        [ORR_VERDICT_FEASIBLE] = "feasible", [ORR_VERDICT_MISSES_SLO] = "misses SLO", [ORR_VERDICT_DOES_NOT_FIT] = "does not fit", [ORR_VERDICT_INVALID] = "invalid layout",
        [ORR_VERDICT_CONSTRAINED] = "over a constraint", [ORR_VERDICT_UNSTABLE] = "unstable", [ORR_VERDICT_BOUND_LATENCY] = "latency bound", [ORR_VERDICT_BOUND_CAPACITY] = "capacity bound", [ORR_VERDICT_BOUND_COST] = "can't win",
        [ORR_VERDICT_REPEATS] = "same system", [ORR_VERDICT_UNKNOWN] = "not decided"};
    return names[verdict];
}

void orr_search_decide(orr_search *search, size_t point, orr_verdict verdict, const char *reason)
{
    orr_candidate *candidate = &search->candidates[point];
    candidate->verdict = verdict;
    candidate->reason = reason;
    search->decided++;
    if (verdict == ORR_VERDICT_FEASIBLE) orr_vec_push(&search->feasible, point);
}

void orr_search_progress(orr_search *search, size_t under_way)
{
    const orr_recommend_options *options = search->options;
    if (!options->on_progress) return;
    const char *best = search->best == ORR_NO_POINT ? NULL : search->candidates[search->best].label;
    const size_t decided = search->decided + under_way;
    options->on_progress(options->progress_context, decided < search->space.point_count ? decided : search->space.point_count, search->space.point_count, search->simulated + under_way, best);
}

/* --- queues --- */

typedef struct queue_item { double first, second, third; size_t point; } queue_item;

static int compare_items(const void *a, const void *b)
{
    const queue_item *x = a, *y = b;
    if (x->first != y->first) return x->first < y->first ? -1 : 1;
    if (x->second != y->second) return x->second < y->second ? -1 : 1;
    if (x->third != y->third) return x->third < y->third ? -1 : 1;
    return x->point < y->point ? -1 : x->point > y->point;
}

static double finite(double value) { return isnan(value) ? -INFINITY : value; }     /* what has no bound comes first */

/* How many undecided points come before this one among those that differ from it in the scheduler's limits alone: the largest limits of requests and the first of tokens lead. */
static size_t turn_of(const orr_search *search, size_t point)
{
    const size_t limits[] = {search->tokens_domain, search->seqs_domain};
    size_t turn = 0, base = 1;
    for (size_t i = 0; i < 2; i++) {
        if (limits[i] == ORR_NO_DOMAIN) continue;
        const size_t choices = search->space.domains[limits[i]].choice_count, own = search->candidates[point].choice_index[limits[i]];
        turn += base * (limits[i] == search->seqs_domain ? choices - 1 - own : own);
        base *= choices;
    }
    return turn;
}

/* The undecided points: by the objective they could reach; or, for the front, each layout's first before any layout's second, by efficiency, then users' speed. */
static size_t fill_queue(const orr_search *search, bool for_front, queue_item *queue)
{
    size_t count = 0;
    for (size_t point = 0; point < search->space.point_count; point++) {
        if (search->candidates[point].verdict != ORR_VERDICT_UNKNOWN) continue;
        const orr_bounds *b = &search->bounds[point];
        queue[count++] = for_front ? (queue_item){(double)turn_of(search, point), -finite(b->output_tokens_per_s_per_gpu), -finite(b->tokens_per_s_per_user), point}
                                   : (queue_item){finite(orr_objective_loss(search->objective, b->objective)), (double)b->gpus, 0, point};
    }
    if (count > 1) qsort(queue, count, sizeof *queue, compare_items);
    return count;
}

static bool contains(const size_t *points, size_t count, size_t point)
{
    for (size_t i = 0; i < count; i++) if (points[i] == point) return true;
    return false;
}

/* Takes the next points of the queue that are worth a run. Points whose run another undecided one would stand for give way to it. */
static size_t choose_round(const orr_search *search, const queue_item *queue, size_t queued, bool for_front, size_t *points)
{
    size_t count = 0;
    for (size_t i = 0; i < queued && count < ROUND_POINTS; i++) {
        const size_t point = queue[i].point;
        if (search->candidates[point].verdict != ORR_VERDICT_UNKNOWN) continue;
        if (!for_front && search->best != ORR_NO_POINT && queue[i].first > orr_search_loss_limit(search)) break;
        if (for_front && orr_pareto_covers(search, point)) continue;
        const size_t leader = orr_search_leader(search, point);
        if (!contains(points, count, leader)) points[count++] = leader;
    }
    return count;
}

static size_t search_queue(orr_search *search, bool for_front, size_t simulations_max)
{
    queue_item *queue = orr_mem_resize(NULL, search->space.point_count * sizeof *queue);
    const size_t queued = fill_queue(search, for_front, queue);
    size_t points[ROUND_POINTS], spent = 0;
    while (!search->interrupted && !search->failed && spent < simulations_max) {
        const size_t count = choose_round(search, queue, queued, for_front, points);
        if (count == 0) break;
        orr_search_simulate(search, points, count);
        spent += count;
    }
    orr_mem_free(queue);
    return spent;
}

/* What is left can't win; and can't stand on the front, unless the front's runs were used up. */
static void prune_rest(orr_search *search)
{
    if (search->interrupted || search->failed || search->best == ORR_NO_POINT) return;
    const orr_candidate *best = &search->candidates[orr_search_winner(search)];
    for (size_t point = 0; point < search->space.point_count; point++) {
        orr_candidate *c = &search->candidates[point];
        if (c->verdict != ORR_VERDICT_UNKNOWN) continue;
        const bool covered = orr_pareto_covers(search, point);
        orr_search_decide(search, point, ORR_VERDICT_BOUND_COST, orr_arena_printf(search->arena, "at best %s; %s has %s%s", orr_objective_text(search->objective, c->bound, search->arena), best->label,
                                                                                  orr_objective_text(search->objective, best->objective, search->arena),
                                                                                  covered ? "" : " (it might stand on the Pareto front: not sought further)"));
    }
}

/* --- the answer --- */

static void run_winner(orr_search *search, orr_recommendation *recommendation)
{
    const orr_candidate *winner = &search->candidates[0];
    if (winner->verdict != ORR_VERDICT_FEASIBLE) return;
    orr_study *study = ORR_NEW(search->arena, orr_study);
    if (!orr_study_bind(search->file, winner->choice_index, search->arena, study, search->diags)) return;
    study->serving.replicas = orr_study_replicas(study);
    const orr_perf *perf = orr_perf_prepare(study, search->arena, search->diags);
    if (!perf) return;
    recommendation->winner = orr_run_study(study, perf, &(orr_run_options){.keep_records = true}, search->diags);
    recommendation->winner_study = study;
    const orr_run_result *r = &recommendation->winner;
    const bool decodes = r->typical_decode.count > 0;
    recommendation->intervals = orr_run_intervals_of(study, perf, r);
    recommendation->explanation = orr_perf_explain(perf, &r->typical_decode, &r->typical_chunk, decodes ? 0 : 1, search->arena);
}

static void find_rivals(const orr_search *search, orr_recommendation *r)
{
    const orr_recommend_options *o = search->options;
    const size_t feasible = r->verdict_counts[ORR_VERDICT_FEASIBLE];
    double *objectives = ORR_NEW_ARRAY(search->arena, double, feasible + 1);
    size_t *groups = ORR_NEW_ARRAY(search->arena, size_t, feasible + 1), chosen[ORR_RIVALS_MOST], ranks[ORR_RIVALS_MOST];
    const size_t *choices[ORR_RIVALS_MOST];
    for (size_t i = 0; i < feasible; i++) {
        objectives[i] = r->candidates[i].objective;
        groups[i] = r->candidates[i].same_as;
    }
    const size_t count = orr_rivals_choose(objectives, groups, feasible, ORR_TIE_SHARE, chosen);
    for (size_t k = 0; k < count; k++) {
        choices[k] = r->candidates[chosen[k]].choice_index;
        ranks[k] = chosen[k] + 1;
    }
    r->rivals = orr_rivals_find(search->file, search->objective, choices, ranks, count, o->seeds, &(orr_rivals_options){.threads = o->threads, .cancel = o->cancel, .memo = o->memo}, search->arena);
}

bool orr_search_yardsticks_are_fixed(const orr_study_file *file, orr_diags *diags)
{
    bool refused = false;
    for (size_t i = 0; i < file->domain_count; i++) {
        const orr_domain *domain = &file->domains[i];
        if (!orr_text_starts_with(domain->path, "slo") && !orr_text_starts_with(domain->path, "objective") && !orr_text_starts_with(domain->path, "constraints")) continue;
        orr_diag *diag = orr_diag_error(diags, domain->place, "%s is a domain: a search needs one yardstick for all systems", domain->path);
        orr_diag_hint(diag, "Give it one value here or with --set %s=VALUE.", domain->path);
        refused = true;
    }
    return !refused;
}

static void begin(orr_search *search)
{
    const size_t count = search->space.point_count;
    search->workers = orr_workers_create(search->options->threads);
    search->candidates = ORR_NEW_ARRAY(search->arena, orr_candidate, count);
    search->bounds = orr_mem_resize(NULL, count * sizeof *search->bounds);
    size_t *choices = ORR_NEW_ARRAY(search->arena, size_t, count * search->space.domain_count + 1);
    const orr_labeller *labeller = orr_labeller_create(&search->space, search->arena);
    for (size_t point = 0; point < count; point++) {
        size_t *own = choices + point * search->space.domain_count;
        orr_space_choices(&search->space, point, own);
        orr_candidate *candidate = &search->candidates[point];        /* the rest of it, some KB, is zero */
        candidate->point = candidate->same_as = point;
        candidate->choice_index = own;
        candidate->label = orr_label(labeller, own, search->arena);
        candidate->verdict = ORR_VERDICT_UNKNOWN;
        candidate->reason = "interrupted before it was decided";
        candidate->objective = candidate->bound = candidate->tokens_per_s_per_user = candidate->tokens_per_s_per_gpu = (double)NAN;
    }
    search->seqs_domain = orr_space_find_domain(&search->space, "max_num_seqs");
    search->tokens_domain = orr_space_find_domain(&search->space, "max_num_batched_tokens");
    search->seqs_stride = 1;
    if (search->seqs_domain != ORR_NO_DOMAIN) for (size_t i = search->seqs_domain + 1; i < search->space.domain_count; i++) search->seqs_stride *= search->space.domains[i].choice_count;
}

static void decide_repeats(orr_search *search)
{
    size_t *choices = ORR_NEW_ARRAY(search->arena, size_t, search->space.domain_count + 1);
    for (size_t point = 0; point < search->space.point_count; point++) {
        const size_t original = orr_space_original(&search->space, point, choices);
        if (original != point) orr_search_decide(search, point, ORR_VERDICT_REPEATS, "what differs says nothing here");
    }
}

/* The yardsticks are the same at every point: any that binds tells them. */
static void read_yardsticks(orr_search *search)
{
    size_t *choices = ORR_NEW_ARRAY(search->arena, size_t, search->space.domain_count + 1);
    for (size_t point = 0; point < search->space.point_count; point++) {
        orr_arena *arena = orr_arena_create();
        orr_diags *diags = orr_diags_create();
        orr_study *study = ORR_NEW(arena, orr_study);
        orr_space_choices(&search->space, point, choices);
        const bool bound = orr_study_bind(search->file, choices, arena, study, diags);
        if (bound) { search->objective = study->objective; search->front_stat = orr_front_stat(&study->slo); search->slo = study->slo; }
        orr_diags_destroy(diags);
        orr_arena_destroy(arena);
        if (bound) return;
    }
}

orr_recommendation *orr_recommend(const orr_study_file *file, const orr_recommend_options *options, orr_arena *arena, orr_diags *diags)
{
    orr_search search = {.file = file, .options = options, .arena = arena, .diags = diags, .best = ORR_NO_POINT, .front_stat = ORR_STAT_P99};
    if (!orr_search_yardsticks_are_fixed(file, diags) || !orr_space_open(file, &search.space, diags)) return NULL;
    begin(&search);
    read_yardsticks(&search);
    decide_repeats(&search);
    orr_search_screen(&search);
    search_queue(&search, false, SIZE_MAX);
    search_queue(&search, true, ORR_FRONT_SIMULATIONS_MAX);
    prune_rest(&search);
    orr_workers_destroy(search.workers);

    orr_recommendation *recommendation = NULL;
    if (!search.failed) {
        recommendation = ORR_NEW(arena, orr_recommendation);
        orr_pareto_mark(search.candidates, search.space.point_count);
        orr_rank(&search);
        recommendation->candidates = search.candidates;
        recommendation->candidate_count = search.space.point_count;
        recommendation->objective = search.objective;
        recommendation->front_stat = search.front_stat;
        recommendation->evaluated = search.decided;
        recommendation->simulated = search.simulated;
        recommendation->simulated_requests = search.simulated_requests;
        recommendation->interrupted = search.interrupted;
        for (size_t i = 0; i < search.space.point_count; i++) recommendation->verdict_counts[search.candidates[i].verdict]++;
        run_winner(&search, recommendation);
        orr_recommendation_explain(&search, recommendation);
        if (options->seeds > 0 && !search.interrupted) find_rivals(&search, recommendation);
    }
    orr_mem_free(search.bounds);
    orr_vec_free(&search.feasible);
    return recommendation;
}

void orr_recommendation_free(orr_recommendation *recommendation)
{
    if (recommendation) orr_run_result_free(&recommendation->winner);
}
