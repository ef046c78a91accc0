/* A measured system whose prompts are computed apart, as a study: its pools from the row's columns.
 *
 * A row gives of each pool how many workers it has, on how many chips in all, and their ranks: a worker of more chips than its tensor ranks spreads them over data ranks. `attn_dp` is one column for
 * both pools: attention is data parallel in both or in neither, over as many ranks as the tensor ranks given. Both stand in one scale-up domain where it holds them all, else each pool begins a node. */
#include "trust/case.h"

#include <math.h>
#include "base/text.h"

enum { BUDGET_TOKENS = 8192 /* of a step: what engines default to, each attention rank its own */, GRAPH_REQUESTS = 128 /* deployments of engines that only decode capture whatever they let in */ };

static long whole(double value, long fallback) { return isnan(value) ? fallback : (long)floor(value + 0.5); }
static long pool_chips(const orr_case_pool *pool) { return whole(pool->gpus, 0); }
static bool attention_is_split(const orr_case_row *row) { return orr_text_equal_ignoring_case(row->attention_data_parallel, "true"); }

/* Chips of a worker, in tensor and data ranks. */
typedef struct ranks { long tensor, data; } ranks;

static ranks ranks_of(const orr_case_pool *pool, bool split)
{
    const long chips = pool_chips(pool) / whole(pool->workers, 1), tensor = whole(pool->tensor, 1);
    return split ? (ranks){1, chips} : (ranks){tensor, chips / tensor};
}

static bool can_be_told(const orr_case_pool *pool)
{
    const long workers = whole(pool->workers, 0), tensor = whole(pool->tensor, 0), chips = pool_chips(pool);
    return workers > 0 && tensor > 0 && chips > 0 && chips % workers == 0 && chips / workers % tensor == 0;
}

const char *orr_case_pools_reason(const orr_case_row *row)
{
    return can_be_told(&row->prefill) && can_be_told(&row->decode) ? NULL : "workers of prefill and decode, and their chips, are not given or do not go together";
}

static const char *pool_label(orr_arena *arena, const orr_case_pool *pool)
{
    return orr_arena_printf(arena, "%ldx%ld TP%ld%s", whole(pool->workers, 0), whole(pool->workers, 0) > 0 ? pool_chips(pool) / whole(pool->workers, 1) : 0, whole(pool->tensor, 0), pool->expert > 1 ? " EP" : "");
}

const char *orr_case_pools_label(orr_arena *arena, const orr_case_row *row)
{
    return orr_arena_printf(arena, "%s + %s%s", pool_label(arena, &row->prefill), pool_label(arena, &row->decode), attention_is_split(row) ? " DP" : "");
}

void orr_case_say_pools_hardware(const orr_case *one, const orr_case_row *row, orr_text *out)
{
    const long in_node = orr_case_node_chips(one->node), prefill = pool_chips(&row->prefill), decode = pool_chips(&row->decode);
    const long nodes = prefill + decode <= in_node ? 1 : (prefill + in_node - 1) / in_node + (decode + in_node - 1) / in_node;
    orr_text_printf(out, "hardware: {node: %s, nodes: %ld}\n", one->node, nodes);
}

void orr_case_say_pools_layout(const orr_case_row *row, orr_text *out)
{
    const ranks decode = ranks_of(&row->decode, attention_is_split(row));
    orr_text_printf(out, "  tensor_parallel_size: %ld\n  data_parallel_size: %ld\n  enable_expert_parallel: %s\n", decode.tensor, decode.data, row->decode.expert > 1 ? "true" : "false");
}

void orr_case_say_pools_scheduler(const orr_case *one, orr_text *out)
{
    const long slots = whole(one->concurrency, 0);
    if (slots > 256) orr_text_printf(out, "  max_num_seqs: %ld\n", slots);
    if (slots > GRAPH_REQUESTS) orr_text_printf(out, "  graph_max_tokens: %ld\n", slots);
    if (slots > BUDGET_TOKENS) orr_text_printf(out, "  max_num_batched_tokens: %ld\n", slots);
}

void orr_case_say_pools_serving(const orr_case_row *row, orr_text *out)
{
    const ranks prefill = ranks_of(&row->prefill, attention_is_split(row));
    orr_text_printf(out, "serving:\n  mode: disaggregated\n  replicas: %ld\n  router: least_loaded\n", whole(row->decode.workers, 1));
    orr_text_printf(out, "  prefill:\n    replicas: %ld\n    router: least_loaded\n    engine: {tensor_parallel_size: %ld, data_parallel_size: %ld, enable_expert_parallel: %s, max_num_batched_tokens: %ld}\n",
                    whole(row->prefill.workers, 1), prefill.tensor, prefill.data, row->prefill.expert > 1 ? "true" : "false", prefill.data * BUDGET_TOKENS);
}
