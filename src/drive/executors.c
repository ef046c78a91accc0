#include "drive/executors.h"

#include "base/mem.h"

/* One pool's or group's; `inner` is asked, where there is something to do beside. end: behind the number of its last replica. */
typedef struct pool_executor { orr_executors *all; orr_pool pool; orr_exec_model *model; orr_executor inner, outer; const orr_step_cost *last; const orr_perf *perf; orr_step_cost replayed; orr_step_images images /* of a recording that is replayed */; int end; } pool_executor;

/* The groups in order, then the prefill pool. */
struct orr_executors { pool_executor parts[ORR_MOST_GROUPS]; int group_count; orr_replay *replay; orr_recorder *recorder; };

static orr_outcome replay(void *context, int replica, const orr_plan *plan)
{
    pool_executor *p = context;
    if (plan->images > 0) {     /* a recording has whole steps: what images are of them says the model */
        orr_cost cost;
        orr_perf_encode(p->perf, plan->images, &cost);
        p->images.count += plan->images;
        p->images.time_ns += cost.time_ns;
    }
    const orr_outcome outcome = orr_replay_execute(p->all->replay, p->pool, replica, plan);
    orr_cost_add(&p->replayed.cost, &p->last->cost, 1);
    p->replayed.host_ns += p->last->host_ns;
    return outcome;
}

static orr_outcome record(void *context, int replica, const orr_plan *plan)
{
    const pool_executor *p = context;
    const orr_outcome outcome = p->inner.execute(p->inner.context, replica, plan);
    orr_recorder_step(p->all->recorder, p->pool, replica, plan, outcome, p->last);
    return outcome;
}

static void begin_part(orr_executors *all, pool_executor *p, orr_pool pool, const orr_perf *perf, const orr_engine_config *engine, bool keeps_last)
{
    p->all = all;
    p->pool = pool;
    p->perf = perf;
    if (perf == NULL) return;
    if (all->replay) {
        p->inner = (orr_executor){.context = p, .execute = replay};
        p->last = orr_replay_last(all->replay);
    } else {
        p->model = orr_exec_model_create(perf, engine->max_num_seqs, engine->max_num_batched_tokens);
        p->inner = orr_exec_model_executor(p->model);
        if (keeps_last || all->recorder) p->last = orr_exec_model_keep_last(p->model);
    }
    p->outer = all->recorder ? (orr_executor){.context = p, .execute = record} : p->inner;
}

static pool_executor *prefill_of(const orr_executors *all) { return (pool_executor *)(uintptr_t)&all->parts[all->group_count]; }

orr_executors *orr_executors_create(const orr_perf *perf, const orr_loop_config *config, orr_replay *replayed, orr_recorder *recorder, bool keeps_last)
{
    orr_executors *all = orr_mem_resize(NULL, sizeof *all);
    *all = (orr_executors){.replay = replayed, .recorder = recorder, .group_count = orr_perf_group_count(perf)};
    int end = 0;
    for (int g = 0; g <= all->group_count; g++) {
        const bool prompts = g == all->group_count;
        const orr_engine_config *engine = prompts ? &config->prefill.engine : g == 0 ? &config->engine : &config->further[g - 1].engine;
        const int replicas = prompts ? config->prefill.replica_count : g == 0 ? config->replica_count : config->further[g - 1].replica_count;
        begin_part(all, &all->parts[g], prompts ? ORR_POOL_PREFILL : ORR_POOL_OWN, prompts ? orr_perf_prefill(perf) : orr_perf_group(perf, g), engine, keeps_last);
        all->parts[g].end = end += replicas;
    }
    return all;
}

void orr_executors_destroy(orr_executors *all)
{
    for (int g = 0; g <= all->group_count; g++)
        if (all->parts[g].model) orr_exec_model_destroy(all->parts[g].model);
    orr_mem_free(all);
}

const orr_executor *orr_executors_of(const orr_executors *all, orr_pool pool) { return pool == ORR_POOL_OWN ? &all->parts[0].outer : &prefill_of(all)->outer; }
const orr_executor *orr_executors_of_group(const orr_executors *all, int group) { return &all->parts[group].outer; }

const orr_step_cost *orr_executors_last(const orr_executors *all, int replica)
{
    int g = 0;
    while (g < all->group_count && replica >= all->parts[g].end) g++;
    return all->parts[g].last;
}

static orr_step_cost total_of(const pool_executor *p)
{
    return p->model ? (orr_step_cost){orr_exec_model_cost(p->model), orr_exec_model_host_ns(p->model)} : p->replayed;
}

orr_step_cost orr_executors_group_total(const orr_executors *all, int group) { return total_of(&all->parts[group]); }

orr_step_cost orr_executors_total(const orr_executors *all, orr_pool pool)
{
    if (pool == ORR_POOL_PREFILL) return total_of(prefill_of(all));
    orr_step_cost sum = total_of(&all->parts[0]);
    for (int g = 1; g < all->group_count; g++) {
        const orr_step_cost more = total_of(&all->parts[g]);
        orr_cost_add(&sum.cost, &more.cost, 1);
        sum.host_ns += more.host_ns;
    }
    return sum;
}

orr_apart_totals orr_executors_apart(const orr_executors *all, orr_pool pool)
{
    const orr_exec_model *model = all->replay ? NULL : pool == ORR_POOL_OWN ? all->parts[0].model : prefill_of(all)->model;
    return model ? orr_exec_model_apart(model) : (orr_apart_totals){0};
}

orr_step_images orr_executors_images(const orr_executors *all, orr_pool pool)
{
    if (pool == ORR_POOL_PREFILL) return prefill_of(all)->model ? orr_exec_model_images(prefill_of(all)->model) : prefill_of(all)->images;
    orr_step_images sum = {0};
    for (int g = 0; g < all->group_count; g++) {
        const pool_executor *p = &all->parts[g];
        const orr_step_images more = p->model ? orr_exec_model_images(p->model) : p->images;
        sum.count += more.count;
        sum.time_ns += more.time_ns;
    }
    return sum;
}
