/* Counts from shapes: parameters, and bytes of KV cache and recurrent state.
 *
 * h hidden size, a heads, k KV heads, d head size:
 *   GQA     h a d (x 2 with an output gate) + 2 h k d + a d h, norms and biases where present
 *   MLA     h r_q + r_q a (n + p) + h (r_kv + p) + r_kv a (n + v) + a v h, norms of r_q and r_kv; the indexer r_q a_i d_i + h d_i + 2 d_i + h a_i
 *   GDN     h (2K + 2V + 2 n_v) + (2K + V) conv + V h ..., with K, V the widths of keys and values
 *   Mamba-2 h (I + C + n) + C (conv + 1) + 3 n + I + I h, with C = I + 2 groups x state
 *   FFN     3 h i gated, 2 h i not; experts likewise, on the latent width where there is one */
#include "spec/model.h"

static double d(int64_t value) { return (double)value; }

static double count_gqa(const orr_mixer *m, double h)
{
    double q = d(m->heads * m->head_dim), k = d(m->kv_heads * m->head_dim), v = d(m->kv_heads * m->value_head_dim), out = d(m->heads * m->value_head_dim);
    double wide_q = m->output_gate ? 2 * q : q, sum = h * (wide_q + k + v) + out * h;
    if (m->qkv_bias) sum += wide_q + k + v;
    if (m->out_bias) sum += h;
    if (m->qk_norm) sum += m->qk_norm_whole ? q + k : d(2 * m->head_dim);
    if (m->sinks) sum += d(m->heads);
    return sum;
}

static double count_mla(const orr_mixer *m, double h)
{
    double rq = d(m->q_lora_rank), rkv = d(m->kv_lora_rank), a = d(m->heads), head = d(m->head_dim), nope = d(m->qk_nope_dim), v = d(m->value_head_dim);
    double query = m->q_lora_rank ? h * rq + rq + rq * a * head : h * a * head;
    double sum = query + h * (rkv + d(m->qk_rope_dim)) + rkv + rkv * a * (nope + v) + a * v * h;
    if (m->sparse_topk) sum += (m->q_lora_rank ? rq : h) * d(m->index_heads * m->index_head_dim) + h * d(m->index_head_dim) + 2 * d(m->index_head_dim) + h * d(m->index_heads);
    return sum;
}

static double count_gdn(const orr_mixer *m, double h)
{
    double keys = d(m->state_key_heads * m->state_key_dim), values = d(m->state_value_heads * m->state_value_dim), heads = d(m->state_value_heads);
    return h * (2 * keys + 2 * values + 2 * heads) + (2 * keys + values) * d(m->conv_kernel) + 2 * heads + d(m->state_value_dim) + values * h;
}

static double count_mamba2(const orr_mixer *m, double h)
{
    double inner = d(m->state_value_heads * m->state_value_dim), channels = inner + 2 * d(m->state_key_heads * m->state_key_dim), heads = d(m->state_value_heads);
    return h * (inner + channels + heads) + channels * (d(m->conv_kernel) + 1) + 3 * heads + inner + inner * h;
}

static double count_mixer(const orr_mixer *m, double h)
{
    switch (m->kind) {
    case ORR_MIXER_NONE: return 0;
    case ORR_MIXER_GQA: return count_gqa(m, h);
    case ORR_MIXER_MLA: return count_mla(m, h);
    case ORR_MIXER_GDN: return count_gdn(m, h);
    case ORR_MIXER_MAMBA2: return count_mamba2(m, h);
    }
    return 0;
}

static double count_mlp(const orr_ffn *f, double width, double intermediate)
{
    double into = f->gated ? 2 * intermediate : intermediate;
    return width * into + intermediate * width + (f->bias ? into + width : 0);
}

static void count_ffn(const orr_ffn *f, double h, double layers, orr_parameter_count *sum, double *idle)
{
    if (f->kind == ORR_FFN_DENSE) sum->dense_ffn += layers * count_mlp(f, h, d(f->intermediate));
    if (f->kind != ORR_FFN_MOE) return;
    double expert = count_mlp(f, f->latent_size ? d(f->latent_size) : h, d(f->expert_intermediate));
    sum->routed_experts += layers * d(f->experts) * expert;
    *idle += layers * d(f->experts - f->experts_per_token) * expert;
    sum->router += layers * (h * d(f->experts) + (f->router_bias ? d(f->experts) : 0) + (f->latent_size ? 2 * h * d(f->latent_size) : 0));
    if (f->shared_intermediate) sum->shared_experts += layers * (count_mlp(f, h, d(f->shared_intermediate)) + (f->shared_gate ? h : 0));
}

static double sum_of(const orr_parameter_count *c) { return c->attention + c->dense_ffn + c->routed_experts + c->shared_experts + c->router + c->norms; }

orr_parameter_count orr_model_count_parameters(const orr_model *model)
{
    orr_parameter_count sum = {0}, last = {0};
    double h = d(model->hidden_size), idle = 0, ignored = 0;
    for (int g = 0; g < model->group_count; g++) {
        const orr_layer_group *group = &model->groups[g];
        double layers = d(group->count);
        sum.attention += layers * count_mixer(&group->mixer, h);
        sum.norms += layers * group->norms * h;
        count_ffn(&group->ffn, h, layers, &sum, &idle);
    }
    sum.norms += h;
    sum.embedding = d(model->vocab_size) * h;
    sum.lm_head = model->tied_embeddings ? 0 : sum.embedding;
    sum.total = sum_of(&sum) + sum.embedding + sum.lm_head;
    sum.active = sum.total - idle - (model->tied_embeddings ? 0 : sum.embedding);
    if (model->mtp_layers && model->group_count) {      /* one more layer of the last shape, a projection of two states into one, three norms; embedding and head are the model's own */
        const orr_layer_group *group = &model->groups[model->group_count - 1];
        last.attention = count_mixer(&group->mixer, h);
        last.norms = (group->norms + 3) * h;
        count_ffn(&group->ffn, h, 1, &last, &ignored);
        sum.mtp = d(model->mtp_layers) * (sum_of(&last) + 2 * h * h);
    }
    return sum;
}

/* The indexer's keys are kept in fp8 with one fp32 scale a token. Recurrent state is fp32, the convolution's inputs bf16. */
orr_kv_bytes orr_model_kv_bytes(const orr_model *model, orr_dtype kv_dtype)
{
    orr_kv_bytes sum = {0};
    double bytes = orr_dtype_bytes(kv_dtype);
    for (int g = 0; g < model->group_count; g++) {
        const orr_mixer *m = &model->groups[g].mixer;
        double layers = d(model->groups[g].count), channels;
        switch (m->kind) {
        case ORR_MIXER_NONE: break;
        case ORR_MIXER_GQA:
            *(m->window_tokens ? &sum.per_token_windowed : &sum.per_token_full) += layers * d(m->kv_heads * (m->head_dim + m->value_head_dim)) * bytes;
            break;
        case ORR_MIXER_MLA:
            sum.per_token_full += layers * (d(m->kv_lora_rank + m->qk_rope_dim) * bytes + (m->sparse_topk ? d(m->index_head_dim) + 4 : 0));
            break;
        case ORR_MIXER_GDN:
            channels = d(2 * m->state_key_heads * m->state_key_dim + m->state_value_heads * m->state_value_dim);
            sum.state_per_request += layers * (4 * d(m->state_value_heads) * d(m->state_key_dim) * d(m->state_value_dim) + 2 * channels * d(m->conv_kernel - 1));
            break;
        case ORR_MIXER_MAMBA2:
            channels = d(m->state_value_heads * m->state_value_dim + 2 * m->state_key_heads * m->state_key_dim);
            sum.state_per_request += layers * (4 * d(m->state_value_heads) * d(m->state_value_dim) * d(m->state_key_dim) + 2 * channels * d(m->conv_kernel - 1));
            break;
        }
    }
    return sum;
}
