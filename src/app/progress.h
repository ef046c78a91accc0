/* Progress on stderr: a bar that redraws itself on a terminal, JSON lines otherwise; nothing within the first moments, so that short work stays quiet. */
#ifndef ORR_APP_PROGRESS_H
#define ORR_APP_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct orr_progress { const char *verb, *unit /* "points" */; bool terminal, drawn; double begun_s, shown_s; } orr_progress;

orr_progress orr_progress_begin(const char *verb, const char *unit);
/* `note` may be NULL: the best so far. */
void orr_progress_show(orr_progress *progress, size_t done, size_t total, size_t simulated, const char *note);
/* Clears the bar. */
void orr_progress_end(orr_progress *progress);

#endif
