/* How long a fleet's replicas were what they were: availability, replica-hours, how many at once. */
#ifndef ORR_DRIVE_FLEET_TALLY_H
#define ORR_DRIVE_FLEET_TALLY_H

#include "base/vec.h"
#include "drive/fleet.h"
#include "drive/run.h"

/* All changes of a run, in order; before its first a replica is up. It grows with them. */
typedef struct orr_fleet_tally { ORR_VEC(orr_fleet_change) changes; } orr_fleet_tally;

void orr_fleet_tally_free(orr_fleet_tally *tally);
static inline void orr_fleet_tally_add(orr_fleet_tally *tally, const orr_fleet_change *change) { orr_vec_push(&tally->changes, *change); }
/* From start_ns to end_ns, of a fleet of so many replicas. Fills what hangs on time alone. */
void orr_fleet_tally_sum(const orr_fleet_tally *tally, int64_t replicas, int64_t start_ns, int64_t end_ns, orr_fleet_result *result);

#endif
