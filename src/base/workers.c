/* The pool: helpers sleep until a run is posted, then take items off an atomic counter beside the caller. */
#include "base/workers.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>
#include "base/cancel.h"
#include "base/mem.h"

struct orr_workers {
    pthread_mutex_t lock;
    pthread_cond_t posted, finished;
    pthread_t *helpers;
    int helper_count, busy_helpers;
    unsigned long run_number;           /* a helper works once for each */
    bool closing;
    orr_work_fn *work;
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

static void *helper_main(void *argument)
{
    orr_workers *workers = argument;
    unsigned long seen = 0;
    pthread_mutex_lock(&workers->lock);
    for (;;) {
        while (!workers->closing && workers->run_number == seen) pthread_cond_wait(&workers->posted, &workers->lock);
        if (workers->closing) break;
        seen = workers->run_number;
        pthread_mutex_unlock(&workers->lock);
        for (size_t item; take_item(workers, &item);) {
            workers->work(workers->context, item);
            atomic_fetch_add(&workers->done, 1);
        }
        pthread_mutex_lock(&workers->lock);
        if (--workers->busy_helpers == 0) pthread_cond_signal(&workers->finished);
    }
    pthread_mutex_unlock(&workers->lock);
    return NULL;
}

orr_workers *orr_workers_create(int threads)
{
    if (threads <= 0) {
        long cores = sysconf(_SC_NPROCESSORS_ONLN);
        threads = cores > 0 ? (int)cores : 1;
    }
    orr_workers *workers = orr_mem_resize(NULL, sizeof *workers);
    workers->helpers = orr_mem_resize(NULL, (size_t)threads * sizeof *workers->helpers);
    workers->helper_count = workers->busy_helpers = 0;
    workers->run_number = 0;
    workers->closing = false;
    workers->work = NULL;
    workers->context = NULL;
    workers->item_count = 0;
    workers->cancel = NULL;
    atomic_init(&workers->next, 0);
    atomic_init(&workers->done, 0);
    atomic_init(&workers->cancelled, false);
    pthread_mutex_init(&workers->lock, NULL);
    pthread_cond_init(&workers->posted, NULL);
    pthread_cond_init(&workers->finished, NULL);
    while (workers->helper_count < threads - 1 && pthread_create(&workers->helpers[workers->helper_count], NULL, helper_main, workers) == 0) workers->helper_count++;
    return workers;
}

int orr_workers_count(const orr_workers *workers) { return workers->helper_count + 1; }

bool orr_workers_run(orr_workers *workers, orr_work_fn *work, void *context, size_t item_count, const volatile int *cancel, orr_work_done_fn *on_done, void *done_context)
{
    pthread_mutex_lock(&workers->lock);
    workers->work = work;
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
    for (int i = 0; i < workers->helper_count; i++) pthread_join(workers->helpers[i], NULL);
    pthread_cond_destroy(&workers->posted);
    pthread_cond_destroy(&workers->finished);
    pthread_mutex_destroy(&workers->lock);
    orr_mem_free(workers->helpers);
    orr_mem_free(workers);
}
