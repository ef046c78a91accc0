/* The last admitted of the lane goes and waits in front of all: vLLM V1 under fcfs; TensorRT-LLM's MAX_UTILIZATION, which pauses the latest started. */
#include "serve/sched.h"

const orr_victim_policy orr_victim_tail = {.name = "tail"};
