/* Speculative decoding: K drafts a step for each decoding request, verified by the model in one pass. How often they are accepted is an input, what they cost is computed.
 *
 * acceptance[j] is the chance that the draft at position j is accepted, all before it being accepted, so a step gives 1 + a1 + a1 a2 + ... tokens in the mean. */
#ifndef ORR_SPEC_SPECULATION_H
#define ORR_SPEC_SPECULATION_H

#include <stdbool.h>
#include <stdint.h>
#include "spec/model.h"
#include "spec/rates.h"

typedef enum {
    ORR_SPECULATION_NONE,
    ORR_SPECULATION_MTP,            /* the model's multi-token-prediction layers draft */
    ORR_SPECULATION_DRAFT,          /* a smaller model of the same vocabulary drafts */
    ORR_SPECULATION_NGRAM           /* drafts are looked up in the request's own text, by the host */
} orr_speculation_method;

enum { ORR_MAX_DRAFTS = 16 };

typedef struct orr_speculation {
    orr_speculation_method method;
    int64_t tokens;                 /* K; read it through orr_speculation_drafts */
    orr_rates acceptance;
    int64_t mtp_layers;             /* 0: those the model ships */
    orr_model draft_model;          /* DRAFT; name NULL: none given */
    orr_dtype draft_weight_dtype, draft_compute_dtype;      /* resolved: as published */
    double lookup_ns;               /* NGRAM: host time a running request adds to a step */
} orr_speculation;

/* K; 0 without speculation. */
static inline int64_t orr_speculation_drafts(const orr_speculation *s) { return s->method == ORR_SPECULATION_NONE ? 0 : s->tokens; }
/* Slots that a decode reserves beyond the one it needs, as vLLM does: its K drafts are verified there, and a drafting model writes the next K behind them. */
static inline int64_t orr_speculation_lookahead(const orr_speculation *s) { return orr_speculation_drafts(s) * (s->method == ORR_SPECULATION_NGRAM ? 1 : 2); }
static inline double orr_speculation_rate(const orr_speculation *s, int64_t position) { return s->acceptance.values[s->acceptance.same ? 0 : position]; }
/* Mean tokens a decoding request gains in a step; 1 without speculation. */
double orr_speculation_mean_tokens(const orr_speculation *s);
const char *orr_speculation_name(orr_speculation_method method);     /* "mtp" */
/* The MTP module as a model: one layer of the last group's shape, embedding and head being the model's own. */
orr_model orr_model_mtp(const orr_model *model);
/* MTP layers that are loaded, and drafted with in turn; 0: none. */
static inline int64_t orr_speculation_mtp_layers(const orr_speculation *s, const orr_model *model) { return s->mtp_layers > 0 ? s->mtp_layers : model->mtp_layers; }

#endif
