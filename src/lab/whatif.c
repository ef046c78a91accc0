#include "lab/whatif.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/math.h"
#include "base/vec.h"
#include "lab/bounds.h"

typedef ORR_VEC(const char *) words;

static const char load_path[] = "traffic.load.concurrency";
enum { REFINE_STEPS = 8 };

static const orr_domain *domain_of(const orr_study_file *file, const char *path, size_t *index)
{
    for (*index = 0; *index < file->domain_count; (*index)++)
        if (strcmp(file->domains[*index].path, path) == 0) return &file->domains[*index];
    return NULL;
}

static orr_recommendation *search_of(orr_whatif_side *side, const orr_source *source, const words *settings, const orr_recommend_options *options, orr_arena *arena, orr_diags *diags)
{
    side->file = orr_study_file_read_source(arena, source, settings->items, settings->count, diags);
    return side->file ? orr_recommend(side->file, options, arena, diags) : NULL;
}

/* The winner's layout, and requests in flight between its number and the next of the domain that was searched. */
static bool put_finer(const orr_whatif_side *side, words *settings, orr_arena *arena)
{
    size_t load = 0;
    const orr_domain *domain = domain_of(side->file, load_path, &load);
    const orr_candidate *winner = &side->search->candidates[0];
    if (!domain || !side->search->winner_study || winner->choice_index[load] + 1 >= domain->choice_count) return false;
    const double low = strtod(domain->choices[winner->choice_index[load]], NULL), high = strtod(domain->choices[winner->choice_index[load] + 1], NULL);
    if (high - low < 2) return false;
    for (size_t d = 0; d < side->file->domain_count; d++)
        if (d != load) orr_vec_push(settings, orr_arena_printf(arena, "%s=%s", side->file->domains[d].path, side->file->domains[d].choices[winner->choice_index[d]]));
    const char *choices = NULL;
    double last = 0;
    for (int i = 0; i < REFINE_STEPS; i++) {
        const double n = (double)orr_round_i64(low * orr_pow(high / low, (double)i / REFINE_STEPS));
        if (n > last) choices = choices ? orr_arena_printf(arena, "%s, %.0f", choices, n) : orr_arena_printf(arena, "%.0f", n);
        last = n;
    }
    orr_vec_push(settings, orr_arena_printf(arena, "%s={choices: [%s]}", load_path, choices));
    return true;
}

static bool ask_side(orr_whatif_side *side, const orr_source *source, const words *given, const orr_recommend_options *options, orr_arena *arena, orr_diags *diags)
{
    side->search = search_of(side, source, given, options, arena, diags);
    if (!side->search) return false;
    words finer = {0};
    for (size_t i = 0; i < given->count; i++) orr_vec_push(&finer, given->items[i]);
    bool good = true;
    if (!side->search->interrupted && put_finer(side, &finer, arena)) {
        orr_whatif_side refined = {0};
        refined.search = search_of(&refined, source, &finer, options, arena, diags);
        good = refined.search != NULL;
        if (good && refined.search->winner_study) {
            orr_recommendation_free(side->search);
            *side = refined;
        } else if (good) orr_recommendation_free(refined.search);
    }
    orr_vec_free(&finer);
    if (good && side->search->winner_study) good = orr_explain_study(side->search->winner_study, &(orr_run_options){.cancel = options->cancel}, arena, &side->explanation, diags);
    return good;
}

/* --- words --- */

static const char *percent(double ratio, orr_arena *arena) { return orr_arena_printf(arena, "%+.*f %%", fabs(ratio - 1) < 0.0995 ? 1 : 0, 100 * (ratio - 1)); }

static const char *list_of(const char *const *items, size_t count, orr_arena *arena)
{
    const char *all = "";
    for (size_t i = 0; i < count; i++) all = orr_arena_printf(arena, "%s%s%s", all, i == 0 ? "" : i + 1 == count ? " and " : ", ", items[i]);
    return all;
}

static void say_binding(const char *when, const orr_whatif_side *side, orr_arena *arena, words *out)
{
    const orr_step_explanation *e = side->explanation.decode_step.line_count > 0 ? &side->explanation.decode_step : &side->explanation.mixed_step;
    if (e->line_count == 0) return;
    double all_ns = 0;
    for (int i = 0; i < ORR_BIND_COUNT_; i++) all_ns += e->seconds_by_binding_ns[i];
    orr_vec_push(out, orr_arena_printf(arena, "%s, a typical step takes %s, of which %s binds %.0f %%, then %s %.0f %%.", when, orr_ns_text(e->step_ns, arena), orr_binding_name(e->binding),
                                       100 * e->seconds_by_binding_ns[e->binding] / orr_max(all_ns, 1e-9), orr_binding_name(e->next_binding), 100 * e->seconds_by_binding_ns[e->next_binding] / orr_max(all_ns, 1e-9)));
}

static void say_next(const orr_whatif_side *after, orr_arena *arena, words *out)
{
    const orr_study_explanation *e = &after->explanation;
    const char *all = "";
    size_t said = 0;
    for (size_t i = 0; i < e->elasticity_count && said < 3; i++) {
        if (!(e->elasticities[i].throughput > 0.01)) continue;
        all = orr_arena_printf(arena, "%s%s%s (%+.1f %%)", all, said == 0 ? "" : ", ", e->elasticities[i].parameter, 10 * e->elasticities[i].throughput);
        said++;
    }
    if (said > 0) orr_vec_push(out, orr_arena_printf(arena, "Next: 10 %% more of what a busy system would gain most from: %s.", all));
}

static void say_silicon(const orr_whatif *w, orr_arena *arena, words *out)
{
    const orr_chip *a = &w->before.search->winner_study->hardware.chip, *b = &w->after.search->winner_study->hardware.chip;
    const char *all = "";
    const struct { const char *what; double was, is; const char *unit; } changed[] = {{"TDP", a->tdp_w, b->tdp_w, "W"}, {"dies", a->silicon_mm2, b->silicon_mm2, "mm2"}, {"cost to make", a->silicon_usd, b->silicon_usd, "USD"}};
    for (size_t i = 0; i < 3; i++)
        if (changed[i].was > 0 && changed[i].is > 0 && fabs(changed[i].is / changed[i].was - 1) > 0.001)
            all = orr_arena_printf(arena, "%s%s%s %.4g -> %.4g %s", all, *all ? ", " : "", changed[i].what, changed[i].was, changed[i].is, changed[i].unit);
    if (*all) orr_vec_push(out, orr_arena_printf(arena, "The chip: %s.", all));
}

static void compare(orr_whatif *w, const char *const *changes, size_t change_count, orr_arena *arena, words *out)
{
    const orr_recommendation *a = w->before.search, *b = w->after.search;
    const orr_interval_figure figure = ORR_INTERVAL_THROUGHPUT;
    const double sa = a->intervals.scale[figure], sb = b->intervals.scale[figure];
    w->gain = b->candidates[0].objective / a->candidates[0].objective;
    const bool same_chip = orr_text_equal(a->winner_study->hardware.chip.name, b->winner_study->hardware.chip.name);
    const double own = ORR_CHANGE_ERROR * orr_log(w->gain), s = sqrt(own * own + (same_chip ? 0 : sa * sa + sb * sb)), z = orr_normal_quantile(0.95);
    w->gain_low = w->gain * orr_exp(-z * s);
    w->gain_high = w->gain * orr_exp(z * s);
    const bool same = fabs(w->gain - 1) < ORR_TIE_SHARE;
    const char *with = list_of(changes, change_count, arena);
    w->answer = same ? orr_arena_printf(arena, "With %s nothing changes that a model can tell: %s, as before.", with, orr_objective_text(b->objective, b->candidates[0].objective, arena))
                     : orr_arena_printf(arena, "With %s: %s instead of %s, %s (90 %% sure: %s to %s).", with, orr_objective_text(b->objective, b->candidates[0].objective, arena), orr_objective_text(a->objective, a->candidates[0].objective, arena),
                                        percent(w->gain, arena), percent(w->gain_low, arena), percent(w->gain_high, arena));
    say_binding("As it is", &w->before, arena, out);
    say_binding("Changed", &w->after, arena, out);
    say_next(&w->after, arena, out);
    say_silicon(w, arena, out);
}

static void say_one_sided(orr_whatif *w, orr_arena *arena)
{
    const bool before = w->before.search->winner_study != NULL, after = w->after.search->winner_study != NULL;
    w->answer = after ? orr_arena_printf(arena, "Only with the change a system keeps every limit: %s As it is: %s", w->after.search->answer, w->before.search->answer)
        : before ? orr_arena_printf(arena, "With the change no system keeps every limit: %s As it is: %s", w->after.search->answer, w->before.search->answer)
                 : orr_arena_printf(arena, "No system keeps every limit, changed or not. As it is: %s Changed: %s", w->before.search->answer, w->after.search->answer);
}

bool orr_whatif_read(const orr_source *source, const char *const *settings, size_t setting_count, const char *const *changes, size_t change_count, const orr_study_file **sides, orr_arena *arena)
{
    words given = {0};
    orr_diags *diags = orr_diags_create();
    for (size_t i = 0; i < setting_count; i++) orr_vec_push(&given, settings[i]);
    sides[0] = orr_study_file_read_source(arena, source, given.items, given.count, diags);
    for (size_t i = 0; i < change_count; i++) orr_vec_push(&given, changes[i]);
    sides[1] = orr_study_file_read_source(arena, source, given.items, given.count, diags);
    orr_vec_free(&given);
    orr_diags_destroy(diags);
    return sides[0] && sides[1];
}

orr_whatif *orr_whatif_ask(const orr_source *source, const char *const *settings, size_t setting_count, const char *const *changes, size_t change_count, const orr_recommend_options *options, orr_arena *arena, orr_diags *diags)
{
    orr_whatif *w = ORR_NEW(arena, orr_whatif);
    words given = {0}, why = {0};
    for (size_t i = 0; i < setting_count; i++) orr_vec_push(&given, settings[i]);
    bool good = ask_side(&w->before, source, &given, options, arena, diags);
    for (size_t i = 0; i < change_count; i++) orr_vec_push(&given, changes[i]);
    good = good && ask_side(&w->after, source, &given, options, arena, diags);
    orr_vec_free(&given);
    if (!good) {
        orr_whatif_free(w);
        return NULL;
    }
    w->interrupted = w->before.search->interrupted || w->after.search->interrupted;
    w->compared = w->before.search->winner_study && w->after.search->winner_study;
    if (w->compared) compare(w, changes, change_count, arena, &why);
    else say_one_sided(w, arena);
    const char **kept = ORR_NEW_ARRAY(arena, const char *, why.count + 1);
    for (size_t i = 0; i < why.count; i++) kept[i] = why.items[i];
    w->why = kept;
    w->why_count = why.count;
    orr_vec_free(&why);
    return w;
}

void orr_whatif_free(orr_whatif *w)
{
    orr_whatif_side *const sides[] = {&w->before, &w->after};
    for (int i = 0; i < 2; i++) {
        if (!sides[i]->search) continue;
        if (sides[i]->search->winner_study) orr_study_explanation_free(&sides[i]->explanation);
        orr_recommendation_free(sides[i]->search);
        sides[i]->search = NULL;
    }
}
