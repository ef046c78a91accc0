/* Contours on a terminal: the map in a few columns, and on each line of equal cost the best place. */
#include <math.h>
#include <stdint.h>
#include <string.h>
#include "report/contours_report.h"
#include "report/figure.h"
#include "report/grid.h"
#include "report/texts.h"

enum { COLUMNS_MOST = 9, ROWS_MOST = 9 };

static const char *axis_name(const orr_contour_axis *axis) { return axis->name; }
static const char *choice_text(const orr_contour_axis *axis, size_t position) { return axis->domain->choices[axis->choices[position]]; }

/* Positions of an axis, at most so many, spread over it: the first and the last always, and the one of the best in place of its nearest. */
static size_t spread(const orr_contour_axis *axis, size_t most, size_t best, size_t *positions)
{
    const size_t count = axis->count < most ? axis->count : most;
    size_t nearest = 0, distance = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        positions[i] = axis->count <= most ? i : (i * (axis->count - 1) + (count - 1) / 2) / (count - 1);
        const size_t off = positions[i] > best ? positions[i] - best : best - positions[i];
        if (off >= distance) continue;
        nearest = i;
        distance = off;
    }
    if (distance > 0 && nearest > 0 && nearest + 1 < count) positions[nearest] = best;
    return count;
}

static const char *value_text(double value, orr_arena *arena) { return orr_figure_number(value, 4, arena); }

static void put_map(const orr_contours *c, orr_arena *arena, orr_text *out)
{
    size_t shown_x[COLUMNS_MOST], shown_y[ROWS_MOST];
    const size_t columns = spread(&c->x, COLUMNS_MOST, c->best % c->x.count, shown_x), rows = spread(&c->y, ROWS_MOST, c->best / c->x.count, shown_y);
    char alignment[COLUMNS_MOST + 2] = "l";
    memset(alignment + 1, 'r', columns);
    alignment[columns + 1] = 0;
    orr_grid *grid = orr_grid_begin(arena, alignment, 0);
    const char **line = ORR_NEW_ARRAY(arena, const char *, (rows + 1) * (columns + 1));
    line[0] = axis_name(&c->y);
    for (size_t k = 0; k < columns; k++) line[k + 1] = orr_arena_printf(arena, "%s%s", k == 0 ? orr_arena_printf(arena, "%s ", axis_name(&c->x)) : "", choice_text(&c->x, shown_x[k]));
    orr_grid_row(grid, line);
    orr_grid_rule(grid);
    for (size_t i = 0; i < rows; i++) {
        const size_t row = shown_y[rows - 1 - i];
        const char **cells = line + (i + 1) * (columns + 1);
        cells[0] = choice_text(&c->y, row);
        for (size_t k = 0; k < columns; k++) {
            const size_t at = row * c->x.count + shown_x[k];
            cells[k + 1] = c->cells[at].point == ORR_NO_CELL ? "-" : orr_arena_printf(arena, "%s%s", value_text(c->cells[at].objective, arena), at == c->best ? " *" : "");
        }
        orr_grid_row(grid, cells);
    }
    orr_grid_write(grid, out);
}

static const char *cost_text(orr_contour_cost cost, double value, orr_arena *arena)
{
    return cost == ORR_CONTOUR_USD_PER_GPU_H || cost == ORR_CONTOUR_USD_PER_H || cost == ORR_CONTOUR_CHIP_USD ? orr_figure_usd(value, arena) : orr_figure_number(value, 4, arena);
}

const char *orr_contours_pair(const orr_contours *c, size_t cell, orr_arena *arena)
{
    return orr_arena_printf(arena, "%s %s, %s %s", axis_name(&c->x), choice_text(&c->x, cell % c->x.count), axis_name(&c->y), choice_text(&c->y, cell / c->x.count));
}

static void put_places(const orr_sweep *sweep, const orr_contours *c, orr_arena *arena, orr_text *out)
{
    bool ends = false;
    orr_text_printf(out, "\nAt equal cost, where it is best: on the line, and the best system that costs no more\n");
    orr_grid *grid = orr_grid_begin(arena, "rrrrll", 0);
    ORR_GRID_ROW(grid, orr_contour_cost_title(c->cost), axis_name(&c->x), axis_name(&c->y), orr_objective_heading(sweep->objective), "", "within it");
    orr_grid_rule(grid);
    for (size_t i = 0; i < c->place_count; i++) {
        const orr_contour_place *p = &c->places[i];
        const orr_contour_cell *within = p->within == ORR_NO_CELL ? NULL : &c->cells[p->within];
        ends |= p->ends;
        ORR_GRID_ROW(grid, cost_text(c->cost, p->cost, arena), orr_contour_axis_text(&c->x, p->x, arena), orr_contour_axis_text(&c->y, p->y, arena), value_text(p->objective, arena), p->ends ? "end" : "",
                     within ? orr_arena_printf(arena, "%s: %s at %s", orr_contours_pair(c, p->within, arena), value_text(within->objective, arena), cost_text(c->cost, within->cost, arena)) : "none");
    }
    orr_grid_write(grid, out);
    if (ends) orr_text_wrap("end: the line ends there, at the edge of the map or where no system is left that keeps SLOs and constraints; what lies beyond may be better.", 0, ORR_TEXT_COLUMNS, out);
}

static const char *why_no_places(const orr_contours *c, orr_arena *arena)
{
    if (!c->has_cost) return "No cost differs over the map, so that nothing is at equal cost: chips from parts (architecture) under `cost: neocloud-2026` cost what their parts do; or name one: --cost die_mm2, tdp, power.";
    return orr_arena_printf(arena, "%s is not known of these systems, or the same everywhere: there are no lines of equal cost.", orr_contour_cost_title(c->cost));
}

void orr_contours_write_text(const orr_sweep *sweep, orr_arena *arena, orr_text *out)
{
    const orr_contours *c = sweep->contours;
    if (c == NULL) return;
    orr_text_append(out, "\n");
    if (c->found == 0) {
        orr_text_wrap(orr_arena_printf(arena, "Over %s and %s there is nothing to draw: no system keeps the SLOs in closed form.", c->x.domain->path, c->y.domain->path), 0, ORR_TEXT_COLUMNS, out);
        return;
    }
    orr_text_wrap(orr_arena_printf(arena, "%s over %s and %s, in closed form: of each pair the best system that keeps the SLOs, whatever its other domains. %s of %s pairs have one; the best (*) is %s.", orr_objective_title(sweep->objective), c->x.domain->path, c->y.domain->path,
                                   orr_figure_count((int64_t)c->found, arena), orr_figure_count((int64_t)(c->x.count * c->y.count), arena), orr_contours_pair(c, c->best, arena)), 0, ORR_TEXT_COLUMNS, out);
    put_map(c, arena, out);
    if (c->place_count > 0) put_places(sweep, c, arena, out);
    else orr_text_wrap(why_no_places(c, arena), 0, ORR_TEXT_COLUMNS, out);
}
