/* Context parallelism: a prompt's tokens cut over ranks (context_prefill.c), keys and values brought to them (context_exchange.c), and a request's cache cut along its tokens while decoding
 * (context_decode.c). The ranks that take part are those of one data-parallel rank. */
#ifndef ORR_PERF_CONTEXT_PARALLEL_H
#define ORR_PERF_CONTEXT_PARALLEL_H

#include "perf/attention.h"
#include "perf/collective.h"
#include "perf/layout.h"

/* --- prompts --- */

/* The two pieces of a chunk on the rank that has the most to do: so many new tokens each, after so many. */
typedef struct orr_context_pieces { double tokens, context[2]; } orr_context_pieces;
orr_context_pieces orr_context_pieces_of(double ranks, double new_tokens, double context_tokens);

/* orr_chunk_load_add of that rank's part. */
void orr_context_load_add(const orr_chunk_operator *chunk, const orr_machine *machine, double ranks, double new_tokens, double context_tokens, double count, orr_chunk_load *load);

/* Keys and values, or latents, on their way. */
typedef struct orr_context_exchange {
    orr_collective collective;              /* in line: a gathering; in a ring: a hop */
    double new_bytes, context_bytes;        /* of what is gathered, or of a hop, a new token of a chunk and one before it */
    double hops;                            /* a ring's, each behind its part of the attention; 0: in line */
    orr_chunk_operator behind;              /* that attention */
    double ranks;                           /* of the ring */
} orr_context_exchange;

/* Appends what brings a layer's keys and values to the ranks that need them, `attention` holding the layer's own operators, with their corrections. Attention in a ring is launched piece by piece. */
void orr_context_compile_exchange(const orr_machine *machine, const orr_mixer *mixer, const orr_layout *layout, const orr_engine *engine, const orr_corrections *corrections, orr_arena *arena, orr_attention *attention);
void orr_context_exchange_emit(const orr_chunk_operator *chunk, const orr_chunk_load *load, const orr_rank_split *split, orr_sink *sink);

/* --- decoding --- */

/* Cuts what reads the cache, and appends what joins the parts. */
void orr_context_compile_decode(const orr_machine *machine, const orr_mixer *mixer, const orr_layout *layout, const orr_engine *engine, double query_tokens, const orr_corrections *corrections, orr_arena *arena,
                                orr_attention *attention);

/* --- groups of ranks --- */

/* All context ranks, one chip each; the ranks that cut a cache; those of them in one tensor-parallel group. */
typedef enum { ORR_GROUP_CONTEXT, ORR_GROUP_CACHE, ORR_GROUP_HEADS } orr_context_group;
orr_collective orr_context_collective(const orr_machine *machine, const orr_layout *layout, orr_context_group group, orr_collective_kind kind);
/* What was measured of such a collective: nothing where it goes over nodes. */
orr_correction orr_context_correction(const orr_collective *collective, const orr_corrections *corrections, orr_arena *arena);

#endif
