/* Contours: the objective over two numeric domains of a sweep, what its systems cost there, lines of equal value of both, and on each line of equal cost the place where the objective is best.
 *
 * A cell of the map is the best of the estimated systems with those two choices that keep the SLOs: the other domains are free. Of a whole product that is the best there is. Of a larger space the cells' own points are estimated beside the others: with
 * what is left of the best eight systems, then of each cell's neighbours and of its own best with one more domain moved by one choice, as long as that brings new ones and for so many rounds at most: as good a search as its neighbourhoods are.
 *
 * Lines: base/contour.h, in logarithms of objective and cost and of axes whose values span a factor of four or more. A place on a line is its vertex of best objective, which lies between two systems of the grid; the best system that costs no
 * more stands beside it. Everything is in closed form (lab/estimate.h). Same bytes with any number of threads. */
#ifndef ORR_LAB_CONTOURS_H
#define ORR_LAB_CONTOURS_H

#include "base/contour.h"
#include "base/units.h"
#include "lab/objective.h"
#include "spec/study.h"

enum { ORR_CONTOUR_CELLS_MOST = 40000 };

/* What a cell's best system costs: USD an hour for a GPU, for all of the deployment, to make one chip; mm2 of its dies; its TDP; power that the place must provide. */
typedef enum { ORR_CONTOUR_USD_PER_GPU_H, ORR_CONTOUR_USD_PER_H, ORR_CONTOUR_CHIP_USD, ORR_CONTOUR_DIE_MM2, ORR_CONTOUR_TDP, ORR_CONTOUR_POWER, ORR_CONTOUR_COST_COUNT_ } orr_contour_cost;
const char *orr_contour_cost_key(orr_contour_cost cost);        /* "usd_per_gpu_h" */
const char *orr_contour_cost_title(orr_contour_cost cost);      /* "USD/h a GPU" */
bool orr_contour_cost_find(const char *key, orr_contour_cost *cost);

/* cost NULL: the first of USD per GPU hour, per hour, to make a chip that is known and differs over the map. */
typedef struct orr_contours_wanted { const char *x, *y, *cost; } orr_contours_wanted;

typedef struct orr_contour_axis {
    const orr_domain *domain;
    size_t index, count;            /* among the domains; choices */
    const char *name;               /* the end of its path that no other domain shares */
    size_t *choices;                /* of the domain, by rising value */
    double *values, *at;            /* in the base unit of `unit`; `at`: their logarithms where is_log */
    orr_unit unit;
    bool is_log;
} orr_contour_axis;
/* A value along it, as its choices are written: "6.4 TB/s". */
const char *orr_contour_axis_text(const orr_contour_axis *axis, double value, orr_arena *arena);

#define ORR_NO_CELL SIZE_MAX
typedef struct orr_contour_cell { size_t point; double objective, cost; } orr_contour_cell;     /* point: of the sweep; ORR_NO_CELL: no system keeps the SLOs, figures NaN */
typedef struct orr_contour_level { double level; const orr_contour_line *lines; size_t line_count; } orr_contour_level;
/* On the lines of one cost. */
typedef struct orr_contour_place {
    double cost, x, y, objective;
    bool ends;                      /* the line ends there: at the edge of the map, or of cells that have a system */
    size_t within;                  /* the best cell that costs no more */
} orr_contour_place;

typedef struct orr_contours {
    orr_contour_axis x, y;
    orr_contour_cell *cells;        /* [row of y * x.count + column of x] */
    size_t found, best;             /* cells with a system; the best of them, or ORR_NO_CELL */
    bool has_cost;
    orr_contour_cost cost;
    orr_contour_level levels[ORR_CONTOUR_LEVELS_MOST], costs[ORR_CONTOUR_LEVELS_MOST];
    size_t level_count, cost_count;
    orr_contour_place places[ORR_CONTOUR_LEVELS_MOST]; size_t place_count;
} orr_contours;

/* The axes and nothing else, before anything is estimated. NULL with diagnostics: no domain of the study, several, not numbers, one choice, too many cells; an unknown cost. In `arena`. */
orr_contours *orr_contours_open(const orr_study_file *file, const orr_contours_wanted *wanted, orr_arena *arena, orr_diags *diags);

#endif
