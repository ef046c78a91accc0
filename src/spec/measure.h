/* What a study asks of the measuring: how much of the run's beginning is left out, and how often it is run. */
#ifndef ORR_SPEC_MEASURE_H
#define ORR_SPEC_MEASURE_H

#include <stdint.h>

typedef enum { ORR_WARMUP_NONE, ORR_WARMUP_AUTO, ORR_WARMUP_TIME, ORR_WARMUP_REQUESTS } orr_warmup_kind;

typedef struct orr_measure {
    const char *warmup;             /* as written; NULL: none */
    orr_warmup_kind warmup_kind;
    int64_t warmup_ns, warmup_requests;
    int64_t replications;           /* 0: no section, 1 run */
} orr_measure;

#endif
