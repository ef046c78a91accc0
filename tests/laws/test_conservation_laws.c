/* What is neither lost nor made, over random systems of every kind at once (groups, pools, tiers, sessions, caches, routers, doors): requests, tokens, bytes on links and busy time. Blocks: the loop asks at its end that all be free,
 * and engines of checked builds recount theirs after every step. Effects follow causes, across sessions and hand-overs too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random_system.h"

enum { SYSTEMS = 600 };

typedef struct span { int64_t start_ns, end_ns; int replica; } span;

typedef struct ledger {
    system_script *script;
    orr_loop_finish finishes[MOST_REQUESTS];
    int ends[MOST_REQUESTS], delivered[MOST_REQUESTS];     /* by place in the script */
    int64_t finished, refused, chunk_tokens[2], completions, decodes;
    int64_t since_ns[MOST_REPLICAS], in_flight[MOST_REPLICAS], busy_ns[MOST_REPLICAS], executed_ns[MOST_REPLICAS], occupied_ns[MOST_REPLICAS], last_start_ns[MOST_REPLICAS], last_occupancy_ns[MOST_REPLICAS], last_end_ns[MOST_REPLICAS];
    int64_t out_of_order, crowded;
    span out[MOST_REQUESTS], in[MOST_REQUESTS];
    int transfers;
    orr_encoded encoded[MOST_REQUESTS];
    int encodings;
    int64_t step_images;
    const random_system *system;
    orr_loop_totals totals;
} ledger;

static random_system s;
static ledger ran;

/* A system's groups in the loop's order: the first, those further, the prefill pool. */
typedef struct group_view { const orr_engine_config *engine; const orr_tiers_config *tiers; int replica_count; bool prompts; } group_view;
static group_view group_at(const orr_loop_config *c, int g)
{
    if (g == 0) return (group_view){&c->engine, &c->tiers, c->replica_count, false};
    if (g <= c->further_count) return (group_view){&c->further[g - 1].engine, &c->further[g - 1].tiers, c->further[g - 1].replica_count, false};
    return (group_view){&c->prefill.engine, &c->prefill.tiers, c->prefill.replica_count, true};
}
static group_view group_of(const orr_loop_config *c, int replica)
{
    int g = 0;
    for (; g <= c->further_count && replica >= group_at(c, g).replica_count; g++) replica -= group_at(c, g).replica_count;
    return group_at(c, g);
}
static int replicas_of(const orr_loop_config *c)
{
    int count = 0;
    for (int g = 0; g <= c->further_count + 1; g++) count += group_at(c, g).replica_count;
    return count;
}

static void on_arrived(void *context, const orr_request *request)
{
    ledger *l = context;
    system_script_delivered(l->script, request->id);
    l->delivered[l->script->place_of[request->id]]++;
}
static void on_turned_away(void *context, const orr_request *request)
{
    ledger *l = context;
    if (request->encoded_ns == 0) on_arrived(context, request);
    l->ends[l->script->place_of[request->id]]++;
    l->refused++;
}
static void on_finished(void *context, const orr_loop_finish *finish)
{
    ledger *l = context;
    const int64_t place = l->script->place_of[finish->finished.request.id];
    l->finishes[place] = *finish;
    l->ends[place]++;
    l->finished++;
}
static void on_stepped(void *context, const orr_loop_step *step)
{
    ledger *l = context;
    const int r = step->replica;
    l->chunk_tokens[group_of(&l->system->config, r).prompts] += step->plan->chunk_tokens;
    l->step_images += step->plan->images;
    l->completions += step->plan->completing_chunks;
    l->decodes += step->plan->decode_count;
    l->executed_ns[r] += step->outcome.latency_ns;
    l->occupied_ns[r] += step->outcome.occupancy_ns;
    l->out_of_order += step->start_ns < l->last_start_ns[r] + l->last_occupancy_ns[r] || step->end_ns < l->last_end_ns[r] + step->outcome.occupancy_ns || step->end_ns < step->start_ns + step->outcome.latency_ns;
    l->last_start_ns[r] = step->start_ns;
    l->last_occupancy_ns[r] = step->outcome.occupancy_ns;
    l->last_end_ns[r] = step->end_ns;
}
static void on_state(void *context, int replica, const orr_replica_state *now)
{
    ledger *l = context;
    if (l->in_flight[replica] > 0) l->busy_ns[replica] += now->time_ns - l->since_ns[replica];
    l->since_ns[replica] = now->time_ns;
    l->in_flight[replica] = now->steps_in_flight;
    const orr_engine_config *engine = group_of(&l->system->config, replica).engine;
    l->crowded += now->steps_in_flight > engine->lane_count || now->running > engine->max_num_seqs || now->used_blocks > engine->block_count || now->used_blocks < 0;
}
static void on_transferred(void *context, const orr_transferred *t)
{
    ledger *l = context;
    l->out[l->transfers] = (span){t->start_ns, t->start_ns + t->egress_ns, t->from};
    l->in[l->transfers++] = (span){t->start_ns, t->start_ns + t->ingress_ns, t->to};
}

static void on_encoded(void *context, const orr_encoded *encoded) { ((ledger *)context)->encoded[((ledger *)context)->encodings++] = *encoded; }

static void run(uint64_t seed)
{
    random_system_draw_all(&s, seed);
    system_script script = {.requests = s.requests, .count = s.request_count};
    memset(&ran, 0, sizeof ran);
    ran.script = &script;
    ran.system = &s;
    const orr_executor executor = random_system_executor(&s);
    const orr_loop_observer observer = {.context = &ran, .arrived = on_arrived, .rejected = on_turned_away, .refused = on_turned_away, .finished = on_finished, .stepped = on_stepped, .state = on_state, .transferred = on_transferred, .encoded = on_encoded};
    ran.totals = orr_loop_run(&s.config, system_script_feed(&script), &executor, &observer);
}

/* A request that arrives by itself comes once and ends once; one that follows an answer comes once if the answer did. */
static void requests_end_once(void **state)
{
    (void)state;
    int64_t followed = 0, broken_off = 0;
    for (uint64_t seed = 1; seed <= SYSTEMS; seed++) {
        run(seed);
        for (int64_t i = 0; i < s.request_count; i++) {
            const int64_t before = s.requests[i].follows - 1;
            const int comes = before < 0 || (ran.delivered[before] == 1 && ran.finishes[before].finish_ns > 0);
            assert_int_equal(ran.delivered[i], comes);
            assert_int_equal(ran.ends[i], comes);
            followed += before >= 0 && comes;
            broken_off += !comes;
            if (before < 0 || !comes || ran.finishes[i].finish_ns == 0) continue;
            assert_int_equal(ran.finishes[i].finished.request.arrival_ns, ran.finishes[before].finish_ns + s.requests[i].arrival_ns);
        }
    }
    assert_true(followed > 1000 && broken_off > 1000);
}

/* Every token is made once, by the decode or by the prompt's last chunk that made it; a prompt is computed once, but for what caches and tiers had and what preemptions lost. */
static void tokens_are_made_once(void **state)
{
    (void)state;
    int64_t preempted = 0;
    for (uint64_t seed = 1; seed <= SYSTEMS; seed++) {
        run(seed);
        int64_t inputs = 0, outputs = 0, cached = 0;
        for (int64_t i = 0; i < s.request_count; i++) {
            if (ran.finishes[i].finish_ns == 0) continue;
            inputs += s.requests[i].input_tokens;
            outputs += s.requests[i].output_tokens;
            cached += ran.finishes[i].finished.cached_tokens;
            assert_int_equal(ran.finishes[i].finished.output_tokens, s.requests[i].output_tokens);
        }
        const orr_engine_counters *own = &ran.totals.counters, *prompts = &ran.totals.prefill;
        assert_int_equal(own->prefill_tokens, ran.chunk_tokens[0]);
        assert_int_equal(prompts->prefill_tokens, ran.chunk_tokens[1]);
        assert_int_equal(own->decodes + prompts->decodes, ran.decodes);
        assert_int_equal(own->decode_tokens + prompts->decode_tokens + ran.completions, outputs);
        const int64_t once = inputs - cached, computed = own->prefill_tokens + prompts->prefill_tokens;
        /* A request that is computed again computes its last token too, and may find more than it had. */
        assert_true(computed <= once + own->recomputed_tokens + own->preemptions + prompts->recomputed_tokens + prompts->preemptions);
        if (own->preemptions + prompts->preemptions == 0) assert_int_equal(computed, once);
        preempted += own->preemptions;
    }
    assert_true(preempted > 1000);
}

static int64_t most_at_once(const span *spans, int count, int replica)
{
    int64_t most = 0;
    for (int i = 0; i < count; i++) {
        int64_t here = 0;
        for (int j = 0; j < count; j++) here += spans[j].replica == replica && spans[j].start_ns <= spans[i].start_ns && spans[i].start_ns < spans[j].end_ns;
        most = here > most ? here : most;
    }
    return most;
}

/* Between pools: no replica sends or takes in more at once than it has channels. */
static void channels_carry_one_transfer_each(void **state)
{
    (void)state;
    int64_t shared = 0;
    for (uint64_t seed = 1; seed <= SYSTEMS; seed++) {
        run(seed);
        const orr_link *link = &s.config.prefill.link;
        for (int r = 0; r < replicas_of(&s.config); r++) {
            const int64_t out = most_at_once(ran.out, ran.transfers, r), in = most_at_once(ran.in, ran.transfers, r);
            assert_true(out <= link->egress_channels && in <= link->ingress_channels);
            shared += in == link->ingress_channels;
        }
    }
    assert_true(shared > 100);
}

static void check_tiers(const orr_tiers_config *c, const orr_tier_totals *totals)
{
    for (int t = 0; t < c->count; t++) {
        double read = 0, written = 0;
        for (int above = 0; above < c->count; above++)
            for (int via = above; via >= 0; via = c->tiers[via].via - 1) {
                if (via != t) continue;
                read += (double)(totals[above].read_blocks * c->block_bytes);
                written += (double)(totals[above].written_blocks * c->block_bytes);
            }
        assert_true(fabs(totals[t].read_link_bytes - read) <= 1e-9 * read && fabs(totals[t].write_link_bytes - written) <= 1e-9 * written);
        assert_true(totals[t].held_blocks >= 0 && totals[t].held_blocks <= totals[t].written_blocks);
        /* kB/s are 1e-6 bytes a nanosecond; each of the fetches under way has 1 kB/s at least, whatever the link can */
        assert_true(totals[t].read_link_bytes <= 1e-6 * (double)(c->tiers[t].read_kb_per_s + MOST_REQUESTS * ORR_MOST_TIERS) * totals[t].read_busy_ns + 1);
        if (c->tiers[t].write == ORR_TIER_NONE) assert_int_equal(totals[t].written_blocks, 0);
        if (totals[t].written_blocks == 0) assert_int_equal(totals[t].read_blocks, 0);
    }
}

/* Bytes that were asked for and written are those that links carried, each over every link on its way; nothing is read where nothing was written. */
static void links_of_tiers_carry_every_byte(void **state)
{
    (void)state;
    int64_t read = 0;
    for (uint64_t seed = 1; seed <= SYSTEMS; seed++) {
        run(seed);
        for (int g = 0; g < ran.totals.group_count; g++) check_tiers(group_at(&s.config, g).tiers, ran.totals.groups[g].tiers);
        for (int t = 0; t < ORR_MOST_TIERS; t++) read += ran.totals.groups[0].tiers[t].read_blocks;
    }
    assert_true(read > 1000);
}

/* A replica is busy for as long as its steps take; of a pipeline, steps start an occupancy apart and end in order. Nobody has more steps, seats or blocks than there are. */
static void busy_time_is_that_of_steps(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SYSTEMS; seed++) {
        run(seed);
        assert_int_equal(ran.out_of_order, 0);
        assert_int_equal(ran.crowded, 0);
        for (int r = 0; r < replicas_of(&s.config); r++) {
            assert_int_equal(ran.in_flight[r], 0);
            if (group_of(&s.config, r).engine->lane_count == 1) assert_int_equal(ran.busy_ns[r], ran.executed_ns[r]);
            else assert_true(ran.occupied_ns[r] <= ran.busy_ns[r]);
            assert_true(ran.busy_ns[r] <= ran.totals.end_ns);
        }
    }
}

/* Images are encoded once, before the engines or in one step. An encoder does one batch at a time, in the order in which they came; its link carries one request's embeddings at a time. */
static void images_are_encoded_once(void **state)
{
    (void)state;
    int64_t in_steps = 0, before = 0, shared = 0;
    for (uint64_t seed = 1; seed <= SYSTEMS; seed++) {
        run(seed);
        const orr_encoder_pool *pool = &s.config.encoders;
        const bool apart = pool->replica_count > 0;
        int64_t images = 0, encoded = 0;
        for (int64_t i = 0; i < s.request_count; i++) images += apart || ran.finishes[i].finish_ns > 0 ? ran.delivered[i] * s.requests[i].images : 0;
        for (int i = 0; i < ran.encodings; i++) {
            const orr_encoded *e = &ran.encoded[i];
            encoded += e->images;
            assert_true(e->start_ns >= e->entered_ns && e->images > 0 && e->batch_images >= e->images && (e->batch_images == e->images || e->batch_images <= pool->most_images));
            assert_int_equal(e->end_ns - e->start_ns, pool->encode_ns(pool->context, e->batch_images));
            assert_true(e->there_ns >= e->end_ns + pool->ship_ns(pool->context, e->images) + pool->ship_latency_ns);
            shared += e->batch_images > e->images;
            for (int k = 0; k < i; k++) {
                const orr_encoded *other = &ran.encoded[k];
                if (other->replica != e->replica) continue;
                assert_true(e->start_ns == other->start_ns ? e->end_ns == other->end_ns : e->start_ns >= other->end_ns);
                assert_true(e->there_ns - other->there_ns >= pool->ship_ns(pool->context, e->images));
                assert_true(e->entered_ns >= other->entered_ns);
            }
        }
        assert_int_equal(encoded, apart ? images : 0);
        assert_int_equal(ran.step_images, apart ? 0 : images);
        in_steps += ran.step_images;
        before += encoded;
    }
    assert_true(in_steps > 1000 && before > 1000 && shared > 100);
}

static void effects_follow_causes(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SYSTEMS; seed++) {
        run(seed);
        for (int64_t i = 0; i < s.request_count; i++) {
            if (ran.finishes[i].finish_ns == 0) continue;
            const orr_loop_finish *f = &ran.finishes[i];
            assert_true(f->finished.admitted_ns >= f->finished.request.arrival_ns + s.config.entry_ns);
            assert_true(f->first_token_ns > f->finished.admitted_ns + s.config.exit_ns);
            assert_true(s.requests[i].output_tokens > 1 ? f->finish_ns > f->first_token_ns : f->finish_ns == f->first_token_ns);
            assert_true(f->finished.cached_tokens < s.requests[i].input_tokens);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(requests_end_once), cmocka_unit_test(tokens_are_made_once), cmocka_unit_test(channels_carry_one_transfer_each), cmocka_unit_test(links_of_tiers_carry_every_byte),
        cmocka_unit_test(busy_time_is_that_of_steps), cmocka_unit_test(images_are_encoded_once), cmocka_unit_test(effects_follow_causes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
