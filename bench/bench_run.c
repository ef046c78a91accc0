/* Times one study in process: bench_run STUDY [path=value]...
 * Prints: wall seconds, simulated requests per wall second, nanoseconds of wall time per step, simulated throughput, peak resident MiB. */
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

#include "drive/run.h"
#include "spec/catalogue.h"

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int fail(const orr_diags *diags)
{
    orr_text text = {0};
    orr_diags_render(diags, false, &text);
    fputs(text.bytes ? text.bytes : "failed\n", stderr);
    return 2;
}

int main(int argc, char **argv)
{
    if (argc < 2) return fprintf(stderr, "usage: bench_run STUDY [path=value]...\n"), 2;
    orr_diags *diags = orr_diags_create();
    orr_arena *arena = orr_arena_create();
    orr_study study;
    if (!orr_catalogue_load(diags)) return fail(diags);
    const orr_study_file *file = orr_study_file_read(arena, argv[1], (const char *const *)argv + 2, (size_t)argc - 2, diags);
    if (file == NULL || !orr_study_bind(file, NULL, arena, &study, diags)) return fail(diags);
    const orr_perf *perf = orr_perf_prepare(&study, arena, diags);
    if (perf == NULL) return fail(diags);
    const double start_s = now_s();
    orr_run_result result = orr_run_study(&study, perf, NULL, diags);
    const double wall_s = now_s() - start_s;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("wall_s %.4f requests_per_s %.0f ns_per_step %.1f simulated_requests_per_s %.4f steps %lld mean_batch %.1f peak_mib %.1f\n", wall_s,
        (double)result.requests_finished / wall_s, 1e9 * wall_s / (double)result.steps, result.request_throughput_per_s, (long long)result.steps, result.mean_batch,
        (double)usage.ru_maxrss / 1024.0);
    const int status = result.end == ORR_RUN_DONE ? 0 : 1;
    orr_run_result_free(&result);
    orr_arena_destroy(arena);
    orr_diags_destroy(diags);
    return status;
}
