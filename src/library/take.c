/* An answer into a result. */
#include "library/handles.h"
#include "ask/catalogue.h"
#include "ask/listing.h"
#include "report/best_by.h"
#include "report/cdf.h"
#include "report/contours_report.h"
#include "report/requests_csv.h"
#include "report/sweep_report.h"

static orr_csv table_begin(orrery_result *result, const char *name)
{
    orr_columnar *table = &result->tables[result->table_count++];
    orr_columnar_begin(table, name, result->arena);
    return (orr_csv){.table = table};
}

static void take_sweep(orrery_result *result, const orr_sweep *sweep)
{
    orr_csv points = table_begin(result, "points"), finalists, front, contours;
    orr_sweep_put(sweep, result->arena, &points);
    finalists = table_begin(result, "finalists");
    orr_sweep_put_finalists(sweep, result->arena, &finalists);
    if (sweep->search.against_count > 0) {
        front = table_begin(result, "front");
        orr_sweep_put_front(sweep, result->arena, &front);
    }
    if (!sweep->contours) return;
    contours = table_begin(result, "contours");
    orr_contours_put(sweep, result->arena, &contours);
}

static void take_tables(orrery_result *result, const orr_answer *answer)
{
    if (answer->run.record_count > 0) {
        orr_csv requests = table_begin(result, "requests");
        orr_requests_put(&answer->run, &requests);
        orr_csv cdf = table_begin(result, "cdf");
        orr_cdf_put(&answer->run, &cdf);
    }
    if (answer->recommendation) {
        orr_csv candidates = table_begin(result, "candidates");
        orr_candidates_put(answer->recommendation, answer->file, &candidates);
    }
    if (answer->best_by) {
        orr_csv best = table_begin(result, "best");
        orr_best_by_put(answer->best_by, &best);
    }
    if (answer->listed) {
        orr_csv entries = table_begin(result, "entries");
        orr_list_put(answer, result->arena, &entries);
    }
    if (answer->entries) {
        orr_csv entries = table_begin(result, "entries");
        orr_entries_put(answer, result->arena, &entries);
    }
    if (answer->sweep) take_sweep(result, answer->sweep);
}

static const orr_report_file *resolved_of(const orr_answer *answer)
{
    for (size_t i = 0; answer->kept && i < answer->kept->file_count; i++)
        if (orr_text_equal(answer->kept->files[i].name, "resolved.yaml")) return &answer->kept->files[i];
    return NULL;
}

void orr_library_take(orrery_result *result, const orr_answer *answer, const orrery_options *options, bool write_files)
{
    result->status = (orrery_status)answer->code;
    orr_answer_write_json(answer, options->top, result->arena, &result->json);
    orr_answer_write_text(answer, options->top, options->formulas != 0, result->arena, &result->text);
    const orr_report_file *resolved = resolved_of(answer);
    if (resolved) orr_text_append_bytes(&result->resolved, resolved->bytes, resolved->length_bytes);
    else if (answer->yaml) orr_text_append(&result->resolved, answer->yaml);
    else if (answer->study) orr_study_resolved(answer->study, &result->resolved);
    take_tables(result, answer);
    orr_report_file files[ORR_ANSWER_FILES];
    orr_text written = {0};
    const size_t count = write_files && options->output_dir ? orr_answer_files(answer, options->top, result->arena, files) : 0;
    if (count > 0 && !orr_report_write_files(files, count, options->output_dir, result->arena, &written, result->diags)) result->status = (orrery_status)orr_exit_code(result->diags, ORR_EXIT_ENVIRONMENT);
    orr_text_free(&written);
}
