/* Static batching, a reference: a batch forms while none of it decodes yet, and nobody joins until all of it is done; the output is reserved up to each one's limit, as engines without paging did
 * (what FasterTransformer did, and TensorRT-LLM's STATIC_BATCH; Orca, Yu et al., OSDI 2022, sets out from it). Padding is not modelled: nobody computes for those who are done.
 * Law: nobody is admitted to a lane between its first decode and its last. */
#include "serve/sched.h"

static bool admits(const orr_admission_view *view, const orr_scheduling *scheduling)
{
    return !view->lane_has_decoded && orr_admit_max_output.admits(view, scheduling);
}

const orr_admission_policy orr_admit_static = {.name = "static", .admits = admits};
