/* The source line of a diagnostic and the caret line under it. */
#ifndef ORR_BASE_EXCERPT_H
#define ORR_BASE_EXCERPT_H

#include "base/diag.h"

/* Both NULL when the place has no line in its source. The line is as a terminal shows it: tabs as spaces, what can't be printed as '?', long lines cut to
 * ORR_EXCERPT_COLUMNS around the caret with "..." at the cut ends. The caret stands under the first column of the value, the rest is underlined with '~'. */
void orr_excerpt(orr_arena *arena, orr_place place, const char **excerpt, const char **caret);

#endif
