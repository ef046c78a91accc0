/* Attention and feed-forward networks of one replica on devices of their own: what a study says of the latter, and of the link between. */
#ifndef ORR_SPEC_ATTENTION_FFN_H
#define ORR_SPEC_ATTENTION_FFN_H

#include <stdint.h>
#include "spec/chip.h"

typedef struct orr_ffn_link { double bytes_per_s, latency_ns; } orr_ffn_link;      /* 0: the fabric's, or the scale-up link's where one node holds all */

typedef struct orr_attention_ffn {
    int64_t ffn_devices;                    /* of a replica, beside tensor x data devices that hold attention; 0: attention and FFN share devices */
    int64_t ffn_tensor_parallel_size;       /* of them that cut dense FFNs and shared experts; 0: one where experts are spread, else all */
    int64_t micro_batches;
    orr_hardware hardware;                  /* of the FFN devices; chip_count 0: the engine's own */
    orr_ffn_link link;
} orr_attention_ffn;

static inline bool orr_ffn_has_hardware(const orr_attention_ffn *apart) { return apart->ffn_devices > 0 && apart->hardware.chip_count > 0; }

#endif
