/* results.json: 50 % and 90 % intervals of a run's figures, in their own units. */
#include "report/results_json.h"

static void put_range(orr_json *json, const char *key, double low, double high)
{
    orr_json_key(json, key);
    orr_json_array(json);
    orr_json_double(json, low);
    orr_json_double(json, high);
    orr_json_array_end(json);
}

/* `falls`: the figure is the inverse of what the interval is of (a price a token, of throughput). */
static void put_figure(orr_json *json, const char *key, double value, const orr_interval *i, bool falls)
{
    orr_json_key(json, key);
    orr_json_object(json);
    put_range(json, "half", falls ? value / i->high_half : value * i->low_half, falls ? value / i->low_half : value * i->high_half);
    put_range(json, "ninety", falls ? value / i->high_ninety : value * i->low_ninety, falls ? value / i->low_ninety : value * i->high_ninety);
    orr_json_object_end(json);
}

static void put_latencies(orr_json *json, const orr_run_result *run, const orr_run_intervals *intervals, orr_arena *arena)
{
    static const struct { orr_latency_metric metric; orr_interval_figure figure; } metrics[] = {{ORR_METRIC_TTFT, ORR_INTERVAL_TTFT}, {ORR_METRIC_TPOT, ORR_INTERVAL_TPOT}, {ORR_METRIC_ITL, ORR_INTERVAL_TPOT}, {ORR_METRIC_E2EL, ORR_INTERVAL_E2EL}};
    for (size_t m = 0; m < sizeof metrics / sizeof *metrics; m++) {
        const orr_summary *s = &run->latency.by_metric[metrics[m].metric];
        for (int stat = 0; s->count > 0 && stat < ORR_STAT_COUNT_; stat++)
            put_figure(json, orr_arena_printf(arena, "%s_%s_ms", orr_stat_key((orr_stat)stat), orr_metric_key(metrics[m].metric)), orr_summary_stat(s, (orr_stat)stat) / 1e6, &intervals->by[metrics[m].figure], false);
    }
}

void orr_results_put_intervals(orr_json *json, const orr_report *report, orr_arena *arena)
{
    const orr_run_result *run = report->run;
    const orr_run_intervals *intervals = report->intervals;
    const orr_interval *rate = &intervals->by[ORR_INTERVAL_THROUGHPUT], *power = &intervals->by[ORR_INTERVAL_POWER];
    orr_json_key(json, "intervals");
    orr_json_object(json);
    orr_json_put_string(json, "grade", orr_grade_name(intervals->grade));
    put_latencies(json, run, intervals, arena);
    put_figure(json, "request_throughput", run->request_throughput_per_s, rate, false);
    put_figure(json, "output_throughput", run->output_tokens_per_s, rate, false);
    put_figure(json, "total_token_throughput", run->total_tokens_per_s, rate, false);
    put_figure(json, "output_tokens_per_s_per_gpu", run->output_tokens_per_s_per_gpu, rate, false);
    put_figure(json, "usd_per_million_output_tokens", run->usd_per_mtok_output, rate, true);
    put_figure(json, "mean_power_w", run->mean_power_w, power, false);
    const orr_interval joules = {power->low_ninety / rate->high_ninety, power->low_half / rate->high_half, power->high_half / rate->low_half, power->high_ninety / rate->low_ninety};
    put_figure(json, "joules_per_output_token", run->joules_per_output_token, &joules, false);
    orr_json_object_end(json);
}
