#include "drive/coast.h"

#include "base/math.h"
#include "base/mem.h"

void orr_coast_init(orr_coast *coast) { *coast = (orr_coast){.ends_ns = orr_mem_resize(NULL, ORR_COAST_STEPS_MAX * sizeof *coast->ends_ns), .most = 16}; }
void orr_coast_free(orr_coast *coast) { orr_mem_free(coast->ends_ns); }

bool orr_coast_begin(orr_coast *coast, const orr_engine_core *core, const orr_executor *executor, int replica, int64_t now_ns)
{
    if (coast->rest > 0) { coast->rest--; return false; }
    const int64_t steps = orr_engine_coast_steps(core, 0, coast->most);
    if (steps < ORR_COAST_STEPS_MIN) return false;
    const orr_plan_run run = orr_engine_ahead(core, 0, steps);
    executor->foresee(executor->context, replica, &run, coast->ends_ns);
    int64_t end_ns = now_ns;
    for (int64_t i = 0; i < steps; i++) coast->ends_ns[i] = end_ns += coast->ends_ns[i];
    coast->start_ns = now_ns;
    coast->steps = steps;
    coast->turn = coast->turn == UINT16_MAX ? 1 : (uint16_t)(coast->turn + 1);
    coast->under_way = true;
    return true;
}

int64_t orr_coast_end(orr_coast *coast, orr_engine_core *core, const orr_executor *executor, int replica, int64_t now_ns, orr_coasted *coasted)
{
    int64_t done = coast->ends_ns[coast->steps - 1] <= now_ns ? coast->steps : 0;
    while (done < coast->steps && coast->ends_ns[done] <= now_ns) done++;
    coast->under_way = false;
    coast->most = done == coast->steps ? orr_min_i64(2 * coast->most, ORR_COAST_STEPS_MAX) : orr_max_i64(coast->most / 2, ORR_COAST_STEPS_MIN);
    if (done < ORR_COAST_STEPS_MIN) coast->rest = ORR_COAST_REST;
    if (done == 0) return 0;
    const orr_plan_run run = orr_engine_ahead(core, 0, done);
    orr_engine_coast(core, 0, coast->start_ns, coast->ends_ns, done, coasted);
    if (executor->did != NULL) executor->did(executor->context, replica, &run);
    return done;
}
