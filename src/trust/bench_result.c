#include "trust/bench_result.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "base/vec.h"

enum { MAX_DEPTH = 64, MOST_REQUESTS = 10000000, MOST_TOKENS = 100000000 };

typedef struct reader { const orr_source *source; orr_arena *arena; orr_diags *diags; orr_bench_result *out; } reader;

static orr_diag *complain(const reader *r, const char *problem) { return orr_diag_error(r->diags, (orr_place){0}, "%s: %s", r->source->name, problem); }

static bool refuse(const reader *r, const char *hint, const char *problem)
{
    orr_diag *diag = complain(r, problem);
    if (hint) orr_diag_hint(diag, "%s", hint);
    return false;
}

/* --- values --- */

/* An object's member, or NULL. */
static json_object *member(json_object *object, const char *key)
{
    json_object *value = NULL;
    return object && json_object_is_type(object, json_type_object) && json_object_object_get_ex(object, key, &value) ? value : NULL;
}

static bool is_number(json_object *value) { return value && (json_object_is_type(value, json_type_int) || json_object_is_type(value, json_type_double)); }

/* A finite number; NaN when it is none. */
static double number_of(json_object *value)
{
    const double number = is_number(value) ? json_object_get_double(value) : (double)NAN;
    return isfinite(number) ? number : (double)NAN;
}

static const char *text_of(const reader *r, json_object *value) { return value && json_object_is_type(value, json_type_string) ? orr_arena_strdup(r->arena, json_object_get_string(value)) : NULL; }

static bool is_count(double value, double most) { return value >= 0 && value <= most && !(floor(value) < value); }

/* A required number within bounds. */
static bool require(const reader *r, json_object *object, const char *key, double least, double most, double *value)
{
    json_object *found = member(object, key);
    *value = number_of(found);
    if (*value >= least && *value <= most) return true;
    return refuse(r, NULL, orr_arena_printf(r->arena, found ? "\"%s\" is no number from %g to %g" : "\"%s\" is missing, a number from %g to %g", key, least, most));
}

/* --- what every kind must come to --- */

static bool refuse_failures(const reader *r, double failed)
{
    return refuse(r, "What a failed request cost the others is not known: mend the cause and run the benchmark again.", orr_arena_printf(r->arena, "%.0f of its requests failed", failed));
}

static bool check(const reader *r)
{
    const orr_bench_result *b = r->out;
    const bool positive = b->requests >= 1 && b->requests <= MOST_REQUESTS && b->input_tokens >= 1 && b->input_tokens <= MOST_TOKENS && b->output_tokens >= 1 && b->output_tokens <= MOST_TOKENS;
    if (!positive) return refuse(r, NULL, orr_arena_printf(r->arena, "%" PRId64 " requests of %g tokens in and %g out are nothing to calibrate from", b->requests, b->input_tokens, b->output_tokens));
    if (!(b->mean_ms[ORR_METRIC_TTFT] > 0)) return refuse(r, "Results of streamed requests have it.", "no mean TTFT above 0 is told");
    if (b->output_tokens > 1 && !(b->mean_ms[ORR_METRIC_TPOT] > 0)) return refuse(r, "Results of streamed requests have it.", "no mean TPOT above 0 is told");
    return true;
}

static int by_start(const void *a, const void *b)
{
    const orr_bench_request *x = a, *y = b;
    return x->start_s < y->start_s ? -1 : x->start_s > y->start_s;
}

/* Checks the requests, orders them by their start, and takes means of their lengths. */
static bool keep_requests(const reader *r, orr_bench_request *each, size_t count, bool has_starts)
{
    double input = 0, output = 0;
    for (size_t i = 0; i < count; i++) {
        if (each[i].input_tokens < 1 || each[i].input_tokens > MOST_TOKENS || each[i].output_tokens < 1 || each[i].output_tokens > MOST_TOKENS)
            return refuse(r, NULL, orr_arena_printf(r->arena, "request %zu has %" PRId64 " tokens in and %" PRId64 " out: it did not finish", i, each[i].input_tokens, each[i].output_tokens));
        input += (double)each[i].input_tokens;
        output += (double)each[i].output_tokens;
    }
    if (has_starts) {
        qsort(each, count, sizeof *each, by_start);
        const double first = each[0].start_s;
        for (size_t i = 0; i < count; i++) each[i].start_s -= first;
    }
    r->out->each = each;
    r->out->has_starts = has_starts;
    r->out->requests = (int64_t)count;
    r->out->input_tokens = input / (double)count;
    r->out->output_tokens = output / (double)count;
    return true;
}

/* --- vLLM --- */

/* request_rate: a number, or "inf". */
static bool read_rate(const reader *r, json_object *object)
{
    json_object *value = member(object, "request_rate");
    const char *text = text_of(r, value);
    r->out->load_told = value != NULL;
    if (!value) return true;
    const double rate = text ? strtod(text, NULL) : is_number(value) ? json_object_get_double(value) : (double)NAN;
    if (!(rate > 0)) return refuse(r, NULL, "\"request_rate\" is no number above 0, nor \"inf\"");
    r->out->rate_per_s = isinf(rate) ? 0 : rate;
    const double burstiness = number_of(member(object, "burstiness"));
    if (burstiness > 0 && (burstiness < 1 || burstiness > 1)) {         /* the shape of gamma-distributed gaps */
        r->out->arrivals = ORR_BENCH_GAMMA;
        r->out->cv = 1 / sqrt(burstiness);
    }
    return true;
}

static bool read_concurrency(const reader *r, json_object *value)
{
    if (!value) return true;
    const double most = number_of(value);
    if (!is_count(most, MOST_REQUESTS) || most < 1) return refuse(r, NULL, "the limit of requests in flight is no whole number from 1");
    r->out->concurrency = (int64_t)most;
    return true;
}

static size_t list_length(json_object *list) { return list && json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0; }

static double item(json_object *list, size_t i) { return number_of(json_object_array_get_idx(list, i)); }

static bool read_lists(const reader *r, json_object *object, size_t count)
{
    json_object *inputs = member(object, "input_lens"), *outputs = member(object, "output_lens"), *starts = member(object, "start_times");
    if (list_length(inputs) != count || list_length(outputs) != count) {
        if (!inputs && !outputs) {
            r->out->spread_unknown = floor(r->out->input_tokens) < r->out->input_tokens || floor(r->out->output_tokens) < r->out->output_tokens;
            return true;
        }
        return refuse(r, NULL, orr_arena_printf(r->arena, "\"input_lens\" and \"output_lens\" have %zu and %zu entries for %zu requests", list_length(inputs), list_length(outputs), count));
    }
    orr_bench_request *each = ORR_NEW_ARRAY(r->arena, orr_bench_request, count + 1);
    bool timed = list_length(starts) == count;
    for (size_t i = 0; i < count; i++) {
        const double input = item(inputs, i), output = item(outputs, i), start = timed ? item(starts, i) : 0;
        each[i] = (orr_bench_request){.start_s = start, .input_tokens = is_count(input, MOST_TOKENS) ? (int64_t)input : 0, .output_tokens = is_count(output, MOST_TOKENS) ? (int64_t)output : 0};
        timed = timed && fabs(start) < 1e12;
    }
    return keep_requests(r, each, count, timed);
}

static bool read_vllm(const reader *r, json_object *object)
{
    static const char *const keys[ORR_METRIC_LATENCY_COUNT_] = {[ORR_METRIC_TTFT] = "mean_ttft_ms", [ORR_METRIC_TPOT] = "mean_tpot_ms", [ORR_METRIC_ITL] = "mean_itl_ms", [ORR_METRIC_E2EL] = "mean_e2el_ms"};
    orr_bench_result *b = r->out;
    double completed = 0, input = 0, output = 0, ttft = 0;
    const char *backend = text_of(r, member(object, "backend"));
    b->tool = backend && strcmp(backend, "orrery") == 0 ? "orrery predict" : "vllm bench serve";
    b->model = text_of(r, member(object, "model_id"));
    b->date = text_of(r, member(object, "date"));
    bool good = require(r, object, "completed", 1, MOST_REQUESTS, &completed);
    good = require(r, object, "total_input_tokens", 1, 1e15, &input) && good;
    good = require(r, object, "total_output_tokens", 1, 1e15, &output) && good;
    good = require(r, object, "mean_ttft_ms", 1e-9, 1e12, &ttft) && good;
    if (good && output > completed) good = require(r, object, "mean_tpot_ms", 1e-9, 1e12, &ttft);
    if (!good) return false;
    const double wanted = number_of(member(object, "num_prompts")), told = number_of(member(object, "failed"));
    const double failed = told > 0 ? told : wanted > completed ? wanted - completed : 0;
    if (failed > 0) return refuse_failures(r, failed);
    b->requests = (int64_t)completed;
    b->input_tokens = input / completed;
    b->output_tokens = output / completed;
    for (int m = 0; m < ORR_METRIC_LATENCY_COUNT_; m++) b->mean_ms[m] = number_of(member(object, keys[m]));
    return read_rate(r, object) && read_concurrency(r, member(object, "max_concurrency")) && read_lists(r, object, (size_t)b->requests);
}

/* --- aiperf --- */

/* A metric's number under `key` (avg or value) in ms; NaN: not told. */
static double milliseconds(json_object *metrics, const char *name, const char *key)
{
    static const struct { const char *unit; double ms; } units[] = {{"ns", 1e-6}, {"us", 1e-3}, {"ms", 1}, {"sec", 1e3}, {"s", 1e3}};
    json_object *metric = member(metrics, name), *unit = member(metric, "unit");
    for (size_t i = 0; unit && i < sizeof units / sizeof *units; i++)
        if (orr_text_equal(json_object_get_string(unit), units[i].unit)) return number_of(member(metric, key)) * units[i].ms;
    return (double)NAN;
}

static const char *const aiperf_names[ORR_METRIC_LATENCY_COUNT_] = {[ORR_METRIC_TTFT] = "time_to_first_token", [ORR_METRIC_TPOT] = "inter_token_latency", [ORR_METRIC_ITL] = "inter_chunk_latency", [ORR_METRIC_E2EL] = "request_latency"};

static bool read_loadgen(const reader *r, json_object *loadgen)
{
    json_object *rate = member(loadgen, "request_rate"), *concurrency = member(loadgen, "concurrency");
    const char *mode = text_of(r, member(loadgen, "request_rate_mode"));
    r->out->load_told = rate || concurrency;
    if (rate && !(number_of(rate) > 0)) return refuse(r, NULL, "\"request_rate\" is no number above 0");
    r->out->rate_per_s = rate ? number_of(rate) : 0;
    if (mode && strcmp(mode, "constant") == 0) r->out->arrivals = ORR_BENCH_CONSTANT;
    return read_concurrency(r, concurrency);
}

/* The i-th of a sequence that fills 0 .. 1 evenly (van der Corput's, by the base). */
static double even_share(size_t i, size_t base)
{
    double share = 0, digit = 1;
    for (size_t rest = i + 1; rest > 0; rest /= base) {
        digit /= (double)base;
        share += digit * (double)(rest % base);
    }
    return share;
}

/* A whole length within sqrt(3) standard deviations of the mean: what a uniform distribution has. */
static int64_t length_at(double mean, double deviation, double share)
{
    const double length = mean + (2 * share - 1) * sqrt(3) * (deviation > 0 ? deviation : 0);
    return length < 1 ? 1 : length > MOST_TOKENS ? MOST_TOKENS : (int64_t)(length + 0.5);
}

static bool spread_lengths(const reader *r, double input_deviation, double output_deviation)
{
    orr_bench_result *b = r->out;
    b->spread_unknown = isnan(input_deviation) && isnan(output_deviation) && (floor(b->input_tokens) < b->input_tokens || floor(b->output_tokens) < b->output_tokens);
    if (!(input_deviation > 0.5) && !(output_deviation > 0.5)) return true;
    orr_bench_request *each = ORR_NEW_ARRAY(r->arena, orr_bench_request, b->requests);
    for (size_t i = 0; i < (size_t)b->requests; i++)
        each[i] = (orr_bench_request){.input_tokens = length_at(b->input_tokens, input_deviation, even_share(i, 2)), .output_tokens = length_at(b->output_tokens, output_deviation, even_share(i, 3))};
    return keep_requests(r, each, (size_t)b->requests, false);
}

static bool read_aiperf_summary(const reader *r, json_object *object)
{
    orr_bench_result *b = r->out;
    json_object *config = member(object, "input_config"), *models = member(member(config, "endpoint"), "model_names"), *cancelled = member(object, "was_cancelled");
    double requests = 0, input = 0, output = 0;
    b->tool = "aiperf";
    b->date = text_of(r, member(object, "start_time"));
    b->model = list_length(models) ? text_of(r, json_object_array_get_idx(models, 0)) : NULL;
    bool good = require(r, member(object, "request_count"), "avg", 1, MOST_REQUESTS, &requests);
    good = require(r, member(object, "input_sequence_length"), "avg", 1, MOST_TOKENS, &input) && good;
    good = require(r, member(object, "output_sequence_length"), "avg", 1, MOST_TOKENS, &output) && good;
    if (!good) return refuse(r, NULL, "aiperf's request_count, input_sequence_length and output_sequence_length are needed");
    const double failed = number_of(member(member(object, "error_request_count"), "avg"));
    if (failed > 0) return refuse_failures(r, failed);
    if (list_length(member(object, "error_summary"))) return refuse(r, "Mend the cause and run the benchmark again.", "some of its requests failed");
    if (cancelled && json_object_get_boolean(cancelled)) return refuse(r, "Run the benchmark to its end.", "the benchmark was cancelled");
    b->requests = (int64_t)requests;
    b->input_tokens = input;
    b->output_tokens = output;
    for (int m = 0; m < ORR_METRIC_LATENCY_COUNT_; m++) b->mean_ms[m] = milliseconds(object, aiperf_names[m], "avg");
    const double input_deviation = number_of(member(member(object, "input_sequence_length"), "std")), output_deviation = number_of(member(member(object, "output_sequence_length"), "std"));
    return read_loadgen(r, member(config, "loadgen")) && spread_lengths(r, input_deviation, output_deviation);
}

typedef struct records { ORR_VEC(orr_bench_request) each; double sums[ORR_METRIC_LATENCY_COUNT_]; size_t counts[ORR_METRIC_LATENCY_COUNT_], failed; } records;

/* One line of profile_export.jsonl; warm-up requests are passed over. */
static bool take_record(const reader *r, json_object *object, records *all)
{
    json_object *metadata = member(object, "metadata"), *metrics = member(object, "metrics"), *phase = member(metadata, "benchmark_phase"), *cancelled = member(metadata, "was_cancelled");
    if (phase && !orr_text_equal(json_object_get_string(phase), "profiling")) return true;
    if (member(object, "error") || (cancelled && json_object_get_boolean(cancelled))) { all->failed++; return true; }
    const double input = number_of(member(member(metrics, "input_sequence_length"), "value")), output = number_of(member(member(metrics, "output_sequence_length"), "value"));
    json_object *start = member(metadata, "request_start_ns");
    const size_t number = all->each.count + all->failed + 1;
    if (!(input >= 1 && input <= MOST_TOKENS) || !(output >= 1 && output <= MOST_TOKENS) || !start || !json_object_is_type(start, json_type_int))
        return refuse(r, NULL, orr_arena_printf(r->arena, "record %zu lacks its input_sequence_length, output_sequence_length or request_start_ns", number));
    orr_vec_push(&all->each, (orr_bench_request){.start_s = (double)json_object_get_int64(start) * 1e-9, .input_tokens = (int64_t)input, .output_tokens = (int64_t)output});
    for (int m = 0; m < ORR_METRIC_LATENCY_COUNT_; m++) {
        const double ms = milliseconds(metrics, aiperf_names[m], "value");      /* inter_chunk_latency is a list: its mean is not told */
        if (!(ms > 0) || ms > 1e12) continue;
        all->sums[m] += ms;
        all->counts[m]++;
    }
    return true;
}

static bool finish_records(const reader *r, const records *all)
{
    orr_bench_result *b = r->out;
    b->tool = "aiperf";
    if (all->failed) return refuse_failures(r, (double)all->failed);
    if (!all->each.count) return refuse(r, NULL, "no request is recorded");
    orr_bench_request *each = ORR_NEW_ARRAY(r->arena, orr_bench_request, all->each.count);
    memcpy(each, all->each.items, all->each.count * sizeof *each);
    for (int m = 0; m < ORR_METRIC_LATENCY_COUNT_; m++) b->mean_ms[m] = all->counts[m] ? all->sums[m] / (double)all->counts[m] : (double)NAN;
    return keep_requests(r, each, all->each.count, true);
}

/* --- the file: one value, or aiperf's lines --- */

static orr_place place_at(const orr_source *source, size_t at)
{
    orr_place place = {.source = source, .line = 1, .column = 1};
    for (size_t i = 0; i < at && i < source->length_bytes; i++) {
        place.column++;
        if (source->bytes[i] == '\n') { place.line++; place.column = 1; }
    }
    return place;
}

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/* The next value from *at on; NULL at the end (*good stays) or when reported. */
static json_object *next_value(const reader *r, json_tokener *tokener, size_t *at, bool *good)
{
    const orr_source *source = r->source;
    while (*at < source->length_bytes && is_space(source->bytes[*at])) ++*at;
    if (*at == source->length_bytes) return NULL;
    json_tokener_reset(tokener);
    const size_t rest = source->length_bytes - *at;
    json_object *value = json_tokener_parse_ex(tokener, source->bytes + *at, (int)(rest < INT32_MAX ? rest : INT32_MAX));
    const enum json_tokener_error error = json_tokener_get_error(tokener);
    if (error == json_tokener_success && json_object_is_type(value, json_type_object)) {
        *at += json_tokener_get_parse_end(tokener);
        return value;
    }
    json_object_put(value);
    *good = false;
    if (error == json_tokener_success) orr_diag_error(r->diags, place_at(source, *at), "a result was expected: a JSON object");
    else if (error == json_tokener_continue) orr_diag_error(r->diags, place_at(source, source->length_bytes), "the file ends inside a JSON value");
    else orr_diag_error(r->diags, place_at(source, *at + json_tokener_get_parse_end(tokener)), "not JSON: %s", json_tokener_error_desc(error));
    return NULL;
}

static bool read_one(const reader *r, json_object *object)
{
    if (member(object, "time_to_first_token") || member(object, "input_config") || member(object, "request_count")) return read_aiperf_summary(r, object);
    if (member(object, "mean_ttft_ms") || member(object, "completed") || member(object, "total_output_tokens")) return read_vllm(r, object);
    return refuse(r, "`vllm bench serve --save-result` writes one, aiperf profile_export_aiperf.json and profile_export.jsonl.", "this is not the result of a benchmark");
}

static bool read_all(const reader *r, json_tokener *tokener)
{
    size_t at = 0, values = 0;
    bool good = true, lines = false;
    records all = {0};
    for (json_object *value; good && (value = next_value(r, tokener, &at, &good)) != NULL; json_object_put(value)) {
        if (values == 0) lines = member(value, "metadata") && (member(value, "metrics") || member(value, "error"));
        if (lines) good = take_record(r, value, &all);
        else if (values > 0) good = refuse(r, "One result a file: write later ones to files of their own.", "it holds more than one result");
        else good = read_one(r, value);
        values++;
    }
    if (good && values == 0) good = refuse(r, NULL, "the file is empty");
    if (good && lines) good = finish_records(r, &all);
    orr_vec_free(&all.each);
    return good && check(r);
}

bool orr_bench_result_parse(const orr_source *source, orr_arena *arena, orr_bench_result *result, orr_diags *diags)
{
    *result = (orr_bench_result){.path = source->name, .tool = ""};
    for (int m = 0; m < ORR_METRIC_LATENCY_COUNT_; m++) result->mean_ms[m] = (double)NAN;
    json_tokener *tokener = json_tokener_new_ex(MAX_DEPTH);
    json_tokener_set_flags(tokener, JSON_TOKENER_ALLOW_TRAILING_CHARS | JSON_TOKENER_STRICT);
    const bool good = read_all(&(reader){source, arena, diags, result}, tokener);
    json_tokener_free(tokener);
    return good;
}

bool orr_bench_result_read(const char *path, orr_arena *arena, orr_bench_result *result, orr_diags *diags)
{
    const orr_source *source = orr_file_read(arena, path, diags);
    return source && orr_bench_result_parse(source, arena, result, diags);
}
