/* How a model is cut over the chips of one engine: ranks, stages, dtypes, and what one rank holds.
 *
 * An engine is tensor x context x data x pipeline ranks. Consecutive chips hold the tensor ranks, then the context ranks, then the data ranks, then the stages: a stage's ranks
 * share a node as far as it goes. The context ranks of a data rank cut the tokens of prompts (context_parallel.h) and hold the same weights, but for the experts, which are of all ranks of a stage. Invariants: 1. stage layers sum to the model's layers; 2. every cut is whole (checked). */
#ifndef ORR_PERF_LAYOUT_H
#define ORR_PERF_LAYOUT_H

#include <stdbool.h>
#include "perf/machine.h"
#include "spec/study.h"

typedef struct orr_layout {
    int64_t tensor, pipeline, data, context;        /* ranks */
    int64_t decode_context;                 /* ranks of a data rank that a request's cache is cut over, along its tokens */
    int64_t decode_tensor;                  /* of them in one tensor-parallel group; the others are context ranks */
    int64_t stage_ranks;                    /* tensor x context x data */
    bool spread_experts;                    /* whole experts over stage_ranks; else every expert is cut over them */
    int64_t layers, layers_most, layers_first, layers_last;     /* of a stage: the fullest, the first, the last */
    int64_t crossings;                      /* of the pipeline - 1 transfers, those that leave a node */
    double micro_batches;                   /* of a step, each of which goes through every layer by itself: 1 but where attention and FFN stand apart (afd.h) */
    double busiest_share;                   /* busiest data rank: its share of a step of many requests; 1 when there is one rank */
    orr_dtype half_dtype;                   /* 16 bit, as the model's unquantised parts */
    orr_dtype linear_dtype, linear_compute; /* projections and dense feed-forward: stored as, multiplied as */
    orr_dtype expert_dtype, expert_compute;
    orr_dtype other_dtype;                  /* embeddings, lm_head, router, norms */
} orr_layout;

/* What of a model an engine's ranks hold. */
typedef enum { ORR_HOLDS_ALL, ORR_HOLDS_ATTENTION /* all but the FFNs: mixers, norms, routers, embedding, head */, ORR_HOLDS_FFN } orr_held_part;

/* False when the layout is impossible; reported to `diags` unless it is NULL. */
bool orr_layout_prepare(const orr_study *study, orr_held_part held, const orr_machine *machine, orr_layout *layout, orr_diags *diags);
/* Layers of stage s: as even as can be, what is left over goes to the stages before the last, from the back. */
int64_t orr_layout_stage_layers(int64_t layers, int64_t stages, int64_t stage);

#endif
