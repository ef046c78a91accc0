/* Explanations and recommendations as tables and as JSON. */
#include <inttypes.h>
#include <math.h>
#include "app/answer.h"
#include "app/common.h"
#include "base/json.h"
#include "base/units.h"
#include "lab/bounds.h"

static void append_sentences(const char *const *sentences, size_t count, orr_text *out)
{
    for (size_t i = 0; i < count; i++) orr_text_printf(out, "  %s\n", sentences[i]);
}

static void put_sentences(orr_json *json, const char *key, const char *const *sentences, size_t count)
{
    orr_json_key(json, key);
    orr_json_array(json);
    for (size_t i = 0; i < count; i++) orr_json_string(json, sentences[i]);
    orr_json_array_end(json);
}

/* --- explain --- */

static void step_table(const char *title, const orr_step_explanation *step, orr_arena *arena, orr_text *out)
{
    if (step->line_count == 0) return;
    orr_text_printf(out, "\n%s: %s\n", title, orr_ns_text(step->step_ns, arena));
    orr_columns *columns = orr_columns_begin(arena, 6);
    orr_columns_row(columns, "operator", "shape", "times", "time", "of the step", "bound by (share of its limit)");
    for (size_t i = 0; i < step->line_count; i++) {
        const orr_operator_line *line = &step->lines[i];
        orr_columns_row(columns, line->name, line->shape, orr_arena_printf(arena, "%.4g", line->times), orr_ns_text(line->cost.time_ns, arena), orr_arena_printf(arena, "%.1f %%", 100 * line->cost.time_ns / step->step_ns),
                        orr_arena_printf(arena, "%s (%.0f %%)", orr_binding_name(line->binding), 100 * line->limit_share));
    }
    const double host_ns = step->step_ns - step->device.time_ns;
    if (host_ns > 0) orr_columns_row(columns, "host", "", "1", orr_ns_text(host_ns, arena), orr_arena_printf(arena, "%.1f %%", 100 * host_ns / step->step_ns), "host, beyond the device");
    orr_columns_write(columns, out);
}

void orr_answer_explanation_table(const orr_study_explanation *e, orr_arena *arena, orr_text *out)
{
    if (e->label) orr_text_printf(out, "%s\n\n", e->label);
    append_sentences(e->why, e->why_count, out);
    step_table("Typical decode step", &e->decode_step, arena, out);
    step_table("Typical step with prefill", &e->mixed_step, arena, out);
    if (e->elasticity_count == 0) return;
    orr_text_append(out, "\nElasticities: d ln(time) / d ln(parameter)\n");
    orr_columns *columns = orr_columns_begin(arena, 5);
    orr_columns_row(columns, "parameter", "value", "decode step", "step with prefill", "TPOT");
    for (size_t i = 0; i < e->elasticity_count; i++) {
        const orr_elasticity *l = &e->elasticities[i];
        orr_text value = {0};
        orr_unit_format(l->value, l->unit, 4, &value);
        orr_columns_row(columns, l->parameter, value.bytes, orr_arena_printf(arena, "%+.3f", l->decode_step), orr_arena_printf(arena, "%+.3f", l->mixed_step), orr_arena_printf(arena, "%+.3f", l->tpot));
        orr_text_free(&value);
    }
    orr_columns_write(columns, out);
}

static void put_step(orr_json *json, const char *key, const orr_step_explanation *step)
{
    orr_json_key(json, key);
    if (step->line_count == 0) { orr_json_null(json); return; }
    orr_json_object(json);
    orr_json_put_double(json, "step_ns", step->step_ns);
    orr_json_put_double(json, "device_ns", step->device.time_ns);
    orr_json_put_double(json, "host_ns", step->host_ns);
    orr_json_put_string(json, "binding", orr_binding_name(step->binding));
    orr_json_put_string(json, "next_binding", orr_binding_name(step->next_binding));
    orr_json_key(json, "operators");
    orr_json_array(json);
    for (size_t i = 0; i < step->line_count; i++) {
        const orr_operator_line *line = &step->lines[i];
        orr_json_object(json);
        orr_json_put_string(json, "name", line->name);
        orr_json_put_string(json, "shape", line->shape);
        orr_json_put_double(json, "times", line->times);
        orr_json_put_double(json, "time_ns", line->cost.time_ns);
        orr_json_put_string(json, "binding", orr_binding_name(line->binding));
        orr_json_put_double(json, "limit_share", line->limit_share);
        orr_json_object_end(json);
    }
    orr_json_array_end(json);
    orr_json_object_end(json);
}

void orr_answer_explanation_json(const orr_study_explanation *e, orr_text *out)
{
    orr_json json = orr_json_begin(out, true);
    orr_json_object(&json);
    orr_json_put_string(&json, "kind", "explain");
    orr_json_put_string(&json, "title", e->label);
    orr_json_put_bool(&json, "fits", e->memory.fits);
    orr_json_put_int(&json, "kv_blocks", e->memory.kv_blocks);
    put_sentences(&json, "why", e->why, e->why_count);
    put_step(&json, "decode_step", &e->decode_step);
    put_step(&json, "mixed_step", &e->mixed_step);
    orr_json_key(&json, "elasticities");
    orr_json_array(&json);
    for (size_t i = 0; i < e->elasticity_count; i++) {
        const orr_elasticity *l = &e->elasticities[i];
        orr_json_object(&json);
        orr_json_put_string(&json, "parameter", l->parameter);
        orr_json_put_double(&json, "value", l->value);
        orr_json_put_double(&json, "decode_step", l->decode_step);
        orr_json_put_double(&json, "mixed_step", l->mixed_step);
        orr_json_put_double(&json, "tpot", l->tpot);
        orr_json_put_double(&json, "throughput", l->throughput);
        orr_json_object_end(&json);
    }
    orr_json_array_end(&json);
    orr_json_object_end(&json);
    orr_text_append(out, "\n");
}

/* --- recommend --- */

static const char *figure(double value, orr_arena *arena) { return isnan(value) ? "-" : orr_arena_printf(arena, "%.4g", value); }

static void candidate_row(orr_columns *columns, size_t rank, const orr_candidate *c, orr_arena *arena)
{
    orr_columns_row(columns, orr_arena_printf(arena, "%zu", rank + 1), c->label, orr_arena_printf(arena, "%" PRId64, c->gpus), orr_verdict_name(c->verdict), figure(c->objective, arena), figure(c->tokens_per_s_per_gpu, arena),
                    figure(c->tokens_per_s_per_user, arena), c->on_pareto_front ? "*" : "", c->reason);
}

/* The same run under another limit, ranked before: one line says it all. */
static bool repeats_earlier(const orr_recommendation *r, size_t rank)
{
    const orr_candidate *c = &r->candidates[rank];
    if (!c->simulated) return false;
    for (size_t i = 0; i < rank && r->candidates[i].simulated; i++) if (r->candidates[i].same_as == c->same_as) return true;
    return false;
}

void orr_answer_recommendation_table(const orr_recommendation *r, size_t top, orr_arena *arena, orr_text *out)
{
    orr_text_printf(out, "%s\n\n", r->answer);
    append_sentences(r->why, r->why_count, out);
    orr_text_append(out, "\n");
    orr_columns *columns = orr_columns_begin(arena, 9);
    orr_columns_row(columns, "rank", "system", "GPUs", "verdict", orr_objective_title(r->objective), "tokens/s/GPU", orr_arena_printf(arena, "tokens/s/user (%s)", orr_stat_name(r->front_stat)), "front", "why");
    size_t shown = 0;
    for (size_t i = 0; i < r->candidate_count; i++) {
        const orr_candidate *c = &r->candidates[i];
        if (!c->on_pareto_front && (shown >= top || repeats_earlier(r, i))) continue;
        candidate_row(columns, i, c, arena);
        shown++;
    }
    orr_columns_write(columns, out);
    orr_text_append(out, "\n");
    orr_columns *counts = orr_columns_begin(arena, 2);
    for (int v = 0; v < ORR_VERDICT_COUNT_; v++) if (r->verdict_counts[v] > 0) orr_columns_row(counts, orr_verdict_name((orr_verdict)v), orr_arena_printf(arena, "%zu", r->verdict_counts[v]));
    orr_columns_write(counts, out);
}

static void put_candidate(orr_json *json, size_t rank, const orr_candidate *c)
{
    orr_json_object(json);
    orr_json_put_int(json, "rank", (int64_t)rank + 1);
    orr_json_put_int(json, "point", (int64_t)c->point);
    orr_json_put_string(json, "label", c->label);
    orr_json_put_int(json, "gpus", c->gpus);
    orr_json_put_int(json, "replicas", c->replicas);
    orr_json_put_string(json, "verdict", orr_verdict_name(c->verdict));
    orr_json_put_string(json, "reason", c->reason);
    orr_json_put_bool(json, "simulated", c->simulated);
    orr_json_put_bool(json, "on_pareto_front", c->on_pareto_front);
    orr_json_put_double(json, "objective", c->objective);
    orr_json_put_double(json, "bound", c->bound);
    orr_json_put_double(json, "output_tokens_per_s_per_gpu", c->tokens_per_s_per_gpu);
    orr_json_put_double(json, "tokens_per_s_per_user", c->tokens_per_s_per_user);
    orr_json_object_end(json);
}

void orr_answer_recommendation_json(const orr_recommendation *r, size_t top, orr_text *out)
{
    orr_json json = orr_json_begin(out, true);
    orr_json_object(&json);
    orr_json_put_string(&json, "kind", "recommend");
    orr_json_put_string(&json, "answer", r->answer);
    put_sentences(&json, "why", r->why, r->why_count);
    orr_json_put_string(&json, "objective", orr_objective_title(r->objective));
    orr_json_put_bool(&json, "interrupted", r->interrupted);
    orr_json_put_int(&json, "points", (int64_t)r->candidate_count);
    orr_json_put_int(&json, "decided", (int64_t)r->evaluated);
    orr_json_put_int(&json, "simulations", (int64_t)r->simulated);
    orr_json_key(&json, "verdicts");
    orr_json_object(&json);
    for (int v = 0; v < ORR_VERDICT_COUNT_; v++) orr_json_put_int(&json, orr_verdict_name((orr_verdict)v), (int64_t)r->verdict_counts[v]);
    orr_json_object_end(&json);
    orr_json_key(&json, "candidates");
    orr_json_array(&json);
    for (size_t i = 0; i < r->candidate_count; i++) if (i < top || r->candidates[i].on_pareto_front) put_candidate(&json, i, &r->candidates[i]);
    orr_json_array_end(&json);
    orr_json_object_end(&json);
    orr_text_append(out, "\n");
}
