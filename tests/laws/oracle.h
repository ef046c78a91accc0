/* The naive simulator: the oracle that the serving core must equal exactly.
 *
 * It walks over every running request, every token and every block: a list of block numbers for the free queue, a list of blocks for each request, sequential
 * preemption as vLLM's loop does it. Nothing of src/serve is used but the plain structs that describe inputs and plans. */
#ifndef ORR_TESTS_ORACLE_H
#define ORR_TESTS_ORACLE_H

#include "drive/loop.h"

/* `follows`: one more than the number of the request whose answer it waits for, arrival_ns then being the time from that answer on; 0: it arrives by itself. */
typedef struct oracle_request { int64_t arrival_ns, input_tokens, output_tokens; orr_segment segments[8]; int segment_count; uint64_t answer /* content, where a later prompt may go on with it; 0: none does */; int64_t follows, max_output_tokens, ttft_limit_ns, images; int32_t tenant, priority; uint64_t session; } oracle_request;

/* What both simulators must agree on, by request id. */
typedef struct oracle_outcome { bool finished, rejected, refused, lost; int replica, preemptions; int64_t arrival_ns, admitted_ns, first_token_ns, finish_ns, cached_tokens; } oracle_outcome;
typedef struct oracle_totals { orr_fleet_totals fleet; int64_t gap_sum_ns, gap_count, steps, prefill_steps, shipped_tokens, preemptions, recomputed_tokens, end_ns, evicting_takes, decodes, decode_tokens, images /* encoded in steps of engines */, batches, batch_images /* of encoders */, tier_read[ORR_MOST_TIERS], tier_written[ORR_MOST_TIERS]; } oracle_totals;

oracle_totals oracle_run(const orr_loop_config *config, const char *router_name, const oracle_request *requests, int64_t request_count, const orr_executor *executor,
    oracle_outcome *outcomes);

#endif
