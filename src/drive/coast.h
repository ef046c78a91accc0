/* A replica's way ahead: when the steps end that only decode, told before anything of them is done (serve/engine_coast.c).
 *
 * The loop sets out when a replica's next steps are known, puts the end of the last one on its agenda, and lets the replica be. What comes from outside meanwhile finds out how far it is: steps that are over are done at once,
 * the one in flight is planned as any other, the rest is forgotten. So a run costs what happens in it, not its steps; and every time in it is the one that step by step gives (the laws compare it with the oracle).
 * Foreseen steps that never come to pass cost little: how many are foreseen doubles after each way that was gone to its end, and halves after each that was not; after one that was hardly begun, the next few steps
 * go one by one. */
#ifndef ORR_DRIVE_COAST_H
#define ORR_DRIVE_COAST_H

#include "drive/executor.h"
#include "serve/engine.h"

enum { ORR_COAST_STEPS_MAX = 256, ORR_COAST_STEPS_MIN = 3, ORR_COAST_REST = 8 };

typedef struct orr_coast {
    int64_t *ends_ns;               /* [ORR_COAST_STEPS_MAX], of the steps foreseen */
    int64_t start_ns, steps, most;
    int rest;                       /* steps to go one by one */
    uint16_t turn;                  /* which way this is: tells its end on the agenda from those of ways that were cut short; never 0 */
    bool under_way;
} orr_coast;

void orr_coast_init(orr_coast *coast);
void orr_coast_free(orr_coast *coast);
/* Sets out from an idle engine of one lane at `now_ns`; false: too little is known ahead. */
bool orr_coast_begin(orr_coast *coast, const orr_engine_core *core, const orr_executor *executor, int replica, int64_t now_ns);
/* Is over at `now_ns`: steps that ended by then are done, in the engine and for the executor. Returns how many; `coasted` sums them up. */
int64_t orr_coast_end(orr_coast *coast, orr_engine_core *core, const orr_executor *executor, int replica, int64_t now_ns, orr_coasted *coasted);

#endif
