/* A sweep as JSON: docs/RESULTS_FORMAT.md, "A sweep". */
#include "base/json.h"
#include "lab/space.h"
#include "report/contours_report.h"
#include "report/rivals_report.h"
#include "report/sweep_report.h"

static void put_choices(orr_json *json, const orr_sweep *sweep, size_t point, orr_arena *arena)
{
    size_t *choices = ORR_NEW_ARRAY(arena, size_t, sweep->file->domain_count + 1);
    orr_sweep_choices(sweep->file, sweep->points[point].number, choices);
    orr_json_key(json, "choices");
    orr_json_object(json);
    for (size_t d = 0; d < sweep->file->domain_count; d++) orr_json_put_string(json, sweep->file->domains[d].path, sweep->file->domains[d].choices[choices[d]]);
    orr_json_object_end(json);
}

static void put_point(orr_json *json, const orr_sweep *sweep, size_t point, const orr_finalist *f, orr_arena *arena)
{
    const orr_sweep_point *p = &sweep->points[point];
    orr_json_object(json);
    orr_json_put_string(json, "label", orr_sweep_label(sweep, point, arena));
    put_choices(json, sweep, point, arena);
    orr_json_put_int(json, "gpus", p->gpus);
    const struct { const char *key; double value; } figures[] = {{"objective", p->objective}, {"slo_ratio", p->slo_ratio}, {"load", p->load}, {"batch", p->batch}, {"mean_ttft_ms", p->ttft_ns / 1e6}, {"p99_ttft_ms", p->ttft_p99_ns / 1e6},
        {"mean_tpot_ms", p->tpot_ns / 1e6}, {"p99_tpot_ms", p->tpot_p99_ns / 1e6}, {"output_throughput", p->output_tokens_per_s}, {"usd_per_mtok_output", p->usd_per_mtok}, {"joules_per_output_token", p->joules_per_token},
        {"output_tokens_per_s_per_mw", p->output_tokens_per_s_per_mw}};
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) orr_json_put_double(json, figures[i].key, figures[i].value);
    if (f) {
        orr_json_key(json, "simulated");
        orr_json_object(json);
        orr_json_put_bool(json, "keeps_slo", f->keeps);
        orr_json_put_double(json, "objective", f->objective);
        if (f->ran) {
            const orr_summary *ttft = &f->run.latency.by_metric[ORR_METRIC_TTFT], *tpot = &f->run.latency.by_metric[ORR_METRIC_TPOT];
            orr_json_put_double(json, "slo_ratio", f->run.slo_worst_ratio);
            orr_json_put_double(json, "mean_ttft_ms", ttft->mean / 1e6);
            orr_json_put_double(json, "p99_ttft_ms", ttft->p99 / 1e6);
            orr_json_put_double(json, "mean_tpot_ms", tpot->mean / 1e6);
            orr_json_put_double(json, "p99_tpot_ms", tpot->p99 / 1e6);
            orr_json_put_double(json, "output_throughput", f->run.output_tokens_per_s);
        }
        orr_json_object_end(json);
    }
    orr_json_object_end(json);
}

static void put_effect(orr_json *json, const orr_sweep *sweep, const orr_effect *e)
{
    orr_json_object(json);
    orr_json_put_string(json, "path", e->path);
    orr_json_put_double(json, "first_order", e->first);
    orr_json_put_double(json, "total", e->total);
    orr_json_put_double(json, "least", e->least);
    orr_json_put_string(json, "least_with", e->low);
    orr_json_put_double(json, "most", e->most);
    orr_json_put_string(json, "most_with", e->high);
    orr_json_key(json, "best");
    orr_json_object(json);
    for (size_t d = 0; d < sweep->file->domain_count; d++) {
        const orr_domain *domain = &sweep->file->domains[d];
        if (!orr_text_equal(domain->path, e->path)) continue;
        for (size_t c = 0; c < domain->choice_count; c++) orr_json_put_double(json, domain->choices[c], e->best[c]);
    }
    orr_json_object_end(json);
    orr_json_object_end(json);
}

void orr_sweep_write_json(const orr_sweep *sweep, size_t top, const char *version, orr_arena *arena, orr_text *out)
{
    orr_json writer = orr_json_begin(out, true), *json = &writer;
    orr_json_object(json);
    orr_json_put_string(json, "schema", "orrery-sweep/v1");
    orr_json_put_string(json, "orrery_version", version);
    const orr_node *title = orr_tree_get(sweep->file->tree, "title");
    orr_json_put_string(json, "title", title && title->kind == ORR_NODE_SCALAR ? title->scalar : "");
    orr_json_put_string(json, "answer", orr_sweep_answer_text(sweep, arena));
    orr_json_put_string(json, "objective", orr_objective_key(sweep->objective));
    orr_json_put_double(json, "points_of_product", sweep->point_total);
    orr_json_put_int(json, "points", (int64_t)sweep->point_count);
    orr_json_put_int(json, "prepared", (int64_t)sweep->prepared);
    if (sweep->generations > 0) orr_json_put_int(json, "generations", (int64_t)sweep->generations);
    if (sweep->search.against_count > 0) {
        orr_json_key(json, "against");
        orr_json_array(json);
        for (int i = 0; i < sweep->search.against_count; i++) orr_json_string(json, orr_yardstick_key(sweep->search.against[i]));
        orr_json_array_end(json);
        orr_json_key(json, "front");
        orr_json_array(json);
        for (size_t i = 0; i < sweep->front_count; i++) put_point(json, sweep, sweep->front[i], NULL, arena);
        orr_json_array_end(json);
    }
    orr_json_key(json, "verdict_counts");
    orr_json_object(json);
    for (int v = 0; v < ORR_SWEEP_VERDICT_COUNT_; v++) orr_json_put_int(json, orr_sweep_verdict_key((orr_sweep_verdict)v), (int64_t)sweep->counts[v]);
    orr_json_object_end(json);
    orr_json_key(json, "finalists");
    orr_json_array(json);
    for (size_t i = 0; i < sweep->finalist_count; i++) put_point(json, sweep, sweep->finalists[i].point, &sweep->finalists[i], arena);
    orr_json_array_end(json);
    orr_rivals_put_json(json, sweep->rivals, sweep->objective, arena);
    orr_json_put_double(json, "most_off", sweep->most_off);
    orr_json_put_int(json, "unseen", (int64_t)sweep->unseen);
    orr_json_key(json, "best_in_closed_form");
    orr_json_array(json);
    for (size_t i = 0; i < sweep->ordered && i < top; i++) put_point(json, sweep, sweep->order[i], NULL, arena);
    orr_json_array_end(json);
    orr_json_key(json, "effects");
    orr_json_array(json);
    for (size_t i = 0; i < sweep->effect_count; i++) put_effect(json, sweep, &sweep->effects[i]);
    orr_json_array_end(json);
    orr_contours_put_json(json, sweep, arena);
    orr_json_object_end(json);
    orr_text_append(out, "\n");
}
