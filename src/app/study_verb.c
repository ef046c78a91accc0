#include "app/study_verb.h"

#include <stdio.h>
#include "lab/bounds.h"
#include "perf/coefficients.h"
#include "report/output_dir.h"
#include "report/results_json.h"
#include "report/texts.h"

const char *const orr_format_choices[] = {"table", "json", NULL};

orr_study_file *orr_app_read_study(const char *path, const orr_option_list *settings, orr_arena *arena, orr_diags *diags)
{
    orr_study_file *file = orr_study_file_read(arena, path, settings->items, settings->count, diags);
    return file && (!file->coefficients_tree || orr_coefficients_of_tree(file->coefficients_tree, arena, diags)) ? file : NULL;
}

orr_study *orr_app_read_system(const char *path, const orr_option_list *settings, const char *verb, orr_arena *arena, orr_diags *diags)
{
    const orr_study_file *file = orr_app_read_study(path, settings, arena, diags);
    if (!file) return NULL;
    for (size_t i = 0; i < file->domain_count; i++) {
        const orr_domain *domain = &file->domains[i];
        orr_diag *diag = orr_diag_error(diags, domain->place, "%s is a domain of %zu choices; %s takes one system", domain->path, domain->choice_count, verb);
        orr_diag_hint(diag, "`orrery recommend` searches domains; or fix it: --set %s=%s.", domain->path, domain->choices[0]);
    }
    if (file->domain_count > 0) return NULL;
    orr_study *study = ORR_NEW(arena, orr_study);
    if (!orr_study_bind(file, NULL, arena, study, diags)) return NULL;
    study->serving.replicas = orr_study_replicas(study);
    const char *broken = orr_study_broken_constraint(study, arena);
    if (broken) orr_diag_warning(diags, orr_tree_get(file->tree, "constraints")->key_place, "the system is over a constraint: %s", broken);
    return study;
}

bool orr_app_write_report(const orr_report *report, const orr_answer_options *options, orr_arena *arena, orr_diags *diags)
{
    orr_text text = {0}, written = {0};
    if (orr_text_equal(options->format, "json")) {
        orr_results_write_json(report, true, arena, &text);
    } else {
        switch (report->kind) {
        case ORR_REPORT_PREDICT: orr_predict_write_text(report, options->formulas, arena, &text); break;
        case ORR_REPORT_EXPLAIN: orr_explain_write_text(report, options->formulas, arena, &text); break;
        case ORR_REPORT_RECOMMEND: orr_recommend_write_text(report, (size_t)options->top, options->formulas, arena, &text); break;
        }
    }
    if (text.length_bytes > 0) fwrite(text.bytes, 1, text.length_bytes, stdout);
    if (text.length_bytes > 0 && text.bytes[text.length_bytes - 1] != '\n') fputc('\n', stdout);
    const bool good = !options->output_dir || orr_report_write_directory(report, options->output_dir, arena, &written, diags);
    if (written.length_bytes > 0) fprintf(stderr, "wrote\n%s", written.bytes);
    orr_text_free(&text);
    orr_text_free(&written);
    return good;
}
