/* Keys and values from prefill to decode engines.
 *
 *   bytes(t) = full t + windowed min(t, cap) + request          of all layers, in the cache's dtype: each byte counted once; a latent (MLA) is no key and value but itself
 *   egress   = bytes copies / (chips of a prefill engine's data rank x bandwidth),   ingress = the same by those of a decode engine's
 *   copies   = how many chips of the decode engine's data rank keep each byte: max(1, tensor ranks / KV heads), all tensor ranks of a latent, times its context ranks, over those that cut the cache. Each has its own sent.
 *   bandwidth, latency: of one hop inside the node where it holds both pools, else of one over the fabric (collective.c, the slower of both sides' nodes); or as the study says, of one chip.
 * With speculation the drafting layers' cache (memory.c counts it a block) goes along as one more layer of the last kind; a draft model's own is small beside it and left out.
 * Source: what vLLM's NIXL connector, SGLang and TensorRT-LLM do: each rank that decodes reads the part it keeps from the ranks that computed it. Transfers of megabytes in pieces of blocks; set-up of a connection and
 * descriptors are for serving.transfer.latency. The energy of the way is left out (well below 1 % of what computing the prompt takes). */
#include "perf/system.h"

#include "base/math.h"

/* Copies of a byte in a decode engine's data rank, weighted by the bytes that a token has in each kind of layer. */
static double copies_of(const orr_model *model, orr_dtype dtype, const orr_layout *layout)
{
    double weighted = 0, all = 0;
    for (int i = 0; i < model->group_count; i++) {
        orr_model one = *model;
        one.groups[0] = model->groups[i];
        one.group_count = 1;
        const orr_kv_bytes kv = orr_model_kv_bytes(&one, dtype);
        const double bytes = kv.per_token_full + kv.per_token_windowed, copies = (double)(orr_max_i64(orr_mixer_kv_copies(&model->groups[i].mixer, layout->tensor), 1) * layout->context) / (double)layout->decode_context;
        weighted += bytes * copies;
        all += bytes;
    }
    return all > 0 ? weighted / all : 1;
}

static double chips_of_rank(const orr_engine *engine) { return (double)(engine->tensor_parallel_size * orr_engine_context_ranks(engine) * engine->pipeline_parallel_size); }

/* One hop: bytes in ns, and what it takes beside. */
static void take_link(const orr_perf *perf, const orr_study *study, orr_shipping *s, double *ns_per_byte)
{
    const bool across = !orr_study_pools_share_node(study);
    const orr_machine *sides[] = { &perf->machine, &perf->prefill->machine };
    const double fabric_bytes_per_s[] = { study->hardware.fabric.bytes_per_s, perf->prefill->machine.fabric_bytes_per_ns };
    *ns_per_byte = 0;
    for (int i = 0; i < 2; i++) {
        if (across && !(fabric_bytes_per_s[i] > 0)) continue;      /* the other side's fabric joins them */
        const orr_collective hop = orr_collective_prepare_hop(sides[i], across);
        *ns_per_byte = orr_max(*ns_per_byte, hop.algorithms[0].ns_per_byte);
        s->latency_ns = orr_max(s->latency_ns, hop.algorithms[0].latency_ns);
    }
    const orr_transfer *transfer = &study->serving.transfer;
    if (transfer->bytes_per_s > 0) *ns_per_byte = 1e9 / transfer->bytes_per_s;
    if (transfer->latency_ns > 0) s->latency_ns = transfer->latency_ns;
}

bool orr_ship_prepare(orr_perf *perf, const orr_study *study, const orr_perf_basis *basis, orr_arena *arena, orr_diags *diags)
{
    orr_study *view = ORR_NEW(arena, orr_study);
    orr_study_prefill_view(study, arena, view);
    perf->prefill = orr_perf_prepare_on(view, basis, arena, diags);
    if (perf->prefill == NULL) return false;
    const orr_dtype dtype = study->engine.kv_cache_dtype;
    const orr_kv_bytes kv = orr_model_kv_bytes(&study->model, dtype);
    const double drafting = perf->draft_layers > 0 && study->model.layer_count > 0 ? 1 + (double)perf->draft_layers / (double)study->model.layer_count : 1;
    orr_shipping *s = &perf->shipping;
    *s = (orr_shipping){ .full_bytes = kv.per_token_full * drafting, .windowed_bytes = kv.per_token_windowed * drafting, .request_bytes = kv.state_per_request, .cap_tokens = study->model.context_cap_tokens };
    double ns_per_byte = 0;
    take_link(perf, study, s, &ns_per_byte);
    const double copies = copies_of(&study->model, dtype, &perf->layout);
    s->egress_ns_per_byte = ns_per_byte * copies / chips_of_rank(&view->engine);
    s->ingress_ns_per_byte = ns_per_byte * copies / chips_of_rank(&study->engine);
    return true;
}

const orr_perf *orr_perf_prefill(const orr_perf *perf) { return perf->prefill; }
int64_t orr_perf_channels(const orr_perf *perf) { return perf->layout.data; }

orr_shipment orr_perf_ship(const orr_perf *perf, int64_t tokens)
{
    const orr_shipping *s = &perf->shipping;
    const double capped = s->cap_tokens > 0 ? (double)orr_min_i64(tokens, s->cap_tokens) : (double)tokens;
    const double bytes = s->full_bytes * (double)tokens + s->windowed_bytes * capped + s->request_bytes;
    return (orr_shipment){ bytes, bytes * s->egress_ns_per_byte, bytes * s->ingress_ns_per_byte, s->latency_ns };
}
