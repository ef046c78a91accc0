/* Questions of the C ABI: options to an orr_ask, an answer to a result. */
#include <string.h>
#include "base/cancel.h"
#include "base/file.h"
#include "library/handles.h"
#include "report/cdf.h"
#include "report/requests_csv.h"
#include "report/sweep_report.h"

typedef enum { VERB_CHECK, VERB_PREDICT, VERB_EXPLAIN, VERB_RECOMMEND, VERB_SWEEP, VERB_WHATIF } verb;

/* One question under way. */
typedef struct asked { orrery_options options; volatile int *cancel; } asked;

static void on_progress(void *context, const char *unit, size_t done, size_t total, size_t simulated, const char *best)
{
    asked *a = context;
    if (a->options.on_progress(a->options.progress_context, unit, done, total, simulated, best) != 0) orr_cancel_set(a->cancel, 1);
}

/* --- an answer into a result --- */

static orr_csv table_begin(orrery_result *result, const char *name)
{
    orr_columnar *table = &result->tables[result->table_count++];
    orr_columnar_begin(table, name, result->arena);
    return (orr_csv){.table = table};
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
    if (answer->sweep) {
        orr_csv points = table_begin(result, "points");
        orr_sweep_put(answer->sweep, result->arena, &points);
    }
}

static void take(orrery_result *result, const orr_answer *answer, size_t top)
{
    result->status = (orrery_status)answer->code;
    orr_answer_write_json(answer, top, result->arena, &result->json);
    orr_answer_write_text(answer, top, false, result->arena, &result->text);
    if (answer->study) orr_study_resolved(answer->study, &result->resolved);
    for (size_t i = 0; answer->kept && i < answer->kept->file_count; i++)
        if (orr_text_equal(answer->kept->files[i].name, "resolved.yaml")) orr_text_append_bytes(&result->resolved, answer->kept->files[i].bytes, answer->kept->files[i].length_bytes);
    take_tables(result, answer);
}

/* A study file of `whatif`, or its question, as text. */
static const orr_source *subject_of(const orrery_study *study, orr_arena *arena, orr_diags *diags)
{
    if (study->source.bytes) return &study->source;
    return study->is_question ? orr_ask_subject(&study->question, arena, diags) : orr_file_read(arena, study->path, diags);
}

static orrery_result *ask(verb what, const orrery_study *study, const char *const *changes, size_t change_count, const orrery_options *options)
{
    orr_arena *arena = orr_arena_create();
    orrery_result *result = ORR_NEW(arena, orrery_result);
    *result = (orrery_result){.arena = arena, .diags = orr_diags_create()};
    volatile int own = 0;
    asked a = {.options = ORRERY_OPTIONS_INIT};
    if (options) memcpy(&a.options, options, options->size_bytes < sizeof a.options ? options->size_bytes : sizeof a.options);
    a.cancel = a.options.control ? &a.options.control->asked : &own;
    orr_ask how = {.path = study->path, .source = study->source.bytes ? &study->source : NULL, .settings = a.options.settings, .setting_count = a.options.setting_count, .threads = (int)a.options.threads,
                   .keep_records = a.options.keep_requests != 0, .cancel = a.cancel, .on_progress = a.options.on_progress ? on_progress : NULL, .progress_context = &a};
    orr_answer answer = {.code = ORR_EXIT_USAGE};
    if (what == VERB_WHATIF || study->is_question) how.source = subject_of(study, arena, result->diags);
    const bool stored = a.options.store && *a.options.store;
    if (stored) how.store = orr_store_open(a.options.store, result->diags);
    how.answer_only = what == VERB_WHATIF || (what == VERB_PREDICT && !how.keep_records);      /* tables are of structs */
    how.top = a.options.top;
    if (stored && !how.store) {
        answer.code = orr_exit_code(result->diags, ORR_EXIT_ENVIRONMENT);
    } else if (how.source || how.path) {
        switch (what) {
        case VERB_CHECK: orr_ask_check(&how, &result->text, &answer, arena, result->diags); break;
        case VERB_PREDICT: orr_ask_predict(&how, NULL, &answer, arena, result->diags); break;
        case VERB_EXPLAIN: orr_ask_explain(&how, &answer, arena, result->diags); break;
        case VERB_RECOMMEND: orr_ask_recommend(&how, &answer, arena, result->diags); break;
        case VERB_SWEEP: orr_ask_sweep(&how, a.options.samples, a.options.finalists, NULL, 0, 0, &answer, arena, result->diags); break;
        case VERB_WHATIF:
            if (how.source) orr_ask_whatif(&how, changes, change_count, &answer, arena, result->diags);
            else answer.code = orr_exit_code(result->diags, ORR_EXIT_USAGE);
            break;
        }
    }
    take(result, &answer, a.options.top);
    if (!orr_store_close(how.store, result->diags)) result->status = (orrery_status)orr_exit_code(result->diags, ORR_EXIT_ENVIRONMENT);
    orr_diags_render(result->diags, false, &result->diagnostics);
    if (answer.remark) orr_text_append(&result->diagnostics, answer.remark);
    orr_diags_write_json(result->diags, &result->diagnostics_json);
    orr_answer_free(&answer);
    return result;
}

orrery_result *orrery_check(const orrery_study *study, const orrery_options *options) { return ask(VERB_CHECK, study, NULL, 0, options); }
orrery_result *orrery_predict(const orrery_study *study, const orrery_options *options) { return ask(VERB_PREDICT, study, NULL, 0, options); }
orrery_result *orrery_explain(const orrery_study *study, const orrery_options *options) { return ask(VERB_EXPLAIN, study, NULL, 0, options); }
orrery_result *orrery_recommend(const orrery_study *study, const orrery_options *options) { return ask(VERB_RECOMMEND, study, NULL, 0, options); }
orrery_result *orrery_sweep(const orrery_study *study, const orrery_options *options) { return ask(VERB_SWEEP, study, NULL, 0, options); }
orrery_result *orrery_whatif(const orrery_study *study, const char *const *changes, size_t change_count, const orrery_options *options) { return ask(VERB_WHATIF, study, changes, change_count, options); }
