/* What the catalogue holds: list, show. */
#ifndef ORR_ASK_CATALOGUE_H
#define ORR_ASK_CATALOGUE_H

#include "ask/ask.h"
#include "report/csv.h"

/* list: of one kind ("model" or "models"), or of all (NULL). */
void orr_ask_list(const char *kind, orr_answer *answer, orr_arena *arena, orr_diags *diags);
/* Its rows, of which the columns are those of the JSON: of the kind that was asked for. */
void orr_list_put(const orr_answer *answer, orr_arena *arena, orr_csv *csv);
/* show: a name or alias; or a kind and a name or path. answer->yaml is the entry as YAML. */
void orr_ask_show(const char *const *names, size_t count, orr_answer *answer, orr_arena *arena, orr_diags *diags);
/* show --fields: what may be said of a kind: study, engine, chip, traffic, .. */
void orr_ask_fields(const char *kind, orr_answer *answer, orr_arena *arena, orr_diags *diags);

#endif
