/* The parameters of speculative decoding, and what follows from them alone. */
#include "spec/speculation.h"

#include "spec/field.h"

static const char *const method_names[] = {"none", "mtp", "draft", "ngram"};

static const orr_field speculation_fields[] = {
    {.name = "method", .kind = ORR_FIELD_ENUM, .offset = offsetof(orr_speculation, method), .default_text = "none", .names = method_names, .name_count = 4, .flags = ORR_FIELD_SEARCHABLE,
     .doc = "who drafts: nobody, the model's own MTP layers, a smaller model, a look-up of n-grams on the host"},
    {.name = "tokens", .kind = ORR_FIELD_INT, .offset = offsetof(orr_speculation, tokens), .min = 1, .max = ORR_MAX_DRAFTS, .default_text = "1", .flags = ORR_FIELD_SEARCHABLE, .doc = "drafts a step for each decoding request"},
    {.name = "acceptance", .kind = ORR_FIELD_RATES, .most = ORR_MAX_DRAFTS, .offset = offsetof(orr_speculation, acceptance), .min = 0, .max = 1, .flags = ORR_FIELD_SEARCHABLE,
     .doc = "chance that a draft is accepted when all before it were: one number, or a list by position; an input, measured on the traffic in question"},
    {.name = "draft_model", .kind = ORR_FIELD_TABLE, .table = &orr_model_table, .offset = offsetof(orr_speculation, draft_model), .flags = ORR_FIELD_REFERENCE | ORR_FIELD_SEARCHABLE,
     .doc = "the smaller model (method draft): stored as published, cut over the same tensor ranks"},
    {.name = "mtp_layers", .kind = ORR_FIELD_INT, .offset = offsetof(orr_speculation, mtp_layers), .max = ORR_MAX_DRAFTS, .default_text = "0", .doc = "MTP layers (method mtp); 0: those the model ships"},
    {.name = "lookup", .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_NS, .offset = offsetof(orr_speculation, lookup_ns), .max = 1e9, .default_text = "20 us",
     .doc = "host time of looking up drafts, which a running request adds to a step (method ngram); assumed"},
};
const orr_table orr_speculation_table = {"speculation", "speculative decoding: who drafts, how many, and how often drafts are accepted", ORR_FIELDS(speculation_fields)};

const char *orr_speculation_name(orr_speculation_method method) { return method_names[method]; }

double orr_speculation_mean_tokens(const orr_speculation *s)
{
    double mean = 1, reach = 1;
    for (int64_t i = 0; i < orr_speculation_drafts(s); i++) mean += reach *= orr_speculation_rate(s, i);
    return mean;
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
