/* What a system must keep to whatever it serves: upper limits on its chips and on the deployment. */
#ifndef ORR_SPEC_CONSTRAINTS_H
#define ORR_SPEC_CONSTRAINTS_H

/* 0: no limit. */
typedef struct orr_constraints { double chip_mm2, die_mm2, chip_tdp_w, chip_usd, gpus, power_w, usd_per_h; } orr_constraints;

#endif
