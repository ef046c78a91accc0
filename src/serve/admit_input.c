/* Enters whose whole input fits: vLLM V1 (vllm/v1/core/sched/scheduler.py, which allocates slots for what is known of a request), Sarathi-Serve (Agrawal et al., OSDI 2024), TensorRT-LLM's MAX_UTILIZATION.
 * What it will generate is not foreseen: when blocks lack, somebody is preempted. */
#include "serve/sched.h"

const orr_admission_policy orr_admit_input = {.name = "input"};
