/* Objectives: what a better system has less or more of. */
#ifndef ORR_LAB_OBJECTIVE_H
#define ORR_LAB_OBJECTIVE_H

#include "base/mem.h"
#include "drive/run.h"

/* As the study names it: "usd_per_million_output_tokens". */
const char *orr_objective_key(orr_objective objective);
bool orr_objective_is_maximized(orr_objective objective);
double orr_objective_value(orr_objective objective, const orr_run_result *result);
/* Less is better, whatever the objective. */
double orr_objective_loss(orr_objective objective, double value);
/* "USD per million output tokens" and a value with its unit: "1.31 USD/Mtok". */
const char *orr_objective_title(orr_objective objective);
const char *orr_objective_text(orr_objective objective, double value, orr_arena *arena);

#endif
