/* Small random studies with domains, and a recommendation as text, for the laws of the search. */
#ifndef ORR_TESTS_SEARCH_CASES_H
#define ORR_TESTS_SEARCH_CASES_H

#include "base/rng.h"
#include "lab/recommend.h"

/* A study of 16 to 200 points of a small model under a random load, SLOs and objective, in `arena`. */
const char *search_case_text(orr_rng *rng, orr_arena *arena);
/* Reads it; fails the test with the diagnostics when it is wrong. */
orr_study_file *search_case_read(const char *text, orr_arena *arena);
/* Every field of an answer that a report could print, one candidate a line. */
void search_case_write(const orr_recommendation *recommendation, orr_text *out);

#endif
