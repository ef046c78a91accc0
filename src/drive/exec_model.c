#include "drive/exec_model.h"

#include <string.h>

#include "base/math.h"
#include "base/mem.h"

/* Costs by a whole number; time_ns < 0 marks an entry not asked for yet. */
typedef struct cost_table { orr_cost *items; int64_t count; } cost_table;

struct orr_exec_model {
    const orr_perf *perf;
    cost_table decode_only, mixed, head;    /* dense part by tokens (captured or not), logits part by count */
    orr_cost total;
    double host_ns, bottleneck_share;
    int64_t stage_count;
};

static cost_table table_create(int64_t count)
{
    cost_table table = {orr_mem_resize(NULL, (size_t)count * sizeof(orr_cost)), count};
    for (int64_t i = 0; i < count; i++) table.items[i].time_ns = -1;
    return table;
}

orr_exec_model *orr_exec_model_create(const orr_perf *perf, int64_t max_num_seqs, int64_t max_num_batched_tokens)
{
    orr_exec_model *model = orr_mem_resize(NULL, sizeof *model);
    *model = (orr_exec_model){.perf = perf, .stage_count = orr_perf_stage_count(perf), .bottleneck_share = orr_perf_bottleneck_share(perf)};
    model->decode_only = table_create(max_num_seqs + 1);
    model->mixed = table_create(max_num_batched_tokens + 1);
    model->head = table_create(max_num_seqs + 1);
    return model;
}

void orr_exec_model_destroy(orr_exec_model *model)
{
    if (model == NULL) return;
    orr_mem_free(model->decode_only.items);
    orr_mem_free(model->mixed.items);
    orr_mem_free(model->head.items);
    orr_mem_free(model);
}

static const orr_cost *dense(orr_exec_model *model, int64_t tokens, bool decode_only)
{
    orr_cost *entry = &(decode_only ? model->decode_only : model->mixed).items[tokens];
    if (entry->time_ns < 0) orr_perf_dense(model->perf, tokens, decode_only, entry);
    return entry;
}

static const orr_cost *head(orr_exec_model *model, int64_t logits)
{
    orr_cost *entry = &model->head.items[logits];
    if (entry->time_ns < 0) orr_perf_logits(model->perf, logits, entry);
    return entry;
}

static orr_outcome execute(void *context, int replica, const orr_plan *plan)
{
    (void)replica;
    orr_exec_model *model = context;
    const int64_t tokens = plan->decode_count + plan->chunk_tokens;
    orr_cost step = *dense(model, tokens, plan->chunk_count == 0);
    const int64_t logits = plan->decode_count + plan->completing_chunks;
    if (logits > 0) orr_cost_add(&step, head(model, logits), 1);
    orr_cost part;
    if (plan->decode_count > 0) {
        orr_perf_decode_attention(model->perf, &(orr_decode_sums){plan->decode_count, plan->decode_context_tokens, plan->decode_capped_tokens, plan->decode_context_squares}, &part);
        orr_cost_add(&step, &part, 1);
    }
    for (int64_t i = 0; i < plan->chunk_count; i++) {
        orr_perf_prefill_attention(model->perf, plan->chunks[i].new_tokens, plan->chunks[i].context_tokens, &part);
        orr_cost_add(&step, &part, 1);
    }
    const double host_ns = orr_perf_host_ns(model->perf, plan->running_requests, tokens, plan->chunk_count);
    const double latency_ns = orr_perf_join_ns(model->perf, step.time_ns, host_ns);
    orr_cost_add(&model->total, &step, 1);
    model->host_ns += host_ns;
    const int64_t latency = orr_max_i64(1, orr_round_i64(latency_ns));
    if (model->stage_count == 1) return (orr_outcome){latency, latency};
    /* The next step may start when the longest stage is free again, and not before the one scheduler of all lanes has done its work. */
    const double occupancy_ns = orr_max(step.time_ns * model->bottleneck_share, host_ns);
    return (orr_outcome){latency, orr_max_i64(1, orr_min_i64(latency, orr_round_i64(occupancy_ns)))};
}

orr_executor orr_exec_model_executor(orr_exec_model *model) { return (orr_executor){model, execute}; }
orr_cost orr_exec_model_cost(const orr_exec_model *model) { return model->total; }
double orr_exec_model_host_ns(const orr_exec_model *model) { return model->host_ns; }
