#include "ask/compare.h"

#include <math.h>
#include <string.h>
#include "base/cancel.h"
#include "base/json.h"
#include "base/vec.h"
#include "report/figure.h"
#include "report/grid.h"
#include "report/texts.h"

/* --- inputs --- */

typedef struct differing { const char *path, *a, *b; } differing;
typedef struct differences { orr_arena *arena; ORR_VEC(differing) items; size_t leaves; } differences;

static const char *value_of(const orr_node *node, orr_arena *arena)
{
    if (!node) return "-";
    if (node->kind == ORR_NODE_SCALAR) return node->scalar;
    orr_text text = {0};
    orr_node bare = *node;
    bare.key = NULL;
    bare.next = NULL;
    orr_tree_write_json(&bare, &text);
    const char *value = orr_arena_strdup(arena, text.bytes ? text.bytes : "");
    orr_text_free(&text);
    return value;
}

static bool are_equal(const orr_node *a, const orr_node *b, orr_arena *arena) { return a && b && a->kind == b->kind && orr_text_equal(value_of(a, arena), value_of(b, arena)); }

/* Says where a value is from, or what else it is called: no part of the system. */
static bool is_aside(const char *key) { return orr_text_equal(key, "sources") || orr_text_equal(key, "aliases"); }

static void find_differences(const orr_node *a, const orr_node *b, const char *path, differences *all)
{
    const bool maps = (!a || a->kind == ORR_NODE_MAP) && (!b || b->kind == ORR_NODE_MAP);
    if (!maps || (a && !a->first && b && !b->first)) {
        all->leaves++;
        if (!are_equal(a, b, all->arena)) orr_vec_push(&all->items, (differing){path, value_of(a, all->arena), value_of(b, all->arena)});
        return;
    }
    for (const orr_node *child = a ? a->first : NULL; child; child = child->next)
        if (!is_aside(child->key)) find_differences(child, b ? orr_tree_get(b, child->key) : NULL, *path ? orr_arena_printf(all->arena, "%s.%s", path, child->key) : child->key, all);
    for (const orr_node *child = b ? b->first : NULL; child; child = child->next)
        if ((!a || !orr_tree_get(a, child->key)) && !is_aside(child->key)) find_differences(NULL, child, *path ? orr_arena_printf(all->arena, "%s.%s", path, child->key) : child->key, all);
}

/* --- outputs --- */

/* Where a figure stands in the JSON of a verb, its replications and its interval; NULL: it has none. */
static const struct { const char *label, *path, *replicated, *interval; } figures[] = {
    {"mean TTFT, ms", "mean_ttft_ms", "mean_ttft_ms", "mean_ttft_ms"}, {"p50 TTFT, ms", "p50_ttft_ms", "p50_ttft_ms", "p50_ttft_ms"}, {"p99 TTFT, ms", "p99_ttft_ms", "p99_ttft_ms", "p99_ttft_ms"},
    {"mean TPOT, ms", "mean_tpot_ms", "mean_tpot_ms", "mean_tpot_ms"}, {"p50 TPOT, ms", "p50_tpot_ms", "p50_tpot_ms", "p50_tpot_ms"}, {"p99 TPOT, ms", "p99_tpot_ms", "p99_tpot_ms", "p99_tpot_ms"},
    {"mean E2EL, ms", "mean_e2el_ms", "mean_e2el_ms", "mean_e2el_ms"}, {"p99 E2EL, ms", "p99_e2el_ms", "p99_e2el_ms", "p99_e2el_ms"},
    {"requests/s", "request_throughput", "request_throughput", "request_throughput"}, {"goodput, requests/s", "request_goodput", "request_goodput", NULL}, {"output tok/s", "output_throughput", "output_throughput", "output_throughput"},
    {"output tok/s/GPU", "throughput.output_tokens_per_s_per_gpu", NULL, "output_tokens_per_s_per_gpu"}, {"SLO attainment", "slo.attainment", "slo_attainment", NULL},
    {"GPUs", "system.gpus", NULL, NULL}, {"USD/Mtok output", "cost.usd_per_mtok_output", NULL, "usd_per_million_output_tokens"}, {"J/output token", "energy.joules_per_output_token", NULL, "joules_per_output_token"},
    {"mean power, W", "energy.mean_power_w", NULL, "mean_power_w"},
    {"gain", "gain", NULL, NULL},
    {"points", "points", NULL, NULL}, {"best, simulated", "finalists.0.simulated.objective", NULL, NULL}, {"best, closed form", "best_in_closed_form.0.objective", NULL, NULL}};
enum { FIGURES = sizeof figures / sizeof *figures };

typedef struct row { const char *label, *key; double a, b; orr_apart apart; bool replicated; int overlap; /* of the model's 90 % intervals: 1, 0; -1: not known */ } row;

static double number_at(const orr_node *root, const char *path)
{
    const orr_node *node = root && path ? orr_tree_find(root, path) : NULL;
    double value = (double)NAN;
    return node && orr_node_as_double(node, &value) ? value : (double)NAN;
}

orr_apart orr_compare_means(int64_t n, double a, double s, int64_t m, double b, double r)
{
    if (n < 2 || m < 2 || isnan(a) || isnan(b) || isnan(s) || isnan(r)) return ORR_APART_UNKNOWN;
    const double va = s * s / (double)n, vb = r * r / (double)m, error = sqrt(va + vb), off = fabs(a - b);
    if (!(error > 0)) return off > 0 ? ORR_APART_YES : ORR_APART_EQUAL;
    const double freedom = (va + vb) * (va + vb) / (va * va / (double)(n - 1) + vb * vb / (double)(m - 1));
    return off > orr_student_t_975((int64_t)freedom < 1 ? 1 : (int64_t)freedom) * error ? ORR_APART_YES : ORR_APART_NO;
}

static const orr_node *inside(const orr_node *results, const char *section, const char *key)
{
    const orr_node *all = orr_tree_get(results, section);
    return all && key ? orr_tree_get(all, key) : NULL;
}

static int intervals_overlap(const orr_node *a, const orr_node *b)
{
    const double low_a = number_at(a, "ninety.0"), high_a = number_at(a, "ninety.1"), low_b = number_at(b, "ninety.0"), high_b = number_at(b, "ninety.1");
    if (isnan(low_a) || isnan(high_a) || isnan(low_b) || isnan(high_b)) return -1;
    return low_a <= high_b && low_b <= high_a;
}

static size_t find_rows(const orr_compared *a, const orr_compared *b, row *rows)
{
    size_t count = 0;
    for (size_t i = 0; i < FIGURES; i++) {
        const double va = number_at(a->results, figures[i].path), vb = number_at(b->results, figures[i].path);
        if (isnan(va) || isnan(vb)) continue;
        row *r = &rows[count++];
        *r = (row){.label = figures[i].label, .key = figures[i].path, .a = va, .b = vb};
        const orr_node *ra = inside(a->results, "replications", figures[i].replicated), *rb = inside(b->results, "replications", figures[i].replicated);
        if (ra && rb) {
            r->a = number_at(ra, "mean");
            r->b = number_at(rb, "mean");
            r->apart = orr_compare_means((int64_t)number_at(ra, "runs"), r->a, number_at(ra, "std"), (int64_t)number_at(rb, "runs"), r->b, number_at(rb, "std"));
            r->replicated = true;
        }
        if (!(r->a < r->b) && !(r->b < r->a)) r->apart = ORR_APART_EQUAL;
        r->overlap = figures[i].interval ? intervals_overlap(inside(a->results, "intervals", figures[i].interval), inside(b->results, "intervals", figures[i].interval)) : -1;
    }
    return count;
}

/* --- telling --- */

static const char *apart_words(const row *r)
{
    switch (r->apart) {
    case ORR_APART_EQUAL: return "the same";
    case ORR_APART_NO: return "no: within chance";
    case ORR_APART_YES: return "yes, 95 % sure";
    case ORR_APART_UNKNOWN: break;
    }
    return r->replicated ? "too few runs" : "one run each";
}

static const char *shortened(const char *text, orr_arena *arena)
{
    enum { MOST = 48 };
    return strlen(text) > MOST ? orr_arena_printf(arena, "%.*s..", MOST - 2, text) : text;
}

static void put_inputs(const orr_compared *a, const orr_compared *b, const differences *d, orr_arena *arena, orr_text *out)
{
    if (!a->inputs || !b->inputs) {
        orr_text_append(out, "Inputs: not known of both (an answer of sweep or whatif that is a file holds none; one in a store does).\n");
        return;
    }
    if (d->items.count == 0) {
        orr_text_printf(out, "Inputs: all %zu values are the same.\n", d->leaves);
        return;
    }
    orr_text_printf(out, "Inputs that differ, of %zu\n", d->leaves);
    orr_grid *grid = orr_grid_begin(arena, "lll", 2);
    ORR_GRID_ROW(grid, "", "A", "B");
    orr_grid_rule(grid);
    for (size_t i = 0; i < d->items.count; i++) ORR_GRID_ROW(grid, d->items.items[i].path, shortened(d->items.items[i].a, arena), shortened(d->items.items[i].b, arena));
    orr_grid_write(grid, out);
}

static void put_conclusion(const row *rows, size_t count, orr_arena *arena, orr_text *out)
{
    size_t replicated = 0, unknown = 0, yes = 0, no = 0, same = 0;
    for (size_t i = 0; i < count; i++) {
        replicated += rows[i].replicated;
        unknown += rows[i].apart == ORR_APART_UNKNOWN;
        yes += rows[i].apart == ORR_APART_YES;
        no += rows[i].apart == ORR_APART_NO;
        same += rows[i].apart == ORR_APART_EQUAL;
    }
    const char *text;
    if (same == count) text = "Every figure is the same.";
    else if (replicated == 0) text = "What chance in the traffic does is not known: one run each. --replications 10 on both sides (with measure.replications in a study) tells it.";
    else if (yes == 0 && no > 0) text = orr_arena_printf(arena, "By their replications the two are not distinguishable: %zu figures differ by no more than chance may make, %zu are the same.", no, same);
    else text = orr_arena_printf(arena, "By their replications %zu figures are told apart, %zu differ by no more than chance may make%s.", yes, no, unknown > 0 ? "; of the others nothing is known of chance" : "");
    orr_text_append(out, "\n");
    orr_text_wrap(text, 0, ORR_TEXT_COLUMNS, out);
    orr_text_wrap("Model's error: whether the 90 % intervals of what the model may be off overlap. Of two systems on one chip most of that error is common to both, so that their order is surer than that.", 0, ORR_TEXT_COLUMNS, out);
}

static void put_table(const orr_compared *a, const orr_compared *b, const differences *d, const row *rows, size_t count, orr_arena *arena, orr_text *out)
{
    const orr_compared *both[] = {a, b};
    for (int i = 0; i < 2; i++) {
        orr_text_printf(out, "%c  %s (%s)\n", 'A' + i, both[i]->name, both[i]->kind);
        if (!both[i]->answer) continue;
        orr_text_append(out, "   ");
        orr_text_wrap(both[i]->answer, 3, ORR_TEXT_COLUMNS, out);
    }
    orr_text_append(out, "\n");
    put_inputs(a, b, d, arena, out);
    if (count == 0) {
        orr_text_append(out, "\nOutputs: no figure stands in both.\n");
        return;
    }
    orr_text_append(out, "\nOutputs\n");
    orr_grid *grid = orr_grid_begin(arena, "lrrrll", 2);
    ORR_GRID_ROW(grid, "", "A", "B", "B to A", "told apart", "model's error");
    orr_grid_rule(grid);
    for (size_t i = 0; i < count; i++) {
        const row *r = &rows[i];
        const char *change = r->apart == ORR_APART_EQUAL ? "" : fabs(r->a) > 0 ? orr_arena_printf(arena, "%+.1f %%", 100 * (r->b / r->a - 1)) : "";
        ORR_GRID_ROW(grid, r->label, orr_figure_number(r->a, 4, arena), orr_figure_number(r->b, 4, arena), change, apart_words(r), r->overlap < 0 || r->apart == ORR_APART_EQUAL ? "" : r->overlap ? "overlaps" : "apart");
    }
    orr_grid_write(grid, out);
    put_conclusion(rows, count, arena, out);
}

static void put_side(orr_json *json, const char *key, const orr_compared *c)
{
    orr_json_key(json, key);
    orr_json_object(json);
    orr_json_put_string(json, "name", c->name);
    orr_json_put_string(json, "kind", c->kind);
    orr_json_put_string(json, "answer", c->answer);
    orr_json_object_end(json);
}

static void put_json(const orr_compared *a, const orr_compared *b, const differences *d, const row *rows, size_t count, orr_text *out)
{
    static const char *const apart[] = {"unknown", "equal", "no", "yes"};
    orr_json writer = orr_json_begin(out, true), *json = &writer;
    orr_json_object(json);
    orr_json_put_string(json, "schema", "orrery-compare/v1");
    put_side(json, "a", a);
    put_side(json, "b", b);
    orr_json_put_bool(json, "inputs_known", a->inputs && b->inputs);
    orr_json_key(json, "inputs");
    orr_json_array(json);
    for (size_t i = 0; i < d->items.count; i++) {
        orr_json_object(json);
        orr_json_put_string(json, "path", d->items.items[i].path);
        orr_json_put_string(json, "a", d->items.items[i].a);
        orr_json_put_string(json, "b", d->items.items[i].b);
        orr_json_object_end(json);
    }
    orr_json_array_end(json);
    orr_json_key(json, "outputs");
    orr_json_array(json);
    for (size_t i = 0; i < count; i++) {
        orr_json_object(json);
        orr_json_put_string(json, "figure", rows[i].key);
        orr_json_put_double(json, "a", rows[i].a);
        orr_json_put_double(json, "b", rows[i].b);
        orr_json_put_bool(json, "of_replications", rows[i].replicated);
        orr_json_put_string(json, "told_apart", apart[rows[i].apart]);
        if (rows[i].overlap >= 0) orr_json_put_bool(json, "intervals_overlap", rows[i].overlap);
        orr_json_object_end(json);
    }
    orr_json_array_end(json);
    orr_json_object_end(json);
    orr_text_append(out, "\n");
}

void orr_ask_compare(const orr_ask *ask, const char *first, const char *second, orr_answer *answer, orr_arena *arena, orr_diags *diags)
{
    *answer = (orr_answer){.code = ORR_EXIT_USAGE};
    const orr_compared *a = orr_compare_read(ask, first, arena, diags), *b = a || !orr_cancel_asked(ask->cancel) ? orr_compare_read(ask, second, arena, diags) : NULL;
    answer->code = orr_cancel_asked(ask->cancel) ? ORR_EXIT_INTERRUPTED : orr_exit_code(diags, ORR_EXIT_DONE);
    if (!a || !b) return;
    differences d = {.arena = arena};
    row rows[FIGURES];
    orr_text table = {0}, json = {0};
    if (a->inputs && b->inputs) find_differences(a->inputs, b->inputs, "", &d);
    const size_t count = find_rows(a, b, rows);
    put_json(a, b, &d, rows, count, &json);
    put_table(a, b, &d, rows, count, arena, &table);
    orr_vec_free(&d.items);
    orr_answer_of_bytes(answer, "compare.json", &json, &table, arena);
}
