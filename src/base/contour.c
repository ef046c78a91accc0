#include "base/contour.h"

#include <math.h>
#include <stdint.h>
#include "base/math.h"

/* Edges: first the horizontal ones (node to the next column), then the vertical ones (node to the next row), by their lower node. Of each the two it is joined to, at most, across the squares beside it. */
typedef struct tracing { const orr_contour_grid *grid; double level; size_t (*joined)[2]; bool *taken; } tracing;

static const size_t none = SIZE_MAX;

static double value_of(const tracing *t, size_t row, size_t column) { return t->grid->values[row * t->grid->columns + column]; }

static void join(tracing *t, size_t a, size_t b)
{
    t->joined[a][t->joined[a][0] != none] = b;
    t->joined[b][t->joined[b][0] != none] = a;
}

/* The square above and right of a node. */
static void cross_square(tracing *t, size_t row, size_t column)
{
    const size_t columns = t->grid->columns, nodes = columns * t->grid->rows, at = row * columns + column;
    const double a = value_of(t, row, column), b = value_of(t, row, column + 1), c = value_of(t, row + 1, column + 1), d = value_of(t, row + 1, column);
    if (isnan(a) || isnan(b) || isnan(c) || isnan(d)) return;
    const bool in_a = a >= t->level, in_b = b >= t->level, in_c = c >= t->level, in_d = d >= t->level;
    const size_t below = at, right = nodes + at + 1, above = at + columns, left = nodes + at;
    if (in_a == in_c && in_b == in_d && in_a != in_b) {
        const bool in_middle = (a + b + c + d) / 4 >= t->level;
        join(t, below, in_middle == in_a ? right : left);       /* a and c are joined: lines part b and d from them */
        join(t, above, in_middle == in_a ? left : right);
        return;
    }
    size_t crossed[2], count = 0;
    if (in_a != in_b) crossed[count++] = below;
    if (in_b != in_c) crossed[count++] = right;
    if (in_d != in_c) crossed[count++] = above;
    if (in_a != in_d && count < 2) crossed[count++] = left;
    if (count == 2) join(t, crossed[0], crossed[1]);
}

static orr_contour_vertex vertex_of(const tracing *t, size_t edge)
{
    const orr_contour_grid *g = t->grid;
    const size_t nodes = g->columns * g->rows, low = edge % nodes, high = low + (edge < nodes ? 1 : g->columns);
    const double share = (t->level - g->values[low]) / (g->values[high] - g->values[low]);
    const size_t c0 = low % g->columns, c1 = high % g->columns, r0 = low / g->columns, r1 = high / g->columns;
    return (orr_contour_vertex){.u = g->u[c0] + share * (g->u[c1] - g->u[c0]), .v = g->v[r0] + share * (g->v[r1] - g->v[r0]), .t = share, .low = low, .high = high};
}

/* From an edge on, until the line ends or comes back; marks what it takes. `vertices` NULL: only the count, nothing is marked. */
static size_t walk(tracing *t, size_t first, orr_contour_vertex *vertices)
{
    size_t count = 0, before = none;
    for (size_t at = first; at != none;) {
        if (vertices) {
            vertices[count] = vertex_of(t, at);
            t->taken[at] = true;
        }
        count++;
        const size_t next = t->joined[at][0] != before ? t->joined[at][0] : t->joined[at][1];
        before = at;
        at = next == first ? none : next;
    }
    return count;
}

const orr_contour_line *orr_contour_trace(const orr_contour_grid *grid, double level, orr_arena *arena, size_t *count)
{
    const size_t edges = 2 * grid->columns * grid->rows;
    tracing t = {.grid = grid, .level = level, .joined = orr_mem_resize(NULL, (edges + 1) * sizeof *t.joined), .taken = orr_mem_resize(NULL, (edges + 1) * sizeof *t.taken)};
    for (size_t e = 0; e < edges; e++) {
        t.joined[e][0] = t.joined[e][1] = none;
        t.taken[e] = false;
    }
    for (size_t r = 0; r + 1 < grid->rows; r++) for (size_t c = 0; c + 1 < grid->columns; c++) cross_square(&t, r, c);
    size_t lines = 0;
    for (size_t e = 0; e < edges; e++) lines += t.joined[e][0] != none;     /* no more than there are vertices */
    orr_contour_line *found = ORR_NEW_ARRAY(arena, orr_contour_line, lines + 1);
    *count = 0;
    for (int closed = 0; closed < 2; closed++) {
        for (size_t e = 0; e < edges; e++) {
            const bool begins = t.joined[e][0] != none && (closed || t.joined[e][1] == none);
            if (!begins || t.taken[e]) continue;
            const size_t length = walk(&t, e, NULL);
            orr_contour_vertex *vertices = ORR_NEW_ARRAY(arena, orr_contour_vertex, length);
            walk(&t, e, vertices);
            found[(*count)++] = (orr_contour_line){vertices, length, closed};
        }
    }
    orr_mem_free(t.joined);
    orr_mem_free(t.taken);
    return found;
}

/* --- levels --- */

/* x 10^k, to the nearest double. */
static double scaled(double x, int k)
{
    double power = 1;
    for (int i = k < 0 ? -k : k; i > 0; i--) power *= 10;
    return k < 0 ? x / power : x * power;
}

static int decade_of(double x) { return (int)floor(orr_log(x) / orr_log(10)); }

/* digits x 10^k inside (low, high); only counted where `levels` is NULL. */
static size_t of_decades(double low, double high, const double *digits, size_t digit_count, double *levels)
{
    size_t count = 0;
    for (int k = decade_of(low) - 1; k <= decade_of(high) + 1; k++) {
        for (size_t i = 0; i < digit_count; i++) {
            const double level = scaled(digits[i], k);
            if (!(level > low && level < high)) continue;
            if (levels) levels[count] = level;
            count++;
        }
    }
    return count;
}

static size_t of_steps(double low, double high, double levels[ORR_CONTOUR_LEVELS_MOST])
{
    static const double digits[] = {1, 2, 2.5, 5, 10};
    const int k = decade_of((high - low) / ORR_CONTOUR_LEVELS_MOST);
    for (size_t i = 0; i < sizeof digits / sizeof *digits; i++) {
        const double step = scaled(digits[i], k), first = floor(low / step) + 1, last = ceil(high / step) - 1;
        if (last - first + 1 > ORR_CONTOUR_LEVELS_MOST) continue;
        size_t count = 0;
        for (double n = first; n <= last; n++) levels[count++] = scaled(n * digits[i], k);
        return count;
    }
    return 0;
}

size_t orr_contour_levels(double low, double high, double levels[ORR_CONTOUR_LEVELS_MOST])
{
    static const double ten[] = {1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8}, six[] = {1, 1.5, 2, 3, 5, 7}, three[] = {1, 2, 5}, two[] = {1, 3}, one[] = {1};
    static const struct { const double *digits; size_t count; } ladders[] = {{ten, 10}, {six, 6}, {three, 3}, {two, 2}, {one, 1}};
    if (!(low < high)) return 0;
    if (!(low > 0 && high >= 3 * low)) return of_steps(low, high, levels);
    for (size_t i = 0; i < sizeof ladders / sizeof *ladders; i++)
        if (of_decades(low, high, ladders[i].digits, ladders[i].count, NULL) <= ORR_CONTOUR_LEVELS_MOST) return of_decades(low, high, ladders[i].digits, ladders[i].count, levels);
    return of_steps(low, high, levels);
}
