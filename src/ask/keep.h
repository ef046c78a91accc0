/* Answers in the store: what an answer follows from, as a digest, and its parts (store/store.h).
 *
 * The key of an answer is a digest of the model's version, the verb, what of its options the answer depends on, the study (of one system: resolved.yaml and where every value comes from; of a search: its tree), and the contents of every
 * file that it names. Not kept: answers that were interrupted, that are mistakes, or in whose making something was warned of, which the next one who asks should hear, too. */
#ifndef ORR_ASK_KEEP_H
#define ORR_ASK_KEEP_H

#include "ask/ask.h"
#include "lab/memo.h"

/* What a question is about. */
typedef struct orr_asked {
    const char *verb;
    const orr_study_file *files[2]; size_t file_count;      /* two: both sides of a what-if */
    const orr_study *study;                                 /* the one system; NULL: a search */
    const char *const *texts; size_t text_count;            /* else of what it depends on */
    int64_t numbers[3];
} orr_asked;

/* Only with ask->store; the memo's digests with ask->crew, too. */
typedef struct orr_keeping_answer { const orr_ask *ask; orr_digest key; orr_memo memo; size_t warned; bool known; const char *verb; const orr_study_file *file; int64_t numbers[3]; const char *const *texts; size_t text_count; } orr_keeping_answer;
/* Takes the digests. `diags`: so far. */
orr_keeping_answer orr_keep_begin(const orr_ask *ask, const orr_asked *asked, orr_arena *arena, const orr_diags *diags);
/* The memo for searches; NULL without a store. */
const orr_memo *orr_keep_memo(const orr_keeping_answer *keeping);
/* Is the answer there? Of those that are made anew from points and runs. */
bool orr_keep_knows(const orr_keeping_answer *keeping);
/* Fills the answer in from the store. False: it is not there, or not with all that is wanted. */
bool orr_keep_find(orr_keeping_answer *keeping, orr_answer *answer, orr_arena *arena);
/* Keeps a whole answer, unless it is of those that are not kept. */
void orr_keep_put(const orr_keeping_answer *keeping, const orr_answer *answer, orr_arena *arena, const orr_diags *diags);

#endif
