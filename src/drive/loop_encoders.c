/* Encoders of images before the engines: queues, batches, and the way of the embeddings (the rules stand in loop.h). One event a batch and one a request. */
#include "drive/loop_internal.h"

#include <string.h>
#include "base/math.h"
#include "base/mem.h"

/* Which end an event is of. */
enum { OF_BATCH, OF_WAY };

void orr_loop_begin_encoders(loop *l)
{
    const orr_encoder_pool *pool = &l->config->encoders;
    l->unused_encoding = -1;
    if (pool->replica_count == 0) return;
    ORR_INVARIANT(!pool->router->needs_reports);        /* encoders hold nothing to report of */
    orr_router_settings settings = l->config->routing;
    settings.seed = orr_hash_mix(l->config->seed, 2);
    orr_router_init(&l->encoder_router, pool->router, &settings, &(orr_replica_kind){.count = pool->replica_count, .weight = 1, .block_tokens = 1}, 1);
    l->encoders = orr_mem_resize(NULL, (size_t)pool->replica_count * sizeof *l->encoders);
    for (int i = 0; i < pool->replica_count; i++) l->encoders[i] = (encoder){.first = -1, .last = -1, .batch = -1};
}

void orr_loop_free_encoders(loop *l)
{
    if (l->config->encoders.replica_count == 0) return;
    for (size_t i = 0; i < l->encodings.count; i++) orr_vec_free(&l->encodings.items[i].prefix);
    orr_vec_free(&l->encodings);
    orr_router_free(&l->encoder_router);
    orr_mem_free(l->encoders);
}

static int take_encoding(loop *l)
{
    const int number = l->unused_encoding;
    if (number >= 0) {
        l->unused_encoding = l->encodings.items[number].next;
        return number;
    }
    orr_vec_push(&l->encodings, (encoding){0});
    return (int)l->encodings.count - 1;
}

/* Of an idle encoder with somebody waiting. */
static void begin_batch(loop *l, int place)
{
    encoder *e = &l->encoders[place];
    int64_t images = 0;
    int last = -1;
    for (int number = e->first; number >= 0; number = l->encodings.items[number].next) {
        const int64_t more = l->encodings.items[number].request.images;
        if (images > 0 && images + more > l->config->encoders.most_images) break;
        images += more;
        last = number;
        e->waiting--;
    }
    e->batch = e->first;
    e->first = l->encodings.items[last].next;
    l->encodings.items[last].next = -1;
    if (e->first < 0) e->last = -1;
    e->busy = true;
    const int64_t end_ns = l->now_ns + orr_max_i64(1, l->config->encoders.encode_ns(l->config->encoders.context, images));
    for (int number = e->batch; number >= 0; number = l->encodings.items[number].next) {
        orr_encoded *told = &l->encodings.items[number].told;
        told->batch_images = images;
        told->start_ns = l->now_ns;
        told->end_ns = end_ns;
    }
    orr_agenda_push(&l->agenda, end_ns, ORR_EVENT_ENCODER, place, OF_BATCH);
}

void orr_loop_encode(loop *l, const orr_request *request, orr_fate fate)
{
    const int place = orr_router_route(&l->encoder_router, request, l->prefix.items, (int)l->prefix.count), number = take_encoding(l);
    encoding *one = &l->encodings.items[number];
    one->request = *request;
    one->fate = fate;
    one->told = (orr_encoded){.request = request->id, .replica = place, .images = request->images, .entered_ns = l->now_ns};
    one->next = -1;
    one->prefix.count = 0;
    for (size_t i = 0; i < l->prefix.count; i++) orr_vec_push(&one->prefix, l->prefix.items[i]);
    encoder *e = &l->encoders[place];
    if (e->last >= 0) l->encodings.items[e->last].next = number;
    else e->first = number;
    e->last = number;
    e->waiting++;
    l->in_flight++;
    if (l->observer->arrived) l->observer->arrived(l->observer->context, request);
    if (!e->busy) begin_batch(l, place);
}

/* Embeddings go out in the order of the batch. */
static void end_batch(loop *l, int place)
{
    const orr_encoder_pool *pool = &l->config->encoders;
    encoder *e = &l->encoders[place];
    for (int number = e->batch; number >= 0; number = l->encodings.items[number].next) {
        orr_encoded *told = &l->encodings.items[number].told;
        e->link_free_ns = orr_max_i64(e->link_free_ns, l->now_ns) + pool->ship_ns(pool->context, told->images);
        told->there_ns = e->link_free_ns + pool->ship_latency_ns;
        orr_agenda_push(&l->agenda, told->there_ns, ORR_EVENT_ENCODER, number, OF_WAY);
    }
    e->batch = -1;
    e->busy = false;
    if (e->first >= 0) begin_batch(l, place);
}

static void end_way(loop *l, int number)
{
    encoding *one = &l->encodings.items[number];
    orr_request request = one->request;
    const orr_fate fate = one->fate;
    orr_router_finished(&l->encoder_router, one->told.replica, &request);
    if (l->observer->encoded) l->observer->encoded(l->observer->context, &one->told);
    l->prefix.count = 0;
    for (size_t i = 0; i < one->prefix.count; i++) orr_vec_push(&l->prefix, one->prefix.items[i]);
    one->next = l->unused_encoding;
    l->unused_encoding = number;
    request.encoded_ns = one->told.there_ns;
    orr_loop_admit(l, &request, fate, true);
}

void orr_loop_encoder_event(loop *l, int number, int lane)
{
    if (lane == OF_BATCH) end_batch(l, number);
    else end_way(l, number);
}
