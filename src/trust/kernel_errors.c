#include "trust/kernel_errors.h"

#include <math.h>
#include "base/math.h"

size_t orr_kernel_samples(const orr_kernel_tables *tables, orr_family_set families, size_t limit, orr_arena *arena, orr_kernel_sample **samples)
{
    size_t room = 1, count = 0;
    for (size_t i = 0; i < tables->count; i++) room += tables->items[i].row_count;
    *samples = ORR_NEW_ARRAY(arena, orr_kernel_sample, room);
    for (size_t i = 0; i < tables->count; i++) {
        const orr_kernel_table *table = &tables->items[i];
        const size_t stride = limit > 0 && table->row_count > limit ? (table->row_count + limit - 1) / limit : 1;
        for (size_t at = 0; at < table->row_count; at++) {
            if (at % stride != i % stride || !(families & ORR_FAMILY_BIT(table->rows[at].kernel.family))) continue;
            (*samples)[count++] = (orr_kernel_sample){table, &table->rows[at]};
        }
    }
    return count;
}

enum { BLOCK = 256 };      /* samples of a work item: small enough to balance, large enough that an arena a block costs nothing */

typedef struct prediction { const orr_kernel_sample *samples; size_t count; const orr_coefficients *coefficients; orr_prediction_mode mode; double *predicted_ns, *power_w; } prediction;

/* The model's time corrected, and the host's floor where the benchmark had one. */
static double calibrated_ns(const orr_kernel_sample *sample, double time_ns)
{
    char kind[ORR_KERNEL_KIND_BYTES];
    orr_kernel_kind(&sample->row->kernel, kind);
    const orr_residual *residual = orr_residual_of(orr_residuals_find(sample->table->chip, sample->table->engine), sample->row->kernel.family, kind);
    const orr_kernel_shape shape = orr_kernel_shape_of(&sample->row->kernel);
    return orr_max(time_ns * orr_residual_factor(residual, &shape, NULL), residual != NULL ? residual->host_floor_ns : 0);
}

static void predict_block(void *context, size_t item)
{
    const prediction *p = context;
    orr_arena *arena = orr_arena_create();
    const orr_kernel_table *table = NULL;
    orr_coefficients coefficients;
    orr_machine machine = {0};
    const size_t end = item * BLOCK + BLOCK < p->count ? item * BLOCK + BLOCK : p->count;
    for (size_t i = item * BLOCK; i < end; i++) {
        const orr_kernel_sample *sample = &p->samples[i];
        if (sample->table != table) {
            table = sample->table;
            coefficients = *p->coefficients;
            if (p->mode != ORR_PREDICT_GIVEN) orr_coefficients_overlay(table->engine, &coefficients);
            if (p->mode == ORR_PREDICT_DEVICE || p->mode == ORR_PREDICT_CALIBRATED) coefficients.gemm_block_host_ns = 0;
            machine = orr_kernel_machine(table->hardware, &coefficients);
        }
        orr_cost cost;
        const bool runs = orr_kernel_cost(&machine, &sample->row->kernel, arena, &cost);
        p->predicted_ns[i] = !runs ? NAN : p->mode == ORR_PREDICT_CALIBRATED ? calibrated_ns(sample, cost.time_ns) : cost.time_ns;
        if (p->power_w != NULL) p->power_w[i] = runs ? machine.idle_w + cost.energy_j / (p->predicted_ns[i] * 1e-9) : NAN;
    }
    orr_arena_destroy(arena);
}

void orr_kernel_predict(const orr_kernel_sample *samples, size_t count, const orr_coefficients *coefficients, orr_prediction_mode mode, orr_workers *workers, double *predicted_ns, double *power_w)
{
    prediction p = {samples, count, coefficients, mode, predicted_ns, power_w};
    orr_workers_run(workers, predict_block, &p, (count + BLOCK - 1) / BLOCK, NULL, NULL, NULL);
}

size_t orr_kernel_fold(const orr_kernel_sample *sample, size_t folds)
{
    uint64_t hash = sample->row->line * 0x9E3779B97F4A7C15u;
    hash ^= hash >> 32;
    hash *= 0xD6E8FEB86659FD93u;
    hash ^= hash >> 32;
    return (size_t)(hash % folds);
}
