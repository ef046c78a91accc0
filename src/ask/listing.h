/* Verbs over what is there already: the store's answers (ls), two answers beside each other (compare). */
#ifndef ORR_ASK_LISTING_H
#define ORR_ASK_LISTING_H

#include "ask/ask.h"

enum { ORR_SHORT_HASH = 12 };       /* digits that are shown */
/* ls: a table or JSON. */
void orr_ask_ls(orr_store *store, bool json, orr_arena *arena, orr_text *out);
/* Points of sweeps: how many of how many are there. */
void orr_ask_ls_spaces(orr_store *store, orr_arena *arena, orr_text *out);
/* The answer whose hash begins so; false: reported (none, or several). */
bool orr_ask_find_hash(orr_store *store, const char *beginning, orr_arena *arena, orr_store_entry *entry, orr_diags *diags);
/* Is it the beginning of a hash, of four digits at least? */
bool orr_ask_is_hash(const char *text);

#endif
