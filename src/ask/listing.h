/* Verbs over what is there already: the store's answers (ls, merge). */
#ifndef ORR_ASK_LISTING_H
#define ORR_ASK_LISTING_H

#include "ask/ask.h"
#include "report/csv.h"

enum { ORR_SHORT_HASH = 12 };       /* digits that are shown */
/* ls. */
void orr_ask_ls(orr_store *store, orr_answer *answer, orr_arena *arena);
/* Its entries, of which the columns are those of the JSON. */
void orr_entries_put(const orr_answer *answer, orr_arena *arena, orr_csv *csv);
/* merge: into ask->store. */
void orr_ask_merge(const orr_ask *ask, const char *const *from, size_t count, orr_answer *answer, orr_arena *arena, orr_diags *diags);
/* The answer whose hash begins so; false: reported (none, or several). */
bool orr_ask_find_hash(orr_store *store, const char *beginning, orr_arena *arena, orr_store_entry *entry, orr_diags *diags);
/* Is it the beginning of a hash, of four digits at least? */
bool orr_ask_is_hash(const char *text);

#endif
