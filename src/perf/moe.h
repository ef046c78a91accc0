/* Mixture of experts on one rank: see moe.c. */
#ifndef ORR_PERF_MOE_H
#define ORR_PERF_MOE_H

#include "perf/elementwise.h"
#include "perf/expert_placement.h"
#include "perf/gemm_grouped.h"

/* How tokens come to experts. */
typedef enum {
    ORR_ROUTING_DRAWN,      /* each token draws its experts, some more popular than others: real traffic */
    ORR_ROUTING_EVEN,       /* a benchmark that deals rows out in turn: the same for all */
    ORR_ROUTING_POWER,      /* a benchmark that draws experts' loads from a power law, and measures the busiest rank */
    ORR_ROUTING_PLACED      /* experts of known popularity, each on its rank: expert_placement.c */
} orr_routing_kind;

typedef struct orr_moe_shape {
    const orr_ffn *ffn;
    int64_t width;                          /* what experts act on: hidden size, or the latent of LatentMoE */
    int64_t ranks;                          /* that share the experts */
    bool spread;                            /* whole experts are spread over them, else each is cut */
    bool everywhere;                        /* every rank holds all tokens, also those of other ranks' experts */
    orr_dtype weight_dtype, compute_dtype;
    orr_routing_kind routing;
    double power;                           /* ORR_ROUTING_POWER: exponent of the density of loads */
    const orr_expert_placement *placement;  /* ORR_ROUTING_PLACED */
} orr_moe_shape;

typedef struct orr_moe {
    double experts, per_token;              /* of the model */
    double rank_experts, ranks;             /* experts on a rank; ranks that share the experts */
    double spread_ranks;                    /* ranks with experts of their own: `ranks` with expert parallelism, else 1 */
    orr_routing_kind routing;
    double power;
    const orr_expert_placement *placement;
    double log_miss_popular, log_miss_rare; /* ln(1 - k/E (1 +- skew)) */
    double sigmas;                          /* how far the busiest rank lies above the mean, in standard deviations */
    double foreign_share;                   /* of other ranks' rows that this rank walks over */
    double fixed_ns, crowd_ns;              /* routing and launches: always; what many rows add */
    double permute_bytes, combine_bytes;    /* of a row, beside what the products read and write */
    double byte_ns;                         /* of one of them */
    orr_grouped_gemm up, down;              /* of one expert: gate and up, down */
    const orr_machine *machine;
} orr_moe;

orr_moe orr_moe_prepare(const orr_machine *machine, const orr_moe_shape *shape);

/* Mean number of experts of the whole model that `tokens` tokens touch. */
double orr_moe_touched(const orr_moe *moe, double tokens);

/* Rows and touched experts on the busiest rank, and in the mean. */
typedef struct orr_moe_load { double rows, touched, mean_rows, mean_touched; } orr_moe_load;
orr_moe_load orr_moe_rank_load(const orr_moe *moe, double tokens);

/* Emits routing, products and combination of `tokens` tokens (of all ranks). */
void orr_moe_emit(const orr_moe *moe, double times, double tokens, orr_sink *sink);
/* Bytes of experts' weights on the fullest rank, one layer. */
double orr_moe_rank_weight_bytes(const orr_moe *moe);

#endif
