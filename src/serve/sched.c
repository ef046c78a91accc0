#include "serve/sched.h"

static const orr_admission_policy *const admissions[] = {[ORR_ADMIT_INPUT] = &orr_admit_input, [ORR_ADMIT_RATIO] = &orr_admit_ratio, [ORR_ADMIT_MAX_OUTPUT] = &orr_admit_max_output, [ORR_ADMIT_STATIC] = &orr_admit_static};
static const orr_victim_policy *const victims[] = {[ORR_VICTIM_TAIL] = &orr_victim_tail, [ORR_VICTIM_LEAST_OUTPUT] = &orr_victim_least_output, [ORR_VICTIM_PRIORITY] = &orr_victim_priority};

const orr_admission_policy *orr_admission_policy_of(orr_admission_kind kind) { return admissions[kind]; }
const orr_victim_policy *orr_victim_policy_of(orr_victim_kind kind) { return victims[kind]; }
