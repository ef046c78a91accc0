/* The executor that predicts: a plan's sums through the performance model. The one place that knows both perf and serve.
 *
 * The parts of a step that depend on whole numbers only (dense by tokens, host) are kept in tables filled when first asked for; attention is computed each step from its closed
 * form. Time is summed in double and rounded once. Also accumulates what the steps cost, for utilisation and energy. */
#ifndef ORR_DRIVE_EXEC_MODEL_H
#define ORR_DRIVE_EXEC_MODEL_H

#include "drive/exec_afd.h"
#include "drive/executor.h"
#include "perf/step.h"

typedef struct orr_exec_model orr_exec_model;
typedef struct orr_step_images { int64_t count; double time_ns; } orr_step_images;

orr_exec_model *orr_exec_model_create(const orr_perf *perf, int64_t max_num_seqs, int64_t max_num_batched_tokens);
void orr_exec_model_destroy(orr_exec_model *model);
orr_executor orr_exec_model_executor(orr_exec_model *model);
/* Summed over every step executed so far. */
orr_cost orr_exec_model_cost(const orr_exec_model *model);
/* The same by sides, where attention and FFN stand apart. */
orr_apart_totals orr_exec_model_apart(const orr_exec_model *model);
/* Images encoded in steps so far, and what they added to these. */
orr_step_images orr_exec_model_images(const orr_exec_model *model);
double orr_exec_model_host_ns(const orr_exec_model *model);
/* From now on the last step's own cost is kept here. */
const orr_step_cost *orr_exec_model_keep_last(orr_exec_model *model);

#endif
