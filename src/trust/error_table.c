#include "trust/error_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/panic.h"
#include "base/stats.h"
#include "base/vec.h"

typedef struct group { const char *keys[ORR_ERROR_KEYS]; ORR_VEC(double) errors; } group;

struct orr_error_table { const char *names[ORR_ERROR_KEYS]; size_t key_count, last; ORR_VEC(group) groups; };

orr_error_table *orr_error_table_create(const char *const *key_names, size_t key_count)
{
    ORR_INVARIANT(key_count <= ORR_ERROR_KEYS);
    orr_error_table *table = orr_mem_resize(NULL, sizeof *table);
    *table = (orr_error_table){.key_count = key_count};
    for (size_t i = 0; i < key_count; i++) table->names[i] = key_names[i];
    return table;
}

void orr_error_table_destroy(orr_error_table *table)
{
    for (size_t i = 0; i < table->groups.count; i++) orr_vec_free(&table->groups.items[i].errors);
    orr_vec_free(&table->groups);
    orr_mem_free(table);
}

static int compare_keys(const char *const *a, const char *const *b, size_t count)
{
    int order = 0;
    for (size_t i = 0; i < count && order == 0; i++) order = strcmp(a[i], b[i]);
    return order;
}

/* Rows come in runs of the same group. */
static group *find_group(orr_error_table *table, const char *const *keys)
{
    if (table->last < table->groups.count && compare_keys(table->groups.items[table->last].keys, keys, table->key_count) == 0) return &table->groups.items[table->last];
    for (size_t i = 0; i < table->groups.count; i++)
        if (compare_keys(table->groups.items[i].keys, keys, table->key_count) == 0) { table->last = i; return &table->groups.items[i]; }
    group added = {0};
    for (size_t i = 0; i < table->key_count; i++) added.keys[i] = keys[i];
    orr_vec_push(&table->groups, added);
    table->last = table->groups.count - 1;
    return &table->groups.items[table->last];
}

void orr_error_table_add(orr_error_table *table, const char *const *keys, double predicted, double measured)
{
    if (!isfinite(predicted) || !(measured > 0)) return;
    group *g = find_group(table, keys);
    orr_vec_push(&g->errors, predicted / measured - 1);
}

static int compare_lines(const void *a, const void *b) { return compare_keys(((const orr_error_line *)a)->keys, ((const orr_error_line *)b)->keys, ORR_ERROR_KEYS); }

static orr_error_line line_of(const group *g, size_t key_count)
{
    orr_error_line line = {.count = g->errors.count};
    for (size_t i = 0; i < ORR_ERROR_KEYS; i++) line.keys[i] = i < key_count ? g->keys[i] : "";
    double *errors = orr_mem_resize(NULL, g->errors.count * sizeof *errors);
    memcpy(errors, g->errors.items, g->errors.count * sizeof *errors);
    line.median_signed = orr_percentile(errors, line.count, 0.5);
    double sum = 0;
    for (size_t i = 0; i < line.count; i++) sum += errors[i] = fabs(g->errors.items[i]);
    line.mean_abs = sum / (double)line.count;
    size_t near = 0, nearer = 0;
    for (size_t i = 0; i < line.count; i++) { near += errors[i] <= 0.25; nearer += errors[i] <= 0.10; }
    line.within_25 = (double)near / (double)line.count;
    line.within_10 = (double)nearer / (double)line.count;
    line.median_abs = orr_percentile(errors, line.count, 0.5);
    line.p90_abs = orr_percentile(errors, line.count, 0.9);
    orr_mem_free(errors);
    return line;
}

size_t orr_error_table_lines(orr_error_table *table, orr_arena *arena, orr_error_line **lines)
{
    *lines = ORR_NEW_ARRAY(arena, orr_error_line, table->groups.count + 1);
    for (size_t i = 0; i < table->groups.count; i++) (*lines)[i] = line_of(&table->groups.items[i], table->key_count);
    qsort(*lines, table->groups.count, sizeof **lines, compare_lines);
    return table->groups.count;
}

void orr_error_table_print(orr_error_table *table, orr_text *out)
{
    orr_arena *arena = orr_arena_create();
    orr_error_line *lines = NULL;
    const size_t count = orr_error_table_lines(table, arena, &lines);
    int widths[ORR_ERROR_KEYS] = {0};
    for (size_t k = 0; k < table->key_count; k++) {
        widths[k] = (int)strlen(table->names[k]);
        for (size_t i = 0; i < count; i++) widths[k] = widths[k] > (int)strlen(lines[i].keys[k]) ? widths[k] : (int)strlen(lines[i].keys[k]);
    }
    for (size_t k = 0; k < table->key_count; k++) orr_text_printf(out, "%-*s  ", widths[k], table->names[k]);
    orr_text_printf(out, "%7s  %8s  %8s  %8s  %8s\n", "rows", "median", "mean", "p90", "bias");
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < table->key_count; k++) orr_text_printf(out, "%-*s  ", widths[k], lines[i].keys[k]);
        orr_text_printf(out, "%7zu  %6.1f %%  %6.1f %%  %6.1f %%  %+6.1f %%\n", lines[i].count, 100 * lines[i].median_abs, 100 * lines[i].mean_abs, 100 * lines[i].p90_abs, 100 * lines[i].median_signed);
    }
    orr_arena_destroy(arena);
}

void orr_error_table_csv(orr_error_table *table, orr_text *out)
{
    orr_arena *arena = orr_arena_create();
    orr_error_line *lines = NULL;
    const size_t count = orr_error_table_lines(table, arena, &lines);
    for (size_t k = 0; k < table->key_count; k++) orr_text_printf(out, "%s,", table->names[k]);
    orr_text_append(out, "rows,median_abs_percent,mean_abs_percent,p90_abs_percent,median_signed_percent\n");
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < table->key_count; k++) orr_text_printf(out, "%s,", lines[i].keys[k]);
        orr_text_printf(out, "%zu,%.2f,%.2f,%.2f,%.2f\n", lines[i].count, 100 * lines[i].median_abs, 100 * lines[i].mean_abs, 100 * lines[i].p90_abs, 100 * lines[i].median_signed);
    }
    orr_arena_destroy(arena);
}
