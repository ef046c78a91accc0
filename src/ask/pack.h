/* Packs: a folder with all that an answer follows from and all that it is, so that anybody can make it again and compare.
 *
 *   study.yaml      as it was asked: settings applied, `extends` resolved, its files by their names in files/
 *   files/          those files, as they are
 *   resolved.yaml, results.json, requests.csv, candidates.csv; best.csv; sweep.json, points.csv; whatif.json, as-it-is.yaml, changed.yaml     what the verb writes
 *   table.txt       what it prints
 *   report.html     the page, where the build that packed has one
 *   manifest.json   the question, the versions, and of each file its size and hash (XXH3-128, as xxh128sum prints it)
 *   reproduce.sh    runs `orrery verify` on it
 *
 * Invariants: 1. no date, host or path of a machine stands in a pack; 2. the answer is made from study.yaml with the pack as where paths begin, by pack and by verify alike. */
#ifndef ORR_ASK_PACK_H
#define ORR_ASK_PACK_H

#include "ask/ask.h"

typedef struct orr_pack_question {
    const char *verb;                                   /* of orr_pack_verbs; NULL: predict, or recommend where there are domains */
    size_t samples, finalists, top;
    int64_t seeds;                                      /* of recommend and sweep (ask.h) */
    long long search;                                   /* orr_sweep_search_code */
    const char *contours, *contour_cost;                /* of a sweep (ask.h); NULL: none */
    const char *const *texts; size_t text_count;        /* domains of recommend --by, changes of whatif */
} orr_pack_question;

extern const char *const orr_pack_verbs[];              /* ends with NULL */

/* Domains of recommend --by, or changes of whatif, and the verb that they go with. False: reported. */
bool orr_pack_take_texts(orr_pack_question *question, const char *const *by, size_t by_count, const char *const *changes, size_t change_count, orr_diags *diags);
/* Is it a hash rather than a study? Then orr_ask_pack asks for it in ask->store. */
bool orr_pack_wants_store(const char *subject);
/* What `ask` names into DIRECTORY, which is made; the answer is the manifest. Relative paths begin in it as long as that takes, for this thread and its pool (base/root.h). */
void orr_ask_pack(const orr_ask *ask, const char *directory, orr_pack_question *question, orr_answer *answer, orr_arena *arena, orr_diags *diags);
/* Makes the answer of a pack again: 0 and a report where every byte is the same, 1 where one is not. `ask`: threads, cancel, progress. */
void orr_ask_verify(const orr_ask *ask, const char *directory, orr_answer *answer, orr_arena *arena, orr_diags *diags);

/* The study with its files by absolute paths, which the store keeps: any folder will do to ask it again. In `arena`. A setting likewise. */
const char *orr_pack_absolute_study(const orr_study_file *file, orr_arena *arena);
const char *orr_pack_absolute_setting(const char *setting, orr_arena *arena);

#endif
