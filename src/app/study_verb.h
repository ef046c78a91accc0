/* What the verbs over one study share: reading it, refusing domains, writing what they made. */
#ifndef ORR_APP_STUDY_VERB_H
#define ORR_APP_STUDY_VERB_H

#include "app/common.h"
#include "spec/study.h"

extern const char *const orr_format_choices[];      /* table, json */

/* Reads and binds a study of one system; NULL with diagnostics, among them one for each domain. */
orr_study *orr_app_read_system(const char *path, const orr_option_list *settings, const char *verb, orr_arena *arena, orr_diags *diags);
/* stdout, and answer.txt or answer.json with resolved.yaml in `directory` when given. False with diagnostics. */
bool orr_app_write_answer(const orr_text *answer, bool json, const orr_study *study /* may be NULL */, const char *directory, orr_diags *diags);

#endif
