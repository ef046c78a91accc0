/* Laws of the arrival processes: mean rates, variation and correlation of gaps as theory has them, and exactness: on the clock of its own rate every one of them is a Poisson process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/mem.h"
#include "traffic/arrivals.h"

enum { COUNT = 400000 };
static int64_t times[COUNT];

static void draw(orr_load_kind load, double rate, double cv, const orr_load_shape *course, uint64_t seed)
{
    orr_arrival_clock clock = orr_arrival_clock_begin(load, rate, cv, course, seed);
    for (uint64_t i = 0; i < COUNT; i++) times[i] = orr_arrival_clock_next(&clock, i);
    for (int i = 1; i < COUNT; i++) assert_true(times[i] >= times[i - 1]);
}

static void near_to(const char *what, double value, double wanted, double tolerance)
{
    if (!(fabs(value - wanted) <= tolerance * fabs(wanted))) fail_msg("%s: %g is not within %g %% of %g", what, value, tolerance * 100, wanted);
}

typedef struct gaps { double mean_s, cv2, lag1; } gaps;
static gaps measure(void)
{
    double sum = 0, squares = 0, products = 0;
    for (int i = 1; i < COUNT; i++) {
        const double g = (double)(times[i] - times[i - 1]) / 1e9;
        sum += g;
        squares += g * g;
        if (i > 1) products += g * (double)(times[i - 1] - times[i - 2]) / 1e9;
    }
    const double n = COUNT - 1, mean = sum / n, variance = squares / n - mean * mean;
    return (gaps){mean, variance / (mean * mean), (products / (n - 1) - mean * mean) / variance};
}

static int compare(const void *a, const void *b) { const double x = *(const double *)a, y = *(const double *)b; return (x > y) - (x < y); }

/* The gaps on the clock of the integrated rate are exponential with mean 1: their greatest distance from that law (Kolmogorov, Smirnov), and the correlation of neighbours. */
static void check_rescaled(const char *what, double (*integral)(const void *context, double time_s), const void *context)
{
    static double gap[COUNT];
    double products = 0, last = 0, worst = 0;
    for (int i = 1; i < COUNT; i++) gap[i - 1] = integral(context, (double)times[i] / 1e9) - integral(context, (double)times[i - 1] / 1e9);
    for (int i = 0; i < COUNT - 1; i++) { if (i) products += (gap[i] - 1) * (last - 1); last = gap[i]; }
    qsort(gap, COUNT - 1, sizeof *gap, compare);
    for (int i = 0; i < COUNT - 1; i++) worst = fmax(worst, fabs((i + 0.5) / (COUNT - 1) - (1 - exp(-gap[i]))));
    printf("%s: distance from the exponential law %.5f (1.95 / sqrt(n) = %.5f), correlation %.5f\n", what, worst, 1.95 / sqrt(COUNT), products / COUNT);
    assert_true(worst < 1.95 / sqrt(COUNT));        /* one seed of a thousand would be over it */
    assert_true(fabs(products / COUNT) < 4 / sqrt(COUNT));
}

static void gamma_gaps(void **state)
{
    (void)state;
    static const double cvs[] = {0.3, 1, 3};
    for (int i = 0; i < 3; i++) {
        draw(ORR_LOAD_OPEN_GAMMA, 20, cvs[i], NULL, 3);
        const gaps g = measure();
        near_to("mean", g.mean_s, 0.05, 0.02);
        near_to("cv", sqrt(g.cv2), cvs[i], 0.02);
        assert_true(fabs(g.lag1) < 0.01);
    }
}

/* Two states: squared variation and first correlation of the gaps in closed form (Heffes and Lucantoni 1986; Fischer and Meier-Hellstern 1993). */
static void mmpp_gaps(void **state)
{
    (void)state;
    const orr_load_shape course = {.state_rates = {2, false, {5, 100}}, .state_dwell_s = {2, false, {4, 1}}};
    const double a = 5, b = 100, leave_a = 0.25, leave_b = 1, both = leave_a + leave_b, k = a * b + a * leave_b + b * leave_a, d = (a - b) * (a - b) * leave_a * leave_b / (both * both);
    draw(ORR_LOAD_OPEN_MMPP, 24, 0, &course, 5);       /* (5 x 4 + 100 x 1) / 5 = 24: the states' own rates */
    const gaps g = measure();
    const double cv2 = 1 + 2 * d / k, lag1 = a * b * d / (cv2 * k * k);
    printf("mmpp: mean gap %.5f s (%.5f), cv^2 %.4f (%.4f), first correlation %.4f (%.4f)\n", g.mean_s, 1 / 24.0, g.cv2, cv2, g.lag1, lag1);
    near_to("mean", g.mean_s, 1 / 24.0, 0.04);
    near_to("cv^2", g.cv2, cv2, 0.06);
    near_to("lag 1", g.lag1, lag1, 0.15);
}

/* A flat course: the arrivals of Poisson, one by one. */
static void flat_courses_are_poisson(void **state)
{
    (void)state;
    static int64_t poisson[COUNT];
    const orr_load_shape even = {.state_rates = {3, false, {7, 7, 7}}, .state_dwell_s = {1, true, {2}}, .period_ns = 6e10, .spike_factor = 1, .spike_duration_ns = 1e9, .spike_interval_ns = 1e10};
    static const orr_load_kind kinds[] = {ORR_LOAD_OPEN_MMPP, ORR_LOAD_OPEN_DIURNAL, ORR_LOAD_OPEN_SPIKES};
    draw(ORR_LOAD_OPEN_POISSON, 50, 0, NULL, 9);
    for (int i = 0; i < COUNT; i++) poisson[i] = times[i];
    for (int kind = 0; kind < 3; kind++) {
        draw(kinds[kind], 50, 0, &even, 9);
        for (int i = 0; i < COUNT; i++) assert_true(llabs(times[i] - poisson[i]) <= 1000);
    }
}

static double sinusoid(const void *context, double t)
{
    const orr_load_shape *c = context;
    const double period = c->period_ns / 1e9, start = c->start_at_ns / 1e9, w = 2 * 3.14159265358979323846 / period;
    return 40 * (t - c->amplitude / w * (sin(w * (t + start)) - sin(w * start)));
}

static double hours(const void *context, double t)
{
    const orr_load_shape *c = context;
    const double part = c->period_ns / 1e9 / c->profile.count;
    double sum = 0, all = 0, left = t;
    for (int i = 0; i < c->profile.count; i++) all += c->profile.values[i];
    const double periods = floor(t / (part * c->profile.count));
    left -= periods * part * c->profile.count;
    for (int i = 0; i < c->profile.count && left > 0; i++, left -= part) sum += c->profile.values[i] * fmin(left, part);
    return 40 * (periods * part * c->profile.count + sum * c->profile.count / all);
}

static void thinning_is_exact(void **state)
{
    (void)state;
    const orr_load_shape day = {.period_ns = 600e9, .start_at_ns = 100e9, .amplitude = 0.9}, list = {.period_ns = 300e9, .profile = {5, false, {1, 0, 4, 10, 2}}};
    draw(ORR_LOAD_OPEN_DIURNAL, 40, 0, &day, 1);
    check_rescaled("sinusoid", sinusoid, &day);
    near_to("arrivals over the integral of the rate", (COUNT - 1) / sinusoid(&day, (double)times[COUNT - 1] / 1e9), 1, 0.01);
    draw(ORR_LOAD_OPEN_DIURNAL, 40, 0, &list, 2);
    check_rescaled("profile", hours, &list);
    for (int i = 0; i < COUNT; i++) {
        const int64_t part = times[i] / INT64_C(60000000000) % 5;
        assert_true(part != 1 || i == 0);      /* nobody comes in the hour of none */
    }
}

static void spikes_have_their_rates(void **state)
{
    (void)state;
    const orr_load_shape c = {.spike_factor = 8, .spike_duration_ns = 5e9, .spike_interval_ns = 60e9};
    draw(ORR_LOAD_OPEN_SPIKES, 50, 0, &c, 4);
    const double base = 50 / (1 + 7 * 5 / 60.0);
    near_to("mean rate", (COUNT - 1) / ((double)times[COUNT - 1] / 1e9), 50, 0.01);
    int i = 0, full = 0;
    for (int64_t interval = 0; (interval + 1) * INT64_C(60000000000) < times[COUNT - 1]; interval++) {
        const int64_t from = interval * INT64_C(60000000000);
        int seconds[60] = {0}, count = 0;
        for (; i < COUNT && times[i] < from + INT64_C(60000000000); i++, count++) seconds[(times[i] - from) / 1000000000]++;
        int loud = 0;
        for (int s = 0; s < 60; s++) loud += seconds[s] > 4 * base;
        full += loud >= 4 && loud <= 6;
        near_to("an interval's requests", count, 3000, 0.1);       /* 5.5 deviations */
    }
    assert_true(full > 120);
}

/* The states' course does not depend on the rate. */
static void the_course_is_the_same_at_every_rate(void **state)
{
    (void)state;
    const orr_load_shape course = {.state_rates = {2, false, {0, 1}}, .state_dwell_s = {2, false, {10, 10}}};
    static int64_t first[1000];
    int count = 0;
    draw(ORR_LOAD_OPEN_MMPP, 100, 0, &course, 6);
    for (int i = 1; i < COUNT && count < 50; i++) if (times[i] - times[i - 1] > 1000000000) first[count++] = times[i];
    draw(ORR_LOAD_OPEN_MMPP, 400, 0, &course, 6);
    int again = 0;
    for (int i = 1; i < COUNT && again < count; i++) {
        if (times[i] - times[i - 1] <= 1000000000) continue;
        assert_true(llabs(times[i] - first[again]) < 400000000);
        again++;
    }
    assert_true(again >= 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(gamma_gaps), cmocka_unit_test(mmpp_gaps), cmocka_unit_test(flat_courses_are_poisson), cmocka_unit_test(thinning_is_exact),
        cmocka_unit_test(spikes_have_their_rates), cmocka_unit_test(the_course_is_the_same_at_every_rate)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
