/* Depth by thresholds of the batch:  k(n) = drafts[i] for the first i with n <= up_to[i], the last of drafts beyond all.
 *
 * Source: vLLM's `speculative_disable_by_batch_size` is {up_to: [N], drafts: [K, 0]}; tables of several depths are those of its and SGLang's adaptive speculation. n counts the decoding requests of a step. */
#include "perf/depth.h"

void orr_depth_fill_batch(const orr_speculation *speculation, orr_depths *depths)
{
    for (int64_t n = 0; n <= depths->most; n++) depths->of_batch[n] = (uint8_t)orr_depth_of_batch(&speculation->depth, n);
}
