/* The decoding request with the fewest generated tokens goes first, of equal ones the one with the longest input, then the last admitted; it waits behind all. Once one goes, others do until the free blocks hold
 * retract_decode_steps tokens for each that stays, or one is left.
 * SGLang: retract_decode in sglang/srt/managers/schedule_batch.py. What a request has generated less the lane's clock is fixed while it decodes: so is the order. */
#include "serve/sched.h"

static orr_rank rank(const orr_victim_view *view)
{
    return (orr_rank){view->generated_tokens - view->clock, -view->request->input_tokens, -(int64_t)view->order};
}

const orr_victim_policy orr_victim_least_output = {.name = "least_output", .rank = rank, .decoding_only = true, .waits_last = true, .makes_room = true};
