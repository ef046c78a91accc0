/* Vision encoders (ViT):  t(images) = embed + layers x (2 norms + qkv + attention + out + up + activation + down) + projector + gather of the embeddings
 *
 * Rows of products are patches; an image has P of them in stretches of S (all of it, or a tile), and each sees all of its stretch (or, in layers that have them, of its window): P S pairs, against S (S + 1)/2 a stretch where attention is causal. Groups of merge x merge
 * patches become tokens, which pass the projector. Every product, norm and pair costs what it costs in the language model (gemm.c, elementwise.c, attention_prefill.c, launch.c: nothing captures it, so launches are eager), in 16 bit.
 * With several chips each holds the whole encoder and takes whole images: the busiest has ceil(images / ranks), and all gather the embeddings (vLLM's mm_encoder_tp_mode data, SGLang's mm-enable-dp-encoder; vLLM's default cuts
 * the weights, which an encoder of half a billion parameters gains little from).
 * Activations at the peak: factor x patches x (width + MLP) x 2 bytes, as of the language model.
 * Units: ns, bytes, FLOP. Source: Dosovitskiy et al. 2021 (ViT), SigLIP and the models' config.json; no coefficient of its own. Not fitted to measured encoders. Valid for images of 100 to 65,536 patches; image processing on the
 * host (decoding, scaling) is part of an engine's request_entry, not of this. */
#include "perf/encoder.h"

#include <math.h>
#include "base/math.h"
#include "perf/launch.h"

orr_encoder *orr_encoder_prepare(const orr_study *study, const orr_machine *machine, int64_t ranks, orr_dtype dtype, orr_arena *arena)
{
    const orr_vision *v = &study->model.vision;
    const orr_images *images = orr_study_images(study);
    if (images == NULL || v->layers == 0) return NULL;
    const orr_image_size size = orr_vision_image(v, images->width, images->height);
    orr_encoder *e = ORR_NEW(arena, orr_encoder);
    *e = (orr_encoder){ .machine = machine, .ranks = (double)ranks, .layers = (double)v->layers, .patches = (double)size.patches, .stretches = (double)size.stretches, .windows = (double)size.windows, .tokens = (double)size.tokens, .projector_count = v->projector_count };
    e->embedding_bytes = 2.0 * (double)size.tokens * (double)study->model.hidden_size;
    e->weight_bytes = study->model.encoder_parameters * orr_dtype_bytes(dtype);
    e->patch_activation_bytes = 2.0 * (double)(v->width + v->intermediate);
    e->embed = orr_gemm_prepare_long(machine, v->width, v->patch_values, dtype, dtype);
    e->qkv = orr_gemm_prepare_long(machine, 3 * v->width, v->width, dtype, dtype);
    e->out = orr_gemm_prepare_long(machine, v->width, v->width, dtype, dtype);
    e->up = orr_gemm_prepare_long(machine, v->gated ? 2 * v->intermediate : v->intermediate, v->width, dtype, dtype);
    e->down = orr_gemm_prepare_long(machine, v->width, v->intermediate, dtype, dtype);
    for (int i = 0; i < v->projector_count; i++) e->projector[i] = orr_gemm_prepare_long(machine, v->projector[i].n, v->projector[i].k, dtype, dtype);
    e->norm = orr_elementwise_prepare(machine, 8.0 * (double)v->width, 0, 1, 0);
    e->activation = orr_elementwise_prepare(machine, (v->gated ? 6.0 : 4.0) * (double)v->intermediate, 0, 1, 0);
    const orr_mixer mixer = { .kind = ORR_MIXER_GQA, .heads = v->heads, .kv_heads = v->heads, .head_dim = v->width / v->heads, .value_head_dim = v->width / v->heads };
    const orr_rank_shape shape = { 1, dtype, dtype, dtype, dtype, 1 };
    orr_attention attention = { 0 };
    orr_attention_compile_prefill(machine, &mixer, &shape, &attention);
    e->attention = attention.chunk[0];
    e->attention.name = "vision_attention";
    e->attention.sees_all = true;
    e->window_attention = e->attention;
    e->window_attention.layers = v->window > 0 ? (double)(v->layers - v->full_layers) : 0;
    e->attention.layers = e->layers - e->window_attention.layers;
    e->gather = orr_collective_prepare(machine, ORR_ALL_GATHER, ranks);
    return e;
}

/* Within so many equal stretches of each image. */
static void emit_attention(const orr_encoder *e, const orr_chunk_operator *attention, double stretches, double images, double mean_share, orr_sink *sink)
{
    orr_chunk_load load = { 0 };
    if (!(attention->layers > 0)) return;
    orr_chunk_load_add(attention, e->machine, e->patches / stretches, 0, images * stretches, &load);
    orr_chunk_operator_emit(attention, e->machine, &load, &(orr_rank_split){ 1, e->ranks, mean_share }, sink);
}

void orr_encoder_emit(const orr_encoder *e, int64_t images, orr_sink *sink)
{
    if (images <= 0) return;
    const double before_ns = sink->sum->time_ns, kernels = sink->kernels, busiest = orr_ceil_positive((double)images / e->ranks), mean_share = (double)images / (e->ranks * busiest);
    const double rows = busiest * e->patches, tokens = busiest * e->tokens;
    orr_gemm_emit(&e->embed, "patch_embed", 1, rows, e->ranks, mean_share, sink);
    orr_elementwise_emit(&e->norm, "vision_norm", 2 * e->layers + 1, rows, e->ranks, mean_share, sink);
    orr_gemm_emit(&e->qkv, "vision_qkv", e->layers, rows, e->ranks, mean_share, sink);
    emit_attention(e, &e->attention, e->stretches, busiest, mean_share, sink);
    emit_attention(e, &e->window_attention, e->windows, busiest, mean_share, sink);
    orr_gemm_emit(&e->out, "vision_out", e->layers, rows, e->ranks, mean_share, sink);
    orr_gemm_emit(&e->up, "vision_up", e->layers, rows, e->ranks, mean_share, sink);
    orr_elementwise_emit(&e->activation, "vision_activation", e->layers, rows, e->ranks, mean_share, sink);
    orr_gemm_emit(&e->down, "vision_down", e->layers, rows, e->ranks, mean_share, sink);
    for (int i = 0; i < e->projector_count; i++) orr_gemm_emit(&e->projector[i], "vision_projector", 1, tokens, e->ranks, mean_share, sink);
    if (e->gather.algorithm_count > 0) orr_collective_emit(&e->gather, "gather_embeddings", 1, (double)images * e->embedding_bytes, e->ranks, 1, sink);
    orr_sink launches = *sink;
    launches.kernels -= kernels;
    orr_launch_emit_eager(e->machine, sink->sum->time_ns - before_ns, &launches);
    sink->kernels = launches.kernels + kernels;
}

double orr_encoder_activation_bytes(const orr_encoder *e, int64_t images, double factor) { return factor * orr_ceil_positive((double)images / e->ranks) * e->patches * e->patch_activation_bytes; }
