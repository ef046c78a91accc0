#include "drive/executors.h"

#include "base/mem.h"

/* One pool's; `inner` is asked, where there is something to do beside. */
typedef struct pool_executor { orr_executors *all; orr_pool pool; orr_exec_model *model; orr_executor inner, outer; const orr_step_cost *last; const orr_perf *perf; orr_step_images images /* of a recording that is replayed */; } pool_executor;

struct orr_executors { pool_executor pools[ORR_POOL_COUNT_]; orr_replay *replay; orr_recorder *recorder; };

static orr_outcome replay(void *context, int replica, const orr_plan *plan)
{
    pool_executor *p = context;
    if (plan->images > 0) {     /* a recording has whole steps: what images are of them says the model */
        orr_cost cost;
        orr_perf_encode(p->perf, plan->images, &cost);
        p->images.count += plan->images;
        p->images.time_ns += cost.time_ns;
    }
    return orr_replay_execute(p->all->replay, p->pool, replica, plan);
}

static orr_outcome record(void *context, int replica, const orr_plan *plan)
{
    const pool_executor *p = context;
    const orr_outcome outcome = p->inner.execute(p->inner.context, replica, plan);
    orr_recorder_step(p->all->recorder, p->pool, replica, plan, outcome, p->last);
    return outcome;
}

orr_executors *orr_executors_create(const orr_perf *perf, const int64_t most_seqs[ORR_POOL_COUNT_], const int64_t most_tokens[ORR_POOL_COUNT_], orr_replay *replayed, orr_recorder *recorder, bool keeps_last)
{
    orr_executors *all = orr_mem_resize(NULL, sizeof *all);
    *all = (orr_executors){.replay = replayed, .recorder = recorder};
    const orr_perf *perfs[ORR_POOL_COUNT_] = {perf, orr_perf_prefill(perf)};
    for (int pool = 0; pool < ORR_POOL_COUNT_; pool++) {
        pool_executor *p = &all->pools[pool];
        p->all = all;
        p->pool = (orr_pool)pool;
        p->perf = perfs[pool];
        if (perfs[pool] == NULL) continue;
        if (replayed) {
            p->inner = (orr_executor){.context = p, .execute = replay};
            p->last = orr_replay_last(replayed);
        } else {
            p->model = orr_exec_model_create(perfs[pool], most_seqs[pool], most_tokens[pool]);
            p->inner = orr_exec_model_executor(p->model);
            if (keeps_last || recorder) p->last = orr_exec_model_keep_last(p->model);
        }
        p->outer = recorder ? (orr_executor){.context = p, .execute = record} : p->inner;
    }
    return all;
}

void orr_executors_destroy(orr_executors *all)
{
    for (int pool = 0; pool < ORR_POOL_COUNT_; pool++)
        if (all->pools[pool].model) orr_exec_model_destroy(all->pools[pool].model);
    orr_mem_free(all);
}

const orr_executor *orr_executors_of(const orr_executors *all, orr_pool pool) { return &all->pools[pool].outer; }
const orr_step_cost *orr_executors_last(const orr_executors *all, orr_pool pool) { return all->pools[pool].last; }

orr_step_cost orr_executors_total(const orr_executors *all, orr_pool pool)
{
    if (all->replay) return orr_replay_total(all->replay, pool);
    const orr_exec_model *model = all->pools[pool].model;
    return model ? (orr_step_cost){orr_exec_model_cost(model), orr_exec_model_host_ns(model)} : (orr_step_cost){{0}, 0};
}

orr_apart_totals orr_executors_apart(const orr_executors *all, orr_pool pool)
{
    const orr_exec_model *model = all->replay ? NULL : all->pools[pool].model;
    return model ? orr_exec_model_apart(model) : (orr_apart_totals){0};
}

orr_step_images orr_executors_images(const orr_executors *all, orr_pool pool)
{
    const pool_executor *p = &all->pools[pool];
    return p->model ? orr_exec_model_images(p->model) : p->images;
}
