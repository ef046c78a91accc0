/* How a point of a space reads: "TP4 fp8 x 3 replicas, 256 seqs, 8192 tokens", which is what differs between the points, and nothing else.
 * What labels are put together from is found once for all points of a space. */
#ifndef ORR_LAB_LABEL_H
#define ORR_LAB_LABEL_H

#include "lab/space.h"

/* Must not outlive the space nor the arena. */
typedef struct orr_labeller orr_labeller;
orr_labeller *orr_labeller_create(const orr_space *space, orr_arena *arena);
const char *orr_label(const orr_labeller *labeller, const size_t *choice_index, orr_arena *arena);
/* Of one point. */
const char *orr_label_of_point(const orr_space *space, const size_t *choice_index, orr_arena *arena);

#endif
