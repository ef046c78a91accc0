/* Any bytes as a file of residuals: refused with a diagnostic, or a set whose factors are finite and within their bounds for every shape. */
#include <math.h>
#include <stdint.h>
#include "base/panic.h"
#include "perf/residual.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_factors(const orr_residual *r)
{
    static const double logs[] = {0, 1, 7.25, 16, 60};
    for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) {
        orr_kernel_shape shape = {.dims = (int)r->dims};
        double nearness = -1;
        for (size_t d = 0; d < r->dims; d++) shape.logs[d] = logs[(i + d) % (sizeof logs / sizeof *logs)];
        const double factor = orr_residual_factor(r, &shape, &nearness);
        ORR_INVARIANT(factor >= r->least && factor <= r->most && isfinite(factor) && nearness >= 0 && nearness <= 1);
        ORR_INVARIANT(nearness > 0 || !(factor < 1 || factor > 1));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 8192) return 0;
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    const orr_source source = {"fuzz.yaml", orr_arena_strndup(arena, (const char *)data, size), size};
    const orr_node *tree = orr_tree_parse(arena, &source, diags);
    const orr_residuals *set = tree != NULL ? orr_residuals_read(tree, arena, diags) : NULL;
    ORR_INVARIANT((set == NULL) == (orr_diags_error_count(diags) > 0));
    for (size_t i = 0; set != NULL && i < set->count; i++) {
        ORR_INVARIANT(set->items[i].least > 0 && set->items[i].least <= 1 && set->items[i].most >= 1);
        check_factors(&set->items[i]);
    }
    orr_text text = {0};
    orr_diags_render(diags, false, &text);
    orr_text_free(&text);
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
    return 0;
}
