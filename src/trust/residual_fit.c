/* Ridge regression on Wendland functions, by iteratively reweighted least squares (the loss of a large error grows linearly).
 *
 * Centres are rows spread by farthest-point choice; the width is the one of three with the least median error on one fold of five. Deterministic: no chance, sums in a fixed order. */
#include "trust/residual_fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/math.h"
#include "base/stats.h"
#include "base/vec.h"

enum { FOLDS = 5, LEAST_ROWS = 40, MOST_CENTERS = 260, ROWS_PER_CENTER = 6, REWEIGHTINGS = 3 };
static const double widths[] = {3, 4.5, 7};
static const double ridge = 1e-3, soft_error = 0.03;

/* One (table, kind), as numbers. */
typedef struct problem {
    size_t rows, dims;
    double *x;              /* rows x dims, over the spread */
    double *y;              /* log measured / predicted */
    const unsigned char *fold;
    double least, most;
} problem;

typedef struct fit_result { orr_residual residual; double *centers, *weights; } fit_result;

static double square_distance(const double *a, const double *b, size_t dims)
{
    double square = 0;
    for (size_t d = 0; d < dims; d++) square += (a[d] - b[d]) * (a[d] - b[d]);
    return square;
}

/* Farthest-point choice among the rows that are used; rounded to hundredths, as they are written. */
static size_t choose_centers(const problem *p, const bool *used, size_t wanted, double *centers)
{
    double *nearest = orr_mem_resize(NULL, p->rows * sizeof *nearest);
    size_t next = p->rows, count = 0;
    for (size_t i = 0; i < p->rows; i++) {
        nearest[i] = used[i] ? INFINITY : -1;
        if (used[i] && next == p->rows) next = i;
    }
    while (count < wanted && next < p->rows) {
        double *center = &centers[count++ * p->dims];
        for (size_t d = 0; d < p->dims; d++) center[d] = (double)orr_round_i64(100 * p->x[next * p->dims + d]) / 100;
        double farthest = 1e-6;
        size_t chosen = p->rows;
        for (size_t i = 0; i < p->rows; i++) {
            if (nearest[i] < 0) continue;
            nearest[i] = orr_min(nearest[i], square_distance(&p->x[i * p->dims], &p->x[next * p->dims], p->dims));
            if (nearest[i] > farthest) { farthest = nearest[i]; chosen = i; }
        }
        next = chosen;
    }
    orr_mem_free(nearest);
    return count;
}

/* Solves (A + ridge) w = b in place: Cholesky, lower triangle of the n x n matrix a. */
static void solve(double *a, double *b, size_t n)
{
    for (size_t i = 0; i < n; i++) a[i * n + i] += ridge;
    for (size_t j = 0; j < n; j++) {
        for (size_t k = 0; k < j; k++) {
            const double f = a[j * n + k];
            for (size_t i = j; i < n; i++) a[i * n + j] -= f * a[i * n + k];
        }
        const double root = sqrt(orr_max(a[j * n + j], 1e-12));
        for (size_t i = j; i < n; i++) a[i * n + j] /= root;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++) b[i] -= a[i * n + k] * b[k];
        b[i] /= a[i * n + i];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++) b[i] -= a[k * n + i] * b[k];
        b[i] /= a[i * n + i];
    }
}

static void solve_weights(const problem *p, const bool *used, const double *design, size_t n, double *solution)
{
    double *a = orr_mem_resize(NULL, n * n * sizeof *a), *row_weight = orr_mem_resize(NULL, p->rows * sizeof *row_weight);
    for (size_t i = 0; i < p->rows; i++) row_weight[i] = used[i] ? 1 : 0;
    for (int pass = 0; pass < REWEIGHTINGS; pass++) {
        memset(a, 0, n * n * sizeof *a);
        for (size_t i = 0; i < n; i++) solution[i] = 0;
        for (size_t r = 0; r < p->rows; r++) {
            if (!(row_weight[r] > 0)) continue;
            const double *row = &design[r * n];
            for (size_t i = 0; i < n; i++) {
                const double v = row_weight[r] * row[i];
                if (!(v > 0)) continue;
                solution[i] += v * p->y[r];
                for (size_t k = 0; k <= i; k++) a[i * n + k] += v * row[k];
            }
        }
        solve(a, solution, n);
        for (size_t r = 0; r < p->rows; r++) {
            if (!used[r]) continue;
            double error = p->y[r];
            for (size_t i = 0; i < n; i++) error -= design[r * n + i] * solution[i];
            row_weight[r] = soft_error / sqrt(error * error + soft_error * soft_error);
        }
    }
    orr_mem_free(a);
    orr_mem_free(row_weight);
}

/* Fits to the rows that are used. The arrays of `out` are the caller's. */
static void fit_rows(const problem *p, const bool *used, double width, fit_result *out)
{
    size_t rows = 0;
    for (size_t i = 0; i < p->rows; i++) rows += used[i];
    const size_t wanted = rows / ROWS_PER_CENTER < MOST_CENTERS ? rows / ROWS_PER_CENTER : MOST_CENTERS;
    const size_t count = choose_centers(p, used, wanted, out->centers), n = count + 1;
    double *design = orr_mem_resize(NULL, p->rows * n * sizeof *design), *solution = orr_mem_resize(NULL, n * sizeof *solution);
    for (size_t r = 0; r < p->rows; r++) {
        for (size_t j = 0; j < count; j++) design[r * n + j] = orr_wendland(sqrt(square_distance(&p->x[r * p->dims], &out->centers[j * p->dims], p->dims)) / width);
        design[r * n + count] = 1;
    }
    solve_weights(p, used, design, n, solution);
    out->residual.count = count;
    out->residual.inverse_width = 1 / width;
    out->residual.bias = (double)orr_round_i64(1000 * solution[count]) / 1000;
    for (size_t j = 0; j < count; j++) out->weights[j] = (double)orr_round_i64(1000 * solution[j]) / 1000;
    orr_mem_free(design);
    orr_mem_free(solution);
}

/* What the residual says of one row: the very function that predictions go through, its centres as floats. */
static double said(const problem *p, const fit_result *fit, const float *centers, size_t row)
{
    orr_residual residual = fit->residual;
    residual.centers = centers;
    residual.weights = fit->weights;
    residual.least = p->least;
    residual.most = p->most;
    orr_kernel_shape shape = {.dims = (int)p->dims};
    residual.dims = p->dims;
    for (size_t d = 0; d < p->dims; d++) { shape.logs[d] = p->x[row * p->dims + d]; residual.inverse_spread[d] = 1; }
    return orr_log(orr_residual_factor(&residual, &shape, NULL));
}

static void to_float(const problem *p, const fit_result *fit, float *centers)
{
    for (size_t i = 0; i < fit->residual.count * p->dims; i++) centers[i] = (float)fit->centers[i];
}

/* Errors of the rows of one fold, by a fit to the others; the median of their size. */
static double judge_fold(const problem *p, size_t fold, double width, fit_result *scratch, float *centers, double *errors)
{
    bool *used = orr_mem_resize(NULL, p->rows * sizeof *used);
    double *sizes = orr_mem_resize(NULL, (p->rows + 1) * sizeof *sizes);
    size_t count = 0;
    for (size_t i = 0; i < p->rows; i++) used[i] = p->fold[i] != fold;
    fit_rows(p, used, width, scratch);
    to_float(p, scratch, centers);
    for (size_t i = 0; i < p->rows; i++)
        if (!used[i]) sizes[count++] = fabs(errors[i] = said(p, scratch, centers, i) - p->y[i]);
    const double median = count > 0 ? orr_percentile(sizes, count, 0.5) : 0;
    orr_mem_free(used);
    orr_mem_free(sizes);
    return median;
}

static void set_quantiles(const problem *p, const double *errors, orr_residual *residual)
{
    double *sizes = orr_mem_resize(NULL, p->rows * sizeof *sizes);
    for (size_t i = 0; i < p->rows; i++) sizes[i] = fabs(errors[i]);
    residual->error_half = orr_percentile(sizes, p->rows, 0.5);
    residual->error_ninety = orr_percentile(sizes, p->rows, 0.9);
    orr_mem_free(sizes);
}

static void fit_problem(const problem *p, fit_result *result, double *errors)
{
    float *centers = orr_mem_resize(NULL, MOST_CENTERS * ORR_KERNEL_DIMS * sizeof *centers);
    double best = INFINITY, width = widths[0];
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
        const double median = judge_fold(p, 0, widths[w], result, centers, errors);
        if (median < best) { best = median; width = widths[w]; }
    }
    for (size_t fold = 0; fold < FOLDS; fold++) judge_fold(p, fold, width, result, centers, errors);
    bool *all = orr_mem_resize(NULL, p->rows * sizeof *all);
    for (size_t i = 0; i < p->rows; i++) all[i] = true;
    fit_rows(p, all, width, result);
    set_quantiles(p, errors, &result->residual);
    orr_mem_free(all);
    orr_mem_free(centers);
}

/* --- groups of rows --- */

typedef struct group { const orr_kernel_table *table; orr_kernel_family family; double host_floor_ns; char kind[ORR_KERNEL_KIND_BYTES]; ORR_VEC(const orr_kernel_row *) rows; ORR_VEC(double) logs; } group;

typedef struct job { ORR_VEC(group) groups; const orr_coefficients *coefficients; orr_fitted_residual *out; orr_arena **arenas; } job;

static group *group_of(job *j, const orr_kernel_table *table, size_t first, const orr_kernel_row *row)
{
    char kind[ORR_KERNEL_KIND_BYTES];
    orr_kernel_kind(&row->kernel, kind);
    for (size_t i = first; i < j->groups.count; i++)
        if (j->groups.items[i].family == row->kernel.family && strcmp(j->groups.items[i].kind, kind) == 0) return &j->groups.items[i];
    group added = {.table = table, .family = row->kernel.family};
    memcpy(added.kind, kind, sizeof kind);
    orr_vec_push(&j->groups, added);
    return &j->groups.items[j->groups.count - 1];
}

static void gather(job *j, const orr_kernel_tables *tables, orr_workers *workers, orr_arena *arena)
{
    orr_kernel_sample *samples = NULL;
    const size_t count = orr_kernel_samples(tables, ~(orr_family_set)0, 0, arena, &samples);
    double *predicted_ns = ORR_NEW_ARRAY(arena, double, count + 1);
    orr_kernel_predict(samples, count, j->coefficients, ORR_PREDICT_DEVICE, workers, predicted_ns, NULL);
    size_t first = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && samples[i].table != samples[i - 1].table) first = j->groups.count;
        if (!isfinite(predicted_ns[i])) continue;
        group *g = group_of(j, samples[i].table, first, samples[i].row);
        orr_vec_push(&g->rows, samples[i].row);
        orr_vec_push(&g->logs, orr_log(samples[i].row->measured_ns / predicted_ns[i]));
    }
}

/* A benchmark that waits for the host shows one time, whatever the shape: the least third of its rows lie within a fifth of one another, above 20 us, while the model spreads them widely and below. */
static double host_floor_of(const group *g)
{
    const size_t count = g->rows.count;
    double *sorted = orr_mem_resize(NULL, count * sizeof *sorted);
    for (size_t i = 0; i < count; i++) sorted[i] = g->rows.items[i]->measured_ns;
    orr_sort_doubles(sorted, count);
    const double low = orr_percentile_sorted(sorted, count, 0.02), third = orr_percentile_sorted(sorted, count, 1.0 / 3), floor_ns = orr_percentile_sorted(sorted, count, 1.0 / 6);
    orr_mem_free(sorted);
    if (low < 20000 || third > 1.2 * low) return 0;
    size_t below = 0, far = 0;
    for (size_t i = 0; i < count; i++) {
        if (g->rows.items[i]->measured_ns > third) continue;
        below++;
        far += g->logs.items[i] > orr_log(2);
    }
    return 2 * far > below ? floor_ns : 0;
}

/* Leaves out the rows that waited for the host: they say nothing of the kernel. */
static void drop_waiting(group *g)
{
    g->host_floor_ns = host_floor_of(g);
    size_t kept = 0;
    for (size_t i = 0; i < g->rows.count; i++) {
        if (g->rows.items[i]->measured_ns < 1.5 * g->host_floor_ns) continue;
        g->rows.items[kept] = g->rows.items[i];
        g->logs.items[kept++] = g->logs.items[i];
    }
    g->rows.count = g->logs.count = kept;
}

/* Logarithms over their spread; a size that does not vary is left at a spread of 1. */
static void set_shapes(const group *g, problem *p, double *spread)
{
    for (size_t i = 0; i < p->rows; i++) {
        const orr_kernel_shape shape = orr_kernel_shape_of(&g->rows.items[i]->kernel);
        for (size_t d = 0; d < p->dims; d++) p->x[i * p->dims + d] = shape.logs[d];
    }
    for (size_t d = 0; d < p->dims; d++) {
        double sum = 0, squares = 0;
        for (size_t i = 0; i < p->rows; i++) { const double v = p->x[i * p->dims + d]; sum += v; squares += v * v; }
        const double mean = sum / (double)p->rows, variance = squares / (double)p->rows - mean * mean;
        spread[d] = (double)orr_round_i64(1000 * (variance > 0.01 ? sqrt(variance) : 1)) / 1000;
        for (size_t i = 0; i < p->rows; i++) p->x[i * p->dims + d] /= spread[d];
    }
}

static void fit_group(void *context, size_t item)
{
    job *j = context;
    group *g = &j->groups.items[item];
    orr_fitted_residual *out = &j->out[item];
    orr_arena *arena = j->arenas[item];
    problem p = {.rows = g->rows.count, .dims = (size_t)orr_kernel_shape_of(&g->rows.items[0]->kernel).dims};
    p.x = ORR_NEW_ARRAY(arena, double, p.rows * p.dims);
    p.y = g->logs.items;
    unsigned char *fold = ORR_NEW_ARRAY(arena, unsigned char, p.rows);
    for (size_t i = 0; i < p.rows; i++) fold[i] = (unsigned char)orr_kernel_fold(&(orr_kernel_sample){g->table, g->rows.items[i]}, FOLDS);
    p.fold = fold;
    double spread[ORR_KERNEL_DIMS];
    set_shapes(g, &p, spread);
    double *sorted = ORR_NEW_ARRAY(arena, double, p.rows);
    memcpy(sorted, p.y, p.rows * sizeof *sorted);
    p.least = orr_min(orr_exp(orr_percentile(sorted, p.rows, 0.002)), 1);       /* 1 is what stands where nothing was measured */
    p.most = orr_max(orr_exp(orr_percentile(sorted, p.rows, 0.998)), 1);
    fit_result result = {.centers = ORR_NEW_ARRAY(arena, double, MOST_CENTERS * ORR_KERNEL_DIMS), .weights = ORR_NEW_ARRAY(arena, double, MOST_CENTERS)};
    double *errors = ORR_NEW_ARRAY(arena, double, p.rows);
    fit_problem(&p, &result, errors);
    float *centers = ORR_NEW_ARRAY(arena, float, result.residual.count * p.dims + 1);
    to_float(&p, &result, centers);
    out->table = g->table;
    out->row_count = p.rows;
    out->rows = g->rows.items;
    out->held_out = errors;
    out->residual = result.residual;
    out->residual.host_floor_ns = (double)orr_round_i64(g->host_floor_ns);
    out->residual.family = g->family;
    out->residual.kind = g->kind;
    out->residual.dims = p.dims;
    out->residual.least = p.least;
    out->residual.most = p.most;
    out->residual.centers = centers;
    out->residual.weights = result.weights;
    for (size_t d = 0; d < p.dims; d++) out->residual.inverse_spread[d] = 1 / spread[d];
}

/* What the groups held moves to the caller's arena. */
static void keep(orr_fitted_residual *fitted, orr_arena *arena)
{
    orr_residual *r = &fitted->residual;
    const orr_kernel_row **rows = ORR_NEW_ARRAY(arena, const orr_kernel_row *, fitted->row_count);
    double *errors = ORR_NEW_ARRAY(arena, double, fitted->row_count), *weights = ORR_NEW_ARRAY(arena, double, r->count + 1);
    float *centers = ORR_NEW_ARRAY(arena, float, r->count * r->dims + 1);
    memcpy(rows, fitted->rows, fitted->row_count * sizeof *rows);
    memcpy(errors, fitted->held_out, fitted->row_count * sizeof *errors);
    if (r->count > 0) memcpy(weights, r->weights, r->count * sizeof *weights);
    if (r->count > 0) memcpy(centers, r->centers, r->count * r->dims * sizeof *centers);
    fitted->rows = rows;
    fitted->held_out = errors;
    r->weights = weights;
    r->centers = centers;
    r->kind = orr_arena_strdup(arena, r->kind);
}

size_t orr_residuals_fit(const orr_kernel_tables *tables, const orr_coefficients *coefficients, orr_workers *workers, orr_arena *arena, orr_fitted_residual **fitted)
{
    job j = {.coefficients = coefficients};
    gather(&j, tables, workers, arena);
    size_t kept = 0;
    for (size_t i = 0; i < j.groups.count; i++) {
        group *g = &j.groups.items[i];
        if (g->rows.count >= LEAST_ROWS) drop_waiting(g);
        if (g->rows.count < LEAST_ROWS) continue;
        const group enough = *g;
        *g = j.groups.items[kept];
        j.groups.items[kept++] = enough;
    }
    *fitted = j.out = ORR_NEW_ARRAY(arena, orr_fitted_residual, kept + 1);
    j.arenas = ORR_NEW_ARRAY(arena, orr_arena *, kept + 1);
    for (size_t i = 0; i < kept; i++) j.arenas[i] = orr_arena_create();
    orr_workers_run(workers, fit_group, &j, kept, NULL, NULL, NULL);
    for (size_t i = 0; i < kept; i++) {
        keep(&j.out[i], arena);
        orr_arena_destroy(j.arenas[i]);
    }
    for (size_t i = 0; i < j.groups.count; i++) {
        orr_vec_free(&j.groups.items[i].rows);
        orr_vec_free(&j.groups.items[i].logs);
    }
    orr_vec_free(&j.groups);
    return kept;
}

/* --- writing --- */

/* Whose tables the catalogue's residuals come from. */
#define CATALOGUE_SOURCE "{title: \"Kernel timings on A100, H100, H200 and B200 SXM (ai-dynamo/aiconfigurator, Apache-2.0, a sample)\", url: \"https://github.com/ai-dynamo/aiconfigurator\", date: 2026, read: 2026-11-22}"

static void write_residual(const orr_fitted_residual *fitted, orr_text *out)
{
    const orr_residual *r = &fitted->residual;
    orr_text_printf(out, "  - family: %s\n    kind: %s\n    version: \"%s\"\n    rows: %zu\n", orr_kernel_family_name(r->family), r->kind, fitted->table->version, fitted->row_count);
    orr_text_printf(out, "    error_half: %.4f\n    error_ninety: %.4f\n    least: %.4f\n    most: %.4f\n", r->error_half, r->error_ninety, r->least, r->most);
    orr_text_printf(out, "    host_floor_ns: %.0f\n", r->host_floor_ns);
    orr_text_printf(out, "    dims: %zu\n    count: %zu\n    width: %.4g\n    bias: %.3f\n    spread: \"", r->dims, r->count, 1 / r->inverse_width, r->bias);
    for (size_t d = 0; d < r->dims; d++) orr_text_printf(out, "%s%.3f", d > 0 ? " " : "", 1 / r->inverse_spread[d]);
    orr_text_append(out, "\"\n    weights: \"");
    for (size_t i = 0; i < r->count; i++) orr_text_printf(out, "%s%.0f", i > 0 ? " " : "", 1000 * r->weights[i]);
    orr_text_append(out, "\"\n    centers: \"");
    for (size_t i = 0; i < r->count * r->dims; i++) orr_text_printf(out, "%s%.0f", i > 0 ? " " : "", 100 * (double)r->centers[i]);
    orr_text_append(out, "\"\n");
}

bool orr_residuals_write(const orr_fitted_residual *fitted, size_t count, const char *chip, const char *engine, const char *source, orr_text *out)
{
    size_t written = 0;
    for (size_t i = 0; i < count; i++) {
        if (!orr_text_equal(fitted[i].table->chip, chip) || !orr_text_equal(fitted[i].table->engine, engine)) continue;
        if (written++ == 0) {
            orr_text_printf(out, "# What the kernels of %s on %s differ from the universal model by: written by `orrery calibrate --residuals`, read by src/perf/residual.c.\n", engine, chip);
            orr_text_append(out, "# Centres are hundredths of a spread, weights thousandths of a logarithm; errors are of rows left out of the fit (five folds), as logarithms.\n");
            orr_text_printf(out, "schema: orrery/residuals/v1\nchip: %s\nengine: %s\n", chip, engine);
            orr_text_append(out, "sources:\n  kernels: ");
            if (orr_text_equal(source, "catalogue")) orr_text_append(out, CATALOGUE_SOURCE);
            else orr_citation_write(source != NULL ? source : "Kernel timings given to `orrery calibrate --residuals`", out);
            orr_text_append(out, "\nresiduals:\n");
        }
        write_residual(&fitted[i], out);
    }
    return written > 0;
}
