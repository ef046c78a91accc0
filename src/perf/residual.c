#include "perf/residual.h"

#include <math.h>
#include <string.h>
#include "base/embedded.h"
#include "base/keep.h"
#include "base/panic.h"

/* --- evaluation --- */

static double fade_of(double nearest)
{
    const double t = orr_min(orr_max((nearest - 0.05) / 0.35, 0), 1);
    return t * t * (3 - 2 * t);
}

double orr_residual_factor(const orr_residual *residual, const orr_kernel_shape *shape, double *nearness)
{
    if (nearness != NULL) *nearness = 0;
    if (residual == NULL || (size_t)shape->dims != residual->dims) return 1;
    double x[ORR_KERNEL_DIMS], sum = residual->bias, nearest = 0;
    const size_t dims = residual->dims;
    for (size_t d = 0; d < dims; d++) x[d] = shape->logs[d] * residual->inverse_spread[d];
    const float *center = residual->centers;
    for (size_t j = 0; j < residual->count; j++, center += dims) {
        double square = 0;
        for (size_t d = 0; d < dims; d++) { const double gap = x[d] - (double)center[d]; square += gap * gap; }
        const double phi = orr_wendland(sqrt(square) * residual->inverse_width);
        if (!(phi > 0)) continue;
        sum += residual->weights[j] * phi;
        if (phi > nearest) nearest = phi;
    }
    const double fade = fade_of(nearest);
    if (nearness != NULL) *nearness = fade;
    return orr_min(orr_max(orr_exp(sum * fade), residual->least), residual->most);
}

orr_residual_slice orr_residual_slice_of(const orr_residual *residual, size_t leading, const double *tail_logs, orr_arena *arena)
{
    const size_t dims = residual->dims;
    const double reach = 1 / residual->inverse_width;
    float *centers = ORR_NEW_ARRAY(arena, float, residual->count * leading + 1);
    double *tail_squares = ORR_NEW_ARRAY(arena, double, residual->count + 1), *weights = ORR_NEW_ARRAY(arena, double, residual->count + 1);
    orr_residual_slice slice = {residual, leading, 0, centers, tail_squares, weights};
    for (size_t j = 0; j < residual->count; j++) {
        const float *center = &residual->centers[j * dims];
        double square = 0;
        for (size_t d = leading; d < dims; d++) { const double gap = tail_logs[d - leading] * residual->inverse_spread[d] - (double)center[d]; square += gap * gap; }
        if (square >= reach * reach) continue;
        for (size_t d = 0; d < leading; d++) centers[slice.count * leading + d] = center[d];
        tail_squares[slice.count] = square;
        weights[slice.count++] = residual->weights[j];
    }
    return slice;
}

double orr_residual_slice_factor(const orr_residual_slice *slice, const double *leading_logs)
{
    const orr_residual *residual = slice->residual;
    const double reach2 = 1 / (residual->inverse_width * residual->inverse_width);
    double x[ORR_KERNEL_DIMS], sum = residual->bias, nearest = 0;
    for (size_t d = 0; d < slice->leading; d++) x[d] = leading_logs[d] * residual->inverse_spread[d];
    const float *center = slice->centers;
    for (size_t j = 0; j < slice->count; j++, center += slice->leading) {
        double square = slice->tail_squares[j];
        for (size_t d = 0; d < slice->leading; d++) { const double gap = x[d] - (double)center[d]; square += gap * gap; }
        if (square >= reach2) continue;
        const double phi = orr_wendland(sqrt(square) * residual->inverse_width);
        sum += slice->weights[j] * phi;
        if (phi > nearest) nearest = phi;
    }
    return orr_min(orr_max(orr_exp(sum * fade_of(nearest)), residual->least), residual->most);
}

const orr_residual *orr_residual_of(const orr_residuals *set, orr_kernel_family family, const char *kind)
{
    for (size_t i = 0; set != NULL && i < set->count; i++)
        if (set->items[i].family == family && strcmp(set->items[i].kind, kind) == 0) return &set->items[i];
    return NULL;
}

/* --- the embedded sets --- */

enum { MAX_SETS = 64 };
static orr_keeping sets[MAX_SETS];

static const void *parse(orr_arena *arena, const void *context)
{
    const orr_embedded_file *file = context;
    orr_diags *diags = orr_diags_create();
    orr_source *source = ORR_NEW(arena, orr_source);
    *source = (orr_source){file->path, file->bytes, file->length_bytes};
    const orr_node *tree = orr_tree_parse(arena, source, diags);
    orr_residuals *set = tree != NULL ? orr_residuals_read(tree, arena, diags) : NULL;
    ORR_INVARIANT(set != NULL);
    orr_diags_destroy(diags);
    orr_residual *items = ORR_NEW_ARRAY(arena, orr_residual, set->count + 1);
    for (size_t i = 0; i < set->count; i++) {
        items[i] = set->items[i];
        items[i].grids = ORR_NEW(arena, _Atomic(struct orr_factor_grid *));
    }
    set->items = items;
    return set;
}

static const char folder[] = "data/residuals/";

/* The first embedded file that is not before the folder: they are sorted by path. */
static size_t folder_begin(void)
{
    size_t low = 0, high = orr_embedded_file_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(orr_embedded_files[middle].path, folder) < 0) low = middle + 1;
        else high = middle;
    }
    return low;
}

const orr_residuals *orr_residuals_find(const char *chip, const char *engine)
{
    const size_t chip_length = strlen(chip), engine_length = strlen(engine), begin = folder_begin();
    for (size_t i = begin; i < orr_embedded_file_count && orr_text_starts_with(orr_embedded_files[i].path, folder); i++) {
        const char *name = orr_embedded_files[i].path + sizeof folder - 1;
        const bool same = strncmp(name, chip, chip_length) == 0 && strncmp(name + chip_length, "--", 2) == 0 && strncmp(name + chip_length + 2, engine, engine_length) == 0
                       && strcmp(name + chip_length + 2 + engine_length, ".yaml") == 0;
        ORR_INVARIANT(i - begin < MAX_SETS);
        if (same) return orr_keep(&sets[i - begin], parse, &orr_embedded_files[i]);
    }
    return NULL;
}
