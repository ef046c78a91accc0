#include "app/study_verb.h"

#include <stdio.h>
#include <string.h>
#include "base/file.h"

const char *const orr_format_choices[] = {"table", "json", NULL};

orr_study *orr_app_read_system(const char *path, const orr_option_list *settings, const char *verb, orr_arena *arena, orr_diags *diags)
{
    const orr_study_file *file = orr_study_file_read(arena, path, settings->items, settings->count, diags);
    if (!file) return NULL;
    for (size_t i = 0; i < file->domain_count; i++) {
        const orr_domain *domain = &file->domains[i];
        orr_diag *diag = orr_diag_error(diags, domain->place, "%s is a domain of %zu choices; %s takes one system", domain->path, domain->choice_count, verb);
        orr_diag_hint(diag, "`orrery recommend` searches domains; or fix it: --set %s=%s.", domain->path, domain->choices[0]);
    }
    if (file->domain_count > 0) return NULL;
    orr_study *study = ORR_NEW(arena, orr_study);
    return orr_study_bind(file, NULL, arena, study, diags) ? study : NULL;
}

static bool write_in(const char *directory, const char *name, const orr_text *text, orr_diags *diags)
{
    orr_text path = {0};
    orr_text_printf(&path, "%s/%s", directory, name);
    const bool good = orr_file_write(path.bytes, text->bytes, text->length_bytes, diags);
    orr_text_free(&path);
    return good;
}

bool orr_app_write_answer(const orr_text *answer, bool json, const orr_study *study, const char *directory, orr_diags *diags)
{
    fwrite(answer->bytes, 1, answer->length_bytes, stdout);
    if (!directory) return true;
    if (!orr_directory_make(directory, diags) || !write_in(directory, json ? "answer.json" : "answer.txt", answer, diags)) return false;
    if (!study) return true;
    orr_text resolved = {0};
    orr_study_resolved(study, &resolved);
    const bool good = write_in(directory, "resolved.yaml", &resolved, diags);
    orr_text_free(&resolved);
    return good;
}
