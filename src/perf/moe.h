/* Mixture of experts on one rank: see moe.c. */
#ifndef ORR_PERF_MOE_H
#define ORR_PERF_MOE_H

#include "perf/elementwise.h"
#include "perf/gemm.h"

typedef struct orr_moe {
    double experts, per_token;              /* of the model */
    double rank_experts, ranks;             /* experts on a rank; ranks that share the experts */
    double spread_ranks;                    /* ranks with experts of their own: `ranks` with expert parallelism, else 1 */
    double log_miss_popular, log_miss_rare; /* ln(1 - k/E (1 +- skew)) */
    double rank_excess;                     /* busiest rank's tokens over the mean, less 1 */
    double sigmas;                          /* how far the busiest rank lies above the mean, in standard deviations */
    orr_gemm up, down;                      /* of one expert: gate and up, down */
    orr_elementwise permute, combine;       /* a row is a token routed to an expert here */
    const orr_machine *machine;
} orr_moe;

/* `width`: what experts act on (hidden size, or the latent of LatentMoE). Spread: whole experts are spread over the ranks, else each is cut. */
orr_moe orr_moe_prepare(const orr_machine *machine, const orr_ffn *ffn, int64_t width, int64_t ranks, bool spread, orr_dtype weight_dtype, orr_dtype compute_dtype);

/* Mean number of experts of the whole model that `tokens` tokens touch. */
double orr_moe_touched(const orr_moe *moe, double tokens);

/* Emits routing, products and combination of `tokens` tokens (of all ranks). */
void orr_moe_emit(const orr_moe *moe, double times, double tokens, orr_sink *sink);
/* Bytes of experts' weights on the fullest rank, one layer. */
double orr_moe_rank_weight_bytes(const orr_moe *moe);

#endif
