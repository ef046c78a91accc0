/* Matrix products against values worked by hand on a machine without losses: 4 cores of 1,024 FLOP/ns, 100 bytes/ns. */
#include "perf_support.h"

static double ns_of(const orr_gemm *gemm, double m) { bool bound; return orr_gemm_ns(gemm, m, &bound); }

/* n = 512, k = 4096, m = 512: with any tile of a whole number of waves the compute time is FLOP / peak = 2 512^2 4096 / 4096 = 524,288 ns;
 * weights 4 MiB and activations 512 (4096 + 512) 2 B over 100 bytes/ns: 89,129 ns. (a^4 + b^4)^(1/4) adds 0.02 %. */
static void compute_bound_product(void **state)
{
    (void)state;
    orr_coefficients c = lossless();
    orr_machine machine = toy_machine(&c);
    orr_gemm gemm = orr_gemm_prepare(&machine, 512, 4096, ORR_DTYPE_BF16, ORR_DTYPE_BF16);
    bool memory_bound = true;
    double time_ns = orr_gemm_ns(&gemm, 512, &memory_bound);
    assert_near(time_ns, 524288, 0.001);
    assert_false(memory_bound);
}

/* m = 1: weights 512 x 4096 x 2 = 4,194,304 B, activations 9,216 B: 42,035 ns at 100 bytes/ns; the least tile row is 16, so compute is 16,384 ns. */
static void memory_bound_product(void **state)
{
    (void)state;
    orr_coefficients c = lossless();
    orr_machine machine = toy_machine(&c);
    orr_gemm gemm = orr_gemm_prepare(&machine, 512, 4096, ORR_DTYPE_BF16, ORR_DTYPE_BF16);
    bool memory_bound = false;
    double expected = pow(pow(42035.2, 4) + pow(16384, 4), 0.25);
    assert_near(orr_gemm_ns(&gemm, 1, &memory_bound), expected, 1e-6);
    assert_true(memory_bound);
    assert_near(ns_of(&gemm, 1), ns_of(&gemm, 16), 0.05);
}

/* Sixteen rows, five tiles of 64 columns on four cores, no memory to wait for: the fifth tile costs a second wave. */
static void waves_are_whole(void **state)
{
    (void)state;
    orr_coefficients c = lossless();
    orr_hardware hardware = toy_hardware();
    orr_engine engine = { .kernel_launch_ns = 0 };
    hardware.chip.memory_bytes_per_s = 1e18;
    orr_machine machine = orr_machine_prepare(&hardware, &engine, &c);
    orr_gemm four = orr_gemm_prepare(&machine, 4 * 64, 4096, ORR_DTYPE_BF16, ORR_DTYPE_BF16), five = orr_gemm_prepare(&machine, 5 * 64, 4096, ORR_DTYPE_BF16, ORR_DTYPE_BF16);
    assert_near(ns_of(&four, 16), 2.0 * 16 * 64 * 4096 / 1024, 1e-6);
    assert_near(ns_of(&five, 16), 2 * ns_of(&four, 16), 1e-6);
}

/* Bytes in flight: one byte/ns a core bounds weights at 4 bytes/ns; activations (9,216 B) stream at 100. */
static void bytes_in_flight_bound_bandwidth(void **state)
{
    (void)state;
    orr_coefficients c = lossless();
    orr_hardware hardware = toy_hardware();
    orr_engine engine = { .kernel_launch_ns = 0 };
    hardware.chip.core_sram_bytes = 100;
    orr_machine machine = orr_machine_prepare(&hardware, &engine, &c);
    orr_gemm gemm = orr_gemm_prepare(&machine, 512, 4096, ORR_DTYPE_BF16, ORR_DTYPE_BF16);
    assert_near(ns_of(&gemm, 1), 4194304.0 / 4 + 9216.0 / 100, 1e-6);
}

static void grouped_product_reads_what_is_touched(void **state)
{
    (void)state;
    orr_coefficients c = lossless();
    orr_machine machine = toy_machine(&c);
    orr_gemm gemm = orr_gemm_prepare_grouped(&machine, 512, 4096, ORR_DTYPE_BF16, ORR_DTYPE_BF16);
    bool bound;
    double one = orr_gemm_grouped_ns(&gemm, 1, 1, &bound), ten = orr_gemm_grouped_ns(&gemm, 10, 10, &bound);
    assert_near(ten, 10 * one, 0.01);
    assert_near(orr_gemm_grouped_ns(&gemm, 1, 4096, &bound), ns_of(&gemm, 4096 + 128), 0.1);    /* half a row tile is lost */
}

/* The emitted cost: FLOP, bytes, limits, of two ranks. */
static void cost_of_a_product(void **state)
{
    (void)state;
    orr_coefficients c = lossless();
    orr_machine machine = toy_machine(&c);
    orr_gemm gemm = orr_gemm_prepare(&machine, 512, 4096, ORR_DTYPE_BF16, ORR_DTYPE_BF16);
    orr_cost cost = { 0 };
    orr_sink sink = { .sum = &cost };
    orr_gemm_emit(&gemm, "product", 3, 512, 2, 1, &sink);
    assert_near(cost.flop, 3 * 2.0 * 2 * 512 * 512 * 4096, 1e-12);
    assert_near(cost.memory_bytes, 3 * 2.0 * (512 * 4096 * 2 + 512 * (4096 + 512) * 2), 1e-12);
    assert_near(cost.compute_limit_ns, 3 * 524288.0, 1e-12);
    assert_near(cost.memory_limit_ns, 3 * (4194304.0 + 4718592.0) / 100, 1e-12);
    assert_true(sink.kernels > 2.9 && sink.kernels < 3.1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compute_bound_product), cmocka_unit_test(memory_bound_product), cmocka_unit_test(waves_are_whole), cmocka_unit_test(bytes_in_flight_bound_bandwidth),
        cmocka_unit_test(grouped_product_reads_what_is_touched), cmocka_unit_test(cost_of_a_product),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
