#include "perf/residual.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>
#include "base/embedded.h"
#include "base/number.h"
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
        const double r = sqrt(square) * residual->inverse_width;
        if (r >= 1) continue;
        const double near = 1 - r, near2 = near * near, phi = near2 * near2 * (4 * r + 1);
        sum += residual->weights[j] * phi;
        if (phi > nearest) nearest = phi;
    }
    const double fade = fade_of(nearest);
    if (nearness != NULL) *nearness = fade;
    return orr_min(orr_max(orr_exp(sum * fade), residual->least), residual->most);
}

const orr_residual *orr_residual_of(const orr_residuals *set, orr_kernel_family family, const char *kind)
{
    for (size_t i = 0; set != NULL && i < set->count; i++)
        if (set->items[i].family == family && strcmp(set->items[i].kind, kind) == 0) return &set->items[i];
    return NULL;
}

/* --- reading --- */

static double number_of(const orr_node *map, const char *key, orr_diags *diags)
{
    double value = NAN;
    const orr_node *node = orr_tree_get(map, key);
    if (node == NULL || !orr_node_as_double(node, &value)) orr_diag_error(diags, map->place, "a residual needs a number \"%s\"", key);
    return value;
}

/* Numbers parted by spaces; false (reported) unless there are as many as wanted. */
static bool numbers_of(const orr_node *map, const char *key, size_t wanted, double *out, orr_diags *diags)
{
    const orr_node *node = orr_tree_get(map, key);
    const char *text = node != NULL && node->scalar != NULL ? node->scalar : "";
    size_t count = 0;
    for (size_t length; (length = orr_number_length(text)) > 0; text += length, text += strspn(text, " ")) {
        if (count == wanted || !orr_number_read(text, length, 0, &out[count])) break;
        count++;
    }
    if (count == wanted && *text == '\0') return true;
    orr_diag_error(diags, node != NULL ? node->place : map->place, "\"%s\" of a residual needs %zu numbers parted by spaces", key, wanted);
    return false;
}

static bool family_from_name(const char *name, orr_kernel_family *family)
{
    for (int i = 0; name != NULL && i < ORR_KERNEL_FAMILY_COUNT_; i++)
        if (strcmp(orr_kernel_family_name((orr_kernel_family)i), name) == 0) { *family = (orr_kernel_family)i; return true; }
    return false;
}

enum { MAX_CENTERS = 4096 };

static bool read_residual(const orr_node *map, orr_residual *residual, orr_arena *arena, orr_diags *diags)
{
    const orr_node *family = orr_tree_get(map, "family"), *kind = orr_tree_get(map, "kind");
    if (family == NULL || !family_from_name(family->scalar, &residual->family) || kind == NULL || kind->scalar == NULL) {
        orr_diag_error(diags, map->place, "a residual needs the family and kind of its kernels");
        return false;
    }
    const double dims = number_of(map, "dims", diags), count = number_of(map, "count", diags), width = number_of(map, "width", diags);
    residual->kind = kind->scalar;
    residual->bias = number_of(map, "bias", diags);
    residual->least = number_of(map, "least", diags);
    residual->most = number_of(map, "most", diags);
    residual->error_half = number_of(map, "error_half", diags);
    residual->error_ninety = number_of(map, "error_ninety", diags);
    residual->host_floor_ns = number_of(map, "host_floor_ns", diags);
    if (orr_diags_error_count(diags) > 0 || dims < 1 || dims > ORR_KERNEL_DIMS || count < 0 || count > MAX_CENTERS || width <= 0) return false;
    residual->dims = (size_t)dims;
    residual->count = (size_t)count;
    residual->inverse_width = 1 / width;
    double *weights = ORR_NEW_ARRAY(arena, double, residual->count + 1), *places = ORR_NEW_ARRAY(arena, double, residual->count * residual->dims + 1);
    float *centers = ORR_NEW_ARRAY(arena, float, residual->count * residual->dims + 1);
    if (!numbers_of(map, "spread", residual->dims, residual->inverse_spread, diags) || !numbers_of(map, "weights", residual->count, weights, diags) || !numbers_of(map, "centers", residual->count * residual->dims, places, diags)) return false;
    for (size_t d = 0; d < residual->dims; d++) residual->inverse_spread[d] = 1 / residual->inverse_spread[d];
    for (size_t i = 0; i < residual->count * residual->dims; i++) centers[i] = (float)(places[i] / 100);     /* written in hundredths */
    residual->centers = centers;
    for (size_t i = 0; i < residual->count; i++) weights[i] /= 1000;                                        /* in thousandths */
    residual->weights = weights;
    return true;
}

orr_residuals *orr_residuals_read(const orr_node *tree, orr_arena *arena, orr_diags *diags)
{
    const orr_node *chip = orr_tree_get(tree, "chip"), *engine = orr_tree_get(tree, "engine"), *version = orr_tree_get(tree, "version"), *list = orr_tree_get(tree, "residuals");
    if (chip == NULL || engine == NULL || list == NULL || list->kind != ORR_NODE_LIST) {
        orr_diag_error(diags, tree->place, "a file of residuals needs its chip, its engine and a list of residuals");
        return NULL;
    }
    orr_residuals *set = ORR_NEW(arena, orr_residuals);
    orr_residual *items = ORR_NEW_ARRAY(arena, orr_residual, list->child_count + 1);
    *set = (orr_residuals){chip->scalar, engine->scalar, version != NULL ? version->scalar : "", items, 0};
    for (const orr_node *node = list->first; node != NULL; node = node->next)
        if (!read_residual(node, &items[set->count++], arena, diags)) return NULL;
    return set;
}

/* --- the embedded sets --- */

/* A set and the arena it lives in, published together, for as long as the process. */
typedef struct kept_set { orr_arena *arena; const orr_residuals *set; } kept_set;

enum { MAX_SETS = 64 };
static _Atomic(const kept_set *) published[MAX_SETS];

static const kept_set *parse(const orr_embedded_file *file)
{
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_source *source = ORR_NEW(arena, orr_source);
    *source = (orr_source){file->path, file->bytes, file->length_bytes};
    const orr_node *tree = orr_tree_parse(arena, source, diags);
    const orr_residuals *set = tree != NULL ? orr_residuals_read(tree, arena, diags) : NULL;
    ORR_INVARIANT(set != NULL);
    orr_diags_destroy(diags);
    kept_set *kept = ORR_NEW(arena, kept_set);
    *kept = (kept_set){arena, set};
    return kept;
}

static const orr_residuals *set_of(const orr_embedded_file *file, size_t slot)
{
    ORR_INVARIANT(slot < MAX_SETS);
    const kept_set *kept = atomic_load_explicit(&published[slot], memory_order_acquire);
    if (kept != NULL) return kept->set;
    const kept_set *fresh = parse(file);
    if (atomic_compare_exchange_strong(&published[slot], &kept, fresh)) return fresh->set;
    orr_arena_destroy(fresh->arena);            /* another thread was first: its set holds the same */
    return kept->set;
}

const orr_residuals *orr_residuals_find(const char *chip, const char *engine)
{
    static const char folder[] = "data/residuals/";
    const size_t chip_length = strlen(chip), engine_length = strlen(engine);
    for (size_t i = 0, slot = 0; i < orr_embedded_file_count; i++) {
        if (!orr_text_starts_with(orr_embedded_files[i].path, folder)) continue;
        const char *name = orr_embedded_files[i].path + sizeof folder - 1;
        const bool same = strncmp(name, chip, chip_length) == 0 && strncmp(name + chip_length, "--", 2) == 0 && strncmp(name + chip_length + 2, engine, engine_length) == 0
                       && strcmp(name + chip_length + 2 + engine_length, ".yaml") == 0;
        if (same) return set_of(&orr_embedded_files[i], slot);
        slot++;
    }
    return NULL;
}
