#include "lab/contours.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/math.h"
#include "lab/space.h"
#include "lab/sweep_internal.h"

static const struct { const char *key, *title; } costs[ORR_CONTOUR_COST_COUNT_] = {
    [ORR_CONTOUR_USD_PER_GPU_H] = {"usd_per_gpu_h", "USD/h a GPU"}, [ORR_CONTOUR_USD_PER_H] = {"usd_per_h", "USD/h"}, [ORR_CONTOUR_CHIP_USD] = {"chip_usd", "USD to make a chip"},
    [ORR_CONTOUR_DIE_MM2] = {"die_mm2", "mm2 of dies a chip"}, [ORR_CONTOUR_TDP] = {"tdp", "W of TDP a chip"}, [ORR_CONTOUR_POWER] = {"power", "W in all"}};

const char *orr_contour_cost_key(orr_contour_cost cost) { return costs[cost].key; }
const char *orr_contour_cost_title(orr_contour_cost cost) { return costs[cost].title; }

bool orr_contour_cost_find(const char *key, orr_contour_cost *cost)
{
    for (int i = 0; i < ORR_CONTOUR_COST_COUNT_; i++) {
        *cost = (orr_contour_cost)i;
        if (orr_text_equal(costs[i].key, key)) return true;
    }
    return false;
}

/* --- axes --- */

/* All in one unit. Factors ("x2") are numbers by now (spec/relative.c). */
static bool read_choices(const orr_domain *domain, orr_contour_axis *axis)
{
    const char *problem;
    for (int unit = 0; unit < ORR_UNIT_COUNT_; unit++) {
        size_t read = 0;
        while (read < domain->choice_count && orr_unit_parse(domain->choices[read], (orr_unit)unit, true, &axis->values[read], &problem) && isfinite(axis->values[read])) read++;
        axis->unit = (orr_unit)unit;
        if (read == domain->choice_count) return true;
    }
    return false;
}

static bool is_numeric(const orr_domain *domain, orr_contour_axis *axis)
{
    axis->values = orr_mem_resize(NULL, (domain->choice_count + 1) * sizeof *axis->values);
    const bool numeric = read_choices(domain, axis);
    orr_mem_free(axis->values);
    return numeric && domain->choice_count > 1;
}

/* Which domains would do. */
static void name_axes(orr_diag *diag, const orr_study_file *file, orr_arena *arena)
{
    const char *all = NULL;
    for (size_t d = 0; d < file->domain_count; d++) {
        orr_contour_axis unused;
        if (is_numeric(&file->domains[d], &unused)) all = all ? orr_arena_printf(arena, "%s, %s", all, file->domains[d].path) : file->domains[d].path;
    }
    if (all) orr_diag_hint(diag, "Numbers with more than one choice are here: %s.", all);
    else orr_diag_hint(diag, "No domain of this study is of numbers: --set PATH='{choices: [..]}' or '{range: {min: .., max: .., factor: ..}}' makes one of a value.");
}

static int compare_positions(const void *a, const void *b)
{
    const double *const *x = a, *const *y = b;
    return **x < **y ? -1 : **x > **y;
}

/* By rising value. False: two choices are the same. */
static bool sort_axis(orr_contour_axis *axis, orr_arena *arena)
{
    double *read = axis->values;
    const double **order = orr_mem_resize(NULL, axis->count * sizeof *order);
    for (size_t i = 0; i < axis->count; i++) order[i] = &read[i];
    qsort(order, axis->count, sizeof *order, compare_positions);
    axis->values = ORR_NEW_ARRAY(arena, double, axis->count);
    axis->at = ORR_NEW_ARRAY(arena, double, axis->count);
    axis->choices = ORR_NEW_ARRAY(arena, size_t, axis->count);
    bool differ = true;
    for (size_t i = 0; i < axis->count; i++) {
        axis->choices[i] = (size_t)(order[i] - read);
        axis->values[i] = *order[i];
        if (i > 0) differ &= axis->values[i] > axis->values[i - 1];
    }
    orr_mem_free(order);
    axis->is_log = axis->values[0] > 0 && axis->values[axis->count - 1] >= 4 * axis->values[0];
    for (size_t i = 0; i < axis->count; i++) axis->at[i] = axis->is_log ? orr_log(axis->values[i]) : axis->values[i];
    return differ;
}

static bool open_axis(const orr_study_file *file, const char *path, orr_contour_axis *axis, orr_arena *arena, orr_diags *diags)
{
    bool several;
    const orr_domain *domain = orr_domain_find(file->domains, file->domain_count, path, &several);
    if (!domain || several) {
        name_axes(orr_diag_error(diags, (orr_place){0}, several ? "--contours %s: several domains of the study end so" : "--contours %s: no domain of this sweep", path), file, arena);
        return false;
    }
    *axis = (orr_contour_axis){.domain = domain, .index = (size_t)(domain - file->domains), .count = domain->choice_count, .values = ORR_NEW_ARRAY(arena, double, domain->choice_count + 1)};
    axis->name = orr_domain_name(file->domains, file->domain_count, axis->index);
    if (!read_choices(domain, axis)) {
        name_axes(orr_diag_error(diags, domain->place, "--contours %s: its choices are not numbers of one unit (%s, ..)", path, domain->choices[0]), file, arena);
        return false;
    }
    if (axis->count < 2 || !sort_axis(axis, arena)) {
        name_axes(orr_diag_error(diags, domain->place, axis->count < 2 ? "--contours %s: it has one choice, and an axis needs two" : "--contours %s: two of its choices are the same number", path), file, arena);
        return false;
    }
    return true;
}

orr_contours *orr_contours_open(const orr_study_file *file, const orr_contours_wanted *wanted, orr_arena *arena, orr_diags *diags)
{
    orr_contours *c = ORR_NEW(arena, orr_contours);
    *c = (orr_contours){.best = ORR_NO_CELL, .has_cost = wanted->cost != NULL};
    bool good = open_axis(file, wanted->x, &c->x, arena, diags);
    good &= open_axis(file, wanted->y, &c->y, arena, diags);
    if (wanted->cost && !orr_contour_cost_find(wanted->cost, &c->cost)) {
        orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "--cost %s: nothing that is known", wanted->cost), "It takes: usd_per_gpu_h, usd_per_h, chip_usd, die_mm2, tdp, power.");
        good = false;
    }
    if (!good) return NULL;
    if (c->x.index == c->y.index) {
        name_axes(orr_diag_error(diags, (orr_place){0}, "--contours: both axes are %s", c->x.domain->path), file, arena);
        return NULL;
    }
    if (c->x.count > ORR_CONTOUR_CELLS_MOST / c->y.count) {
        orr_diag_hint(orr_diag_error(diags, c->x.domain->place, "--contours: %zu x %zu cells are more than %d", c->x.count, c->y.count, ORR_CONTOUR_CELLS_MOST), "Give the ranges larger steps: 41 x 41 draw any line that the closed form knows.");
        return NULL;
    }
    c->cells = ORR_NEW_ARRAY(arena, orr_contour_cell, c->x.count * c->y.count);
    return c;
}

const char *orr_contour_axis_text(const orr_contour_axis *axis, double value, orr_arena *arena)
{
    return axis->unit == ORR_UNIT_NONE ? orr_arena_printf(arena, "%.*f", value < 10 ? 2 : value < 100 ? 1 : 0, value) : orr_unit_text(value, axis->unit, 3, arena);
}

/* --- the map --- */

static size_t position_of(const orr_contour_axis *axis, size_t choice)
{
    size_t at = 0;
    while (axis->choices[at] != choice) at++;
    return at;
}

static bool is_better(const orr_sweep *sweep, const orr_sweep_point *a, const orr_sweep_point *b)
{
    const double x = orr_objective_loss(sweep->objective, a->objective), y = orr_objective_loss(sweep->objective, b->objective);
    if (x < y || x > y) return x < y;
    if (a->slo_ratio < b->slo_ratio || a->slo_ratio > b->slo_ratio) return a->slo_ratio < b->slo_ratio;
    return a->number < b->number;
}

/* The best point of each cell; costs are left. */
static void find_best(const orr_sweep *sweep, orr_contours *c, orr_arena *arena)
{
    const orr_study_file *file = sweep->file;
    const size_t cells = c->x.count * c->y.count;
    size_t *choices = ORR_NEW_ARRAY(arena, size_t, file->domain_count + 1), *columns = ORR_NEW_ARRAY(arena, size_t, c->x.count), *rows = ORR_NEW_ARRAY(arena, size_t, c->y.count);
    for (size_t i = 0; i < c->x.count; i++) columns[i] = position_of(&c->x, i);
    for (size_t i = 0; i < c->y.count; i++) rows[i] = position_of(&c->y, i);
    for (size_t i = 0; i < cells; i++) c->cells[i] = (orr_contour_cell){ORR_NO_CELL, (double)NAN, (double)NAN};
    for (size_t p = 0; p < sweep->point_count; p++) {
        const orr_sweep_point *at = &sweep->points[p];
        if (at->verdict != ORR_SWEEP_KEEPS || isnan(at->objective)) continue;
        orr_sweep_choices(file, at->number, choices);
        orr_contour_cell *cell = &c->cells[rows[choices[c->y.index]] * c->x.count + columns[choices[c->x.index]]];
        if (cell->point == ORR_NO_CELL || is_better(sweep, at, &sweep->points[cell->point])) *cell = (orr_contour_cell){p, at->objective, (double)NAN};
    }
    c->found = 0;
    c->best = ORR_NO_CELL;
    for (size_t i = 0; i < cells; i++) {
        if (c->cells[i].point == ORR_NO_CELL) continue;
        c->found++;
        if (c->best == ORR_NO_CELL || is_better(sweep, &sweep->points[c->cells[i].point], &sweep->points[c->cells[c->best].point])) c->best = i;
    }
}

/* --- points of a space that is not estimated whole --- */

enum { SEEDS = 8 };

typedef struct spreading { orr_sweep *sweep; const orr_contours *c; size_t *choices, count, room; orr_arena *arena; } spreading;

/* At the end of the sweep's points, unless it is among them. */
static void add(spreading *s, uint64_t number)
{
    if (orr_sweep_find(s->sweep, number)) return;
    if (s->count == s->room) {
        s->room = 2 * s->room + 64;
        orr_sweep_point *larger = ORR_NEW_ARRAY(s->arena, orr_sweep_point, s->room);
        memcpy(larger, s->sweep->points, s->count * sizeof *larger);
        s->sweep->points = larger;
    }
    s->sweep->points[s->count++] = orr_sweep_blank(number);
}

/* The system of `number` with the choices of a cell. */
static void add_at(spreading *s, uint64_t number, size_t cell)
{
    orr_sweep_choices(s->sweep->file, number, s->choices);
    s->choices[s->c->x.index] = s->c->x.choices[cell % s->c->x.count];
    s->choices[s->c->y.index] = s->c->y.choices[cell / s->c->x.count];
    add(s, orr_sweep_number(s->sweep->file, s->choices));
}

static void add_seeds(spreading *s)
{
    orr_sweep *sweep = s->sweep;
    size_t *order = orr_mem_resize(NULL, (sweep->point_count + 1) * sizeof *order), taken = 0;
    uint64_t numbers[SEEDS];
    const size_t ordered = orr_sweep_order(sweep, 1, order), cells = s->c->x.count * s->c->y.count;
    for (size_t i = 0; i < ordered && taken < SEEDS; i++) {
        const uint64_t number = sweep->points[order[i]].number;
        orr_sweep_choices(sweep->file, number, s->choices);
        s->choices[s->c->x.index] = s->choices[s->c->y.index] = 0;
        const uint64_t rest = orr_sweep_number(sweep->file, s->choices);
        bool new = true;
        for (size_t k = 0; k < taken; k++) new &= numbers[k] != rest;
        if (new) numbers[taken++] = rest;
    }
    orr_mem_free(order);
    for (size_t k = 0; k < taken; k++) for (size_t cell = 0; cell < cells; cell++) add_at(s, numbers[k], cell);
}

/* The system of a cell with the next choice, up or down, of one domain more. */
static void add_moves(spreading *s, size_t cell)
{
    const orr_study_file *file = s->sweep->file;
    const uint64_t number = s->sweep->points[s->c->cells[cell].point].number;
    for (size_t d = 0; d < file->domain_count; d++)
        for (int step = -1; step <= 1; step += 2) {
            orr_sweep_choices(file, number, s->choices);
            if (step < 0 ? s->choices[d] == 0 : s->choices[d] + 1 == file->domains[d].choice_count) continue;
            s->choices[d] = step < 0 ? s->choices[d] - 1 : s->choices[d] + 1;
            add_at(s, orr_sweep_number(file, s->choices), cell);
        }
}

/* Every move of one domain from the best of all, as a bred sweep has them: its tornado (sweep_effects.c). */
static void add_tornado(spreading *s)
{
    const orr_study_file *file = s->sweep->file;
    if (s->c->best == ORR_NO_CELL) return;
    const uint64_t best = s->sweep->points[s->c->cells[s->c->best].point].number;
    for (size_t d = 0; d < file->domain_count; d++)
        for (size_t c = 0; c < file->domains[d].choice_count; c++) {
            orr_sweep_choices(file, best, s->choices);
            s->choices[d] = c;
            add(s, orr_sweep_number(file, s->choices));
        }
}

static void add_neighbours(spreading *s)
{
    const size_t columns = s->c->x.count, rows = s->c->y.count;
    for (size_t cell = 0; cell < columns * rows; cell++) {
        const size_t r = cell / columns, k = cell % columns, beside[] = {k > 0 ? cell - 1 : cell, k + 1 < columns ? cell + 1 : cell, r > 0 ? cell - columns : cell, r + 1 < rows ? cell + columns : cell};
        for (int i = 0; i < 4; i++) if (s->c->cells[beside[i]].point != ORR_NO_CELL) add_at(s, s->sweep->points[s->c->cells[beside[i]].point].number, cell);
        if (s->c->cells[cell].point != ORR_NO_CELL) add_moves(s, cell);
    }
    add_tornado(s);
}

bool orr_contours_spread(orr_sweep *sweep, orr_contours *c, size_t round, orr_arena *arena)
{
    spreading s = {.sweep = sweep, .c = c, .choices = ORR_NEW_ARRAY(arena, size_t, sweep->file->domain_count + 1), .count = sweep->point_count, .room = sweep->point_count, .arena = arena};
    find_best(sweep, c, arena);
    if (round == 0) add_seeds(&s);
    else add_neighbours(&s);
    if (s.count == sweep->point_count) return false;
    /* neighbours may bring the same system to a cell */
    const size_t from = sweep->point_count;
    sweep->point_count = s.count;
    orr_sweep_sort(sweep, from);
    size_t kept = from;
    for (size_t p = from; p < s.count; p++) if (p == from || sweep->points[p].number != sweep->points[kept - 1].number) sweep->points[kept++] = sweep->points[p];
    sweep->point_count = kept;
    return true;
}

/* --- costs --- */

typedef struct costing { const orr_sweep *sweep; orr_contours *c; } costing;

/* Figures of a chip that no point keeps: the cell's best system is bound again. */
static void bind_cost(void *context, size_t cell)
{
    const costing *k = context;
    orr_contour_cell *at = &k->c->cells[cell];
    if (at->point == ORR_NO_CELL) return;
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_study *study = ORR_NEW(arena, orr_study);
    size_t *choices = ORR_NEW_ARRAY(arena, size_t, k->sweep->file->domain_count + 1);
    orr_sweep_choices(k->sweep->file, k->sweep->points[at->point].number, choices);
    if (orr_study_bind(k->sweep->file, choices, arena, study, diags)) {
        const orr_chip *chip = &study->hardware.chip;
        at->cost = k->c->cost == ORR_CONTOUR_CHIP_USD ? chip->silicon_usd : k->c->cost == ORR_CONTOUR_DIE_MM2 ? chip->silicon_mm2 : chip->tdp_w;
    }
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
}

/* Positive and finite, or NaN. */
static double cost_of(const orr_sweep_point *p, orr_contour_cost cost)
{
    const double usd_per_h = p->usd_per_mtok * p->output_tokens_per_s * (3600 / 1e6);
    const double value = cost == ORR_CONTOUR_USD_PER_H ? usd_per_h : cost == ORR_CONTOUR_USD_PER_GPU_H ? usd_per_h / (double)p->gpus : 1e6 * p->output_tokens_per_s / p->output_tokens_per_s_per_mw;
    return value;
}

typedef struct range { double low, high; } range;

/* Of cells that have a cost; low > high: none has. */
static range find_costs(const orr_sweep *sweep, orr_contours *c, orr_workers *workers)
{
    const size_t cells = c->x.count * c->y.count;
    costing k = {sweep, c};
    const bool of_chip = c->cost == ORR_CONTOUR_CHIP_USD || c->cost == ORR_CONTOUR_DIE_MM2 || c->cost == ORR_CONTOUR_TDP;
    if (of_chip) orr_workers_run(workers, bind_cost, &k, cells, NULL, NULL, NULL);
    range r = {(double)INFINITY, 0};
    for (size_t i = 0; i < cells; i++) {
        orr_contour_cell *cell = &c->cells[i];
        if (cell->point == ORR_NO_CELL) continue;
        if (!of_chip) cell->cost = cost_of(&sweep->points[cell->point], c->cost);
        if (!(cell->cost > 0) || !isfinite(cell->cost)) { cell->cost = (double)NAN; continue; }
        r.low = orr_min(r.low, cell->cost);
        r.high = orr_max(r.high, cell->cost);
    }
    return r;
}

static bool differs(range r) { return r.high > r.low * (1 + 1e-6); }

static range choose_cost(const orr_sweep *sweep, orr_contours *c, orr_workers *workers)
{
    static const orr_contour_cost in_turn[] = {ORR_CONTOUR_USD_PER_GPU_H, ORR_CONTOUR_USD_PER_H, ORR_CONTOUR_CHIP_USD};
    if (c->has_cost) return find_costs(sweep, c, workers);
    range r = {(double)INFINITY, 0};
    for (size_t i = 0; i < sizeof in_turn / sizeof *in_turn && !c->has_cost; i++) {
        c->cost = in_turn[i];
        r = find_costs(sweep, c, workers);
        c->has_cost = differs(r);
    }
    return r;
}

/* --- lines --- */

/* Logarithms; NaN where there is none. */
static double *logs_of(const orr_contours *c, bool of_cost, orr_arena *arena)
{
    const size_t cells = c->x.count * c->y.count;
    double *logs = ORR_NEW_ARRAY(arena, double, cells);
    for (size_t i = 0; i < cells; i++) {
        const double value = of_cost ? c->cells[i].cost : c->cells[i].objective;
        logs[i] = value > 0 ? orr_log(value) : (double)NAN;
    }
    return logs;
}

static size_t trace(const orr_contours *c, const double *logs, range r, orr_contour_level *levels, orr_arena *arena)
{
    double values[ORR_CONTOUR_LEVELS_MOST];
    const orr_contour_grid grid = {c->x.count, c->y.count, c->x.at, c->y.at, logs};
    const size_t count = orr_contour_levels(r.low, r.high, values);
    for (size_t i = 0; i < count; i++) {
        levels[i].level = values[i];
        levels[i].lines = orr_contour_trace(&grid, orr_log(values[i]), arena, &levels[i].line_count);
    }
    return count;
}

static double value_at(const orr_contour_axis *axis, double at) { return axis->is_log ? orr_exp(at) : at; }

/* The best of the lines of one cost; of the cells that cost no more. False: there is no line. */
static bool find_place(const orr_sweep *sweep, const orr_contours *c, const double *objectives, const orr_contour_level *level, orr_contour_place *place)
{
    *place = (orr_contour_place){.cost = level->level, .objective = (double)NAN, .within = ORR_NO_CELL};
    double least = (double)INFINITY;
    for (size_t i = 0; i < level->line_count; i++) {
        const orr_contour_line *line = &level->lines[i];
        for (size_t k = 0; k < line->count; k++) {
            const orr_contour_vertex *v = &line->vertices[k];
            const double objective = orr_exp(objectives[v->low] + v->t * (objectives[v->high] - objectives[v->low])), loss = orr_objective_loss(sweep->objective, objective);
            if (!(loss < least)) continue;
            least = loss;
            place->x = value_at(&c->x, v->u);
            place->y = value_at(&c->y, v->v);
            place->objective = objective;
            place->ends = !line->closed && (k == 0 || k + 1 == line->count);
        }
    }
    for (size_t i = 0; i < c->x.count * c->y.count; i++) {
        if (!(c->cells[i].cost <= level->level * (1 + 1e-9))) continue;
        if (place->within == ORR_NO_CELL || is_better(sweep, &sweep->points[c->cells[i].point], &sweep->points[c->cells[place->within].point])) place->within = i;
    }
    return least < (double)INFINITY;
}

void orr_contours_draw(const orr_sweep *sweep, orr_contours *c, orr_workers *workers, orr_arena *arena)
{
    find_best(sweep, c, arena);
    range of = {(double)INFINITY, 0};
    for (size_t i = 0; i < c->x.count * c->y.count; i++) if (c->cells[i].objective > 0) of = (range){orr_min(of.low, c->cells[i].objective), orr_max(of.high, c->cells[i].objective)};
    const range cost = choose_cost(sweep, c, workers);
    const double *objectives = logs_of(c, false, arena);
    if (differs(of)) c->level_count = trace(c, objectives, of, c->levels, arena);
    if (c->has_cost && differs(cost)) c->cost_count = trace(c, logs_of(c, true, arena), cost, c->costs, arena);
    for (size_t i = 0; i < c->cost_count; i++) c->place_count += find_place(sweep, c, objectives, &c->costs[i], &c->places[c->place_count]);
}
