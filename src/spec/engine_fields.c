/* The parameters of an engine: settings under vLLM's names, and the profile of the software (data/engines/NAME.yaml gives both their defaults). */
#include "spec/engine.h"
#include "spec/field.h"
#include "spec/study.h"

static const char *const quantization_names[] = {"none", "bf16", "fp8", "fp8_block", "fp4", "int8", "int4"};
/* auto stands past the dtypes and is gone once a study is bound. */
static const char *const cache_names[] = {[ORR_CACHE_BLOCKS] = "blocks", [ORR_CACHE_RADIX] = "radix"};
static const char *const eviction_names[] = {[ORR_EVICT_LRU] = "lru", [ORR_EVICT_LFU] = "lfu", [ORR_EVICT_TTL] = "ttl", [ORR_EVICT_BELADY] = "belady"};
const char *orr_cache_kind_name(orr_cache_kind kind) { return cache_names[kind]; }
const char *orr_cache_eviction_name(orr_cache_eviction eviction) { return eviction_names[eviction]; }
static const char *const fetch_names[] = {[ORR_FETCH_WHEN_FASTER] = "when_faster", [ORR_FETCH_ALWAYS] = "always"};
static const char *const exchange_names[] = {[ORR_CONTEXT_ALL_GATHER] = "all_gather", [ORR_CONTEXT_RING] = "ring"};
static const char *const dcp_names[] = {[ORR_DCP_AG_RS] = "ag_rs", [ORR_DCP_A2A] = "a2a"};
static const char *const kv_names[] = {[ORR_DTYPE_BF16] = "bf16", [ORR_DTYPE_FP8] = "fp8", [ORR_DTYPE_COUNT_] = "auto"};

#define WHOLE(key, least, most, fallback, flags_, text) \
    {.name = #key, .kind = ORR_FIELD_INT, .offset = offsetof(orr_engine, key), .min = least, .max = most, .default_text = fallback, .flags = flags_, .doc = text}
#define SWITCH(key, fallback, text) {.name = #key, .kind = ORR_FIELD_BOOL, .offset = offsetof(orr_engine, key), .default_text = fallback, .flags = ORR_FIELD_SEARCHABLE, .doc = text}
#define TIME(key, member, text) {.name = key, .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_NS, .offset = offsetof(orr_engine, member), .max = 1e12, .default_text = "0 ns", .doc = text}
#define NUMBER(key, member, least, most, fallback, flags_, text) \
    {.name = key, .kind = ORR_FIELD_QUANTITY, .offset = offsetof(orr_engine, member), .min = least, .max = most, .default_text = fallback, .flags = flags_, .doc = text}

static const orr_field engine_fields[] = {
    {.name = "schema", .kind = ORR_FIELD_ANY, .flags = ORR_FIELD_UNSTORED | ORR_FIELD_HEAD, .doc = "format and version of the file"},
    {.name = "name", .kind = ORR_FIELD_TEXT, .flags = ORR_FIELD_UNSTORED | ORR_FIELD_HEAD, .doc = "name in the catalogue"},
    {.name = "aliases", .kind = ORR_FIELD_ANY, .flags = ORR_FIELD_UNSTORED | ORR_FIELD_HEAD, .doc = "other names that find it"},
    {.name = "sources", .kind = ORR_FIELD_ANY, .flags = ORR_FIELD_UNSTORED | ORR_FIELD_HEAD, .doc = "where the values come from"},
    {.name = "profile", .kind = ORR_FIELD_TEXT, .offset = offsetof(orr_engine, profile), .default_text = "vllm", .flags = ORR_FIELD_SEARCHABLE, .doc = "the software: a catalogue name or a path; gives every other field its default. none: what this table gives"},
    {.name = "title", .kind = ORR_FIELD_TEXT, .offset = offsetof(orr_engine, title), .doc = "name for people"},
    {.name = "kernels", .kind = ORR_FIELD_TEXT, .offset = offsetof(orr_engine, kernels), .doc = "the engine whose measured kernels correct the model, where the chip's were measured: vllm, trtllm, sglang; or the path of one's own, as `orrery calibrate TABLES --residuals DIR` writes it"},
    {.name = "residuals", .kind = ORR_FIELD_TREE, .offset = offsetof(orr_engine, residuals_tree), .doc = "what such a file holds: one's own residuals of measured kernels, in place of the catalogue's"},

    WHOLE(tensor_parallel_size, 1, 4096, "1", ORR_FIELD_SEARCHABLE, "chips that share every layer of a replica"),
    WHOLE(pipeline_parallel_size, 1, 1024, "1", ORR_FIELD_SEARCHABLE, "stages that the layers of a replica are spread over"),
    WHOLE(data_parallel_size, 1, 4096, "1", ORR_FIELD_SEARCHABLE, "ranks of a replica that hold requests of their own and share the experts"),
    WHOLE(prefill_context_parallel_size, 1, 4096, "1", ORR_FIELD_SEARCHABLE, "ranks, of tensor_parallel_size chips each, that cut the tokens of prompts; what decodes is computed by each of them"),
    WHOLE(decode_context_parallel_size, 1, 4096, "1", ORR_FIELD_SEARCHABLE, "ranks that cut a request's cache along its tokens, among those that would hold the same keys and values: adds no chips, a block is block_size tokens on each"),
    {.name = "prefill_context_exchange", .kind = ORR_FIELD_ENUM, .offset = offsetof(orr_engine, prefill_context_exchange), .default_text = "all_gather", .names = exchange_names, .name_count = 2, .flags = ORR_FIELD_SEARCHABLE,
     .doc = "how keys and values of a prompt come to all context ranks: gathered before attention (vLLM, SGLang), or passed around a ring behind it (Ring attention, pass-KV)"},
    {.name = "dcp_comm_backend", .kind = ORR_FIELD_ENUM, .offset = offsetof(orr_engine, dcp_comm_backend), .default_text = "ag_rs", .names = dcp_names, .name_count = 2, .flags = ORR_FIELD_SEARCHABLE,
     .doc = "how parts of decode attention are joined: log-sum-exps gathered and outputs reduced and scattered, or both in one all-to-all (Helix)"},
    SWITCH(enable_expert_parallel, "false", "spreads whole experts over the ranks instead of cutting each"),

    {.name = "attention_ffn", .kind = ORR_FIELD_TABLE, .table = &orr_attention_ffn_table, .offset = offsetof(orr_engine, attention_ffn), .flags = ORR_FIELD_SEARCHABLE | ORR_FIELD_OPTIONAL,
     .doc = "feed-forward networks on devices of their own, micro-batches going back and forth"},

    {.name = "quantization", .kind = ORR_FIELD_TEXT, .offset = offsetof(orr_engine, quantization), .default_text = "none", .names = quantization_names, .name_count = 7, .flags = ORR_FIELD_SEARCHABLE,
     .doc = "how weights are stored; none: as published. Where the chip can't multiply that dtype, weights are widened and products run in bf16"},
    {.name = "kv_cache_dtype", .kind = ORR_FIELD_ENUM, .offset = offsetof(orr_engine, kv_cache_dtype), .flags = ORR_FIELD_SEARCHABLE, .default_text = "auto", .names = kv_names, .name_count = ORR_DTYPE_COUNT_ + 1, .doc = "how keys and values are stored; auto: bf16"},

    {.name = "scheduler", .kind = ORR_FIELD_ENUM, .offset = offsetof(orr_engine, scheduler), .default_text = "vllm", .names = orr_scheduler_names, .name_count = ORR_SCHEDULER_COUNT_, .flags = ORR_FIELD_SEARCHABLE,
     .doc = "vllm: V1's; sarathi: the same parts (chunks beside decodes, which never wait); sglang: expects output by a ratio, retracts; trtllm: guaranteed no evict; trtllm_max_utilization; references: orca (iteration-level, maximum output reserved, whole prompts), static"},
    {.name = "scheduling", .kind = ORR_FIELD_TABLE, .table = &orr_scheduling_table, .offset = offsetof(orr_engine, scheduling), .flags = ORR_FIELD_SEARCHABLE, .doc = "its parts, and their parameters"},
    WHOLE(max_num_seqs, 1, 1000000, "256", ORR_FIELD_SEARCHABLE, "requests that may run at a time, a replica"),
    WHOLE(max_num_batched_tokens, 1, 10000000, "8192", ORR_FIELD_SEARCHABLE, "tokens a step may compute"),
    WHOLE(block_size, 1, 4096, "16", 0, "tokens of a KV block"),
    WHOLE(max_model_len, 0, 1000000000, "0", 0, "longest context served; 0: the model's"),
    SWITCH(enable_chunked_prefill, "true", "long prompts are computed in pieces beside decoding"),
    SWITCH(enable_mixed_chunk, "true", "a step may compute prompts beside decoding; false: prompts have steps of their own, which go first"),
    SWITCH(enable_prefix_caching, "true", "blocks of equal prefixes are kept and shared"),
    {.name = "cache", .kind = ORR_FIELD_ENUM, .offset = offsetof(orr_engine, cache), .default_text = "blocks", .names = cache_names, .name_count = 2, .flags = ORR_FIELD_SEARCHABLE,
     .doc = "how content is kept: blocks: under chained hashes, the last blocks of what is old go first (vLLM); radix: as a tree, whole leaves go (SGLang); its page is the block"},
    {.name = "cache_eviction", .kind = ORR_FIELD_ENUM, .offset = offsetof(orr_engine, cache_eviction), .default_text = "lru", .names = eviction_names, .name_count = 4, .flags = ORR_FIELD_SEARCHABLE,
     .doc = "what goes first: least recently used; least frequently used, with aging; ttl: the same as lru, and nothing is found that was not used for cache_ttl; belady: what is used furthest in the future, a reference that no real engine can be"},
    {.name = "cache_ttl", .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_NS, .offset = offsetof(orr_engine, cache_ttl_ns), .max = 1e17, .default_text = "5 min", .flags = ORR_FIELD_SEARCHABLE, .doc = "how long content lives after its last use (cache_eviction ttl)"},
    WHOLE(scheduler_gather_steps, 0, 1000000, "0", 0, "steps that new requests wait, at most, for each data-parallel rank to have one (TensorRT-LLM's attention_dp_config: enable_balance, timeout_iters); 0: none"),
    {.name = "kv_tiers", .kind = ORR_FIELD_TABLES, .table = &orr_kv_tier_table, .element_bytes = sizeof(orr_kv_tier_spec), .most = ORR_MAX_KV_TIERS, .offset = offsetof(orr_engine, kv_tiers), .doc = "stores of KV cache below the HBM, the fastest first"},
    {.name = "kv_fetch", .kind = ORR_FIELD_ENUM, .offset = offsetof(orr_engine, kv_fetch), .default_text = "when_faster", .names = fetch_names, .name_count = 2, .flags = ORR_FIELD_SEARCHABLE,
     .doc = "what tiers hold of a prompt is fetched when that is estimated to be faster than computing it, or always"},
    WHOLE(scheduler_recv_interval, 1, 1000000, "1", 0, "steps between looks at new requests while others run (SGLang's name)"),
    NUMBER("gpu_memory_utilization", gpu_memory_utilization, 0.01, 1, "0.9", ORR_FIELD_SEARCHABLE, "share of the chip's memory that the engine may use"),
    SWITCH(utilization_of_free, "false", "gpu_memory_utilization is the cache's share of what weights, activations and the runtime leave (as TensorRT-LLM has it), not of all memory"),
    WHOLE(num_gpu_blocks, 0, 1000000000, "0", 0, "KV blocks of the engine; 0: as many as memory holds"),

    {.name = "speculation", .kind = ORR_FIELD_TABLE, .table = &orr_speculation_table, .offset = offsetof(orr_engine, speculation), .flags = ORR_FIELD_SEARCHABLE, .doc = "speculative decoding"},
    {.name = "experts", .kind = ORR_FIELD_TABLE, .table = &orr_experts_table, .offset = offsetof(orr_engine, experts), .flags = ORR_FIELD_SEARCHABLE, .doc = "how tokens come to experts, and where experts are"},

    TIME("host_per_step", host_per_step_ns, "host time of a step whatever its batch: scheduling, input preparation, output handling"),
    TIME("host_per_request", host_per_request_ns, "host time a running request adds to a step"),
    TIME("host_per_token", host_per_token_ns, "host time a scheduled token adds to a step"),
    TIME("host_per_prefill", host_per_prefill_ns, "host time a prefill chunk adds to a step"),
    NUMBER("host_overlap", host_overlap, 0, 1, "0", 0, "share of the host time that hides behind the device; 0: none"),
    TIME("request_entry", request_entry_ns, "from arrival until the scheduler sees the request: HTTP, tokenizer"),
    TIME("request_exit", request_exit_ns, "from a sampled token until it is on the wire: detokenizer, HTTP"),
    TIME("kernel_launch", kernel_launch_ns, "gap between kernels inside a captured graph"),
    TIME("eager_launch", eager_launch_ns, "gap between kernels outside of one"),
    WHOLE(graph_max_tokens, 0, 1000000, "0", 0, "largest decode batch that a captured graph serves; 0: no graphs"),
    SWITCH(graph_of_requests, "false", "graph_max_tokens counts requests, each with all the drafts it verifies (SGLang, TensorRT-LLM), not tokens (vLLM)"),
    {.name = "runtime_memory", .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_BYTES, .offset = offsetof(orr_engine, runtime_bytes), .max = 1e13, .default_text = "0 B", .doc = "memory the runtime keeps on a chip: context, graphs, communicator buffers"},
    NUMBER("activation_factor", activation_bytes_factor, 0, 100, "1", 0, "activation peak over max_num_batched_tokens x (hidden size + widest FFN shard) x 2 bytes"),
};
const orr_table orr_engine_table = {"engine", "an engine: settings of one replica and the profile of its software", ORR_FIELDS(engine_fields)};
