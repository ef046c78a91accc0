/* requests.csv written while the run goes on: in order of arrival, requests of one instant in that of their finish, as the file that is written at the end (requests_csv.c).
 *
 * A request's line waits for those that arrived before it. What waits stands in a queue by number, which is as long as the span of requests that are under way. */
#include <stdlib.h>
#include "base/stream.h"
#include "base/vec.h"
#include "drive/collect.h"
#include "report/requests_csv.h"
#include "report/run_files.h"

typedef struct waiting { int64_t arrival_ns; int64_t finished /* the how-manieth; -1: not yet; -2: never will */; orr_request_record record; } waiting;

typedef struct requests_file {
    orr_run_file file;
    const orr_tenants *tenants;
    orr_sink *sink;
    orr_text text;
    ORR_VEC(waiting) queue;         /* [first, count) waits; item 0 is of request `base` */
    size_t first;
    uint64_t base;
    int64_t lines, finished;
} requests_file;

enum { UNDER_WAY = -1, NEVER = -2 };

static int sooner_first(const void *a, const void *b)
{
    const waiting *x = a, *y = b;
    return x->finished < y->finished ? -1 : x->finished > y->finished;
}

static void put_instant(requests_file *f, size_t end)
{
    if (end - f->first > 1) qsort(f->queue.items + f->first, end - f->first, sizeof *f->queue.items, sooner_first);
    for (; f->first < end; f->first++) {
        const waiting *w = &f->queue.items[f->first];
        if (w->finished == NEVER) continue;
        orr_csv csv = {.out = &f->text};
        orr_requests_put_row(&csv, f->lines++, &w->record, f->tenants->count > 0 ? f->tenants->items[w->record.tenant].name : NULL);
        orr_sink_gather(f->sink, &f->text);
    }
}

/* Lines of every instant at the head all of whose requests are through. All that arrive at an instant have done so before one of them finishes. */
static void put_what_can_be(requests_file *f)
{
    while (f->first < f->queue.count) {
        size_t end = f->first;
        const int64_t instant_ns = f->queue.items[end].arrival_ns;
        while (end < f->queue.count && f->queue.items[end].arrival_ns == instant_ns && f->queue.items[end].finished != UNDER_WAY) end++;
        if (end < f->queue.count && f->queue.items[end].arrival_ns == instant_ns) break;
        put_instant(f, end);
    }
    if (f->first < f->queue.count / 2) return;
    const size_t left = f->queue.count - f->first;
    for (size_t i = 0; i < left; i++) f->queue.items[i] = f->queue.items[f->first + i];
    f->base += f->first;
    f->queue.count = left;
    f->first = 0;
}

static void on_arrived(void *context, const orr_request *request)
{
    requests_file *f = context;
    while (f->base + f->queue.count < request->id) orr_vec_push(&f->queue, (waiting){.arrival_ns = request->arrival_ns, .finished = NEVER});       /* rejected ones */
    orr_vec_push(&f->queue, (waiting){.arrival_ns = request->arrival_ns, .finished = UNDER_WAY});
}

static void on_turned_away(void *context, const orr_request *request)
{
    requests_file *f = context;
    if (request->encoded_ns == 0) return;      /* it has not been told of */
    f->queue.items[request->id - f->base].finished = NEVER;
    put_what_can_be(f);
}

static void on_finished(void *context, const orr_loop_finish *finish)
{
    requests_file *f = context;
    waiting *w = &f->queue.items[finish->finished.request.id - f->base];
    w->record = orr_request_record_of(finish);
    w->finished = f->finished++;
    if (w == &f->queue.items[f->first] || w->arrival_ns == f->queue.items[f->first].arrival_ns) put_what_can_be(f);
}

static bool close_file(orr_run_file *file, bool whole, orr_diags *diags)
{
    requests_file *f = file->observer.context;
    orr_sink_drain(f->sink, &f->text);
    const bool good = orr_sink_close(f->sink, whole, diags);
    orr_text_free(&f->text);
    orr_vec_free(&f->queue);
    orr_mem_free(f);
    return good;
}

orr_run_file *orr_requests_file_open(const char *path, const orr_study *study, orr_diags *diags)
{
    orr_sink *sink = orr_sink_open(path, diags);
    if (sink == NULL) return NULL;
    requests_file *f = orr_mem_resize(NULL, sizeof *f);
    *f = (requests_file){.file = {.observer = {.context = f, .finished = on_finished, .rejected = on_turned_away, .refused = on_turned_away, .arrived = on_arrived}, .close = close_file}, .tenants = &study->traffic.tenants, .sink = sink};
    orr_csv csv = {.out = &f->text};
    orr_requests_put_head(&csv, f->tenants->count > 0);
    return &f->file;
}
