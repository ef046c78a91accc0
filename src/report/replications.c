/* What replications say: the table, and results.json. 95 % confidence intervals of means over runs with seeds of their own: what chance in the traffic does. The model's own error is another matter and stands elsewhere. */
#include <math.h>
#include "report/figure.h"
#include "report/grid.h"
#include "report/results_json.h"
#include "report/texts.h"

static const char *const metric_names[ORR_REPLICATED_LATENCIES] = {"TTFT, ms", "TPOT, ms", "E2EL, ms"};

static const char *plus_minus(const orr_replicated *r, double unit, orr_arena *arena) { return r->count == 0 ? "-" : orr_figure_plus_minus(r->mean / unit, r->half / unit, arena); }

static bool nothing_varies(const orr_replications *all)
{
    return all->request_throughput_per_s.std == 0 && all->output_tokens_per_s.std == 0 && all->latency_ns[0][0].std == 0 && all->latency_ns[2][0].std == 0;
}

void orr_text_put_replications(const orr_report *report, orr_arena *arena, orr_text *out)
{
    const orr_replications *all = report->replications;
    if (all == NULL) return;
    orr_text_append(out, "\n");
    if (nothing_varies(all)) {
        orr_text_wrap(orr_arena_printf(arena, "All %s, each with a seed of its own, are the same: nothing in this study is drawn at random.", orr_figure_plural(all->count, "run", "runs", arena)), 0, ORR_TEXT_COLUMNS, out);
        return;
    }
    orr_grid *grid = orr_grid_begin(arena, "lrrrr", 0);
    ORR_GRID_ROW(grid, orr_arena_printf(arena, "Chance, over %s runs", orr_figure_count(all->count, arena)), "mean", "p50", "p90", "p99");
    orr_grid_rule(grid);
    for (int m = 0; m < ORR_REPLICATED_LATENCIES; m++)
        ORR_GRID_ROW(grid, metric_names[m], plus_minus(&all->latency_ns[m][0], 1e6, arena), plus_minus(&all->latency_ns[m][1], 1e6, arena), plus_minus(&all->latency_ns[m][2], 1e6, arena), plus_minus(&all->latency_ns[m][3], 1e6, arena));
    ORR_GRID_ROW(grid, "Requests/s", plus_minus(&all->request_throughput_per_s, 1, arena), "", "", "");
    ORR_GRID_ROW(grid, "Output tok/s", plus_minus(&all->output_tokens_per_s, 1, arena), "", "", "");
    if (all->goodput_per_s.count > 0) ORR_GRID_ROW(grid, "Goodput, requests/s", plus_minus(&all->goodput_per_s, 1, arena), "", "", "");
    if (all->slo_attainment.count > 0) ORR_GRID_ROW(grid, "Within limits, %", plus_minus(&all->slo_attainment, 0.01, arena), "", "", "");
    orr_grid_write(grid, out);
    orr_text_append(out, "\n");
    const char *unstable = all->unstable == 0 ? "" : orr_arena_printf(arena, " Of the runs %s unstable.", orr_arena_printf(arena, "%lld %s", (long long)all->unstable, all->unstable == 1 ? "is" : "are"));
    orr_text_wrap(orr_arena_printf(arena, "The means of %s, each with a seed of its own, and their 95 %% confidence intervals (Student's t): what chance in the traffic does. The tables above are of the first run; how far off the model "
                                   "may be is the other interval, \"90 %% sure\".%s", orr_figure_plural(all->count, "run", "runs", arena), unstable), 0, ORR_TEXT_COLUMNS, out);
}

static void put_figure(orr_json *json, const char *key, const orr_replicated *r, double unit)
{
    if (r->count == 0) return;
    orr_json_key(json, key);
    orr_json_object(json);
    orr_json_put_int(json, "runs", r->count);
    orr_json_put_double(json, "mean", r->mean / unit);
    orr_json_put_double(json, "std", r->std / unit);
    orr_json_put_double(json, "low", (r->mean - r->half) / unit);
    orr_json_put_double(json, "high", (r->mean + r->half) / unit);
    orr_json_object_end(json);
}

void orr_results_put_replications(orr_json *json, const orr_replications *all, orr_arena *arena)
{
    if (all == NULL) return;
    orr_json_key(json, "replications");
    orr_json_object(json);
    orr_json_put_int(json, "count", all->count);
    orr_json_put_double(json, "confidence", 0.95);
    orr_json_put_int(json, "unstable", all->unstable);
    orr_json_key(json, "seeds");
    orr_json_array(json);
    for (int64_t i = 0; i < all->count; i++) orr_json_int(json, (int64_t)all->seeds[i]);
    orr_json_array_end(json);
    for (int m = 0; m < ORR_REPLICATED_LATENCIES; m++)
        for (int k = 0; k < ORR_REPLICATED_STATS; k++)
            put_figure(json, orr_arena_printf(arena, "%s_%s_ms", orr_stat_key(orr_replicated_stats[k]), orr_metric_key(orr_replicated_metrics[m])), &all->latency_ns[m][k], 1e6);
    put_figure(json, "request_throughput", &all->request_throughput_per_s, 1);
    put_figure(json, "output_throughput", &all->output_tokens_per_s, 1);
    put_figure(json, "request_goodput", &all->goodput_per_s, 1);
    put_figure(json, "slo_attainment", &all->slo_attainment, 1);
    orr_json_object_end(json);
}
