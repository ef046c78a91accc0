#include "spec/residual_set.h"

#include <math.h>
#include <string.h>
#include "base/number.h"

static const char *const family_names[ORR_KERNEL_FAMILY_COUNT_] = {"gemm", "prefill_attention", "decode_attention", "prefill_mla", "decode_mla", "absorbed", "mla_module", "moe", "collective", "dispatch", "state_scan", "state_update"};

const char *orr_kernel_family_name(orr_kernel_family family) { return family_names[family]; }

/* Far beyond what a fit writes, and near enough for every sum to stay finite. */
enum { MAX_CENTERS = 4096, MOST = 1000000000 };

/* A number within bounds; false is reported at its place. */
static bool number_of(const orr_node *map, const char *key, double low, double high, double *value, orr_diags *diags)
{
    const orr_node *node = orr_tree_get(map, key);
    if (node != NULL && orr_node_as_double(node, value) && *value >= low && *value <= high) return true;
    orr_diag_error(diags, node != NULL ? node->place : map->place, "a residual needs a number \"%s\" from %g to %g", key, low, high);
    return false;
}

static bool count_of(const orr_node *map, const char *key, double low, double high, size_t *count, orr_diags *diags)
{
    double value = 0;
    if (!number_of(map, key, low, high, &value, diags)) return false;
    *count = (size_t)value;
    if (!((double)*count < value)) return true;
    orr_diag_error(diags, orr_tree_get(map, key)->place, "\"%s\" of a residual is a whole number", key);
    return false;
}

/* Numbers parted by spaces; false (reported) unless there are as many as wanted, of at most MOST each. */
static bool numbers_of(const orr_node *map, const char *key, size_t wanted, double *out, orr_diags *diags)
{
    const orr_node *node = orr_tree_get(map, key);
    const char *text = node != NULL && node->scalar != NULL ? node->scalar : "";
    size_t count = 0;
    for (size_t length; count < wanted && (length = orr_number_length(text)) > 0; count++) {
        if (!orr_number_read(text, length, 0, &out[count]) || fabs(out[count]) > MOST) break;
        text += length;
        if (*text != ' ' && *text != '\0') break;
        text += strspn(text, " ");
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

/* Spreads, weights and centres: dims and count are known. */
static bool read_lists(const orr_node *map, orr_residual *residual, orr_arena *arena, orr_diags *diags)
{
    const size_t places_count = residual->count * residual->dims;
    double *weights = ORR_NEW_ARRAY(arena, double, residual->count + 1), *places = ORR_NEW_ARRAY(arena, double, places_count + 1);
    float *centers = ORR_NEW_ARRAY(arena, float, places_count + 1);
    if (!numbers_of(map, "spread", residual->dims, residual->inverse_spread, diags) || !numbers_of(map, "weights", residual->count, weights, diags) || !numbers_of(map, "centers", places_count, places, diags)) return false;
    for (size_t d = 0; d < residual->dims; d++) {
        if (!(residual->inverse_spread[d] >= 1e-3)) { orr_diag_error(diags, orr_tree_get(map, "spread")->place, "\"spread\" of a residual is above 0: of a size that does not vary it is 1"); return false; }
        residual->inverse_spread[d] = 1 / residual->inverse_spread[d];
    }
    for (size_t i = 0; i < places_count; i++) centers[i] = (float)(places[i] / 100);                /* written in hundredths */
    for (size_t i = 0; i < residual->count; i++) weights[i] /= 1000;                                /* in thousandths */
    residual->centers = centers;
    residual->weights = weights;
    return true;
}

static bool read_residual(const orr_node *map, orr_residual *residual, orr_arena *arena, orr_diags *diags)
{
    const orr_node *family = orr_tree_get(map, "family"), *kind = orr_tree_get(map, "kind");
    if (family == NULL || !family_from_name(family->scalar, &residual->family) || kind == NULL || kind->scalar == NULL) {
        orr_diag_error(diags, family != NULL ? family->place : map->place, "a residual needs the family and kind of its kernels");
        return false;
    }
    double width = 0;
    const struct { const char *key; double low, high, *value; } numbers[] = {
        {"width", 1e-3, MOST, &width}, {"bias", -20, 20, &residual->bias}, {"least", 1e-6, 1, &residual->least}, {"most", 1, 1e6, &residual->most},
        {"error_half", 0, 20, &residual->error_half}, {"error_ninety", 0, 20, &residual->error_ninety}, {"host_floor_ns", 0, MOST, &residual->host_floor_ns},
    };
    bool good = count_of(map, "dims", 1, ORR_KERNEL_DIMS, &residual->dims, diags);
    good = count_of(map, "count", 0, MAX_CENTERS, &residual->count, diags) && good;         /* all errors are told in one pass */
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) good = number_of(map, numbers[i].key, numbers[i].low, numbers[i].high, numbers[i].value, diags) && good;
    residual->kind = kind->scalar;
    residual->inverse_width = good ? 1 / width : 0;
    return good && read_lists(map, residual, arena, diags);
}

orr_residuals *orr_residuals_read(const orr_node *tree, orr_arena *arena, orr_diags *diags)
{
    const orr_node *chip = orr_tree_get(tree, "chip"), *engine = orr_tree_get(tree, "engine"), *list = orr_tree_get(tree, "residuals");
    if (chip == NULL || chip->scalar == NULL || engine == NULL || engine->scalar == NULL || list == NULL || list->kind != ORR_NODE_LIST) {
        orr_diag_error(diags, tree->place, "a file of residuals needs its chip, its engine and a list of residuals");
        return NULL;
    }
    orr_residuals *set = ORR_NEW(arena, orr_residuals);
    orr_residual *items = ORR_NEW_ARRAY(arena, orr_residual, list->child_count + 1);
    *set = (orr_residuals){chip->scalar, engine->scalar, items, 0};
    bool good = true;
    for (const orr_node *node = list->first; node != NULL; node = node->next) good = read_residual(node, &items[set->count++], arena, diags) && good;
    return good ? set : NULL;
}
