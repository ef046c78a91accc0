/* NSGA-II over choices of domains (Deb et al. 2002, IEEE TEC 6(2)): what to try next, from what was tried.
 *
 * A trial is a point of the product of domains, what it misses its limits by (violation, 0: nothing) and its losses, one for each thing that is sought, less being better. One trial dominates another if it violates less, or neither violates and it is nowhere worse
 * and somewhere better. The best `population` by front and, within a front, by crowding distance stay; children come from tournaments of two of them: of numeric domains a choice between or around the parents' (BLX-0.3), of others either's, then
 * mutation; one in four is a neighbour of one of the first front. No point is asked for twice. Deterministic in (domains, seed, what was told). */
#ifndef ORR_LAB_EVOLVE_H
#define ORR_LAB_EVOLVE_H

#include "spec/study.h"

enum { ORR_MOST_LOSSES = 4 };
typedef struct orr_trial { uint64_t number; /* of the point, the last domain fastest */ double violation, losses[ORR_MOST_LOSSES]; /* NaN: worst */ } orr_trial;

typedef struct orr_evolution orr_evolution;
orr_evolution *orr_evolution_create(const orr_domain *domains, size_t domain_count, size_t population, int loss_count, uint64_t seed);
void orr_evolution_destroy(orr_evolution *evolution);
/* A generation's results. False: none of them is among those that stay. */
bool orr_evolution_tell(orr_evolution *evolution, const orr_trial *trials, size_t count);
/* Up to `most` points that were neither asked for nor told; fewer where the space has no more to be found in a fair number of draws. */
size_t orr_evolution_ask(orr_evolution *evolution, uint64_t *numbers, size_t most);

/* Front of each trial (0: dominated by none) and its crowding distance. */
void orr_evolution_rank(const orr_trial *trials, size_t count, int loss_count, size_t *front, double *crowding);

#endif
