/* What a router believes its replicas' caches hold: the changes they told of, up to the last report.
 *
 * Reports come every `interval_ns`, of all replicas at the same instants (multiples of the interval), and tell what stood before that instant; between reports the view is stale. Interval 0: it is never stale.
 * By chained prefix key, who holds a run of it and how many tokens. A question costs O(holders of the prompt's first runs); the view grows with what the caches hold. */
#ifndef ORR_SERVE_PREFIX_VIEW_H
#define ORR_SERVE_PREFIX_VIEW_H

#include "base/map.h"
#include "serve/kv_log.h"
#include "serve/request.h"

typedef struct orr_prefix_holder { int32_t replica; bool whole; int64_t tokens; } orr_prefix_holder;
typedef ORR_VEC(orr_prefix_holder) orr_prefix_holders;

typedef struct orr_prefix_view {
    orr_kv_log log;
    size_t applied;                 /* changes of the log that are in the view */
    int64_t interval_ns;
    int64_t *block_tokens;          /* by replica */
    ORR_VEC(int64_t) sizes;         /* the different ones among them */
    orr_map places;                 /* key -> place in `holders` */
    ORR_VEC(orr_prefix_holders) holders;
    ORR_VEC(uint32_t) unused;       /* places */
    /* of the question at hand, by replica */
    int64_t *matched;
    int *depth;
    ORR_VEC(int32_t) found;         /* who holds a beginning of the prompt */
} orr_prefix_view;

void orr_prefix_view_init(orr_prefix_view *view, int replica_count, int64_t interval_ns);
/* Of each replica, before anything else. */
void orr_prefix_view_describe(orr_prefix_view *view, int replica, int64_t block_tokens);
void orr_prefix_view_free(orr_prefix_view *view);
/* Tokens of the prompt that each replica holds, as last reported: view->found lists those with any, view->matched has the tokens. Valid until the next question. */
void orr_prefix_view_match(orr_prefix_view *view, const orr_prefix_run *prefix, int prefix_count);
/* It is gone: what it has not reported yet never comes. */
void orr_prefix_view_silence(orr_prefix_view *view, int replica);
/* The replica's cache is gone, and it is known: nothing it told counts any more. */
void orr_prefix_view_forget(orr_prefix_view *view, int replica);

#endif
