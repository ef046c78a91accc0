/* fit-workload: a workload profile from a trace. Only derived figures go in, never the trace's rows. */
#ifndef ORR_ASK_FIT_WORKLOAD_H
#define ORR_ASK_FIT_WORKLOAD_H

#include "ask/ask.h"
#include "traffic/fit_workload.h"

extern const char *const orr_fit_formats[];     /* ends with NULL */
/* The profile is the answer's text and its YAML; how near it comes to the trace is the remark. `format` NULL: seen from the first line; what `citation` lacks follows from the file's name. */
void orr_ask_fit_workload(const char *path, const char *format, const orr_workload_citation *citation, orr_answer *answer, orr_arena *arena, orr_diags *diags);

#endif
