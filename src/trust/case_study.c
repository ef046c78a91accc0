/* A measured system as a study, in the words a user would write.
 *
 * What a row leaves open is taken from its source's client (closed loops: all slots filled at the start, ten prompts a slot; offline: everything at t = 0, enough requests that the
 * start and the end weigh little) or from the engine's defaults; nothing is taken from the results. A static batch is a step that holds every prompt, then decodes until the last is
 * done, timed inside the engine: no entry, no exit. */
#include "trust/case.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"

enum { PROMPTS_A_SLOT = 10, OFFLINE_REQUESTS = 3000, ONLINE_REQUESTS = 500, CONSTANT_REQUESTS = 1000, GRAPH_REQUESTS = 128 };

static long whole(double value, long fallback) { return isnan(value) ? fallback : (long)floor(value + 0.5); }
static long larger(long a, long b) { return a > b ? a : b; }

static const char *why_not(orr_arena *arena, const orr_case *one, const orr_case_row *row)
{
    if ((one->build & ORR_CASE_SPECULATING) && !orr_text_starts_with(row->speculation, "mtp")) return orr_arena_printf(arena, "speculation (%s)", row->speculation);
    if (!one->profile) return orr_arena_printf(arena, "no engine profile for \"%s\"", one->engine);
    if (!one->node) return *one->hw ? orr_arena_printf(arena, "no node of the catalogue for \"%s\"", one->hw) : "no hardware given";
    if (!orr_case_model(one->model)) return orr_arena_printf(arena, "no model of the catalogue for \"%s\"", one->model);
    if (!orr_case_quantization(one->precision, one->model)) return orr_arena_printf(arena, "precision \"%s\" is not known", one->precision);
    if (one->build & ORR_CASE_DISAGGREGATED) {
        const char *reason = orr_case_pools_reason(row);
        if (reason) return reason;
    } else if (isnan(row->tensor)) return "parallelism is not given";
    if (isnan(one->input_tokens)) return "prompt lengths are not given";
    if (orr_text_equal(one->load, "closed_loop")) return isnan(one->concurrency) ? "concurrency is not given" : NULL;
    if (orr_text_equal(one->load, "static_batch")) return isnan(one->batch) ? "the batch is not given" : NULL;
    if (orr_text_equal(one->load, "offline_max")) return isnan(one->output_tokens) ? "output lengths are not given" : NULL;
    if (orr_text_starts_with(one->load, "open_")) {
        if (isnan(one->output_tokens)) return "output lengths are not given";
        return one->rate_per_s > 0 ? NULL : "the rate is not given";
    }
    return orr_arena_printf(arena, "load \"%s\" is not simulated", one->load);
}

static bool on_blackwell(const orr_case *one) { return strstr(one->node, "b200") || strstr(one->node, "b300"); }

/* Where the row leaves it open: checkpoints quantised for TensorRT-LLM and for chips with a 4-bit rate say an 8-bit cache, and engines follow them; else the cache is of 16 bit. */
static bool cache_in_fp8(const orr_case *one, const orr_case_row *row)
{
    if (*row->kv_dtype) return orr_text_equal_ignoring_case(row->kv_dtype, "fp8");
    const char *weights = orr_case_quantization(one->precision, one->model);
    const bool published_fp8 = orr_text_equal(weights, "none") && orr_text_equal_ignoring_case(one->precision, "fp8");
    return (orr_text_starts_with(weights, "fp8") || orr_text_equal(weights, "fp4") || published_fp8) && (on_blackwell(one) || orr_text_equal(one->profile, "trtllm"));
}

static void say_load(const orr_case *one, const orr_case_row *row, orr_text *out)
{
    const long input = larger(whole(one->input_tokens, 1), 1), output = larger(whole(one->output_tokens, 1), 1);
    orr_text_printf(out, "traffic:\n  source: fixed\n  input_tokens: %ld\n  output_tokens: %ld\n  max_output_tokens: %ld\n", input, output, output);
    if (strstr(row->length_rule, "uniform")) orr_text_append(out, "  length_range: 0.2\n");
    if (orr_text_equal(one->load, "closed_loop")) {
        const long slots = whole(one->concurrency, 1);
        orr_text_printf(out, "  load: {concurrency: %ld}\n  stop: {requests: %ld}\n", slots, PROMPTS_A_SLOT * slots);
    } else if (orr_text_equal(one->load, "static_batch")) {
        orr_text_printf(out, "  load: {process: all_at_once}\n  stop: {requests: %ld}\n", whole(one->batch, 1));
    } else if (orr_text_equal(one->load, "offline_max")) {
        orr_text_printf(out, "  load: {process: all_at_once}\n  stop: {requests: %d}\n", orr_text_equal(one->source, "trtllm_online") ? ONLINE_REQUESTS : OFFLINE_REQUESTS);
    } else {
        const bool constant = orr_text_equal(one->load, "open_constant");
        orr_text_printf(out, "  load: {process: %s, rate: %.9g/s}\n  stop: {requests: %d}\n", constant ? "constant" : "poisson", one->rate_per_s,
                        orr_text_equal(one->load, "open_rate") ? ONLINE_REQUESTS : CONSTANT_REQUESTS);
    }
}

/* "max_num_batched_tokens 2048; max_num_seqs 128; prefix caching on": settings that a note states. 0: not stated. */
static long stated(const char *note, const char *key)
{
    const char *at = strstr(note, key);
    return at ? strtol(at + strlen(key), NULL, 10) : 0;
}

/* One source configures a deployment for each load: seats for it, and a budget of one prompt beside the decoding requests (assumed: its settings are not published with the rows; that TTFT there is the same at any output
 * length, and grows by a twentieth of a prompt's time a slot, is what steps of one prompt give; SGLang's stays as it was). */
static bool budget_follows_prompt(const orr_case *one, const orr_case_row *row)
{
    return orr_text_equal(one->source, "aic_silicon") && orr_text_equal(one->load, "closed_loop") && strstr(row->length_rule, "not stated") && !orr_text_equal(one->profile, "sglang");
}

/* One source's published recipe for SGLang on Blackwell lets the scheduler look at new requests every 10 steps, from 16 slots on every 30. */
static bool looks_seldom(const orr_case *one)
{
    return orr_text_equal(one->source, "inferencex") && orr_text_equal(one->profile, "sglang") && on_blackwell(one);
}

/* The same source's recipe for TensorRT-LLM: a budget of one prompt beside the decoding requests, in blocks of 64; where attention is data-parallel, prompts of all ranks are gathered into one step,
 * for 60 steps at most. A budget is a rank's own. Graphs are captured up
 * to the concurrency. */
static bool follows_recipe(const orr_case *one) { return orr_text_equal(one->source, "inferencex") && orr_text_equal(one->profile, "trtllm"); }
static long prompt_budget(const orr_case *one, const orr_case_row *row) { return (whole(one->concurrency, 1) * (1 + orr_case_drafts(one, row)) + whole(one->input_tokens, 1) + 64 + 63) / 64 * 64; }

/* vLLM schedules ahead of the device by default from 0.14 (early 2026) on; where a row tells neither a version nor a date, it is older. */
static bool takes_turns(const orr_case *one, const orr_case_row *row)
{
    if (!orr_text_equal(one->profile, "vllm")) return false;
    const char *digits = strpbrk(one->engine_version, "0123456789");
    if (!digits) return strcmp(row->date, "2026") < 0;
    char *end = NULL;
    const long major = strtol(digits, &end, 10), minor = *end == '.' ? strtol(end + 1, NULL, 10) : 0;
    return major == 0 && minor < 14;
}

static void say_scheduler(const orr_case *one, const orr_case_row *row, orr_text *out)
{
    orr_text_printf(out, "  enable_prefix_caching: %s\n", strstr(row->note, "prefix caching on") ? "true" : "false");
    if (orr_text_equal(one->load, "static_batch")) {
        const long batch = whole(one->batch, 1), tokens = larger(batch * whole(one->input_tokens, 1), batch);
        orr_text_printf(out, "  max_num_seqs: %ld\n  max_num_batched_tokens: %ld\n  enable_chunked_prefill: true\n  request_entry: 0 ns\n  request_exit: 0 ns\n", batch, tokens);
        return;
    }
    if (takes_turns(one, row)) orr_text_append(out, "  host_overlap: 0\n");
    if (one->build & ORR_CASE_DISAGGREGATED) {
        orr_case_say_pools_scheduler(one, out);
        return;
    }
    if (looks_seldom(one)) orr_text_printf(out, "  scheduler_recv_interval: %d\n", one->concurrency < 16 ? 10 : 30);
    const long seqs = stated(row->note, "max_num_seqs "), tokens = stated(row->note, "max_num_batched_tokens ");
    if (seqs > 0) orr_text_printf(out, "  max_num_seqs: %ld\n", seqs);
    else if (one->concurrency > 256 || follows_recipe(one) || budget_follows_prompt(one, row)) orr_text_printf(out, "  max_num_seqs: %ld\n", whole(one->concurrency, 1));
    const bool data = orr_text_equal_ignoring_case(row->attention_data_parallel, "true");
    if (follows_recipe(one) && data) orr_text_append(out, "  scheduler_gather_steps: 60\n");
    if (follows_recipe(one) && one->concurrency > GRAPH_REQUESTS) orr_text_printf(out, "  graph_max_tokens: %ld\n", whole(one->concurrency, 1));
    if (tokens > 0) orr_text_printf(out, "  max_num_batched_tokens: %ld\n", tokens);
    else if (follows_recipe(one)) orr_text_printf(out, "  max_num_batched_tokens: %ld\n", (data ? whole(row->tensor, 1) : 1) * prompt_budget(one, row));
    else if (budget_follows_prompt(one, row)) orr_text_printf(out, "  max_num_batched_tokens: %ld\n", prompt_budget(one, row));
}

void orr_case_make_study(orr_arena *arena, orr_case *one, const orr_case_row *row)
{
    one->profile = orr_case_profile(one->engine);
    one->node = orr_case_node(one->hw);
    const bool pools = orr_text_equal(row->mode, "disagg"), speculates = *row->speculation && !orr_text_starts_with(row->speculation, "none");
    one->build = (pools ? ORR_CASE_DISAGGREGATED : 0u) | (speculates ? ORR_CASE_SPECULATING : 0u);
    one->heading = one->build ? orr_arena_printf(arena, "%s%s%s", one->load, pools ? " disaggregated" : "", speculates ? " mtp" : "") : one->load;
    const long tensor = whole(row->tensor, 1), pipeline = whole(row->pipeline, 1), expert = whole(row->expert, 1);
    const bool data = orr_text_equal_ignoring_case(row->attention_data_parallel, "true");
    const char *layout = pools ? orr_case_pools_label(arena, row) : orr_arena_printf(arena, "TP%ld%s%s%s", tensor, pipeline > 1 ? " PP" : "", expert > 1 ? " EP" : "", data ? " DP" : "");
    one->system = orr_arena_printf(arena, "%s %s, %s, %s %s%s", one->model, *one->precision ? one->precision : "16 bit", one->hw, one->engine, layout, speculates ? " MTP" : "");
    one->reason = why_not(arena, one, row);
    if (one->reason) return;
    const long engine_chips = tensor * pipeline, given_chips = strtol(row->gpus, NULL, 10), chips = given_chips > 0 ? given_chips : engine_chips;
    const long replicas = larger(chips / engine_chips, 1);
    /* As many nodes as hold them; a node of the catalogue holds at least 8, but for what its entry says (the binder checks). */
    const long nodes = larger((replicas * engine_chips + 7) / 8, 1);
    orr_text out = {0};
    orr_text_printf(&out, "schema: orrery/v1\nmodel: %s\n", orr_case_model(one->model));
    if (pools) orr_case_say_pools_hardware(one, row, &out);
    else orr_text_printf(&out, "hardware: {node: %s, nodes: %ld}\n", one->node, nodes);
    orr_text_printf(&out, "engine:\n  profile: %s\n  quantization: %s\n", one->profile, orr_case_quantization(one->precision, one->model));
    if (cache_in_fp8(one, row)) orr_text_append(&out, "  kv_cache_dtype: fp8\n");
    if (pools) orr_case_say_pools_layout(row, &out);
    else if (data) orr_text_printf(&out, "  data_parallel_size: %ld\n", tensor);
    else orr_text_printf(&out, "  tensor_parallel_size: %ld\n", tensor);
    if (pipeline > 1) orr_text_printf(&out, "  pipeline_parallel_size: %ld\n", pipeline);
    if (expert > 1) orr_text_append(&out, "  enable_expert_parallel: true\n");
    if (speculates) orr_case_say_speculation(one, row, &out);
    say_scheduler(one, row, &out);
    if (pools) orr_case_say_pools_serving(row, &out);
    else orr_text_printf(&out, "serving: {replicas: %ld}\n", replicas);
    say_load(one, row, &out);
    one->study = orr_arena_strdup(arena, out.bytes);
    orr_text_free(&out);
}
