/* The pool: helpers sleep until a run is posted, then take items off an atomic counter beside the caller. */
#include "base/workers.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>
#include "base/cancel.h"
#include "base/mem.h"
#include "base/root.h"

/* One thread of the pool beside the caller. */
typedef struct helper { orr_workers *workers; pthread_t thread; unsigned long seen /* run */; size_t hand; bool hired, lost; } helper;

struct orr_workers {
    pthread_mutex_t lock;
    pthread_cond_t posted, finished;
    helper **helpers;
    int helper_count, hired_count, busy_helpers;
    unsigned long run_number;           /* a helper works once for each */
    bool closing;
    int root;                           /* base/root.h: its maker's */
    orr_work_fn *work;
    orr_work_elsewhere_fn *elsewhere;
    void *context;
    size_t item_count;
    const volatile int *cancel;
    atomic_size_t next, done;
    atomic_bool cancelled;
};

static bool take_item(orr_workers *workers, size_t *item)
{
    if (orr_cancel_asked(workers->cancel)) {
        if (atomic_load(&workers->next) < workers->item_count) atomic_store(&workers->cancelled, true);
        return false;
    }
    *item = atomic_fetch_add(&workers->next, 1);
    return *item < workers->item_count;
}

static void work_on(helper *h, size_t item)
{
    const orr_workers *workers = h->workers;
    if (h->hired && workers->elsewhere(workers->context, item, h->hand)) return;
    h->lost = h->hired;
    workers->work(workers->context, item);
}

static void *helper_main(void *argument)
{
    helper *h = argument;
    orr_workers *workers = h->workers;
    orr_root_set(workers->root);
    pthread_mutex_lock(&workers->lock);
    for (;;) {
        while (!workers->closing && workers->run_number == h->seen) pthread_cond_wait(&workers->posted, &workers->lock);
        if (workers->closing) break;
        h->seen = workers->run_number;
        const bool wanted = !h->hired || workers->elsewhere;
        pthread_mutex_unlock(&workers->lock);
        for (size_t item; wanted && !h->lost && take_item(workers, &item);) {
            work_on(h, item);
            atomic_fetch_add(&workers->done, 1);
        }
        pthread_mutex_lock(&workers->lock);
        if (--workers->busy_helpers == 0) pthread_cond_signal(&workers->finished);
    }
    pthread_mutex_unlock(&workers->lock);
    return NULL;
}

static bool add_helper(orr_workers *workers, bool hired)
{
    helper *h = orr_mem_resize(NULL, sizeof *h);
    *h = (helper){.workers = workers, .seen = workers->run_number, .hired = hired, .hand = (size_t)workers->hired_count};
    workers->helpers = orr_mem_resize(workers->helpers, ((size_t)workers->helper_count + 1) * sizeof *workers->helpers);
    if (pthread_create(&h->thread, NULL, helper_main, h) != 0) {
        orr_mem_free(h);
        return false;
    }
    workers->helpers[workers->helper_count++] = h;
    workers->hired_count += hired;
    return true;
}

orr_workers *orr_workers_create(int threads)
{
    if (threads <= 0) {
        long cores = sysconf(_SC_NPROCESSORS_ONLN);
        threads = cores > 0 ? (int)cores : 1;
    }
    orr_workers *workers = orr_mem_resize(NULL, sizeof *workers);
    workers->helpers = NULL;
    workers->helper_count = workers->hired_count = workers->busy_helpers = 0;
    workers->run_number = 0;
    workers->closing = false;
    workers->root = orr_root();
    workers->work = NULL;
    workers->elsewhere = NULL;
    workers->context = NULL;
    workers->item_count = 0;
    workers->cancel = NULL;
    atomic_init(&workers->next, 0);
    atomic_init(&workers->done, 0);
    atomic_init(&workers->cancelled, false);
    pthread_mutex_init(&workers->lock, NULL);
    pthread_cond_init(&workers->posted, NULL);
    pthread_cond_init(&workers->finished, NULL);
    while (workers->helper_count < threads - 1 && add_helper(workers, false)) continue;
    return workers;
}

void orr_workers_hire(orr_workers *workers, size_t hands)
{
    for (size_t i = 0; i < hands && add_helper(workers, true); i++) continue;
}

int orr_workers_count(const orr_workers *workers) { return workers->helper_count - workers->hired_count + 1; }

bool orr_workers_run(orr_workers *workers, orr_work_fn *work, void *context, size_t item_count, const volatile int *cancel, orr_work_done_fn *on_done, void *done_context)
{
    return orr_workers_share(workers, work, NULL, context, item_count, cancel, on_done, done_context);
}

bool orr_workers_share(orr_workers *workers, orr_work_fn *work, orr_work_elsewhere_fn *elsewhere, void *context, size_t item_count, const volatile int *cancel, orr_work_done_fn *on_done, void *done_context)
{
    pthread_mutex_lock(&workers->lock);
    workers->work = work;
    workers->elsewhere = elsewhere;
    workers->context = context;
    workers->item_count = item_count;
    workers->cancel = cancel;
    atomic_store(&workers->next, 0);
    atomic_store(&workers->done, 0);
    atomic_store(&workers->cancelled, false);
    workers->busy_helpers = workers->helper_count;
    workers->run_number++;
    pthread_cond_broadcast(&workers->posted);
    pthread_mutex_unlock(&workers->lock);
    for (size_t item; take_item(workers, &item);) {
        work(context, item);
        size_t done = atomic_fetch_add(&workers->done, 1) + 1;
        if (on_done) on_done(done_context, done, item_count);
    }
    pthread_mutex_lock(&workers->lock);
    while (workers->busy_helpers > 0) pthread_cond_wait(&workers->finished, &workers->lock);
    pthread_mutex_unlock(&workers->lock);
    if (on_done && item_count > 0) on_done(done_context, atomic_load(&workers->done), item_count);
    return !atomic_load(&workers->cancelled);
}

void orr_workers_destroy(orr_workers *workers)
{
    if (!workers) return;
    pthread_mutex_lock(&workers->lock);
    workers->closing = true;
    pthread_cond_broadcast(&workers->posted);
    pthread_mutex_unlock(&workers->lock);
    for (int i = 0; i < workers->helper_count; i++) {
        pthread_join(workers->helpers[i]->thread, NULL);
        orr_mem_free(workers->helpers[i]);
    }
    pthread_cond_destroy(&workers->posted);
    pthread_cond_destroy(&workers->finished);
    pthread_mutex_destroy(&workers->lock);
    orr_mem_free(workers->helpers);
    orr_mem_free(workers);
}
