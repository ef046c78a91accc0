/* Links between a prefill pool and a decode pool: when a request's keys and values, shipped once, are where they are wanted.
 *
 * Each engine has as many channels as data-parallel ranks, since a request lives on one of them: out of a prefill engine, into a decode engine. A transfer takes the channel of each side that is
 * free first (ties to the lowest number), starts when both are, in the order in which transfers are begun (FIFO), and holds each for what its side needs:
 *
 *     start  = max(egress free, ingress free, earliest),   earliest = now; layer by layer: when the prompt was admitted
 *     egress free = start + egress_ns,  ingress free = start + ingress_ns
 *     end    = max(start + max(egress_ns, ingress_ns), layer by layer: computed + max(egress_ns, ingress_ns) / layers) + latency_ns,   and now + 1 at the least
 *
 * Layer by layer, what was computed is shipped while the next layers are, so that an idle link has a layer left to ship when the prompt is done.
 * Whole nanoseconds throughout. How long a side needs is asked of the `link`: the drive's run takes it from the cache's bytes, tests make it up. */
#ifndef ORR_DRIVE_TRANSFER_H
#define ORR_DRIVE_TRANSFER_H

#include <stdbool.h>
#include <stdint.h>

/* What shipping so many tokens' cache takes on each side, alone. */
typedef struct orr_transfer_time { int64_t egress_ns, ingress_ns, latency_ns; double bytes; } orr_transfer_time;

typedef struct orr_link {
    void *context;
    orr_transfer_time (*time)(void *context, int64_t tokens);
    int egress_channels, ingress_channels;      /* of one engine; at least 1 */
    int64_t overlapped_layers;                  /* 0: a transfer starts after the prompt */
} orr_link;

typedef struct orr_links {
    const orr_link *link;
    int64_t *egress_free_ns, *ingress_free_ns;  /* [engine][channel] */
} orr_links;

/* A finished transfer, told to the observer. */
typedef struct orr_transferred { uint64_t request; int from, to /* replicas, as the loop numbers them */; int64_t tokens, computed_ns /* first token on the prefill engine */, reserved_ns, start_ns, end_ns, egress_ns, ingress_ns; double bytes; } orr_transferred;

void orr_links_init(orr_links *links, const orr_link *link, int prefill_engines, int decode_engines);
void orr_links_free(orr_links *links);
/* Fills start, end, times and bytes of a transfer that may begin now; `tokens`, `computed_ns` and `reserved_ns` (now) are given. */
void orr_links_ship(orr_links *links, int from, int to, int64_t admitted_ns, orr_transferred *transfer);

#endif
