#include "report/formulas.h"

static const orr_formula formulas[] = {
    {"ttft_ms", "TTFT", "first output token - arrival at the server, the queue included"},
    {"ttft_from_admission_ms", "from admission", "first output token - admission to the running batch"},
    {"queue_ms", "in the queue", "admission - arrival"},
    {"tpot_ms", "TPOT", "(E2EL - TTFT) / (output tokens - 1), of each request; requests with one output token are left out"},
    {"itl_ms", "ITL", "gaps between streamed outputs, pooled over all requests"},
    {"e2el_ms", "E2EL", "last token - arrival"},
    {"percentiles", "p50, p90, p95, p99", "linear interpolation between order statistics (numpy's default); std is of the population"},
    {"request_throughput", "requests/s", "finished requests / duration; duration is the first arrival to the last finish"},
    {"request_goodput", "goodput", "requests that kept every SLO limit / duration, each limit taken as a bound on the request (limits on ITL are judged over the run alone)"},
    {"slo.attainment", "within SLO", "requests that kept every SLO limit / finished requests"},
    {"output_throughput", "output tok/s", "output tokens / duration"},
    {"total_token_throughput", "total tok/s", "(input + output tokens) / duration"},
    {"output_tokens_per_s_per_gpu", "output tok/s/GPU", "output tokens / duration / all GPUs of the deployment"},
    {"interactivity_tokens_per_s_per_user", "tok/s/user", "1000 / TPOT in ms of the same statistic"},
    {"utilization.busy_share", "step in flight", "time with a step in flight / duration, mean over replicas"},
    {"utilization.compute", "compute", "time the arithmetic takes at the datasheet's dense peak / duration"},
    {"utilization.memory", "DRAM bandwidth", "time the DRAM traffic takes at the datasheet's bandwidth / duration"},
    {"utilization.link", "links", "time the link traffic takes at the one-way datasheet bandwidth / duration"},
    {"utilization.host", "host", "host time of all steps / duration, hidden behind the device or not"},
    {"kv_cache.usage", "KV cache", "blocks in use / blocks, over time and replicas"},
    {"kv_cache.prefix_hit_share", "prefix hits", "input tokens found in the cache / input tokens"},
    {"energy.mean_power_w", "power", "energy / duration; all GPUs of the deployment, idle included"},
    {"joules_per_output_token", "J/token", "energy of all GPUs, idle included / output tokens"},
    {"output_tokens_per_s_per_mw", "tok/s/MW", "output tokens / duration / power that the place must provide (servers, network, cooling included)"},
    {"usd_per_mtok_output", "$/Mtok output", "price of all GPUs for the duration / (output tokens / 1e6)"},
    {"usd_per_mtok_total", "$/Mtok total", "price of all GPUs for the duration / ((input + output tokens) / 1e6)"},
    {"limit_share", "of limit", "time at the datasheet's peak of the binding resource / time"},
};

const orr_formula *orr_formulas(size_t *count)
{
    *count = sizeof formulas / sizeof *formulas;
    return formulas;
}
