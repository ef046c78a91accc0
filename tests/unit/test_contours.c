/* Contours of a sweep: cells against every point, lines between cells, places of equal cost, spaces that are not estimated whole, and paths that are no axes. */
#include <math.h>
#include <string.h>

#include "base/math.h"
#include "lab/sweep.h"
#include "spec_support.h"

#define BANDWIDTH "hardware.chip.memory.bandwidth={range: {min: 1 TB/s, max: 8 TB/s, factor: 1.2599}}"
#define RATE "hardware.chip.compute.bf16={choices: [x4, x0.25, x0.5, x1, x2]}"
#define OTHERS "engine.tensor_parallel_size={choices: [1, 2, 4]}", "engine.max_num_seqs={choices: [8, 32, 128]}", "traffic.stop.requests=150"

static orr_sweep *sweep_of(spec_fixture *f, const char *const *settings, size_t count, const orr_contours_wanted *wanted, int threads, size_t samples)
{
    const orr_study_file *file = spec_read(f, spec_small_study, settings, count);
    return orr_sweep_study(file, &(orr_sweep_options){.threads = threads, .samples_most = samples, .contours = wanted}, f->arena, f->diags);
}

static void test_cells_are_the_best_of_their_points(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    const char *const settings[] = {BANDWIDTH, RATE, OTHERS};
    const orr_sweep *s = sweep_of(&f, settings, 5, &(orr_contours_wanted){.x = "memory.bandwidth", .y = "bf16", .cost = "tdp"}, 2, 100000);
    spec_expect_clean(&f);
    const orr_contours *c = s->contours;
    assert_true(c && c->x.count == 10 && c->y.count == 5 && c->x.is_log && c->y.is_log && c->x.unit == ORR_UNIT_BYTES_PER_S && c->y.unit == ORR_UNIT_FLOP_PER_S);
    for (size_t i = 1; i < c->y.count; i++) assert_true(c->y.values[i] > c->y.values[i - 1]);
    size_t choices[4], found = 0;
    for (size_t cell = 0; cell < 50; cell++) {
        double best = (double)INFINITY;
        for (size_t p = 0; p < s->point_count; p++) {
            orr_sweep_choices(s->file, s->points[p].number, choices);
            if (choices[c->x.index] != c->x.choices[cell % 10] || choices[c->y.index] != c->y.choices[cell / 10] || s->points[p].verdict != ORR_SWEEP_KEEPS) continue;
            best = orr_min(best, orr_objective_loss(s->objective, s->points[p].objective));
        }
        const bool has = c->cells[cell].point != ORR_NO_CELL;
        found += has;
        assert_true(has == isfinite(best));
        if (has) assert_true(!(orr_objective_loss(s->objective, c->cells[cell].objective) > best) && !(orr_objective_loss(s->objective, c->cells[cell].objective) < best));
    }
    assert_true(found == c->found && found > 20 && c->best != ORR_NO_CELL && c->level_count > 0);
    /* on a line the map takes its level, between the two cells of each vertex */
    for (size_t i = 0; i < c->level_count; i++)
        for (size_t l = 0; l < c->levels[i].line_count; l++)
            for (size_t k = 0; k < c->levels[i].lines[l].count; k++) {
                const orr_contour_vertex *v = &c->levels[i].lines[l].vertices[k];
                const double low = c->cells[v->low].objective, high = c->cells[v->high].objective;
                assert_true(fabs(orr_exp(orr_log(low) + v->t * (orr_log(high) - orr_log(low))) / c->levels[i].level - 1) < 1e-9);
            }
    assert_true(c->has_cost && c->cost == ORR_CONTOUR_TDP && c->place_count <= c->cost_count);
    spec_end(&f);
}

/* Where the price is an axis, the lines of equal cost are known: price a GPU. And the best on each is at the bandwidth that is best, the largest, whose line ends there. */
static void test_places_of_equal_cost(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    const char *const settings[] = {BANDWIDTH, "hardware.chip.price.per_hour={range: {min: 1 USD/h, max: 8 USD/h, factor: 1.1}}", "engine.max_num_seqs=32", "engine.tensor_parallel_size=2", "objective={maximize: output_tokens_per_s_per_gpu}", "traffic.load={process: closed, concurrency: 32}",
                                    "traffic.stop.requests=150"};
    const orr_sweep *s = sweep_of(&f, settings, 7, &(orr_contours_wanted){.x = "memory.bandwidth", .y = "price.per_hour"}, 1, 100000);
    spec_expect_clean(&f);
    const orr_contours *c = s->contours;
    assert_true(c->has_cost && c->cost == ORR_CONTOUR_USD_PER_GPU_H && c->place_count > 3 && c->place_count == c->cost_count);
    for (size_t i = 0; i < c->place_count; i++) {
        const orr_contour_place *p = &c->places[i];
        assert_true(fabs(p->y / p->cost - 1) < 1e-9 && fabs(p->x / c->x.values[c->x.count - 1] - 1) < 1e-9 && p->ends);
        assert_true(p->within != ORR_NO_CELL && c->cells[p->within].cost <= p->cost * (1 + 1e-9));
    }
    spec_end(&f);
}

/* Of a space of which a part alone is estimated the cells get points of their own: each has a system where the whole has one, none better than the whole's, and the same with any number of threads. */
static void test_a_space_in_part(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    const char *const settings[] = {BANDWIDTH, RATE, OTHERS, "serving.replicas={range: {min: 1, max: 4, step: 1}}"};
    const orr_contours_wanted wanted = {.x = "bf16", .y = "hardware.chip.memory.bandwidth"};
    const orr_sweep *whole = sweep_of(&f, settings, 6, &wanted, 1, 100000), *one = sweep_of(&f, settings, 6, &wanted, 1, 150), *two = sweep_of(&f, settings, 6, &wanted, 2, 150);
    spec_expect_clean(&f);
    assert_true(whole->point_count == 1800 && one->point_count > 150 && one->point_count < 1800 && two->point_count == one->point_count);
    assert_memory_equal(one->points, two->points, one->point_count * sizeof *one->points);
    const orr_contours *w = whole->contours, *a = one->contours, *b = two->contours;
    assert_true(a->found == w->found);
    size_t same = 0;
    for (size_t i = 0; i < w->x.count * w->y.count; i++) {
        assert_true(a->cells[i].point == b->cells[i].point);
        if (w->cells[i].point == ORR_NO_CELL) continue;
        const double more = orr_objective_loss(whole->objective, a->cells[i].objective) - orr_objective_loss(whole->objective, w->cells[i].objective);
        assert_true(more >= 0);
        same += !(more > 0);
    }
    assert_true(10 * same >= 9 * w->found);
    for (size_t i = 1; i < one->point_count; i++) assert_true(one->points[i].number > one->points[i - 1].number);
    spec_end(&f);
}

static void expect_refused(const orr_contours_wanted *wanted, const char *piece, const char *hint)
{
    spec_fixture f = spec_begin();
    const char *const settings[] = {BANDWIDTH, RATE, OTHERS, "engine.kv_cache_dtype={choices: [auto, fp8]}"};
    assert_null(sweep_of(&f, settings, 6, wanted, 1, 100));
    spec_expect_report(&f, piece);
    if (hint) spec_expect_report(&f, hint);
    spec_end(&f);
}

static void test_what_is_no_axis(void **state)
{
    (void)state;
    expect_refused(&(orr_contours_wanted){.x = "memory.bandwidth", .y = "memory.capacity"}, "--contours memory.capacity: no domain of this sweep", "hardware.chip.memory.bandwidth, hardware.chip.compute.bf16, engine.tensor_parallel_size, engine.max_num_seqs.");
    expect_refused(&(orr_contours_wanted){.x = "kv_cache_dtype", .y = "bf16"}, "its choices are not numbers of one unit (auto, ..)", "Numbers with more than one choice are here");
    expect_refused(&(orr_contours_wanted){.x = "bf16", .y = "compute.bf16"}, "both axes are hardware.chip.compute.bf16", NULL);
    expect_refused(&(orr_contours_wanted){.x = "bf16", .y = "memory.bandwidth", .cost = "gold"}, "--cost gold: nothing that is known", "usd_per_gpu_h");
    spec_fixture f = spec_begin();
    const char *const wide[] = {"hardware.chip.memory.bandwidth={range: {min: 1 TB/s, max: 8 TB/s, step: 1 GB/s}}", "serving.replicas={range: {min: 1, max: 8, step: 1}}"};
    assert_null(sweep_of(&f, wide, 2, &(orr_contours_wanted){.x = "memory.bandwidth", .y = "replicas"}, 1, 100));
    spec_expect_report(&f, "7001 x 8 cells are more than 40000");
    spec_end(&f);
}

int main(void)
{
    orr_diags *diags = orr_diags_create();
    if (!orr_catalogue_load(diags)) return 1;
    orr_diags_destroy(diags);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cells_are_the_best_of_their_points), cmocka_unit_test(test_places_of_equal_cost), cmocka_unit_test(test_a_space_in_part), cmocka_unit_test(test_what_is_no_axis)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
