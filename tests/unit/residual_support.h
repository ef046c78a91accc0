/* Residual sets for tests: one residual for every kind of kernel that a system can have, drawn at random or of factor 1 everywhere. */
#ifndef ORR_TESTS_RESIDUAL_SUPPORT_H
#define ORR_TESTS_RESIDUAL_SUPPORT_H

#include <string.h>

#include "base/rng.h"
#include "perf/kernel.h"
#include "perf/residual.h"

typedef enum { RESIDUALS_DRAWN, RESIDUALS_OF_FACTOR_1 } residuals_kind;

enum { SUPPORT_CENTERS = 12, SUPPORT_RESIDUALS = 4096 };

/* Centres anywhere among shapes of 1 to 65,536, wide enough that many shapes are near one. */
static inline orr_residual drawn_residual(const orr_kernel *kernel, residuals_kind how, orr_rng *rng, orr_arena *arena)
{
    char kind[ORR_KERNEL_KIND_BYTES];
    orr_kernel_kind(kernel, kind);
    orr_residual r = {.family = kernel->family, .kind = orr_arena_strdup(arena, kind), .dims = (size_t)orr_kernel_shape_of(kernel).dims, .count = 1 + orr_rng_below(rng, SUPPORT_CENTERS), .least = 1, .most = 1};
    float *centers = ORR_NEW_ARRAY(arena, float, r.count * r.dims);
    double *weights = ORR_NEW_ARRAY(arena, double, r.count);
    for (size_t d = 0; d < r.dims; d++) r.inverse_spread[d] = 1 / (0.5 + 3 * orr_rng_uniform(rng));
    for (size_t i = 0; i < r.count; i++)
        for (size_t d = 0; d < r.dims; d++) centers[i * r.dims + d] = (float)(16 * orr_rng_uniform(rng) * r.inverse_spread[d]);
    r.inverse_width = 1 / (3 + 9 * orr_rng_uniform(rng));
    r.error_half = 0.02 + 0.03 * orr_rng_uniform(rng);
    r.error_ninety = 3 * r.error_half;
    if (how == RESIDUALS_DRAWN) {
        for (size_t i = 0; i < r.count; i++) weights[i] = 1.5 * orr_rng_uniform(rng) - 0.75;
        r.bias = 0.6 * orr_rng_uniform(rng) - 0.3;
        r.least = orr_exp(-0.5 * orr_rng_uniform(rng));
        r.most = orr_exp(0.7 * orr_rng_uniform(rng));
    }
    r.centers = centers;
    r.weights = weights;
    return r;
}

static inline orr_residuals *drawn_residuals(residuals_kind how, orr_rng *rng, orr_arena *arena)
{
    orr_residuals *set = ORR_NEW(arena, orr_residuals);
    orr_residual *items = ORR_NEW_ARRAY(arena, orr_residual, SUPPORT_RESIDUALS);
    *set = (orr_residuals){"h100", "test", items, 0};
    static const orr_mixer_kind mixers[] = {ORR_MIXER_GQA, ORR_MIXER_MLA, ORR_MIXER_GDN, ORR_MIXER_MAMBA2};
    for (int family = 0; family < ORR_KERNEL_FAMILY_COUNT_; family++)
        for (int variant = 0; variant < 8 * ORR_DTYPE_COUNT_ * ORR_DTYPE_COUNT_; variant++) {
            const int weight = variant / 8 % ORR_DTYPE_COUNT_, compute = variant / 8 / ORR_DTYPE_COUNT_, form = variant % 8;
            orr_kernel kernel = {.family = (orr_kernel_family)family, .weight_dtype = (orr_dtype)weight, .compute_dtype = (orr_dtype)compute, .kv_dtype = (orr_dtype)weight};
            kernel.ffn.gated = form & 1;
            kernel.collective = (orr_collective_kind)(form % ORR_COLLECTIVE_COUNT_);
            const bool latent = family == ORR_KERNEL_PREFILL_MLA || family == ORR_KERNEL_DECODE_MLA, state = family == ORR_KERNEL_STATE_SCAN || family == ORR_KERNEL_STATE_UPDATE;
            kernel.mixer.kind = mixers[latent ? 1 : state ? 2 + (form & 1) : 0];
            kernel.mixer.window_tokens = form & 1 ? 1024 : 0;
            kernel.scan = form & 2 ? ORR_SCAN_SEPARATE : ORR_SCAN_FUSED;
            kernel.dispatch = (orr_dispatch_shape){.combines = form & 1, .mode = form & 2 ? ORR_DISPATCH_LOW_LATENCY : ORR_DISPATCH_NORMAL};
            char kind[ORR_KERNEL_KIND_BYTES];
            orr_kernel_kind(&kernel, kind);
            if (orr_residual_of(set, kernel.family, kind) != NULL || set->count == SUPPORT_RESIDUALS) continue;
            items[set->count++] = drawn_residual(&kernel, how, rng, arena);
        }
    return set;
}

#endif
