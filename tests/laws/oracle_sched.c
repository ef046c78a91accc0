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

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

/* That it may still generate, as far as it is counted. */
static int64_t debt(const replica *r, const request *q) { return least(most_output(r, q) - q->generated, r->e->scheduling.clip_max_new_tokens); }

bool may_enter(const sim *s, const replica *r, const lane *l, const request *q, int64_t free_blocks)
{
    int64_t seated = 0, promised = 0, prompts = 0, decoding = 0;
    for (int64_t i = 0; i < 2 * s->script_count; i++) {
        const request *other = &s->requests[i];
        if (!other->seated || other->replica != r->number) continue;
        seated++;
        promised += growth(r, other, other->reserved);
        if (other->decoding) decoding += debt(r, other);
        else prompts += debt(r, other);
    }
    if (seated == 0) return true;
    switch (r->e->scheduling.admission) {
    case ORR_ADMIT_STATIC: if (l->has_decoded) return false;    /* fall through */
    case ORR_ADMIT_MAX_OUTPUT: return growth(r, q, q->target) + promised <= free_blocks;
    case ORR_ADMIT_RATIO: return (double)(free_blocks * r->e->block_tokens - debt(r, q) - prompts) > r->ratio * (double)decoding;
    default: return true;
    }
}

int64_t victim_of(const sim *s, const replica *r, const lane *l, bool going)
{
    const int64_t B = r->e->block_tokens;
    const bool by_output = r->e->scheduling.victim == ORR_VICTIM_LEAST_OUTPUT;
    int64_t needs = 0, decoding = 0, victim = -1;
    for (int64_t i = 0; i < l->running.count; i++) {
        const request *q = &s->requests[l->running.items[i]];
        if (q->decoding) {
            needs += ceil_div(q->stored + 1 + r->e->lookahead_tokens, B) - ceil_div(q->reserved, B);
            decoding++;
        } else if (by_output) {
            continue;
        }
        const request *worst = victim < 0 ? q : &s->requests[victim];
        const bool worse = by_output
            ? q->generated < worst->generated || (q->generated == worst->generated && q->in->input_tokens >= worst->in->input_tokens)
            : q->in->priority > worst->in->priority || (q->in->priority == worst->in->priority && q->id > worst->id);
        if (victim < 0 || worse) victim = q->id;
    }
    if (needs > r->free_queue.count) return victim;
    const bool wants_room = going && by_output && decoding > 1 && r->free_queue.count * B < decoding * r->e->scheduling.retract_decode_steps;
    return wants_room ? victim : -1;
}

void foresee(const sim *s, replica *r, const lane *l, bool preempted)
{
    const orr_scheduling *c = &r->e->scheduling;
    int64_t generated = 0, most = 0;
    for (int64_t i = 0; i < l->decodes.count; i++) {
        const request *q = &s->requests[l->decodes.items[i]];
        generated += q->generated + c->retract_decode_steps;
        most += most_output(r, q);
    }
    if (preempted) {
        r->ratio = (double)generated / (double)most;
        if (r->ratio > 1) r->ratio = 1;
    } else {
        r->ratio -= (c->init_new_token_ratio - c->min_new_token_ratio) / (double)c->new_token_ratio_decay_steps;
        if (r->ratio < c->min_new_token_ratio) r->ratio = c->min_new_token_ratio;
    }
}

/* --- whose turn --- */

static bool before(const replica *r, const request *a, const request *b)
{
    const bool a_again = a->preemptions > 0, b_again = b->preemptions > 0;
    const int64_t a_service = r->service[a->in->tenant], b_service = r->service[b->in->tenant];
    const int64_t a_due = a->in->ttft_limit_ns > 0 ? a->arrival_ns + a->in->ttft_limit_ns : INT64_MAX, b_due = b->in->ttft_limit_ns > 0 ? b->arrival_ns + b->in->ttft_limit_ns : INT64_MAX;
    switch (r->e->scheduling.order) {
    case ORR_ORDER_PREFIX: return a->match > b->match;
    case ORR_ORDER_PRIORITY: return a->in->priority != b->in->priority ? a->in->priority < b->in->priority : a->id < b->id;
    case ORR_ORDER_DEADLINE:
        if (a_again != b_again) return a_again;
        return !a_again && a_due != b_due ? a_due < b_due : a->id < b->id;
    case ORR_ORDER_FAIR: return a_service != b_service ? a_service < b_service : a->in->tenant < b->in->tenant;
    default: return false;
    }
}

int64_t whose_turn(const sim *s, const replica *r)
{
    int64_t best = 0;
    for (int64_t i = 1; i < r->seen; i++)
        if (before(r, &s->requests[r->waiting.items[i]], &s->requests[r->waiting.items[best]])) best = i;
    return best;
}

static int64_t tenant_at(const sim *s, const replica *r, int64_t place) { return s->requests[r->waiting.items[place]].in->tenant; }

static bool has_line(const sim *s, const replica *r, int64_t tenant, int64_t seen)
{
    for (int64_t i = 0; i < seen; i++) if (tenant_at(s, r, i) == tenant) return true;
    return false;
}

void see(const sim *s, replica *r, int64_t place)
{
    const int64_t tenant = tenant_at(s, r, place);
    if (has_line(s, r, tenant, place)) return;
    int64_t floor = INT64_MIN;
    if (place == 0 && r->last_left >= 0) floor = r->service[r->last_left];
    for (int64_t i = 0; i < place; i++)
        if (i == 0 || r->service[tenant_at(s, r, i)] < floor) floor = r->service[tenant_at(s, r, i)];
    if (r->service[tenant] < floor) r->service[tenant] = floor;
}

void entered(const sim *s, replica *r, const request *q)
{
    if (q->preemptions == 0) r->service[q->in->tenant] += r->e->scheduling.fair_input_weight * q->in->input_tokens;
    if (!has_line(s, r, q->in->tenant, r->seen)) r->last_left = q->in->tenant;
}
