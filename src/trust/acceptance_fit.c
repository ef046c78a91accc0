#include "trust/acceptance_fit.h"

#include <math.h>
#include "base/math.h"
#include "trust/serving_validate.h"

enum { SECTIONS = 14 };         /* (0.98 - 0.3) 0.618^14 < 0.001 */

typedef struct problem { orr_bound_case *rows; size_t count; const orr_case_trial *before; orr_workers *workers; } problem;

void orr_acceptance_alter(void *context, const orr_case *one, orr_study *study)
{
    const orr_acceptance_trial *trial = context;
    if (trial->before && trial->before->alter) trial->before->alter(trial->before->context, one, study);
    study->engine.speculation.acceptance = (orr_rates){.count = 1, .same = true, .values = {trial->acceptance}};
}

static double loss_of(const problem *p, double acceptance)
{
    orr_arena *arena = orr_arena_create();
    orr_acceptance_trial trial = {acceptance, p->before};
    const orr_case_outcome *outcomes = orr_cases_run(p->rows, p->count, &(orr_case_trial){.context = &trial, .alter = orr_acceptance_alter, .coefficients = p->before ? p->before->coefficients : NULL}, p->workers, arena);
    double sum = 0;
    for (size_t i = 0; i < p->count; i++) {
        const orr_case_quantity is = orr_case_judged(p->rows[i].of, ORR_CASE_TPOT_MEAN);
        const double ratio = outcomes[i].predicted[is] / p->rows[i].of->measured[is], held = isfinite(ratio) && ratio > 0 ? orr_max(-1.2, orr_min(1.2, orr_log(ratio))) : 0;
        sum += sqrt(held * held + 0.05 * 0.05);
    }
    orr_arena_destroy(arena);
    return sum;
}

double orr_acceptance_fit(const orr_bound_case *bound, const bool *skip, size_t count, const orr_case_trial *before, orr_workers *workers)
{
    const double golden = 0.6180339887498949;
    orr_arena *arena = orr_arena_create();
    problem p = {ORR_NEW_ARRAY(arena, orr_bound_case, count + 1), 0, before, workers};
    for (size_t i = 0; i < count; i++)
        if (bound[i].study && (bound[i].of->build & ORR_CASE_SPECULATING) && !(skip && skip[i])) p.rows[p.count++] = bound[i];
    double low = 0.3, high = 0.98, left = high - golden * (high - low), right = low + golden * (high - low), best = NAN;
    if (p.count > 0) {
        double at_left = loss_of(&p, left), at_right = loss_of(&p, right);
        for (int i = 0; i < SECTIONS; i++) {
            if (at_left < at_right) {
                high = right, right = left, at_right = at_left;
                at_left = loss_of(&p, left = high - golden * (high - low));
            } else {
                low = left, left = right, at_left = at_right;
                at_right = loss_of(&p, right = low + golden * (high - low));
            }
        }
        best = 0.5 * (low + high);
    }
    orr_arena_destroy(arena);
    return best;
}
