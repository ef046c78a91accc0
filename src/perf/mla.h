/* Latent attention: what stands around it in a layer, and its absorbed products. The attention itself is compiled by orr_mla_compile (attention.h). */
#ifndef ORR_PERF_MLA_H
#define ORR_PERF_MLA_H

#include "perf/attention.h"

typedef enum {
    ORR_MLA_LINEAR,             /* a product in the linear layers' dtype */
    ORR_MLA_OTHER,              /* in that of what is not quantised */
    ORR_MLA_ELEMENTWISE
} orr_mla_part_kind;

typedef struct orr_mla_part {
    orr_mla_part_kind kind;
    bool prompts_only;          /* over the tokens of prompts: decoding absorbs it */
    const char *name;
    int64_t n, k;               /* products */
    double row_bytes, kernels;  /* ELEMENTWISE */
} orr_mla_part;

enum { ORR_MAX_MLA_PARTS = 10 };
/* Of one rank of `tensor`, in the order of a layer; how many. */
int orr_mla_parts(const orr_mixer *mixer, int64_t tensor, int64_t hidden, orr_mla_part parts[ORR_MAX_MLA_PARTS]);

/* Appends the absorbed products of decoding (mla_absorbed.c): in 16 bit, or with block scales. */
void orr_mla_compile_absorbed(const orr_machine *machine, const orr_mixer *mixer, const orr_rank_shape *shape, bool block, orr_attention *attention);

#endif
