/* The tables of `orrery predict`, and what the other verbs share of them. */
#include <math.h>
#include "base/math.h"
#include "report/figure.h"
#include "report/formulas.h"
#include "report/grid.h"
#include "report/results_json.h"
#include "report/texts.h"

void orr_text_put_head(const orr_report *report, orr_text *out)
{
    orr_text_printf(out, "%s\n", report->title);
    if (report->subtitle) orr_text_wrap(report->subtitle, 0, ORR_TEXT_COLUMNS, out);
    if (!report->answer) return;
    orr_text_append(out, "\n");
    orr_text_wrap(report->answer, 0, ORR_TEXT_COLUMNS, out);
}

void orr_text_put_why(const orr_report *report, size_t from, orr_text *out)
{
    for (size_t i = from; i < report->why_count; i++) {
        orr_text_append(out, "  - ");
        orr_text_wrap(report->why[i], 4, ORR_TEXT_COLUMNS, out);
    }
}

void orr_text_put_formulas(orr_arena *arena, orr_text *out)
{
    size_t count;
    const orr_formula *formulas = orr_formulas(&count);
    orr_grid *grid = orr_grid_begin(arena, "ll", 2);
    for (size_t i = 0; i < count; i++) ORR_GRID_ROW(grid, formulas[i].name, formulas[i].text);
    orr_text_append(out, "\nFormulas\n");
    orr_grid_write(grid, out);
}

/* --- latency --- */

static const char *in_ms(double ns, orr_arena *arena) { return orr_figure_fixed(ns / 1e6, 2, arena); }

/* "p99 2,000" for each limit on the metric, with a mark where it is missed */
static const char *limits_of(const orr_study *study, orr_latency_metric metric, const orr_summary *s, orr_arena *arena)
{
    const char *all = "";
    for (int stat = 0; stat < ORR_STAT_COUNT_; stat++) {
        const double limit_ns = study->slo.limit_ns[metric][stat];
        if (!(limit_ns > 0) || study->traffic.tenants.count > 0) continue;     /* of tenants: in their table */
        all = orr_arena_printf(arena, "%s%s%s %s%s", all, *all ? ", " : "", orr_stat_key((orr_stat)stat), orr_figure_number(limit_ns / 1e6, 3, arena), orr_summary_stat(s, (orr_stat)stat) <= limit_ns ? "" : " missed");
    }
    return all;
}

/* "61 - 92": nine times of ten the mean is within */
static const char *ninety_of(const orr_interval *i, double ns, orr_arena *arena)
{
    return orr_arena_printf(arena, "%s - %s", orr_figure_number(ns * i->low_ninety / 1e6, 3, arena), orr_figure_number(ns * i->high_ninety / 1e6, 3, arena));
}

static void put_latency(const orr_study *study, const orr_run_result *run, const orr_run_intervals *intervals, orr_arena *arena, orr_text *out)
{
    const orr_summary *by_metric = run->latency.by_metric;
    const struct { const char *name; const orr_summary *summary; int metric, figure; } lines[] = {
        {"TTFT", &by_metric[ORR_METRIC_TTFT], ORR_METRIC_TTFT, ORR_INTERVAL_TTFT}, {"  from admission", &run->latency.ttft_from_admission, -1, -1}, {"  in the queue", &run->latency.queue, -1, -1},
        {"  at encoders", &run->encoders.all, -1, -1},
        {"TPOT", &by_metric[ORR_METRIC_TPOT], ORR_METRIC_TPOT, ORR_INTERVAL_TPOT}, {"ITL", &by_metric[ORR_METRIC_ITL], ORR_METRIC_ITL, -1}, {"E2EL", &by_metric[ORR_METRIC_E2EL], ORR_METRIC_E2EL, ORR_INTERVAL_E2EL}};
    orr_grid *grid = orr_grid_begin(arena, "lrrrrrrrl", 0);
    ORR_GRID_ROW(grid, "Latency, ms", "mean", intervals ? "90 % sure" : "", "p50", "p90", "p95", "p99", "max", "limit");
    orr_grid_rule(grid);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        const orr_summary *s = lines[i].summary;
        if (s->count == 0) continue;
        ORR_GRID_ROW(grid, lines[i].name, in_ms(s->mean, arena), intervals && lines[i].figure >= 0 ? ninety_of(&intervals->by[lines[i].figure], s->mean, arena) : "", in_ms(s->p50, arena), in_ms(s->p90, arena), in_ms(s->p95, arena), in_ms(s->p99, arena), in_ms(s->max, arena),
                     lines[i].metric >= 0 ? limits_of(study, (orr_latency_metric)lines[i].metric, s, arena) : "");
    }
    orr_grid_write(grid, out);
}

/* --- the rest --- */

static const char *slo_text(const orr_run_result *r, orr_arena *arena)
{
    return orr_arena_printf(arena, "%s; %s of requests within every limit, %s%s%s %s nearest at %s of its limit", r->slo_met ? "met" : "missed", orr_figure_percent(r->slo_attainment, 2, arena), r->slo_worst_tenant ? r->slo_worst_tenant : "", r->slo_worst_tenant ? "'s " : "", orr_stat_key(r->slo_worst_stat),
                            (const char *const[]){"TTFT", "TPOT", "ITL", "E2EL"}[r->slo_worst_metric], orr_figure_percent(r->slo_worst_ratio, 1, arena));
}

/* What is said of prefill engines and of the way from them; "Decode", "Batch" and "KV cache" are then of those that decode. */
static void put_prefill(const orr_study *study, const orr_run_result *r, orr_arena *a, orr_grid *grid)
{
    const orr_prefill_result *p = &r->prefill;
    ORR_GRID_ROW(grid, "Prefill", orr_arena_printf(a, "%s on %s, %s input tok/s/GPU; step in flight %s, DRAM bandwidth %s, compute %s, links %s, host %s", orr_figure_plural(p->replicas, "engine", "engines", a),
                                                   orr_figure_plural(p->gpus, "GPU", "GPUs", a), orr_figure_number(p->input_tokens_per_s_per_gpu, 4, a), orr_figure_percent(p->busy_share, 0, a),
                                                   orr_figure_percent(p->memory_utilization, 0, a), orr_figure_percent(p->compute_utilization, 0, a), orr_figure_percent(p->link_utilization, 0, a),
                                                   orr_figure_percent(p->host_utilization, 0, a)));
    ORR_GRID_ROW(grid, "  requests", orr_arena_printf(a, "%s running in the mean, %s at most; %s waiting in the mean, %s at most; %s blocks an engine, %s used in the mean, %s at most", orr_figure_number(p->mean_running, 3, a),
                                                      orr_figure_count(p->peak_running, a), orr_figure_number(p->mean_waiting, 2, a), orr_figure_count(p->peak_waiting, a), orr_figure_count(p->kv_blocks, a),
                                                      orr_figure_percent(p->kv_usage_mean, 0, a), orr_figure_percent(p->kv_usage_peak, 0, a)));
    if (orr_study_keeps_prompts(study))
        ORR_GRID_ROW(grid, "  elsewhere", orr_arena_printf(a, "%s of %s, %s of the input tokens, computed by the engines that decode", orr_figure_plural(p->local_prompts, "prompt", "prompts", a), orr_figure_count(r->requests_finished, a),
                                                           orr_figure_percent((double)p->local_tokens / (double)orr_max_i64(1, r->input_tokens), 1, a)));
    if (p->transfers > 0)
        ORR_GRID_ROW(grid, "  transfers", orr_arena_printf(a, "%s of %s in the mean; %s from the first token on, %s at p99; links busy %s out, %s in", orr_figure_count(p->transfers, a),
                                                           orr_figure_bytes(p->transfer_bytes / (double)p->transfers, a), orr_figure_time(p->transfer.mean, a), orr_figure_time(p->transfer.p99, a),
                                                           orr_figure_percent(p->egress_utilization, 1, a), orr_figure_percent(p->ingress_utilization, 1, a)));
}

static const char *warmup_text(const orr_study *study, const orr_run_result *r, orr_arena *a)
{
    const bool found = study->measure.warmup_kind == ORR_WARMUP_AUTO;
    if (found && r->warmup_requests == 0) return "nothing: the run is in its steady state from the beginning (MSER-5)";
    return orr_arena_printf(a, "the first %s to finish, %s%s; figures are of what follows", orr_figure_plural(r->warmup_requests, "request", "requests", a), orr_figure_time(r->warmup_s * 1e9, a),
                            !found ? "" : r->warmup_unsettled ? ": no steady state was seen (MSER-5), a longer run may have one" : ", where a steady state begins (MSER-5)");
}

static void put_figures(const orr_study *study, const orr_run_result *r, orr_arena *arena, orr_text *out)
{
    orr_arena *a = arena;
    orr_grid *grid = orr_grid_begin(arena, "ll", 0);
    ORR_GRID_ROW(grid, "Requests", orr_arena_printf(a, "%s finished of %s in %s%s%s%s", orr_figure_count(r->requests_finished, a), orr_figure_count(r->requests_arrived, a), orr_figure_time(r->duration_s * 1e9, a),
                                                    r->requests_rejected > 0 ? orr_arena_printf(a, "; %s rejected as too long", orr_figure_count(r->requests_rejected, a)) : "",
                                                    r->requests_refused > 0 ? orr_arena_printf(a, "; %s refused at the door", orr_figure_count(r->requests_refused, a)) : "",
                                                    r->requests_lost > 0 ? orr_arena_printf(a, "; %s lost to failures", orr_figure_count(r->requests_lost, a)) : ""));
    if (study->measure.warmup_kind != ORR_WARMUP_NONE) ORR_GRID_ROW(grid, "  left out", warmup_text(study, r, a));
    if (r->slo_worst_ratio > 0) ORR_GRID_ROW(grid, "SLO", slo_text(r, a));
    ORR_GRID_ROW(grid, "Throughput", orr_arena_printf(a, "%s requests/s, %s output tok/s, %s total tok/s", orr_figure_number(r->request_throughput_per_s, 3, a), orr_figure_number(r->output_tokens_per_s, 4, a),
                                                      orr_figure_number(r->total_tokens_per_s, 4, a)));
    ORR_GRID_ROW(grid, "  of each GPU", orr_arena_printf(a, "%s output tok/s/GPU, %s total tok/s/GPU on %s", orr_figure_number(r->output_tokens_per_s_per_gpu, 4, a), orr_figure_number(r->total_tokens_per_s_per_gpu, 4, a),
                                                         orr_figure_plural(r->gpus, "GPU", "GPUs", a)));
    if (r->prefill.replicas > 0)
        ORR_GRID_ROW(grid, "  decoding", orr_arena_printf(a, "%s output tok/s/GPU over the %s that decode", orr_figure_number(r->output_tokens_per_s_per_decode_gpu, 4, a), orr_figure_plural(r->decode_gpus, "GPU", "GPUs", a)));
    ORR_GRID_ROW(grid, "  for a user", orr_arena_printf(a, "%s tok/s/user in the median, %s at p99", orr_figure_number(r->interactivity_tokens_per_s_per_user[ORR_STAT_P50], 3, a),
                                                        orr_figure_number(r->interactivity_tokens_per_s_per_user[ORR_STAT_P99], 3, a)));
    if (r->slo_worst_ratio > 0) ORR_GRID_ROW(grid, "Goodput", orr_arena_printf(a, "%s requests/s", orr_figure_number(r->goodput_per_s, 3, a)));
    if (isnan(r->usd_per_h)) ORR_GRID_ROW(grid, "Cost", "unknown: the chip has no price (hardware.chip.price.per_hour)");
    else ORR_GRID_ROW(grid, "Cost", orr_arena_printf(a, "%s/Mtok output, %s/Mtok total; %s/h", orr_figure_usd(r->usd_per_mtok_output, a), orr_figure_usd(r->usd_per_mtok_total, a), orr_figure_usd(r->usd_per_h, a)));
    const char *provided = isnan(r->output_tokens_per_s_per_mw) ? "" : orr_arena_printf(a, " of %s provided, all in: %s output tok/s/MW", orr_figure_number(r->all_in_w / 1e3, 3, a), orr_figure_number(r->output_tokens_per_s_per_mw, 4, a));
    ORR_GRID_ROW(grid, "Energy", orr_arena_printf(a, "%s J/output token, %s kW in the mean%s", orr_figure_number(r->joules_per_output_token, 3, a), orr_figure_number(r->mean_power_w / 1e3, 3, a), provided));
    orr_text_put_fabric_row(study, a, grid);
    orr_text_put_fleet(r, a, grid);
    orr_text_put_images(study, r, a, grid);
    if (r->prefill.replicas > 0) put_prefill(study, r, a, grid);
    ORR_GRID_ROW(grid, r->prefill.replicas > 0 ? "Decode" : "Use", orr_arena_printf(a, "step in flight %s; DRAM bandwidth %s, compute %s, links %s, host %s", orr_figure_percent(r->busy_share, 0, a), orr_figure_percent(r->memory_utilization, 0, a),
                                               orr_figure_percent(r->compute_utilization, 0, a), orr_figure_percent(r->link_utilization, 0, a), orr_figure_percent(r->host_utilization, 0, a)));
    orr_text_put_apart(r, a, grid);
    ORR_GRID_ROW(grid, "Batch", orr_arena_printf(a, "%s running in the mean, %s at most; %s waiting in the mean, %s at most", orr_figure_number(r->mean_running, 3, a), orr_figure_count(r->peak_running, a),
                                                 orr_figure_number(r->mean_waiting, 2, a), orr_figure_count(r->peak_waiting, a)));
    const orr_speculation *s = &study->engine.speculation;
    if (s->method != ORR_SPECULATION_NONE && r->decodes > 0 && r->group_count == 0)
        ORR_GRID_ROW(grid, "Speculation", orr_arena_printf(a, "%s; %s tokens a request and step in the mean, of %s%lld drafts %s accepted", orr_speculation_name(s->method),
                                                           orr_figure_number((double)r->decode_tokens / (double)r->decodes, 3, a), s->depth.policy == ORR_DEPTH_CONSTANT ? "" : "up to ", (long long)s->tokens, orr_figure_number((double)r->decode_tokens / (double)r->decodes - 1, 3, a)));
    ORR_GRID_ROW(grid, "KV cache", orr_arena_printf(a, "%s%s used in the mean, %s at most; %s; prefix hits %s of input", r->group_count > 0 ? "" : orr_arena_printf(a, "%s blocks an engine; ", orr_figure_count(r->kv_blocks, a)), orr_figure_percent(r->kv_usage_mean, 0, a),
                                                    orr_figure_percent(r->kv_usage_peak, 0, a), orr_figure_plural(r->preemptions, "preemption", "preemptions", a), orr_figure_percent(r->prefix_hit_share, 1, a)));
    orr_grid_write(grid, out);
}

static void put_certainty(const orr_run_intervals *intervals, orr_arena *arena, orr_text *out)
{
    static const char *const origins[] = {"the chip's own kernels were measured", "carried over from other chips' kernels", "carried over to a chip whose figures are partly assumed"};
    const orr_interval *rate = &intervals->by[ORR_INTERVAL_THROUGHPUT];
    orr_text_append(out, "\n");
    orr_text_wrap(orr_arena_printf(arena, "How sure: %s, %s. Nine times of ten throughput lies within %+.0f %% and %+.0f %% of this, a latency's statistics within the share that its mean does.", orr_grade_name(intervals->grade),
                                   origins[intervals->grade], 100 * (rate->low_ninety - 1), 100 * (rate->high_ninety - 1)), 0, ORR_TEXT_COLUMNS, out);
}

void orr_text_put_run(const orr_study *study, const orr_run_result *run, const orr_run_intervals *intervals, orr_arena *arena, orr_text *out)
{
    put_latency(study, run, intervals, arena, out);
    orr_text_append(out, "\n");
    put_figures(study, run, arena, out);
    orr_text_put_groups(run, arena, out);
    orr_text_put_tiers(run, arena, out);
    orr_text_put_tenants(run, arena, out);
    if (intervals) put_certainty(intervals, arena, out);
}

void orr_predict_write_text(const orr_report *report, bool formulas, orr_arena *arena, orr_text *out)
{
    orr_text_put_head(report, out);
    orr_text_append(out, "\n");
    if (report->run && report->run->requests_finished > 0) orr_text_put_run(report->study, report->run, report->intervals, arena, out);
    else if (report->memory) orr_text_put_memory(report, arena, out);
    orr_text_put_replications(report, arena, out);
    if (formulas) orr_text_put_formulas(arena, out);
}
