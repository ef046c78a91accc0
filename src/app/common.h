/* What verbs share: diagnostics to stderr, and the exit code that goes with them. */
#ifndef ORR_APP_COMMON_H
#define ORR_APP_COMMON_H

#include "app/options.h"
#include "base/diag.h"
#include "report/columns.h"

/* Prints what was reported to stderr, in colour on a terminal. */
void orr_app_print_diags(const orr_diags *diags);
/* 2 for the user's faults, 3 for others; `otherwise` when there were none. */
static inline int orr_app_exit_code(const orr_diags *diags, int otherwise) { return orr_exit_code(diags, otherwise); }
/* "1 error", "2 errors". */
const char *orr_app_plural(size_t count);

#endif
