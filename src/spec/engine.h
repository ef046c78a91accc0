/* An engine: the settings a user gives (vLLM's names) and the profile of the software (host time, memory it keeps, kernels' launch). */
#ifndef ORR_SPEC_ENGINE_H
#define ORR_SPEC_ENGINE_H

#include <stdbool.h>
#include <stdint.h>
#include "spec/attention_ffn.h"
#include "spec/experts.h"
#include "spec/model.h"
#include "spec/residual_set.h"
#include "spec/scheduling.h"
#include "spec/speculation.h"
#include "spec/store.h"

typedef enum { ORR_CONTEXT_ALL_GATHER, ORR_CONTEXT_RING } orr_context_exchange_kind;
typedef enum { ORR_DCP_AG_RS, ORR_DCP_A2A } orr_dcp_comm;
typedef enum { ORR_CACHE_BLOCKS, ORR_CACHE_RADIX } orr_cache_kind;
typedef enum { ORR_EVICT_LRU, ORR_EVICT_LFU, ORR_EVICT_TTL, ORR_EVICT_BELADY } orr_cache_eviction;

typedef struct orr_engine {
    const char *profile;                     /* vllm, sglang, trtllm, ideal; none: a file of the user's, or nothing, gave the defaults */
    const char *title;
    const char *kernels;                     /* the engine whose measured kernels speak for this one's: a name in data/residuals, or the engine of `residuals`; NULL: none */
    const orr_node *residuals_tree;          /* the user's own, as written; NULL: none */
    const orr_residuals *residuals;          /* the same, read: once a study file, not once a system */
    /* layout of one replica */
    int64_t tensor_parallel_size, pipeline_parallel_size, data_parallel_size;  /* data_parallel_size: data-parallel attention ranks inside a replica (each holds its own requests; experts are shared) */
    int64_t prefill_context_parallel_size;   /* ranks that cut the tokens of prompts, each with tensor_parallel_size chips */
    int64_t decode_context_parallel_size;    /* ranks that cut a request's cache along its tokens, among those that would hold the same */
    orr_context_exchange_kind prefill_context_exchange;
    orr_dcp_comm dcp_comm_backend;
    bool enable_expert_parallel;             /* experts spread over all tensor x context x data ranks (over all FFN devices, where there are such) instead of being cut */
    orr_attention_ffn attention_ffn;
    /* numbers */
    const char *quantization;                /* none (as published), bf16, fp8, fp8_block, fp4, int8, int4 */
    orr_dtype weight_dtype;                  /* resolved from quantization and the model */
    orr_dtype compute_dtype;                 /* of the matrix products: by weight dtype and what the chip has */
    orr_dtype kv_cache_dtype;
    /* scheduler */
    orr_scheduler scheduler;
    orr_scheduling_settings scheduling;
    int64_t max_num_seqs, max_num_batched_tokens, block_size, max_model_len;   /* max_model_len 0: the model's */
    bool enable_chunked_prefill, enable_mixed_chunk, enable_prefix_caching;
    int64_t scheduler_gather_steps;          /* steps that new requests wait for each other, at most, for each data-parallel rank to have one; 0: none */
    int64_t scheduler_recv_interval;         /* steps between looks at new requests while others run; 1: each step */
    orr_cache_kind cache;
    orr_cache_eviction cache_eviction;
    double cache_ttl_ns;                     /* eviction ttl alone */
    orr_kv_tier_specs kv_tiers;              /* below the HBM, fastest first */
    orr_kv_fetch kv_fetch;
    double gpu_memory_utilization;
    bool utilization_of_free;                /* gpu_memory_utilization is of what weights, activations and runtime leave (TensorRT-LLM), not of all */
    int64_t num_gpu_blocks;                  /* 0: computed from memory */
    orr_speculation speculation;
    orr_experts experts;
    /* profile: host time of a step = per_step + per_request x running + per_token x scheduled tokens + per_prefill x chunks; of it `overlap` hides behind the device */
    double host_per_step_ns, host_per_request_ns, host_per_token_ns, host_per_prefill_ns;
    double host_overlap;                     /* 0: all serial (vLLM sync), 1: all hidden while the device is the longer */
    double request_entry_ns;                 /* arrival -> seen by the scheduler: HTTP, tokenizer */
    double request_exit_ns;                  /* output sampled -> on the wire: detokenizer, HTTP */
    double kernel_launch_ns;                 /* device gap between kernels inside a captured graph */
    double eager_launch_ns;                  /* per kernel when not captured: steps with prefill, or beyond graph_max_tokens */
    int64_t graph_max_tokens;                /* largest captured decode batch; 0: no graphs */
    bool graph_of_requests;                  /* it counts requests, whatever drafts each brings, not tokens */
    double runtime_bytes;                    /* context, graphs, communicator buffers, a chip */
    double activation_bytes_factor;          /* activation peak = factor x max_num_batched_tokens x (hidden + widest ffn shard) x 2 bytes */
} orr_engine;

const char *orr_cache_kind_name(orr_cache_kind kind);                   /* "blocks" */
const char *orr_cache_eviction_name(orr_cache_eviction eviction);       /* "lru" */
static inline int64_t orr_engine_context_ranks(const orr_engine *engine) { return engine->prefill_context_parallel_size > 1 ? engine->prefill_context_parallel_size : 1; }
/* Tokens of a block as the scheduler counts it: block_size on each rank that the cache is cut over. */
static inline int64_t orr_engine_block_tokens(const orr_engine *engine) { return engine->decode_context_parallel_size > 1 ? engine->block_size * engine->decode_context_parallel_size : engine->block_size; }

#endif
