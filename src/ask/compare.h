/* compare: two answers beside each other - what of their inputs differs, by path, and what of their outputs, and whether chance alone could make such a difference.
 *
 * With replications on both sides (n and m runs of mean a, b and standard deviation s, r) two means are told apart where
 *     |a - b| > t sqrt(s^2 / n + r^2 / m),    t the 97.5 % quantile of Student's t with Welch's degrees of freedom
 * Nineteen of twenty pairs of equals are not told apart by this. Without replications nothing is known of chance, and it is said so; the intervals of the model's own error (results.json, `intervals`) stand beside it. */
#ifndef ORR_ASK_COMPARE_H
#define ORR_ASK_COMPARE_H

#include "ask/ask.h"

typedef struct orr_compared { const char *name, *kind, *answer; const orr_node *results, *inputs; } orr_compared;     /* inputs: resolved.yaml as a tree, or the study's; NULL: not known */

typedef enum { ORR_APART_UNKNOWN, ORR_APART_EQUAL, ORR_APART_NO, ORR_APART_YES } orr_apart;
/* Welch's test, as above; UNKNOWN where a side has fewer than two runs. */
orr_apart orr_compare_means(int64_t n, double a, double s, int64_t m, double b, double r);

/* A results.json, a folder with one, a study (asked as predict, or recommend where it has domains), the hash of a stored answer; or, where there is no file, the JSON of an answer or a study itself. NULL with diagnostics. */
const orr_compared *orr_compare_read(const orr_ask *ask, const char *name, orr_arena *arena, orr_diags *diags);
void orr_ask_compare(const orr_ask *ask, const char *first, const char *second, orr_answer *answer, orr_arena *arena, orr_diags *diags);

#endif
