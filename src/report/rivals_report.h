/* Which of the best systems can be told apart (lab/rivals.h): the table and the sentence of a search, and the key `rivals` of its JSON (docs/RESULTS_FORMAT.md). NULL: nothing is written. */
#ifndef ORR_REPORT_RIVALS_REPORT_H
#define ORR_REPORT_RIVALS_REPORT_H

#include "base/json.h"
#include "base/text.h"
#include "lab/rivals.h"

/* "1 and 2 are not distinguishable: .." */
const char *orr_rivals_sentence(const orr_rivals *rivals, orr_objective objective, orr_arena *arena);
void orr_rivals_write_text(const orr_rivals *rivals, orr_objective objective, orr_arena *arena, orr_text *out);
void orr_rivals_put_json(orr_json *json, const orr_rivals *rivals, orr_objective objective, orr_arena *arena);

#endif
