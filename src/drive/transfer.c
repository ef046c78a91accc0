#include "drive/transfer.h"

#include <stddef.h>
#include "base/math.h"
#include "base/mem.h"
#include "base/panic.h"

static int64_t *free_from_the_start(int count)
{
    int64_t *free_ns = orr_mem_resize(NULL, (size_t)count * sizeof *free_ns);
    for (int i = 0; i < count; i++) free_ns[i] = 0;
    return free_ns;
}

void orr_links_init(orr_links *links, const orr_link *link, int prefill_engines, int decode_engines)
{
    ORR_INVARIANT(link->egress_channels >= 1 && link->ingress_channels >= 1);
    *links = (orr_links){link, free_from_the_start(prefill_engines * link->egress_channels), free_from_the_start(decode_engines * link->ingress_channels)};
}

void orr_links_free(orr_links *links)
{
    orr_mem_free(links->egress_free_ns);
    orr_mem_free(links->ingress_free_ns);
}

static int64_t *first_free(int64_t *channels, int count)
{
    int64_t *best = channels;
    for (int i = 1; i < count; i++) if (channels[i] < *best) best = &channels[i];
    return best;
}

void orr_links_ship(orr_links *links, int from, int to, int64_t admitted_ns, orr_transferred *t)
{
    const orr_link *link = links->link;
    const orr_transfer_time time = link->time(link->context, t->tokens);
    int64_t *egress = first_free(links->egress_free_ns + from * link->egress_channels, link->egress_channels);
    int64_t *ingress = first_free(links->ingress_free_ns + to * link->ingress_channels, link->ingress_channels);
    const int64_t longer_ns = orr_max_i64(time.egress_ns, time.ingress_ns);
    t->start_ns = orr_max_i64(orr_max_i64(*egress, *ingress), link->overlapped_layers > 0 ? admitted_ns : t->reserved_ns);
    t->end_ns = t->start_ns + longer_ns;
    if (link->overlapped_layers > 0) t->end_ns = orr_max_i64(t->end_ns, t->computed_ns + longer_ns / link->overlapped_layers);
    t->end_ns = orr_max_i64(t->end_ns + time.latency_ns, t->reserved_ns + 1);
    *egress = t->start_ns + time.egress_ns;
    *ingress = t->start_ns + time.ingress_ns;
    t->egress_ns = time.egress_ns;
    t->ingress_ns = time.ingress_ns;
    t->bytes = time.bytes;
}
