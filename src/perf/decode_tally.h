/* Decode attention of many steps: the time of each at once, the rest when it is asked for (decode_tally.c). */
#ifndef ORR_PERF_DECODE_TALLY_H
#define ORR_PERF_DECODE_TALLY_H

#include "perf/step.h"

/* A step's requests and their tokens: in all, or of the busiest data rank. */
typedef struct orr_decode_line { double requests, context_tokens, capped_tokens; } orr_decode_line;
/* Of one operator's executions in a step, per request and token: J of all ranks' work; ns of a rank's matrix and vector units at the datasheet's peak. */
typedef struct orr_decode_rates { orr_decode_line work_j, matrix_ns, vector_ns; double weights_j; int terms; /* linear_growth.h */ bool one_unit; /* the same unit always limits */ } orr_decode_rates;

typedef struct orr_decode_tally {
    double time_ns, energy_j, compute_limit_ns;     /* compute_limit: where now one unit limits, now the other */
    double steps;
    orr_decode_line all, busiest;                   /* sums over steps */
    orr_decode_rates rates[ORR_DECODE_MEMO_CELLS];
} orr_decode_tally;

/* Is all that a step costs in such sums? Else the walk alone tells. */
bool orr_decode_tally_tells(const orr_perf *perf);
void orr_decode_tally_init(orr_decode_tally *tally, const orr_perf *perf);
/* A step of one request at least, so many times. Returns its time: orr_perf_decode_attention's, bit for bit. */
double orr_decode_tally_add(orr_decode_tally *tally, const orr_perf *perf, const orr_decode_sums *sums, double times, orr_decode_memo *memo);
/* What these steps cost. */
orr_cost orr_decode_tally_cost(const orr_decode_tally *tally, const orr_perf *perf);

#endif
