/* The laws of the search, on small random spaces:
 *   1. every point has exactly one verdict, and the counts add up;
 *   2. the winner is the one that an exhaustive search without bounds finds;
 *   3. a pruned point, simulated all the same, is what its verdict says: infeasible, or no better than the winner; and its bounds hold;
 *   4. a run that stands for others gives what their own runs give;
 *   5. no feasible point lies beyond the front, but those that say they might;
 *   6. a cancelled search says what it knows, and calls the rest not decided.
 * ORR_SEARCH_CASES says how many spaces are drawn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search_cases.h"
#include "base/math.h"
#include "lab/bounds.h"

enum { DEFAULT_CASES = 40 };

typedef struct truth { bool bound, feasible, ran; double objective, user, gpu; int64_t gpus; orr_run_result result; } truth;

/* Requests that no system of this context serves: no system is blamed for them. */
static int64_t too_long(const orr_study *study, orr_diags *diags)
{
    orr_demand demand;
    assert_true(orr_demand_read(&study->traffic, study->seed, study->engine.max_model_len > 0 ? study->engine.max_model_len : study->model.max_context_tokens, NULL, &demand, diags));
    const int64_t count = demand.too_long;
    orr_demand_free(&demand);
    return count;
}

static truth simulate(const orr_study_file *file, const size_t *choices)
{
    truth t = {0};
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_study *study = ORR_NEW(arena, orr_study);
    t.bound = orr_study_bind(file, choices, arena, study, diags);
    if (t.bound) {
        study->serving.replicas = orr_study_replicas(study);
        t.gpus = orr_study_gpus(study);
        const int64_t elsewhere = study->serving.replicas * (orr_engine_chips(&study->engine) - orr_engine_own_chips(&study->engine));     /* FFN devices on hardware of their own */
        const orr_perf *perf = t.gpus - elsewhere <= study->hardware.chip_count ? orr_perf_prepare(study, arena, diags) : NULL;
        if (perf) {
            t.result = orr_run_study(study, perf, NULL, diags);
            orr_run_result owned = t.result;
            orr_run_result_free(&owned);
            t.ran = t.result.end == ORR_RUN_DONE;
            t.feasible = t.ran && t.result.requests_finished > 0 && t.result.requests_rejected == too_long(study, diags) && t.result.slo_met && !t.result.unstable;
            t.objective = orr_objective_value(study->objective, &t.result);
            t.user = t.result.interactivity_tokens_per_s_per_user[orr_front_stat(&study->slo)];
            t.gpu = t.result.output_tokens_per_s_per_gpu;
        }
    }
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
    return t;
}

static double loss_limit(double best) { return best + ORR_TIE_SHARE * fabs(best); }

/* The winner by the written rule, from the truth of every point; SIZE_MAX: none. */
static size_t exhaustive_winner(const orr_recommendation *r, const truth *truths, double *best)
{
    *best = INFINITY;
    for (size_t p = 0; p < r->candidate_count; p++) if (truths[p].feasible) *best = orr_min(*best, orr_objective_loss(r->objective, truths[p].objective));
    size_t winner = SIZE_MAX;
    for (size_t p = 0; p < r->candidate_count; p++) {
        const truth *t = &truths[p];
        if (!t->feasible || orr_objective_loss(r->objective, t->objective) > loss_limit(*best)) continue;
        const truth *w = winner == SIZE_MAX ? NULL : &truths[winner];
        if (!w || t->gpus < w->gpus || (t->gpus == w->gpus && t->result.slo_worst_ratio < w->result.slo_worst_ratio)) winner = p;
    }
    return winner;
}

/* A point that repeats another gives what that gives: some other point's run is its own. */
static void check_repeats(const orr_recommendation *r, const orr_candidate *c, const truth *truths)
{
    const truth *t = &truths[c->point];
    bool found = false;
    for (size_t k = 0; k < r->candidate_count && !found; k++) {
        const truth *o = &truths[r->candidates[k].point];
        if (r->candidates[k].verdict == ORR_VERDICT_REPEATS || o->bound != t->bound || o->ran != t->ran || o->feasible != t->feasible) continue;
        found = !t->ran || (o->gpus == t->gpus && o->result.steps == t->result.steps && o->result.duration_s == t->result.duration_s && o->result.energy_j == t->result.energy_j);
    }
    assert_true(found);
}

static void check_candidate(const orr_recommendation *r, const orr_candidate *c, const truth *t, double best)
{
    const double loss = orr_objective_loss(r->objective, t->objective);
    if (t->feasible && c->bound == c->bound) assert_true(orr_objective_loss(r->objective, c->bound) <= loss + 1e-9 * fabs(loss));
    switch (c->verdict) {
    case ORR_VERDICT_FEASIBLE:
        assert_true(t->feasible);
        assert_true(c->objective == t->objective);
        assert_int_equal(c->result.steps, t->result.steps);
        assert_true(c->result.duration_s == t->result.duration_s && c->result.energy_j == t->result.energy_j);
        break;
    case ORR_VERDICT_BOUND_COST: assert_true(!t->feasible || loss > loss_limit(best)); assert_false(c->simulated); break;
    case ORR_VERDICT_INVALID: assert_true(!t->bound || !t->ran); break;
    case ORR_VERDICT_REPEATS: break;         /* check_repeats */
    case ORR_VERDICT_UNKNOWN: case ORR_VERDICT_COUNT_: fail(); break;
    default: assert_false(t->feasible); break;
    }
    assert_non_null(c->reason);
    assert_true(c->reason[0] != '\0');
}

static void check_front(const orr_recommendation *r, const truth *truths)
{
    for (size_t k = 0; k < r->candidate_count; k++) {
        const size_t p = r->candidates[k].point;
        if (!truths[p].feasible || isnan(truths[p].user)) continue;
        if (strstr(r->candidates[k].reason, "not sought further")) continue;       /* the front's runs were used up, and the reason says so */
        bool covered = false;
        for (size_t i = 0; i < r->candidate_count && !covered; i++) {
            const orr_candidate *c = &r->candidates[i];
            covered = c->on_pareto_front && c->tokens_per_s_per_user >= truths[p].user && c->tokens_per_s_per_gpu * (1 + ORR_TIE_SHARE) >= truths[p].gpu;
        }
        assert_true(covered);
    }
}

static void check_case(uint64_t number)
{
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_rng rng = orr_rng_stream(4, "search-cases", number);
    const char *text = search_case_text(&rng, arena);
    const orr_study_file *file = search_case_read(text, arena);
    orr_recommendation *r = orr_recommend(file, &(orr_recommend_options){.threads = 2}, arena, diags);
    if (!r || getenv("ORR_SEARCH_SHOW")) {
        orr_text shown = {0};
        orr_diags_render(diags, false, &shown);
        if (r) search_case_write(r, &shown);
        print_message("case %llu\n%s\n%s\n", (unsigned long long)number, text, shown.bytes ? shown.bytes : "");
        orr_text_free(&shown);
    }
    assert_non_null(r);

    size_t counts[ORR_VERDICT_COUNT_] = {0}, seen = 0;
    bool *met = ORR_NEW_ARRAY(arena, bool, r->candidate_count);
    truth *truths = ORR_NEW_ARRAY(arena, truth, r->candidate_count);
    for (size_t i = 0; i < r->candidate_count; i++) {
        const orr_candidate *c = &r->candidates[i];
        assert_false(met[c->point]);
        met[c->point] = true;
        counts[c->verdict]++;
        seen++;
        truths[c->point] = simulate(file, c->choice_index);
    }
    assert_int_equal(seen, r->evaluated);
    for (int v = 0; v < ORR_VERDICT_COUNT_; v++) assert_int_equal(counts[v], r->verdict_counts[v]);

    double best;
    const size_t winner = exhaustive_winner(r, truths, &best);
    assert_true((winner != SIZE_MAX) == (r->winner_study != NULL));
    if (winner != SIZE_MAX) assert_int_equal(r->candidates[0].point, winner);
    for (size_t i = 0; i < r->candidate_count; i++) {
        check_candidate(r, &r->candidates[i], &truths[r->candidates[i].point], best);
        if (r->candidates[i].verdict == ORR_VERDICT_REPEATS) check_repeats(r, &r->candidates[i], truths);
    }
    check_front(r, truths);
    orr_recommendation_free(r);
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
}

static void equals_the_exhaustive_search(void **state)
{
    (void)state;
    const char *wanted = getenv("ORR_SEARCH_CASES"), *only = getenv("ORR_SEARCH_ONLY");
    const int cases = wanted ? atoi(wanted) : DEFAULT_CASES;
    if (only) { check_case((uint64_t)atoi(only)); return; }
    for (int i = 0; i < cases; i++) {
        print_message("case %d\n", i);
        check_case((uint64_t)i);
    }
}

static volatile int cancel_flag;
static void cancel_after_some(void *context, size_t decided, size_t total, size_t simulated, const char *best_label)
{
    (void)decided; (void)total; (void)best_label;
    if (simulated >= *(const size_t *)context) cancel_flag = 1;
}

static void cancelled_search_says_what_it_knows(void **state)
{
    (void)state;
    static const char text[] = "schema: orrery/v1\nmodel: meta-llama/Llama-3.1-8B-Instruct\nhardware: {node: dgx-h100, nodes: 1}\n"
        "engine: {profile: vllm, tensor_parallel_size: {choices: [1, 2, 4]}, max_num_seqs: {choices: [4, 8, 16]}, max_num_batched_tokens: {choices: [512, 1024, 2048, 4096]}}\n"
        "serving: {replicas: {choices: [1, 2]}}\ntraffic: {source: fixed, input_tokens: 500, output_tokens: 50, load: {process: closed, concurrency: 64}, stop: {requests: 400}}\n"
        "objective: {maximize: output_tokens_per_s_per_gpu}\n";
    for (size_t after = 0; after < 40; after += 13) {
        orr_arena *arena = orr_arena_create();
        orr_diags *diags = orr_diags_create();
        const orr_study_file *file = search_case_read(text, arena);
        cancel_flag = after == 0;
        orr_recommendation *r = orr_recommend(file, &(orr_recommend_options){.threads = 1, .cancel = &cancel_flag, .on_progress = cancel_after_some, .progress_context = &after}, arena, diags);
        assert_non_null(r);
        assert_true(r->interrupted);
        assert_true(r->verdict_counts[ORR_VERDICT_UNKNOWN] > 0);
        assert_int_equal(r->candidate_count, 72);
        assert_int_equal(r->evaluated + r->verdict_counts[ORR_VERDICT_UNKNOWN], 72);
        if (after >= 26) assert_non_null(r->winner_study);
        assert_non_null(r->answer);
        orr_recommendation_free(r);
        orr_diags_destroy(diags);
        orr_arena_destroy(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(equals_the_exhaustive_search), cmocka_unit_test(cancelled_search_says_what_it_knows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
