/* Packs: a folder with all that an answer follows from and all that it is, so that anybody can make it again and compare.
 *
 *   study.yaml      as it was asked: settings applied, `extends` resolved, its files by their names in files/
 *   files/          those files, as they are
 *   resolved.yaml, results.json, requests.csv, candidates.csv; sweep.json, points.csv      what the verb writes
 *   table.txt       what it prints
 *   report.html     the page, where the build that packed has one
 *   manifest.json   the question, the versions, and of each file its size and hash (XXH3-128, as xxh128sum prints it)
 *   reproduce.sh    runs `orrery verify` on it
 *
 * Invariants: 1. no date, host or path of a machine stands in a pack; 2. the answer is made from study.yaml with the pack as the working directory, by pack and by verify alike. */
#ifndef ORR_ASK_PACK_H
#define ORR_ASK_PACK_H

#include "ask/ask.h"

typedef struct orr_pack_question { const char *verb; size_t samples, finalists, top; long long search; /* orr_sweep_search_code */ } orr_pack_question;

/* Writes DIRECTORY/study.yaml and files/ of what `ask` names. False: reported. `*question->verb` NULL becomes predict, or recommend where there are domains. */
bool orr_pack_write_study(const orr_ask *ask, const char *directory, orr_pack_question *question, orr_arena *arena, orr_diags *diags);
/* The rest, in the working directory, which is the pack. `ask`: threads, cancel, progress. The exit code; `written` gets the names. */
int orr_pack_write_answer(const orr_ask *ask, const orr_pack_question *question, orr_arena *arena, orr_text *written, orr_diags *diags);
/* Makes the answer of the pack in the working directory again: 0 and a report where every byte is the same, 1 where one is not. */
int orr_pack_verify(const orr_ask *ask, orr_arena *arena, orr_text *report, orr_diags *diags);

/* The question of a stored answer, and its study in *source. False: reported. */
bool orr_pack_of_store(orr_store *store, const char *hash, orr_pack_question *question, const orr_source **source, orr_arena *arena, orr_diags *diags);
/* The study with its files by absolute paths, which the store keeps: any folder will do to ask it again. In `arena`. */
const char *orr_pack_absolute_study(const orr_study_file *file, orr_arena *arena);

#endif
