/* The balance point of a system: how little of matrix rate, memory bandwidth, links and capacity would have carried the run's mean step as fast, each alone and all together; and what trades for what.
 *
 * T(s) is the time of the run's mean step (explain.h) with the rates of a chip scaled by s = (matrix, memory, link), s = 1 as it is; e the loss that is taken for none.
 *     alone     the least s_r with T <= (1 + e) T(1), the others as they are
 *     together  s <= 1 with T(s) <= (1 + e) T(1), none of which can be less while the others stay: less of any costs, more of any up to what it is gains no more than e
 *     trade     an iso-performance line: for so much memory bandwidth, the least matrix rate with T <= T(1)
 * Capacity: what weights, activations, runtime and the fullest cache of the run take, over the share that the engine may use; it is no part of T, and a run with less of it would wait or preempt.
 * Times are of steps at the run's batch, not of queues. Vector units, caches and latencies stay as they are, and bind where a rate doesn't. Rates from 1/256 to 256 of what they are. */
#ifndef ORR_LAB_BALANCE_H
#define ORR_LAB_BALANCE_H

#include "base/units.h"
#include "lab/explain.h"

#define ORR_BALANCE_LOSS 0.05       /* e: less than the model is off */
#define ORR_BALANCE_LEAST (1.0 / 256)

typedef enum { ORR_RATE_MATRIX, ORR_RATE_MEMORY, ORR_RATE_LINK, ORR_RATE_COUNT_ } orr_rate;
enum { ORR_BALANCE_TRADES = 9 };

typedef struct orr_balance_rate {
    const char *parameter;          /* the one that `now` is of; the matrix rate is of bf16 and stands for all types */
    orr_unit unit;
    double now;
    double alone, together;         /* scales; ORR_BALANCE_LEAST: it takes none of it */
} orr_balance_rate;

typedef struct orr_balance_trade { double memory, matrix; } orr_balance_trade;       /* scales; matrix NaN: no rate is enough */

typedef struct orr_balance {
    orr_balance_rate rates[ORR_RATE_COUNT_];        /* now 0: the chip has none */
    orr_balance_trade trades[ORR_BALANCE_TRADES];
    double capacity_bytes, capacity_needed_bytes;
    double step_ns, balanced_ns;    /* T(1), T(together) */
} orr_balance;

/* T(scale), in ns, of a study that is bound and an explanation that ran; 0: it can't be prepared. */
double orr_balance_step_ns(const orr_study *study, const orr_study_explanation *explanation, const double scale[ORR_RATE_COUNT_]);
/* Sets explanation->balance, and leaves it where there is no step. */
void orr_balance_find(const orr_study *study, orr_study_explanation *explanation, orr_arena *arena);

#endif
