/* Residuals fitted to kernels whose true factor is known: found again on rows left out, told with the right errors, apart from what a benchmark waited for. */
#include "perf_support.h"

#include "base/rng.h"
#include "base/stats.h"
#include "trust/residual_fit.h"

enum { ROWS = 800 };

typedef struct fixture { orr_arena *arena; orr_diags *diags; orr_coefficients coefficients; orr_hardware hardware; orr_kernel_table table; orr_kernel_tables tables; double model_ns[ROWS]; } fixture;

/* Smooth in the logarithms of m and n. */
static double true_log(const orr_kernel *kernel) { return 0.3 * sin(log2(kernel->m) / 3) + 0.03 * (log2(kernel->n) - 11); }

static int set_up(void **state)
{
    fixture *f = test_calloc(1, sizeof *f);
    f->arena = orr_arena_create();
    f->diags = orr_diags_create();
    if (!universal_coefficients(&f->coefficients, f->arena, f->diags)) return -1;
    f->hardware = dgx_h100(1);
    orr_rng rng = orr_rng_stream(4, "rows", 0);
    f->table = (orr_kernel_table){.path = "h100/gemm-test-1.csv", .operator_ = "gemm", .chip = "h100", .engine = "test", .version = "1", .hardware = &f->hardware, .row_count = ROWS};
    f->table.rows = ORR_NEW_ARRAY(f->arena, orr_kernel_row, ROWS);
    for (size_t i = 0; i < ROWS; i++) {
        orr_kernel kernel = {.family = ORR_KERNEL_GEMM, .weight_dtype = ORR_DTYPE_BF16, .compute_dtype = ORR_DTYPE_BF16};
        kernel.m = floor(exp2(13 * orr_rng_uniform(&rng)));
        kernel.n = 64 * floor(exp2(3 + 5 * orr_rng_uniform(&rng)));
        kernel.k = 64 * floor(exp2(4 + 3 * orr_rng_uniform(&rng)));
        f->table.rows[i] = (orr_kernel_row){.kernel = kernel, .measured_ns = 1, .power_w = NAN, .power_limit_w = NAN, .kind = "bfloat16", .line = i + 2};
    }
    f->tables = (orr_kernel_tables){.items = &f->table, .count = 1};
    orr_kernel_sample *samples = NULL;
    orr_workers *workers = orr_workers_create(1);
    assert_int_equal(orr_kernel_samples(&f->tables, ~(orr_family_set)0, 0, f->arena, &samples), ROWS);
    orr_kernel_predict(samples, ROWS, &f->coefficients, ORR_PREDICT_DEVICE, workers, f->model_ns, NULL);
    orr_workers_destroy(workers);
    for (size_t i = 0; i < ROWS; i++) f->table.rows[i].measured_ns = f->model_ns[i] * exp(true_log(&f->table.rows[i].kernel));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    orr_diags_destroy(f->diags);
    orr_arena_destroy(f->arena);
    test_free(f);
    return 0;
}

static const orr_fitted_residual *fit(fixture *f, int threads)
{
    orr_workers *workers = orr_workers_create(threads);
    orr_fitted_residual *fitted = NULL;
    assert_int_equal(orr_residuals_fit(&f->tables, &f->coefficients, workers, f->arena, &fitted), 1);
    orr_workers_destroy(workers);
    return fitted;
}

static double quantile_of_sizes(fixture *f, const orr_fitted_residual *fitted, double p)
{
    double *sizes = ORR_NEW_ARRAY(f->arena, double, fitted->row_count);
    for (size_t i = 0; i < fitted->row_count; i++) sizes[i] = fabs(fitted->held_out[i]);
    return orr_percentile(sizes, fitted->row_count, p);
}

static void a_smooth_factor_is_found(void **state)
{
    fixture *f = *state;
    const orr_fitted_residual *fitted = fit(f, 1);
    const orr_residual *r = &fitted->residual;
    assert_int_equal(fitted->row_count, ROWS);
    assert_int_equal(r->family, ORR_KERNEL_GEMM);
    assert_string_equal(r->kind, "bf16");
    assert_true(r->host_floor_ns == 0 && r->least <= 1 && r->most >= 1);
    assert_near(r->error_half, quantile_of_sizes(f, fitted, 0.5), 1e-12);
    assert_near(r->error_ninety, quantile_of_sizes(f, fitted, 0.9), 1e-12);
    if (!(r->error_half < 0.01)) fail_msg("left-out rows are off by %.4f in the median, %.4f at 90 %%", r->error_half, r->error_ninety);
    assert_true(r->error_ninety < 0.03);
    size_t good = 0, asked = 0;
    orr_rng rng = orr_rng_stream(5, "shapes", 0);
    for (; asked < 1000; asked++) {                 /* shapes that were never measured, among those that were */
        const orr_kernel kernel = {.family = ORR_KERNEL_GEMM, .m = exp2(1 + 11 * orr_rng_uniform(&rng)), .n = 64 * exp2(3.5 + 4 * orr_rng_uniform(&rng)), .k = 64 * exp2(4.5 + 2 * orr_rng_uniform(&rng))};
        const orr_kernel_shape shape = orr_kernel_shape_of(&kernel);
        good += fabs(log(orr_residual_factor(r, &shape, NULL)) - true_log(&kernel)) < 0.01;
    }
    if (good < 900) fail_msg("%zu of %zu shapes are within 1 %%", good, asked);
}

/* Noise of 5 % deviation: half the left-out rows within 0.6745 x 5 %, nine of ten within 1.645 x 5 %, and a little for the fit. */
static void noise_is_told(void **state)
{
    fixture *f = *state;
    orr_rng rng = orr_rng_stream(6, "noise", 0);
    for (size_t i = 0; i < ROWS; i++) f->table.rows[i].measured_ns *= exp(0.05 * orr_rng_normal(&rng));
    const orr_residual *r = &fit(f, 1)->residual;
    if (r->error_half < 0.030 || r->error_half > 0.045) fail_msg("half within %.4f", r->error_half);
    if (r->error_ninety < 0.075 || r->error_ninety > 0.105) fail_msg("nine of ten within %.4f", r->error_ninety);
}

/* A benchmark that waits for the host never shows less than 300 us, give or take 3 %; what the model says is far below for half the rows. */
static void a_host_floor_is_kept_apart(void **state)
{
    fixture *f = *state;
    orr_rng rng = orr_rng_stream(7, "floor", 0);
    double sorted[ROWS];
    for (size_t i = 0; i < ROWS; i++) sorted[i] = f->table.rows[i].measured_ns;
    const double scale = 100000 / orr_percentile(sorted, ROWS, 0.5);        /* the median kernel takes 100 us: the model's times with it */
    f->hardware.chip.bf16_flop_per_s /= scale;
    f->hardware.chip.vector_flop_per_s /= scale;
    f->hardware.chip.memory_bytes_per_s /= scale;
    f->hardware.chip.cache_bytes_per_s /= scale;
    f->hardware.chip.clock_hz /= scale;
    orr_kernel_sample *samples = NULL;
    orr_workers *workers = orr_workers_create(1);
    orr_kernel_samples(&f->tables, ~(orr_family_set)0, 0, f->arena, &samples);
    orr_kernel_predict(samples, ROWS, &f->coefficients, ORR_PREDICT_DEVICE, workers, f->model_ns, NULL);
    orr_workers_destroy(workers);
    size_t waiting = 0;
    for (size_t i = 0; i < ROWS; i++) {
        const double kernel_ns = f->model_ns[i] * exp(true_log(&f->table.rows[i].kernel)), floor_ns = 300000 * exp(0.03 * (2 * orr_rng_uniform(&rng) - 1));
        waiting += kernel_ns < floor_ns;
        f->table.rows[i].measured_ns = fmax(kernel_ns, floor_ns);
    }
    assert_true(waiting > ROWS / 3 && waiting < ROWS - 100);
    const orr_fitted_residual *fitted = fit(f, 1);
    const orr_residual *r = &fitted->residual;
    if (r->host_floor_ns < 285000 || r->host_floor_ns > 315000) fail_msg("a floor of %.0f ns", r->host_floor_ns);
    assert_true(fitted->row_count <= ROWS - waiting);
    assert_true(r->most < 2);                       /* the factors of what waited are up to hundreds */
    assert_true(r->error_half < 0.02);
}

static void same_bytes_and_back(void **state)
{
    fixture *f = *state;
    orr_text one = {0}, two = {0}, other = {0};
    const orr_fitted_residual *fitted = fit(f, 1);
    assert_true(orr_residuals_write(fitted, 1, "h100", "test", NULL, &one));
    assert_true(orr_residuals_write(fit(f, 3), 1, "h100", "test", NULL, &two));
    assert_string_equal(one.bytes, two.bytes);
    assert_false(orr_residuals_write(fitted, 1, "h100", "vllm", NULL, &other));
    assert_false(orr_residuals_write(fitted, 1, "a100", "test", NULL, &other));
    orr_source source = {"written.yaml", one.bytes, one.length_bytes};
    const orr_node *tree = orr_tree_parse(f->arena, &source, f->diags);
    const orr_residuals *set = tree != NULL ? orr_residuals_read(tree, f->arena, f->diags) : NULL;
    if (set == NULL) fail_msg("what was written is not read");
    const orr_residual *back = orr_residual_of(set, ORR_KERNEL_GEMM, "bf16");
    assert_non_null(back);
    assert_int_equal(back->count, fitted->residual.count);
    for (size_t i = 0; i < ROWS; i++) {
        const orr_kernel_shape shape = orr_kernel_shape_of(&f->table.rows[i].kernel);
        assert_near(orr_residual_factor(back, &shape, NULL), orr_residual_factor(&fitted->residual, &shape, NULL), 2e-4);     /* bounds are written to four decimals */
    }
    orr_text_free(&one);
    orr_text_free(&two);
    orr_text_free(&other);
}

/* Fewer than 40 rows say too little, and so do rows that all waited for the host. */
static void too_few_rows(void **state)
{
    fixture *f = *state;
    orr_workers *workers = orr_workers_create(1);
    orr_fitted_residual *fitted = NULL;
    for (size_t i = 0; i < ROWS; i++) f->table.rows[i].measured_ns = 1e9;
    assert_int_equal(orr_residuals_fit(&f->tables, &f->coefficients, workers, f->arena, &fitted), 0);
    f->table.row_count = 39;
    for (size_t i = 0; i < 39; i++) f->table.rows[i].measured_ns = f->model_ns[i];
    assert_int_equal(orr_residuals_fit(&f->tables, &f->coefficients, workers, f->arena, &fitted), 0);
    f->table.row_count = 0;
    assert_int_equal(orr_residuals_fit(&f->tables, &f->coefficients, workers, f->arena, &fitted), 0);
    orr_workers_destroy(workers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_smooth_factor_is_found, set_up, tear_down), cmocka_unit_test_setup_teardown(noise_is_told, set_up, tear_down), cmocka_unit_test_setup_teardown(a_host_floor_is_kept_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(same_bytes_and_back, set_up, tear_down), cmocka_unit_test_setup_teardown(too_few_rows, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
