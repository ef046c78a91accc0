/* Measured kernels as comparisons: what a row is called, how sure the model is of it, and why it says what it says.
 *
 * Interval: 90 % of a family's kernels keep |log(measured / predicted)| <= e, e the family's error.* coefficient; with residuals that of the rows left out of their fit, as near as the row is to measured
 * ones (perf/correction.h). There is no 50 % interval of kernels. */
#include "trust/validation.h"

#include <math.h>
#include "base/math.h"
#include "perf/correction.h"

static double log_error(const orr_coefficients *coefficients, const orr_kernel_sample *sample, bool calibrated)
{
    const double family = orr_family_log_error(coefficients, sample->row->kernel.family);
    if (!calibrated) return family;
    char kind[ORR_KERNEL_KIND_BYTES];
    orr_kernel_kind(&sample->row->kernel, kind);
    const orr_residual *residual = orr_residual_of(orr_residuals_find(sample->table->chip, sample->table->engine), sample->row->kernel.family, kind);
    if (residual == NULL) return family;
    const orr_kernel_shape shape = orr_kernel_shape_of(&sample->row->kernel);
    double nearness = 0;
    orr_residual_factor(residual, &shape, &nearness);
    return nearness * residual->error_ninety + (1 - nearness) * orr_max(family, residual->error_ninety);
}

void orr_validation_add_kernel(orr_validation *validation, const orr_kernel_sample *sample, bool power, bool calibrated, double predicted, double measured)
{
    const double scale = power ? 1 : 1e-3, error = power ? validation->coefficients->error_power : log_error(validation->coefficients, sample, calibrated);
    orr_validation_add(validation, &(orr_comparison){
        .set = ORR_SET_KERNELS, .quantity = power ? "power" : "latency", .unit = power ? "W" : "us", .family = orr_kernel_family_name(sample->row->kernel.family), .load = "", .chip = sample->table->chip,
        .engine = sample->table->engine, .model = "", .kind = sample->row->kind, .band = "", .name = "", .predicted = predicted * scale, .measured = measured * scale, .low_half = NAN, .high_half = NAN,
        .low_ninety = orr_exp(-error), .high_ninety = orr_exp(error), .sample = sample});
}

void orr_validation_kernels_unread(orr_validation *validation, const orr_kernel_tables *tables)
{
    orr_arena *arena = orr_arena_create();
    for (size_t i = 0; i < tables->count; i++)
        orr_validation_set_aside(validation, ORR_SET_KERNELS, orr_arena_printf(arena, "%s: the model has no form for it, or its time is no positive number", tables->items[i].operator_), "rows", tables->items[i].unread);
    for (size_t i = 0; i < tables->unknown_count; i++)
        orr_validation_set_aside(validation, ORR_SET_KERNELS, orr_arena_printf(arena, "%s: an operator that is not read", tables->unknown[i]), "tables", 1);
    orr_arena_destroy(arena);
}

/* --- words --- */

const char *orr_comparison_label(const orr_comparison *row, orr_arena *arena)
{
    if (row->label != NULL || row->sample == NULL) return row->label;
    const orr_kernel_sample *sample = row->sample;
    const orr_kernel *k = &sample->row->kernel;
    const orr_mixer *mixer = &k->mixer;
    const char *kind = sample->row->kind, *shape;
    switch (k->family) {
    case ORR_KERNEL_GEMM: shape = orr_arena_printf(arena, "m %.0f, n %.0f, k %.0f", k->m, k->n, k->k); break;
    case ORR_KERNEL_MOE:
        shape = orr_arena_printf(arena, "%.0f tokens to %lld of %lld experts of %lld x %.0f, TP%.0f EP%.0f, skew %g", k->tokens, (long long)k->ffn.experts_per_token, (long long)k->ffn.experts,
                                 (long long)k->ffn.expert_intermediate, k->width, k->tensor_ranks, k->expert_ranks, k->routing_alpha);
        break;
    case ORR_KERNEL_COLLECTIVE: shape = orr_arena_printf(arena, "%.0f bytes over %.0f", k->bytes, k->ranks); break;
    case ORR_KERNEL_DISPATCH:
        shape = orr_arena_printf(arena, "%.0f tokens to %.0f of %.0f experts over %lld chips, %.0f cores", k->tokens, k->dispatch.per_token, k->dispatch.experts, (long long)k->dispatch.ranks, k->dispatch.cores);
        break;
    case ORR_KERNEL_STATE_SCAN: case ORR_KERNEL_STATE_UPDATE:
        shape = orr_arena_printf(arena, "%.0f x %.0f tokens, %lld of %lld heads", k->requests, k->new_tokens, (long long)mixer->state_key_heads, (long long)mixer->state_value_heads);
        break;
    default: {
        const char *heads = mixer->kind == ORR_MIXER_GQA ? orr_arena_printf(arena, "%lld/%lld heads of %lld", (long long)mixer->heads, (long long)mixer->kv_heads, (long long)mixer->head_dim)
                                                         : orr_arena_printf(arena, "%lld heads", (long long)mixer->heads);
        const char *window = mixer->window_tokens > 0 ? orr_arena_printf(arena, ", window %lld", (long long)mixer->window_tokens) : "";
        shape = orr_arena_printf(arena, "%.0f x %.0f new after %.0f, %s%s", k->requests, k->new_tokens, k->context_tokens, heads, window);
    }
    }
    return orr_arena_printf(arena, "%s, %s; %s %s", shape, kind, sample->table->engine, sample->table->version);
}

static const char *time_words(double ns, orr_arena *arena)
{
    return ns < 1e3 ? orr_arena_printf(arena, "%.0f ns", ns) : ns < 1e6 ? orr_arena_printf(arena, "%.3g us", ns * 1e-3) : orr_arena_printf(arena, "%.4g ms", ns * 1e-6);
}

static const char *times_words(double times, orr_arena *arena) { return orr_arena_printf(arena, times < 100 ? "%.2g" : "%.0f", times); }

static const char *kernel_why(const orr_comparison *row, const orr_coefficients *coefficients, orr_arena *arena)
{
    orr_coefficients with = *coefficients;
    orr_coefficients_overlay(row->sample->table->engine, &with);
    const orr_machine machine = orr_kernel_machine(row->sample->table->hardware, &with);
    orr_cost cost;
    if (!orr_kernel_cost(&machine, &row->sample->row->kernel, arena, &cost)) return NULL;
    const struct { const char *name; double ns; } limits[] = {{"arithmetic", cost.compute_limit_ns}, {"memory", cost.memory_limit_ns}, {"links", cost.link_limit_ns}};
    size_t most = 0;
    for (size_t i = 1; i < 3; i++) if (limits[i].ns > limits[most].ns) most = i;
    const double limit_ns = limits[most].ns;
    if (orr_text_equal(row->quantity, "power"))
        return orr_arena_printf(arena, "Idle takes %.0f W; above it the model says %.3g mJ in %s, of which the peak rate of %s alone would take %s.", machine.idle_w, cost.energy_j * 1e3, time_words(cost.time_ns, arena), limits[most].name,
                                time_words(limit_ns, arena));
    if (!(limit_ns > 0)) return "It moves and computes nothing that the model counts: latencies alone.";
    const double measured = row->measured * 1e3 / limit_ns, predicted = row->predicted * 1e3 / limit_ns;
    const char *end = measured < 0.95                       ? " It was faster than the work that the model counts allows: it does less, or reads from a cache."
                      : predicted > 10                      ? " The prediction is far from any limit of the chip: latencies, or poor use of it at this shape."
                      : measured > 10 && predicted < 5      ? " The measured kernel was far from any limit of the chip: latencies, or a poor choice for this shape."
                                                            : "";
    return orr_arena_printf(arena, "At its peak the chip would take %s (%s): measured is %s times that, predicted %s times.%s", time_words(limit_ns, arena), limits[most].name, times_words(measured, arena),
                             times_words(predicted, arena), end);
}

const char *orr_comparison_why(const orr_validation *validation, const orr_comparison *row, orr_arena *arena)
{
    if (row->why != NULL || row->sample == NULL || validation->coefficients == NULL) return row->why;
    return kernel_why(row, validation->coefficients, arena);
}
