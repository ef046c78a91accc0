/* Conditional disaggregation: with engines that compute prompts and engines that decode apart, which prompts are computed where they will be decoded, with no hand-over?
 *
 * The rule is that of NVIDIA Dynamo's disaggregated router (its document "Disaggregated Serving", conditional disaggregation; names as there). A prompt goes to a prefill engine only if both hold:
 *
 *     prompt tokens - tokens that the decode engine's own cache holds  >  max_local_prefill_length,    and
 *     requests that wait at the prefill engine                         <  max_prefill_queue_size       (0: no limit).
 *
 * TensorRT-LLM's conditional_disagg_config knows the first alone. Dynamo counts one queue before all prefill engines; here, where each has its own, it is the queue of the engine that the router has chosen.
 * Asked in two steps, since a prefill engine is chosen only for a prompt that is long enough. Lengths of answers are not known, and not asked for. */
#ifndef ORR_SERVE_LOCAL_PREFILL_H
#define ORR_SERVE_LOCAL_PREFILL_H

#include <stdbool.h>
#include <stdint.h>

/* Both 0: every prompt goes to a prefill engine, and nothing is asked. */
typedef struct orr_local_prefill { int64_t most_tokens /* max_local_prefill_length */, most_waiting /* max_prefill_queue_size; 0: no limit */; } orr_local_prefill;

static inline bool orr_local_prefill_asks(const orr_local_prefill *rule) { return rule->most_tokens > 0 || rule->most_waiting > 0; }
static inline bool orr_local_prefill_is_short(const orr_local_prefill *rule, int64_t prompt_tokens, int64_t cached_tokens) { return prompt_tokens - cached_tokens <= rule->most_tokens; }
static inline bool orr_local_prefill_is_crowded(const orr_local_prefill *rule, int64_t waiting) { return rule->most_waiting > 0 && waiting >= rule->most_waiting; }

#endif
