/* What becomes of requests when replicas do: tickets of all that are in flight, the queue at the router, sending once more. */
#include "drive/fleet_internal.h"

#include <stdlib.h>

static uint32_t take_ticket(fleet *f, const orr_request *request, orr_fate fate, const orr_prefix_run *prefix, size_t prefix_count)
{
    int ticket = f->unused;
    if (ticket < 0) {
        ticket = (int)f->deliveries.count;
        orr_vec_push(&f->deliveries, (delivery){0});
    } else {
        f->unused = f->deliveries.items[ticket].next_unused;
    }
    delivery *d = &f->deliveries.items[ticket];
    d->request = *request;
    d->request.ticket = (uint32_t)ticket;
    d->fate = fate;
    d->so_far = (orr_request_progress){0};
    d->prefix.count = 0;
    for (size_t i = 0; i < prefix_count; i++) orr_vec_push(&d->prefix, prefix[i]);
    d->replica = ORR_NO_REPLICA;
    d->index = ORR_NO_REQUEST;
    d->retries = 0;
    d->taken = false;
    d->used = true;
    return (uint32_t)ticket;
}

static void return_ticket(fleet *f, uint32_t ticket)
{
    delivery *d = &f->deliveries.items[ticket];
    d->used = false;
    d->next_unused = f->unused;
    f->unused = (int)ticket;
}

bool orr_fleet_has_taken(const loop *l, const orr_request *request) { return request->ticket != ORR_NO_TICKET && l->fleet->deliveries.items[request->ticket].taken; }

void orr_fleet_wait(loop *l, const orr_request *request, orr_fate fate)
{
    const uint32_t ticket = take_ticket(l->fleet, request, fate, l->prefix.items, l->prefix.count);
    orr_vec_push(&l->fleet->waiting, ticket);
    l->in_flight++;
    if (l->observer->waited) l->observer->waited(l->observer->context, request);
}

void orr_fleet_add(loop *l, replica *r, orr_request *request, orr_fate fate)
{
    fleet *f = l->fleet;
    fleet_replica *fr = &f->replicas[r->number];
    if (request->ticket == ORR_NO_TICKET) request->ticket = take_ticket(f, request, fate, l->prefix.items, l->prefix.count);
    delivery *d = &f->deliveries.items[request->ticket];
    d->replica = r->number;
    d->taken = true;
    fr->here++;
    if (!fr->noticed) return;       /* nobody is there to take it */
    fr->is_used = true;
    d->index = orr_engine_resume(r->core, request, fate, d->prefix.items, (int)d->prefix.count, &d->so_far);
}

void orr_fleet_finished(loop *l, replica *r, const orr_request *request)
{
    fleet_replica *fr = &l->fleet->replicas[r->number];
    return_ticket(l->fleet, request->ticket);
    if (--fr->here == 0 && fr->phase == ORR_REPLICA_DRAINING) orr_fleet_leave(l, r->number);
}

void orr_fleet_save(loop *l, int number)
{
    fleet *f = l->fleet;
    orr_engine_break(l->replicas[number].core);
    for (size_t t = 0; t < f->deliveries.count; t++) {
        delivery *d = &f->deliveries.items[t];
        if (!d->used || d->replica != number || d->index == ORR_NO_REQUEST) continue;
        d->so_far = orr_engine_progress(l->replicas[number].core, d->index);
        d->index = ORR_NO_REQUEST;
        f->totals.lost_tokens += d->so_far.lost_tokens;
        if (f->config->redelivery == ORR_REDELIVER_RESTART) d->so_far = (orr_request_progress){.lost_tokens = d->so_far.lost_tokens};
    }
}

static void lose(loop *l, uint32_t ticket)
{
    const orr_request request = l->fleet->deliveries.items[ticket].request;
    if (!l->fleet->deliveries.items[ticket].taken && l->observer->arrived) l->observer->arrived(l->observer->context, &request);
    return_ticket(l->fleet, ticket);
    l->fleet->totals.lost_requests++;
    if (l->observer->lost) l->observer->lost(l->observer->context, &request);
    orr_loop_turn_away(l, &request, l->now_ns + l->config->exit_ns);
}

/* To whom the router says, or into its queue. */
static void send(loop *l, uint32_t ticket)
{
    delivery *d = &l->fleet->deliveries.items[ticket];
    if (!orr_router_is_open(&l->router)) {
        orr_vec_push(&l->fleet->waiting, ticket);
        return;
    }
    const bool is_new = !d->taken;
    orr_request request = d->request;
    bool refused = false;
    l->prefix.count = 0;
    for (size_t i = 0; i < d->prefix.count; i++) orr_vec_push(&l->prefix, d->prefix.items[i]);
    replica *r = orr_loop_assign(l, &request, d->fate, &refused);
    if (r == NULL) {
        void (*const tell)(void *, const orr_request *) = refused ? l->observer->refused : l->observer->rejected;
        return_ticket(l->fleet, ticket);
        if (tell) tell(l->observer->context, &request);
        orr_loop_turn_away(l, &request, l->now_ns + l->config->exit_ns);
    } else if (is_new) {
        orr_loop_arrived_at(l, r, &request);
    } else {
        orr_loop_request_plan(l, r);
    }
}

static int by_number(const void *a, const void *b)
{
    const uint64_t left = ((const lost_request *)a)->id, right = ((const lost_request *)b)->id;
    return left < right ? -1 : left > right;
}

void orr_fleet_redeliver(loop *l, int number)
{
    fleet *f = l->fleet;
    f->lost.count = 0;
    for (size_t t = 0; t < f->deliveries.count; t++)
        if (f->deliveries.items[t].used && f->deliveries.items[t].replica == number) orr_vec_push(&f->lost, (lost_request){f->deliveries.items[t].request.id, (uint32_t)t});
    if (f->lost.count > 1) qsort(f->lost.items, f->lost.count, sizeof *f->lost.items, by_number);
    for (size_t i = 0; i < f->lost.count; i++) {
        const uint32_t ticket = f->lost.items[i].ticket;
        delivery *d = &f->deliveries.items[ticket];
        orr_loop_leave_router(&l->replicas[number], &d->request);
        f->replicas[number].here--;
        d->replica = ORR_NO_REPLICA;
        if (d->retries++ >= f->config->retry_limit) {
            lose(l, ticket);
            continue;
        }
        f->totals.redelivered++;
        if (l->observer->redelivered) l->observer->redelivered(l->observer->context, &d->request, l->now_ns, number);
        send(l, ticket);
    }
}

void orr_fleet_send_waiting(loop *l)
{
    fleet *f = l->fleet;
    for (size_t i = 0; i < f->waiting.count; i++) send(l, f->waiting.items[i]);
    f->waiting.count = 0;
}

void orr_fleet_give_up(loop *l)
{
    fleet *f = l->fleet;
    for (size_t i = 0; i < f->waiting.count; i++) lose(l, f->waiting.items[i]);
    f->waiting.count = 0;
}
