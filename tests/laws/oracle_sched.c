/* The naive scheduler policies: every question is answered by a walk over everybody. */
#include "oracle_internal.h"

static int64_t most_output(const replica *r, const request *q)
{
    const orr_engine_config *e = r->e;
    if (r->hands_over) return 1;
    /* what fits: the last token is never computed */
    int64_t most = 0;
    const int64_t blocks = e->max_request_blocks > 0 ? e->max_request_blocks : e->block_count;
    while (ceil_div(q->in->input_tokens + most + e->lookahead_tokens, e->block_tokens) <= blocks && (e->max_model_tokens == 0 || q->in->input_tokens + most + 1 <= e->max_model_tokens)) most++;
    return q->in->max_output_tokens > 0 && q->in->max_output_tokens < most ? q->in->max_output_tokens : most;
}

/* Blocks that it may take beyond the `held` slots. */
static int64_t growth(const replica *r, const request *q, int64_t held)
{
    const int64_t B = r->e->block_tokens, most = most_output(r, q);
    int64_t slots = q->in->input_tokens;
    if (most > 1) slots += most - 1 + r->e->lookahead_tokens;
    const int64_t blocks = ceil_div(slots, B) - ceil_div(held, B);
    return blocks > 0 ? blocks : 0;
}

bool may_enter(const sim *s, const replica *r, const lane *l, const request *q, int64_t free_blocks)
{
    int64_t seated = 0, promised = 0;
    for (int64_t i = 0; i < 2 * s->script_count; i++) {
        const request *other = &s->requests[i];
        if (!other->seated || &s->replicas[other->replica] != r) continue;
        seated++;
        promised += growth(r, other, other->reserved);
    }
    if (seated == 0) return true;
    switch (r->e->scheduling.admission) {
    case ORR_ADMIT_STATIC: if (l->has_decoded) return false;    /* fall through */
    case ORR_ADMIT_MAX_OUTPUT: return growth(r, q, q->target) + promised <= free_blocks;
    default: return true;
    }
}
