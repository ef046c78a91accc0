/* Residuals: evaluation against the formula, what stands far away and without data, smoothness, clamping; reading, and what is refused at its place. */
#include "perf_support.h"

#include "base/embedded.h"
#include "residual_support.h"

enum { DRAWN = 300 };

static const orr_kernel gemm = {.family = ORR_KERNEL_GEMM, .weight_dtype = ORR_DTYPE_BF16, .compute_dtype = ORR_DTYPE_BF16, .m = 1, .n = 1, .k = 1};

/* The formula at the head of residual.h, term by term. */
static double naive_factor(const orr_residual *r, const orr_kernel_shape *shape, double *nearness)
{
    double sum = r->bias, nearest = 0;
    for (size_t j = 0; j < r->count; j++) {
        double square = 0;
        for (size_t d = 0; d < r->dims; d++) square += pow(shape->logs[d] * r->inverse_spread[d] - (double)r->centers[j * r->dims + d], 2);
        const double distance = sqrt(square) * r->inverse_width, phi = distance < 1 ? pow(1 - distance, 4) * (4 * distance + 1) : 0;
        sum += r->weights[j] * phi;
        nearest = fmax(nearest, phi);
    }
    const double t = fmin(fmax((nearest - 0.05) / (0.4 - 0.05), 0), 1);
    *nearness = t * t * (3 - 2 * t);
    return fmin(fmax(exp(*nearness * sum), r->least), r->most);
}

static orr_kernel_shape drawn_shape(int dims, orr_rng *rng)
{
    orr_kernel_shape shape = {.dims = dims};
    for (int d = 0; d < dims; d++) shape.logs[d] = 18 * orr_rng_uniform(rng);
    return shape;
}

static void evaluation_is_the_formula(void **state)
{
    (void)state;
    orr_arena *arena = orr_arena_create();
    orr_rng rng = orr_rng_stream(1, "residuals", 0);
    int near = 0, between = 0, clamped = 0;
    for (int i = 0; i < DRAWN; i++) {
        const orr_residual r = drawn_residual(&gemm, RESIDUALS_DRAWN, &rng, arena);
        for (int k = 0; k < 50; k++) {
            const orr_kernel_shape shape = drawn_shape(3, &rng);
            double nearness = -1, wanted_nearness = -1;
            const double factor = orr_residual_factor(&r, &shape, &nearness), wanted = naive_factor(&r, &shape, &wanted_nearness);
            assert_near(factor, wanted, 1e-12);
            if (fabs(nearness - wanted_nearness) > 1e-12) fail_msg("nearness %.17g, by the formula %.17g", nearness, wanted_nearness);
            assert_true(factor >= r.least && factor <= r.most);
            near += nearness >= 1;
            between += nearness > 0 && nearness < 1;
            clamped += factor <= r.least || factor >= r.most;
        }
    }
    assert_true(near > 100 && between > 100 && clamped > 100);
    orr_arena_destroy(arena);
}

static void nothing_far_away_and_without_data(void **state)
{
    (void)state;
    orr_arena *arena = orr_arena_create();
    orr_rng rng = orr_rng_stream(2, "residuals", 0);
    const orr_residual r = drawn_residual(&gemm, RESIDUALS_DRAWN, &rng, arena);
    const orr_kernel_shape shape = drawn_shape(3, &rng), far = {.dims = 3, .logs = {400, 400, 400}}, other = drawn_shape(2, &rng);
    double nearness = 9;
    assert_true(orr_residual_factor(NULL, &shape, &nearness) == 1 && nearness == 0);
    nearness = 9;
    assert_true(orr_residual_factor(&r, &far, &nearness) == 1 && nearness == 0);
    nearness = 9;
    assert_true(orr_residual_factor(&r, &other, &nearness) == 1 && nearness == 0);      /* a shape of other sizes */
    assert_null(orr_residual_of(NULL, ORR_KERNEL_GEMM, "bf16"));
    assert_null(orr_residuals_find("no-such-chip", "vllm"));
    assert_null(orr_residuals_find("", ""));
    orr_arena_destroy(arena);
}

/* Along a line through shapes the logarithm of the factor moves in steps as small as the walk's: no jump at the edge of a centre's reach, of the fade, of the clamp. A bump of weight w moves by at most
 * 2.1 w a width, the fade by 9 a width; weights are below 1. */
static void smooth_on_a_fine_walk(void **state)
{
    (void)state;
    orr_arena *arena = orr_arena_create();
    orr_rng rng = orr_rng_stream(3, "residuals", 0);
    enum { STEPS = 20000 };
    for (int i = 0; i < 20; i++) {
        const orr_residual r = drawn_residual(&gemm, RESIDUALS_DRAWN, &rng, arena);
        const orr_kernel_shape from = drawn_shape(3, &rng), to = drawn_shape(3, &rng);
        double most = r.bias, square = 0;
        for (size_t j = 0; j < r.count; j++) most += fabs(r.weights[j]);
        for (size_t d = 0; d < 3; d++) square += pow((to.logs[d] - from.logs[d]) * r.inverse_spread[d], 2);
        const double widths_a_step = sqrt(square) * r.inverse_width / STEPS;
        double before = 0;
        for (int k = 0; k <= STEPS; k++) {
            orr_kernel_shape at = from;
            for (size_t d = 0; d < 3; d++) at.logs[d] += (to.logs[d] - from.logs[d]) * k / STEPS;
            const double now = log(orr_residual_factor(&r, &at, NULL));
            if (k > 0 && fabs(now - before) > 12 * (fabs(most) + 1) * widths_a_step + 1e-12) fail_msg("a jump from %.6f to %.6f", before, now);
            before = now;
        }
    }
    orr_arena_destroy(arena);
}

/* --- reading --- */

static const char head[] = "schema: orrery/residuals/v1\nchip: h100\nengine: test\nresiduals:\n";
static const char good[] = "  - family: gemm\n    kind: bf16\n    version: \"1\"\n    rows: 50\n    error_half: 0.02\n    error_ninety: 0.1\n    least: 0.5\n    most: 2\n    host_floor_ns: 0\n    dims: 3\n    count: 2\n"
                           "    width: 4.5\n    bias: 0.1\n    spread: \"1 2 0.5\"\n    weights: \"100 -200\"\n    centers: \"100 200 300 -50 0 1200\"\n";

static const orr_residuals *read_text(const char *text, orr_arena *arena, orr_diags *diags)
{
    orr_source *source = ORR_NEW(arena, orr_source);
    *source = (orr_source){"set.yaml", orr_arena_strdup(arena, text), strlen(text)};
    const orr_node *tree = orr_tree_parse(arena, source, diags);
    return tree != NULL ? orr_residuals_read(tree, arena, diags) : NULL;
}

static void reading(void **state)
{
    (void)state;
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    const orr_residuals *set = read_text(orr_arena_printf(arena, "%s%s", head, good), arena, diags);
    assert_non_null(set);
    assert_int_equal(set->count, 1);
    assert_string_equal(set->chip, "h100");
    const orr_residual *r = orr_residual_of(set, ORR_KERNEL_GEMM, "bf16");
    assert_non_null(r);
    assert_null(orr_residual_of(set, ORR_KERNEL_GEMM, "fp8"));
    assert_null(orr_residual_of(set, ORR_KERNEL_MOE, "bf16"));
    assert_true(r->dims == 3 && r->count == 2 && r->bias == 0.1 && r->least == 0.5 && r->most == 2 && r->error_ninety == 0.1);
    assert_true(r->weights[1] == -0.2 && (double)r->centers[3] == -0.5 && r->centers[5] == 12 && r->inverse_spread[2] == 2);
    assert_int_equal(orr_diags_error_count(diags), 0);
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
}

/* One field of a good file is replaced; the error names it and its line. */
static void what_is_refused(void **state)
{
    (void)state;
    static const struct { const char *from, *to, *says; } cases[] = {
        {"family: gemm", "family: gem", "set.yaml:5:13: error: a residual needs the family"}, {"    kind: bf16\n", "", "family and kind"},
        {"dims: 3", "dims: 0", "set.yaml:14:11: error: a residual needs a number \"dims\" from 1 to 8"}, {"dims: 3", "dims: 9", "\"dims\" from 1 to 8"}, {"dims: 3", "dims: 2.5", "set.yaml:14:11: error: \"dims\" of a residual is a whole number"},
        {"dims: 3", "dims: 2", "\"spread\" of a residual needs 2 numbers"}, {"count: 2", "count: -1", "\"count\" from 0 to 4096"}, {"count: 2", "count: 3", "\"weights\" of a residual needs 3 numbers"},
        {"count: 2", "count: 5000", "\"count\" from 0"}, {"width: 4.5", "width: 0", "set.yaml:16:12: error: a residual needs a number \"width\""}, {"width: 4.5", "width: wide", "\"width\""}, {"    bias: 0.1\n", "", "set.yaml:5:5: error: a residual needs a number \"bias\""},
        {"least: 0.5", "least: 1.5", "\"least\""}, {"least: 0.5", "least: 0", "\"least\""}, {"most: 2", "most: 0.5", "\"most\" from 1"}, {"spread: \"1 2 0.5\"", "spread: \"1 2 0\"", "\"spread\" of a residual is above 0"},
        {"\"1 2 0.5\"", "\"1 2 -0.5\"", "above 0"}, {"\"100 -200\"", "\"100-200\"", "set.yaml:19:14: error: \"weights\""}, {"\"100 -200\"", "\"100 1e300\"", "\"weights\""}, {"\"100 -200\"", "\"100 x\"", "\"weights\""},
        {"\"100 -200\"", "[100, -200]", "\"weights\""}, {"-50 0 1200", "-50 0", "\"centers\" of a residual needs 6 numbers"}, {"-50 0 1200", "-50 0 1200 7", "\"centers\""}, {"error_ninety: 0.1", "error_ninety: nan", "\"error_ninety\""},
        {"host_floor_ns: 0", "host_floor_ns: -1", "\"host_floor_ns\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        orr_arena *arena = orr_arena_create();
        orr_diags *diags = orr_diags_create();
        const char *all = orr_arena_printf(arena, "%s%s", head, good), *at = strstr(all, cases[i].from);
        assert_non_null(at);
        const char *broken = orr_arena_printf(arena, "%.*s%s%s", (int)(at - all), all, cases[i].to, at + strlen(cases[i].from));
        orr_text out = {0};
        if (read_text(broken, arena, diags) != NULL) fail_msg("%s was read", cases[i].to);
        orr_diags_render(diags, false, &out);
        if (orr_diags_error_count(diags) == 0 || strstr(out.bytes, cases[i].says) == NULL) fail_msg("%s -> %s: no error says \"%s\":\n%s", cases[i].from, cases[i].to, cases[i].says, out.bytes);
        orr_text_free(&out);
        orr_diags_destroy(diags);
        orr_arena_destroy(arena);
    }
}

static void a_head_is_needed(void **state)
{
    (void)state;
    static const char *const broken[] = {"chip: h100\nresiduals: []\n", "chip: {a: b}\nengine: x\nresiduals: []\n", "chip: a\nengine: b\nresiduals: none\n", "chip: a\nengine: b\n", "[1, 2]\n", "chip: a\nengine: b\nresiduals: [1]\n"};
    orr_arena *arena = orr_arena_create();
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        orr_diags *diags = orr_diags_create();
        if (read_text(broken[i], arena, diags) != NULL) fail_msg("%s was read", broken[i]);
        assert_true(orr_diags_error_count(diags) > 0);
        orr_diags_destroy(diags);
    }
    orr_diags *diags = orr_diags_create();
    assert_non_null(read_text("chip: a\nengine: b\nresiduals: []\n", arena, diags));
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
}

/* What is embedded is read, is of the chip and engine of its name, and each residual belongs to a family that may have it once. */
static void embedded_sets(void **state)
{
    (void)state;
    static const char folder[] = "data/residuals/";
    orr_arena *arena = orr_arena_create();
    for (size_t i = 0; i < orr_embedded_file_count; i++) {
        if (strncmp(orr_embedded_files[i].path, folder, sizeof folder - 1) != 0) continue;
        const char *name = orr_embedded_files[i].path + sizeof folder - 1, *parting = strstr(name, "--"), *end = strstr(name, ".yaml");
        assert_true(parting != NULL && end != NULL && parting < end);
        const orr_residuals *set = orr_residuals_find(orr_arena_strndup(arena, name, (size_t)(parting - name)), orr_arena_strndup(arena, parting + 2, (size_t)(end - parting - 2)));
        assert_non_null(set);
        assert_string_equal(orr_arena_printf(arena, "%s--%s.yaml", set->chip, set->engine), name);
        for (size_t k = 0; k < set->count; k++) {
            assert_ptr_equal(orr_residual_of(set, set->items[k].family, set->items[k].kind), &set->items[k]);
            assert_true(set->items[k].error_half <= set->items[k].error_ninety);
        }
    }
    orr_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evaluation_is_the_formula), cmocka_unit_test(nothing_far_away_and_without_data), cmocka_unit_test(smooth_on_a_fine_walk), cmocka_unit_test(reading), cmocka_unit_test(what_is_refused), cmocka_unit_test(a_head_is_needed), cmocka_unit_test(embedded_sets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
