#include "serve/prefix_view.h"

#include <string.h>

void orr_prefix_view_init(orr_prefix_view *view, int replica_count, int64_t interval_ns)
{
    *view = (orr_prefix_view){.interval_ns = interval_ns};
    view->block_tokens = orr_mem_resize(NULL, (size_t)replica_count * sizeof *view->block_tokens);
    view->matched = orr_mem_resize(NULL, (size_t)replica_count * sizeof *view->matched);
    view->depth = orr_mem_resize(NULL, (size_t)replica_count * sizeof *view->depth);
    memset(view->matched, 0, (size_t)replica_count * sizeof *view->matched);
}

void orr_prefix_view_describe(orr_prefix_view *view, int replica, int64_t block_tokens)
{
    view->block_tokens[replica] = block_tokens;
    for (size_t i = 0; i < view->sizes.count; i++) if (view->sizes.items[i] == block_tokens) return;
    orr_vec_push(&view->sizes, block_tokens);
}

void orr_prefix_view_free(orr_prefix_view *view)
{
    orr_mem_free(view->block_tokens);
    orr_vec_free(&view->sizes);
    for (size_t i = 0; i < view->holders.count; i++) orr_vec_free(&view->holders.items[i]);
    orr_vec_free(&view->holders);
    orr_vec_free(&view->unused);
    orr_vec_free(&view->found);
    orr_vec_free(&view->log.changes);
    orr_map_free(&view->places);
    orr_mem_free(view->matched);
    orr_mem_free(view->depth);
}

static orr_prefix_holders *holders_of(orr_prefix_view *view, uint64_t key, bool make)
{
    uint64_t place = 0;
    if (orr_map_get(&view->places, key, &place)) return &view->holders.items[place];
    if (!make) return NULL;
    if (view->unused.count > 0) place = view->unused.items[--view->unused.count];
    else {
        place = view->holders.count;
        orr_vec_push(&view->holders, (orr_prefix_holders){0});
    }
    orr_map_put(&view->places, key, place);
    return &view->holders.items[place];
}

static void drop_if_empty(orr_prefix_view *view, uint64_t key, const orr_prefix_holders *holders)
{
    if (holders->count > 0) return;
    orr_vec_push(&view->unused, (uint32_t)(holders - view->holders.items));
    orr_map_remove(&view->places, key);
}

static void apply(orr_prefix_view *view, const orr_kv_change *change)
{
    orr_prefix_holders *holders = holders_of(view, change->key, change->tokens > 0);
    if (holders == NULL) return;
    size_t i = 0;
    while (i < holders->count && holders->items[i].replica != change->replica) i++;
    const orr_prefix_holder now = {change->replica, change->whole, change->tokens};
    if (change->tokens == 0) {
        if (i < holders->count) holders->items[i] = holders->items[--holders->count];
        drop_if_empty(view, change->key, holders);
    } else if (i < holders->count) {
        holders->items[i] = now;
    } else {
        orr_vec_push(holders, now);
    }
}

static void refresh(orr_prefix_view *view)
{
    const int64_t now_ns = *view->log.now_ns, reported_ns = view->interval_ns > 0 ? now_ns / view->interval_ns * view->interval_ns : INT64_MAX;
    while (view->applied < view->log.changes.count && view->log.changes.items[view->applied].time_ns < reported_ns) apply(view, &view->log.changes.items[view->applied++]);
    if (view->applied == 0 || 2 * view->applied < view->log.changes.count) return;
    const size_t left = view->log.changes.count - view->applied;
    memmove(view->log.changes.items, view->log.changes.items + view->applied, left * sizeof *view->log.changes.items);
    view->log.changes.count = left;
    view->applied = 0;
}

/* Of replicas with blocks of this size. */
static void match_size(orr_prefix_view *view, int64_t block_tokens, const orr_prefix_run *prefix, int prefix_count)
{
    uint64_t key = 0;
    int64_t end_tokens = 0, end_blocks = 0;
    for (int i = 0, depth = 0; i < prefix_count; i++) {
        key = orr_prefix_key(key, &prefix[i]);
        end_tokens += prefix[i].tokens;
        const int64_t blocks = end_tokens / block_tokens - end_blocks;
        if (blocks == 0) continue;      /* owns none: nobody can tell of it */
        end_blocks += blocks;
        const orr_prefix_holders *holders = holders_of(view, key, false);
        if (holders == NULL) return;
        bool longer = false;
        for (size_t h = 0; h < holders->count; h++) {
            const orr_prefix_holder *holder = &holders->items[h];
            if (view->block_tokens[holder->replica] != block_tokens) continue;
            if (depth == 0) orr_vec_push(&view->found, holder->replica);
            else if (view->matched[holder->replica] == 0 || view->depth[holder->replica] != depth) continue;
            view->matched[holder->replica] += holder->tokens;
            view->depth[holder->replica] = holder->whole ? depth + 1 : 0;
            longer = longer || holder->whole;
        }
        if (!longer) return;
        depth++;
    }
}

void orr_prefix_view_match(orr_prefix_view *view, const orr_prefix_run *prefix, int prefix_count)
{
    refresh(view);
    for (size_t i = 0; i < view->found.count; i++) view->matched[view->found.items[i]] = 0;
    view->found.count = 0;
    for (size_t i = 0; i < view->sizes.count; i++) match_size(view, view->sizes.items[i], prefix, prefix_count);
}

static void drop_changes(orr_prefix_view *view, int replica)
{
    size_t kept = view->applied;
    for (size_t i = view->applied; i < view->log.changes.count; i++)
        if (view->log.changes.items[i].replica != replica) view->log.changes.items[kept++] = view->log.changes.items[i];
    view->log.changes.count = kept;
}

void orr_prefix_view_silence(orr_prefix_view *view, int replica)
{
    refresh(view);
    drop_changes(view, replica);
}

/* Rare: a walk over all that is known. */
void orr_prefix_view_forget(orr_prefix_view *view, int replica)
{
    drop_changes(view, replica);
    for (size_t i = 0; i < view->holders.count; i++) {
        orr_prefix_holders *holders = &view->holders.items[i];
        for (size_t h = 0; h < holders->count; h++)
            if (holders->items[h].replica == replica) holders->items[h--] = holders->items[--holders->count];
    }
}
