/* Level lines of functions whose lines are known: a plane, a circle, x y = c on logarithmic axes, a saddle, a hole. */
#include "base_test.h"

#include <math.h>
#include "base/contour.h"
#include "base/math.h"

enum { N = 41 };
typedef struct field { double u[N], v[N], values[N * N]; orr_contour_grid grid; orr_arena *arena; } field;

static void make(field *f, double u0, double u1, double v0, double v1, double (*of)(double u, double v))
{
    for (int i = 0; i < N; i++) {
        f->u[i] = u0 + (u1 - u0) * i / (N - 1);
        f->v[i] = v0 + (v1 - v0) * i / (N - 1);
    }
    for (int r = 0; r < N; r++) for (int c = 0; c < N; c++) f->values[r * N + c] = of(f->u[c], f->v[r]);
    f->grid = (orr_contour_grid){N, N, f->u, f->v, f->values};
    f->arena = orr_arena_create();
}

/* Each vertex between its two nodes, neighbours in one square. */
static void expect_whole(const field *f, const orr_contour_line *line)
{
    const double du = f->u[1] - f->u[0], dv = f->v[1] - f->v[0];
    assert_true(line->count >= 2);
    for (size_t k = 0; k < line->count; k++) {
        const orr_contour_vertex *v = &line->vertices[k], *next = &line->vertices[(k + 1) % line->count];
        assert_true(v->t >= 0 && v->t <= 1 && v->low < v->high && v->high < N * N);
        const double u = f->u[v->low % N] + v->t * (f->u[v->high % N] - f->u[v->low % N]);
        assert_true(fabs(u - v->u) < 1e-12);
        if (k + 1 < line->count || line->closed) assert_true(fabs(next->u - v->u) <= du * (1 + 1e-9) && fabs(next->v - v->v) <= dv * (1 + 1e-9));
    }
}

static double plane(double u, double v) { return 3 * u - 2 * v; }
static double circle(double u, double v) { return u * u + v * v; }
static double product(double u, double v) { return u + v; }            /* ln(x y), u = ln x, v = ln y */
static double saddle(double u, double v) { return u * v; }
static double hills(double u, double v) { return orr_exp(-4 * ((u - 1) * (u - 1) + v * v)) + orr_exp(-4 * ((u + 1) * (u + 1) + v * v)); }

static void test_plane(void **state)
{
    (void)state;
    field f;
    size_t count;
    make(&f, -1, 2, 0, 5, plane);
    const orr_contour_line *lines = orr_contour_trace(&f.grid, 0.123, f.arena, &count);
    assert_true(count == 1 && !lines[0].closed);
    expect_whole(&f, lines);
    for (size_t k = 0; k < lines[0].count; k++) assert_true(fabs(plane(lines[0].vertices[k].u, lines[0].vertices[k].v) - 0.123) < 1e-12);
    /* from border to border */
    const orr_contour_vertex *a = &lines[0].vertices[0], *b = &lines[0].vertices[lines[0].count - 1];
    assert_true((fabs(a->v) < 1e-12 && fabs(b->u - 2) < 1e-12) || (fabs(b->v) < 1e-12 && fabs(a->u - 2) < 1e-12));
    orr_contour_trace(&f.grid, 100, f.arena, &count);
    assert_true(count == 0);
    orr_arena_destroy(f.arena);
}

static void test_circle(void **state)
{
    (void)state;
    field f;
    size_t count;
    make(&f, -1.5, 1.5, -1.5, 1.5, circle);
    const orr_contour_line *lines = orr_contour_trace(&f.grid, 1, f.arena, &count);
    assert_true(count == 1 && lines[0].closed);
    expect_whole(&f, lines);
    double area = 0;
    for (size_t k = 0; k < lines[0].count; k++) {
        const orr_contour_vertex *a = &lines[0].vertices[k], *b = &lines[0].vertices[(k + 1) % lines[0].count];
        const double h = f.u[1] - f.u[0];
        assert_true(fabs(sqrt(circle(a->u, a->v)) - 1) < h * h / 4);       /* the square of the spacing times the curvature over 8 */
        area += (a->u * b->v - b->u * a->v) / 2;
    }
    assert_true(fabs(fabs(area) - 3.14159265) < 0.01);
    orr_arena_destroy(f.arena);
}

static void test_product_on_logarithms(void **state)
{
    (void)state;
    field f;
    size_t count;
    make(&f, 0, orr_log(64), orr_log(0.5), orr_log(32), product);
    const orr_contour_line *lines = orr_contour_trace(&f.grid, orr_log(24), f.arena, &count);
    assert_true(count == 1 && !lines[0].closed);
    expect_whole(&f, lines);
    for (size_t k = 0; k < lines[0].count; k++) assert_true(fabs(orr_exp(lines[0].vertices[k].u) * orr_exp(lines[0].vertices[k].v) / 24 - 1) < 1e-12);
    orr_arena_destroy(f.arena);
}

/* Beside the saddle's middle the lines of +c lie in the quadrants of equal sign, of -c in the others: two each, never crossing. Through a square whose four edges are crossed, too. */
static void test_saddles(void **state)
{
    (void)state;
    field f;
    size_t count;
    make(&f, -1.01, 1, -1.03, 1, saddle);
    for (int sign = -1; sign <= 1; sign += 2) {
        const orr_contour_line *lines = orr_contour_trace(&f.grid, sign * 0.3, f.arena, &count);
        assert_true(count == 2);
        for (size_t i = 0; i < count; i++) for (size_t k = 0; k < lines[i].count; k++) assert_true(lines[i].vertices[k].u * lines[i].vertices[k].v * sign > 0);
    }
    const double u[] = {0, 1}, v[] = {0, 1}, high[] = {1, 0, 0, 1.2}, low[] = {1, 0, 0, 0.6};
    const orr_contour_line *joined = orr_contour_trace(&(orr_contour_grid){2, 2, u, v, high}, 0.5, f.arena, &count);
    assert_true(count == 2);        /* the mean is above: each line cuts a low corner off */
    for (size_t i = 0; i < 2; i++) for (size_t k = 0; k < 2; k++) assert_true((joined[i].vertices[k].u - joined[i].vertices[k].v) * (joined[i].vertices[0].u - joined[i].vertices[0].v) > 0);
    const orr_contour_line *parted = orr_contour_trace(&(orr_contour_grid){2, 2, u, v, low}, 0.5, f.arena, &count);
    assert_true(count == 2);
    for (size_t i = 0; i < 2; i++) for (size_t k = 0; k < 2; k++) assert_true((parted[i].vertices[k].u + parted[i].vertices[k].v - 1) * (parted[i].vertices[0].u + parted[i].vertices[0].v - 1) > 0);
    orr_arena_destroy(f.arena);
}

static void test_several_lines_and_holes(void **state)
{
    (void)state;
    field f;
    size_t count;
    make(&f, -2, 2, -2, 2, hills);
    const orr_contour_line *lines = orr_contour_trace(&f.grid, 0.5, f.arena, &count);
    assert_true(count == 2 && lines[0].closed && lines[1].closed);
    for (int r = 0; r < N; r++) for (int c = N / 2; c < N; c++) f.values[r * N + c] = (double)NAN;
    lines = orr_contour_trace(&f.grid, 0.5, f.arena, &count);
    assert_true(count == 1 && lines[0].closed);
    f.values[(N / 2) * N + 6] = (double)NAN;        /* on the line: it is cut */
    lines = orr_contour_trace(&f.grid, 0.5, f.arena, &count);
    assert_true(count >= 1);
    for (size_t i = 0; i < count; i++) expect_whole(&f, &lines[i]);
    orr_arena_destroy(f.arena);
}

static void test_levels_are_round(void **state)
{
    (void)state;
    double l[ORR_CONTOUR_LEVELS_MOST];
    assert_true(orr_contour_levels(1, 10.5, l) == 6 && l[0] == 1.5 && l[1] == 2 && l[5] == 10);
    assert_true(orr_contour_levels(0.012, 0.05, l) == 5 && l[0] == 0.015 && l[1] == 0.02 && l[2] == 0.025 && l[4] == 0.04);
    assert_true(orr_contour_levels(2.0, 2.8, l) == 7 && fabs(l[0] - 2.1) < 1e-12 && fabs(l[6] - 2.7) < 1e-12);
    assert_true(orr_contour_levels(5, 5, l) == 0 && orr_contour_levels((double)INFINITY, 0, l) == 0);
    for (double low = 0.003; low < 1e6; low *= 3.7)
        for (double ratio = 1.001; ratio < 1e7; ratio *= 1.9) {
            const size_t count = orr_contour_levels(low, low * ratio, l);
            assert_true(count >= 2 && count <= ORR_CONTOUR_LEVELS_MOST);
            for (size_t i = 0; i < count; i++) assert_true(l[i] > low * (1 - 1e-12) && l[i] < low * ratio * (1 + 1e-12) && (i == 0 || l[i] > l[i - 1]));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_plane), cmocka_unit_test(test_circle), cmocka_unit_test(test_product_on_logarithms), cmocka_unit_test(test_saddles), cmocka_unit_test(test_several_lines_and_holes), cmocka_unit_test(test_levels_are_round)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
