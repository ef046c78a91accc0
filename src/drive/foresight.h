/* The requests to come, read ahead: which of them have what content in their prompts. For the reference policy of eviction alone (serve/kv_evict_belady.c): it needs a source whose order does not depend on the run (no
 * sessions), and memory for each request's segments. */
#ifndef ORR_DRIVE_FORESIGHT_H
#define ORR_DRIVE_FORESIGHT_H

#include "drive/loop.h"

typedef struct orr_future orr_future;

/* Reads `feed` to its end: the n-th request has number n, as the loop numbers them. */
orr_future *orr_future_read(orr_feed feed);
void orr_future_destroy(orr_future *future);
orr_foresight orr_future_foresight(orr_future *future);

#endif
