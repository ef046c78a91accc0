/* Speculative decoding: K drafts a step for each decoding request, verified by the model in one pass. How often they are accepted is an input, what they cost is computed.
 *
 * acceptance[j] is the chance that the draft at position j is accepted, all before it being accepted, so a step gives 1 + a1 + a1 a2 + ... tokens in the mean.
 * Or a recording tells how many drafts were accepted in each step (trace); the chances are then its shares.
 * How deep a step drafts may follow how many decode in it (depth); K is then the deepest. */
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
    ORR_SPECULATION_NGRAM,          /* drafts are looked up in the request's own text, by the host */
    ORR_SPECULATION_EAGLE           /* a layer over the model's hidden states drafts (perf/draft_eagle.c) */
} orr_speculation_method;

enum { ORR_MAX_DRAFTS = 16 };

/* Drafts of a step by the requests that decode in it (perf/depth.h). */
typedef enum { ORR_DEPTH_CONSTANT, ORR_DEPTH_BATCH, ORR_DEPTH_GOODPUT } orr_depth_policy;
typedef struct orr_depth {
    orr_depth_policy policy;
    orr_rates up_to, drafts;        /* BATCH: up to up_to[i] requests, drafts[i]; beyond the last, the one drafts more */
    double context_tokens;          /* GOODPUT: of a decoding request, where depths are weighed */
} orr_depth;

/* What was accepted in each drafting step of a recording; path NULL: none. */
typedef struct orr_acceptance_trace { const char *path; const uint8_t *accepted; int64_t count; double values[ORR_MAX_DRAFTS]; } orr_acceptance_trace;

typedef struct orr_eagle { int64_t features, vocab_size; } orr_eagle;      /* hidden states that are joined; 0: the model's own vocabulary and head */

typedef struct orr_speculation {
    orr_speculation_method method;
    int64_t tokens;                 /* K; read it through orr_speculation_drafts */
    orr_rates acceptance;
    int64_t mtp_layers;             /* 0: those the model ships */
    orr_model draft_model;          /* DRAFT; name NULL: none given */
    orr_dtype draft_weight_dtype, draft_compute_dtype;      /* resolved: as published */
    double lookup_ns;               /* NGRAM: host time a running request adds to a step */
    orr_eagle eagle;
    orr_acceptance_trace trace;     /* in place of acceptance; values: its chances by position */
    orr_depth depth;
} orr_speculation;

/* K; 0 without speculation. */
static inline int64_t orr_speculation_drafts(const orr_speculation *s) { return s->method == ORR_SPECULATION_NONE ? 0 : s->tokens; }
/* Slots that a decode reserves beyond the one it needs, as vLLM does: its K drafts are verified there, and a drafting model writes the next K behind them. */
static inline int64_t orr_speculation_lookahead(const orr_speculation *s) { return orr_speculation_drafts(s) * (s->method == ORR_SPECULATION_NGRAM ? 1 : 2); }
static inline double orr_speculation_rate(const orr_speculation *s, int64_t position) { return s->trace.path ? s->trace.values[position] : s->acceptance.values[s->acceptance.same ? 0 : position]; }
/* Mean tokens a decoding request gains in a step of K drafts, or of so many; 1 without speculation. */
double orr_speculation_mean_tokens(const orr_speculation *s);
double orr_speculation_mean_tokens_of(const orr_speculation *s, int64_t drafts);
const char *orr_speculation_name(orr_speculation_method method);     /* "mtp" */
const char *orr_depth_name(orr_depth_policy policy);                 /* "goodput" */
/* The MTP module as a model: one layer of the last group's shape, embedding and head being the model's own. */
orr_model orr_model_mtp(const orr_model *model);
/* EAGLE's head as a model: one dense layer with the attention of the model's last layer that has any. */
orr_model orr_model_eagle(const orr_model *model, const orr_eagle *eagle);
/* Drafts that policy BATCH gives to so many requests. */
int64_t orr_depth_of_batch(const orr_depth *depth, int64_t requests);
/* MTP layers that are loaded, and drafted with in turn; 0: none. */
static inline int64_t orr_speculation_mtp_layers(const orr_speculation *s, const orr_model *model) { return s->mtp_layers > 0 ? s->mtp_layers : model->mtp_layers; }

#endif
