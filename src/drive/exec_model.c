#include "drive/exec_model.h"

#include "drive/exec_afd.h"

#include "base/map.h"
#include "base/math.h"
#include "base/mem.h"
#include "base/wide.h"
#include "drive/places.h"
#include "perf/decode_tally.h"
#include "spec/speculation.h"

/* A part's cost, and how many steps had it since their costs were last summed up. */
typedef struct kept_cost { double steps; orr_cost cost; } kept_cost;

/* Costs by a whole number; time_ns < 0 marks an entry not asked for yet. */
typedef struct cost_table { kept_cost *items; int64_t count; } cost_table;

/* The dense part where the busiest rank has more than its share: the last one asked for at each place, which (tokens, busiest) give. tokens 0: none yet. */
typedef struct uneven_cost { orr_place_hash hash; int64_t tokens; double busiest; kept_cost kept; } uneven_cost;

/* Attention of a step with few chunks, the last ones asked for at each place: lengths come again. count 0: none yet. */
enum { KEPT_CHUNKS = 4 };
typedef struct chunk_cost { orr_place_hash hash; int64_t count; orr_prefill_chunk chunks[KEPT_CHUNKS]; kept_cost kept; } chunk_cost;

/* At the most some 4 MB a table: lengths of prompts differ, those of several in a step in as many ways as there are pairs. */
enum { UNEVEN_PLACES = 4096, CHUNK_PLACES = 1024, MOST_PLACES = 32768 };

/* Tables of one system: the model's, or a drafting pass's. */
typedef struct system_tables {
    const orr_perf *perf;
    cost_table decode_only, mixed, head;    /* dense part by tokens (captured or not), logits part by count */
    orr_places uneven, few_chunks;          /* of uneven_cost, of chunk_cost */
    orr_decode_memo decode;
    orr_exec_afd *afd;                      /* attention and FFN apart: in place of the dense tables */
    orr_cost left;                          /* of steps whose parts are kept no more */
    orr_decode_tally attention;
} system_tables;

enum { MOST_DRAFT_PASSES = 2 };

struct orr_exec_model {
    const orr_perf *perf;
    system_tables own, draft[MOST_DRAFT_PASSES];
    int draft_count;
    orr_cost total;
    orr_apart_totals apart, apart_last;     /* apart_last: of the step at hand */
    double host_ns, bottleneck_share;
    int64_t stage_count;
    bool tallies;                           /* sums of costs are made when they are asked for; else in `total`, step by step */
    bool keeps_last;
    orr_step_cost last;
    orr_prefill_chunk *chunks;              /* of the plan at hand */
    int64_t chunk_capacity, largest_chunk_tokens;
    cost_table images;                      /* by how many are encoded */
    orr_exec_model *home;                   /* whose sums these steps are in: itself, but of a shallower one */
    orr_exec_model *shallower[ORR_MAX_DRAFTS + 1];  /* by drafts of a step; NULL: this one */
    orr_step_images encoded;                /* so far */
};

static cost_table table_create(int64_t count)
{
    cost_table table = {orr_mem_resize(NULL, (size_t)count * sizeof(kept_cost)), count};
    for (int64_t i = 0; i < count; i++) table.items[i] = (kept_cost){.cost.time_ns = -1};
    return table;
}

static system_tables system_create(const orr_perf *perf, int64_t most_decode_tokens, int64_t most_tokens)
{
    system_tables tables = {.perf = perf, .afd = orr_exec_afd_create(perf, most_decode_tokens), .decode_only = table_create(most_decode_tokens + 1), .mixed = table_create(most_tokens + 1), .head = table_create(most_decode_tokens + 1)};
    orr_decode_tally_init(&tables.attention, perf);
    return tables;
}

static void system_free(system_tables *tables)
{
    orr_mem_free(tables->decode_only.items);
    orr_mem_free(tables->mixed.items);
    orr_mem_free(tables->head.items);
    orr_places_free(&tables->uneven);
    orr_places_free(&tables->few_chunks);
    orr_exec_afd_destroy(tables->afd);
}

static orr_exec_model *create_at(const orr_perf *perf, int64_t max_num_seqs, int64_t max_num_batched_tokens)
{
    orr_exec_model *model = orr_mem_resize(NULL, sizeof *model);
    *model = (orr_exec_model){.perf = perf, .stage_count = orr_perf_stage_count(perf), .bottleneck_share = orr_perf_bottleneck_share(perf)};
    const int64_t decode_tokens = max_num_seqs * orr_perf_decode_tokens(perf);
    model->own = system_create(perf, decode_tokens, max_num_batched_tokens);
    orr_draft_pass passes[MOST_DRAFT_PASSES];
    model->draft_count = orr_perf_draft_passes(perf, &(orr_decode_sums){.count = 1}, &(orr_draft_prompts){0}, passes);
    for (int i = 0; i < model->draft_count; i++) model->draft[i] = system_create(passes[i].perf, decode_tokens, max_num_batched_tokens);
    model->tallies = model->draft_count == 0 && orr_decode_tally_tells(perf);
    return model;
}

orr_exec_model *orr_exec_model_create(const orr_perf *perf, int64_t max_num_seqs, int64_t max_num_batched_tokens)
{
    orr_exec_model *model = create_at(perf, max_num_seqs, max_num_batched_tokens);
    model->home = model;
    for (int k = 0; orr_perf_depths(perf) != NULL && k + 1 < orr_perf_decode_tokens(perf); k++) {
        const orr_perf *shallower = orr_perf_at_depth(perf, k);
        if (shallower == NULL) continue;
        model->shallower[k] = create_at(shallower, max_num_seqs, max_num_batched_tokens);
        model->shallower[k]->home = model;
    }
    return model;
}

void orr_exec_model_destroy(orr_exec_model *model)
{
    if (model == NULL) return;
    for (int k = 0; k <= ORR_MAX_DRAFTS; k++) orr_exec_model_destroy(model->shallower[k]);
    system_free(&model->own);
    for (int i = 0; i < model->draft_count; i++) system_free(&model->draft[i]);
    orr_mem_free(model->chunks);
    orr_mem_free(model->images.items);
    orr_mem_free(model);
}

static kept_cost *dense(system_tables *tables, int64_t tokens, bool decode_only)
{
    kept_cost *entry = &(decode_only ? tables->decode_only : tables->mixed).items[tokens];
    if (entry->cost.time_ns < 0) orr_perf_dense(tables->perf, tokens, decode_only, &entry->cost);
    return entry;
}

/* Its place is another's from now on. */
static void leave(system_tables *tables, kept_cost *kept)
{
    orr_cost_add(&tables->left, &kept->cost, kept->steps);
    *kept = (kept_cost){0};
}

static kept_cost *uneven_dense(system_tables *tables, int64_t tokens, double busiest)
{
    uneven_cost *place = orr_places_find(&tables->uneven, orr_hash_mix((uint64_t)tokens, (uint64_t)(int64_t)(busiest * 64)), sizeof *place, UNEVEN_PLACES, MOST_PLACES);
    if (place->tokens == tokens && !(place->busiest < busiest) && !(place->busiest > busiest)) return &place->kept;
    place->tokens = tokens;
    place->busiest = busiest;
    leave(tables, &place->kept);
    orr_perf_dense_on(tables->perf, tokens, busiest, false, &place->kept.cost);
    return &place->kept;
}

static bool same_chunks(const chunk_cost *place, const orr_prefill_chunk *chunks, int64_t count)
{
    if (place->count != count) return false;
    for (int64_t i = 0; i < count; i++)
        if (place->chunks[i].new_tokens != chunks[i].new_tokens || place->chunks[i].context_tokens != chunks[i].context_tokens) return false;
    return true;
}

/* KEPT_CHUNKS at most. */
static kept_cost *few_chunks(system_tables *tables, const orr_prefill_chunk *chunks, int64_t count)
{
    uint64_t hash = 0;
    for (int64_t i = 0; i < count; i++) hash = orr_hash_mix(hash + (uint64_t)chunks[i].new_tokens, (uint64_t)chunks[i].context_tokens);
    chunk_cost *place = orr_places_find(&tables->few_chunks, hash, sizeof *place, CHUNK_PLACES, MOST_PLACES);
    if (same_chunks(place, chunks, count)) return &place->kept;
    place->count = count;
    for (int64_t i = 0; i < count; i++) place->chunks[i] = chunks[i];
    leave(tables, &place->kept);
    orr_perf_add_chunks(tables->perf, chunks, count, &place->kept.cost);
    return &place->kept;
}

static void add_chunks(system_tables *tables, const orr_prefill_chunk *chunks, int64_t chunk_count, orr_cost *step)
{
    if (chunk_count <= KEPT_CHUNKS) orr_cost_add(step, &few_chunks(tables, chunks, chunk_count)->cost, 1);
    else orr_perf_add_chunks(tables->perf, chunks, chunk_count, step);
}

/* A chunk lives on one data-parallel rank, so that the busiest may have more than its share of a step's tokens; context ranks cut it, and hold all that decodes. */
static kept_cost *dense_of(system_tables *tables, int64_t tokens, int64_t chunk_tokens, int64_t largest_chunk_tokens, bool decode_only)
{
    if (decode_only) return dense(tables, tokens, true);
    const int64_t decodes = tokens - chunk_tokens;
    const double even = orr_perf_rank_tokens(tables->perf, 0, tokens, 0), busiest = orr_perf_rank_tokens(tables->perf, decodes, chunk_tokens, largest_chunk_tokens);
    return busiest > even ? uneven_dense(tables, orr_perf_computed_tokens(tables->perf, decodes, chunk_tokens), busiest) : dense(tables, tokens, false);
}

static kept_cost *head(system_tables *tables, int64_t logits)
{
    kept_cost *entry = &tables->head.items[logits];
    if (entry->cost.time_ns < 0) orr_perf_logits(tables->perf, logits, &entry->cost);
    return entry;
}

/* A pass on attention and FFN devices. */
static orr_cost pass_apart(orr_exec_model *model, system_tables *tables, const orr_decode_sums *decode, int64_t tokens, int64_t chunk_count, int64_t chunk_tokens, int64_t logits, double times)
{
    const orr_afd_pass pass = {.tokens = tokens, .chunk_tokens = chunk_tokens, .largest_chunk_tokens = chunk_count > 0 ? model->largest_chunk_tokens : 0, .decode = *decode, .chunks = model->chunks, .chunk_count = chunk_count,
                               .logits = logits > 0 ? &head(tables, logits)->cost : NULL};
    orr_apart_totals parts;
    const orr_cost cost = orr_exec_afd_cost(tables->afd, &pass, &tables->decode, &parts);
    orr_apart_totals_add(&model->apart_last, &parts, times);
    return cost;
}

static const orr_cost *images(orr_exec_model *model, int64_t count)
{
    for (; model->images.count <= count; model->images.count++) {
        model->images.items = orr_mem_resize(model->images.items, (size_t)(model->images.count + 1) * sizeof *model->images.items);
        model->images.items[model->images.count] = (kept_cost){.cost.time_ns = -1};
    }
    orr_cost *entry = &model->images.items[count].cost;
    if (entry->time_ns < 0) orr_perf_encode(model->perf, count, entry);
    return entry;
}

/* Returns their time. */
static double add_images(orr_exec_model *model, int64_t count, orr_cost *step)
{
    const orr_cost *cost = images(model, count);
    orr_cost_add(step, cost, 1);
    model->home->encoded.count += count;
    model->home->encoded.time_ns += cost->time_ns;
    return cost->time_ns;
}

static void copy_chunks(orr_exec_model *model, const orr_plan *plan)
{
    if (plan->chunk_count > model->chunk_capacity) {
        model->chunk_capacity = orr_max_i64(2 * model->chunk_capacity, plan->chunk_count);
        model->chunks = orr_mem_resize(model->chunks, (size_t)model->chunk_capacity * sizeof *model->chunks);
    }
    model->largest_chunk_tokens = 0;
    for (int64_t i = 0; i < plan->chunk_count; i++) {
        model->chunks[i] = (orr_prefill_chunk){plan->chunks[i].new_tokens, plan->chunks[i].context_tokens};
        model->largest_chunk_tokens = orr_max_i64(model->largest_chunk_tokens, plan->chunks[i].new_tokens);
    }
}

static void add_drafts(orr_exec_model *model, const orr_plan *plan, const orr_decode_sums *decode, orr_cost *step)
{
    orr_draft_pass passes[MOST_DRAFT_PASSES];
    orr_draft_prompts prompts = {.tokens = plan->chunk_tokens, .completing = plan->completing_chunks};
    for (int64_t i = 0; i < plan->chunk_count; i++)
        if (plan->chunks[i].completes) prompts.completing_context_tokens += plan->chunks[i].new_tokens + plan->chunks[i].context_tokens;
    const int count = orr_perf_draft_passes(model->perf, decode, &prompts, passes);
    for (int i = 0; i < count; i++) {
        const orr_draft_pass *pass = &passes[i];
        const double times = (double)pass->times;
        orr_cost part;
        if (model->draft[i].afd != NULL) {
            part = pass_apart(model, &model->draft[i], &pass->decode, pass->tokens, pass->with_chunks ? plan->chunk_count : 0, pass->with_chunks ? plan->chunk_tokens : 0, pass->logits, times);
            orr_cost_add(step, &part, times);
            continue;
        }
        orr_cost_add(step, &dense_of(&model->draft[i], pass->tokens, pass->with_chunks ? plan->chunk_tokens : 0, pass->with_chunks ? model->largest_chunk_tokens : 0, !pass->with_chunks)->cost, times);
        if (pass->logits > 0) orr_cost_add(step, &head(&model->draft[i], pass->logits)->cost, times);
        orr_perf_decode_attention_again(pass->perf, &pass->decode, &model->draft[i].decode, &part);
        orr_cost_add(step, &part, times);
        if (!pass->with_chunks) continue;
        part = (orr_cost){0};
        orr_perf_add_chunks(pass->perf, model->chunks, plan->chunk_count, &part);
        orr_cost_add(step, &part, times);
    }
}

static orr_decode_sums sums_of(const orr_plan *plan) { return (orr_decode_sums){plan->decode_count, plan->decode_context_tokens, plan->decode_capped_tokens, plan->decode_context_squares}; }

/* A step that only decodes. */
static orr_cost decode_cost(orr_exec_model *model, const orr_plan *plan)
{
    const orr_decode_sums decode = sums_of(plan);
    if (model->own.afd != NULL) {
        model->apart_last = (orr_apart_totals){0};
        return pass_apart(model, &model->own, &decode, plan->decode_tokens, 0, 0, plan->decode_tokens, 1);
    }
    orr_cost step = dense(&model->own, plan->decode_tokens, true)->cost, part;
    orr_cost_add(&step, &head(&model->own, plan->decode_tokens)->cost, 1);
    orr_perf_decode_attention_again(model->perf, &decode, &model->own.decode, &part);
    orr_cost_add(&step, &part, 1);
    return step;
}

/* In whole ns, and one at the least. */
static int64_t latency_of(double time_ns) { return orr_max_i64(1, orr_round_i64(time_ns)); }

enum { AT_ONCE = 32 * ORR_DECODE_LANES };

/* latency_of each; times_ns has room for full lanes. */
ORR_WIDE static void latencies_of(const double *times_ns, int64_t steps, int64_t *latencies_ns)
{
    double whole_ns[AT_ONCE];
    for (int64_t first = 0; first < steps; first += ORR_DECODE_LANES)
        for (int k = 0; k < ORR_DECODE_LANES; k++) whole_ns[first + k] = orr_max(orr_round_small(times_ns[first + k]), 1);
    for (int64_t i = 0; i < steps; i++) latencies_ns[i] = times_ns[i] < ORR_ROUND_SMALL_MOST ? (int64_t)whole_ns[i] : latency_of(times_ns[i]);
}

/* Of engines whose attention and FFN stand apart: step by step, as execute would. */
static void foresee_apart(orr_exec_model *model, const orr_plan_run *run, double host_ns, int64_t *latencies_ns)
{
    const orr_cost *logits = &head(&model->own, run->first.decode_tokens)->cost;
    for (int64_t i = 0; i < run->steps; i++) {
        const orr_plan plan = orr_plan_run_at(run, i);
        const orr_afd_pass pass = {.tokens = plan.decode_tokens, .decode = sums_of(&plan), .logits = logits};
        latencies_ns[i] = latency_of(orr_perf_join_ns(model->perf, orr_exec_afd_decode_ns(model->own.afd, &pass, &model->own.decode), host_ns));
    }
}

static void foresee(void *context, int replica, const orr_plan_run *run, int64_t *latencies_ns)
{
    (void)replica;
    orr_exec_model *model = context;
    const orr_plan *first = &run->first;
    const double host_ns = orr_perf_host_ns(model->perf, first->running_requests, first->decode_tokens, 0);
    if (model->own.afd != NULL) { foresee_apart(model, run, host_ns, latencies_ns); return; }
    const double other_ns = dense(&model->own, first->decode_tokens, true)->cost.time_ns + head(&model->own, first->decode_tokens)->cost.time_ns;
    double times_ns[AT_ONCE];
    for (int64_t done = 0, steps; done < run->steps; done += steps) {
        const orr_plan plan = orr_plan_run_at(run, done);
        steps = orr_min_i64(run->steps - done, AT_ONCE);
        orr_perf_decode_run_ns(model->perf, &(orr_decode_run){sums_of(&plan), run->growing_count, steps}, other_ns, host_ns, &model->own.decode, times_ns);
        latencies_of(times_ns, steps, &latencies_ns[done]);
    }
}

/* Sums over them: the mean of the ends stands for all. */
static void did_tallied(orr_exec_model *model, const orr_plan_run *run)
{
    const double steps = (double)run->steps;
    const orr_plan last = orr_plan_run_at(run, run->steps - 1);
    const orr_decode_sums ends[] = {sums_of(&run->first), sums_of(&last)};
    dense(&model->own, run->first.decode_tokens, true)->steps += steps;
    head(&model->own, run->first.decode_tokens)->steps += steps;
    const int count = run->steps > 1 ? 2 : 1;
    for (int i = 0; i < count; i++) orr_decode_tally_add(&model->own.attention, model->perf, &ends[i], steps / count, &model->own.decode);
}

/* Costs follow the sums in lines, but for what rounds a corner: the mean of the ends stands for all. */
static void did(void *context, int replica, const orr_plan_run *run)
{
    (void)replica;
    orr_exec_model *model = context;
    model->host_ns += (double)run->steps * orr_perf_host_ns(model->perf, run->first.running_requests, run->first.decode_tokens, 0);
    if (model->tallies && !model->keeps_last) { did_tallied(model, run); return; }
    const orr_plan last = orr_plan_run_at(run, run->steps - 1);
    const orr_cost from = decode_cost(model, &run->first);
    if (model->own.afd != NULL) orr_apart_totals_add(&model->apart, &model->apart_last, run->steps > 1 ? 0.5 * (double)run->steps : 1);
    const orr_cost to = run->steps > 1 ? decode_cost(model, &last) : from;
    if (model->own.afd != NULL && run->steps > 1) orr_apart_totals_add(&model->apart, &model->apart_last, 0.5 * (double)run->steps);
    orr_cost_add(&model->total, &from, 0.5 * (double)run->steps);
    orr_cost_add(&model->total, &to, 0.5 * (double)run->steps);
}

/* Time of a step whose other costs wait until they are asked for: as cost_of sums it, bit for bit. */
static double tallied_ns(orr_exec_model *model, const orr_plan *plan, int64_t tokens, int64_t logits)
{
    system_tables *own = &model->own;
    const orr_decode_sums decode = sums_of(plan);
    kept_cost *part = dense_of(own, tokens, plan->chunk_tokens, model->largest_chunk_tokens, plan->chunk_count == 0);
    double time_ns = part->cost.time_ns;
    part->steps++;
    if (logits > 0) {
        part = head(own, logits);
        time_ns += part->cost.time_ns;
        part->steps++;
    }
    if (plan->decode_count > 0) time_ns += orr_decode_tally_add(&own->attention, model->perf, &decode, 1, &own->decode);
    if (plan->chunk_count > 0 && plan->chunk_count <= KEPT_CHUNKS) {
        part = few_chunks(own, model->chunks, plan->chunk_count);
        time_ns += part->cost.time_ns;
        part->steps++;
    } else if (plan->chunk_count > 0) {
        orr_cost chunks = {0};
        orr_perf_add_chunks(own->perf, model->chunks, plan->chunk_count, &chunks);
        time_ns += chunks.time_ns;
        orr_cost_add(&own->left, &chunks, 1);
    }
    if (plan->images > 0) time_ns += add_images(model, plan->images, &own->left);
    return time_ns;
}

static void add_parts(orr_exec_model *model, const orr_plan *plan, const orr_decode_sums *decode, int64_t tokens, int64_t logits, orr_cost *step)
{
    orr_cost_add(step, &dense_of(&model->own, tokens, plan->chunk_tokens, model->largest_chunk_tokens, plan->chunk_count == 0)->cost, 1);
    if (logits > 0) orr_cost_add(step, &head(&model->own, logits)->cost, 1);
    if (plan->decode_count > 0) {
        orr_cost part;
        orr_perf_decode_attention_again(model->perf, decode, &model->own.decode, &part);
        orr_cost_add(step, &part, 1);
    }
    if (plan->chunk_count > 0) add_chunks(&model->own, model->chunks, plan->chunk_count, step);
}

static orr_cost cost_of(orr_exec_model *model, const orr_plan *plan, int64_t tokens, int64_t logits)
{
    const orr_decode_sums decode = sums_of(plan);
    orr_cost step = {0};
    if (model->own.afd != NULL) {
        model->apart_last = (orr_apart_totals){0};
        step = pass_apart(model, &model->own, &decode, tokens, plan->chunk_count, plan->chunk_tokens, logits, 1);
    } else {
        add_parts(model, plan, &decode, tokens, logits, &step);
    }
    if (model->draft_count > 0) add_drafts(model, plan, &decode, &step);
    if (plan->images > 0) add_images(model, plan->images, &step);
    if (model->own.afd != NULL) orr_apart_totals_add(&model->home->apart, &model->apart_last, 1);
    orr_cost_add(&model->home->total, &step, 1);
    return step;
}

static orr_outcome execute(void *context, int replica, const orr_plan *plan)
{
    (void)replica;
    orr_exec_model *home = context, *shallower = home->shallower[plan->draft_tokens], *model = shallower != NULL ? shallower : home;
    const int64_t tokens = plan->decode_tokens + plan->chunk_tokens;
    const int64_t logits = plan->decode_tokens + plan->completing_chunks;
    const double host_ns = orr_perf_host_ns(model->perf, plan->running_requests, tokens, plan->chunk_count);
    double device_ns;
    copy_chunks(model, plan);
    home->host_ns += host_ns;
    if (model->tallies && !home->keeps_last) {
        device_ns = tallied_ns(model, plan, tokens, logits);
    } else {
        const orr_cost step = cost_of(model, plan, tokens, logits);
        device_ns = step.time_ns;
        if (home->keeps_last) home->last = (orr_step_cost){step, host_ns};
    }
    const int64_t latency = latency_of(orr_perf_join_ns(model->perf, device_ns, host_ns));
    if (model->stage_count == 1) return (orr_outcome){latency, latency};
    /* The next step may start when the longest stage is free again, and not before the one scheduler of all lanes has done its work. */
    const double occupancy_ns = orr_max(device_ns * model->bottleneck_share, host_ns);
    return (orr_outcome){latency, orr_max_i64(1, orr_min_i64(latency, orr_round_i64(occupancy_ns)))};
}

orr_executor orr_exec_model_executor(orr_exec_model *model)
{
    const bool tells_ahead = model->draft_count == 0 && model->stage_count == 1;
    return (orr_executor){model, execute, tells_ahead ? foresee : NULL, tells_ahead ? did : NULL};
}
orr_apart_totals orr_exec_model_apart(const orr_exec_model *model) { return model->apart; }

static void add_kept(orr_cost *sum, const kept_cost *kept)
{
    if (kept->steps > 0) orr_cost_add(sum, &kept->cost, kept->steps);
}

static void add_tallied(orr_cost *sum, const system_tables *tables)
{
    const cost_table *const all[] = {&tables->decode_only, &tables->mixed, &tables->head};
    for (size_t t = 0; t < sizeof all / sizeof *all; t++)
        for (int64_t i = 0; i < all[t]->count; i++) add_kept(sum, &all[t]->items[i]);
    for (size_t i = 0; i < tables->uneven.count; i++) add_kept(sum, &((const uneven_cost *)orr_place_number(&tables->uneven, i))->kept);
    for (size_t i = 0; i < tables->few_chunks.count; i++) add_kept(sum, &((const chunk_cost *)orr_place_number(&tables->few_chunks, i))->kept);
    const orr_cost attention = orr_decode_tally_cost(&tables->attention, tables->perf);
    orr_cost_add(sum, &attention, 1);
    orr_cost_add(sum, &tables->left, 1);
}

orr_cost orr_exec_model_cost(const orr_exec_model *model)
{
    orr_cost sum = model->total;
    if (model->tallies) add_tallied(&sum, &model->own);
    for (int k = 0; k <= ORR_MAX_DRAFTS; k++)
        if (model->shallower[k] != NULL && model->shallower[k]->tallies) add_tallied(&sum, &model->shallower[k]->own);
    return sum;
}

double orr_exec_model_host_ns(const orr_exec_model *model) { return model->host_ns; }

const orr_step_cost *orr_exec_model_keep_last(orr_exec_model *model)
{
    model->keeps_last = true;
    return &model->last;
}
orr_step_images orr_exec_model_images(const orr_exec_model *model) { return model->encoded; }
