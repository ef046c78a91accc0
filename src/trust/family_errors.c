#include "trust/family_errors.h"

#include <math.h>
#include <string.h>
#include "base/math.h"
#include "base/stats.h"
#include "base/vec.h"

/* The coefficient that stands for a family's error, by its name in the `error` section. */
static const char *error_name(orr_kernel_family family)
{
    switch (family) {
    case ORR_KERNEL_GEMM: return "gemm";
    case ORR_KERNEL_PREFILL_ATTENTION: return "prefill_attention";
    case ORR_KERNEL_DECODE_ATTENTION: return "decode_attention";
    case ORR_KERNEL_PREFILL_MLA: return "prefill_mla";
    case ORR_KERNEL_DECODE_MLA: return "decode_mla";
    case ORR_KERNEL_MOE: return "moe";
    case ORR_KERNEL_COLLECTIVE: return "collective";
    case ORR_KERNEL_STATE_SCAN: case ORR_KERNEL_STATE_UPDATE: return "state";
    default: return NULL;
    }
}

enum { MAX_CHIPS = 32 };
typedef struct chips { const char *names[MAX_CHIPS]; size_t count; } chips;

static chips chips_of(const orr_kernel_tables *tables)
{
    chips c = {.count = 0};
    for (size_t i = 0; i < tables->count; i++) {
        bool known = false;
        for (size_t k = 0; k < c.count; k++) known = known || orr_text_equal(c.names[k], tables->items[i].chip);
        if (!known && c.count < MAX_CHIPS) c.names[c.count++] = tables->items[i].chip;
    }
    return c;
}

/* Sizes of log errors, by family and chip. */
typedef struct pool { const char *name; ORR_VEC(double) by_chip[MAX_CHIPS]; } pool;
typedef struct pools { pool items[ORR_MAX_FAMILY_ERRORS]; size_t count; } pools;

static pool *pool_of(pools *p, const char *name)
{
    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->items[i].name, name) == 0) return &p->items[i];
    p->items[p->count] = (pool){.name = name};
    return &p->items[p->count++];
}

static void judge(const orr_kernel_tables *tables, const orr_fit_group *group, const char *chip, size_t number, const orr_coefficients *coefficients, orr_workers *workers, pools *p)
{
    orr_arena *arena = orr_arena_create();
    orr_kernel_sample *samples = NULL;
    size_t count = orr_kernel_samples(tables, group->families, 0, arena, &samples), kept = 0;
    for (size_t i = 0; i < count; i++)
        if (orr_text_equal(samples[i].table->chip, chip)) samples[kept++] = samples[i];
    double *predicted_ns = ORR_NEW_ARRAY(arena, double, kept + 1), *power_w = ORR_NEW_ARRAY(arena, double, kept + 1);
    orr_kernel_predict(samples, kept, coefficients, ORR_PREDICT_ENGINE, workers, predicted_ns, power_w);
    for (size_t i = 0; i < kept; i++) {
        const orr_kernel_row *row = samples[i].row;
        const char *name = group->power ? "power" : error_name(row->kernel.family);
        const double ratio = group->power ? power_w[i] / row->power_w : predicted_ns[i] / row->measured_ns;
        if (name == NULL || !(ratio > 0)) continue;
        pool *to = pool_of(p, name);
        orr_vec_push(&to->by_chip[number], fabs(orr_log(ratio)));
    }
    orr_arena_destroy(arena);
}

/* Sizes of all chips but one (MAX_CHIPS: of all). */
static size_t join(const pool *from, size_t without, double *out)
{
    size_t count = 0;
    for (size_t chip = 0; chip < MAX_CHIPS; chip++) {
        if (chip == without || from->by_chip[chip].count == 0) continue;
        memcpy(out + count, from->by_chip[chip].items, from->by_chip[chip].count * sizeof *out);
        count += from->by_chip[chip].count;
    }
    return count;
}

static orr_family_error error_of(const pool *from)
{
    orr_family_error error = {0};
    for (size_t chip = 0; chip < MAX_CHIPS; chip++) {
        error.rows += from->by_chip[chip].count;
        error.chips += from->by_chip[chip].count > 0;
    }
    double *sizes = orr_mem_resize(NULL, (error.rows + 1) * sizeof *sizes);
    size_t half = 0, ninety = 0;
    for (size_t chip = 0; error.chips > 1 && chip < MAX_CHIPS; chip++) {
        const size_t others = from->by_chip[chip].count > 0 ? join(from, chip, sizes) : 0;
        if (others == 0) continue;
        const double median = orr_percentile(sizes, others, 0.5), high = orr_percentile(sizes, others, 0.9);
        for (size_t i = 0; i < from->by_chip[chip].count; i++) {
            half += from->by_chip[chip].items[i] <= median;
            ninety += from->by_chip[chip].items[i] <= high;
        }
    }
    error.covered_half = (double)half / (double)error.rows;
    error.covered_ninety = (double)ninety / (double)error.rows;
    const size_t all = join(from, MAX_CHIPS, sizes);
    error.median = orr_percentile(sizes, all, 0.5);
    error.ninety = (double)orr_round_i64(1000 * orr_percentile(sizes, all, 0.9)) / 1000;
    orr_mem_free(sizes);
    return error;
}

static void keep(pools *p, orr_coefficients *coefficients, orr_family_error *errors)
{
    const orr_field *section = orr_table_find(&orr_calibration_table, "error");
    for (size_t i = 0; i < p->count; i++) {
        errors[i] = error_of(&p->items[i]);
        errors[i].field = (orr_fit_field){section, orr_table_find(section->table, p->items[i].name)};
        *(double *)(void *)((char *)coefficients + errors[i].field.field->offset) = errors[i].ninety;
        for (size_t chip = 0; chip < MAX_CHIPS; chip++) orr_vec_free(&p->items[i].by_chip[chip]);
    }
}

size_t orr_family_errors_calibrate(const orr_kernel_tables *tables, const orr_calibrate_options *options, orr_workers *workers, orr_coefficients *coefficients, orr_family_error *errors)
{
    const chips c = chips_of(tables);
    pools *p = orr_mem_resize(NULL, sizeof *p);
    memset(p, 0, sizeof *p);
    size_t count = 0;
    const orr_fit_group *groups = orr_fit_groups(&count);
    for (size_t g = 0; g < count; g++) {
        for (size_t chip = 0; chip < c.count; chip++) {
            orr_coefficients fitted = *coefficients;
            orr_calibrate_options how = *options;
            how.left_out_chip = c.names[chip];
            orr_kernel_calibrate(tables, &groups[g], &how, workers, &fitted);
            judge(tables, &groups[g], c.names[chip], chip, &fitted, workers, p);
        }
    }
    keep(p, coefficients, errors);
    const size_t families = p->count;
    orr_mem_free(p);
    return families;
}
