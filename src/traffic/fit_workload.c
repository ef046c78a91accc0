#include "traffic/fit_workload.h"

#include <math.h>
#include "base/json.h"
#include "base/math.h"
#include "base/stats.h"
#include "traffic/fit_prefix.h"
#include "traffic/fit_quantiles.h"

/* --- fitting --- */

typedef void visit_fn(void *context, const orr_arrival *arrival);

static bool visit_trace(const char *path, orr_trace_format format, bool quiet, visit_fn *visit, void *context, orr_diags *diags)
{
    orr_trace *trace = orr_trace_open(path, format, quiet, diags);
    if (!trace) return false;
    orr_arrival arrival;
    while (orr_trace_next(trace, &arrival)) visit(context, &arrival);
    const bool failed = orr_trace_failed(trace);
    orr_trace_close(trace);
    return !failed;
}

/* Three readings: what occurs how often; which of it is the system prompt; the figures. */
typedef struct readings { orr_prefix_census census; orr_stream_sample sample; int64_t system_tokens, members; } readings;

static void visit_first(void *context, const orr_arrival *arrival) { orr_prefix_census_add(&((readings *)context)->census, arrival); }

static void visit_second(void *context, const orr_arrival *arrival)
{
    readings *reading = context;
    reading->system_tokens = orr_max_i64(reading->system_tokens, orr_prefix_census_system(&reading->census, arrival));
}

static void visit_third(void *context, const orr_arrival *arrival)
{
    readings *reading = context;
    reading->members += orr_prefix_census_is_member(&reading->census, arrival, reading->system_tokens);
    orr_stream_sample_add(&reading->sample, arrival, reading->system_tokens);
}

static double keep_digits(double value, double scale) { return isnan(value) ? 0 : (double)orr_round_i64(value * scale) / scale; }

static void fit_lengths(const double *values, size_t count, orr_length_quantiles *quantiles)
{
    double *sorted = orr_mem_resize(NULL, count * sizeof *sorted);
    for (size_t i = 0; i < count; i++) sorted[i] = values[i];
    orr_sort_doubles(sorted, count);
    orr_quantiles_fit(sorted, count, quantiles);
    orr_mem_free(sorted);
}

static orr_stream_figures sample_profile(const orr_workload *workload, int64_t requests, orr_diags *diags)
{
    orr_traffic traffic = {.kind = ORR_SOURCE_PROFILE, .workload = *workload, .load = ORR_LOAD_OPEN_GAMMA, .stop_requests = requests};
    if (workload->native_rate_per_s <= 0 || workload->arrival_cv <= 0) traffic.load = ORR_LOAD_ALL_AT_ONCE;
    orr_stream_sample sample = {0};
    orr_source_stream *source = orr_source_open(&traffic, 1, diags);
    orr_arrival arrival = {0};
    while (source && orr_source_next(source, &arrival)) orr_stream_sample_add(&sample, &arrival, orr_round_i64(workload->shared_prefix_tokens));
    orr_source_close(source);
    const orr_stream_figures figures = orr_stream_sample_figures(&sample);
    orr_stream_sample_free(&sample);
    return figures;
}

static orr_stream_figures figures_of_profile(const orr_workload *workload, int64_t trace_requests, orr_diags *diags)
{
    orr_stream_figures figures = sample_profile(workload, ORR_FIT_SAMPLE_REQUESTS, diags);
    const orr_stream_figures as_long = sample_profile(workload, trace_requests, diags);
    figures.hit_share = as_long.hit_share;
    figures.hit_request_share = as_long.hit_request_share;
    figures.reuse_distance_p50 = as_long.reuse_distance_p50;
    figures.reuse_distance_p90 = as_long.reuse_distance_p90;
    return figures;
}

static void fit_from(const readings *reading, orr_workload_fit *fit, orr_diags *diags)
{
    const orr_stream_sample *sample = &reading->sample;
    orr_workload *workload = &fit->workload;
    fit->trace = orr_stream_sample_figures(sample);
    fit_lengths(sample->input.items, sample->input.count, &workload->input);
    fit_lengths(sample->output.items, sample->output.count, &workload->output);
    workload->rank_correlation = keep_digits(fit->trace.rank_correlation, 1000);
    workload->arrival_cv = keep_digits(fit->trace.arrival_cv, 1000);
    workload->native_rate_per_s = keep_digits(fit->trace.rate_per_s, 10000);
    orr_prefix_fit(workload, &fit->trace, (double)reading->members / (double)sample->input.count, reading->system_tokens);
    fit->profile = figures_of_profile(workload, fit->trace.requests, diags);
}

bool orr_workload_fit_trace(const char *path, orr_trace_format format, orr_workload_fit *fit, orr_diags *diags)
{
    *fit = (orr_workload_fit){0};
    readings reading = {0};
    orr_trace *trace = orr_trace_open(path, format, true, diags);
    if (!trace) return false;
    fit->format = orr_trace_format_of(trace);
    orr_trace_close(trace);
    bool good = visit_trace(path, format, true, visit_first, &reading, diags) && visit_trace(path, format, true, visit_second, &reading, diags) &&
                visit_trace(path, format, false, visit_third, &reading, diags);
    if (good && reading.sample.input.count < 2) {
        const orr_place nowhere = {0};
        orr_diag_error(diags, nowhere, "the trace \"%s\" has %zu requests: too few to fit a workload to", path, reading.sample.input.count);
        good = false;
    }
    if (good) fit_from(&reading, fit, diags);
    orr_stream_sample_free(&reading.sample);
    orr_prefix_census_free(&reading.census);
    return good;
}

/* --- writing --- */

static void write_number(orr_text *out, double value)
{
    char buffer[32];
    orr_text_append(out, orr_double_shortest(value, buffer));
}

/* A cited value: `unit` follows the number. */
static void write_cited(orr_text *out, const char *key, double value, const char *unit, const char *origin, const char *note)
{
    orr_text_printf(out, "%s: {value: ", key);
    write_number(out, value);
    orr_text_printf(out, "%s, source: trace, origin: %s", unit, origin);
    if (note) orr_text_printf(out, ", note: \"%s\"", note);
    orr_text_append(out, "}\n");
}

static void write_quantiles(orr_text *out, const char *key, const orr_length_quantiles *quantiles)
{
    orr_text_printf(out, "%s:\n  source: trace\n  origin: measured\n  value:\n", key);
    for (int i = 0; i < quantiles->knot_count; i++) {
        orr_text_append(out, i % 5 == 0 ? (i ? ",\n    " : "    [") : ", ");
        orr_text_append(out, i % 5 == 0 && i ? " [" : "[");
        write_number(out, quantiles->p[i]);
        orr_text_append(out, ", ");
        write_number(out, quantiles->tokens[i]);
        orr_text_append(out, "]");
    }
    orr_text_append(out, "]\n");
}

static void write_quoted(orr_text *out, const char *text)
{
    orr_text_append(out, "\"");
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') orr_text_append(out, "\\");
        orr_text_append_bytes(out, text, 1);
    }
    orr_text_append(out, "\"");
}

static void write_head(orr_text *out, const orr_workload_citation *citation)
{
    orr_text_printf(out, "schema: orrery/workload/v1\nname: %s\ntitle: ", citation->name);
    write_quoted(out, citation->title);
    orr_text_append(out, "\naliases: []\nsources:\n  trace:\n    title: ");
    write_quoted(out, citation->source_title);
    const char *const keys[] = {"url", "license", "date", "read"}, *const values[] = {citation->source_url, citation->source_license, citation->source_date, citation->source_read};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (!values[i]) continue;
        orr_text_printf(out, "\n    %s: ", keys[i]);
        write_quoted(out, values[i]);
    }
    orr_text_append(out, "\n");
}

static void write_prefix(orr_text *out, const orr_workload *workload)
{
    if (workload->shared_prefix_tokens <= 0 && workload->prefix_share <= 0) return;
    orr_text_append(out, "prefix:\n");
    write_cited(out, "  shared_tokens", workload->shared_prefix_tokens, "", "measured", "what at least half of the prompts start with");
    if (workload->prefix_share <= 0) return;
    write_cited(out, "  share", workload->prefix_share, "", "measured", "of requests, those that have more than the system prompt in common with another");
    write_cited(out, "  fraction", workload->prefix_fraction, "", "calibrated", "so that the share of tokens found by a cache without limit agrees");
    write_cited(out, "  groups", workload->prefix_groups, "", "calibrated", "so that the median reuse distance agrees");
    write_cited(out, "  skew", workload->prefix_skew, "", "calibrated", "of 0, 0.4, 0.8, 1.2, so that the 90th percentile of the reuse distance comes nearest");
    write_cited(out, "  life_requests", workload->prefix_life_requests, "", "calibrated", "so that the share of requests that hit agrees");
}

static void write_lengths(orr_text *out, const char *key, const orr_length_figures *figures)
{
    orr_text_printf(out, "%s_tokens: {mean: %.1f, p50: %.6g, p90: %.6g, p99: %.6g, max: %.7g}", key, figures->mean, figures->p50, figures->p90, figures->p99, figures->max);
}

static void write_figures(orr_text *out, const char *key, const orr_stream_figures *figures)
{
    orr_text_printf(out, "  %s:\n    requests: %lld\n    ", key, (long long)figures->requests);
    write_lengths(out, "input", &figures->input);
    orr_text_append(out, "\n    ");
    write_lengths(out, "output", &figures->output);
    if (!isnan(figures->rank_correlation)) orr_text_printf(out, "\n    rank_correlation: %.3f", figures->rank_correlation);
    if (figures->rate_per_s > 0) orr_text_printf(out, "\n    arrival_cv: %.3f\n    rate: %.4f /s", figures->arrival_cv, figures->rate_per_s);
    if (figures->hit_share > 0) orr_text_printf(out, "\n    prefix_hit_share: %.4f\n    prefix_hit_request_share: %.4f", figures->hit_share, figures->hit_request_share);
    if (!isnan(figures->reuse_distance_p50)) orr_text_printf(out, "\n    reuse_distance: {p50: %.6g, p90: %.6g}", figures->reuse_distance_p50, figures->reuse_distance_p90);
    orr_text_append(out, "\n");
}

static const char *note_of_cv(const orr_stream_figures *trace)
{
    if (trace->coarse_stamps) return "of counts: the trace is stamped in steps";
    return trace->arrival_cv > 5 ? "mostly a few long pauses; gamma gaps of this cv come in sharper bursts than the trace's" : NULL;
}

void orr_workload_fit_write(const orr_workload_fit *fit, const orr_workload_citation *citation, orr_text *out)
{
    const orr_workload *workload = &fit->workload;
    write_head(out, citation);
    write_quantiles(out, "input_tokens", &workload->input);
    write_quantiles(out, "output_tokens", &workload->output);
    write_cited(out, "rank_correlation", workload->rank_correlation, "", "measured", NULL);
    if (fit->trace.rate_per_s > 0) {
        write_cited(out, "arrival_cv", workload->arrival_cv, "", "measured", note_of_cv(&fit->trace));
        write_cited(out, "native_rate", workload->native_rate_per_s, " /s", "measured", NULL);
    }
    write_prefix(out, workload);
    orr_text_append(out, "statistics:                  # not read: the trace, and this profile when sampled\n");
    write_figures(out, "trace", &fit->trace);
    write_figures(out, "profile", &fit->profile);
}
