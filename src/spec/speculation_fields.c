/* The parameters of speculative decoding, and what follows from them alone. */
#include "spec/speculation.h"

#include "spec/field.h"

static const char *const method_names[] = {"none", "mtp", "draft", "ngram", "eagle"};
static const char *const depth_names[] = {"constant", "batch", "goodput"};

static const orr_field eagle_fields[] = {
    {.name = "features", .kind = ORR_FIELD_INT, .offset = offsetof(orr_eagle, features), .min = 1, .max = 8, .default_text = "3", .doc = "hidden states of the model that the head joins: 1 beside the token (EAGLE, EAGLE-2), or 3 (EAGLE-3: of a low, a middle and a high layer)"},
    {.name = "vocab_size", .kind = ORR_FIELD_INT, .offset = offsetof(orr_eagle, vocab_size), .max = 1e7, .default_text = "0", .doc = "vocabulary that is drafted from, by a head of its own (EAGLE-3: 32000); 0: the model's own, by the model's head"},
};
const orr_table orr_eagle_table = {"eagle", "the head that drafts (method eagle): one layer over the model's hidden states", ORR_FIELDS(eagle_fields)};

static const orr_field depth_fields[] = {
    {.name = "policy", .kind = ORR_FIELD_ENUM, .offset = offsetof(orr_depth, policy), .default_text = "constant", .names = depth_names, .name_count = 3, .flags = ORR_FIELD_SEARCHABLE,
     .doc = "how deep a step drafts: always `tokens`, by thresholds of the batch, or whatever the performance model says gives most tokens a second"},
    {.name = "up_to", .kind = ORR_FIELD_RATES, .most = ORR_MAX_DRAFTS, .offset = offsetof(orr_depth, up_to), .min = 1, .max = 1e6, .doc = "decoding requests of a step up to which each of `drafts` holds, rising (policy batch)"},
    {.name = "drafts", .kind = ORR_FIELD_RATES, .most = ORR_MAX_DRAFTS + 1, .offset = offsetof(orr_depth, drafts), .max = ORR_MAX_DRAFTS, .doc = "drafts of a step, `tokens` at most: one for each of `up_to`, and one for beyond (policy batch); 0 does not speculate"},
    {.name = "context", .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_NONE, .offset = offsetof(orr_depth, context_tokens), .min = 1, .max = 1e8, .default_text = "2048", .flags = ORR_FIELD_BARE, .doc = "tokens of a decoding request at which depths are weighed (policy goodput); assumed"},
};
const orr_table orr_depth_table = {"depth", "drafts of a step by how many requests decode in it; `tokens` is then the most", ORR_FIELDS(depth_fields)};

static const orr_field speculation_fields[] = {
    {.name = "method", .kind = ORR_FIELD_ENUM, .offset = offsetof(orr_speculation, method), .default_text = "none", .names = method_names, .name_count = 5, .flags = ORR_FIELD_SEARCHABLE,
     .doc = "who drafts: nobody, the model's own MTP layers, a smaller model, a look-up of n-grams on the host, an EAGLE head over the model's hidden states"},
    {.name = "tokens", .kind = ORR_FIELD_INT, .offset = offsetof(orr_speculation, tokens), .min = 1, .max = ORR_MAX_DRAFTS, .default_text = "1", .flags = ORR_FIELD_SEARCHABLE, .doc = "drafts a step for each decoding request"},
    {.name = "acceptance", .kind = ORR_FIELD_RATES, .most = ORR_MAX_DRAFTS, .offset = offsetof(orr_speculation, acceptance), .min = 0, .max = 1, .flags = ORR_FIELD_SEARCHABLE,
     .doc = "chance that a draft is accepted when all before it were: one number, or a list by position; an input, measured on the traffic in question"},
    {.name = "acceptance_trace", .kind = ORR_FIELD_TEXT, .offset = offsetof(orr_speculation, trace.path),
     .doc = "instead of acceptance: a CSV file with a column `accepted`, how many drafts were accepted in each drafting step, which is replayed in its order"},
    {.name = "draft_model", .kind = ORR_FIELD_TABLE, .table = &orr_model_table, .offset = offsetof(orr_speculation, draft_model), .flags = ORR_FIELD_REFERENCE | ORR_FIELD_SEARCHABLE,
     .doc = "the smaller model (method draft): stored as published, cut over the same tensor ranks"},
    {.name = "mtp_layers", .kind = ORR_FIELD_INT, .offset = offsetof(orr_speculation, mtp_layers), .max = ORR_MAX_DRAFTS, .default_text = "0", .doc = "MTP layers (method mtp); 0: those the model ships"},
    {.name = "lookup", .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_NS, .offset = offsetof(orr_speculation, lookup_ns), .max = 1e9, .default_text = "20 us",
     .doc = "host time of looking up drafts, which a running request adds to a step (method ngram); assumed"},
    {.name = "eagle", .kind = ORR_FIELD_TABLE, .table = &orr_eagle_table, .offset = offsetof(orr_speculation, eagle), .doc = "the head that drafts (method eagle)"},
    {.name = "depth", .kind = ORR_FIELD_TABLE, .table = &orr_depth_table, .offset = offsetof(orr_speculation, depth), .flags = ORR_FIELD_SEARCHABLE, .doc = "how deep a step drafts"},
};
const orr_table orr_speculation_table = {"speculation", "speculative decoding: who drafts, how many, and how often drafts are accepted", ORR_FIELDS(speculation_fields)};

const char *orr_speculation_name(orr_speculation_method method) { return method_names[method]; }
const char *orr_depth_name(orr_depth_policy policy) { return depth_names[policy]; }

double orr_speculation_mean_tokens_of(const orr_speculation *s, int64_t drafts)
{
    double mean = 1, reach = 1;
    for (int64_t i = 0; i < drafts; i++) mean += reach *= orr_speculation_rate(s, i);
    return mean;
}

double orr_speculation_mean_tokens(const orr_speculation *s) { return orr_speculation_mean_tokens_of(s, orr_speculation_drafts(s)); }

int64_t orr_depth_of_batch(const orr_depth *depth, int64_t requests)
{
    int i = 0;
    while (i < depth->up_to.count && (double)requests > depth->up_to.values[i]) i++;
    return (int64_t)depth->drafts.values[i];
}

orr_model orr_model_mtp(const orr_model *model)
{
    orr_model mtp = *model;
    mtp.groups[0] = model->groups[model->group_count > 0 ? model->group_count - 1 : 0];
    mtp.groups[0].count = 1;
    mtp.group_count = 1;
    mtp.layer_count = 1;
    mtp.mtp_layers = 0;
    mtp.encoder_parameters = 0;
    mtp.vision = (orr_vision){0};
    return mtp;
}

orr_model orr_model_eagle(const orr_model *model, const orr_eagle *eagle)
{
    orr_model head = orr_model_mtp(model);
    for (int i = model->group_count - 1; i >= 0 && orr_mixer_is_recurrent(&head.groups[0].mixer); i--) head.groups[0].mixer = model->groups[i].mixer;
    orr_layer_group *layer = &head.groups[0];
    layer->mixer.window_tokens = layer->mixer.sparse_topk = layer->mixer.index_heads = 0;
    head.context_cap_tokens = 0;
    orr_ffn *ffn = &layer->ffn;
    if (ffn->kind == ORR_FFN_MOE) *ffn = (orr_ffn){.kind = ORR_FFN_DENSE, .intermediate = ffn->experts_per_token * ffn->expert_intermediate + ffn->shared_intermediate, .gated = ffn->gated};
    if (ffn->kind == ORR_FFN_NONE) *ffn = (orr_ffn){.kind = ORR_FFN_DENSE, .intermediate = 4 * model->hidden_size, .gated = true};
    head.weight_dtype = model->other_dtype;
    if (eagle->vocab_size > 0) {
        head.vocab_size = eagle->vocab_size;
        head.tied_embeddings = false;
    }
    return head;
}
