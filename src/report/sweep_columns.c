/* A sweep as rows: its points as CSV (docs/RESULTS_FORMAT.md, "A sweep"), and the tables of its finalists and its front. */
#include <math.h>
#include "report/sweep_report.h"

static void put_head(const orr_study_file *file, orr_csv *csv)
{
    static const char *const figures[] = {"verdict", "gpus", "objective", "slo_ratio", "load", "batch", "mean_ttft_ms", "p99_ttft_ms", "mean_tpot_ms", "p99_tpot_ms", "output_tokens_per_s", "usd_per_mtok_output", "joules_per_output_token", "output_tokens_per_s_per_mw"};
    orr_csv_string(csv, "point");
    for (size_t d = 0; d < file->domain_count; d++) orr_csv_string(csv, file->domains[d].path);
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) orr_csv_string(csv, figures[i]);
}

static void put_point(const orr_study_file *file, const orr_sweep_point *p, size_t *choices, orr_csv *csv)
{
    const bool known = p->verdict == ORR_SWEEP_KEEPS || p->verdict == ORR_SWEEP_MISSES;
    orr_csv_int(csv, (int64_t)p->number);
    orr_sweep_choices(file, p->number, choices);
    for (size_t d = 0; d < file->domain_count; d++) orr_csv_string(csv, file->domains[d].choices[choices[d]]);
    orr_csv_string(csv, orr_sweep_verdict_key(p->verdict));
    orr_csv_int(csv, p->gpus);
    const double values[] = {p->objective, p->slo_ratio, p->load, p->batch, p->ttft_ns / 1e6, p->ttft_p99_ns / 1e6, p->tpot_ns / 1e6, p->tpot_p99_ns / 1e6, p->output_tokens_per_s, p->usd_per_mtok, p->joules_per_token, p->output_tokens_per_s_per_mw};
    for (size_t k = 0; k < sizeof values / sizeof *values; k++) orr_csv_double(csv, known || (k == 2 && p->verdict == ORR_SWEEP_OVERLOADED) ? values[k] : (double)NAN);
}

static void put_points(const orr_sweep *sweep, const size_t *which /* NULL: all */, size_t count, orr_arena *arena, orr_csv *csv)
{
    size_t *choices = ORR_NEW_ARRAY(arena, size_t, sweep->file->domain_count + 1);
    put_head(sweep->file, csv);
    orr_csv_row_end(csv);
    for (size_t i = 0; i < count; i++) {
        put_point(sweep->file, &sweep->points[which ? which[i] : i], choices, csv);
        orr_csv_row_end(csv);
    }
}

void orr_sweep_write_csv(const orr_sweep *sweep, orr_arena *arena, orr_text *out) { orr_sweep_put(sweep, arena, &(orr_csv){.out = out}); }
void orr_sweep_put(const orr_sweep *sweep, orr_arena *arena, orr_csv *csv) { put_points(sweep, NULL, sweep->point_count, arena, csv); }
void orr_sweep_put_front(const orr_sweep *sweep, orr_arena *arena, orr_csv *csv) { put_points(sweep, sweep->front, sweep->front_count, arena, csv); }

void orr_sweep_put_finalists(const orr_sweep *sweep, orr_arena *arena, orr_csv *csv)
{
    static const char *const simulated[] = {"simulated_objective", "simulated_slo_ratio", "simulated_mean_ttft_ms", "simulated_p99_ttft_ms", "simulated_mean_tpot_ms", "simulated_p99_tpot_ms", "simulated_output_tokens_per_s"};
    size_t *choices = ORR_NEW_ARRAY(arena, size_t, sweep->file->domain_count + 1);
    put_head(sweep->file, csv);
    orr_csv_string(csv, "simulated_keeps_slo");
    for (size_t i = 0; i < sizeof simulated / sizeof *simulated; i++) orr_csv_string(csv, simulated[i]);
    orr_csv_row_end(csv);
    for (size_t i = 0; i < sweep->finalist_count; i++) {
        const orr_finalist *f = &sweep->finalists[i];
        const orr_summary *ttft = &f->run.latency.by_metric[ORR_METRIC_TTFT], *tpot = &f->run.latency.by_metric[ORR_METRIC_TPOT];
        const double values[] = {f->objective, f->run.slo_worst_ratio, ttft->mean / 1e6, ttft->p99 / 1e6, tpot->mean / 1e6, tpot->p99 / 1e6, f->run.output_tokens_per_s};
        put_point(sweep->file, &sweep->points[f->point], choices, csv);
        orr_csv_int(csv, f->keeps);
        for (size_t k = 0; k < sizeof values / sizeof *values; k++) orr_csv_double(csv, k == 0 || f->ran ? values[k] : (double)NAN);
        orr_csv_row_end(csv);
    }
}
