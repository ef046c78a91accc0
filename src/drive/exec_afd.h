/* Steps of engines whose attention and FFN stand apart (perf/afd.h), for the executor that predicts: what depends on tokens alone is kept, the rest is added in closed form. */
#ifndef ORR_DRIVE_EXEC_AFD_H
#define ORR_DRIVE_EXEC_AFD_H

#include "perf/afd.h"

/* What steps have taken of both sides; zeros: nothing is apart. */
typedef struct orr_apart_totals { double step_ns, busy_ns[ORR_STATION_COUNT_]; orr_cost attention, ffn, link; } orr_apart_totals;
static inline void orr_apart_totals_add(orr_apart_totals *sum, const orr_apart_totals *part, double times)
{
    sum->step_ns += times * part->step_ns;
    for (int s = 0; s < ORR_STATION_COUNT_; s++) sum->busy_ns[s] += times * part->busy_ns[s];
    orr_cost_add(&sum->attention, &part->attention, times);
    orr_cost_add(&sum->ffn, &part->ffn, times);
    orr_cost_add(&sum->link, &part->link, times);
}

typedef struct orr_exec_afd orr_exec_afd;

/* One step, or one pass of a drafting model. */
typedef struct orr_afd_pass { int64_t tokens, chunk_tokens, largest_chunk_tokens; orr_decode_sums decode; const orr_prefill_chunk *chunks; int64_t chunk_count; const orr_cost *logits; } orr_afd_pass;     /* logits: NULL: none */

/* NULL where nothing is apart. */
orr_exec_afd *orr_exec_afd_create(const orr_perf *perf, int64_t most_decode_tokens);
void orr_exec_afd_destroy(orr_exec_afd *afd);
/* Of a pass that only decodes: its time. */
double orr_exec_afd_decode_ns(orr_exec_afd *afd, const orr_afd_pass *pass, orr_decode_memo *memo);
/* What a pass takes of each side, and in all: its time, work and energy are of all chips, the limits of attention devices. */
orr_cost orr_exec_afd_cost(orr_exec_afd *afd, const orr_afd_pass *pass, orr_decode_memo *memo, orr_apart_totals *parts);

#endif
