/* The explanation of a step: the walk of step.c with a list beside the sum.
 *
 * Invariants: 1. `device` is the sum of the parts, each the sum of its lines; 2. time by binding adds up to the step's time: device lines by what binds each, and what the
 * host adds beyond them under "host". A step is bound by what most of its time goes to, and next by the second. */
#include "perf/system.h"

#include "base/math.h"
#include "perf/encoder.h"
#include "perf/launch.h"

static const char *const binding_names[ORR_BIND_COUNT_] = { "compute", "memory", "link", "latency", "host" };

const char *orr_binding_name(orr_binding binding) { return binding_names[binding]; }

static const char *shape_text(const orr_operator *o, orr_arena *arena)
{
    const double *s = o->size;
    const char *dtype = orr_dtype_name(o->dtype);
    switch (o->shape) {
    case ORR_SHAPE_GEMM: return orr_arena_printf(arena, "m=%.0f n=%.0f k=%.0f %s", s[0], s[1], s[2], dtype);
    case ORR_SHAPE_GROUPED: return orr_arena_printf(arena, "experts=%.1f rows=%.0f n=%.0f k=%.0f %s", s[0], s[1], s[2], s[3], dtype);
    case ORR_SHAPE_ROWS: return orr_arena_printf(arena, "rows=%.0f bytes=%.0f", s[0], s[1]);
    case ORR_SHAPE_DECODE: return orr_arena_printf(arena, "requests=%.0f context=%.0f heads=%.0f %s", s[0], s[1], s[2], dtype);
    case ORR_SHAPE_CHUNK: if (s[3] > 1) return orr_arena_printf(arena, "chunks=%.0f new=%.0f context=%.0f heads=%.0f %s", s[3], s[0], s[1], s[2], dtype); return orr_arena_printf(arena, "new=%.0f context=%.0f heads=%.0f %s", s[0], s[1], s[2], dtype);
    case ORR_SHAPE_COLLECTIVE: return orr_arena_printf(arena, "ranks=%.0f bytes=%.0f%s%s", s[0], s[1], o->way ? " " : "", o->way ? o->way : "");
    case ORR_SHAPE_LAUNCH: return orr_arena_printf(arena, "kernels=%.0f", s[0]);
    default: return "";
    }
}

static orr_operator_line line_of(const orr_operator *o, orr_arena *arena)
{
    orr_operator_line line = { .name = o->name, .shape = shape_text(o, arena), .times = o->times, .binding = o->binding };
    orr_cost_add(&line.cost, &o->cost, o->times);
    double limit_ns = orr_max(orr_max(o->cost.compute_limit_ns, o->cost.memory_limit_ns), o->cost.link_limit_ns);
    line.log_error = o->log_error;
    line.limit_share = o->own_ns > 0 ? orr_min(limit_ns / o->own_ns, 1) : 0;
    return line;
}

typedef struct explained { orr_operator_list list; orr_afd_shares apart; } explained;

static orr_cost walk_step(const orr_perf *perf, const orr_decode_sums *decode, const orr_prefill_chunk *chunks, int chunk_count, int64_t tokens, int64_t logits, explained *e);

/* A pass of the drafting model is a step of its own, so many times; its operators are told apart by their names. */
static void walk_drafts(const orr_perf *perf, const orr_decode_sums *decode, const orr_prefill_chunk *chunks, int chunk_count, explained *e, orr_cost *device)
{
    orr_draft_pass passes[2];
    const orr_draft_prompts prompts = orr_draft_prompts_of(chunks, chunk_count);
    const int count = orr_perf_draft_passes(perf, decode, &prompts, passes);
    for (int i = 0; i < count; i++) {
        explained of_pass = { .list = e->list };
        const int begin = e->list.count, of_chunks = passes[i].with_chunks ? chunk_count : 0;
        const double times = (double)passes[i].times;
        const orr_cost pass = walk_step(passes[i].perf, &passes[i].decode, chunks, of_chunks, passes[i].tokens, passes[i].logits, &of_pass);
        orr_cost_add(device, &pass, times);
        e->list = of_pass.list;
        e->apart.step_ns += times * pass.time_ns;
        for (int s = 0; s < ORR_STATION_COUNT_; s++) e->apart.busy_ns[s] += times * of_pass.apart.busy_ns[s];
        if (of_pass.apart.micro_batches == 0) e->apart.busy_ns[ORR_STATION_ATTENTION] += times * pass.time_ns;
        for (int k = begin; k < e->list.count; k++) {
            e->list.items[k].times *= times;
            e->list.items[k].name = orr_arena_printf(e->list.arena, "%s: %s", i == 0 ? "draft 1" : "drafts 2..", e->list.items[k].name);
        }
    }
}

/* What of each group's executions lies behind others, by station. */
typedef struct hidden_shares { double of[ORR_STATION_COUNT_][ORR_LAYER_GROUPS]; } hidden_shares;

static hidden_shares hidden_of(const orr_afd *afd, const orr_pingpong_path *path)
{
    hidden_shares hidden = { { { 0 } } };
    for (int s = 0; s < ORR_STATION_COUNT_; s++)
        for (int g = 0; g < afd->run_count; g++) hidden.of[s][g] = 1 - path->visits[g][s] / (afd->layers[g] * afd->micro_batches);
    return hidden;
}

/* Attention and FFN apart: both sides' operators and the link's, each with its part of the longest path; then what launching adds. */
static orr_cost walk_apart(const orr_perf *perf, const orr_decode_sums *decode, const orr_prefill_chunk *chunks, int chunk_count, int64_t tokens, double rank_tokens, double logits_ns, explained *e)
{
    const orr_afd *afd = perf->afd;
    orr_afd_dense dense;
    orr_cost device = { 0 }, ignored = { 0 };
    orr_pingpong_path path;
    orr_afd_dense_of(perf, tokens, rank_tokens, chunk_count == 0, &dense);
    orr_add_decode_by_group(perf, decode, &(orr_decode_memo){ 0 }, dense.attention_ns);
    orr_afd_add_chunks(perf, chunks, chunk_count, dense.attention_ns, &ignored);
    const orr_afd_times times = orr_afd_times_of(perf, &dense, dense.attention_ns, logits_ns, &path);
    const hidden_shares hidden = hidden_of(afd, &path);
    orr_sink sink = { .sum = &device, .list = &e->list, .hidden = hidden.of[ORR_STATION_ATTENTION] };
    orr_walk_dense(perf, (double)tokens, rank_tokens, chunk_count == 0, &sink);
    orr_walk_decode(perf, decode, &(orr_decode_memo){ 0 }, &sink);
    orr_walk_chunks(perf, chunks, chunk_count, &sink);
    const int begin = e->list.count;
    sink.hidden = hidden.of[ORR_STATION_FFN];
    orr_walk_dense(afd->ffn, (double)tokens, orr_perf_rank_tokens(afd->ffn, tokens, 0, 0), chunk_count == 0, &sink);
    for (int k = begin; k < e->list.count; k++) e->list.items[k].name = orr_arena_printf(e->list.arena, "ffn: %s", e->list.items[k].name);
    orr_afd_walk_link(perf, (double)tokens, rank_tokens, hidden.of[ORR_STATION_DISPATCH], hidden.of[ORR_STATION_COMBINE], &sink);
    sink.kernels = dense.kernels;
    sink.family = ORR_KERNEL_FAMILY_COUNT_;
    orr_launch_emit_eager(&perf->machine, times.layers_ns + dense.attention_ns[ORR_NO_LAYER_GROUP], &sink);
    e->apart.micro_batches = orr_round_i64(afd->micro_batches);
    e->apart.step_ns += times.device_ns;
    for (int s = 0; s < ORR_STATION_COUNT_; s++) e->apart.busy_ns[s] += times.busy_ns[s];
    return device;
}

/* Walks all parts of the step, each into a sum of its own and all into one list; returns the sum of the parts. */
static orr_cost walk_step(const orr_perf *perf, const orr_decode_sums *decode, const orr_prefill_chunk *chunks, int chunk_count, int64_t tokens, int64_t logits, explained *e)
{
    orr_cost device = { 0 }, part = { 0 };
    orr_sink sink = { .sum = &part, .list = &e->list };
    int64_t largest = 0, decode_tokens = decode->count * perf->decode_tokens;
    for (int i = 0; i < chunk_count; i++) largest = orr_max_i64(largest, chunks[i].new_tokens);
    const double rank_tokens = orr_perf_rank_tokens(perf, decode_tokens, tokens - decode_tokens, largest);
    if (perf->afd != NULL) {
        orr_cost head;
        orr_perf_logits(perf, logits, &head);
        device = walk_apart(perf, decode, chunks, chunk_count, tokens, rank_tokens, head.time_ns, e);
    } else {
        orr_walk_dense(perf, (double)orr_perf_computed_tokens(perf, decode_tokens, tokens - decode_tokens), rank_tokens, chunk_count == 0, &sink);
        orr_cost_add(&device, &part, 1);
        part = (orr_cost){ 0 };
        orr_walk_decode(perf, decode, &(orr_decode_memo){ 0 }, &sink);
        orr_cost_add(&device, &part, 1);
        part = (orr_cost){ 0 };
        orr_walk_chunks(perf, chunks, chunk_count, &sink);
        orr_cost_add(&device, &part, 1);
        part = (orr_cost){ 0 };
    }
    orr_walk_logits(perf, (double)logits, &sink);
    orr_cost_add(&device, &part, 1);
    walk_drafts(perf, decode, chunks, chunk_count, e, &device);
    return device;
}

/* How far off the step's time may be, relative to it. */
static double step_log_error(const orr_perf *perf, const orr_operator_list *list, const orr_step_explanation *e)
{
    double by_family_ns[ORR_KERNEL_FAMILY_COUNT_ + 1] = { 0 };
    for (int i = 0; i < list->count; i++) by_family_ns[list->items[i].family] += list->items[i].cost.time_ns * list->items[i].times * list->items[i].log_error;
    double square = 0;
    for (int family = 0; family <= ORR_KERNEL_FAMILY_COUNT_; family++) square += by_family_ns[family] * by_family_ns[family];
    const double host = (e->step_ns - e->device.time_ns) * perf->coefficients.error_host;
    return e->step_ns > 0 ? sqrt(square + host * host) / e->step_ns : 0;
}

static void rank_bindings(orr_step_explanation *e)
{
    int first = 0;
    for (int i = 1; i < ORR_BIND_COUNT_; i++)
        if (e->seconds_by_binding_ns[i] > e->seconds_by_binding_ns[first]) first = i;
    int second = first == 0 ? 1 : 0;
    for (int i = 0; i < ORR_BIND_COUNT_; i++)
        if (i != first && e->seconds_by_binding_ns[i] > e->seconds_by_binding_ns[second]) second = i;
    e->binding = (orr_binding)first;
    e->next_binding = (orr_binding)second;
}

/* The lines of a walk, what the host adds to them, and what binds. */
static orr_step_explanation explained_step(const orr_perf *perf, const orr_operator_list *list, orr_cost device, double host_ns, double step_ns, orr_arena *arena)
{
    orr_step_explanation e = { .device = device, .host_ns = host_ns, .step_ns = step_ns };
    e.lines = ORR_NEW_ARRAY(arena, orr_operator_line, list->count > 0 ? list->count : 1);
    e.line_count = (size_t)list->count;
    for (int i = 0; i < list->count; i++) {
        e.lines[i] = line_of(&list->items[i], arena);
        e.seconds_by_binding_ns[e.lines[i].binding] += e.lines[i].cost.time_ns;
    }
    e.seconds_by_binding_ns[ORR_BIND_HOST] += step_ns - device.time_ns;
    e.log_error = step_log_error(perf, list, &e);
    rank_bindings(&e);
    return e;
}

orr_step_explanation orr_perf_explain(const orr_perf *perf, const orr_decode_sums *decode, const orr_prefill_chunk *chunks, int chunk_count, orr_arena *arena)
{
    if (decode->count > 0) perf = orr_perf_of_batch(perf, decode->count);
    explained all = { .list = { .arena = arena } };
    int64_t tokens = decode->count * perf->decode_tokens;
    for (int i = 0; i < chunk_count; i++) tokens += chunks[i].new_tokens;
    const orr_cost device = walk_step(perf, decode, chunks, chunk_count, tokens, decode->count * perf->decode_tokens + chunk_count, &all);
    const double host_ns = orr_perf_host_ns(perf, decode->count + chunk_count, tokens, chunk_count);
    orr_step_explanation e = explained_step(perf, &all.list, device, host_ns, orr_perf_join_ns(perf, device.time_ns, host_ns), arena);
    if (perf->afd != NULL) e.apart = all.apart;
    return e;
}

orr_step_explanation orr_perf_explain_images(const orr_perf *perf, int64_t images, orr_arena *arena)
{
    const orr_perf *engine = perf->prefill ? perf->prefill : perf;
    const orr_encoder *encoder = perf->encoders ? orr_encoder_pool_encoder(perf->encoders) : engine->encoder;
    if (encoder == NULL || images <= 0) return (orr_step_explanation){ 0 };
    orr_operator_list list = { .arena = arena };
    orr_cost device = { 0 }, same;
    orr_sink sink = { .sum = &device, .list = &list };
    orr_encoder_emit(encoder, images, &sink);
    const double step_ns = perf->encoders ? orr_perf_encode_apart(perf, images, &same) : device.time_ns;
    return explained_step(perf, &list, device, step_ns - device.time_ns, step_ns, arena);
}
