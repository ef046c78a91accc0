/* Encoders of images on chips of their own, and the way of what they make.
 *
 *   encode(n) = max(device, o h) + (1 - o) h,   device = the encoder's n images on one chip (encoder.c),   h = the host's step of n requests (host.c), with the study's engine's coefficients
 *   ship(n)   = n tokens hidden 2 / bandwidth,   and the latency beside
 *   bandwidth, latency: of one hop inside the node where it holds all, else of one over the fabric (collective.c, the slower of both sides' nodes); or as the study says, of one encoder.
 * The chip holds the encoder and nothing else; its activations at the peak are those of a full batch. Only the encoder's own side of the way is a queue: an engine takes embeddings of a megabyte an image beside everything else (its
 * links carry all-reduces of a hundred times that for each).
 * Units: ns, bytes. Source: vLLM's disaggregated encoder (an encoder instance is an engine that runs the vision tower alone and puts embeddings into a store or onto a link), EPD (Singh et al. 2025, arXiv 2501.05460). Valid for
 * one-chip encoders: towers of up to a few billion parameters, whose images don't need to be cut. */
#include "perf/encoder.h"
#include "perf/host.h"
#include "perf/system.h"

#include "base/math.h"

struct orr_encoder_pool_perf {
    orr_machine machine;
    orr_encoder *encoder;
    int64_t most_images;
    double ns_per_byte, latency_ns;
};

/* One hop between the encoder's machine and that of the engines that take what it makes: ns a byte, and what it takes beside. */
static void take_link(const orr_perf *perf, const orr_study *study, orr_encoder_pool_perf *pool)
{
    const orr_encoders *encoders = &study->serving.encoders;
    const bool across = !orr_study_encoders_share_node(study);
    const orr_machine *sides[] = { &pool->machine, perf->prefill ? &perf->prefill->machine : &perf->machine };
    for (int i = 0; i < 2; i++) {
        if (across && !(sides[i]->fabric_bytes_per_ns > 0)) continue;      /* the other side's fabric joins them */
        if (!across && !(sides[i]->link_bytes_per_ns > 0)) continue;
        const orr_collective hop = orr_collective_prepare_hop(sides[i], across);
        pool->ns_per_byte = orr_max(pool->ns_per_byte, hop.algorithms[0].ns_per_byte);
        pool->latency_ns = orr_max(pool->latency_ns, hop.algorithms[0].latency_ns);
    }
    if (encoders->bytes_per_s > 0) pool->ns_per_byte = 1e9 / encoders->bytes_per_s;
    if (encoders->latency_ns > 0) pool->latency_ns = encoders->latency_ns;
}

static double needed_bytes(const orr_perf *perf, const orr_encoder *encoder, int64_t images)
{
    return encoder->weight_bytes + orr_encoder_activation_bytes(encoder, images, perf->engine.activation_bytes_factor) + perf->engine.runtime_bytes;
}

/* The most images whose activations fit; 0: not even one. */
static int64_t most_that_fit(const orr_perf *perf, const orr_encoder *encoder, double usable_bytes)
{
    const double one = orr_encoder_activation_bytes(encoder, 1, perf->engine.activation_bytes_factor), left = usable_bytes - needed_bytes(perf, encoder, 0);
    return left >= one ? (int64_t)orr_min(left / one, 1e9) : 0;
}

bool orr_encoder_pool_prepare(orr_perf *perf, const orr_study *study, orr_arena *arena, orr_diags *diags)
{
    const orr_hardware *hardware = orr_study_encoder_hardware(study);
    const orr_encoders *encoders = &study->serving.encoders;
    orr_encoder_pool_perf *pool = ORR_NEW(arena, orr_encoder_pool_perf);
    *pool = (orr_encoder_pool_perf){ .machine = orr_machine_prepare(hardware, &study->engine, &perf->coefficients) };
    pool->encoder = orr_encoder_prepare(study, &pool->machine, 1, perf->layout.half_dtype, arena);
    if (pool->encoder == NULL) return true;         /* no images: said where the study is bound */
    pool->most_images = encoders->max_images > 0 ? encoders->max_images : orr_max_i64(1, (int64_t)((double)study->engine.max_num_batched_tokens / orr_max(1, pool->encoder->tokens)));
    take_link(perf, study, pool);
    const double usable = hardware->chip.memory_bytes * study->engine.gpu_memory_utilization, needed = needed_bytes(perf, pool->encoder, pool->most_images);
    perf->encoders = pool;
    if (needed <= usable) return true;
    const int64_t fit = most_that_fit(perf, pool->encoder, usable);
    orr_diag *diag = diags ? orr_diag_error(diags, (orr_place){ 0 }, "an encoder of %lld images needs %.1f GB, of %.1f GB usable", (long long)pool->most_images, needed / 1e9, usable / 1e9) : NULL;
    if (diag && fit > 0) orr_diag_hint(diag, "Write serving.encoders.max_images: %lld, or less.", (long long)fit);
    else if (diag) orr_diag_hint(diag, "Not even one image fits: take a chip with more memory (serving.encoders.hardware), or smaller images.");
    return false;
}

const orr_encoder *orr_encoder_pool_encoder(const orr_encoder_pool_perf *pool) { return pool->encoder; }

bool orr_perf_has_encoders(const orr_perf *perf) { return perf->encoders != NULL; }
int64_t orr_perf_encoder_images(const orr_perf *perf) { return perf->encoders->most_images; }
double orr_perf_encoder_idle_w(const orr_perf *perf) { return perf->encoders->machine.idle_w; }

double orr_perf_encode_apart(const orr_perf *perf, int64_t images, orr_cost *cost)
{
    *cost = (orr_cost){ 0 };
    orr_sink sink = { .sum = cost };
    orr_encoder_emit(perf->encoders->encoder, images, &sink);
    const orr_host_work work = { .running_requests = (double)images };
    return orr_host_join_ns(&perf->engine, cost->time_ns, orr_host_ns(&perf->engine, &work));
}

orr_shipment orr_perf_ship_images(const orr_perf *perf, int64_t images)
{
    const orr_encoder_pool_perf *pool = perf->encoders;
    const double bytes = pool->encoder->embedding_bytes * (double)images;
    return (orr_shipment){ .bytes = bytes, .egress_ns = bytes * pool->ns_per_byte, .latency_ns = pool->latency_ns };
}
