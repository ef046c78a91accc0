/* One prepared system: everything that depends on the system only. Immutable after orr_perf_prepare. */
#ifndef ORR_PERF_SYSTEM_H
#define ORR_PERF_SYSTEM_H

#include "base/math.h"
#include "perf/afd.h"
#include "perf/attention.h"
#include "perf/collective.h"
#include "perf/context_parallel.h"
#include "perf/dispatch.h"
#include "perf/elementwise.h"
#include "perf/gemm.h"
#include "perf/layout.h"
#include "perf/moe.h"
#include "perf/step.h"

typedef enum { ORR_ITEM_GEMM, ORR_ITEM_ELEMENTWISE, ORR_ITEM_COLLECTIVE, ORR_ITEM_DISPATCH, ORR_ITEM_MOE } orr_item_kind;
typedef enum { ORR_ROWS_RANK, ORR_ROWS_ALL, ORR_ROWS_DISPATCH } orr_item_rows;    /* the busiest data rank's tokens; all tokens of the step; a rank's own slice of its data rank's tokens */

/* One operator of the walk. Identical operators of all layers are one item. */
typedef struct orr_item {
    orr_item_kind kind;
    orr_item_rows rows;
    const char *name;
    int group;                      /* of layers, where micro-batches overlap; else 0; ORR_NO_LAYER_GROUP there: outside of layers */
    double times;                   /* executions in a step */
    double row_bytes;               /* COLLECTIVE: bytes of the buffer a row */
    bool prompts_only;              /* not in a step of decoding requests alone */
    bool per_layer;                 /* false: once a step (embedding, transfers) */
    orr_correction correction;      /* of its time, by its rows or bytes */
    union { const orr_gemm *gemm; const orr_elementwise *elementwise; const orr_collective *collective; const orr_dispatch *dispatch; const orr_moe *moe; } of;
} orr_item;

enum { ORR_MAX_ITEMS = 256, ORR_MAX_SYSTEM_ATTENTION = ORR_DECODE_MEMO_CELLS };

typedef struct orr_program { int count; orr_item items[ORR_MAX_ITEMS]; } orr_program;

/* Bytes one rank holds. `layers` is of all layers. */
typedef struct orr_weight_bytes { double layers, embedding, head, encoder; } orr_weight_bytes;

/* From prefill engines to this one: what a token's and a request's cache weighs, and what a byte takes on each side. */
typedef struct orr_shipping { double full_bytes, windowed_bytes, request_bytes, egress_ns_per_byte, ingress_ns_per_byte, latency_ns; int64_t cap_tokens; } orr_shipping;

struct orr_perf {
    orr_coefficients coefficients;
    orr_engine engine;
    orr_machine machine;
    orr_held_part held;
    orr_layout layout;
    orr_corrections corrections;
    orr_program dense, logits;
    int linear_count, chunk_count;
    orr_linear_operator linear[ORR_MAX_SYSTEM_ATTENTION];
    orr_chunk_operator chunk[ORR_MAX_SYSTEM_ATTENTION];
    double captured_tokens;         /* largest decode batch a graph serves, over all data ranks */
    orr_weight_bytes weights;
    orr_memory_map memory;
    double bottleneck_share;
    /* speculation (draft.c) */
    int64_t decode_tokens;          /* of a decoding request in a step: 1, and the drafts it verifies */
    orr_perf *draft_first, *draft_next;     /* the drafting model in its pass over a step's tokens, and over one token a request; NULL: none */
    int64_t draft_layers;           /* MTP layers held, or EAGLE's; 0: a draft model is */
    bool draft_owns_head;           /* beside these */
    struct orr_depths *depths;      /* systems of fewer drafts, and which a batch takes (depth.h); NULL: always these */
    int64_t context_cap_tokens, draft_cap_tokens;   /* of the model and of what drafts */
    const struct orr_encoder *encoder;      /* of images, within the engine; NULL: none come, or encoders have them */
    struct orr_encoder_pool_perf *encoders;     /* of the whole system; NULL: none */
    /* disaggregation (ship.c) */
    orr_perf *prefill;              /* the engines that compute prompts; NULL: none */
    const orr_perf **further;       /* the study's groups from the second on */
    int further_count;
    orr_shipping shipping;
    struct orr_afd *afd;            /* its FFN devices (afd.h); NULL: it holds all by itself */
};

/* The busiest data rank's share of a decode step's requests: of a micro-batch of them, where a step has several. */
static inline double orr_decode_share(const orr_perf *perf, double requests) { return orr_max(perf->layout.busiest_share / perf->layout.micro_batches, 1 / requests); }

/* The residual correction of an operator around so many requests (or what it takes them for) of this mean context: kept where it still holds. */
static inline const orr_correction_cell *orr_decode_memo_cell(const orr_perf *perf, int linear, double count, double context, orr_decode_memo *memo)
{
    orr_correction_cell *cell = &memo->cells[linear];
    if (!orr_correction_cell_holds(cell, count, context)) *cell = orr_correction_cell_of(&perf->linear[linear].correction, count, context);
    return cell;
}

/* What a preparation stands on. */
typedef struct orr_perf_basis {
    const orr_coefficients *coefficients;   /* copied */
    const orr_residuals *residuals;         /* in place of the embedded sets of chip and engine and of the study's own, whatever those are (a set not embedded yet, tests); NULL: them. Outlives the system */
    bool bounding;                          /* see orr_perf_prepare_bounding */
} orr_perf_basis;
orr_perf *orr_perf_prepare_on(const orr_study *study, const orr_perf_basis *basis, orr_arena *arena, orr_diags *diags);
/* On these coefficients and the embedded residuals; orr_perf_prepare takes the embedded coefficients. */
orr_perf *orr_perf_prepare_with(const orr_study *study, const orr_coefficients *coefficients, orr_arena *arena, orr_diags *diags);

/* Gives each operator of a program its residual correction (program_corrections.c). */
void orr_program_correct(orr_program *program, const orr_corrections *corrections, orr_arena *arena);

/* A system (a drafting model is one too) whose decoding requests bring so many tokens to a step. */
orr_perf *orr_perf_prepare_pass(const orr_study *study, int64_t decode_tokens, const orr_perf_basis *basis, orr_arena *arena, orr_diags *diags);
/* A part of one. */
orr_perf *orr_perf_prepare_part(const orr_study *study, orr_held_part held, int64_t decode_tokens, const orr_perf_basis *basis, orr_arena *arena, orr_diags *diags);
/* Compiles the model into the programs, the attention operators and the weights (program.c). */
void orr_program_compile(orr_perf *perf, const orr_model *model, const orr_experts *experts, orr_arena *arena);
/* The projection in front of an MTP layer. */
void orr_program_add_mtp_projection(orr_perf *perf, const orr_model *model, orr_arena *arena);
/* What an EAGLE head has beside its layer (draft_eagle.c), in the pass over a step's tokens or in one over its own. */
void orr_program_add_eagle_head(orr_perf *perf, const orr_model *model, const orr_eagle *eagle, bool first, orr_arena *arena);
/* Of a drafting head in front of its layer: one norm of so many vectors, and products (n = 0: none). */
typedef struct orr_head_product { const char *name; int64_t n, k; } orr_head_product;
void orr_program_add_head(orr_perf *perf, const orr_model *model, const char *norm, int norms, const orr_head_product *products, int count, orr_arena *arena);

/* The chip is one of the catalogue, but not quite: the study gives it another speed (altered.c). */
bool orr_chip_is_altered(const orr_study *study);

/* The walk (step.c): every part into a sink. rank_tokens: of the busiest data rank; tokens: of all ranks (orr_perf_computed_tokens). */
void orr_walk_dense(const orr_perf *perf, double tokens, double rank_tokens, bool decode_only, orr_sink *sink);
void orr_walk_logits(const orr_perf *perf, double logits, orr_sink *sink);
void orr_walk_decode(const orr_perf *perf, const orr_decode_sums *sums, orr_decode_memo *memo, orr_sink *sink);
/* All chunks of a step: one launch of each chunk operator. */
void orr_walk_chunks(const orr_perf *perf, const orr_prefill_chunk *chunks, int64_t chunk_count, orr_sink *sink);
void orr_walk_equal_chunks(const orr_perf *perf, const orr_prefill_chunk *chunk, int64_t count, orr_sink *sink);

/* Copies of a token that go to experts on so many FFN devices (afd.c). */
double orr_afd_copies(int64_t ranks, bool spread, const orr_ffn *ffn);

/* Prepares the prefill engines and the way from them (ship.c). False: reported. */
bool orr_ship_prepare(orr_perf *perf, const orr_study *study, const orr_perf_basis *basis, orr_arena *arena, orr_diags *diags);

/* Encoders apart (encoder_pool.c), behind the prefill engines. False: reported. */
typedef struct orr_encoder_pool_perf orr_encoder_pool_perf;
const struct orr_encoder *orr_encoder_pool_encoder(const orr_encoder_pool_perf *pool);
bool orr_encoder_pool_prepare(orr_perf *perf, const orr_study *study, orr_arena *arena, orr_diags *diags);

/* The memory map (memory.c). */
orr_memory_map orr_memory_prepare(const orr_perf *perf, const orr_study *study);

#endif
