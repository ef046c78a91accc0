#include "trust/validation.h"

#include <math.h>
#include <string.h>
#include "base/math.h"
#include "base/panic.h"

const char *orr_comparison_set_name(orr_comparison_set set)
{
    static const char *const names[ORR_SET_COUNT_] = {"kernels", "servers", "runs"};
    return names[set];
}

void orr_validation_free(orr_validation *validation)
{
    orr_vec_free(&validation->rows);
    orr_vec_free(&validation->set_aside);
}

void orr_validation_add(orr_validation *validation, const orr_comparison *row)
{
    if (!(row->measured > 0) || !isfinite(row->measured)) return;
    if (isfinite(row->predicted) && row->predicted > 0) orr_vec_push(&validation->rows, *row);
    else if (row->set == ORR_SET_KERNELS) orr_validation_set_aside(validation, row->set, "the chip can't run it, says the catalogue", "rows", 1);
}

void orr_validation_set_aside(orr_validation *validation, orr_comparison_set set, const char *reason, const char *unit, size_t count)
{
    if (count == 0) return;
    for (size_t i = 0; i < validation->set_aside.count; i++) {
        orr_set_aside *known = &validation->set_aside.items[i];
        if (known->set == set && orr_text_equal(known->reason, reason)) { known->count += count; return; }
    }
    orr_vec_push(&validation->set_aside, (orr_set_aside){set, orr_arena_strdup(validation->arena, reason), unit, count});
}

/* --- groups --- */

/* Kernels' latencies stand by family, all else by quantity. */
const char *orr_comparison_group_name(const orr_comparison *row)
{
    return row->set == ORR_SET_KERNELS && orr_text_equal(row->quantity, "latency") ? row->family : row->quantity;
}

enum { MOST_GROUPS = 64 };      /* families and quantities there are: about 30 */

static size_t group_of(orr_comparison_group *groups, size_t *count, const orr_comparison *row)
{
    const char *name = orr_comparison_group_name(row);
    for (size_t i = 0; i < *count; i++)
        if (groups[i].set == row->set && groups[i].each == row->each && orr_text_equal(groups[i].name, name)) return i;
    ORR_INVARIANT(*count < MOST_GROUPS);
    groups[*count] = (orr_comparison_group){.set = row->set, .each = row->each, .name = name, .quantity = row->quantity, .unit = row->unit};
    return (*count)++;
}

size_t orr_validation_groups(const orr_validation *validation, orr_arena *arena, orr_comparison_group **groups)
{
    const size_t rows = validation->rows.count;
    *groups = ORR_NEW_ARRAY(arena, orr_comparison_group, MOST_GROUPS + 1);
    uint8_t *group = ORR_NEW_ARRAY(arena, uint8_t, rows + 1);
    size_t count = 0;
    for (size_t i = 0; i < rows; i++) {
        group[i] = (uint8_t)group_of(*groups, &count, &validation->rows.items[i]);
        (*groups)[group[i]].count++;
    }
    for (size_t g = 0; g < count; g++) {
        (*groups)[g].rows = ORR_NEW_ARRAY(arena, size_t, (*groups)[g].count + 1);
        (*groups)[g].count = 0;
    }
    for (size_t i = 0; i < rows; i++)
        (*groups)[group[i]].rows[(*groups)[group[i]].count++] = i;
    return count;
}

size_t orr_validation_spread(const size_t *rows, size_t count, size_t most, size_t *chosen)
{
    const size_t taken = count < most ? count : most;
    for (size_t i = 0; i < taken; i++) chosen[i] = rows[i * count / taken];
    return taken;
}

static double distance_of(const orr_comparison *row) { return fabs(orr_log(row->predicted / row->measured)); }

static bool says_the_same(const orr_comparison *a, const orr_comparison *b)
{
    if (!orr_text_equal(a->chip, b->chip) || !orr_text_equal(a->engine, b->engine) || !orr_text_equal(a->quantity, b->quantity)) return false;
    orr_arena *arena = orr_arena_create();
    const bool same = orr_text_equal(orr_comparison_label(a, arena), orr_comparison_label(b, arena));
    orr_arena_destroy(arena);
    return same;
}

size_t orr_validation_worst(const orr_validation *validation, const size_t *rows, size_t count, size_t most, size_t *chosen)
{
    size_t taken = 0;
    for (size_t i = 0; i < count; i++) {
        const orr_comparison *row = &validation->rows.items[rows[i]];
        const double distance = distance_of(row);
        if (row->each || (taken == most && distance <= distance_of(&validation->rows.items[chosen[taken - 1]]))) continue;
        size_t twin = 0;
        while (twin < taken && !says_the_same(row, &validation->rows.items[chosen[twin]])) twin++;
        if (twin < taken && distance <= distance_of(&validation->rows.items[chosen[twin]])) continue;
        size_t hole = twin < taken ? twin : taken < most ? taken++ : most - 1;      /* of its twin, behind all, or of the least */
        while (hole > 0 && distance > distance_of(&validation->rows.items[chosen[hole - 1]])) { chosen[hole] = chosen[hole - 1]; hole--; }
        chosen[hole] = rows[i];
    }
    return taken;
}

orr_coverage orr_validation_coverage(const orr_validation *validation, const size_t *rows, size_t count)
{
    orr_coverage c = {0};
    for (size_t i = 0; i < count; i++) {
        const orr_comparison *row = &validation->rows.items[rows[i]];
        const double ratio = row->measured / row->predicted;
        if (row->high_half > 0) { c.half_rows++; c.half_inside += ratio >= row->low_half && ratio <= row->high_half; }
        if (row->high_ninety > 0) { c.ninety_rows++; c.ninety_inside += ratio >= row->low_ninety && ratio <= row->high_ninety; }
    }
    return c;
}

/* --- tables --- */

typedef const char *key_of(const orr_comparison *row);
static const char *family(const orr_comparison *row) { return row->family; }
static const char *chip(const orr_comparison *row) { return row->chip; }
static const char *engine(const orr_comparison *row) { return row->engine; }
static const char *model(const orr_comparison *row) { return row->model; }
static const char *kind(const orr_comparison *row) { return row->kind; }
static const char *load(const orr_comparison *row) { return row->load; }
static const char *band(const orr_comparison *row) { return row->band; }
static const char *name(const orr_comparison *row) { return row->name; }

static const char closed_loops[] = "closed_loop", speculating[] = "closed_loop mtp", disaggregated[] = "closed_loop disaggregated";
static const struct { orr_comparison_set set; const char *by; key_of *key; const char *within; key_of *inner; const char *of; } kinds[] = {
    {ORR_SET_KERNELS, "family", family, "chip", chip, NULL}, {ORR_SET_KERNELS, "family", family, "engine", engine, NULL}, {ORR_SET_KERNELS, "family", family, "kind", kind, NULL},
    {ORR_SET_SERVERS, "load", load, NULL, NULL, NULL}, {ORR_SET_SERVERS, "chip", chip, NULL, NULL, closed_loops}, {ORR_SET_SERVERS, "model", model, NULL, NULL, closed_loops},
    {ORR_SET_SERVERS, "engine", engine, NULL, NULL, closed_loops}, {ORR_SET_SERVERS, "precision", kind, NULL, NULL, closed_loops}, {ORR_SET_SERVERS, "concurrency", band, NULL, NULL, closed_loops},
    {ORR_SET_SERVERS, "engine", engine, NULL, NULL, speculating}, {ORR_SET_SERVERS, "chip", chip, NULL, NULL, speculating}, {ORR_SET_SERVERS, "concurrency", band, NULL, NULL, speculating},
    {ORR_SET_SERVERS, "engine", engine, NULL, NULL, disaggregated}, {ORR_SET_SERVERS, "chip", chip, NULL, NULL, disaggregated}, {ORR_SET_SERVERS, "concurrency", band, NULL, NULL, disaggregated},
    {ORR_SET_RUNS, "run", name, NULL, NULL, NULL},
};

size_t orr_validation_tables(const orr_validation *validation, orr_arena *arena, orr_validation_table **tables)
{
    size_t count = 0;
    *tables = ORR_NEW_ARRAY(arena, orr_validation_table, sizeof kinds / sizeof *kinds);
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        orr_error_table *errors = orr_error_table_create((const char *const[]){"quantity", kinds[k].by, kinds[k].within}, kinds[k].within ? 3 : 2);
        for (size_t i = 0; i < validation->rows.count; i++) {
            const orr_comparison *row = &validation->rows.items[i];
            if (row->set != kinds[k].set || row->each || (kinds[k].of && !orr_text_equal(row->load, kinds[k].of))) continue;
            orr_error_table_add(errors, (const char *const[]){row->quantity, kinds[k].key(row), kinds[k].inner ? kinds[k].inner(row) : ""}, row->predicted, row->measured);
        }
        orr_validation_table *table = &(*tables)[count];
        *table = (orr_validation_table){.set = kinds[k].set, .by = kinds[k].by, .within = kinds[k].within, .of = kinds[k].of};
        table->line_count = orr_error_table_lines(errors, arena, &table->lines);
        count += table->line_count > 0;
        orr_error_table_destroy(errors);
    }
    return count;
}
