/* The longest prefix in the cache first, of equal ones the first in line (Zheng et al., SGLang, 2024: with a tree for a cache that order is near a depth-first walk of it, which computes each prefix once). While more than
 * prefix_order_most wait, first come, first served. SGLang: --schedule-policy lpm, schedule_policy.py, 128 requests. Left out: its look for prefixes that requests of the queue share among themselves.
 * Ranks are made when a step begins to admit, and only where the cache or the queue changed since: at most prefix_order_most look-ups a step, none while nothing changes. */
#include "serve/queue.h"

static void enter(orr_queue *queue, orr_request_index index, const orr_request *request, bool again)
{
    (void)request;
    orr_queue_line_add(queue, &queue->line, index, again && !queue->again_last);
    queue->is_ranked = false;
}

static void begin(orr_queue *queue, const orr_queue_cache *cache)
{
    if (queue->is_ranked && queue->cache_changes == cache->changes && !cache->ages) return;
    orr_rank_heap_clear(&queue->heap);
    queue->is_ranked = queue->count <= queue->prefix_order_most;
    queue->cache_changes = cache->changes;
    int64_t place = 0;
    for (orr_request_index i = queue->line.first; queue->is_ranked && i != ORR_NO_REQUEST; i = queue->places.items[i].next)
        orr_rank_heap_push(&queue->heap, i, (orr_rank){-cache->cached_tokens(cache->context, i), place++, 0});
}

static orr_request_index first(const orr_queue *queue) { return queue->heap.entries.count ? orr_rank_heap_first(&queue->heap) : queue->line.first; }

static void leave(orr_queue *queue, orr_request_index index, const orr_request *request)
{
    (void)request;
    orr_queue_line_remove(queue, &queue->line, index);
    orr_rank_heap_remove(&queue->heap, index);
}

const orr_queue_policy orr_queue_prefix = {.name = "prefix", .enter = enter, .begin = begin, .first = first, .leave = leave};
