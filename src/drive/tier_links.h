/* Transfers over shared links: an exact fluid model in whole numbers.
 *
 * Each transfer crosses one or more links; at any time the rates are max-min fair: all grow alike until a link is full, those on it stop there, the others go on (progressive filling; Bertsekas and Gallager, "Data Networks",
 * 6.5.2). They change only when a transfer begins or ends, so that between such times what is left falls linearly:
 *
 *     rate in kB/s = 1e-6 bytes a nanosecond;  left, in 1e-6 bytes:  left(t + dt) = left(t) - rate dt;   end = t + ceil(left / rate)
 *
 * Whole numbers throughout: a share is rounded down, and 1 kB/s at the least, so that a full link with n transfers carries its capacity less than n kB/s. Nothing is lost of a transfer's bytes.
 * A change costs O(transfers x links crossed): transfers are those under way, one a fetch and one a direction that writes. Range: a transfer of up to 9e12 bytes, links of 1 kB/s to 1e13 kB/s.
 *
 * Invariants: 1. a transfer ends at the first nanosecond at which nothing of it is left; 2. the sum over a link is at most its capacity (but for the 1 kB/s); 3. each transfer crosses a link that is full to the rounding, on
 * which nobody has more than it but for the rounding. */
#ifndef ORR_DRIVE_TIER_LINKS_H
#define ORR_DRIVE_TIER_LINKS_H

#include <stdbool.h>
#include <stdint.h>
#include "base/vec.h"

enum { ORR_MOST_CROSSED = 4 };

typedef struct orr_flow { int64_t left_ub, rate_kb_per_s; uint64_t order; uint32_t tag; int crossed_count; int crossed[ORR_MOST_CROSSED]; } orr_flow;     /* left: 1e-6 bytes */
typedef struct orr_shared_link { int64_t capacity_kb_per_s, busy_ns; double carried_bytes; /* working space */ int64_t left_kb_per_s, active; } orr_shared_link;

typedef struct orr_flows {
    ORR_VEC(orr_flow) flows;        /* in order of beginning */
    ORR_VEC(orr_shared_link) links;
    int64_t now_ns;
    uint64_t next_order;
    bool stale;                     /* rates are to be shared anew */
} orr_flows;

int orr_flows_add_link(orr_flows *flows, int64_t capacity_kb_per_s);        /* its number */
void orr_flows_free(orr_flows *flows);
/* A transfer of bytes > 0 over links of these numbers; it is known by its tag. */
void orr_flows_begin(orr_flows *flows, int64_t now_ns, uint32_t tag, const int *crossed, int crossed_count, int64_t bytes);
/* More bytes behind those of a transfer under way; false: there is none of that tag, or none that can hold so many (9e12 wait behind a link that is written to without end): begin another. */
bool orr_flows_extend(orr_flows *flows, int64_t now_ns, uint32_t tag, int64_t bytes);
/* When the next one ends, if nothing begins before; INT64_MAX: there is none. */
int64_t orr_flows_next_ns(orr_flows *flows);
/* Takes out one that has ended by now, the first to have begun; false: none has. */
bool orr_flows_take_ended(orr_flows *flows, int64_t now_ns, uint32_t *tag);
/* Transfers on a link. */
int64_t orr_flows_on_link(const orr_flows *flows, int link);

#endif
