/* explain: one run, its typical steps taken apart, and sentences. */
#include "lab/explain.h"

#include "base/math.h"
#include "base/vec.h"
#include "lab/balance.h"
#include "lab/bounds.h"
#include "lab/placement.h"

typedef ORR_VEC(const char *) sentences;

static const char *gb(double bytes, orr_arena *arena) { return orr_arena_printf(arena, "%.1f GB", bytes / 1e9); }

static void say_step(const char *name, const orr_step_explanation *step, orr_arena *arena, sentences *out)
{
    if (step->line_count == 0) return;
    const orr_operator_line *dearest = &step->lines[0];
    for (size_t i = 1; i < step->line_count; i++) if (step->lines[i].cost.time_ns > dearest->cost.time_ns) dearest = &step->lines[i];
    double all_ns = 0;
    for (int i = 0; i < ORR_BIND_COUNT_; i++) all_ns += step->seconds_by_binding_ns[i];
    orr_vec_push(out, orr_arena_printf(arena, "%s takes %s: %s binds %.0f %% of it, %s next with %.0f %%; its dearest operator is %s (%s, %.0f %% of its physical limit).", name, orr_ns_text(step->step_ns, arena),
                                       orr_binding_name(step->binding), 100 * step->seconds_by_binding_ns[step->binding] / orr_max(all_ns, 1e-9), orr_binding_name(step->next_binding),
                                       100 * step->seconds_by_binding_ns[step->next_binding] / orr_max(all_ns, 1e-9), dearest->name, orr_ns_text(dearest->cost.time_ns, arena), dearest->limit_share * 100));
}

/* Which side waits for which. */
static void say_apart(const orr_step_explanation *step, orr_arena *arena, sentences *out)
{
    static const char *const names[] = {"attention devices", "dispatch", "FFN devices", "combine"};
    const orr_afd_shares *a = &step->apart;
    if (a->micro_batches == 0 || !(a->step_ns > 0)) return;
    int binding = 0;
    const char *shares = "";
    for (int s = 0; s < 4; s++) {
        if (a->busy_ns[s] > a->busy_ns[binding]) binding = s;
        shares = orr_arena_printf(arena, "%s%s%s %s%.0f %%%s", shares, s == 0 ? "" : s < 3 ? ", " : " and ", names[s], s == 0 ? "work " : "", 100 * a->busy_ns[s] / a->step_ns, s == 0 ? " of the time" : "");
    }
    orr_vec_push(out, orr_arena_printf(arena, "In it %s: %s set%s the pace of %lld micro-batch%s. Operators count for what the step is longer for them; what lies behind other work counts nothing.", shares, names[binding],
                                       binding % 2 == 0 ? "" : "s", (long long)a->micro_batches, a->micro_batches == 1 ? "" : "es"));
}

static void say_elasticities(const orr_study_explanation *e, orr_arena *arena, sentences *out)
{
    if (e->elasticity_count == 0 || e->decode.count == 0) return;
    const orr_elasticity *first = &e->elasticities[0];
    const char *also = e->elasticity_count > 1 ? orr_arena_printf(arena, "; of %s, by %+.1f %%", e->elasticities[1].parameter, 10 * e->elasticities[1].tpot) : "";
    orr_vec_push(out, orr_arena_printf(arena, "10 %% more of %s would change the time per output token by %+.1f %%%s.", first->parameter, 10 * first->tpot, also));
}

static void say_memory(const orr_study *study, const orr_perf *perf, const orr_memory_map *m, orr_arena *arena, sentences *out)
{
    const orr_perf *ffn_side = orr_perf_ffn(perf);
    const orr_memory_map ffn = ffn_side != NULL ? orr_perf_memory(ffn_side) : (orr_memory_map){.fits = true};
    if (!ffn.fits) {
        orr_vec_push(out, orr_arena_printf(arena, "It does not fit: an FFN device needs %s, of %s usable on it; more of them (engine.attention_ffn.ffn_devices) hold less each.", gb(ffn.weights_bytes + ffn.activation_bytes + ffn.runtime_bytes, arena),
                                           gb(ffn.usable_bytes, arena)));
        return;
    }
    if (!m->fits) {
        const int64_t smallest = orr_perf_smallest_tensor_parallel(study, arena);
        const double needed = m->weights_bytes + m->activation_bytes + m->runtime_bytes + m->encoder_bytes;
        orr_vec_push(out, orr_arena_printf(arena, "It does not fit: %s are needed before any cache, of %s usable on a GPU%s.", gb(needed, arena), gb(m->usable_bytes, arena),
                                           smallest > 0 ? orr_arena_printf(arena, "; the smallest tensor_parallel_size that fits is %lld", (long long)smallest) : ""));
        return;
    }
    orr_vec_push(out, orr_arena_printf(arena, "Of %s usable on %s, weights take %s, activations %s and the runtime %s; %s are left for the cache: %lld blocks, %lld tokens an engine.", gb(m->usable_bytes, arena), ffn_side != NULL ? "a GPU for attention" : "a GPU",
                                       gb(m->weights_bytes, arena), gb(m->activation_bytes, arena), gb(m->runtime_bytes, arena), gb(m->kv_bytes, arena), (long long)m->kv_blocks, (long long)m->kv_tokens));
    if (ffn_side != NULL) orr_vec_push(out, orr_arena_printf(arena, "Of %s usable on a GPU for FFN, weights take %s.", gb(ffn.usable_bytes, arena), gb(ffn.weights_bytes, arena)));
}

static void say_run(const orr_run_result *r, orr_arena *arena, sentences *out)
{
    orr_vec_push(out, orr_arena_printf(arena, "Over the run a step was in flight %.0f %% of the time; %.1f requests ran and %.1f waited a replica in the mean; the cache was %.0f %% full, at most %.0f %%.", r->busy_share * 100,
                                       r->mean_running, r->mean_waiting, r->kv_usage_mean * 100, r->kv_usage_peak * 100));
    if (r->unstable) orr_vec_push(out, "Unstable: the queue grows without bound; this load is more than the system can carry.");
    else if (r->slo_worst_ratio > 0)
        orr_vec_push(out, orr_arena_printf(arena, "Of the SLOs, %s %s is the nearest to its limit, at %.0f %% of it.", orr_stat_name(r->slo_worst_stat), orr_latency_metric_name(r->slo_worst_metric), r->slo_worst_ratio * 100));
}

/* The steps of the sums that `e` has. */
static void explain_steps(const orr_perf *perf, orr_study_explanation *e, orr_arena *arena)
{
    const orr_perf *prefill = orr_perf_prefill(perf);      /* with prefill engines the step with chunks is theirs, and holds nothing else */
    const orr_decode_sums nothing = {0};
    orr_prefill_chunk *chunks = ORR_NEW_ARRAY(arena, orr_prefill_chunk, e->chunk_count + 1);
    for (int i = 0; i < e->chunk_count; i++) chunks[i] = e->chunk;
    if (e->decode.count > 0) e->decode_step = orr_perf_explain(perf, &e->decode, NULL, 0, arena);
    if (e->chunk_count > 0) e->mixed_step = orr_perf_explain(prefill ? prefill : perf, prefill ? &nothing : &e->decode, chunks, e->chunk_count, arena);
}

/* A further group of replicas, as the first is told of. */
static void say_group(const orr_study *study, const orr_perf *perf, int number, const orr_group_result *group, orr_arena *arena, sentences *out)
{
    orr_study_explanation e = {.decode = group->typical_decode, .chunk = group->typical_chunk, .chunk_count = (int)orr_round_i64(group->chunks_per_mixed_step)};
    orr_study *view = ORR_NEW(arena, orr_study);
    orr_study_pool_view(study, number, arena, view);
    explain_steps(perf, &e, arena);
    say_step(orr_arena_printf(arena, "The typical decode step of group %s", group->name), &e.decode_step, arena, out);
    say_step(orr_arena_printf(arena, "The typical step with prefill of group %s", group->name), &e.mixed_step, arena, out);
    say_memory(view, perf, &group->memory, arena, out);
}

/* Of a system that did not run. */
static void say_misfits(const orr_study *study, const orr_perf *perf, const orr_memory_map *memory, orr_arena *arena, sentences *out)
{
    if (memory->fits && orr_study_has_groups(study)) {
        for (int g = 1; g < orr_study_own_pools(study); g++) {
            const orr_memory_map of = orr_perf_memory(orr_perf_group(perf, g));
            orr_study *view = ORR_NEW(arena, orr_study);
            orr_study_pool_view(study, g, arena, view);
            if (of.fits) continue;
            orr_vec_push(out, orr_arena_printf(arena, "%s is too small.", orr_study_pool_name(study, g, arena)));
            say_memory(view, orr_perf_group(perf, g), &of, arena, out);
        }
    }
    say_memory(study, perf, memory, arena, out);
}

/* Who served how much, on how much of the fleet. */
static void say_shares(const orr_run_result *r, orr_arena *arena, sentences *out)
{
    const char *all = "";
    for (int g = 0; g < r->group_count; g++) {
        const orr_group_result *group = &r->groups[g];
        all = orr_arena_printf(arena, "%s%s%s %.0f %% of the output tokens on %.0f %% of the GPUs", all, g == 0 ? "" : ", ", group->name, 100 * (double)group->output_tokens / (double)orr_max_i64(1, r->output_tokens), 100 * (double)group->gpus / (double)r->gpus);
    }
    orr_vec_push(out, orr_arena_printf(arena, "Of the groups: %s.", all));
}

static void say_fabric(const orr_study *study, orr_arena *arena, sentences *out)
{
    const orr_fabric_view *views;
    const int count = orr_fabric_views(study, arena, &views);
    for (int i = 0; i < count; i++) {
        const char *worst = orr_fabric_worst(&views[i], arena);
        if (worst) orr_vec_push(out, worst);
    }
}

bool orr_explain_study(const orr_study *study, const orr_run_options *watched, orr_arena *arena, orr_study_explanation *explanation, orr_diags *diags)
{
    *explanation = (orr_study_explanation){.label = study->title};
    orr_study *bound = ORR_NEW(arena, orr_study);
    *bound = *study;
    bound->serving.replicas = orr_study_replicas(study);
    const orr_perf *perf = orr_perf_prepare(bound, arena, diags);
    if (!perf) return false;
    sentences why = {0};
    explanation->memory = orr_perf_memory(perf);
    if (explanation->memory.fits) {
        explanation->run = orr_run_study(bound, perf, watched ? watched : &(orr_run_options){0}, diags);
        if (explanation->run.end == ORR_RUN_BROKEN_INPUT) { orr_vec_free(&why); return false; }
        explanation->runs = explanation->run.end == ORR_RUN_DONE || explanation->run.end == ORR_RUN_CANCELLED;
    }
    if (explanation->runs) {
        const orr_run_result *r = &explanation->run;
        const bool groups = r->group_count > 0;
        const char *whose = groups ? orr_arena_printf(arena, " of group %s", r->groups[0].name) : "";
        explanation->decode = r->typical_decode;
        explanation->chunk = r->typical_chunk;
        /* A mixed step has the mean number of chunks of the steps that have any. */
        explanation->mixed_share = r->steps > 0 ? (double)r->mixed_steps / (double)r->steps : 0;
        explanation->chunk_count = (int)orr_round_i64(r->chunks_per_mixed_step);
        explain_steps(perf, explanation, arena);
        const orr_images *images = orr_study_images(bound);
        explanation->image_count = images ? images->per_request : 0;
        explanation->images = orr_perf_explain_images(perf, explanation->image_count, arena);
        orr_elasticities(bound, explanation, arena);
        orr_balance_find(bound, explanation, arena);
        say_step(orr_arena_printf(arena, "The typical decode step%s", whose), &explanation->decode_step, arena, &why);
        say_apart(&explanation->decode_step, arena, &why);
        say_step(orr_arena_printf(arena, "The typical step with prefill%s", whose), &explanation->mixed_step, arena, &why);
        say_step(explanation->image_count == 1 ? "Encoding a request's image" : orr_arena_printf(arena, "Encoding a request's %lld images", (long long)explanation->image_count), &explanation->images, arena, &why);
        say_elasticities(explanation, arena, &why);
        say_memory(bound, perf, &explanation->memory, arena, &why);
        for (int g = 1; g < r->group_count; g++) say_group(bound, orr_perf_group(perf, g), g, &r->groups[g], arena, &why);
        if (groups) say_shares(r, arena, &why);
    } else say_misfits(bound, perf, &explanation->memory, arena, &why);
    say_fabric(bound, arena, &why);
    if (explanation->runs) say_run(&explanation->run, arena, &why);
    const char **kept = ORR_NEW_ARRAY(arena, const char *, why.count + 1);
    for (size_t i = 0; i < why.count; i++) kept[i] = why.items[i];
    explanation->why = kept;
    explanation->why_count = why.count;
    orr_vec_free(&why);
    return true;
}

void orr_study_explanation_free(orr_study_explanation *explanation) { orr_run_result_free(&explanation->run); }
