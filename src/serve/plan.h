/* The plan of a step: what the batch will do, as sums and chunks. The executor turns it into a time; nothing else leaves the engine. */
#ifndef ORR_SERVE_PLAN_H
#define ORR_SERVE_PLAN_H

#include <stdbool.h>
#include <stdint.h>

typedef struct orr_plan_chunk { int64_t new_tokens, context_tokens; bool completes; } orr_plan_chunk;

typedef struct orr_plan {
    int64_t decode_count, decode_context_tokens, decode_capped_tokens;
    int64_t decode_tokens;          /* computed for them: one a request, or 1 + drafts */
    int64_t draft_tokens;           /* drafts that each of them has verified, and that are drafted after the step */
    double decode_context_squares;
    const orr_plan_chunk *chunks;   /* prefill, in schedule order; valid until the lane's next plan */
    int64_t chunk_count, chunk_tokens, completing_chunks;
    int64_t running_requests;       /* of the lane */
    int64_t images;                 /* encoded before the rest of the step */
} orr_plan;

/* Plans in a row that only decode: each request has a token more of context in every next one, and those below the cap a capped one too. */
typedef struct orr_plan_run { orr_plan first; int64_t growing_count, steps; } orr_plan_run;
static inline orr_plan orr_plan_run_at(const orr_plan_run *run, int64_t step)
{
    const double ahead = (double)step, count = (double)run->first.decode_count;
    orr_plan plan = run->first;
    plan.decode_context_squares += ahead * (2.0 * (double)plan.decode_context_tokens + ahead * count);
    plan.decode_context_tokens += step * plan.decode_count;
    plan.decode_capped_tokens += step * run->growing_count;
    return plan;
}

static inline bool orr_plan_is_empty(const orr_plan *plan) { return plan->decode_count == 0 && plan->chunk_count == 0; }

#endif
