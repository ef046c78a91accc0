/* Enters whom the cache can hold to its end beside all others, should each generate as much as its limit allows:
 *     growth of the request + sum over those with a seat of (blocks at its limit - blocks it holds) <= blocks free once its input is reserved
 * TensorRT-LLM's default, GUARANTEED_NO_EVICT (its documentation, "Capacity Scheduler Policy": a started request is never paused), and Orca (Yu et al., OSDI 2022), which reserves max_tokens slots at admission.
 * Law: with this rule nobody is ever preempted. */
#include "serve/sched.h"

static bool admits(const orr_admission_view *view, const orr_scheduling *scheduling)
{
    (void)scheduling;
    return view->growth_blocks + view->promised_blocks <= view->free_blocks;
}

const orr_admission_policy orr_admit_max_output = {.name = "max_output", .admits = admits};
