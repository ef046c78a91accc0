/* What each hardware parameter is worth: every quantity of the chip, node and fabric tables, changed by 10 %, and the typical steps taken again. A new parameter of a table is covered as it appears. */
#include "lab/explain.h"

#include <math.h>
#include <stdlib.h>
#include "base/math.h"
#include "base/vec.h"
#include "spec/field.h"

#define CHANGE 1.10
#define LEAST_EFFECT 0.001          /* below the change of a rounding */

typedef ORR_VEC(orr_elasticity) elasticities;

static double step_ns(const orr_perf *perf, const orr_decode_sums *decode, const orr_prefill_chunk *chunk, int chunk_count)
{
    const int64_t decode_tokens = decode->count * orr_perf_decode_tokens(perf), tokens = decode_tokens + chunk->new_tokens * chunk_count;
    if (tokens == 0) return 0;
    orr_cost total, part;
    orr_perf_step(perf, &(orr_step_shape){.decode = *decode, .chunk = *chunk, .chunk_count = chunk_count, .tokens = tokens, .logits = decode_tokens + chunk_count, .decode_only = chunk_count == 0}, &total);
    orr_perf_drafts(perf, decode, chunk, chunk_count, &part);
    orr_cost_add(&total, &part, 1);
    return orr_perf_join_ns(perf, total.time_ns, orr_perf_host_ns(perf, decode->count + chunk_count, tokens, chunk_count));
}

bool orr_step_times_of(const orr_study *study, const orr_study_explanation *e, orr_step_times *times)
{
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    const orr_perf *perf = orr_perf_prepare(study, arena, diags);
    if (perf) {
        const orr_prefill_chunk none = {0, 0};
        times->decode_ns = step_ns(perf, &e->decode, &none, 0);
        const orr_perf *prefill = orr_perf_prefill(perf);
        const orr_decode_sums nothing = {0};
        times->mixed_ns = e->chunk_count > 0 ? step_ns(prefill ? prefill : perf, prefill ? &nothing : &e->decode, &e->chunk, e->chunk_count) : times->decode_ns;
    }
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
    return perf != NULL;
}

/* Left out: what decides how tiles round into waves. With the peaks as they are, 10 % more cores are the same speed in other portions, and a step's answer to that is rounding, up or down. */
static bool is_rounding(const char *path) { return orr_text_ends_with(path, "chip.core.count"); }

static double slope(double before, double after) { return before > 0 && after > 0 ? orr_log(after / before) / orr_log(CHANGE) : 0; }

typedef struct perturbation { orr_study *study; const orr_study_explanation *explanation; orr_step_times before; double mixed_share; orr_arena *arena; elasticities *found; } perturbation;

/* Every quantity of the table, its sub-tables included, at `base` in the study copy. */
static void perturb_table(perturbation *p, const orr_table *table, void *base, const char *prefix)
{
    for (size_t i = 0; i < table->field_count; i++) {
        const orr_field *field = &table->fields[i];
        const char *path = orr_arena_printf(p->arena, "%s.%s", prefix, field->name);
        if (field->kind == ORR_FIELD_TABLE && field->table) { perturb_table(p, field->table, (char *)base + field->offset, path); continue; }
        if (field->kind != ORR_FIELD_QUANTITY || is_rounding(path) || (field->flags & (ORR_FIELD_UNSTORED | ORR_FIELD_HEAD))) continue;
        double *value = (double *)(void *)((char *)base + field->offset);
        const double kept = *value;
        if (!(kept > 0)) continue;
        *value = kept * CHANGE;
        orr_step_times after;
        const bool worked = orr_step_times_of(p->study, p->explanation, &after);
        *value = kept;
        if (!worked) continue;
        const double share = p->mixed_share;
        const double before_ns = orr_step_times_mean_ns(&p->before, share), after_ns = orr_step_times_mean_ns(&after, share);
        const orr_elasticity e = {.parameter = path, .doc = field->doc, .unit = field->unit, .value = kept, .decode_step = slope(p->before.decode_ns, after.decode_ns),
                                  .mixed_step = slope(p->before.mixed_ns, after.mixed_ns), .tpot = slope(before_ns, after_ns), .throughput = -slope(before_ns, after_ns)};
        if (fabs(e.decode_step) >= LEAST_EFFECT || fabs(e.mixed_step) >= LEAST_EFFECT) orr_vec_push(p->found, e);
    }
}

static int compare(const void *a, const void *b)
{
    const orr_elasticity *x = a, *y = b;
    const double dx = fabs(x->tpot), dy = fabs(y->tpot);
    if (dx != dy) return dx > dy ? -1 : 1;
    for (const char *s = x->parameter, *t = y->parameter;; s++, t++) if (*s != *t || !*s) return (unsigned char)*s < (unsigned char)*t ? -1 : (unsigned char)*s > (unsigned char)*t;
}

void orr_elasticities(const orr_study *study, orr_study_explanation *explanation, orr_arena *arena)
{
    elasticities found = {0};
    orr_study *copy = ORR_NEW(arena, orr_study);
    *copy = *study;
    perturbation p = {.study = copy, .explanation = explanation, .mixed_share = explanation->mixed_share, .arena = arena, .found = &found};
    if (orr_step_times_of(copy, explanation, &p.before)) {
        perturb_table(&p, &orr_chip_table, &copy->hardware.chip, "chip");
        perturb_table(&p, &orr_node_table, &copy->hardware.node, "node");
        perturb_table(&p, &orr_fabric_table, &copy->hardware.fabric, "fabric");
        orr_hardware *ffn = &copy->engine.attention_ffn.hardware;
        if (orr_ffn_has_hardware(&copy->engine.attention_ffn)) {
            perturb_table(&p, &orr_chip_table, &ffn->chip, "ffn chip");
            perturb_table(&p, &orr_node_table, &ffn->node, "ffn node");
            perturb_table(&p, &orr_fabric_table, &ffn->fabric, "ffn fabric");
        }
    }
    if (found.count > 1) qsort(found.items, found.count, sizeof *found.items, compare);
    explanation->elasticities = ORR_NEW_ARRAY(arena, orr_elasticity, found.count + 1);
    for (size_t i = 0; i < found.count; i++) explanation->elasticities[i] = found.items[i];
    explanation->elasticity_count = found.count;
    orr_vec_free(&found);
}
