/* Matrix products against values worked by hand on a machine without losses: 4 cores of 1,024 FLOP/ns, 100 bytes/ns; work costs no energy except where the cap is tested. */
#include "perf_support.h"

static double ns_of(const orr_gemm *gemm, double m) { bool bound; return orr_gemm_ns(gemm, m, &bound); }

static orr_coefficients without_energy(void)
{
    orr_coefficients c = lossless();
    c.energy_flop_pj = c.energy_memory_share = 0;
    return c;
}

/* n = 512, k = 4096, m = 512: with any tile of a whole number of waves the compute time is FLOP / peak = 2 512^2 4096 / 4096 = 524,288 ns;
 * weights 4 MiB and activations 512 (4096 + 512) 2 B over 100 bytes/ns: 89,128.96 ns. */
static void compute_bound_product(void **state)
{
    (void)state;
    orr_coefficients c = without_energy();
    orr_machine machine = toy_machine(&c);
    orr_gemm gemm = orr_gemm_prepare(&machine, 512, 4096, ORR_DTYPE_BF16, ORR_DTYPE_BF16);
    bool memory_bound = true;
    double time_ns = orr_gemm_ns(&gemm, 512, &memory_bound);
    assert_near(time_ns, sqrt(524288.0 * 524288.0 + 89128.96 * 89128.96), 1e-9);
    assert_false(memory_bound);
}

/* m = 1 at 25 bytes/ns: weights 512 x 4096 x 2 = 4,194,304 B, activations 9,216 B: 168,140.8 ns; the least tile row is 64, so compute is 2 64 512 4096 / 4096 = 65,536 ns. */
static void memory_bound_product(void **state)
{
    (void)state;
    orr_coefficients c = without_energy();
    orr_hardware hardware = toy_hardware();
    orr_engine engine = { .kernel_launch_ns = 0 };
    hardware.chip.memory_bytes_per_s = 25e9;
    orr_machine machine = orr_machine_prepare(&hardware, &engine, &c);
    orr_gemm gemm = orr_gemm_prepare(&machine, 512, 4096, ORR_DTYPE_BF16, ORR_DTYPE_BF16);
    bool memory_bound = false;
    assert_near(orr_gemm_ns(&gemm, 1, &memory_bound), sqrt(168140.8 * 168140.8 + 65536.0 * 65536.0), 1e-9);
    assert_true(memory_bound);
    assert_near(ns_of(&gemm, 1), ns_of(&gemm, 16), 0.05);
}

/* Sixteen rows, five tiles of 64 columns on four cores, no memory to wait for: the fifth tile costs a second wave. */
static void waves_are_whole(void **state)
{
    (void)state;
    orr_coefficients c = without_energy();
    orr_hardware hardware = toy_hardware();
    orr_engine engine = { .kernel_launch_ns = 0 };
    hardware.chip.memory_bytes_per_s = 1e18;
    orr_machine machine = orr_machine_prepare(&hardware, &engine, &c);
    orr_gemm four = orr_gemm_prepare(&machine, 4 * 64, 4096, ORR_DTYPE_BF16, ORR_DTYPE_BF16), five = orr_gemm_prepare(&machine, 5 * 64, 4096, ORR_DTYPE_BF16, ORR_DTYPE_BF16);
    assert_near(ns_of(&four, 16), 2.0 * 64 * 64 * 4096 / 1024, 1e-6);
    assert_near(ns_of(&five, 16), 2 * ns_of(&four, 16), 1e-6);
}

/* Bytes in flight: one byte/ns a core bounds weights at 4 bytes/ns; activations (9,216 B) stream at 100; compute as above. */
static void bytes_in_flight_bound_bandwidth(void **state)
{
    (void)state;
    orr_coefficients c = without_energy();
    orr_hardware hardware = toy_hardware();
    orr_engine engine = { .kernel_launch_ns = 0 };
    hardware.chip.core_sram_bytes = 100;
    orr_machine machine = orr_machine_prepare(&hardware, &engine, &c);
    orr_gemm gemm = orr_gemm_prepare(&machine, 512, 4096, ORR_DTYPE_BF16, ORR_DTYPE_BF16);
    double memory_ns = 4194304.0 / 4 + 9216.0 / 100;
    assert_near(ns_of(&gemm, 1), sqrt(memory_ns * memory_ns + 65536.0 * 65536.0), 1e-9);
}

/* At the matrix peak the toy draws what its TDP allows, and memory as much at its bandwidth: 524,288 + 89,128.96 ns' worth at the cap, where the product alone takes 531,810 ns.
 * The clock falls so that t = 531,810^(1/4) x 613,417^(3/4). A chip without a TDP has no cap. */
static void the_cap_lowers_the_clock(void **state)
{
    (void)state;
    orr_coefficients c = lossless();
    orr_hardware hardware = toy_hardware();
    orr_engine engine = { .kernel_launch_ns = 0 };
    orr_machine machine = orr_machine_prepare(&hardware, &engine, &c);
    orr_gemm gemm = orr_gemm_prepare(&machine, 512, 4096, ORR_DTYPE_BF16, ORR_DTYPE_BF16);
    double free_ns = sqrt(524288.0 * 524288.0 + 89128.96 * 89128.96), at_cap_ns = 524288.0 + 89128.96;
    assert_near(ns_of(&gemm, 512), pow(free_ns, 0.25) * pow(at_cap_ns, 0.75), 1e-9);
    hardware.chip.tdp_w = 0;
    machine = orr_machine_prepare(&hardware, &engine, &c);
    gemm = orr_gemm_prepare(&machine, 512, 4096, ORR_DTYPE_BF16, ORR_DTYPE_BF16);
    assert_near(ns_of(&gemm, 512), free_ns, 1e-9);
}

/* Alone, at 8 bit: 2 kilocycles and 3 cycles a row at 1 GHz, two passes over 64 x 4096 x 3 B at 100 bytes/ns, then the product; with block scales no less than the host's pace. */
static void an_input_is_quantized_first(void **state)
{
    (void)state;
    orr_coefficients c = without_energy();
    c.gemm_quantize_kilocycles = 2;
    c.gemm_quantize_row_cycles = 3;
    c.gemm_quantize_passes = 2;
    c.gemm_block_host_ns = 1e6;
    orr_machine machine = toy_machine(&c);
    orr_cost cost = { 0 };
    orr_sink sink = { .sum = &cost };
    orr_gemm gemm = orr_gemm_prepare(&machine, 512, 4096, ORR_DTYPE_FP8, ORR_DTYPE_FP8);
    orr_gemm_emit_alone(&gemm, 64, &sink);
    assert_near(cost.time_ns, 2000 + 64 * 3 + 2 * 64 * 4096 * 3 / 100.0 + ns_of(&gemm, 64), 1e-9);
    cost = (orr_cost){ 0 };
    gemm = orr_gemm_prepare(&machine, 512, 4096, ORR_DTYPE_FP8_BLOCK, ORR_DTYPE_FP8_BLOCK);
    orr_gemm_emit_alone(&gemm, 64, &sink);
    assert_near(cost.time_ns, 1e6, 1e-9);
    cost = (orr_cost){ 0 };
    gemm = orr_gemm_prepare(&machine, 512, 4096, ORR_DTYPE_BF16, ORR_DTYPE_BF16);
    orr_gemm_emit_alone(&gemm, 64, &sink);
    assert_near(cost.time_ns, ns_of(&gemm, 64), 1e-9);
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
        cmocka_unit_test(compute_bound_product), cmocka_unit_test(memory_bound_product), cmocka_unit_test(waves_are_whole), cmocka_unit_test(bytes_in_flight_bound_bandwidth), cmocka_unit_test(the_cap_lowers_the_clock),
        cmocka_unit_test(an_input_is_quantized_first),
        cmocka_unit_test(cost_of_a_product),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
