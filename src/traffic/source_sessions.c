/* Sessions: conversations, and agents that call tools, over the lengths of another source.
 *
 * A session is stages. At each, a prompt is all that was said before (earlier prompts and answers) and something new: a user's words, whose length is the source's, or a tool's result. The next stage comes some time after
 * the last answer: the user thinks, or the tool runs (gamma times). After a user's turn a geometric number of tool calls follow, and `branches` requests may go on side by side from a call's context, each with a result
 * of its own: the stage is over with the last of them, and the conversation goes on from the first's answer, with the others' answers as new words.
 * The prompt's segments are what was said, piece by piece, so a cache finds all of it but what is new. The last token of an answer has no keys and values when the answer ends: its segment is one token shorter, and that
 * token starts the next new piece.
 * A session's first prompt is request s of the source, its shared prefixes included: with one turn and no tools the stream is the source itself. All else of session s comes from streams by (s, stage, branch): the
 * same whatever the system, which decides only when.
 * Memory: the sessions under way, and the pieces of each. */
#include "base/map.h"
#include "base/math.h"
#include "base/rng.h"
#include "base/vec.h"
#include "traffic/arrivals.h"
#include "traffic/quantiles.h"
#include "traffic/source_kind.h"

typedef struct branch { int64_t new_tokens, output_tokens; } branch;

typedef ORR_VEC(orr_segment) piece_list;

typedef struct session {
    uint64_t serial;
    int64_t turns_left, calls_left, stage;      /* stages after the one under way */
    int64_t context_tokens, carried_tokens;     /* of the pieces said; that no piece holds yet */
    int branch_count, handed_out, under_way;
    bool broken;
    piece_list pieces;
    branch branches[ORR_MAX_BRANCHES];
    int64_t next_unused;
} session;

typedef struct sessions_state {
    const orr_sessions *law;
    orr_source_part lengths;
    uint64_t seed;
    orr_chance_family family;
    orr_quantile_table *turns, *tool_tokens, *tool_output;      /* NULL: by the law; the source's */
    ORR_VEC(session) sessions;
    int64_t unused;                 /* -1: none */
    orr_map by_session;
    piece_list opening, prompt;     /* handed out: of the last session begun, which the drive reads ahead, and of the last turn */
} sessions_state;

/* What is drawn for (session, stage, branch); kinds keep the draws apart. */
enum { OF_LENGTHS, OF_TIME, OF_CALLS, OF_PIECE, OF_ANSWER };
static uint64_t number_of(uint64_t serial, int64_t stage, int kind, int branch_number)
{
    return orr_hash_mix(orr_hash_mix(serial + 1, (uint64_t)stage), (uint64_t)(branch_number * 8 + kind));
}
static double uniform_of(const sessions_state *s, uint64_t number)
{
    orr_chance chance = orr_chance_of(s->family, number);
    return orr_chance_uniform(&chance);
}

/* 0, 1, 2, ... with mean m. */
static int64_t geometric(double mean, double u) { return mean > 0 ? (int64_t)orr_min(1e9, orr_log(1 - u) / orr_log(mean / (1 + mean))) : 0; }

static int64_t gamma_time(const sessions_state *s, double mean_ns, double cv, uint64_t number)
{
    if (!(mean_ns > 0)) return 0;
    double share = 1;
    if (cv > 0) {
        orr_rng rng = orr_rng_stream(s->seed, "session times", number);
        share = orr_rng_gamma(&rng, 1 / (cv * cv)) * cv * cv;
    }
    return orr_round_i64(orr_min(0x1p61, share * mean_ns));
}

static int64_t draw_turns(const sessions_state *s, double u)
{
    if (s->turns) return orr_quantile_table_at(s->turns, u);
    if (s->law->turns_law == ORR_TURNS_FIXED) return orr_max_i64(1, orr_round_i64(s->law->turns));
    return 1 + geometric(s->law->turns - 1, u);
}

static int64_t draw_calls(const sessions_state *s, const session *one) { return geometric(s->law->tool_calls, uniform_of(s, number_of(one->serial, one->stage, OF_CALLS, 0))); }

/* --- the pool --- */

static session *take(sessions_state *s, uint64_t serial, uint32_t *slot)
{
    int64_t at = s->unused;
    if (at < 0) {
        at = (int64_t)s->sessions.count;
        orr_vec_push(&s->sessions, (session){.next_unused = -1});
    } else {
        s->unused = s->sessions.items[at].next_unused;
    }
    session *one = &s->sessions.items[at];
    one->pieces.count = 0;
    one->serial = serial;
    one->stage = one->context_tokens = one->carried_tokens = 0;
    one->broken = false;
    orr_map_put(&s->by_session, serial + 1, (uint64_t)at);
    *slot = (uint32_t)at;
    return one;
}

static orr_turns end_session(sessions_state *s, uint64_t slot)
{
    session *one = &s->sessions.items[slot];
    orr_map_remove(&s->by_session, one->serial + 1);
    one->next_unused = s->unused;
    s->unused = (int64_t)slot;
    return (orr_turns){.over = true};
}

/* --- requests --- */

/* Hands out request `b` of the stage: what was said, and its own piece. */
static void hand_out(piece_list *prompt, const session *one, int b, orr_arrival *arrival)
{
    const branch *own = &one->branches[b];
    const int64_t fresh = one->carried_tokens + own->new_tokens;
    prompt->count = 0;
    for (size_t i = 0; i < one->pieces.count; i++) orr_vec_push(prompt, one->pieces.items[i]);
    if (fresh > 0) orr_vec_push(prompt, (orr_segment){number_of(one->serial, one->stage, OF_PIECE, b) | 1, fresh});
    *arrival = (orr_arrival){.input_tokens = one->context_tokens + fresh, .output_tokens = own->output_tokens, .segments = prompt->items, .segment_count = (int)prompt->count,
        .session = one->serial + 1, .output_content = number_of(one->serial, one->stage, OF_ANSWER, b) | 1};
}

/* What the stage said becomes part of what was said. */
static void settle(session *one)
{
    const branch *trunk = &one->branches[0];
    const int64_t fresh = one->carried_tokens + trunk->new_tokens;
    if (fresh > 0) orr_vec_push(&one->pieces, (orr_segment){number_of(one->serial, one->stage, OF_PIECE, 0) | 1, fresh});
    if (trunk->output_tokens > 1) orr_vec_push(&one->pieces, (orr_segment){number_of(one->serial, one->stage, OF_ANSWER, 0) | 1, trunk->output_tokens - 1});
    one->context_tokens += fresh + trunk->output_tokens - 1;
    one->carried_tokens = 1;
    for (int b = 1; b < one->branch_count; b++) one->carried_tokens += one->branches[b].output_tokens;
}

/* Draws the next stage's requests; false: it would be too long, or there is none. */
static bool begin_stage(sessions_state *s, session *one, bool *tool)
{
    const orr_sessions *law = s->law;
    one->stage++;
    *tool = one->calls_left > 0;
    if (*tool) {
        one->calls_left--;
    } else {
        if (one->turns_left == 0) return false;
        one->turns_left--;
        one->calls_left = draw_calls(s, one);
    }
    one->branch_count = *tool && law->branches > 1 && uniform_of(s, number_of(one->serial, one->stage, OF_CALLS, 1)) < law->branch_share ? (int)law->branches : 1;
    one->handed_out = 0;
    one->under_way = one->branch_count;
    for (int b = 0; b < one->branch_count; b++) {
        const uint64_t number = number_of(one->serial, one->stage, OF_LENGTHS, b);
        orr_arrival lengths;
        s->lengths.kind->next(s->lengths.state, number, &lengths);
        orr_chance chance = orr_chance_of(s->family, number);
        const double u = orr_chance_uniform(&chance), v = orr_chance_uniform(&chance);
        one->branches[b].new_tokens = *tool && s->tool_tokens ? orr_quantile_table_at(s->tool_tokens, u) : lengths.input_tokens;
        one->branches[b].output_tokens = *tool && s->tool_output ? orr_quantile_table_at(s->tool_output, v) : lengths.output_tokens;
        if (law->max_context_tokens > 0 && one->context_tokens + one->carried_tokens + one->branches[b].new_tokens > law->max_context_tokens) return false;
    }
    return true;
}

static bool sessions_next(void *context, uint64_t index, orr_arrival *arrival)
{
    sessions_state *s = context;
    orr_arrival first;
    uint32_t slot;
    if (!s->lengths.kind->next(s->lengths.state, index, &first)) return false;
    session *one = take(s, index, &slot);
    one->turns_left = draw_turns(s, uniform_of(s, number_of(index, 0, OF_TIME, 1))) - 1;
    one->calls_left = draw_calls(s, one);
    one->branch_count = one->handed_out = one->under_way = 1;
    int64_t said = 0;
    for (int i = 0; i < first.segment_count; i++) {
        orr_vec_push(&one->pieces, first.segments[i]);
        said += first.segments[i].tokens;
    }
    one->context_tokens = said;
    one->branches[0] = (branch){first.input_tokens - said, first.output_tokens};
    hand_out(&s->opening, one, 0, arrival);
    return true;
}

static orr_turns sessions_left(void *context, uint64_t id, int64_t time_ns, bool served)
{
    sessions_state *s = context;
    uint64_t slot;
    if (!orr_map_get(&s->by_session, id, &slot)) return (orr_turns){.over = true};
    session *one = &s->sessions.items[slot];
    if (!served) one->broken = true;
    if (--one->under_way > 0) return (orr_turns){0};
    bool tool = false;
    if (one->broken) return end_session(s, slot);
    settle(one);
    if (!begin_stage(s, one, &tool)) return end_session(s, slot);
    const uint64_t number = number_of(one->serial, one->stage, OF_TIME, 0);
    const int64_t wait_ns = tool ? gamma_time(s, s->law->tool_ns, s->law->tool_cv, number) : gamma_time(s, s->law->think_ns, s->law->think_cv, number);
    return (orr_turns){.time_ns = time_ns + wait_ns, .count = one->branch_count, .number = (uint32_t)slot};
}

static void sessions_turn(void *context, uint32_t number, orr_arrival *arrival)
{
    sessions_state *s = context;
    session *one = &s->sessions.items[number];
    if (arrival) {
        hand_out(&s->prompt, one, one->handed_out++, arrival);
        return;
    }
    one->broken = true;
    if (--one->under_way == 0) end_session(s, number);
}

static bool sessions_failed(const void *context)
{
    const sessions_state *s = context;
    return s->lengths.kind->failed && s->lengths.kind->failed(s->lengths.state);
}

static void sessions_close(void *context)
{
    sessions_state *s = context;
    if (s->lengths.kind->close) s->lengths.kind->close(s->lengths.state);
    for (size_t i = 0; i < s->sessions.count; i++) orr_vec_free(&s->sessions.items[i].pieces);
    orr_vec_free(&s->sessions);
    orr_vec_free(&s->opening);
    orr_vec_free(&s->prompt);
    orr_map_free(&s->by_session);
}

static const orr_source_kind sessions_kind = {.next = sessions_next, .failed = sessions_failed, .close = sessions_close, .left = sessions_left, .turn = sessions_turn};

static orr_quantile_table *table_of(orr_arena *arena, const orr_length_quantiles *quantiles)
{
    if (quantiles->knot_count == 0) return NULL;
    orr_quantile_table *table = ORR_NEW(arena, orr_quantile_table);
    orr_quantile_table_fill(table, quantiles);
    return table;
}

orr_source_part orr_source_sessions_open(orr_arena *arena, const orr_sessions *sessions, orr_source_part lengths, uint64_t seed)
{
    sessions_state *s = ORR_NEW(arena, sessions_state);
    s->law = sessions;
    s->lengths = lengths;
    s->seed = seed;
    s->family = orr_chance_family_of(seed, "sessions");
    s->turns = table_of(arena, &sessions->turn_quantiles);
    s->tool_tokens = table_of(arena, &sessions->tool_tokens);
    s->tool_output = table_of(arena, &sessions->tool_output);
    s->unused = -1;
    return (orr_source_part){&sessions_kind, s, lengths.rate_per_s, lengths.gap_cv};
}
