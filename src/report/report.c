#include "report/report.h"

#include <math.h>
#include "base/math.h"
#include "lab/bounds.h"
#include "lab/demand.h"
#include "report/figure.h"

const char *orr_report_kind_name(orr_report_kind kind)
{
    static const char *const names[] = {[ORR_REPORT_PREDICT] = "predict", [ORR_REPORT_RECOMMEND] = "recommend", [ORR_REPORT_EXPLAIN] = "explain"};
    return names[kind];
}

static const char *or_else(const char *text, const char *otherwise) { return text && *text ? text : otherwise; }

const char *orr_engine_label(const orr_engine *e, int64_t replicas, orr_arena *arena)
{
    const char *label = orr_arena_printf(arena, "TP%lld", (long long)e->tensor_parallel_size);
    if (orr_engine_context_ranks(e) > 1) label = orr_arena_printf(arena, "%s PCP%lld", label, (long long)e->prefill_context_parallel_size);
    if (e->decode_context_parallel_size > 1) label = orr_arena_printf(arena, "%s DCP%lld", label, (long long)e->decode_context_parallel_size);
    if (e->pipeline_parallel_size > 1) label = orr_arena_printf(arena, "%s PP%lld", label, (long long)e->pipeline_parallel_size);
    if (e->data_parallel_size > 1) label = orr_arena_printf(arena, "%s DP%lld", label, (long long)e->data_parallel_size);
    if (e->attention_ffn.ffn_devices > 0) label = orr_arena_printf(arena, "%s + %lld for FFN", label, (long long)e->attention_ffn.ffn_devices);
    if (e->enable_expert_parallel) label = orr_arena_printf(arena, "%s EP", label);
    label = orr_arena_printf(arena, "%s %s", label, orr_dtype_name(e->weight_dtype));
    if (e->attention_ffn.ffn_devices > 0) label = orr_arena_printf(arena, "%s in %s", label, orr_figure_plural(e->attention_ffn.micro_batches, "micro-batch", "micro-batches", arena));
    if (e->speculation.method != ORR_SPECULATION_NONE) label = orr_arena_printf(arena, "%s %s %lld", label, orr_speculation_name(e->speculation.method), (long long)e->speculation.tokens);
    if (replicas > 0) label = orr_arena_printf(arena, "%s x %s", label, orr_figure_plural(replicas, "replica", "replicas", arena));
    return label;
}

const char *orr_system_label(const orr_study *study, int64_t replicas, orr_arena *arena)
{
    const orr_groups *groups = &study->serving.groups;
    const char *label = groups->count > 0 ? "" : orr_engine_label(&study->engine, replicas, arena);
    for (int64_t g = 0; g < groups->count; g++) label = orr_arena_printf(arena, "%s%s%s %s", label, g == 0 ? "" : " + ", groups->items[g].name, orr_engine_label(&groups->items[g].engine, groups->items[g].replicas, arena));
    const orr_prefill *prefill = &study->serving.prefill;
    if (orr_study_has_encoders(study)) label = orr_arena_printf(arena, "%s + %s", label, orr_figure_plural(study->serving.encoders.replicas, "encoder", "encoders", arena));
    return orr_study_has_pools(study) ? orr_arena_printf(arena, "prefill %s, decode %s", orr_engine_label(&prefill->engine, prefill->replicas, arena), label) : label;
}

const char *orr_traffic_label(const orr_traffic *t, orr_arena *arena)
{
    const char *source = or_else(t->source, "traffic");
    if (t->kind == ORR_SOURCE_FIXED) source = orr_arena_printf(arena, "%s tokens in, %s out", orr_figure_count(t->input_tokens, arena), orr_figure_count(t->output_tokens, arena));
    if (t->kind == ORR_SOURCE_MIX) source = orr_figure_plural(t->tenants.count, "tenant", "tenants", arena);
    if (t->images.share > 0) source = orr_arena_printf(arena, "%s, %s with %s", source, t->images.share < 1 ? orr_figure_percent(t->images.share, 0, arena) : "each", t->images.per_request > 1 ? orr_figure_plural(t->images.per_request, "image", "images", arena) : "an image");
    const bool sessions = orr_traffic_has_sessions(t);
    if (sessions) source = orr_arena_printf(arena, "%s of %s", t->sessions.tool_calls > 0 ? "agents" : "sessions", source);
    switch (t->load) {
    case ORR_LOAD_CLOSED: return orr_arena_printf(arena, "%s, %s in flight", source, orr_figure_count(t->concurrency, arena));
    case ORR_LOAD_ALL_AT_ONCE: return orr_arena_printf(arena, "%s, all at once", source);
    case ORR_LOAD_TRACE_TIMES: return t->time_scale != 1 && t->time_scale > 0 ? orr_arena_printf(arena, "%s at its own times, %s times as fast", source, orr_figure_number(t->time_scale, 3, arena)) : orr_arena_printf(arena, "%s at its own times", source);
    case ORR_LOAD_OPEN_POISSON:
    case ORR_LOAD_OPEN_GAMMA:
    case ORR_LOAD_OPEN_CONSTANT:
    case ORR_LOAD_OPEN_MMPP:
    case ORR_LOAD_OPEN_DIURNAL:
    case ORR_LOAD_OPEN_SPIKES: break;
    }
    const double rate = t->rate_per_s > 0 ? t->rate_per_s : t->kind == ORR_SOURCE_PROFILE ? t->workload.native_rate_per_s : 0;
    return rate > 0 ? orr_arena_printf(arena, "%s at %s %s/s", source, orr_figure_number(rate, 3, arena), sessions ? "sessions" : "requests") : source;
}

static const char *model_title(const orr_study *s) { return or_else(s->model.title, or_else(s->model.name, "a model")); }
static const char *chip_title(const orr_study *s) { return or_else(s->hardware.chip.title, or_else(s->hardware.chip.name, "a chip")); }

/* "8 x NVIDIA H100", and chips of other kinds beside them; `gpus`: of all. */
static const char *chips_text(const orr_study *study, int64_t gpus, orr_arena *arena)
{
    orr_chips chips[ORR_MOST_CHIP_KINDS];
    const char *others = "";
    for (int i = orr_study_chips(study, chips) - 1; i > 0; i--) {
        if (chips[i].chip == &study->hardware.chip || orr_text_equal(chips[i].chip->name, study->hardware.chip.name)) continue;
        gpus -= chips[i].count;
        others = orr_arena_printf(arena, "%s and %s x %s", others, orr_figure_count(chips[i].count, arena), or_else(chips[i].chip->title, or_else(chips[i].chip->name, "a chip")));
    }
    return orr_arena_printf(arena, "%s x %s%s", orr_figure_count(gpus, arena), chip_title(study), others);
}

static const char *subtitle(const orr_study *study, int64_t gpus, orr_arena *arena)
{
    return orr_arena_printf(arena, "%s on %s, %s, %s", model_title(study), chips_text(study, gpus, arena), or_else(study->engine.title, or_else(study->engine.profile, "an engine")),
                            orr_traffic_label(&study->traffic, arena));
}

static void describe(orr_report *report, orr_arena *arena)
{
    const orr_study *study = report->study;
    const int64_t gpus = report->run && report->run->gpus > 0 ? report->run->gpus : orr_study_gpus(study);
    report->title = or_else(study->title, orr_arena_printf(arena, "%s on %s", model_title(study), orr_study_has_groups(study) ? "a fleet of several kinds" : chip_title(study)));
    report->subtitle = subtitle(study, gpus, arena);
}

static const char *slo_words(const orr_run_result *run, orr_arena *arena)
{
    if (!(run->slo_worst_ratio > 0)) return "";
    const char *worst = orr_arena_printf(arena, "%s%s%s %s", run->slo_worst_tenant ? run->slo_worst_tenant : "", run->slo_worst_tenant ? "'s " : "", orr_stat_name(run->slo_worst_stat), orr_latency_metric_name(run->slo_worst_metric));
    return run->slo_met ? orr_arena_printf(arena, "; every SLO limit holds, %s nearest at %s", worst, orr_figure_percent(run->slo_worst_ratio, 1, arena))
                        : orr_arena_printf(arena, "; %s misses its limit, at %s of it", worst, orr_figure_percent(run->slo_worst_ratio, 1, arena));
}

/* The group that does not fit. */
static const char *misfit_name(const orr_run_result *run, orr_arena *arena)
{
    for (int g = 0; g < run->group_count; g++) if (!run->groups[g].memory.fits) return orr_arena_printf(arena, "for group %s ", run->groups[g].name);
    return "";
}

static const char *answer_of_run(const orr_study *study, const orr_run_result *run, orr_arena *arena)
{
    const char *label = orr_arena_printf(arena, "%s on %s", orr_system_label(study, run->replicas, arena), orr_figure_plural(run->gpus, "GPU", "GPUs", arena));
    if (run->end == ORR_RUN_DOES_NOT_FIT) {
        const orr_memory_map *m = &run->memory;
        return orr_arena_printf(arena, "%s does not fit: %s%s are needed before any cache, of %s usable on a GPU.", label, misfit_name(run, arena), orr_figure_bytes(m->weights_bytes + m->encoder_bytes + m->activation_bytes + m->runtime_bytes + m->state_bytes, arena),
                                orr_figure_bytes(m->usable_bytes, arena));
    }
    if (run->requests_finished == 0) return orr_arena_printf(arena, "%s finished no request.", label);
    if (run->unstable) return orr_arena_printf(arena, "%s is %s", label, orr_unstable_words(study, run, arena));
    const orr_summary *by_metric = run->latency.by_metric;
    const char *price = isnan(run->usd_per_mtok_output) ? "" : orr_arena_printf(arena, " at %s per million", orr_figure_usd(run->usd_per_mtok_output, arena));
    return orr_arena_printf(arena, "%s: p99 TTFT %s, p99 TPOT %s, %s output tok/s/GPU%s%s.", label, orr_figure_time(by_metric[ORR_METRIC_TTFT].p99, arena), orr_figure_time(by_metric[ORR_METRIC_TPOT].p99, arena),
                            orr_figure_number(run->output_tokens_per_s_per_gpu, 3, arena), price, slo_words(run, arena));
}

static void add_step(orr_report *report, const char *name, const orr_step_explanation *explanation, orr_decode_sums decode, orr_prefill_chunk chunk, int chunk_count)
{
    if (explanation->line_count > 0)
        report->steps[report->step_count++] = (orr_report_step){name, explanation, decode, chunk_count > 0 ? chunk : (orr_prefill_chunk){0}, chunk_count, 0};
}

static void add_images(orr_report *report, const orr_step_explanation *explanation, int64_t images)
{
    if (explanation->line_count > 0) report->steps[report->step_count++] = (orr_report_step){.name = "images", .explanation = explanation, .images = images};
}

/* The steps that a run's means describe; like those of lab/explain.c. */
static void add_typical_steps(orr_report *report, const orr_perf *perf, orr_arena *arena)
{
    const orr_run_result *run = report->run;
    const orr_perf *prefill = orr_perf_prefill(perf);       /* with prefill engines the step with chunks is theirs, and holds nothing else */
    const int chunk_count = run->typical_chunk.new_tokens > 0 ? (int)orr_max_i64(1, orr_round_i64(prefill ? run->chunks_per_mixed_step : run->chunks_per_step)) : 0;
    const orr_decode_sums beside = prefill ? (orr_decode_sums){0} : run->typical_decode;
    orr_step_explanation *explanations = ORR_NEW_ARRAY(arena, orr_step_explanation, 3);
    report->mixed_share = orr_min(1, run->chunks_per_step);
    if (run->typical_decode.count > 0) {
        explanations[0] = orr_perf_explain(perf, &run->typical_decode, NULL, 0, arena);
        add_step(report, "decode", &explanations[0], run->typical_decode, run->typical_chunk, 0);
    }
    if (chunk_count > 0) {
        orr_prefill_chunk *chunks = ORR_NEW_ARRAY(arena, orr_prefill_chunk, chunk_count);
        for (int i = 0; i < chunk_count; i++) chunks[i] = run->typical_chunk;
        explanations[1] = orr_perf_explain(prefill ? prefill : perf, &beside, chunks, chunk_count, arena);
        add_step(report, "mixed", &explanations[1], beside, run->typical_chunk, chunk_count);
    }
    const orr_images *images = orr_study_images(report->study);
    if (!images) return;
    explanations[2] = orr_perf_explain_images(perf, images->per_request, arena);
    add_images(report, &explanations[2], images->per_request);
}

orr_report orr_report_of_run(const orr_study *study, const orr_run_result *run, const orr_perf *perf, const char *version, orr_arena *arena)
{
    orr_report report = {.kind = ORR_REPORT_PREDICT, .version = version, .study = study, .run = run, .memory = &run->memory, .mixed_share = (double)NAN};
    describe(&report, arena);
    report.answer = answer_of_run(study, run, arena);
    if (run->end == ORR_RUN_DOES_NOT_FIT) report.run = NULL;        /* nothing ran: its memory is all there is to tell */
    if (perf && run->requests_finished > 0) {
        add_typical_steps(&report, perf, arena);
        orr_run_intervals *intervals = ORR_NEW(arena, orr_run_intervals);
        *intervals = orr_run_intervals_of(study, perf, run);
        report.intervals = intervals;
    }
    return report;
}

orr_report orr_report_of_explanation(const orr_study *study, const orr_study_explanation *e, const char *version, orr_arena *arena)
{
    orr_report report = {.kind = ORR_REPORT_EXPLAIN, .version = version, .study = study, .run = e->runs ? &e->run : NULL, .memory = &e->memory, .mixed_share = (double)NAN,
                         .elasticities = e->elasticities, .elasticity_count = e->elasticity_count, .balance = e->balance, .why = e->why, .why_count = e->why_count};
    describe(&report, arena);
    report.answer = e->why_count > 0 ? e->why[0] : NULL;
    if (e->runs) {
        report.mixed_share = e->mixed_share;
        add_step(&report, "decode", &e->decode_step, e->decode, e->chunk, 0);
        add_step(&report, "mixed", &e->mixed_step, orr_study_has_pools(study) ? (orr_decode_sums){0} : e->decode, e->chunk, e->chunk_count);
        add_images(&report, &e->images, e->image_count);
    }
    return report;
}

orr_report orr_report_of_recommendation(const orr_study_file *file, const orr_recommendation *r, const char *version, orr_arena *arena)
{
    orr_report report = {.kind = ORR_REPORT_RECOMMEND, .version = version, .study = r->winner_study, .mixed_share = (double)NAN, .why = r->why, .why_count = r->why_count, .recommendation = r, .file = file};
    if (r->winner_study) {
        report.run = &r->winner;
        report.memory = &r->winner.memory;
        report.intervals = &r->intervals;
        describe(&report, arena);
        /* the search explains the winner's mean step with its mean chunk, if any */
        const int chunk_count = r->winner.typical_decode.count == 0 && r->winner.typical_chunk.new_tokens > 0 ? 1 : 0;
        add_step(&report, chunk_count > 0 ? "mixed" : "decode", &r->explanation, r->winner.typical_decode, r->winner.typical_chunk, chunk_count);
    } else {
        const orr_node *title = file ? orr_tree_get(file->tree, "title") : NULL;
        report.title = title && title->scalar ? title->scalar : "A search without a winner";
        report.subtitle = orr_arena_printf(arena, "%s searched", orr_figure_plural((int64_t)r->candidate_count, "system", "systems", arena));
    }
    report.answer = r->answer;
    return report;
}
