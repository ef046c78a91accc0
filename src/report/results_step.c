/* results.json: a GPU's memory, the typical steps operator by operator, and what more of each hardware parameter would give. */
#include "report/results_json.h"

#include <math.h>
#include "lab/balance.h"

static void put_memory(orr_json *json, const orr_memory_map *m)
{
    orr_json_key(json, "memory");
    orr_json_object(json);
    const struct { const char *key; double value; } sizes[] = {
        {"capacity_bytes", m->capacity_bytes}, {"usable_bytes", m->usable_bytes}, {"weights_bytes", m->weights_bytes}, {"encoder_bytes", m->encoder_bytes}, {"activation_bytes", m->activation_bytes},
        {"runtime_bytes", m->runtime_bytes}, {"kv_bytes", m->kv_bytes}, {"kv_bytes_per_block", m->kv_bytes_per_block}, {"state_bytes_per_request", m->state_bytes_per_request}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) orr_json_put_double(json, sizes[i].key, sizes[i].value);
    orr_json_put_int(json, "kv_blocks", m->kv_blocks);
    orr_json_put_int(json, "kv_tokens", m->kv_tokens);
    orr_json_put_bool(json, "fits", m->fits);
    orr_json_object_end(json);
}

static void put_operator(orr_json *json, const orr_operator_line *line, double step_ns)
{
    orr_json_object(json);
    orr_json_put_string(json, "name", line->name);
    orr_json_put_string(json, "shape", line->shape);
    orr_json_put_double(json, "times", line->times);
    orr_json_put_double(json, "time_ns", line->cost.time_ns);
    orr_json_put_double(json, "share", step_ns > 0 ? line->cost.time_ns / step_ns : (double)NAN);
    orr_json_put_string(json, "binding", orr_binding_name(line->binding));
    orr_json_put_double(json, "limit_share", line->limit_share);
    orr_json_put_double(json, "flop", line->cost.flop);
    orr_json_put_double(json, "memory_bytes", line->cost.memory_bytes);
    orr_json_put_double(json, "link_bytes", line->cost.link_bytes);
    orr_json_put_double(json, "energy_j", line->cost.energy_j);
    orr_json_object_end(json);
}

static void put_step(orr_json *json, const orr_report_step *step)
{
    const orr_step_explanation *e = step->explanation;
    orr_json_object(json);
    orr_json_put_string(json, "name", step->name);
    orr_json_put_int(json, "decode_requests", step->decode.count);
    orr_json_put_int(json, "decode_context_tokens", step->decode.context_tokens);
    orr_json_put_int(json, "chunks", step->chunk_count);
    orr_json_put_int(json, "chunk_new_tokens", step->chunk.new_tokens);
    orr_json_put_int(json, "chunk_context_tokens", step->chunk.context_tokens);
    if (step->images > 0) orr_json_put_int(json, "images", step->images);
    orr_json_put_double(json, "step_ns", e->step_ns);
    orr_json_put_double(json, "device_ns", e->device.time_ns);
    orr_json_put_double(json, "host_ns", e->host_ns);
    orr_json_put_string(json, "binding", orr_binding_name(e->binding));
    orr_json_put_string(json, "next_binding", orr_binding_name(e->next_binding));
    orr_json_key(json, "by_binding_ns");
    orr_json_object(json);
    for (int i = 0; i < ORR_BIND_COUNT_; i++) orr_json_put_double(json, orr_binding_name((orr_binding)i), e->seconds_by_binding_ns[i]);
    orr_json_object_end(json);
    orr_json_key(json, "operators");
    orr_json_array(json);
    for (size_t i = 0; i < e->line_count; i++) put_operator(json, &e->lines[i], e->step_ns);
    orr_json_array_end(json);
    orr_json_object_end(json);
}

static void put_elasticities(orr_json *json, const orr_report *report)
{
    orr_json_key(json, "elasticities");
    orr_json_array(json);
    for (size_t i = 0; i < report->elasticity_count; i++) {
        const orr_elasticity *e = &report->elasticities[i];
        orr_json_object(json);
        orr_json_put_string(json, "parameter", e->parameter);
        orr_json_put_string(json, "doc", e->doc);
        orr_json_put_double(json, "value", e->value);
        orr_json_put_string(json, "unit", orr_unit_name(e->unit));
        orr_json_put_double(json, "decode_step", e->decode_step);
        orr_json_put_double(json, "mixed_step", e->mixed_step);
        orr_json_put_double(json, "tpot", e->tpot);
        orr_json_put_double(json, "throughput", e->throughput);
        orr_json_object_end(json);
    }
    orr_json_array_end(json);
}

static void put_balance(orr_json *json, const orr_balance *balance)
{
    orr_json_key(json, "balance");
    orr_json_object(json);
    orr_json_put_double(json, "loss", ORR_BALANCE_LOSS);
    orr_json_put_double(json, "step_ns", balance->step_ns);
    orr_json_put_double(json, "balanced_step_ns", balance->balanced_ns);
    orr_json_put_double(json, "capacity_bytes", balance->capacity_bytes);
    orr_json_put_double(json, "capacity_needed_bytes", balance->capacity_needed_bytes);
    orr_json_key(json, "rates");
    orr_json_array(json);
    for (int i = 0; i < ORR_RATE_COUNT_; i++) {
        const orr_balance_rate *rate = &balance->rates[i];
        if (!(rate->now > 0)) continue;
        orr_json_object(json);
        orr_json_put_string(json, "parameter", rate->parameter);
        orr_json_put_double(json, "value", rate->now);
        orr_json_put_string(json, "unit", orr_unit_name(rate->unit));
        orr_json_put_double(json, "enough_alone", rate->alone);
        orr_json_put_double(json, "enough_together", rate->together);
        orr_json_object_end(json);
    }
    orr_json_array_end(json);
    orr_json_key(json, "as_fast");
    orr_json_array(json);
    for (int i = 0; i < ORR_BALANCE_TRADES; i++) {
        orr_json_object(json);
        orr_json_put_double(json, "memory_bandwidth", balance->trades[i].memory);
        orr_json_put_double(json, "matrix_rate", balance->trades[i].matrix);
        orr_json_object_end(json);
    }
    orr_json_array_end(json);
    orr_json_object_end(json);
}

void orr_results_put_steps(orr_json *json, const orr_report *report)
{
    if (report->memory) put_memory(json, report->memory);
    if (report->step_count > 0) {
        orr_json_put_double(json, "mixed_step_share", report->mixed_share);
        orr_json_key(json, "steps");
        orr_json_array(json);
        for (int i = 0; i < report->step_count; i++) put_step(json, &report->steps[i]);
        orr_json_array_end(json);
    }
    if (report->elasticity_count > 0) put_elasticities(json, report);
    if (report->balance) put_balance(json, report->balance);
}
