#include "drive/foresight.h"

#include "base/map.h"
#include "base/vec.h"

typedef struct use { uint64_t content; int64_t request; } use;      /* content: numbered as it first comes */

struct orr_future {
    orr_map by_key;                 /* chained key -> number of the content */
    ORR_VEC(use) uses;              /* in order of requests */
    ORR_VEC(size_t) starts;         /* by content, and one more: where its requests start in `requests` */
    ORR_VEC(int64_t) requests;      /* by content, rising */
};

static void add_use(orr_future *f, uint64_t key, int64_t request)
{
    uint64_t content = f->by_key.count;
    if (!orr_map_get(&f->by_key, key, &content)) orr_map_put(&f->by_key, key, content);
    orr_vec_push(&f->uses, (use){content, request});
}

/* Counts, sums, places: the uses of each content side by side. */
static void gather(orr_future *f)
{
    for (size_t c = 0; c < f->by_key.count + 2; c++) orr_vec_push(&f->starts, (size_t)0);
    for (size_t i = 0; i < f->uses.count; i++) f->starts.items[f->uses.items[i].content + 2]++;
    for (size_t c = 2; c < f->starts.count; c++) f->starts.items[c] += f->starts.items[c - 1];
    for (size_t i = 0; i < f->uses.count; i++) orr_vec_push(&f->requests, (int64_t)0);
    for (size_t i = 0; i < f->uses.count; i++) f->requests.items[f->starts.items[f->uses.items[i].content + 1]++] = f->uses.items[i].request;
}

orr_future *orr_future_read(orr_feed feed)
{
    orr_future *f = orr_mem_resize(NULL, sizeof *f);
    *f = (orr_future){0};
    orr_arrival arrival;
    for (int64_t request = 0; feed.next(feed.context, &arrival); request++) {
        uint64_t key = 0;
        for (int i = 0; i < arrival.segment_count; i++) {
            key = orr_prefix_key(key, &(orr_prefix_run){arrival.segments[i].content, arrival.segments[i].tokens});
            add_use(f, key, request);
        }
    }
    gather(f);
    return f;
}

void orr_future_destroy(orr_future *f)
{
    if (f == NULL) return;
    orr_map_free(&f->by_key);
    orr_vec_free(&f->uses);
    orr_vec_free(&f->starts);
    orr_vec_free(&f->requests);
    orr_mem_free(f);
}

static int64_t next_use(void *context, uint64_t key, int64_t after)
{
    const orr_future *f = context;
    uint64_t content = 0;
    if (!orr_map_get(&f->by_key, key, &content)) return INT64_MAX;
    size_t low = f->starts.items[content], high = f->starts.items[content + 1];
    const size_t end = high;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (f->requests.items[middle] > after) high = middle;
        else low = middle + 1;
    }
    return low < end ? f->requests.items[low] : INT64_MAX;
}

orr_foresight orr_future_foresight(orr_future *future) { return (orr_foresight){future, next_use}; }
