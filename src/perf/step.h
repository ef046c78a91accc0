/* The performance model: the cost of one engine step, from sums over its batch. Pure functions; perf knows no request, clock or policy.
 *
 * A system is (model, chip, node, fabric, engine, coefficients), prepared once into an orr_perf (immutable afterwards, shareable by threads). A step's work is a handful of sums. Its cost is
 * additive over parts that depend on few of them, so that a caller may keep tables:
 *     cost(step) = dense(tokens, those of the busiest data rank) + logits(count) + decode_attention(count, sums) + prefill chunks + state layers + drafts + host
 * With speculation a decoding request brings orr_perf_decode_tokens tokens to the step: tokens and logits of the caller count them all, decode_attention knows of them.
 * Every part is a list of operators with time, FLOPs, bytes, link bytes, energy (perf/operator.h). */
#ifndef ORR_PERF_STEP_H
#define ORR_PERF_STEP_H

#include <stdbool.h>
#include <stdint.h>
#include "base/diag.h"
#include "perf/correction_cell.h"
#include "spec/study.h"

/* What a step costs on the busiest rank (time) and on all chips of the engine (everything else). */
typedef struct orr_cost {
    double time_ns;                 /* device time, launch gaps included */
    double flop;                    /* executed */
    double memory_bytes;            /* DRAM traffic */
    double link_bytes;              /* sent over scale-up and scale-out links */
    double energy_j;                /* above idle */
    double compute_limit_ns, memory_limit_ns, link_limit_ns;    /* what the datasheet's peak alone would take: for utilisation and "percentage of the physical limit" */
} orr_cost;

static inline void orr_cost_add(orr_cost *sum, const orr_cost *part, double times)
{
    sum->time_ns += times * part->time_ns; sum->flop += times * part->flop; sum->memory_bytes += times * part->memory_bytes;
    sum->link_bytes += times * part->link_bytes; sum->energy_j += times * part->energy_j;
    sum->compute_limit_ns += times * part->compute_limit_ns; sum->memory_limit_ns += times * part->memory_limit_ns; sum->link_limit_ns += times * part->link_limit_ns;
}

/* The sums of a step's decoding requests: each adds one token (or with speculation those it verifies) to a context of c tokens (the new one not counted). */
typedef struct orr_decode_sums {
    int64_t count;
    int64_t context_tokens;         /* sum of c */
    int64_t capped_tokens;          /* sum of min(c, model->context_cap_tokens); == context_tokens when there is no cap */
    double context_squares;         /* sum of c^2: tells how unequal the contexts are */
} orr_decode_sums;

typedef struct orr_prefill_chunk { int64_t new_tokens, context_tokens; } orr_prefill_chunk;    /* computes new_tokens after context_tokens that are in the cache */

typedef struct orr_perf orr_perf;   /* one prepared system */

/* Prepares; NULL with diagnostics when the layout is impossible. Lives in `arena`. */
orr_perf *orr_perf_prepare(const orr_study *study, orr_arena *arena, orr_diags *diags);
/* The same, each time no more than orr_perf_prepare's and never falling as tokens, requests or contexts grow: residual corrections, which needn't, stand at the least they can be. For bounds. */
orr_perf *orr_perf_prepare_bounding(const orr_study *study, orr_arena *arena, orr_diags *diags);

/* Tokens that a decoding request brings to a step: 1, and the drafts it verifies. */
int64_t orr_perf_decode_tokens(const orr_perf *perf);

/* Where the depth of drafts follows the batch (depth.h): drafts of a step in which so many decode, [max_num_seqs + 1]; NULL: it is constant. */
const uint8_t *orr_perf_depths(const orr_perf *perf);
/* The system of steps that verify so many drafts, NULL where none does; that of steps in which so many decode. */
const orr_perf *orr_perf_at_depth(const orr_perf *perf, int64_t drafts);
const orr_perf *orr_perf_of_batch(const orr_perf *perf, int64_t requests);

/* --- parts of a step (device) --- */
/* Everything that depends only on how many tokens pass through (projections, FFN or experts, norms, collectives, embedding). `decode_only`: a captured graph serves it, all are of decoding
 * requests; else all are of prompts, which context ranks cut. The tokens are spread over the data-parallel ranks as those of many requests. */
void orr_perf_dense(const orr_perf *perf, int64_t tokens, bool decode_only, orr_cost *cost);
/* A request, hence a chunk, lives on one data-parallel rank (layout.c). Tokens of the busiest rank in a step of so many decoding requests and chunk tokens, of which the largest
 * chunk has largest_chunk_tokens. One rank: all tokens, exactly. Of chunks each context rank has its part, of what decodes all. */
double orr_perf_rank_tokens(const orr_perf *perf, int64_t decode_count, int64_t chunk_tokens, int64_t largest_chunk_tokens);
/* Tokens that all ranks together compute: those of decoding requests once on each context rank. */
int64_t orr_perf_computed_tokens(const orr_perf *perf, int64_t decode_tokens, int64_t chunk_tokens);
/* orr_perf_dense of so many computed tokens, rank_tokens of them being on the busiest rank. */
void orr_perf_dense_on(const orr_perf *perf, int64_t computed_tokens, double rank_tokens, bool decode_only, orr_cost *cost);
/* The least that so many tokens take in any step, whosever they are. */
void orr_perf_least_dense(const orr_perf *perf, int64_t tokens, orr_cost *cost);
/* What depends on how many tokens need logits: the last norm, lm_head, its gather, the sampler. */
void orr_perf_logits(const orr_perf *perf, int64_t logits, orr_cost *cost);
/* Decode attention of all layers, recurrent state updates included. For a fixed count it approaches a line in the context sums from above, and is a line with the inequality term and short contexts aside. */
void orr_perf_decode_attention(const orr_perf *perf, const orr_decode_sums *sums, orr_cost *cost);
/* The same, for callers that ask at every step: what `memo` kept of the last one is used where it still holds. Begin with zeros; one memo for one system. */
enum { ORR_DECODE_MEMO_CELLS = 32 };
typedef struct orr_decode_memo { orr_correction_cell cells[ORR_DECODE_MEMO_CELLS]; } orr_decode_memo;
void orr_perf_decode_attention_again(const orr_perf *perf, const orr_decode_sums *sums, orr_decode_memo *memo, orr_cost *cost);
/* Steps in a row that only decode: each adds a token to every context, `growing_count` of which are below the cap. */
typedef struct orr_decode_run { orr_decode_sums first; int64_t growing_count, steps; } orr_decode_run;
/* Times of these steps, into times_ns[0..steps), which has room for full lanes: decode attention as above, bit for bit, and so much more on the device (the same in each), joined with the host's. */
enum { ORR_DECODE_LANES = 8 };      /* steps evaluated side by side */
void orr_perf_decode_run_ns(const orr_perf *perf, const orr_decode_run *run, double other_ns, double host_ns, orr_decode_memo *memo, double *times_ns);
/* Prefill attention (and state scans) of all layers, of all chunks of a step in one launch a layer, added to `step`. Over data-parallel ranks the busiest has its share of them and no less
 * than the largest. O(1) a chunk. */
void orr_perf_add_chunks(const orr_perf *perf, const orr_prefill_chunk *chunks, int64_t chunk_count, orr_cost *step);
/* The same of so many equal chunks; and of one alone in its step. */
void orr_perf_equal_chunks(const orr_perf *perf, const orr_prefill_chunk *chunk, int64_t count, orr_cost *cost);
void orr_perf_prefill_attention(const orr_perf *perf, int64_t new_tokens, int64_t context_tokens, orr_cost *cost);
/* ns that a chunk adds to a step at the least, whatever else is in it: no sum of these is above the time of a step that holds the chunks. */
double orr_perf_least_prefill_ns(const orr_perf *perf, int64_t new_tokens, int64_t context_tokens);
/* Drafting by a model (draft.c): one or two kinds of passes of systems of their own, each made of the parts above. prompts: of the step's chunks, and of those that complete. */
typedef struct orr_draft_prompts { int64_t tokens, completing, completing_context_tokens; } orr_draft_prompts;
typedef struct orr_draft_pass { const orr_perf *perf; int64_t times, tokens, logits; orr_decode_sums decode; bool with_chunks; } orr_draft_pass;
int orr_perf_draft_passes(const orr_perf *perf, const orr_decode_sums *decode, const orr_draft_prompts *prompts, orr_draft_pass passes[2]);
/* The same, summed, beside so many equal chunks that complete. Nothing without a drafting model. */
void orr_perf_drafts(const orr_perf *perf, const orr_decode_sums *decode, const orr_prefill_chunk *chunk, int64_t chunk_count, orr_cost *cost);
/* Of chunks that all complete. */
orr_draft_prompts orr_draft_prompts_of(const orr_prefill_chunk *chunks, int64_t chunk_count);
/* A whole step without drafts and the host: of the parts' sum, or what both sides take together where attention and FFN stand apart. chunk_count equal chunks; tokens: all of the step's, those of chunks too;
 * spread: over data ranks chunks' tokens are taken to be spread as those of many requests (for bounds), not each chunk on one rank. */
typedef struct orr_step_shape { orr_decode_sums decode; orr_prefill_chunk chunk; int64_t chunk_count, tokens, logits; bool decode_only, spread; } orr_step_shape;
void orr_perf_step(const orr_perf *perf, const orr_step_shape *shape, orr_cost *cost);
/* Host time of a step, before overlap; and the rule that joins host and device. */
double orr_perf_host_ns(const orr_perf *perf, int64_t running_requests, int64_t scheduled_tokens, int64_t prefill_chunks);
double orr_perf_join_ns(const orr_perf *perf, double device_ns, double host_ns);

/* A pipeline of p stages: device time of a step is spent stage by stage. Share of stage s (sums to 1) and the transfer between stages, inside the dense part. */
int64_t orr_perf_stage_count(const orr_perf *perf);
/* The largest stage's share of a step's device time (>= 1 / stages): what the pipeline's throughput hangs on. */
double orr_perf_bottleneck_share(const orr_perf *perf);

/* The FFN devices of a system whose attention and FFN stand apart (afd.h), as a system; NULL: they don't. */
const orr_perf *orr_perf_ffn(const orr_perf *perf);

/* --- memory of one chip (the fullest) --- */
typedef struct orr_memory_map {
    double capacity_bytes, usable_bytes;        /* usable = capacity x gpu_memory_utilization */
    double weights_bytes, activation_bytes, runtime_bytes, encoder_bytes;
    double kv_bytes;                            /* what is left for the cache */
    double kv_bytes_per_block;                  /* one block (block_size tokens on each rank that cuts the cache), one chip's share */
    double state_bytes_per_request;
    double state_bytes;                         /* recurrent state set aside for min(max_num_seqs, max_requests) requests, out of kv_bytes */
    int64_t max_requests;                       /* the most that may run at once, of the whole engine: their states take half of kv_bytes; 0: state sets no limit */
    int64_t kv_blocks_per_request;              /* the most that one request may hold: a data-parallel rank's share */
    int64_t kv_blocks;                          /* of the whole engine (num_gpu_blocks when given); 0: does not fit */
    int64_t kv_tokens;
    bool fits;                                  /* weights and at least one block of max(1, ...) fit */
} orr_memory_map;
orr_memory_map orr_perf_memory(const orr_perf *perf);
/* The smallest tensor-parallel size that fits with everything else the same; 0: none. For hints. */
int64_t orr_perf_smallest_tensor_parallel(const orr_study *study, orr_arena *arena);

/* --- images (encoder.c) --- */
/* What encoding so many images adds to a step of the engines that do it (those that compute prompts); nothing where none come, or a pool of their own does. */
void orr_perf_encode(const orr_perf *perf, int64_t images, orr_cost *cost);
/* The most that a step takes on, unless one request brings more (vLLM's encoder budget: as many embeddings as the step's token budget, one image at least); 0: no images are encoded here. */
int64_t orr_perf_most_images(const orr_perf *perf);

/* A pool of encoders (encoder_pool.c), whose engines encode none; the rest only where there is one. */
bool orr_perf_has_encoders(const orr_perf *perf);
/* The most images that one takes at a time, unless one request brings more. */
int64_t orr_perf_encoder_images(const orr_perf *perf);
/* ns until an encoder has so many, the host included; cost: of its chip. */
double orr_perf_encode_apart(const orr_perf *perf, int64_t images, orr_cost *cost);
double orr_perf_encoder_idle_w(const orr_perf *perf);       /* of one */

/* --- pools (ship.c) --- */
/* Groups of replicas (serving.groups): 1 without any; the first is the system itself, the others are prepared beside it. */
int orr_perf_group_count(const orr_perf *perf);
const orr_perf *orr_perf_group(const orr_perf *perf, int group);
/* The prefill engines of a disaggregated system, prepared beside those that decode; NULL: there are none. */
const orr_perf *orr_perf_prefill(const orr_perf *perf);
/* What a request's cache takes to ship, by the tokens of its context: bytes, each counted once; ns on each side's channel, and beside them. Only with prefill engines. */
typedef struct orr_shipment { double bytes, egress_ns, ingress_ns, latency_ns; } orr_shipment;
orr_shipment orr_perf_ship(const orr_perf *perf, int64_t tokens);
/* The same of so many images' embeddings, out of an encoder: nothing is a queue at the other end (ingress 0). */
orr_shipment orr_perf_ship_images(const orr_perf *perf, int64_t images);
/* Channels of an engine: data-parallel ranks, on one of which a request lives. */
int64_t orr_perf_channels(const orr_perf *perf);

/* --- explanation --- */
typedef enum { ORR_BIND_COMPUTE, ORR_BIND_MEMORY, ORR_BIND_LINK, ORR_BIND_LATENCY /* launch, waves, latency */, ORR_BIND_HOST, ORR_BIND_COUNT_ } orr_binding;
const char *orr_binding_name(orr_binding binding);

typedef struct orr_operator_line {
    const char *name;               /* "qkv_proj", "decode_attention", "experts", "all_reduce", ... */
    const char *shape;              /* "m=128 n=10240 k=8192 fp8" */
    double times;                   /* how often in a step (layers) */
    orr_cost cost;                  /* all of them together; time_ns: what the step is longer for them */
    orr_binding binding;
    double limit_share;             /* physical limit / time: 0..1 */
    double log_error;               /* |log(real / predicted)| of its time that nine of ten keep */
} orr_operator_line;

/* Where attention and FFN stand apart: the layers' time of a step, and how long each station works in it (attention, dispatch, FFN, combine). Lines' times are then of the longest path through the micro-batches:
 * what lies behind other work takes none, so that lines still add up to the step. */
typedef struct orr_afd_shares { int64_t micro_batches; double step_ns, busy_ns[4]; } orr_afd_shares;      /* micro_batches 0: they don't */

typedef struct orr_step_explanation { orr_operator_line *lines; size_t line_count; orr_cost device; orr_afd_shares apart; double host_ns, step_ns; orr_binding binding, next_binding; double seconds_by_binding_ns[ORR_BIND_COUNT_];
    double log_error;               /* of step_ns, nine of ten: errors of one family go together, those of different families and of the host are independent */
} orr_step_explanation;
/* The same arithmetic as the parts above, operator by operator: the sum of the lines is the sum of the parts (a law, tested). */
orr_step_explanation orr_perf_explain(const orr_perf *perf, const orr_decode_sums *decode, const orr_prefill_chunk *chunks, int chunk_count, orr_arena *arena);

/* So many images encoded together, where that is done: on an encoder, its host included, or in a step of the engines that compute prompts, device alone. line_count 0: none come. */
orr_step_explanation orr_perf_explain_images(const orr_perf *perf, int64_t images, orr_arena *arena);

/* Idle and peak power of all chips of an engine, for energy over time. */
double orr_perf_idle_w(const orr_perf *perf);

#endif
