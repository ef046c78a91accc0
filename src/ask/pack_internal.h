/* What the files of pack share. Answers are made with the pack as the root (base/root.h). */
#ifndef ORR_ASK_PACK_INTERNAL_H
#define ORR_ASK_PACK_INTERNAL_H

#include "ask/pack.h"

enum { ORR_PACK_FILES = ORR_ANSWER_FILES + 2 };
/* What the pack's study gives, as files; the exit code. */
int orr_pack_answer_files(const orr_ask *ask, const orr_pack_question *question, orr_arena *arena, orr_report_file *files, size_t *count, orr_answer *answer, orr_diags *diags);
/* Writes all but the study; the exit code. `manifest` is empty where something could not be made or written. */
int orr_pack_make_answer(const orr_ask *ask, const orr_pack_question *question, orr_text *manifest, const char **remark, orr_arena *arena, orr_diags *diags);
/* What stands behind the = of a setting, keyed by the end of its path; NULL: nothing that can be read. */
orr_node *orr_pack_value(const char *setting, orr_arena *arena);
/* A list's texts; NULL: none. */
const char *const *orr_pack_texts(const orr_node *list, size_t *count, orr_arena *arena);

#endif
