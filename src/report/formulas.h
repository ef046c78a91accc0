/* What each figure means, in one line: printed by --formulas, written to results.json and the page. The keys are those of results.json. */
#ifndef ORR_REPORT_FORMULAS_H
#define ORR_REPORT_FORMULAS_H

#include <stddef.h>

typedef struct orr_formula { const char *key, *name /* as the tables have it */, *text; } orr_formula;
const orr_formula *orr_formulas(size_t *count);

#endif
