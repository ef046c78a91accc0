/* Contours as JSON and as CSV: docs/RESULTS_FORMAT.md, "A sweep". */
#include <math.h>
#include "base/math.h"
#include "lab/label.h"
#include "lab/space.h"
#include "report/contours_report.h"
#include "report/csv.h"
#include "report/sweep_report.h"

static void put_axis(orr_json *json, const char *key, const orr_contour_axis *axis)
{
    orr_json_key(json, key);
    orr_json_object(json);
    orr_json_put_string(json, "path", axis->domain->path);
    orr_json_put_string(json, "name", axis->name);
    orr_json_put_string(json, "unit", axis->unit == ORR_UNIT_NONE ? "" : orr_unit_name(axis->unit));
    orr_json_put_bool(json, "logarithmic", axis->is_log);
    orr_json_key(json, "choices");
    orr_json_array(json);
    for (size_t i = 0; i < axis->count; i++) orr_json_string(json, axis->domain->choices[axis->choices[i]]);
    orr_json_array_end(json);
    orr_json_key(json, "values");
    orr_json_array(json);
    for (size_t i = 0; i < axis->count; i++) orr_json_double(json, axis->values[i]);
    orr_json_array_end(json);
    orr_json_object_end(json);
}

/* The system of a cell without the two choices that all know. */
static const char *system_of(const orr_sweep *sweep, const orr_contours *c, size_t cell, orr_arena *arena)
{
    const orr_study_file *file = sweep->file;
    if (c->cells[cell].point == ORR_NO_CELL || file->domain_count < 3) return NULL;
    orr_domain *others = ORR_NEW_ARRAY(arena, orr_domain, file->domain_count);
    size_t *choices = ORR_NEW_ARRAY(arena, size_t, file->domain_count + 1), count = 0;
    orr_sweep_choices(file, sweep->points[c->cells[cell].point].number, choices);
    for (size_t d = 0; d < file->domain_count; d++) {
        if (d == c->x.index || d == c->y.index) continue;
        others[count] = file->domains[d];
        choices[count++] = choices[d];
    }
    return orr_label_of_point(&(orr_space){.domains = others, .domain_count = count}, choices, arena);
}

static double value_at(const orr_contour_axis *axis, double at) { return axis->is_log ? orr_exp(at) : at; }

static void put_levels(orr_json *json, const char *key, const orr_contours *c, const orr_contour_level *levels, size_t count)
{
    orr_json_key(json, key);
    orr_json_array(json);
    for (size_t i = 0; i < count; i++) {
        orr_json_object(json);
        orr_json_put_double(json, "level", levels[i].level);
        orr_json_key(json, "lines");
        orr_json_array(json);
        for (size_t l = 0; l < levels[i].line_count; l++) {
            const orr_contour_line *line = &levels[i].lines[l];
            orr_json_object(json);
            orr_json_put_bool(json, "closed", line->closed);
            for (int axis = 0; axis < 2; axis++) {
                orr_json_key(json, axis == 0 ? "x" : "y");
                orr_json_array(json);
                for (size_t k = 0; k < line->count; k++) orr_json_double(json, axis == 0 ? value_at(&c->x, line->vertices[k].u) : value_at(&c->y, line->vertices[k].v));
                orr_json_array_end(json);
            }
            orr_json_object_end(json);
        }
        orr_json_array_end(json);
        orr_json_object_end(json);
    }
    orr_json_array_end(json);
}

static void put_cell(orr_json *json, const orr_sweep *sweep, const orr_contours *c, size_t cell, orr_arena *arena)
{
    if (cell == ORR_NO_CELL) {
        orr_json_null(json);
        return;
    }
    orr_json_object(json);
    orr_json_put_string(json, "x", c->x.domain->choices[c->x.choices[cell % c->x.count]]);
    orr_json_put_string(json, "y", c->y.domain->choices[c->y.choices[cell / c->x.count]]);
    orr_json_put_int(json, "column", (int64_t)(cell % c->x.count));
    orr_json_put_int(json, "row", (int64_t)(cell / c->x.count));
    orr_json_put_double(json, "objective", c->cells[cell].objective);
    orr_json_put_double(json, "cost", c->cells[cell].cost);
    orr_json_put_string(json, "system", system_of(sweep, c, cell, arena));
    orr_json_object_end(json);
}

static void put_places(orr_json *json, const orr_sweep *sweep, const orr_contours *c, orr_arena *arena)
{
    orr_json_key(json, "at_equal_cost");
    orr_json_array(json);
    for (size_t i = 0; i < c->place_count; i++) {
        const orr_contour_place *p = &c->places[i];
        orr_json_object(json);
        orr_json_put_double(json, "cost", p->cost);
        orr_json_put_double(json, "x", p->x);
        orr_json_put_double(json, "y", p->y);
        orr_json_put_double(json, "objective", p->objective);
        orr_json_put_bool(json, "line_ends", p->ends);
        orr_json_key(json, "within");
        put_cell(json, sweep, c, p->within, arena);
        orr_json_object_end(json);
    }
    orr_json_array_end(json);
}

void orr_contours_put_json(orr_json *json, const orr_sweep *sweep, orr_arena *arena)
{
    const orr_contours *c = sweep->contours;
    if (c == NULL) return;
    const size_t cells = c->x.count * c->y.count;
    orr_json_key(json, "contours");
    orr_json_object(json);
    put_axis(json, "x", &c->x);
    put_axis(json, "y", &c->y);
    orr_json_put_string(json, "cost", c->has_cost ? orr_contour_cost_key(c->cost) : NULL);
    orr_json_put_string(json, "cost_title", c->has_cost ? orr_contour_cost_title(c->cost) : NULL);
    orr_json_put_int(json, "pairs", (int64_t)cells);
    orr_json_put_int(json, "pairs_with_a_system", (int64_t)c->found);
    orr_json_key(json, "best");
    put_cell(json, sweep, c, c->best, arena);
    for (int cost = 0; cost < 2; cost++) {
        orr_json_key(json, cost ? "cell_costs" : "cell_objectives");
        orr_json_array(json);
        for (size_t i = 0; i < cells; i++) orr_json_double(json, cost ? c->cells[i].cost : c->cells[i].objective);
        orr_json_array_end(json);
    }
    orr_json_key(json, "cell_systems");
    orr_json_array(json);
    for (size_t i = 0; i < cells; i++) orr_json_string(json, system_of(sweep, c, i, arena));
    orr_json_array_end(json);
    put_levels(json, "objective_lines", c, c->levels, c->level_count);
    put_levels(json, "cost_lines", c, c->costs, c->cost_count);
    put_places(json, sweep, c, arena);
    orr_json_object_end(json);
}

void orr_contours_write_csv(const orr_sweep *sweep, orr_arena *arena, orr_text *out) { orr_contours_put(sweep, arena, &(orr_csv){.out = out}); }

void orr_contours_put(const orr_sweep *sweep, orr_arena *arena, orr_csv *csv)
{
    const orr_contours *c = sweep->contours;
    if (c == NULL) return;
    orr_csv_string(csv, c->x.domain->path);
    orr_csv_string(csv, c->y.domain->path);
    orr_csv_string(csv, orr_objective_key(sweep->objective));
    orr_csv_string(csv, c->has_cost ? orr_contour_cost_key(c->cost) : "cost");
    orr_csv_string(csv, "point");
    orr_csv_string(csv, "system");
    orr_csv_row_end(csv);
    for (size_t i = 0; i < c->x.count * c->y.count; i++) {
        orr_csv_string(csv, c->x.domain->choices[c->x.choices[i % c->x.count]]);
        orr_csv_string(csv, c->y.domain->choices[c->y.choices[i / c->x.count]]);
        orr_csv_double(csv, c->cells[i].objective);
        orr_csv_double(csv, c->cells[i].cost);
        if (c->cells[i].point == ORR_NO_CELL) orr_csv_no_int(csv);
        else orr_csv_int(csv, (int64_t)sweep->points[c->cells[i].point].number);
        orr_csv_string(csv, system_of(sweep, c, i, arena));
        orr_csv_row_end(csv);
    }
}
