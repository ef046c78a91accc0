/* Softmax attention, latent and sparse attention, recurrent state: what decode and prefill do with the cache.
 *
 * A layer's decode is a list of *linear* operators (linear in requests, contexts, capped contexts), a layer's prefill a list of *chunk* operators. Both
 * are compiled once by the family's file, from the shapes of one rank; identical layers share them. */
#ifndef ORR_PERF_ATTENTION_H
#define ORR_PERF_ATTENTION_H

#include "perf/correction.h"
#include "perf/gemm.h"

/* What the families are told about the system. */
typedef struct orr_rank_shape {
    double tensor_ranks;
    orr_dtype kv_dtype, compute_dtype;      /* compute: of the attention products, 16 bit */
    orr_dtype weight_dtype, weight_compute_dtype;   /* of linear layers */
    double query_tokens;                    /* of a decoding request in a step: 1, or with speculation all that it verifies: rows of the products, one read of the cache */
} orr_rank_shape;

/* time = fixed + request x count + growing + join,  growing = context x sum c (1 + a inequality) + capped x sum min(c, cap), where a request has a least, block:
 * sqrt(growing^2 + (block x count)^2); join of contexts cut into parts: join x/(1 + x), x = mean context / join_tokens. In ns; FLOP and bytes are linear, without the fixed part. One rank's. */
typedef struct orr_linear_operator {
    const char *name;
    int group;                              /* of layers, where micro-batches overlap; else 0 */
    double layers;                          /* executions in a step */
    double kernels;
    double fixed_ns, request_ns, context_ns, capped_ns, block_ns, join_ns, join_tokens, serial_ns, serial_least_tokens;     /* serial: of the mean context (so many tokens at least), however few requests */
    double cached_tokens, token_memory_ns, token_compute_ns;    /* contexts that a repeating benchmark finds in the cache (half of them when so many), and what context_ns or capped_ns is made of; 0: none is found */
    double request_cached_ns, request_held_bytes;   /* of states that a repeating benchmark finds in the cache, and how much of it a request takes; 0: none is found */
    bool convolves;                         /* the convolution before a recurrent state */
    bool absorbs;                           /* latent attention's absorbed products, not the attention */
    bool unequal;                           /* contexts of unequal length cost more */
    bool reads_cache;                       /* of keys and values, or latents, which context ranks may cut */
    double context_share;                   /* of each context that a rank reads */
    const struct orr_collective *exchange;  /* between ranks, of request_bytes a request and nothing else; NULL: it computes (context_decode.c) */
    orr_binding binding;                    /* of the growing part */
    orr_dtype dtype, matrix_dtype;          /* of the cache; of the products */
    double request_flop, context_flop, capped_flop, request_vector_flop, context_vector_flop, capped_vector_flop;
    double request_bytes, context_bytes, capped_bytes, fixed_bytes;     /* fixed: weights */
    double heads;                           /* for the explanation */
    orr_correction correction;
} orr_linear_operator;

typedef enum { ORR_CHUNK_SOFTMAX, ORR_CHUNK_SCAN, ORR_CHUNK_EXPAND, ORR_CHUNK_EXCHANGE } orr_chunk_kind;

typedef struct orr_chunk_operator {
    const char *name;
    int group;                              /* as above */
    double layers;
    double kernels;
    orr_chunk_kind kind;
    double fixed_ns;
    orr_dtype dtype, matrix_dtype;
    /* SOFTMAX: pairs of a new token and a key, one rank */
    double cap_tokens;                      /* keys a token sees at most; 0: all */
    bool chooses;                           /* the keys that attention will see, and does not attend */
    bool sees_all;                          /* of its chunk, those behind it too (encoders) */
    double pair_flop, pair_vector_flop, pair_ns;    /* all the rank's heads; pair_ns: all cores at work */
    double query_tile, tile_ns;             /* rows of a tile; starting one of each of the rank's heads, all cores at work */
    double head_pair_core_ns;               /* one query head and key on one core */
    double memory_token_ns, memory_key_ns;  /* of a new token and of a key, beside the products */
    /* SCAN: per new token; units (heads a core) take unit_ns and unit_piece_ns a piece each, and chain_ns a piece whatever the heads */
    double token_flop, token_ns;
    double piece_tokens, least_pieces, units, wave_rounding, unit_ns, unit_piece_ns, chain_ns;
    bool convolves;
    /* all */
    double token_bytes, key_bytes;          /* DRAM: a new token (q, k, v, out), a key read (context and new) */
    double fixed_bytes;                     /* SCAN: the state, once a chunk */
    double heads;
    const orr_gemm *expand;                 /* EXPAND: a product over the context's tokens */
    const struct orr_context_exchange *exchange;    /* EXCHANGE: keys and values between ranks (context_exchange.c) */
    orr_correction correction;
} orr_chunk_operator;

/* All chunks of one launch, as an operator sees them; add them one by one to {0}. */
typedef struct orr_chunk_load {
    double chunks, new_tokens, context_tokens, keys, pairs;     /* sums */
    double spread_ns, memory_ns;                                /* sums: what all cores share, what memory takes */
    double longest_ns, chain_ns;                                /* of one chunk, the most: what can't be shared */
    double most_new_tokens, most_context_tokens, most_spread_ns, most_memory_ns;    /* of one chunk: no data rank divides it */
} orr_chunk_load;

enum { ORR_MAX_ATTENTION_OPERATORS = 10 };
typedef struct orr_attention { int linear_count, chunk_count; orr_linear_operator linear[ORR_MAX_ATTENTION_OPERATORS]; orr_chunk_operator chunk[ORR_MAX_ATTENTION_OPERATORS]; } orr_attention;

/* Compilers, one a family: append to `attention`. */
void orr_attention_compile_decode(const orr_machine *machine, const orr_mixer *mixer, const orr_rank_shape *shape, orr_attention *attention);
void orr_attention_compile_prefill(const orr_machine *machine, const orr_mixer *mixer, const orr_rank_shape *shape, orr_attention *attention);
void orr_mla_compile(const orr_machine *machine, const orr_mixer *mixer, const orr_rank_shape *shape, orr_arena *arena, orr_attention *attention);
void orr_sparse_compile(const orr_machine *machine, const orr_mixer *mixer, const orr_rank_shape *shape, orr_attention *attention);     /* the indexer and the choice, before the attention itself */
void orr_linear_state_compile(const orr_machine *machine, const orr_mixer *mixer, const orr_rank_shape *shape, orr_scan_kind scan, orr_attention *attention);

/* Gives the operators of a layer their residual corrections (program_corrections.c). */
void orr_attention_correct(orr_attention *attention, const orr_mixer *mixer, const orr_rank_shape *shape, const orr_corrections *corrections, orr_arena *arena);

/* Elements of one request's recurrent state in a layer (recurrent, convolution). */
typedef struct orr_state_size { double recurrent, convolution; } orr_state_size;
orr_state_size orr_linear_state_size(const orr_mixer *mixer);
/* Channels the short convolution runs over. */
double orr_linear_state_channels(const orr_mixer *mixer);

/* Evaluation. busiest_share: what the busiest data rank has of it (of chunks: of many of them); ranks: chips in all; mean_share: see orr_work. */
typedef struct orr_rank_split { double busiest_share, ranks, mean_share; } orr_rank_split;
void orr_linear_operator_emit(const orr_linear_operator *linear, const orr_machine *machine, const orr_decode_sums *sums, const orr_rank_split *split, orr_sink *sink);
/* `count` chunks of new_tokens > 0 each, after context_tokens. */
void orr_chunk_load_add(const orr_chunk_operator *chunk, const orr_machine *machine, double new_tokens, double context_tokens, double count, orr_chunk_load *load);
void orr_chunk_operator_emit(const orr_chunk_operator *chunk, const orr_machine *machine, const orr_chunk_load *load, const orr_rank_split *split, orr_sink *sink);
/* ns of a launch of softmax attention. */
double orr_softmax_ns(const orr_chunk_operator *chunk, const orr_chunk_load *load, const orr_rank_split *split);
/* What these chunks add to the time of a launch, whatever other chunks are in it, at the least. */
double orr_chunk_operator_least_ns(const orr_chunk_operator *chunk, const orr_chunk_load *load, double busiest_share);

/* Pairs of a new token and a key it sees, causal, at most `cap` keys each (0: all), itself included. */
double orr_causal_pairs(double new_tokens, double context_tokens, double cap);
/* Of softmax attention: ns all cores take for a chunk's pairs, and ns its last tile takes alone on one (attention_prefill.c). */
typedef struct orr_softmax_times { double spread_ns, longest_ns; } orr_softmax_times;
orr_softmax_times orr_softmax_times_of(const orr_chunk_operator *chunk, const orr_machine *machine, double new_tokens, double context_tokens, double pairs);
/* ns of one score of one head, all cores at work: products of `width` = d_k + d_v at share x peak, exponentials at the vector rate; sqrt of the sum of squares: they overlap in part. */
double orr_softmax_pair_ns(const orr_machine *machine, double width, double flop_per_ns);

#endif
