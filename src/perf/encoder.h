/* A vision encoder on one machine: see encoder.c. */
#ifndef ORR_PERF_ENCODER_H
#define ORR_PERF_ENCODER_H

#include "perf/attention.h"
#include "perf/collective.h"
#include "perf/elementwise.h"
#include "perf/gemm.h"

typedef struct orr_encoder {
    const orr_machine *machine;
    double ranks;                       /* chips that hold it and share the images of a step */
    double layers, patches, stretches, windows, tokens;     /* of an image */
    double embedding_bytes;             /* of an image, in 16 bit */
    double weight_bytes;                /* of a chip */
    double patch_activation_bytes;      /* of a patch, at the peak, before the engine's factor */
    orr_gemm embed, qkv, out, up, down, projector[ORR_MAX_PROJECTOR];
    int projector_count;
    orr_elementwise norm, activation;
    orr_chunk_operator attention, window_attention;     /* window_attention.layers 0: none */
    orr_collective gather;
} orr_encoder;

/* The encoder of the study's model for its images, on `ranks` chips of the machine, which outlives it; in `dtype` (16 bit). NULL: no images come. */
orr_encoder *orr_encoder_prepare(const orr_study *study, const orr_machine *machine, int64_t ranks, orr_dtype dtype, orr_arena *arena);
/* So many images together, none of them cut. */
void orr_encoder_emit(const orr_encoder *encoder, int64_t images, orr_sink *sink);
/* A chip's peak while it encodes so many. */
double orr_encoder_activation_bytes(const orr_encoder *encoder, int64_t images, double factor);

#endif
