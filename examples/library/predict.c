/* The C library in thirty lines: cc predict.c $(pkg-config --cflags --libs orrery) && ./a.out STUDY.yaml [path=value ..] */
#include <orrery/orrery.h>
#include <stdio.h>

static int on_progress(void *context, const char *unit, size_t done, size_t total, size_t simulated, const char *best)
{
    (void)context; (void)simulated; (void)best;
    fprintf(stderr, "%zu of %zu %s\n", done, total, unit);
    return 0;       /* anything else stops the run */
}

int main(int argc, char **argv)
{
    if (argc < 2 || orrery_abi_version() != ORRERY_ABI_VERSION) return ORRERY_WRONG_STUDY;
    orrery_options options = ORRERY_OPTIONS_INIT;
    options.settings = (const char *const *)argv + 2;
    options.setting_count = (size_t)argc - 2;
    options.on_progress = on_progress;
    orrery_study *study = orrery_study_of_file(argv[1]);
    orrery_result *result = orrery_predict(study, &options);
    fputs(orrery_result_diagnostics(result), stderr);
    fputs(orrery_result_json(result, NULL), stdout);
    orrery_column ttft = ORRERY_COLUMN_INIT;
    if (orrery_result_column(result, "requests", "ttft_ms", &ttft) && ttft.count > 0)
        fprintf(stderr, "the first of %zu requests waited %g ms for its first token\n", ttft.count, ((const double *)ttft.data)[0]);
    const int status = (int)orrery_result_status(result);
    orrery_result_free(result);
    orrery_study_free(study);
    return status;
}
