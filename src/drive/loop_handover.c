/* Requests that have their prompt computed on one replica and their outputs on another: tickets, the way from engine to engine, what frees the one and seats on the other. */
#include "drive/loop_internal.h"

uint32_t orr_loop_take_ticket(loop *l, handover h)
{
    int ticket = l->unused_handover;
    if (ticket < 0) {
        ticket = (int)l->handovers.count;
        orr_vec_push(&l->handovers, h);
    } else {
        l->unused_handover = l->handovers.items[ticket].next_unused;
        l->handovers.items[ticket] = h;
    }
    return (uint32_t)ticket;
}

void orr_loop_on_handed_over(void *context, orr_request_index index, const orr_finished *so_far)
{
    replica *from = context;
    loop *l = from->loop;
    handover *h = &l->handovers.items[so_far->request.ticket];
    replica *to = &l->replicas[h->to];
    orr_loop_leave_router(from, &so_far->request);
    h->leaving = index;
    h->admitted_ns = so_far->admitted_ns;
    h->transfer.computed_ns = so_far->first_token_ns;
    orr_loop_settle(l, to);
    orr_engine_offer(to->core, h->coming, so_far);
    orr_loop_request_plan(l, to);
}

/* In a plan of the decode engine. */
void orr_loop_on_reserved(void *context, orr_request_index index, const orr_request *request, int64_t missing_tokens)
{
    (void)index;
    loop *l = ((replica *)context)->loop;
    handover *h = &l->handovers.items[request->ticket];
    h->transfer.request = request->id;
    h->transfer.from = h->from;
    h->transfer.to = h->to;
    h->transfer.tokens = missing_tokens;
    h->transfer.reserved_ns = l->now_ns;
    orr_links_ship(&l->links, h->from - l->own_count, h->to, h->admitted_ns, &h->transfer);
    orr_agenda_push(&l->agenda, h->transfer.end_ns, ORR_EVENT_TRANSFER_END, (int)request->ticket, 0);
}

void orr_loop_end_transfer(loop *l, int ticket)
{
    handover *h = &l->handovers.items[ticket];
    replica *from = &l->replicas[h->from], *to = &l->replicas[h->to];
    orr_loop_settle(l, from);
    orr_loop_settle(l, to);
    orr_engine_release(from->core, h->leaving, l->now_ns);
    orr_engine_receive(to->core, h->coming, l->now_ns);
    if (l->observer->transferred) l->observer->transferred(l->observer->context, &h->transfer);
    h->next_unused = l->unused_handover;
    l->unused_handover = ticket;
    orr_loop_tell_state(l, from, l->now_ns);
    orr_loop_request_plan(l, from);
    orr_loop_request_plan(l, to);
}
