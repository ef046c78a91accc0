/* `recommend --by`: a cross table of the objective, each cell's winner, and both as JSON and CSV. */
#include "report/best_by.h"

#include <math.h>
#include <string.h>
#include "lab/space.h"
#include "report/csv.h"
#include "report/figure.h"
#include "report/grid.h"
#include "report/results_json.h"
#include "report/texts.h"

static const char *choice_of(const orr_best_by *t, size_t cell, size_t domain) { return t->domains[domain].choices[t->cells[cell].choices[domain]]; }

static const char *name_of(const orr_best_by *t, size_t domain) { return orr_domain_name(t->domains, t->domain_count, domain); }

/* The rows' choices: of all domains but the last. */
static const char *row_name(const orr_best_by *t, size_t cell, orr_arena *arena)
{
    const char *name = "";
    for (size_t d = 0; d + 1 < t->domain_count; d++) name = orr_arena_printf(arena, "%s%s%s", name, d > 0 ? ", " : "", choice_of(t, cell, d));
    return name;
}

static const char *cell_text(const orr_best_by *t, size_t cell, const orr_best_cell *first, orr_arena *arena)
{
    const orr_best_cell *c = &t->cells[cell];
    if (cell >= t->cell_count) return "";
    if (!c->found) return "none";
    const char *value = orr_figure_objective(t->objective, c->objective, arena);
    if (c == first || !first->found) return value;
    return orr_arena_printf(arena, "%s (%+.0f %%)", value, 100 * (c->objective / first->objective - 1));
}

static void put_cross(const orr_best_by *t, orr_arena *arena, orr_text *out)
{
    const orr_domain *last = &t->domains[t->domain_count - 1];
    const size_t columns = last->choice_count, rows = (t->cell_count + columns - 1) / columns;
    char *alignment = ORR_NEW_ARRAY(arena, char, columns + 2);
    memset(alignment, 'r', columns + 1);
    alignment[0] = 'l';
    const char **line = ORR_NEW_ARRAY(arena, const char *, (rows + 1) * (columns + 1)), *names = "";
    orr_grid *grid = orr_grid_begin(arena, alignment, 0);
    for (size_t d = 0; d + 1 < t->domain_count; d++) names = orr_arena_printf(arena, "%s%s%s", names, d > 0 ? ", " : "", name_of(t, d));
    line[0] = names;
    for (size_t k = 0; k < columns; k++) line[k + 1] = orr_arena_printf(arena, "%s %s", k == 0 ? name_of(t, t->domain_count - 1) : "", last->choices[k]);
    orr_grid_row(grid, line);
    orr_grid_rule(grid);
    for (size_t r = 0; r < rows; r++) {
        const char **cells = line + (r + 1) * (columns + 1);
        cells[0] = row_name(t, r * columns, arena);
        for (size_t k = 0; k < columns; k++) cells[k + 1] = r * columns + k < t->cell_count ? cell_text(t, r * columns + k, &t->cells[k], arena) : "";
        orr_grid_row(grid, cells);
    }
    orr_grid_write(grid, out);
}

static void put_winners(const orr_best_by *t, orr_arena *arena, orr_text *out)
{
    orr_grid *grid = orr_grid_begin(arena, "llrrrrrll", 0);
    ORR_GRID_ROW(grid, "for", "best", "GPUs", orr_objective_heading(t->objective), "p99 TTFT", "p99 TPOT", "90 % sure", "binds, then", "grade");
    orr_grid_rule(grid);
    for (size_t i = 0; i < t->cell_count; i++) {
        const orr_best_cell *c = &t->cells[i];
        const char *name = "";
        for (size_t d = 0; d < t->domain_count; d++) name = orr_arena_printf(arena, "%s%s%s", name, d > 0 ? ", " : "", choice_of(t, i, d));
        if (!c->found) { ORR_GRID_ROW(grid, name, orr_arena_printf(arena, "none: %s: %s", c->label, c->reason ? c->reason : "no reason is known"), "", "", "", "", "", "", ""); continue; }
        ORR_GRID_ROW(grid, name, c->label, orr_figure_count(c->gpus, arena), orr_figure_objective(t->objective, c->objective, arena), orr_figure_time(c->ttft_p99_ns, arena), orr_figure_time(c->tpot_p99_ns, arena),
                     orr_arena_printf(arena, "%+.0f to %+.0f %%", 100 * (c->interval.low_ninety - 1), 100 * (c->interval.high_ninety - 1)), orr_arena_printf(arena, "%s, %s", orr_binding_name(c->binding), orr_binding_name(c->next)),
                     orr_grade_name(c->grade));
    }
    orr_grid_write(grid, out);
}

void orr_best_by_write_text(const orr_best_by *t, orr_arena *arena, orr_text *out)
{
    if (t->title) orr_text_printf(out, "%s\n", t->title);
    orr_text_printf(out, "Best %s of each%s\n\n", orr_objective_heading(t->objective), t->interrupted ? ", as far as it was searched" : "");
    put_cross(t, arena, out);
    orr_text_append(out, "\n");
    put_winners(t, arena, out);
    orr_text_append(out, "\n");
    orr_text_wrap(orr_arena_printf(arena, "%s, %s. Shares are against the first row. 90 %% sure: of throughput.", orr_figure_plural((int64_t)t->cell_count, "search", "searches", arena), orr_figure_plural((int64_t)t->simulated, "system simulated", "systems simulated", arena)), 0, ORR_TEXT_COLUMNS, out);
}

typedef struct figure { const char *name; double value; } figure;
enum { FIGURES = 10 };

static void figures_of(const orr_best_cell *c, figure *out)
{
    const double none = (double)NAN;
    const figure all[FIGURES] = {{"objective", c->objective}, {"p99_ttft_ms", c->ttft_p99_ns / 1e6}, {"p99_tpot_ms", c->tpot_p99_ns / 1e6}, {"interactivity_tokens_per_s_per_user", c->tokens_per_s_per_user},
        {"output_tokens_per_s_per_gpu", c->tokens_per_s_per_gpu}, {"usd_per_mtok_output", c->usd_per_mtok}, {"joules_per_output_token", c->joules_per_token}, {"gpus", (double)c->gpus}, {"throughput_low_90", c->interval.low_ninety}, {"throughput_high_90", c->interval.high_ninety}};
    for (int i = 0; i < FIGURES; i++) out[i] = (figure){all[i].name, c->found ? all[i].value : none};
}

void orr_best_by_write_csv(const orr_best_by *t, orr_text *out) { orr_best_by_put(t, &(orr_csv){.out = out}); }

void orr_best_by_put(const orr_best_by *t, orr_csv *csv)
{
    figure figures[FIGURES];
    for (size_t d = 0; d < t->domain_count; d++) orr_csv_string(csv, t->domains[d].path);
    orr_csv_string(csv, "best");
    figures_of(&(orr_best_cell){0}, figures);
    for (int i = 0; i < FIGURES; i++) orr_csv_string(csv, figures[i].name);
    orr_csv_string(csv, "binds");
    orr_csv_string(csv, "binds_next");
    orr_csv_string(csv, "grade");
    orr_csv_row_end(csv);
    for (size_t i = 0; i < t->cell_count; i++) {
        const orr_best_cell *c = &t->cells[i];
        for (size_t d = 0; d < t->domain_count; d++) orr_csv_string(csv, choice_of(t, i, d));
        orr_csv_string(csv, c->found ? c->label : "");
        figures_of(c, figures);
        for (int k = 0; k < FIGURES; k++) orr_csv_double(csv, figures[k].value);
        orr_csv_string(csv, c->found ? orr_binding_name(c->binding) : "");
        orr_csv_string(csv, c->found ? orr_binding_name(c->next) : "");
        orr_csv_string(csv, c->found ? orr_grade_name(c->grade) : "");
        orr_csv_row_end(csv);
    }
}

void orr_best_by_write_json(const orr_best_by *t, const char *version, orr_text *out)
{
    orr_json writer = orr_json_begin(out, true), *json = &writer;
    orr_json_object(json);
    orr_json_put_string(json, "schema", ORR_RESULTS_SCHEMA);
    orr_json_put_string(json, "kind", "best_by");
    orr_json_put_string(json, "orrery_version", version);
    orr_json_put_string(json, "title", t->title);
    orr_json_put_string(json, "objective", orr_objective_key(t->objective));
    orr_json_put_bool(json, "interrupted", t->interrupted);
    orr_json_put_int(json, "simulated", (int64_t)t->simulated);
    orr_json_key(json, "by");
    orr_json_array(json);
    for (size_t d = 0; d < t->domain_count; d++) orr_json_string(json, t->domains[d].path);
    orr_json_array_end(json);
    orr_json_key(json, "cells");
    orr_json_array(json);
    for (size_t i = 0; i < t->cell_count; i++) {
        const orr_best_cell *c = &t->cells[i];
        figure figures[FIGURES];
        figures_of(c, figures);
        orr_json_object(json);
        orr_json_key(json, "choices");
        orr_json_array(json);
        for (size_t d = 0; d < t->domain_count; d++) orr_json_string(json, choice_of(t, i, d));
        orr_json_array_end(json);
        orr_json_put_bool(json, "found", c->found);
        orr_json_put_string(json, c->found ? "best" : "nearest", c->label);
        if (!c->found) orr_json_put_string(json, "reason", c->reason);
        for (int k = 0; k < FIGURES; k++) orr_json_put_double(json, figures[k].name, figures[k].value);
        if (c->found) {
            orr_json_put_string(json, "binds", orr_binding_name(c->binding));
            orr_json_put_string(json, "binds_next", orr_binding_name(c->next));
            orr_json_put_string(json, "grade", orr_grade_name(c->grade));
        }
        orr_json_object_end(json);
    }
    orr_json_array_end(json);
    orr_json_object_end(json);
    orr_text_append(out, "\n");
}
