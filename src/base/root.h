/* Where relative paths begin: in the working directory, or, for a thread and the pools that it makes, in a folder of its own. So that one of many threads may ask with a pack as its working directory, and none of the others moves. */
#ifndef ORR_BASE_ROOT_H
#define ORR_BASE_ROOT_H

#include "base/diag.h"

/* The directory to open, stat and rename at. */
int orr_root(void);
/* From now on, for this thread; returns the one before, to go back to. */
int orr_root_set(int directory);
/* A folder to begin in, to be closed; -1: reported. */
int orr_root_open(const char *folder, orr_diags *diags);
void orr_root_close(int directory);

#endif
