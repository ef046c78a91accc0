/* What the verbs over one study share: reading it, refusing domains, how it ends. */
#include "ask/ask.h"
#include "lab/bounds.h"
#include "perf/coefficients.h"

int orr_exit_code(const orr_diags *diags, int otherwise)
{
    if (!orr_diags_error_count(diags)) return otherwise;
    return orr_diags_worst_fault(diags) == ORR_FAULT_USER ? ORR_EXIT_USAGE : ORR_EXIT_ENVIRONMENT;
}

orr_study_file *orr_ask_read_study(const orr_ask *ask, orr_arena *arena, orr_diags *diags)
{
    orr_study_file *file = ask->source ? orr_study_file_read_source(arena, ask->source, ask->settings, ask->setting_count, diags) : orr_study_file_read(arena, ask->path, ask->settings, ask->setting_count, diags);
    return file && (!file->coefficients_tree || orr_coefficients_of_tree(file->coefficients_tree, arena, diags)) ? file : NULL;
}

orr_study *orr_ask_read_system(const orr_ask *ask, const char *verb, const orr_study_file **file_read, orr_arena *arena, orr_diags *diags)
{
    const orr_study_file *file = orr_ask_read_study(ask, arena, diags);
    if (!file) return NULL;
    if (file_read) *file_read = file;
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
