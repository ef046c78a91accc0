#include "trust/kernel_calibrate.h"

#include <math.h>
#include <string.h>
#include "base/math.h"
#include "spec/catalogue.h"

#define BIT(family) ORR_FAMILY_BIT(ORR_KERNEL_##family)
/* What a FLOP costs sets the cap, hence times: it is fitted with them. */
static const char *const energy_fields[] = {"vector_factor", NULL};

static const orr_fit_group groups[] = {
    {"gemm", {"gemm"}, 1, BIT(GEMM), false, NULL, 0},
    {"attention", {"attention"}, 1, BIT(PREFILL_ATTENTION) | BIT(DECODE_ATTENTION), false, NULL, 0},
    {"mla", {"mla"}, 1, BIT(PREFILL_MLA) | BIT(DECODE_MLA) | BIT(ABSORBED), false, NULL, BIT(MLA_MODULE)},
    {"moe", {"moe"}, 1, BIT(MOE), false, NULL, 0},
    {"collective", {"collective"}, 1, BIT(COLLECTIVE), false, NULL, 0},
    {"dispatch", {"dispatch"}, 1, BIT(DISPATCH), false, NULL, 0},
    {"state", {"state"}, 1, BIT(STATE_SCAN) | BIT(STATE_UPDATE), false, NULL, 0},
    {"energy", {"energy"}, 1, ~(orr_family_set)0, true, energy_fields, 0},
};

const orr_fit_group *orr_fit_groups(size_t *count)
{
    *count = sizeof groups / sizeof *groups;
    return groups;
}

const orr_fit_group *orr_fit_group_find(const char *name)
{
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        if (orr_text_equal(groups[i].name, name)) return &groups[i];
    return NULL;
}

typedef struct fit_problem {
    const orr_kernel_sample *samples;
    size_t count;
    double *weights, *predicted_ns, *power_w;
    orr_workers *workers;
    bool power;
    orr_prediction_mode mode;
} fit_problem;

static double loss_of(void *context, const orr_coefficients *coefficients)
{
    fit_problem *p = context;
    orr_kernel_predict(p->samples, p->count, coefficients, p->mode, p->workers, p->predicted_ns, p->power ? p->power_w : NULL);
    double sum = 0, weights = 0;
    for (size_t i = 0; i < p->count; i++) {
        const double measured = p->power ? p->samples[i].row->power_w : p->samples[i].row->measured_ns, predicted = p->power ? p->power_w[i] : p->predicted_ns[i];
        if (!(p->weights[i] > 0) || !isfinite(predicted)) continue;
        const double r = orr_log(predicted / measured);
        sum += p->weights[i] * orr_log(1 + r * r / 0.04);
        weights += p->weights[i];
    }
    return weights > 0 ? sum / weights : 0;
}

/* A (table, kind) weighs as the square root of its rows, shared out among them. Kinds come in runs, few to a table. */
static void set_weights(fit_problem *p)
{
    for (size_t i = 0; i < p->count; i++) {
        size_t alike = 0;
        for (size_t j = i; j-- > 0 && p->samples[j].table == p->samples[i].table;)
            if (strcmp(p->samples[j].row->kind, p->samples[i].row->kind) == 0) { alike = (size_t)p->weights[j]; break; }
        p->weights[i] = (double)(alike + 1);        /* counts first: the last row of a kind holds its total */
    }
    for (size_t i = p->count; i-- > 0;) {
        double total = p->weights[i];
        for (size_t j = i + 1; j < p->count && p->samples[j].table == p->samples[i].table; j++)
            if (strcmp(p->samples[j].row->kind, p->samples[i].row->kind) == 0) { total = 1 / (p->weights[j] * p->weights[j]); break; }
        p->weights[i] = 1 / sqrt(total);
    }
}

static bool is_wanted(const orr_kernel_sample *sample, const orr_calibrate_options *options, bool power)
{
    if (power && !(sample->row->power_w > 0)) return false;
    if (options->engine != NULL && !orr_text_equal(options->engine, sample->table->engine)) return false;
    if (options->left_out_chip != NULL && orr_text_equal(options->left_out_chip, sample->table->chip)) return false;
    return options->folds == 0 || orr_kernel_fold(sample, options->folds) != options->held_out_fold;
}

orr_fit orr_kernel_calibrate(const orr_kernel_tables *tables, const orr_fit_group *group, const orr_calibrate_options *options, orr_workers *workers, orr_coefficients *coefficients)
{
    orr_arena *arena = orr_arena_create();
    orr_kernel_sample *samples = NULL;
    const size_t all = orr_kernel_samples(tables, group->families, options->rows_per_table, arena, &samples);
    fit_problem p = {.samples = samples, .workers = workers, .power = group->power, .mode = options->engine != NULL ? ORR_PREDICT_GIVEN : ORR_PREDICT_ENGINE};
    for (size_t i = 0; i < all; i++)
        if (is_wanted(&samples[i], options, group->power)) samples[p.count++] = samples[i];
    p.weights = ORR_NEW_ARRAY(arena, double, p.count + 1);
    p.predicted_ns = ORR_NEW_ARRAY(arena, double, p.count + 1);
    p.power_w = ORR_NEW_ARRAY(arena, double, p.count + 1);
    set_weights(&p);
    const orr_node *tree = orr_catalogue_tree(ORR_KIND_CALIBRATION, options->engine != NULL ? options->engine : "universal", (orr_place){0}, arena, NULL);
    orr_fit_field fields[ORR_MAX_FITTED];
    const size_t field_count = orr_fit_fields(group->sections, group->section_count, tree, group->fields, fields);
    const orr_fit fit = orr_coefficients_fit(fields, field_count, options->evaluations, loss_of, &p, coefficients);
    orr_arena_destroy(arena);
    return fit;
}
